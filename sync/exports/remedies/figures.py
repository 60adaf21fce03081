"""Invoices whose figures came out otherwise in QuickBooks: both, and what follows for payments."""

from decimal import Decimal

from sync.exports.documents.confirmed_content import InvoiceContent
from sync.exports.rules.reasons import money
from sync.models import Invoice, SyncRecord
from sync.quickbooks.documents import Entity, figure
from sync.words import stored, together

DIFFERS_NO_MORE = stored("It differs no more.")
FIGURES = ("total", "tax_total")


def has_amiss_figures(record: SyncRecord) -> bool:
    """Say whether an invoice is in QuickBooks with another total or tax than it went with."""
    is_stopped = record.state == SyncRecord.State.MISMATCH
    if record.kind != SyncRecord.Kind.INVOICE or not is_stopped:
        return False
    if record.error_code != SyncRecord.Problem.MISMATCH:
        return False
    total, tax = figure(record.read_back, "TotalAmt"), figure(record.read_back, "TotalTax")
    ours = [Decimal(record.content[name]) for name in FIGURES]
    return None not in {total, tax} and [total, tax] != ours


def has_links(entity: Entity) -> bool:
    """Say whether something is applied to an invoice in QuickBooks."""
    return bool(entity.get("LinkedTxn")) or figure(entity, "Balance") != figure(entity, "TotalAmt")


def shown_here(content: InvoiceContent) -> list[str]:
    """Return the figures of an invoice that a person is shown before it is corrected there."""
    return [content["total"], content["tax_total"]]


def correction_words(record: SyncRecord, invoice: Invoice) -> str:
    """Say what a correction makes of an invoice there."""
    theirs = [figure(record.read_back, name) for name in ("TotalAmt", "TotalTax")]
    if theirs == [invoice.total, invoice.tax_total]:
        return stored("It was corrected here to what QuickBooks has. Nothing is changed there.")
    there = stored(
        "%(total)s with a tax of %(tax)s",
        total=_of(theirs[0], invoice),
        tax=_of(theirs[1], invoice),
    )
    here = stored(
        "%(total)s with a tax of %(tax)s",
        total=_of(invoice.total, invoice),
        tax=_of(invoice.tax_total, invoice),
    )
    return stored(
        "It is %(there)s there, and becomes %(here)s, as it stands here now.",
        there=there,
        here=here,
    )


def acceptance_words(record: SyncRecord, invoice: Invoice) -> str:
    """Say what stands from now on, and what is done with the difference."""
    total, tax = (figure(record.read_back, name) for name in ("TotalAmt", "TotalTax"))
    words = stored(
        "Stays at %(total)s with a tax of %(tax)s there; it was sent as %(sent)s.",
        total=_of(total, invoice),
        tax=_of(tax, invoice),
        sent=_of(Decimal(record.content["total"]), invoice),
    )
    return (
        words if total is None else together(words, rest_words(invoice, total, invoice.paid_total))
    )


def rest_words(invoice: Invoice, there: Decimal, paid: Decimal) -> str:
    """Say where payments of so much end, of an invoice that is another amount there."""
    rest = paid - there
    if rest > 0:
        return stored(
            "%(rest)s of its payments arrives unapplied, as the customer's credit.",
            rest=_of(rest, invoice),
        )
    if rest < 0:
        return stored(
            "%(rest)s of it stays open there after its payments.", rest=_of(-rest, invoice)
        )
    return stored("Its payments pay just that.")


def _of(amount: Decimal | None, invoice: Invoice) -> str:
    return stored("nothing readable") if amount is None else money(amount, invoice.currency)
