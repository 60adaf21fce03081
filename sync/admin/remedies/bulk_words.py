"""The words of the page that asks about many invoices: what each decision does to each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync import words
from sync.exports.remedies.decision_plan import Decision, InvoiceStep
from sync.models import SyncRecord
from sync.words import day, in_a_row, later, money

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
        later("Do not export these invoices?"),
        later(
            "Each invoice stays out of every export with all its payments, until somebody allows it"
            " again. What waits to be sent is taken back. Nothing in QuickBooks is changed."
        ),
        later("Do not export"),
        later("will not be exported."),
        later("will not be exported."),
    ),
    Decision.ALLOW: Question(
        later("Allow the export of these invoices again?"),
        later(
            "Do not export is taken back. Nothing is sent by this: what is ready can be exported"
            " afterwards."
        ),
        later("Allow again"),
        later("may be exported again."),
        later("may be exported again."),
    ),
    Decision.RELEASE: Question(
        later("Release these invoices?"),
        later(
            "Each was fully paid, and some was refunded since. Released, it is exported as"
            " paid in full"
            " with all its payments, and the refund is listed under Refunds to adjust."
        ),
        later("Release"),
        later("is released."),
        later("are released."),
    ),
    Decision.RETRY: Question(
        later("Send these again?"),
        later(
            "What QuickBooks refused is not there, and is queued again as it stands here"
            " now. What is"
            " uncertain is looked for in QuickBooks first, and sent only if it is not there."
        ),
        later("Retry"),
        later("is queued again."),
        later("are queued again."),
    ),
}


def what_happens(step: InvoiceStep, payments: int) -> str:
    """Say what will happen to one invoice with so many payments; nothing where it is refused."""
    return "" if step.refused else _WORDS[step.decision](step, payments)


def _hold(step: InvoiceStep, payments: int) -> str:
    waiting = _("What waits of it is taken back. ") if step.records else ""
    return _("%(waiting)sStays out of every export with %(payments)s.") % {
        "waiting": waiting,
        "payments": _payments(payments),
    }


def _allow(step: InvoiceStep, payments: int) -> str:
    invoice = step.invoice
    on = (
        _(" on %(date)s") % {"date": day(invoice.do_not_export_at.date())}
        if invoice.do_not_export_at
        else ""
    )
    return _(
        "Marked by %(do_not_export_by)s%(on)s: %(do_not_export_reason)s May be "
        "exported again with %(payments)s."
    ) % {
        "do_not_export_by": invoice.do_not_export_by,
        "on": on,
        "do_not_export_reason": invoice.do_not_export_reason,
        "payments": _payments(payments),
    }


def _release(step: InvoiceStep, payments: int) -> str:
    invoice = step.invoice
    refunded = money(invoice.refunded_total, invoice.currency)
    return _("%(refunded)s was refunded. May be exported as paid in full, with %(payments)s.") % {
        "refunded": refunded,
        "payments": _payments(payments),
    }


def _retry(step: InvoiceStep, payments: int) -> str:
    refused = [record for record in step.stopped if record.state == State.FAILED]
    doubtful = [record for record in step.stopped if record.state == State.UNCERTAIN]
    parts = [
        f"{done}: {_documents(records)}."
        for done, records in ((_("Sent again"), refused), (_("Looked for first"), doubtful))
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
    return ngettext("its payment", "its %(count)s payments", count) % {"count": count}


def _documents(records: Sequence[SyncRecord]) -> str:
    kinds = [record.kind for record in records]
    count = kinds.count(Kind.PAYMENT)
    names = [name for kind, name in _NAMES.items() if kind in kinds]
    if count:
        names.append(words.payments(count))
    return in_a_row(names)


_NAMES = {Kind.CUSTOMER: later("the customer"), Kind.INVOICE: later("the invoice")}
