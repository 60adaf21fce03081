"""The page of a unit that has everything to show takes few queries, however much there is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from sync.connections.handshake import VERIFY
from sync.connections.health_check import CHECK
from sync.mappings import booked, parties
from sync.mappings.create_entry import CREATE
from sync.models import (
    ConnectLink,
    CustomerMatch,
    ExportRun,
    ReferenceEntry,
    SharedChange,
    SyncRecord,
    TaxMode,
    UnitSetup,
)
from tests import factories
from tests.admin.conftest import settle
from tests.admin.connections.test_pages import page
from tests.attack import conftest, world
from tests.weighing import MOST_QUERIES


@pytest.fixture
def everything(riverside):
    """A unit of a shared company that has something in every part of its page."""
    world.of_the_company(riverside)
    world.of_the_unit(
        riverside, conftest.fully_paid(riverside, "1042"), conftest.colleague(riverside)
    )
    more_of(riverside, "first")
    return riverside


def more_of(unit, word):
    """Add one more of what the page lists of a unit."""
    company = unit.quickbooks_company
    person = factories.UserFactory(username=f"asks-{word}")
    factories.BusinessUnitFactory(code=word, name=word, quickbooks_company=company)
    items = {"company": company, "kind": ReferenceEntry.Kind.ITEM}
    item = factories.ReferenceEntryFactory(**items, data={"IncomeAccountRef": {"value": word}})
    liability = {"kind": ReferenceEntry.Kind.ACCOUNT, "type": "Other Current Liability"}
    factories.ReferenceEntryFactory(company=company, **liability, qbo_id=word)
    for kind, key in (("item", word), ("tax_mode", f"{word} nothing")):
        row = SharedChange.objects.create(
            company=company, kind=kind, word=key, asked_in=unit, asked_by=person, was=[None],
            becomes=[item.pk],
        )  # fmt: skip
        row.agreed.add(unit)
    line = factories.InvoiceLineFactory(
        invoice__business_unit=unit, service=word, tax_code=word, taxable=True
    )
    paid = factories.PaymentFactory(invoice=line.invoice, method=word, amount=line.invoice.total)
    settle(line.invoice, SyncRecord.State.EXPORTED, content={"number": word})
    TaxMode.objects.create(company=company, key=f"{word} nothing", keeps=TaxMode.Keeps.NOTHING)
    probe = SyncRecord.objects.get(invoice=line.invoice, company=company)
    TaxMode.objects.create(company=company, key=f"{word} probed", probe=probe)
    for standing in CustomerMatch.Standing:
        customer = factories.CustomerFactory(business_unit=unit)
        CustomerMatch.objects.create(
            company=company, business_unit=unit, customer=customer, standing=standing
        )
    ConnectLink.objects.create(
        business_unit=unit, created_by=person, expires_at=timezone.now() + timedelta(days=1)
    )
    for kind in (VERIFY, CHECK, CREATE, booked.READ, parties.READ):
        factories.CompanyRequestFactory(company=company, kind=kind, state="done")
    _left_in_another_company(unit, word)
    trial = factories.ExportRunFactory(
        business_unit=unit,
        company=company,
        is_trial=True,
        is_single=True,
        state="finished",
        confirmed_at=company.verified_at,
    )
    factories.ExportRunItemFactory(run=trial, payment=paid)
    UnitSetup.objects.filter(business_unit=unit, company=company).update(
        trial_run=trial, trial_skipped_at=None
    )


def _left_in_another_company(unit, word):
    earlier = factories.QuickBooksCompanyFactory(name=f"Earlier {word}")
    factories.UnitSetupFactory(business_unit=unit, company=earlier)
    left = factories.PaymentFactory(invoice__business_unit=unit)
    factories.SyncRecordFactory(
        company=earlier, business_unit=unit, kind="payment", payment=left, state="exported",
        qbo_id=word,
    )  # fmt: skip


@pytest.fixture
def administrator(sign_in, everything):
    client = sign_in(everything, Role.ADMINISTRATOR)
    client.get(page(everything))  # what is found once a process, or once a sign-in
    return client


def asked_by(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    return answer, [query["sql"] for query in captured.captured_queries]


def test_a_page_with_everything_takes_few_queries(administrator, everything):
    answer, first = asked_by(administrator, page(everything))
    for part in (
        *("form", "customers", "books", "checks", "earlier", "shared", "open_links"),
        *("verification", "creation", "is_shared"),
    ):
        assert answer.context[part], part
    assert answer.context["taxes"]["unkept"]
    assert answer.context["taxes"]["items"]
    assert len(first) <= MOST_QUERIES, first
    more_of(everything, "second")
    shown, more = asked_by(administrator, page(everything))
    assert [len(shown.context[part]) for part in ("shared", "earlier")] == [5, 2]
    assert len(more) == len(first), more


def test_the_step_of_the_first_trial_takes_few_queries(administrator, everything):
    setups = UnitSetup.objects.filter(business_unit=everything)
    setups.exclude(company=everything.quickbooks_company).delete()
    setups.update(finished_at=None, trial_run=None)
    ExportRun.objects.filter(is_trial=True).delete()
    TaxMode.objects.filter(keeps=TaxMode.Keeps.NOTHING).delete()
    address = page(everything)
    administrator.get(address)  # finds verdicts anew
    answer, queries = asked_by(administrator, address)
    assert answer.context["offered"]
    assert answer.context["shared"]
    assert len(queries) <= MOST_QUERIES, queries
