"""The words of the page that asks about many invoices: what each decision does to each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sync.exports.remedies.decision_plan import Decision, InvoiceStep
from sync.exports.rules.reasons import day, money
from sync.models import SyncRecord

State, Kind = SyncRecord.State, SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A decision as a page asks about it, and what was done after it, of one and of many."""

    title: str
    lead: str
    button: str
    one: str
    many: str


QUESTIONS = {
    Decision.HOLD: Question(
        "Do not export these invoices?",
        "Each invoice stays out of every export with all its payments, until somebody allows it"
        " again. What waits to be sent is taken back. Nothing in QuickBooks is changed.",
        "Do not export",
        "will not be exported.",
        "will not be exported.",
    ),
    Decision.ALLOW: Question(
        "Allow the export of these invoices again?",
        "Do not export is taken back. Nothing is sent by this: what is ready can be exported"
        " afterwards.",
        "Allow again",
        "may be exported again.",
        "may be exported again.",
    ),
    Decision.RELEASE: Question(
        "Release these invoices?",
        "Each was fully paid, and some was refunded since. Released, it is exported as paid in full"
        " with all its payments, and the refund is listed under Refunds to adjust.",
        "Release",
        "is released.",
        "are released.",
    ),
    Decision.RETRY: Question(
        "Send these again?",
        "What QuickBooks refused is not there, and is queued again as it stands here now. What is"
        " uncertain is looked for in QuickBooks first, and sent only if it is not there.",
        "Retry",
        "is queued again.",
        "are queued again.",
    ),
}


def counted(count: int) -> str:
    """Write how many invoices."""
    return f"{count:,} invoice{'' if count == 1 else 's'}"


def what_happens(step: InvoiceStep, payments: int) -> str:
    """Say what will happen to one invoice with so many payments; nothing where it is refused."""
    return "" if step.refused else _WORDS[step.decision](step, payments)


def _hold(step: InvoiceStep, payments: int) -> str:
    waiting = "What waits of it is taken back. " if step.records else ""
    return f"{waiting}Stays out of every export with {_payments(payments)}."


def _allow(step: InvoiceStep, payments: int) -> str:
    invoice = step.invoice
    on = f" on {day(invoice.do_not_export_at.date())}" if invoice.do_not_export_at else ""
    return (
        f"Marked by {invoice.do_not_export_by}{on}: {invoice.do_not_export_reason} May be exported"
        f" again with {_payments(payments)}."
    )


def _release(step: InvoiceStep, payments: int) -> str:
    invoice = step.invoice
    refunded = money(invoice.refunded_total, invoice.currency)
    return f"{refunded} was refunded. May be exported as paid in full, with {_payments(payments)}."


def _retry(step: InvoiceStep, payments: int) -> str:
    refused = [record for record in step.stopped if record.state == State.FAILED]
    doubtful = [record for record in step.stopped if record.state == State.UNCERTAIN]
    parts = [
        f"{words}: {_documents(records)}."
        for words, records in (("Sent again", refused), ("Looked for first", doubtful))
        if records
    ]
    return " ".join(parts)


_WORDS: dict[Decision, Callable[[InvoiceStep, int], str]] = {
    Decision.HOLD: _hold,
    Decision.ALLOW: _allow,
    Decision.RELEASE: _release,
    Decision.RETRY: _retry,
}


def _payments(count: int) -> str:
    return "its payment" if count == 1 else f"its {count} payments"


def _documents(records: Sequence[SyncRecord]) -> str:
    kinds = [record.kind for record in records]
    count = kinds.count(Kind.PAYMENT)
    names = [name for kind, name in _NAMES.items() if kind in kinds]
    if count:
        names.append("1 payment" if count == 1 else f"{count} payments")
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_NAMES = {Kind.CUSTOMER: "the customer", Kind.INVOICE: "the invoice"}
