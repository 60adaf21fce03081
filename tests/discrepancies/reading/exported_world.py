"""A company with many exported payments, put there in few requests, and their refunds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sync.models import Customer, Invoice, Payment, Refund, SyncRecord
from tests.discrepancies.reading.bookkeeper import Bookkeeper

AMOUNT = Decimal("150.00")
TODAY = datetime.now(UTC).date()


@dataclass
class Case:
    """One refund with what it is of, in both ledgers."""

    refund: Refund
    customer: str
    payment: dict

    @property
    def amount(self):
        return self.refund.amount

    @property
    def day(self):
        return self.refund.refunded_on


def export_payments(unit, keeper: Bookkeeper, payments: int, customers: int):
    """Make payments of $150.00 with an invoice each, all of them in QuickBooks."""
    names = [f"World customer {n}" for n in range(customers)]
    ours = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"W{n}", display_name=name)
        for n, name in enumerate(names)
    )
    theirs = [c["Id"] for c in keeper.do(*(keeper.customer(name) for name in names))]
    received = TODAY - timedelta(days=60)
    invoices = Invoice.objects.bulk_create(
        Invoice(
            currency="USD",
            business_unit=unit,
            customer=ours[n % customers],
            number=f"W-{n}",
            issued_on=received,
            subtotal=AMOUNT,
            total=AMOUNT,
        )
        for n in range(payments)
    )
    paid = Payment.objects.bulk_create(
        Payment(
            currency="USD",
            business_unit=unit,
            customer=invoice.customer,
            invoice=invoice,
            method="Check",
            amount=AMOUNT,
            received_on=received,
        )
        for invoice in invoices
    )
    sent = keeper.do(
        *(
            keeper.invoice(theirs[n % customers], AMOUNT, received, invoice.number)
            for n, invoice in enumerate(invoices)
        )
    )
    receipts = keeper.do(
        *(
            keeper.payment(theirs[n % customers], AMOUNT, received, invoice["Id"])
            for n, invoice in enumerate(sent)
        )
    )
    records = [_record(unit, "customer", o, t, {}) for o, t in zip(ours, theirs, strict=True)]
    for n, (invoice, payment) in enumerate(zip(invoices, paid, strict=True)):
        records.append(
            _record(unit, "invoice", invoice, sent[n]["Id"], _invoice_content(invoice), AMOUNT)
        )
        content = _payment_content(payment)
        records.append(_record(unit, "payment", payment, receipts[n]["Id"], content, AMOUNT))
    SyncRecord.objects.bulk_create(records, batch_size=500)
    return paid, receipts


def _record(unit, kind, document, qbo_id, content, total=None):
    return SyncRecord(
        company=unit.quickbooks_company,
        business_unit=unit,
        kind=kind,
        **{kind: document},
        state=SyncRecord.State.EXPORTED,
        marker=f"Paidup {unit.code} {uuid4()}",
        content=content,
        qbo_id=qbo_id,
        qbo_sync_token="0",
        exported_total=total,
        exported_at=datetime.now(UTC),
        exported_balance=Decimal(0) if kind == "invoice" else None,
        balance_read_at=datetime.now(UTC) if kind == "invoice" else None,
    )


def _invoice_content(invoice):
    return {
        "number": invoice.number,
        "customer": invoice.customer_id,
        "issued_on": invoice.issued_on.isoformat(),
        "currency": "USD",
        "tax_total": "0.00",
        "total": str(invoice.total),
    }


def _payment_content(payment):
    return {
        "customer": payment.customer_id,
        "invoice": payment.invoice_id,
        "method": payment.method,
        "amount": str(payment.amount),
        "applied": str(payment.amount),
        "currency": "USD",
        "received_on": payment.received_on.isoformat(),
        "reference": "",
    }


def give_back(paid, receipts, number: int, full=(), kind=lambda n: "sale") -> list[Case]:
    """Refund the first payments: in full where `full` holds the place, else in part."""
    refunds = Refund.objects.bulk_create(
        Refund(
            payment=paid[n],
            kind=kind(n),
            amount=AMOUNT if n in full else Decimal(20 + n % 37) + Decimal("0.25"),
            refunded_on=TODAY - timedelta(days=10 + n % 30),
        )
        for n in range(number)
    )
    return [
        Case(refund, receipts[n]["CustomerRef"]["value"], receipts[n])
        for n, refund in enumerate(refunds)
    ]


def day_after(case: Case, days: int) -> date:
    return case.day + timedelta(days=days)
