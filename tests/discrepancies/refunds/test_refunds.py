"""The report's rows: which refunds are in it, and what is told of each."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from sync.discrepancies.refunds.refunds import (
    Listing,
    full_only,
    of_listing,
    open_totals,
    partial_only,
    row_of,
    rows_of,
    with_details,
)
from sync.models import Refund, RefundDiscrepancy, RefundReview, SyncRecord
from sync.quickbooks.links import deep_link
from tests.discrepancies.conftest import put_in_quickbooks
from tests.factories import (
    BusinessUnitFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    RefundFactory,
    RefundReviewFactory,
)

pytestmark = pytest.mark.django_db


def listed():
    return [row.refund_id for row in rows_of(RefundDiscrepancy.objects.order_by("pk"))]


def row(refund):
    return row_of(with_details(RefundDiscrepancy.objects.all()).get(pk=refund.pk))


def test_row_tells_everything_of_a_refund(exported):
    payment = exported(method="Check", reference="2070")
    refund = RefundFactory(payment=payment, amount=Decimal("20.00"), refunded_on=date(2026, 5, 20))
    with time_machine.travel(datetime(2026, 5, 25, 12, tzinfo=UTC)):
        told = row(refund)
    invoice_record = SyncRecord.objects.get(invoice=payment.invoice)
    payment_record = SyncRecord.objects.get(payment=payment)
    assert (told.unit_code, told.unit, told.customer) == ("riverside", "Riverside", "José O'Brien")
    assert (told.invoice, told.payment_id) == (payment.invoice.number, payment.pk)
    assert (told.amount, told.payment_amount) == (Decimal("20.00"), Decimal("150.00"))
    assert (told.currency, told.method, told.reference) == ("USD", "Check", "2070")
    assert (told.exported_on, told.refunded_on) == (date(2026, 5, 14), date(2026, 5, 20))
    assert (told.size, told.timing, told.days_open) == ("Partial", "After export", 5)
    assert (told.status, told.open_amount) == ("open", Decimal("20.00"))
    assert told.overpaid == Decimal("0.00")
    assert (told.note, told.reviewed_by, told.reviewed_on) == ("", "", None)
    assert told.quickbooks_invoice.qbo_id == invoice_record.qbo_id
    assert told.quickbooks_payment.qbo_id == payment_record.qbo_id
    assert told.quickbooks_payment.url == deep_link(
        "9130348000000001", "Payment", payment_record.qbo_id
    )


def test_refund_of_a_payment_that_is_not_in_quickbooks_is_left_out(exported):
    RefundFactory()
    pending = PaymentFactory()
    SyncRecord.objects.create(
        company=QuickBooksCompanyFactory(),
        business_unit=pending.business_unit,
        kind=SyncRecord.Kind.PAYMENT,
        payment=pending,
        marker="pending",
        content={},
    )
    RefundFactory(payment=pending)
    kept = RefundFactory(payment=exported())
    assert listed() == [kept.pk]


def test_law_5_refund_by_plain_sql_is_in_the_report(exported):
    payment = exported()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_refund (payment_id, amount, refunded_on, reason, external_id,"
            " created_at) VALUES (%s, 20, '2026-05-20', '', '', '2026-05-20 10:00:00')",
            [payment.pk],
        )
    (told,) = rows_of(RefundDiscrepancy.objects.all())
    assert (told.payment_id, told.amount) == (payment.pk, Decimal("20.00"))


def test_law_5_refund_by_bulk_create_is_in_the_report(exported):
    first, second = exported(), exported()
    Refund.objects.bulk_create(
        Refund(payment=payment, amount=Decimal("5.00"), refunded_on=date(2026, 5, 20))
        for payment in (first, second)
    )
    told = rows_of(RefundDiscrepancy.objects.order_by("pk"))
    assert [row.payment_id for row in told] == [first.pk, second.pk]


@pytest.mark.parametrize("state", ["exported", "mismatch", "uncertain", "failed"])
def test_report_goes_by_the_quickbooks_id_whatever_the_state(exported, state):
    refund = RefundFactory(payment=exported())
    SyncRecord.objects.filter(payment=refund.payment).update(state=state)
    assert listed() == [refund.pk]


def test_days_open_are_counted_where_the_unit_is(exported):
    company = QuickBooksCompanyFactory()
    west = BusinessUnitFactory(timezone="America/Los_Angeles", quickbooks_company=company)
    in_east = RefundFactory(payment=exported(), refunded_on=date(2026, 5, 20))
    in_west = RefundFactory(payment=exported(unit=west), refunded_on=date(2026, 5, 20))
    # Half past one in the morning of 23 May in New York is still 22 May in Los Angeles.
    with time_machine.travel(datetime(2026, 5, 23, 5, 30, tzinfo=UTC)):
        assert (row(in_east).days_open, row(in_west).days_open) == (3, 2)


def test_days_open_stop_at_the_review_and_are_never_below_zero(exported):
    settled = RefundFactory(payment=exported(), refunded_on=date(2026, 5, 20))
    with time_machine.travel(datetime(2026, 5, 24, 12, tzinfo=UTC)):
        RefundReviewFactory(refund=settled, status="recorded", note="Credit memo 12")
    ahead = RefundFactory(payment=exported(), refunded_on=date(2026, 6, 30))
    with time_machine.travel(datetime(2026, 6, 10, 12, tzinfo=UTC)):
        assert (row(settled).days_open, row(ahead).days_open) == (4, 0)


def test_refund_made_before_the_export_is_told_apart(exported):
    payment = exported()
    before = RefundFactory(payment=payment, amount=Decimal(1), refunded_on=date(2026, 5, 13))
    after = RefundFactory(payment=payment, amount=Decimal(1), refunded_on=date(2026, 5, 15))
    same_day = RefundFactory(payment=payment, amount=Decimal(1), refunded_on=date(2026, 5, 14))
    assert [row(r).timing for r in (before, after)] == ["Before export", "After export"]
    assert row(same_day).timing == "After export"
    Refund.objects.filter(pk=same_day.pk).update(created_at=datetime(2026, 5, 14, 20, tzinfo=UTC))
    assert row(same_day).timing == "Before export"


def test_full_and_partial_refunds_are_told_apart(exported):
    full = RefundFactory(payment=exported(amount="150.00"), amount=Decimal("150.00"))
    partial = RefundFactory(payment=exported(amount="150.00"), amount=Decimal("149.99"))
    assert (row(full).size, row(partial).size) == ("Full", "Partial")
    assert list(full_only(RefundDiscrepancy.objects.all())) == [full]
    assert list(partial_only(RefundDiscrepancy.objects.all())) == [partial]


def test_listings_keep_recorded_and_leave_out_not_needed(exported):
    untouched, reopened, recorded, not_needed, verified, otherwise = (
        RefundFactory(payment=exported(), amount=Decimal(amount)) for amount in (1, 2, 4, 8, 16, 32)
    )
    RefundReviewFactory(refund=verified, status="verified", reviewed_by=None)
    RefundReviewFactory(refund=reopened, status="open")
    RefundReviewFactory(refund=recorded, status="recorded", note="Credit memo 12")
    RefundReviewFactory(refund=not_needed, status="not_needed", note="Entered twice")
    RefundReviewFactory(refund=otherwise, status="adjusted_otherwise", note="Netted in May")
    every = RefundDiscrepancy.objects.order_by("pk")
    assert {listing: list(of_listing(every, listing)) for listing in Listing} == {
        Listing.LISTED: [untouched, reopened, recorded],
        Listing.OPEN: [untouched, reopened],
        Listing.RECORDED: [recorded],
        Listing.VERIFIED: [verified],
        Listing.ADJUSTED_OTHERWISE: [otherwise],
        Listing.NOT_NEEDED: [not_needed],
        Listing.ALL: [untouched, reopened, recorded, not_needed, verified, otherwise],
    }
    assert open_totals(every) == [("USD", 2, Decimal("3.00"))]
    assert (row(recorded).status, row(recorded).open_amount) == ("recorded", Decimal("0.00"))
    assert row(recorded).note == "Credit memo 12"


def test_open_totals_never_add_one_currency_to_another(exported):
    canada = BusinessUnitFactory(currency="CAD", quickbooks_company=QuickBooksCompanyFactory())
    RefundFactory(payment=exported(), amount=Decimal("0.10"))
    RefundFactory(payment=exported(), amount=Decimal("0.20"))
    RefundFactory(payment=exported(unit=canada), amount=Decimal("7.00"))
    assert open_totals(RefundDiscrepancy.objects.all()) == [
        ("CAD", 1, Decimal("7.00")),
        ("USD", 2, Decimal("0.30")),
    ]


def test_overpaid_part_goes_to_the_earliest_refunds(exported):
    payment = exported(amount="170.00", total="150.00")
    second = RefundFactory(payment=payment, amount=Decimal(15), refunded_on=date(2026, 5, 21))
    first = RefundFactory(payment=payment, amount=Decimal(12), refunded_on=date(2026, 5, 20))
    third = RefundFactory(payment=payment, amount=Decimal(30), refunded_on=date(2026, 5, 21))
    assert [row(r).overpaid for r in (first, second, third)] == [
        Decimal("12.00"),
        Decimal("8.00"),
        Decimal("0.00"),
    ]


def test_customer_is_named_as_quickbooks_knows_it(exported):
    refund = RefundFactory(payment=exported())
    put_in_quickbooks(
        refund.payment.business_unit.quickbooks_company,
        SyncRecord.Kind.CUSTOMER,
        refund.payment.customer,
        "58",
        content={"display_name": "José O'Brien (C7)"},
    )
    assert row(refund).customer == "José O'Brien (C7)"


def test_latest_quickbooks_company_is_the_one_to_adjust(exported):
    refund = RefundFactory(payment=exported())
    other = QuickBooksCompanyFactory(realm_id="42")
    put_in_quickbooks(other, SyncRecord.Kind.PAYMENT, refund.payment, "7")
    told = row(refund)
    assert (told.quickbooks_payment.realm_id, told.quickbooks_payment.qbo_id) == ("42", "7")
    assert told.quickbooks_invoice is None


@pytest.mark.parametrize("number", [1, 3])
def test_rows_take_the_same_number_of_queries(exported, number, django_assert_num_queries):
    for _ in range(number):
        RefundReviewFactory(refund=RefundFactory(payment=exported()))
    with django_assert_num_queries(8):
        assert len(list(rows_of(RefundDiscrepancy.objects.all()))) == number
    assert RefundReview.objects.count() == number
