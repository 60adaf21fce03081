"""Refunds of exported payments by the ten thousand, written in bulk."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sync.models import Customer, Invoice, Payment, Refund, RefundReview, SyncRecord
from tests.factories import BusinessUnitFactory, QuickBooksCompanyFactory, UserFactory

TODAY = datetime.now(UTC).date()
STATUSES = ("open", "open", "recorded", "verified", "not_needed", None, None, None, None, None)


def make_refunds(count, units=5):
    """Make refunds of as many exported payments, spread over units, ages and statuses."""
    company = QuickBooksCompanyFactory()
    made = [BusinessUnitFactory(name=f"Unit {n}", quickbooks_company=company) for n in range(units)]
    customers = Customer.objects.bulk_create(
        Customer(business_unit=made[n % units], external_id=f"M{n}", display_name=f"Customer {n}")
        for n in range(count // 10 or 1)
    )
    owners = [customers[n % len(customers)] for n in range(count)]
    invoices = Invoice.objects.bulk_create(
        (
            Invoice(
                business_unit=owner.business_unit,
                customer=owner,
                number=f"M-{n}",
                issued_on=TODAY - timedelta(days=200),
                subtotal=Decimal("150.00"),
                total=Decimal("150.00"),
            )
            for n, owner in enumerate(owners)
        ),
        batch_size=2000,
    )
    payments = Payment.objects.bulk_create(
        (
            Payment(
                business_unit=invoice.business_unit,
                customer=invoice.customer,
                invoice=invoice,
                method="Check",
                amount=Decimal("150.00"),
                received_on=TODAY - timedelta(days=199),
            )
            for invoice in invoices
        ),
        batch_size=2000,
    )
    documents = [("customer", c) for c in customers]
    documents += [("invoice", i) for i in invoices] + [("payment", p) for p in payments]
    SyncRecord.objects.bulk_create(
        (
            SyncRecord(
                company=company,
                business_unit_id=document.business_unit_id,
                kind=kind,
                **{kind: document},
                state="exported",
                marker=str(uuid4()),
                content={},
                qbo_id=str(n + 1),
                exported_at=datetime.now(UTC) - timedelta(days=150),
            )
            for n, (kind, document) in enumerate(documents)
        ),
        batch_size=2000,
    )
    refunds = Refund.objects.bulk_create(
        (
            Refund(
                payment=payment,
                amount=Decimal(10 + n % 100),
                refunded_on=TODAY - timedelta(days=n % 150),
            )
            for n, payment in enumerate(payments)
        ),
        batch_size=2000,
    )
    reviewer = UserFactory()
    RefundReview.objects.bulk_create(
        (
            RefundReview(refund=refund, status=status, note="Said", reviewed_by=reviewer)
            for n, refund in enumerate(refunds)
            if (status := STATUSES[n % len(STATUSES)])
        ),
        batch_size=2000,
    )
    return made
