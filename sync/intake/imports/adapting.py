"""What a file says, as what the door takes: records of files become deliveries."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sync.intake.door.incoming import (
    Allocation,
    Body,
    Incoming,
    InvoiceBody,
    LineBody,
    PaymentBody,
    RefundBody,
)
from sync.intake.files import records

LONGEST_DESCRIPTION = 4000
Told = records.Invoice | records.Payment | records.Refund
Named = Callable[[records.Party], str]


class Adapting:
    """Makes deliveries of one file's documents; `named` gives a customer's id at the source."""

    def __init__(
        self, source: str, observed_at: datetime, named: Named, *, says_invoices: bool
    ) -> None:
        self.source, self.observed_at, self.named = source, observed_at, named
        self.says_invoices = says_invoices

    def incoming(self, document: Told) -> Incoming:
        """Return one document as a delivery."""
        body: Body
        if isinstance(document, records.Invoice):
            body = self._invoice(document)
        elif isinstance(document, records.Payment):
            body = self._payment(document)
        else:
            body = _refund(document)
        return Incoming(
            source=self.source,
            external_id=document.external_id,
            observed_at=self.observed_at,
            version=_version(document.version),
            body=body,
        )

    def _invoice(self, invoice: records.Invoice) -> InvoiceBody:
        return InvoiceBody(
            number=invoice.number,
            customer=self.named(invoice.customer),
            issued_on=invoice.issued_on,
            total=invoice.total,
            lines=_lines(invoice),
            due_on=invoice.due_on,
            currency=invoice.currency,
            discount_total=invoice.discount_total,
            tax_total=invoice.tax_total,
            prices_include_tax=invoice.prices_include_tax,
            voided=invoice.voided,
        )

    def _payment(self, payment: records.Payment) -> PaymentBody:
        parts = tuple(
            Allocation(part.invoice_number or part.invoice_external_id, part.amount)
            for part in payment.allocations
            if part.amount is not None
        )
        return PaymentBody(
            customer=self.named(payment.customer) if payment.customer else "",
            amount=payment.amount,
            received_on=payment.received_on,
            method=payment.method,
            reference=payment.reference,
            currency=payment.currency,
            allocations=parts if self.says_invoices or payment.claimed else None,
            voided=payment.voided,
        )


def _refund(refund: records.Refund) -> RefundBody:
    numbers = refund.invoice_numbers
    return RefundBody(
        amount=refund.amount,
        refunded_on=refund.refunded_on,
        payment=refund.payment_external_id,
        invoice=numbers[0] if len(numbers) == 1 else "",
        reason=refund.reason,
        kind="" if refund.kind == records.RefundKind.SALE else refund.kind.value,
    )


def _lines(invoice: records.Invoice) -> tuple[LineBody, ...]:
    """Return the lines without the tax inside them; one of all where no line tells its tax."""
    tax = invoice.tax_total or Decimal(0)
    lines = tuple(_line(line, is_taxed=bool(tax)) for line in invoice.lines)
    if not (invoice.prices_include_tax and tax):
        return lines
    taxes = [line.tax_amount for line in lines if line.tax_amount is not None]
    if len(taxes) == len(lines) and sum(taxes, Decimal(0)) == tax:
        return tuple(_net(line, line.tax_amount or Decimal(0)) for line in lines)
    if len(lines) == 1:
        return (_net(lines[0], tax),)
    words = "; ".join(line.description or line.service for line in lines)
    gross = sum((line.amount for line in lines), Decimal(0))
    return (LineBody(gross - tax, description=words[:LONGEST_DESCRIPTION], taxable=True),)


def _line(line: records.Line, *, is_taxed: bool) -> LineBody:
    """Return a line; where none says whether it is taxed, those of a taxed bill are but a tip."""
    tells = line.taxable if line.taxable is not None else line.tax_amount
    kind = "" if line.kind == records.LineKind.SERVICE else line.kind.value.capitalize()
    is_tip = line.kind == records.LineKind.TIP
    return LineBody(
        line.amount,
        service=line.service or kind,
        description=line.description,
        quantity=Decimal(1) if line.quantity is None else line.quantity,
        unit_price=line.unit_price,
        taxable=is_taxed and not is_tip if tells is None else bool(tells),
        tax_code=line.tax_code,
        tax_amount=line.tax_amount,
    )


def _net(line: LineBody, tax: Decimal) -> LineBody:
    return LineBody(
        line.amount - tax,
        service=line.service,
        description=line.description,
        taxable=bool(tax),
        tax_code=line.tax_code,
        tax_amount=tax,
    )


def _version(text: str) -> int | None:
    """Return the source's own time of the change, in seconds; None where it has none."""
    try:
        return int(datetime.fromisoformat(text).timestamp()) if text else None
    except (ValueError, OverflowError):
        return None
