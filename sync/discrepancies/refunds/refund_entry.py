"""Entering a refund: what makes one believable, checked again under lock, and its audit entry."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.discrepancies.drift.drift import look_at
from sync.models import Allocation, Event, Payment, Refund, Subject, SyncRecord
from sync.words import stored

LONGEST_REASON = 300
A_DAY = timedelta(days=1)


class RefundRefused(ValueError):
    """The refund cannot be entered so; `problems` says why, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems.values()))


def is_exported(payment: Payment) -> bool:
    """Say whether QuickBooks holds the payment."""
    return SyncRecord.objects.filter(payment=payment).exclude(qbo_id="").exists()


def left_to_refund(payment: Payment, refund_id: int | None = None) -> Decimal:
    """Return what of a payment was not given back, but for the one refund."""
    others = payment.refunds.filter(~Q(pk=refund_id), voided_at=None)
    left: Decimal = payment.amount - sum((refund.amount for refund in others), Decimal(0))
    return left


def problems(  # noqa: PLR0913 - what a refund is, and what was ticked
    payment: Payment,
    amount: Decimal,
    day: date | None,
    refund_id: int | None,
    *,
    understood: bool,
    is_another: bool = False,
) -> dict[str, str]:
    """Return what is wrong with a refund, by field."""
    found: dict[str, str] = {}
    if amount <= 0:
        found["amount"] = stored("A refund's amount must be above zero.")
    elif words := _too_much(payment, amount, refund_id):
        found["amount"] = words
    if day and (words := _impossible(payment, day)):
        found["refunded_on"] = words
    if not understood and is_exported(payment):
        found["understood"] = stored(
            "This payment is already in QuickBooks, which will not be told. Tick this to"
            " record the refund all the same."
        )
    # Asked last: only of a refund that could be entered otherwise.
    if not found and not is_another and (words := _entered_already(payment, amount, refund_id)):
        found["is_another"] = words
    return found


def _too_much(payment: Payment, amount: Decimal, refund_id: int | None) -> str:
    left = left_to_refund(payment, refund_id)
    if amount <= left:
        return ""
    return stored(
        "The payment was %(amount)s, of which %(left)s can still be refunded.",
        amount=(payment.amount, payment.currency),
        left=(left, payment.currency),
    )


def _impossible(payment: Payment, day: date) -> str:
    if day < payment.received_on:
        return stored("The payment was received after that day.")
    today = timezone.localdate(timezone=ZoneInfo(payment.business_unit.timezone))
    return stored("That day has not come yet.") if day > today else ""


def _entered_already(payment: Payment, amount: Decimal, refund_id: int | None) -> str:
    """Say it when an equal refund of the payment was entered within the day."""
    if refund_id is not None:
        return ""
    since = timezone.now() - A_DAY
    equal = payment.refunds.filter(amount=amount, voided_at=None, created_at__gte=since)
    if not equal.exists():
        return ""
    return stored(
        "A refund of %(amount)s of this payment was entered within the day. Tick this if the money"
        " was given back a second time.",
        amount=(amount, payment.currency),
    )


@transaction.atomic
def enter(refund: Refund, actor: User, *, understood: bool, is_another: bool = False) -> None:
    """Save a new or changed refund with its audit entry; nobody else enters one meanwhile."""
    payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
    require(actor, Capability.RESOLVE, payment.business_unit_id)
    before = Refund.objects.filter(pk=refund.pk).first() if refund.pk else None
    if before is not None and before.voided_at is not None:
        raise RefundRefused(
            {"amount": stored("This refund was entered by mistake and no longer counts.")}
        )
    found = problems(
        payment,
        refund.amount,
        refund.refunded_on,
        refund.pk,
        understood=understood,
        is_another=is_another,
    )
    if found:
        raise RefundRefused(found)
    refund.save()
    detail = {
        "amount": str(refund.amount),
        "date": refund.refunded_on.isoformat(),
        "kind": refund.kind,
    }
    if before is not None:
        detail |= {
            "amount_before": str(before.amount),
            "date_before": str(before.refunded_on),
            "kind_before": before.kind,
        }
    _audit(
        refund,
        payment,
        actor,
        Event.Action.REFUND_CHANGED if before else Event.Action.REFUND_ENTERED,
        detail,
    )


@transaction.atomic
def void(refund_id: int, actor: User, reason: str) -> Refund:
    """Take a refund back that was entered here by mistake: its amount is the payment's again.

    What QuickBooks holds for it is free for other refunds; where none takes it, it is drift.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise RefundRefused({"reason": stored("Say in a few words why it was entered by mistake.")})
    refund = Refund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund_id)
    payment = refund.payment
    require(actor, Capability.RESOLVE, payment.business_unit_id)
    if refund.voided_at is not None:
        raise RefundRefused({"reason": stored("It was taken back already.")})
    refund.voided_at, refund.void_reason = timezone.now(), reason
    refund.save(update_fields=["voided_at", "void_reason"])
    Allocation.objects.filter(match__refund=refund).delete()
    refund.matches.filter(is_proof=False).delete()
    detail = {"amount": str(refund.amount), "note": reason}
    _audit(refund, payment, actor, Event.Action.REFUND_VOIDED, detail)
    records = SyncRecord.objects.filter(payment=payment).exclude(qbo_id="")
    look_at(records.select_related("business_unit", "payment"))
    return refund


def _audit(
    refund: Refund, payment: Payment, actor: User, action: Event.Action, detail: dict[str, str]
) -> None:
    about = {**detail, "currency": payment.currency, "payment": payment.pk}
    subject = Subject(payment.business_unit_id, "refund", refund.pk, about)
    Event.objects.record(action, actor, [subject])
