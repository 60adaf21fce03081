"""Dates that are hardly meant are asked about once, and named in the preview."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sync.admin.exports.previews import preview_of_run
from sync.exports.rules.odd_dates import DUE, ISSUED, RECEIVED
from sync.exports.runs.drafts import prepare_ready
from sync.models import Invoice, Payment
from tests import factories
from tests.admin.documents.test_documents import ADD, invoice_data

pytestmark = pytest.mark.django_db


def payment_data(invoice, day, **changed):
    return {
        "business_unit": invoice.business_unit_id,
        "customer": invoice.customer_id,
        "invoice": invoice.pk,
        "kind": "final",
        "amount": "150.00",
        "currency": invoice.currency,
        "method": "Check",
        "received_on": day,
    } | changed


@pytest.mark.parametrize("day", ["1926-05-04", "2062-05-04"])
def test_a_payment_of_another_century_is_asked_about_and_stored_when_meant(
    accountant, riverside, day
):
    invoice = factories.InvoiceFactory(business_unit=riverside)
    answer = accountant.post(ADD.format("payment"), payment_data(invoice, day))
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert form.errors == {"received_on": [f"Is 4 May {day[:4]} meant? Then save once more."]}
    assert (form["amount"].value(), form["method"].value()) == ("150.00", "Check")
    assert not Payment.objects.exists()
    asked = form["dates_asked"].value()
    assert asked == day
    again = accountant.post(ADD.format("payment"), payment_data(invoice, day, dates_asked=asked))
    assert again.status_code == 302
    assert Payment.objects.get().received_on.isoformat() == day


def test_another_odd_date_than_the_one_asked_about_is_asked_about_anew(accountant, riverside):
    invoice = factories.InvoiceFactory(business_unit=riverside)
    data = payment_data(invoice, "2063-05-04", dates_asked="2062-05-04")
    assert accountant.post(ADD.format("payment"), data).status_code == 200
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("issued", "due", "fields"),
    [
        ("2062-05-04", "", {"issued_on"}),
        ("2206-05-04", "2206-06-04", {"issued_on", "due_on"}),
        ("1926-05-04", "", {"issued_on"}),
    ],
)
def test_an_invoice_of_another_century_is_asked_about(accountant, riverside, issued, due, fields):
    customer = factories.CustomerFactory(business_unit=riverside)
    data = invoice_data(customer, issued_on=issued, due_on=due)
    answer = accountant.post(ADD.format("invoice"), data)
    assert set(answer.context["adminform"].form.errors) == fields
    assert not Invoice.objects.exists()


def test_the_preview_names_dates_that_came_otherwise(riverside):
    invoice = factories.InvoiceFactory(
        business_unit=riverside, number="R-1", issued_on="2062-05-04", due_on="2226-06-03"
    )
    factories.PaymentFactory(invoice=invoice, received_on="1926-05-10")
    usual = factories.InvoiceFactory(business_unit=riverside, number="R-2")
    factories.PaymentFactory(invoice=usual, amount=Decimal("150.00"))
    preview = preview_of_run(prepare_ready(riverside, None))
    assert preview.worth_knowing == [
        "A payment of Invoice R-1 is dated 10 May 1926. Is that meant?",
        "Invoice R-1 is dated 4 May 2062 and due 3 Jun 2226. Is that meant?",
    ]


@pytest.mark.parametrize("usual", [RECEIVED, ISSUED, DUE])
def test_the_edge_of_what_is_usual(riverside, usual):
    today = riverside.today()
    assert not usual.is_odd(today, today)
    assert not usual.is_odd(today + usual.ahead, today)
    assert usual.is_odd(today + usual.ahead + timedelta(days=1), today)
    assert not usual.is_odd(today - timedelta(days=3660), today)
    assert usual.is_odd(today - timedelta(days=3661), today)
