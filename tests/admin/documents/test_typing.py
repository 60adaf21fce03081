"""Typing made pleasant: proposals, lists, a rounded amount that is said, and questions."""

from decimal import Decimal

import pytest

from accounts.models import Role
from sync.intake.numbers import next_number
from sync.models import Invoice, InvoiceLine, Payment
from tests import factories
from tests.admin.conftest import messages_of
from tests.admin.documents.test_documents import ADD, errors_of, invoice_data
from tests.browsing import IN_A_BROWSER, SHOTS

PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.getElementById("id_lines-0-service").dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
    );
}"""


@pytest.fixture
def customer(riverside):
    return factories.CustomerFactory(business_unit=riverside, display_name="Ana Pérez")


def payment_data(invoice, amount, **more):
    return {
        "business_unit": invoice.business_unit_id,
        "customer": invoice.customer_id,
        "invoice": invoice.pk,
        "kind": "final",
        "method": "Check",
        "amount": amount,
        "currency": "USD",
        "received_on": "2026-05-09",
    } | more


def test_a_product_that_is_no_whole_cent_is_rounded_and_said(accountant, customer):
    line = {"lines-0-quantity": "3", "lines-0-unit_price": "33.335", "lines-0-amount": ""}
    answer = accountant.post(ADD.format("invoice"), invoice_data(customer, **line), follow=True)
    assert "3 times 33.335 is 100.005: 100.01 was entered." in messages_of(answer)
    assert (InvoiceLine.objects.get().amount, Invoice.objects.get().total) == (
        Decimal("100.01"),
        Decimal("100.01"),
    )


@pytest.mark.parametrize(
    ("last", "proposed"),
    [("R-1042", "R-1043"), ("0099", "0100"), ("9-2026/A", "9-2027/A"), ("one", ""), (None, "")],
)
def test_the_next_number_is_proposed(accountant, customer, riverside, last, proposed):
    if last:
        factories.InvoiceFactory(business_unit=riverside, customer=customer, number=last)
    assert next_number(riverside) == proposed
    form = accountant.get(ADD.format("invoice")).context["adminform"].form
    assert form.initial.get("number", "") == proposed
    assert form.initial["currency"] == "USD"


def test_a_number_that_is_taken_is_not_proposed(customer, riverside):
    for number in ("8", "10", "9"):
        factories.InvoiceFactory(business_unit=riverside, customer=customer, number=number)
    assert next_number(riverside) == "11"


def test_services_and_methods_come_from_lists_of_ones_own_companies(accountant, riverside, foreign):
    factories.ItemMappingFactory(company=riverside.quickbooks_company, service="Mowing")
    factories.ItemMappingFactory(company=foreign.quickbooks_company, service="Secret")
    factories.MethodMappingFactory(company=riverside.quickbooks_company, method="Wire")
    page = accountant.get(ADD.format("invoice")).content.decode()
    assert '<option value="Mowing">' in page
    assert "Secret" not in page
    assert 'list="paidup-services"' in page
    page = accountant.get(ADD.format("payment")).content.decode()
    assert '<option value="Wire">' in page
    assert 'list="paidup-methods"' in page


def test_an_amount_above_what_is_due_is_asked_about_and_taken_the_second_time(
    accountant, part_paid
):
    data = payment_data(part_paid, "60.00")
    answer = accountant.post(ADD.format("payment"), data)
    assert errors_of(answer) == {
        "amount": [
            f"Only $50.00 is due of {part_paid}. Is 60.00 meant? Then save once more."
        ]
    }  # fmt: skip
    assert Payment.objects.count() == 2
    asked = answer.context["adminform"].form["amount_asked"].value()
    other = accountant.post(
        ADD.format("payment"), data | {"amount": "70.00", "amount_asked": asked}
    )
    assert "amount" in errors_of(other)  # another amount is another question
    accountant.post(ADD.format("payment"), data | {"amount_asked": asked})
    paid = Payment.objects.get(amount="60.00")
    change = f"/admin/sync/payment/{paid.pk}/change/"
    kept = payment_data(part_paid, "60.00", reference="as agreed")
    assert accountant.post(change, kept).status_code == 302  # it is not asked about again
    assert errors_of(accountant.post(change, kept | {"amount": "60.01"})).keys() == {"amount"}
    assert accountant.post(change, kept | {"amount": "50.00"}).status_code == 302


@pytest.mark.usefixtures("customer")
class TestInABrowser:
    pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]

    def test_an_invoice_adds_up_while_it_is_typed_and_takes_pasted_rows(
        self, open_site, live_server, riverside
    ):
        user = factories.UserFactory(username="dana")
        factories.MembershipFactory(user=user, business_unit=riverside, role=Role.ACCOUNTANT)
        page = open_site(user)
        page.goto(f"{live_server.url}/admin/sync/invoice/add/")
        page.fill("#id_lines-0-quantity", "3")
        page.fill("#id_lines-0-unit_price", "33.335")
        sums = page.locator("#paidup-sums")
        assert sums.inner_text() == "Lines 100.01: total 100.01. One amount is rounded to the cent."
        page.fill("#id_tax_total", "8.25")
        assert "plus tax 8.25: total 108.26" in sums.inner_text()
        page.evaluate(PASTE, "Service\tQty\tPrice\nMowing\t2\t$1,045.00\nEdging\t1\t10")
        assert page.input_value("#id_lines-1-service") == "Edging"
        assert page.input_value("#id_lines-0-unit_price") == "1045.00"
        assert sums.inner_text() == "Lines 2100.00, plus tax 8.25: total 2108.25."
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/invoice-typing.png", full_page=True)
        assert page.said == []
