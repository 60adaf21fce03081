"""Refunds of exported payments by the ten thousand, written by the database itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Min

from sync.models import Customer, Invoice, Payment, Refund, RefundReview, SyncRecord
from tests.bulk_rows import by_place, numbers, write_like
from tests.factories import BusinessUnitFactory, QuickBooksCompanyFactory, UserFactory

NOW = datetime.now(UTC)
TODAY = NOW.date()
STATUSES = ("open", "open", "recorded", "verified", "not_needed", None, None, None, None, None)
AMOUNT = Decimal("150.00")


def make_refunds(count, units=5, others=0):
    """Make refunds of as many exported payments, spread over units, ages and statuses.

    So many other payments are exported and never refunded, as most are.
    """
    company = QuickBooksCompanyFactory()
    made = [BusinessUnitFactory(name=f"Unit {n}", quickbooks_company=company) for n in range(units)]
    _exported_payments(company, made, count + others)
    # The refunded ones lie among the others, not side by side.
    _refunds(company, (count + others) // count, count)
    _reviews(company, UserFactory())
    return made


def _exported_payments(company, units, count):
    customers = Customer.objects.bulk_create(
        Customer(
            business_unit=units[n % len(units)], external_id=f"M{n}", display_name=f"Customer {n}"
        )
        for n in range(count // 10 or 1)
    )
    ours = f"business_unit_id BETWEEN {units[0].pk} AND {units[-1].pk}"
    issued = TODAY - timedelta(days=200)
    write_like(
        Invoice(issued_on=issued, currency="USD", subtotal=AMOUNT, total=AMOUNT, paid_total=AMOUNT),
        f"{numbers(count)} JOIN sync_customer c ON c.id = {customers[0].pk} + n % {len(customers)}"
        " ORDER BY n",
        business_unit_id="business_unit_id",
        customer_id="c.id",
        number="'M-' || n",
    )
    write_like(
        Payment(
            method="Check",
            amount=AMOUNT,
            currency="USD",
            received_on=issued + timedelta(days=1),
        ),
        f"sync_invoice WHERE {ours} ORDER BY sync_invoice.id",
        business_unit_id="business_unit_id",
        customer_id="customer_id",
        invoice_id="id",
    )
    exported = {"state": "exported", "exported_at": NOW - timedelta(days=150), "content": {}}
    for kind in ("customer", "invoice", "payment"):
        write_like(
            SyncRecord(company=company, kind=kind, **exported),
            f"sync_{kind} WHERE {ours} ORDER BY sync_{kind}.id",
            business_unit_id="business_unit_id",
            marker=f"'{kind} ' || id",
            qbo_id="CAST(id AS VARCHAR(50))",
            **{f"{kind}_id": "id"},
        )


def _refunds(company, step, count):
    first = company.records.filter(kind="payment").aggregate(first=Min("payment"))["first"]
    write_like(
        Refund(currency="USD", kind="sale", void_reason=""),
        f"{numbers(count)} JOIN sync_payment p ON p.id = {first} + n * {step} ORDER BY n",
        payment_id="p.id",
        business_unit_id="p.business_unit_id",
        amount="10 + n % 100",
        refunded_on=by_place("n % 150", [TODAY - timedelta(days=n) for n in range(150)]),
    )


def _reviews(company, reviewer):
    """Say something of every other refund, as STATUSES has it."""
    ours = f"SELECT payment_id FROM sync_syncrecord WHERE company_id = {company.pk}"
    numbered = f"(SELECT r.*, r.id % {len(STATUSES)} AS place FROM sync_refund r) refund"
    said = [n for n, status in enumerate(STATUSES) if status]
    write_like(
        RefundReview(reviewed_by=reviewer, note="Said", currency="USD", kind="sale"),
        f"{numbered} WHERE payment_id IN ({ours}) AND place IN ({', '.join(map(str, said))})",
        refund_id="id",
        status=by_place("place", [status or "" for status in STATUSES]),
        payment_id="payment_id",
        amount="amount",
        refunded_on="refunded_on",
    )
