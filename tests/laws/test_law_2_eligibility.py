"""Law 2: each reason that keeps a payment here, and that nothing short of it does."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from sync.exports.rules.by_stage import ready_payments
from sync.exports.rules.eligibility import incomplete_units, with_reasons
from sync.models import BooksMatch, Invoice, Payment, QuickBooksCompany
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    ItemMappingFactory,
    MethodMappingFactory,
    PaymentFactory,
    RefundFactory,
    SyncRecordFactory,
    TaxMappingFactory,
)


@pytest.fixture
def payment(company):
    """A payment of a fully paid invoice, in a unit that lacks nothing."""
    unit = BusinessUnitFactory(quickbooks_company=company)
    ItemMappingFactory(company=company)
    MethodMappingFactory(company=company)
    TaxMappingFactory(company=company)
    return PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number="R-1"))


@pytest.fixture
def elsewhere(payment):
    return QuickBooksCompany.objects.get(name="Bystander LLC")


def reason(payment, *, queued=False, incomplete=()):
    rows = with_reasons(Payment.objects.filter(pk=payment.pk), incomplete, queued=queued)
    return rows.get().reason


def of(model, row, **values):
    model.objects.filter(pk=row.pk).update(**values)


def test_what_lacks_nothing_may_go(payment):
    assert reason(payment) == reason(payment, queued=True) == ""


# The documents ---------------------------------------------------------------------------------


def void_payment(payment):
    of(Payment, payment, voided_at=timezone.now())


def void_invoice(payment):
    of(Invoice, payment.invoice, voided_at=timezone.now())


def take_from_invoice(payment):
    of(Payment, payment, invoice=None)


def hold(payment):
    of(Invoice, payment.invoice, do_not_export_at=timezone.now())


def make_free(payment):
    payment.invoice.lines.update(amount=0)
    of(Invoice, payment.invoice, subtotal=0, total=0)


def leave_a_cent_open(payment):
    of(Payment, payment, amount=Decimal("149.99"))


def give_back_a_cent(payment):
    RefundFactory(payment=payment, amount=Decimal("0.01"))


def release_what_was_never_paid(payment):
    leave_a_cent_open(payment)
    of(Invoice, payment.invoice, released_at=timezone.now())


def have_another_customer_pay(payment):
    unit = payment.business_unit
    of(Payment, payment, customer=CustomerFactory(business_unit=unit))


def have_a_sibling_of_another_customer(payment):
    other = CustomerFactory(business_unit=payment.business_unit)
    PaymentFactory(invoice=payment.invoice, customer=other, amount=Decimal("1.00"))


def pay_in_another_currency(payment):
    PaymentFactory(invoice=payment.invoice, currency="CAD", amount=Decimal("1.00"))


def bill_in_another_currency(payment):
    of(Invoice, payment.invoice, currency="CAD")
    payment.invoice.payments.update(currency="CAD")


def lose_a_line(payment):
    payment.invoice.lines.update(amount=Decimal("149.99"))


def name_with_a_colon(payment):
    type(payment.customer).objects.update(display_name="Smith: Jane")


def name_with_a_tab_there(payment):
    type(payment.customer).objects.update(quickbooks_name="Smith\tJane")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (void_payment, "VOIDED"),
        (void_invoice, "VOIDED"),
        (take_from_invoice, "NO_INVOICE"),
        (hold, "DO_NOT_EXPORT"),
        (make_free, "NOTHING_TO_COLLECT"),
        (leave_a_cent_open, "NOT_FULLY_PAID"),
        (give_back_a_cent, "NOT_FULLY_PAID"),
        (release_what_was_never_paid, "NOT_FULLY_PAID"),
        (have_another_customer_pay, "CUSTOMER_MISMATCH"),
        (have_a_sibling_of_another_customer, "CUSTOMER_MISMATCH"),
        (pay_in_another_currency, "CURRENCY_MISMATCH"),
        (bill_in_another_currency, "CURRENCY_MISMATCH"),
        (lose_a_line, "LINES_MISMATCH"),
        (name_with_a_colon, "NAME_REFUSED"),
        (name_with_a_tab_there, "NAME_REFUSED"),
    ],
)
def test_what_keeps_a_document_here(payment, change, code):
    change(payment)
    assert reason(payment) == code
    assert reason(payment, queued=True) == code
    assert list(ready_payments(None)) == []


def test_a_release_lets_go_what_was_fully_paid_once(payment):
    give_back_a_cent(payment)
    of(Invoice, payment.invoice, released_at=timezone.now())
    assert reason(payment) == ""
    assert list(ready_payments(None)) == [payment]


def test_a_voided_sibling_says_nothing(payment):
    have_a_sibling_of_another_customer(payment)
    pay_in_another_currency(payment)
    Payment.objects.exclude(pk=payment.pk).update(voided_at=timezone.now())
    assert reason(payment) == ""


def test_a_name_that_was_given_by_hand_counts_instead_of_the_customers(payment):
    type(payment.customer).objects.update(display_name="A: B", quickbooks_name="A B")
    assert reason(payment) == ""


@pytest.mark.parametrize(("state", "code"), [("exported", ""), ("pending", "NAME_REFUSED")])
def test_a_customer_that_is_there_keeps_its_name(company, payment, state, code):
    name_with_a_colon(payment)
    SyncRecordFactory(
        company=company,
        kind="customer",
        payment=None,
        customer=payment.customer,
        state=state,
        qbo_id="5" if state == "exported" else "",
    )
    assert reason(payment, queued=True) == code


# The company -----------------------------------------------------------------------------------


def set_company(payment, **values):
    QuickBooksCompany.objects.filter(pk=payment.business_unit.quickbooks_company_id).update(
        **values
    )


@pytest.mark.parametrize(
    ("preferences", "home", "code"),
    [
        ({"CurrencyPrefs": {"MultiCurrencyEnabled": True}}, "USD", "NO_RATE"),
        ({"CurrencyPrefs": {"MultiCurrencyEnabled": False}}, "USD", "CURRENCY_MISMATCH"),
        ({"CurrencyPrefs": {}}, "USD", "CURRENCY_MISMATCH"),
        ({}, "USD", "CURRENCY_MISMATCH"),
        ({}, "CAD", ""),
        ({}, "", ""),
    ],
)
def test_other_currencies_go_only_where_the_company_keeps_several(payment, preferences, home, code):
    bill_in_another_currency(payment)
    set_company(payment, preferences=preferences, home_currency=home)
    assert reason(payment) == code


@pytest.mark.parametrize(
    ("several", "kept_in", "is_blocked"),
    [(True, "CAD", True), (True, "USD", False), (False, "CAD", False), (True, None, False)],
)
def test_a_customer_of_another_currency_there_takes_nothing(payment, several, kept_in, is_blocked):
    set_company(payment, preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": several}})
    customer = payment.invoice.customer
    content = {} if kept_in is None else {"currency": kept_in}
    SyncRecordFactory(
        company=payment.business_unit.quickbooks_company,
        payment=None,
        kind="customer",
        customer=customer,
        state="exported",
        qbo_id="7",
        content=content,
    )
    assert (reason(payment) == "CUSTOMER_CURRENCY") is is_blocked


@pytest.mark.parametrize("status", [s for s in QuickBooksCompany.Status if s != "connected"])
def test_nothing_goes_without_a_connection(payment, status):
    set_company(payment, status=status)
    assert reason(payment) == "NOT_CONNECTED"


def test_nothing_goes_without_a_company(payment):
    type(payment.business_unit).objects.update(quickbooks_company=None)
    assert reason(payment) == "NOT_CONNECTED"


def test_nothing_goes_before_the_set_up_is_finished(payment):
    assert reason(payment, incomplete=[payment.business_unit_id]) == "SETUP_INCOMPLETE"
    assert reason(payment, incomplete=[payment.business_unit_id + 1]) == ""


def test_units_that_lack_something_are_named_and_no_others(payment):
    lacking = BusinessUnitFactory(
        quickbooks_company=payment.business_unit.quickbooks_company, export_start_date=None
    )
    BusinessUnitFactory()
    words = "No start date is set: say from which invoice date payments may be exported."
    assert incomplete_units() == {lacking.pk: [words]}
    assert incomplete_units(lacking, for_trial=True) == {lacking.pk: [words]}
    assert incomplete_units(payment.business_unit) == {}
    assert incomplete_units(among=[payment.business_unit_id]) == {}


@pytest.mark.parametrize(
    ("start", "code"), [("2026-05-04", ""), ("2026-05-05", "BEFORE_START_DATE")]
)
def test_nothing_goes_from_before_the_start(payment, start, code):
    type(payment.business_unit).objects.update(export_start_date=start)
    assert reason(payment) == code


@pytest.mark.parametrize(
    ("invoiced", "paid", "code"),
    [
        ("2026-05-03", "2026-05-03", ""),
        ("2026-05-02", "2026-05-03", "BOOKS_CLOSED"),
        ("2026-05-03", "2026-05-02", "BOOKS_CLOSED"),
    ],
)
def test_nothing_goes_into_closed_books(payment, invoiced, paid, code):
    set_company(payment, book_close_date=date(2026, 5, 2))
    of(Invoice, payment.invoice, issued_on=invoiced)
    of(Payment, payment, received_on=paid)
    assert reason(payment) == code


def record_of(document, company, **values):
    kind = "payment" if isinstance(document, Payment) else "invoice"
    given = {"payment": None, kind: document, "kind": kind}
    if values.get("state") == "in_flight":
        given["batch"] = BatchRequestFactory(company=company)
    return SyncRecordFactory(company=company, **given | values)


@pytest.mark.parametrize(
    ("decided", "of_another", "qbo_id", "code"),
    [
        (False, False, "", "IN_BOOKS"),
        (True, False, "", ""),
        (False, True, "", ""),
        (False, False, "31", ""),  # it was linked: only its late payments go
    ],
)
def test_what_the_books_may_hold_waits_for_a_person(
    company, payment, elsewhere, decided, of_another, qbo_id, code
):
    unit = payment.invoice.business_unit
    BooksMatch.objects.create(
        company=elsewhere if of_another else company,
        business_unit=unit,
        invoice=payment.invoice,
        number="R-1",
        standing=BooksMatch.Standing.LOOK,
        is_declined=decided,
    )
    if qbo_id:
        record_of(payment.invoice, company, qbo_id=qbo_id)
    assert reason(payment, queued=True) == code


def test_a_number_is_one_units_in_a_company(company, payment, elsewhere):
    same = InvoiceFactory(business_unit=payment.business_unit, number="R-1000")
    record_of(same, company)
    theirs = InvoiceFactory(number="R-1")
    taken = record_of(theirs, company)
    assert reason(payment) == "NUMBER_TAKEN"
    taken.delete()
    record_of(theirs, elsewhere)
    assert reason(payment) == ""
    of(Invoice, same, number="R-1001")
    assert reason(payment) == ""


@pytest.mark.parametrize("kept_by", ["", "voided_at", "do_not_export_at"])
def test_of_equal_numbers_in_a_unit_the_first_one_goes(payment, kept_by):
    first, unit = payment.invoice, payment.business_unit
    same = InvoiceFactory(business_unit=unit, number="R-1", source="vonigo", external_id="7")
    second = PaymentFactory(invoice=same)
    assert (reason(payment), reason(second)) == ("", "NUMBER_TAKEN")
    if kept_by:  # what does not go takes no number
        of(Invoice, first, **{kept_by: timezone.now()})
        assert reason(second) == ""


@pytest.mark.parametrize(
    ("state", "qbo_id", "code"),
    [
        ("exported", "9", "IN_ANOTHER_COMPANY"),
        ("in_flight", "", "IN_ANOTHER_COMPANY"),
        ("uncertain", "", "IN_ANOTHER_COMPANY"),
        ("pending", "", ""),
        ("failed", "", ""),
    ],
)
def test_an_invoice_is_in_one_company(payment, elsewhere, state, qbo_id, code):
    record_of(payment.invoice, elsewhere, state=state, qbo_id=qbo_id)
    assert reason(payment, queued=True) == code
    assert reason(payment) == code
