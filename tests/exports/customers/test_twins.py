"""Whose a document is by its currency, once a person took a twin: door, files, and what stays."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role
from sync.exports.customers import second_currency, twins
from sync.exports.customers.matching import OTHER_CURRENCY
from sync.exports.customers.proposing import _matches
from sync.exports.remedies.decide import RemedyRefused
from sync.intake.door.door import deliver
from sync.intake.door.incoming import (
    Allocation,
    CustomerBody,
    Incoming,
    InvoiceBody,
    PaymentBody,
)
from sync.intake.files.records import Party as FileParty
from sync.intake.imports.people import People
from sync.models import Customer, Event, Invoice, Party, Payment, QuickBooksCompany
from sync.models.triggers import wrong_sums
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    DepositFactory,
    InvoiceFactory,
    MembershipFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SEVERAL = {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}


@pytest.fixture
def unit(db):
    company = QuickBooksCompanyFactory(preferences=SEVERAL)
    return BusinessUnitFactory(quickbooks_company=company)


@pytest.fixture
def bob(unit):
    """A customer whom QuickBooks keeps in dollars."""
    bob = CustomerFactory(
        business_unit=unit, source="jobber", external_id="c1", display_name="Bob", city="Leeds"
    )
    keep(bob, "USD")
    return bob


@pytest.fixture
def lee(unit):
    user = UserFactory(username="lee")
    MembershipFactory(user=user, business_unit=unit, role=Role.ACCOUNTANT)
    return user


def keep(customer, currency):
    return SyncRecordFactory(
        company=customer.business_unit.quickbooks_company,
        payment=None,
        kind="customer",
        customer=customer,
        state="exported",
        qbo_id=f"{customer.pk}",
        content={"currency": currency, "display_name": customer.display_name},
        name_key=customer.display_name.casefold(),
    )


def bill(customer, currency, number):
    invoice = InvoiceFactory(
        business_unit=customer.business_unit, customer=customer, currency=currency, number=number
    )
    PaymentFactory(invoice=invoice)
    return invoice


def owners(rows):
    return dict(rows.values_list("number", "customer__display_name"))


def said(external_id, body, minutes=0):
    observed_at = NOON + timedelta(minutes=minutes)
    return Incoming(source="jobber", external_id=external_id, observed_at=observed_at, body=body)


def billed(number, currency, total="150.00"):
    return InvoiceBody(
        number=number,
        customer="c1",
        issued_on=date(2026, 5, 4),
        total=Decimal(total),
        currency=currency,
    )


def paid(number, currency="", **more):
    return PaymentBody(
        amount=Decimal("150.00"),
        received_on=date(2026, 5, 5),
        currency=currency,
        allocations=(Allocation(number, Decimal("150.00")),) if number else (),
        **more,
    )


def test_what_waits_in_the_currency_goes_to_the_twin_and_nothing_else(unit, bob, lee):
    first, second = bill(bob, "EUR", "E-1"), bill(bob, "EUR", "E-2")
    queued, dollars = bill(bob, "EUR", "E-3"), bill(bob, "USD", "D-1")
    SyncRecordFactory(company=unit.quickbooks_company, payment=None, kind="invoice", invoice=queued)
    DepositFactory(business_unit=unit, customer=bob, currency="EUR", reference="deposit")
    DepositFactory(business_unit=unit, customer=bob, currency="USD")
    proposal = second_currency.propose(first)
    assert (proposal.name, proposal.is_free, proposal.invoices) == ("Bob (EUR)", True, 2)
    twin = second_currency.use_twin(first, lee)
    assert (twin.display_name, twin.city, twin.source) == ("Bob (EUR)", "Leeds", "")
    assert owners(Invoice.objects.all()) == {
        "E-1": "Bob (EUR)", "E-2": "Bob (EUR)", "E-3": "Bob", "D-1": "Bob",
    }  # fmt: skip
    mine = Payment.objects.filter(customer=twin)
    assert set(mine.values_list("invoice__number", "reference")) == {
        ("E-1", ""), ("E-2", ""), (None, "deposit"),
    }  # fmt: skip
    assert not any(wrong_sums().values())
    event = Event.objects.get(action="customer_for_currency")
    assert (event.actor, event.subject_kind, event.subject_id) == (lee, "customer", twin.pk)
    assert event.detail == {"of": bob.pk, "currency": "EUR", "invoices": 2, "payments": 3}
    for invoice in (second, dollars, queued):
        with pytest.raises(RemedyRefused):
            second_currency.use_twin(invoice, lee)
    assert Customer.objects.count() == 2


def test_a_later_press_takes_the_twin_that_is_there(unit, bob, lee):
    twin = second_currency.use_twin(bill(bob, "EUR", "E-1"), lee)
    left = bill(bob, "EUR", "E-2")  # by plain SQL, past the door
    assert second_currency.propose(left).name == "Bob (EUR)"
    assert second_currency.use_twin(left, lee) == twin
    assert Customer.objects.count() == 2


def test_a_name_that_is_taken_gets_a_number(unit, bob, lee):
    other = CustomerFactory(business_unit=unit, display_name="bob (eur)")
    keep(other, "EUR")
    proposal = second_currency.propose(bill(bob, "EUR", "E-1"))
    assert (proposal.name, proposal.is_free) == ("Bob (EUR)", False)


def test_a_name_chosen_for_quickbooks_is_the_stem_of_the_twins(bob):
    bob.display_name, bob.quickbooks_name = "Bob: Leeds", "Bob - Leeds"
    twin = twins.twin_for(bob, "EUR")
    assert (twin.display_name, twin.quickbooks_name) == ("Bob: Leeds (EUR)", "Bob - Leeds (EUR)")


def test_the_database_holds_one_twin_a_currency(unit, bob):
    twins.twin_for(bob, "EUR").save()
    twins.twin_for(bob, "GBP").save()
    for wrong in (
        {"twin_of": bob, "twin_currency": "EUR"},
        {"twin_of": bob, "twin_currency": ""},
        {"twin_currency": "EUR"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerFactory(business_unit=unit, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=bob.pk).update(twin_of=bob, twin_currency="EUR")


def test_what_comes_by_the_door_goes_by_its_currency(unit, bob, lee):
    deliver(unit, [said("i1", billed("E-1", "EUR")), said("r1", paid("E-1"))])
    second_currency.use_twin(Invoice.objects.get(number="E-1"), lee)
    again = [said("i1", billed("E-1", "EUR"), 5), said("r1", paid("E-1", customer="c1"), 5)]
    assert {result.status for result in deliver(unit, again)} == {"unchanged"}
    deliver(
        unit,
        [
            said("i2", billed("E-2", "EUR")),
            said("i3", billed("D-1", "USD")),
            said("r2", paid("E-2", customer="c1")),
            said("r3", paid("D-1")),
            said("r4", paid("", "EUR", customer="c1")),
            said("r5", paid("", "USD", customer="c1")),
        ],
    )
    rows = Payment.objects.values_list("receipt", "customer__display_name", "currency")
    assert set(rows) == {
        ("r1", "Bob (EUR)", "EUR"),
        ("r2", "Bob (EUR)", "EUR"),
        ("r3", "Bob", "USD"),
        ("r4", "Bob (EUR)", "EUR"),
        ("r5", "Bob", "USD"),
    }
    assert owners(Invoice.objects.all()) == {"E-1": "Bob (EUR)", "E-2": "Bob (EUR)", "D-1": "Bob"}
    # A currency that was wrong is corrected with its customer, as nothing of it went.
    deliver(unit, [said("i2", billed("E-2", "USD"), 9), said("r2", paid("E-2", "USD"), 9)])
    assert owners(Invoice.objects.filter(number="E-2")) == {"E-2": "Bob"}
    assert Payment.objects.get(receipt="r2").customer == bob


def test_what_went_elsewhere_stays_with_whom_it_went(unit, bob, lee):
    """A unit that moved: in the company before, the same customer was kept in euros."""
    deliver(unit, [said("i0", billed("E-0", "EUR")), said("i1", billed("E-1", "EUR"))])
    gone = Invoice.objects.get(number="E-0")
    SyncRecordFactory(
        company=QuickBooksCompanyFactory(), payment=None, kind="invoice", invoice=gone
    )
    kept_back = Invoice.objects.get(number="E-1")
    PaymentFactory(invoice=kept_back)
    second_currency.use_twin(kept_back, lee)
    assert owners(Invoice.objects.all()) == {"E-0": "Bob", "E-1": "Bob (EUR)"}
    deliver(unit, [said("i0", billed("E-0", "EUR", "160.00"), 5), said("r0", paid("E-0"))])
    assert owners(Invoice.objects.all()) == {"E-0": "Bob", "E-1": "Bob (EUR)"}
    assert Payment.objects.get(receipt="r0").customer == bob


def test_the_twin_follows_name_and_contact(unit, bob):
    twin = twins.twin_for(bob, "EUR")
    twin.quickbooks_name = "Robert, euros"
    twin.save()
    deliver(unit, [said("c1", CustomerBody(name="Robert", email="r@example.com", city="York"))])
    twin.refresh_from_db()
    assert (twin.display_name, twin.email, twin.city) == ("Robert (EUR)", "r@example.com", "York")
    assert twin.quickbooks_name == "Robert, euros"


def test_a_file_that_names_the_twin_means_whom_it_is_for(unit, bob):
    twins.twin_for(bob, "EUR").save()
    people = People(unit, "own file", NOON, {})
    names = [FileParty(name="Bob"), FileParty(name="Bob (EUR)")]
    assert [one.body.same_as for one in people.meet(names)] == [bob.pk, bob.pk]
    assert list(people.questions()) == []


def test_the_twin_is_matched_in_its_own_currency(unit, bob):
    twin = twins.twin_for(bob, "EUR")
    twin.save()
    company = QuickBooksCompany.objects.get()
    theirs = {"company": company, "kind": Party.Kind.CUSTOMER, "active": True, "read_at": NOON}
    party = Party.objects.create(
        qbo_id="70", name="Bob (EUR)", name_key="bob (eur)", currency="EUR", **theirs
    )
    assert _matches(company, [twin])[twin.pk].doubt == ""
    Party.objects.filter(pk=party.pk).update(currency="USD")
    doubt = OTHER_CURRENCY.filled(theirs="USD", ours="EUR")
    assert _matches(company, [twin])[twin.pk].doubt == doubt
