"""Documents entered by hand: what is wrong is said in words, and nothing of it is kept."""

from datetime import date
from decimal import Decimal

import pytest

from sync.models import Customer, Invoice, Payment, Refund, SyncRecord
from sync.models.triggers import wrong_sums
from tests import factories
from tests.admin.conftest import messages_of, settle

ADD = "/admin/sync/{}/add/"


def errors_of(response):
    assert response.status_code == 200, response["Location"]
    form = response.context["adminform"].form
    found = {name: list(words) for name, words in form.errors.items()}
    for inline in response.context["inline_admin_formsets"]:
        found |= (
            {"lines": list(inline.formset.non_form_errors())}
            if (inline.formset.non_form_errors())
            else {}
        )
        for errors in inline.formset.errors:
            found |= {f"line {name}": list(words) for name, words in errors.items()}
    return found


@pytest.fixture
def customer(riverside):
    return factories.CustomerFactory(business_unit=riverside, display_name="Ana Pérez")


def invoice_data(customer, /, **values):
    line = {"service": "Mowing", "quantity": "2", "unit_price": "75.00", "amount": ""}
    return {
        "business_unit": customer.business_unit_id,
        "customer": customer.pk,
        "number": "1042",
        "issued_on": "2026-05-04",
        "due_on": "2026-06-03",
        "currency": "USD",
        "discount_total": "0",
        "tax_total": "0",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "payments-TOTAL_FORMS": "0",
        "payments-INITIAL_FORMS": "0",
        **{f"lines-0-{name}": value for name, value in line.items()},
        **values,
    }


def test_an_invoice_adds_up_from_its_lines(accountant, customer):
    data = invoice_data(
        customer,
        **{
            "discount_total": "10.00",
            "tax_total": "11.20",
            "lines-TOTAL_FORMS": "2",
            "lines-1-service": "Tip",
            "lines-1-quantity": "1",
            "lines-1-unit_price": "0",
            "lines-1-amount": "5.05",
        },
    )
    assert accountant.post(ADD.format("invoice"), data).status_code == 302
    invoice = Invoice.objects.get()
    assert (invoice.subtotal, invoice.total) == (Decimal("155.05"), Decimal("156.25"))
    assert [(line.service, line.amount) for line in invoice.lines.all()] == [
        ("Mowing", Decimal("150.00")),
        ("Tip", Decimal("5.05")),
    ]
    assert wrong_sums() == {}


def test_changing_a_line_changes_the_totals(accountant, customer):
    invoice = factories.InvoiceFactory(
        business_unit=customer.business_unit, customer=customer, number="1042"
    )
    line = invoice.lines.get()
    data = invoice_data(
        customer,
        **{
            "lines-INITIAL_FORMS": "1",
            "lines-0-id": line.pk,
            "lines-0-amount": "99.99",
        },
    )
    response = accountant.post(f"/admin/sync/invoice/{invoice.pk}/change/", data)
    assert response.status_code == 302
    invoice.refresh_from_db()
    assert (invoice.subtotal, invoice.total) == (Decimal("99.99"), Decimal("99.99"))


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        (
            {"number": "9" * 101},
            {"number": ["Ensure this value has at most 100 characters (it has 101)."]},
        ),
        (
            {"chosen_number": "1234567890123456789012"},
            {"chosen_number": ["Ensure this value has at most 21 characters (it has 22)."]},
        ),
        ({"number": " "}, {"number": ["This field is required."]}),
        (
            {"due_on": "2026-05-03"},
            {"due_on": ["An invoice is not due before it is issued."]},
        ),
        (
            {"currency": "usd"},
            {"currency": ["A currency is three capital letters, like USD."]},
        ),
        ({"discount_total": "-1"}, {"__all__": ["Discount and tax cannot be negative."]}),
        ({"tax_total": "-0.01"}, {"__all__": ["Discount and tax cannot be negative."]}),
        (
            {"discount_total": "150.01"},
            {"lines": ["The invoice would come to -$0.01: a total is not below zero."]},
        ),
        (
            {"lines-0-service": ""},
            {"line service": ["Say what was done: a service or a description."]},
        ),
        ({"lines-TOTAL_FORMS": "0"}, {"lines": ["Enter at least one line."]}),
        ({"lines-0-amount": "1" * 15}, None),
    ],
)
def test_a_wrong_invoice_is_refused_in_words(accountant, customer, values, errors):
    found = errors_of(accountant.post(ADD.format("invoice"), invoice_data(customer, **values)))
    assert found == errors if errors else set(found) == {"line amount"}
    assert not Invoice.objects.exists()


def test_an_invoice_number_is_taken_once_a_unit(accountant, customer, foreign):
    unit = customer.business_unit
    first = factories.InvoiceFactory(business_unit=unit, customer=customer, number="1042")
    factories.InvoiceFactory(business_unit=foreign, number="1043")
    found = errors_of(accountant.post(ADD.format("invoice"), invoice_data(customer)))
    assert found == {"number": ["Riverside already has an invoice 1042."]}
    other = invoice_data(customer, number="1043")
    assert accountant.post(ADD.format("invoice"), other).status_code == 302
    second = Invoice.objects.get(business_unit=unit, number="1043")
    line = second.lines.get()
    data = invoice_data(customer, **{"lines-INITIAL_FORMS": "1", "lines-0-id": line.pk})
    url = f"/admin/sync/invoice/{second.pk}/change/"
    assert errors_of(accountant.post(url, data)) == {
        "number": ["Riverside already has an invoice 1042."]
    }
    assert set(Invoice.objects.filter(business_unit=unit).values_list("pk", "number")) == {
        (first.pk, "1042"),
        (second.pk, "1043"),
    }


def test_an_invoice_of_a_customer_of_another_unit_is_refused(sign_in, customer, foreign):
    client = sign_in(is_superuser=True)
    other = factories.CustomerFactory(business_unit=foreign, display_name="Bo")
    found = errors_of(client.post(ADD.format("invoice"), invoice_data(customer, customer=other.pk)))
    assert found == {"customer": ["Bo belongs to Harbor: choose the customer of Riverside."]}


def payment_data(invoice, /, **values):
    return {
        "business_unit": invoice.business_unit_id,
        "customer": invoice.customer_id,
        "invoice": invoice.pk,
        "kind": "final",
        "method": "Check",
        "amount": "50.00",
        "currency": "USD",
        "received_on": "2026-05-09",
        **values,
    }


def test_the_last_payment_makes_the_invoice_ready(accountant, part_paid):
    url = f"{ADD.format('payment')}?invoice={part_paid.pk}"
    initial = accountant.get(url).context["adminform"].form.initial
    assert (initial["amount"], initial["customer"]) == (Decimal("50.00"), part_paid.customer_id)
    assert accountant.post(url, payment_data(part_paid)).status_code == 302
    listed = accountant.get("/admin/sync/payment/").context["cl"].result_list
    assert {row.amount for row in listed} == {Decimal("70"), Decimal("30"), Decimal("50")}


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        (
            {"amount": "0"},
            {
                "amount": [
                    "A payment's amount must be above zero. Enter money given back as a refund."
                ]
            },
        ),
        (
            {"amount": "-5.00"},
            {
                "amount": [
                    "A payment's amount must be above zero. Enter money given back as a refund."
                ]
            },
        ),
        (
            {"amount": "5.001"},
            {"amount": ["Ensure that there are no more than 2 decimal places."]},
        ),
        (
            {"currency": "CAD"},
            {"currency": ["Invoice 1042 is in USD, so its payments are too."]},
        ),
        ({"received_on": "31/31/2026"}, {"received_on": ["Enter a valid date."]}),
        ({"method": ""}, {"method": ["This field is required."]}),
    ],
)
def test_a_wrong_payment_is_refused_in_words(accountant, part_paid, values, errors):
    before = Payment.objects.count()
    found = errors_of(accountant.post(ADD.format("payment"), payment_data(part_paid, **values)))
    assert found == errors
    assert Payment.objects.count() == before


def test_a_payment_of_another_customer_or_unit_is_refused(sign_in, part_paid, foreign):
    client = sign_in(is_superuser=True)
    other = factories.CustomerFactory(
        business_unit=part_paid.business_unit, display_name="Bo Marsh"
    )
    found = errors_of(
        client.post(ADD.format("payment"), payment_data(part_paid, customer=other.pk))
    )
    assert found == {
        "customer": [
            f"Invoice 1042 is for {part_paid.customer}. QuickBooks takes no payment of another"
            " customer for it."
        ]
    }
    found = errors_of(
        client.post(ADD.format("payment"), payment_data(part_paid, business_unit=foreign.pk))
    )
    assert set(found) == {"customer", "invoice"}
    assert "belongs to Riverside" in found["invoice"][0]


def test_voiding_is_a_tick_and_keeps_its_moment(accountant, part_paid):
    payment = part_paid.payments.first()
    url = f"/admin/sync/payment/{payment.pk}/change/"
    data = payment_data(part_paid, amount=str(payment.amount), kind=payment.kind)
    assert accountant.post(url, {**data, "is_voided": "on"}).status_code == 302
    payment.refresh_from_db()
    voided_at = payment.voided_at
    assert voided_at is not None
    accountant.post(url, {**data, "is_voided": "on", "reference": "7"})
    payment.refresh_from_db()
    assert (payment.voided_at, payment.reference) == (voided_at, "7")
    accountant.post(url, data)
    payment.refresh_from_db()
    assert payment.voided_at is None
    assert wrong_sums() == {}


def test_an_amount_below_what_was_refunded_is_refused(accountant, part_paid):
    payment = part_paid.payments.get(amount=Decimal("70.00"))
    factories.RefundFactory(payment=payment, amount=Decimal("20.00"))
    url = f"/admin/sync/payment/{payment.pk}/change/"
    found = errors_of(accountant.post(url, payment_data(part_paid, amount="19.99")))
    assert found == {"amount": ["$20.00 of this payment was already refunded."]}


def refund_data(payment, /, **values):
    return {
        "payment": payment.pk,
        "kind": "sale",
        "amount": "20.00",
        "refunded_on": "2026-05-20",
        "reason": "Broken sprinkler",
        **values,
    }


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"amount": "0"}, {"amount": ["A refund's amount must be above zero."]}),
        ({"amount": "-1"}, {"amount": ["A refund's amount must be above zero."]}),
        (
            {"amount": "50.01"},
            {"amount": ["The payment was $70.00, of which $50.00 can still be refunded."]},
        ),
        ({"payment": "0"}, None),
        (
            {"refunded_on": "2026-04-30"},
            {"refunded_on": ["The payment was received after that day."]},
        ),
    ],
)
def test_a_wrong_refund_is_refused_in_words(accountant, part_paid, values, errors):
    payment = part_paid.payments.get(amount=Decimal("70.00"))
    factories.RefundFactory(payment=payment, amount=Decimal("20.00"))
    found = errors_of(accountant.post(ADD.format("refund"), refund_data(payment, **values)))
    assert found == errors if errors else set(found) == {"payment"}
    assert Refund.objects.count() == 1


def test_a_refund_of_an_exported_payment_warns_first(accountant, fully_paid):
    settle(fully_paid, SyncRecord.State.EXPORTED)
    payment = fully_paid.payments.get(amount=Decimal("70.00"))
    url = ADD.format("refund")
    form = accountant.get(f"{url}?payment={payment.pk}").content.decode()
    assert (
        "This payment is already in QuickBooks. The refund will not be sent: you will need to"
        " adjust QuickBooks yourself, and it will be listed under Refunds to adjust."
    ) in form
    assert errors_of(accountant.post(url, refund_data(payment))) == {
        "understood": [
            "This payment is already in QuickBooks, which will not be told. Tick this to record"
            " the refund all the same."
        ]
    }
    assert not Refund.objects.exists()
    page = accountant.post(url, refund_data(payment, understood="on"), follow=True)
    assert Refund.objects.get().amount == Decimal("20.00")
    told = "QuickBooks was not told of this refund: it is now listed under Refunds to adjust."
    assert told in messages_of(page)
    report = accountant.get("/admin/sync/refunddiscrepancy/").content.decode()
    assert "$20.00" in report


def test_a_refund_of_a_payment_here_only_asks_nothing(accountant, part_paid):
    payment = part_paid.payments.first()
    form = accountant.get(f"{ADD.format('refund')}?payment={payment.pk}").content.decode()
    assert "I will adjust QuickBooks" not in form
    assert accountant.post(ADD.format("refund"), refund_data(payment)).status_code == 302


def test_a_refund_can_be_taken_back_only_before_export(accountant, fully_paid):
    refund = factories.RefundFactory(payment=fully_paid.payments.first(), amount=Decimal("1.00"))
    settle(fully_paid, SyncRecord.State.EXPORTED)
    url = f"/admin/sync/refund/{refund.pk}/delete/"
    assert accountant.post(url, {"post": "yes"}).status_code == 403
    assert Refund.objects.exists()
    SyncRecord.objects.all().delete()
    assert accountant.post(url, {"post": "yes"}).status_code == 302
    assert not Refund.objects.exists()
    assert wrong_sums() == {}


def test_changing_what_is_exported_says_that_quickbooks_is_not_told(accountant, fully_paid):
    settle(fully_paid, SyncRecord.State.EXPORTED)
    payment = fully_paid.payments.get(amount=Decimal("70.00"))
    page = accountant.post(
        f"/admin/sync/payment/{payment.pk}/change/",
        payment_data(fully_paid, amount="69.00"),
        follow=True,
    )
    assert any("What you changed here is not sent" in words for words in messages_of(page))


@pytest.mark.parametrize(
    ("name", "words"),
    [("Smith: Bob", "colon"), ("", None), ("x" * 501, None)],
)
def test_a_customer_name_that_quickbooks_cannot_take_is_said(accountant, riverside, name, words):
    data = {"business_unit": riverside.pk, "display_name": name}
    found = errors_of(accountant.post(ADD.format("customer"), data))
    assert words is None or words in str(found).lower()
    assert not Customer.objects.exists()
    if words:
        data["quickbooks_name"] = "Smith Bob"
        assert accountant.post(ADD.format("customer"), data).status_code == 302
        assert Customer.objects.get().display_name == "Smith: Bob"


def test_a_refund_made_meanwhile_is_told_in_words(accountant, part_paid, monkeypatch):
    """Somebody refunds between the form's check and its save: the room checks under lock."""
    from sync.admin.common import forms

    payment = part_paid.payments.get(amount=Decimal("70.00"))
    monkeypatch.setattr(forms, "problems", lambda *_, **__: {})
    page = accountant.post(ADD.format("refund"), refund_data(payment, amount="70.01"), follow=True)
    assert messages_of(page) == [
        "Nothing was saved. The payment was $70.00, of which $70.00 can still be refunded."
    ]
    assert not Refund.objects.exists()


def test_a_constraint_broken_meanwhile_is_words_not_an_error_page(
    accountant, part_paid, monkeypatch
):
    """Where even the room's check is passed, the database says no, in words."""
    from sync.admin.common import forms
    from sync.discrepancies.refunds import refund_entry

    payment = part_paid.payments.get(amount=Decimal("70.00"))
    monkeypatch.setattr(forms, "problems", lambda *_, **__: {})
    monkeypatch.setattr(refund_entry, "problems", lambda *_, **__: {})
    page = accountant.post(ADD.format("refund"), refund_data(payment, amount="70.01"), follow=True)
    assert messages_of(page) == [
        "Nothing was saved: what you entered no longer fits what somebody else saved just now."
        " Look at it as it stands, and enter it again."
    ]
    assert not Refund.objects.exists()


def test_exporters_and_viewers_enter_nothing(exporter, viewer, part_paid):
    payment = part_paid.payments.first()
    before = list(Payment.objects.order_by("pk").values())
    for client in (exporter, viewer):
        assert client.post(ADD.format("payment"), payment_data(part_paid)).status_code == 403
        assert client.post(ADD.format("refund"), refund_data(payment)).status_code == 403
        url = f"/admin/sync/payment/{payment.pk}/change/"
        assert client.post(url, payment_data(part_paid, amount="1.00")).status_code == 403
    assert list(Payment.objects.order_by("pk").values()) == before
    assert date(2026, 5, 1) in {row["received_on"] for row in before}
