"""What of the copy did not arrive in the stand-in, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from sync.exports.rules.eligibility import with_reasons
from sync.models import ExportRunItem, Invoice, Payment, Reason, SyncRecord, UnitReadiness
from sync.rehearsal.copying import ALIAS
from sync.rehearsal.month import Month

State, Choice = SyncRecord.State, ExportRunItem.Choice
_LEFT_OUT = "Left out"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A document that was refused, or came out otherwise than it is here."""

    kind: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Counts of documents by why they stayed here, and that reason by number of invoice."""

    counts: Counter[str]
    of_invoice: dict[str, str]
    stopped: list[Stopped]
    halted: list[str]
    """Why exports did not go on to their end, in words."""


def left_out(month: Month, units: Sequence[int], incomplete: Sequence[int]) -> LeftOut:
    """Find it in the copy, for documents dated in the month.

    `incomplete` are the units whose set-up stops every export, as the company is set up now.
    """
    counts: Counter[str] = Counter()
    of_invoice: dict[str, str] = {}
    for number, label in _blocked(month, units, incomplete):
        if not number:
            counts[label] += 1
        elif number not in of_invoice:
            of_invoice[number] = label
            counts[label] += 1
    return LeftOut(counts, of_invoice, _stopped(), _lacking(incomplete))


def _blocked(
    month: Month, units: Sequence[int], incomplete: Sequence[int]
) -> list[tuple[str, str]]:
    """Return number and reason of each payment that stayed, and of each invoice without any."""
    days = Q(received_on__range=month.days) | Q(invoice__issued_on__range=month.days)
    payments = Payment.objects.using(ALIAS).filter(days, business_unit__in=units)
    reasons = with_reasons(payments, incomplete).exclude(reason=Reason.ALREADY_EXPORTED)
    items = ExportRunItem.objects.using(ALIAS).filter(choice=Choice.SKIPPED)
    skipped = dict(items.values_list("payment", "reason_code"))
    found = [
        (number or "", _label(reason or skipped.get(pk, "")))
        for pk, number, reason in reasons.values_list("pk", "invoice__number", "reason")
    ]
    bare = Invoice.objects.using(ALIAS).filter(
        business_unit__in=units, issued_on__range=month.days, payments=None
    )
    for number, voided_at in bare.values_list("number", "voided_at"):
        found.append((number, _label(Reason.VOIDED if voided_at else Reason.NOT_FULLY_PAID)))
    return found


def _label(code: str) -> str:
    return str(Reason(code).label) if code in Reason.values else _LEFT_OUT


def _stopped() -> list[Stopped]:
    records = SyncRecord.objects.using(ALIAS).exclude(error="").order_by("pk")
    rows = records.select_related("customer", "invoice", "payment__invoice")
    return [Stopped(record.get_kind_display(), _name(record), record.error) for record in rows]


def _name(record: SyncRecord) -> str:
    if record.payment is not None:
        return f"for invoice {record.payment.invoice.number}" if record.payment.invoice else ""
    return str(record.invoice.number if record.invoice else record.customer)


def _lacking(incomplete: Sequence[int]) -> list[str]:
    rows = UnitReadiness.objects.using(ALIAS).filter(pk__in=incomplete)
    return [words for row in rows for words in row.lacking or []]
