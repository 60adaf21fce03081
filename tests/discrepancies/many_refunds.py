"""Refunds of exported payments by the ten thousand, written in bulk."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sync.models import Customer, Invoice, Payment, Refund, RefundReview, SyncRecord
from tests.factories import BusinessUnitFactory, QuickBooksCompanyFactory, UserFactory

TODAY = datetime.now(UTC).date()
STATUSES = ("open", "open", "recorded", "verified", "not_needed", None, None, None, None, None)
AT_ONCE = 2_000


def make_refunds(count, units=5, others=0):
    """Make refunds of as many exported payments, spread over units, ages and statuses.

    So many other payments are exported and never refunded, as most are.
    """
    company = QuickBooksCompanyFactory()
    made = [BusinessUnitFactory(name=f"Unit {n}", quickbooks_company=company) for n in range(units)]
    payments = _exported_payments(company, made, count + others)
    # The refunded ones lie among the others, not side by side.
    step = len(payments) // count
    refunds = Refund.objects.bulk_create(
        (
            Refund(
                payment=payments[n * step],
                amount=Decimal(10 + n % 100),
                refunded_on=TODAY - timedelta(days=n % 150),
            )
            for n in range(count)
        ),
        batch_size=AT_ONCE,
    )
    reviewer = UserFactory()
    RefundReview.objects.bulk_create(
        (
            RefundReview(
                refund=refund,
                status=status,
                note="Said",
                reviewed_by=reviewer,
                amount=refund.amount,
                currency="USD",
                refunded_on=refund.refunded_on,
            )
            for n, refund in enumerate(refunds)
            if (status := STATUSES[n % len(STATUSES)])
        ),
        batch_size=AT_ONCE,
    )
    return made


def _exported_payments(company, units, count):
    customers = Customer.objects.bulk_create(
        Customer(
            business_unit=units[n % len(units)], external_id=f"M{n}", display_name=f"Customer {n}"
        )
        for n in range(count // 10 or 1)
    )
    invoices = Invoice.objects.bulk_create(
        (_invoice(n, customers[n % len(customers)]) for n in range(count)), batch_size=AT_ONCE
    )
    payments = Payment.objects.bulk_create(map(_payment, invoices), batch_size=AT_ONCE)
    documents = [("customer", c) for c in customers]
    documents += [("invoice", i) for i in invoices] + [("payment", p) for p in payments]
    SyncRecord.objects.bulk_create(
        (_record(company, n, *document) for n, document in enumerate(documents)),
        batch_size=AT_ONCE,
    )
    return payments


def _invoice(number, customer):
    return Invoice(
        business_unit_id=customer.business_unit_id,
        customer=customer,
        number=f"M-{number}",
        issued_on=TODAY - timedelta(days=200),
        subtotal=Decimal("150.00"),
        total=Decimal("150.00"),
    )


def _payment(invoice):
    return Payment(
        business_unit_id=invoice.business_unit_id,
        customer_id=invoice.customer_id,
        invoice=invoice,
        method="Check",
        amount=Decimal("150.00"),
        received_on=TODAY - timedelta(days=199),
    )


def _record(company, number, kind, document):
    return SyncRecord(
        company=company,
        business_unit_id=document.business_unit_id,
        kind=kind,
        **{kind: document},
        state="exported",
        marker=str(uuid4()),
        content={},
        qbo_id=str(number + 1),
        exported_at=datetime.now(UTC) - timedelta(days=150),
    )
