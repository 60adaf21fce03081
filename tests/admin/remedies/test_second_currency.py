"""An invoice kept back by its customer's currency: a person takes a customer of its own for it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import Role
from sync.exports.delivery.relay import relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.intake.door.door import deliver
from sync.intake.door.incoming import Allocation, Incoming, InvoiceBody, PaymentBody
from sync.models import Customer, Event, Invoice, SyncRecord
from sync.tasks import HANDLERS
from tests.admin.conftest import messages_of, record_of
from tests.admin.documents.test_documents import invoice_data, payment_data
from tests.connected import connected_unit
from tests.exports import ledger
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory

OFFERED = "Use a customer of its own for EUR"


def address(invoice):
    return f"/admin/sync/invoice/{invoice.pk}/own_customer/"


def shown(client, row):
    return client.get(row.get_absolute_url()).content.decode()


def bill(customer, currency, number, *amounts):
    invoice = InvoiceFactory(
        business_unit=customer.business_unit, customer=customer, currency=currency, number=number
    )
    for amount in amounts:
        PaymentFactory(invoice=invoice, amount=Decimal(amount), received_on=date(2026, 5, 9))
    return invoice


def by_door(unit, number):
    """Let a source bring an invoice of Bob's in euros, and what was paid for it."""
    now, total = datetime.now(UTC), Decimal("99.00")
    bodies = {
        "i9": InvoiceBody(
            number=number, customer="c1", issued_on=date(2026, 5, 4), total=total, currency="EUR"
        ),
        "r9": PaymentBody(
            amount=total,
            received_on=date(2026, 5, 9),
            method="Check",
            customer="c1",
            allocations=(Allocation("i9", total),),
        ),
    }
    deliver(
        unit,
        [
            Incoming(source="jobber", external_id=key, observed_at=now, body=body)
            for key, body in bodies.items()
        ],
    )


@pytest.mark.django_db(transaction=True)
def test_the_euros_go_to_a_customer_of_their_own(simulator, sign_in):
    unit = connected_unit(simulator, "multicurrency")
    books = sign_in(unit, Role.ACCOUNTANT, username="lee")
    bob = CustomerFactory(business_unit=unit, source="jobber", external_id="c1", display_name="Bob")
    bill(bob, "USD", "D-1", "150.00")
    assert exported(unit) == {"D-1": "exported"}
    euros = bill(bob, "EUR", "E-1", "100.00", "50.00")
    bill(bob, "USD", "D-2", "150.00")
    assert exported(unit) == {"D-1": "exported", "D-2": "exported"}
    assert OFFERED in shown(books, euros)
    assert OFFERED in shown(books, euros.payments.first())
    page = books.get(address(euros)).content.decode()
    assert "“Bob (EUR)”" in page
    assert "1 invoice in EUR goes to it" in page
    told = messages_of(books.post(address(euros), follow=True))
    assert told == ["What Bob has in EUR goes to “Bob (EUR)”."]
    draft = prepare_ready(unit, books.user)
    assert "Bob (EUR)" in books.get(draft.get_absolute_url(), follow=True).content.decode()
    exported(unit)
    by_door(unit, "E-9")
    exported(unit)
    exported(unit)
    there = {e: documents(simulator, unit, e) for e in ("Customer", "Invoice", "Payment")}
    names = {c["Id"]: (c["DisplayName"], c["CurrencyRef"]["value"]) for c in there["Customer"]}
    assert sorted(names.values()) == [("Bob", "USD"), ("Bob (EUR)", "EUR")]
    assert {i["DocNumber"]: names[i["CustomerRef"]["value"]] for i in there["Invoice"]} == {
        "D-1": ("Bob", "USD"),
        "D-2": ("Bob", "USD"),
        "E-1": ("Bob (EUR)", "EUR"),
        "E-9": ("Bob (EUR)", "EUR"),
    }
    assert sorted(
        (p["TotalAmt"], p["CurrencyRef"]["value"], names[p["CustomerRef"]["value"]][0])
        for p in there["Payment"]
    ) == [
        (50, "EUR", "Bob (EUR)"),
        (99, "EUR", "Bob (EUR)"),
        (100, "EUR", "Bob (EUR)"),
        (150, "USD", "Bob"),
        (150, "USD", "Bob"),
    ]
    ledger.assert_equal_to_ours(simulator, unit)


def documents(simulator, unit, entity):
    return ledger.ours_only(simulator.documents(unit.quickbooks_company.realm_id, entity))


def exported(unit):
    """Export what is ready, as the worker does, and return where each invoice's record stands."""
    if (draft := prepare_ready(unit, None)) is not None:
        runs.confirm(draft, None)
    relay(unit.quickbooks_company_id, HANDLERS)
    rows = SyncRecord.objects.filter(kind="invoice")
    return dict(rows.values_list("invoice__number", "state"))


@pytest.fixture
def kept_back(riverside):
    """An invoice in euros of a customer whom QuickBooks keeps in dollars."""
    company = riverside.quickbooks_company
    company.preferences |= {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    company.save()
    bob = CustomerFactory(business_unit=riverside, display_name="Bob", email="bob@example.com")
    content = {"currency": "USD", "display_name": "Bob"}
    record_of(bob, "customer", "exported", payment=None, content=content)
    return bill(bob, "EUR", "E-1", "150.00")


def test_who_may_not_is_offered_nothing_and_changes_nothing(
    exporter, viewer, sign_in, kept_back, foreign
):
    stranger = sign_in(foreign, Role.ACCOUNTANT)
    for client, status in ((exporter, 403), (viewer, 403), (stranger, 404)):
        if client is not stranger:
            assert OFFERED not in shown(client, kept_back)
        assert client.get(address(kept_back)).status_code == status
        assert client.post(address(kept_back)).status_code == status
    assert Customer.objects.get().display_name == "Bob"
    assert not Event.objects.exists()


def test_it_is_offered_only_where_the_currency_is_in_the_way(accountant, kept_back):
    dollars = bill(kept_back.customer, "USD", "D-1", "150.00")
    assert OFFERED not in shown(accountant, dollars)
    page = accountant.get(address(dollars), follow=True)
    told = ["Invoice D-1 is not kept back by the currency of its customer any more."]
    assert messages_of(page) == told
    accountant.post(address(kept_back))
    assert OFFERED not in shown(accountant, kept_back)
    page = accountant.post(address(kept_back), follow=True)  # another form, an hour later
    assert set(messages_of(page)) == {told[0].replace("D-1", "E-1")}
    assert Event.objects.count() == 1


def test_what_is_typed_later_goes_by_its_currency(accountant, kept_back):
    accountant.post(address(kept_back))
    bob, twin = Customer.objects.order_by("pk")
    page = accountant.post(
        "/admin/sync/invoice/add/", invoice_data(bob, number="E-2", currency="EUR"), follow=True
    )
    assert "It is for Bob (EUR), which is kept in EUR in QuickBooks." in messages_of(page)
    accountant.post("/admin/sync/invoice/add/", invoice_data(bob, number="D-2"))
    euros, dollars = Invoice.objects.get(number="E-2"), Invoice.objects.get(number="D-2")
    assert (euros.customer, dollars.customer) == (twin, bob)
    for invoice in (euros, dollars):
        paid = payment_data(invoice, customer=bob.pk, currency=invoice.currency)
        accountant.post("/admin/sync/payment/add/", paid)
        assert invoice.payments.get().customer == invoice.customer


def test_the_twin_has_the_contact_of_whom_it_is_for(accountant, kept_back):
    accountant.post(address(kept_back))
    bob, twin = Customer.objects.order_by("pk")
    form = accountant.get(f"/admin/sync/customer/{twin.pk}/change/")
    assert list(form.context["adminform"].form.fields) == ["quickbooks_name"]
    assert f"/admin/sync/customer/{bob.pk}/change/" in form.content.decode()
    url = f"/admin/sync/customer/{bob.pk}/change/"
    assert f"/admin/sync/customer/{twin.pk}/change/" in accountant.get(url).content.decode()
    accountant.post(url, {"display_name": "Robert", "email": "robert@example.com"})
    twin.refresh_from_db()
    assert (twin.display_name, twin.email) == ("Robert (EUR)", "robert@example.com")
