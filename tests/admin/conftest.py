"""What the admin's tests share: people with roles, and a unit that is set up without a network."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Role
from sync.models import SyncRecord
from tests import factories
from tests.form_client import FormClient


@pytest.fixture
def riverside(db):
    """A unit whose set-up is finished: everything fully paid in it is ready."""
    company = factories.QuickBooksCompanyFactory(name="Riverside LLC")
    unit = factories.BusinessUnitFactory(
        code="riverside", name="Riverside", quickbooks_company=company
    )
    factories.ItemMappingFactory(company=company)
    factories.MethodMappingFactory(company=company)
    factories.TaxMappingFactory(company=company, taxable=False)
    factories.TaxMappingFactory(company=company, taxable=True)
    return unit


@pytest.fixture
def foreign(db):
    """A unit that nobody in these tests holds a role in."""
    company = factories.QuickBooksCompanyFactory(name="Harbor Inc")
    return factories.BusinessUnitFactory(code="harbor", name="Harbor", quickbooks_company=company)


@pytest.fixture
def sign_in(db):
    """Return a client signed in as a new person with a role in a unit, or without any."""

    def signed_in(unit=None, role=None, **person):
        user = factories.UserFactory(**person)
        if role is not None:
            factories.MembershipFactory(user=user, business_unit=unit, role=role)
        client = FormClient()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.user = user
        return client

    return signed_in


@pytest.fixture
def exporter(sign_in, riverside):
    return sign_in(riverside, Role.EXPORTER, username="dana")


@pytest.fixture
def accountant(sign_in, riverside):
    return sign_in(riverside, Role.ACCOUNTANT, username="lee")


@pytest.fixture
def viewer(sign_in, riverside):
    return sign_in(riverside, Role.VIEWER, username="val")


@pytest.fixture
def part_paid(riverside):
    """The invoice of $150.00 with a $70.00 deposit and a $30.00 part payment."""
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    for kind, amount, day in (("deposit", "70.00", 1), ("partial", "30.00", 6)):
        factories.PaymentFactory(
            invoice=invoice, kind=kind, amount=Decimal(amount), received_on=date(2026, 5, day)
        )
    return invoice


@pytest.fixture
def fully_paid(part_paid):
    """The same invoice after the last $50.00."""
    factories.PaymentFactory(
        invoice=part_paid, amount=Decimal("50.00"), received_on=date(2026, 5, 9)
    )
    return part_paid


def record_of(document, kind, state, **values):
    """Give a document of a connected unit a sync record in that state."""
    unit = document.business_unit
    if state in {SyncRecord.State.EXPORTED, SyncRecord.State.MISMATCH}:
        values.setdefault("qbo_id", str(document.pk + 1000))
    return factories.SyncRecordFactory(
        company=unit.quickbooks_company,
        business_unit=unit,
        kind=kind,
        state=state,
        **{kind: document},
        **values,
    )


def settle(invoice, state, **values):
    """Give an invoice and all its payments records in one state."""
    record_of(invoice, "invoice", state, **values)
    for payment in invoice.payments.all():
        record_of(payment, "payment", state, **values)


def messages_of(response):
    """Return what the page after the answer tells the person."""
    return [str(message) for message in response.context["messages"]]
