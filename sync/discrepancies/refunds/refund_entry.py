"""Entering a refund: what makes one believable, checked again under lock, and its audit entry."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from accounts.access import Capability, require
from accounts.models import User
from sync.exports.rules.reasons import money
from sync.models import Event, Payment, Refund, SyncRecord


class RefundRefused(ValueError):
    """The refund cannot be entered so; `problems` says why, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems.values()))


def is_exported(payment: Payment) -> bool:
    """Say whether QuickBooks holds the payment."""
    return SyncRecord.objects.filter(payment=payment).exclude(qbo_id="").exists()


def problems(
    payment: Payment, amount: Decimal, day: date | None, refund_id: int | None, *, understood: bool
) -> dict[str, str]:
    """Return what is wrong with a refund, by field."""
    found: dict[str, str] = {}
    if amount <= 0:
        found["amount"] = "A refund's amount must be above zero."
    elif words := _too_much(payment, amount, refund_id):
        found["amount"] = words
    if day and day < payment.received_on:
        found["refunded_on"] = "The payment was received after that day."
    if not understood and is_exported(payment):
        found["understood"] = (
            "This payment is already in QuickBooks, which will not be told. Tick this to"
            " record the refund all the same."
        )
    return found


def _too_much(payment: Payment, amount: Decimal, refund_id: int | None) -> str:
    others = payment.refunds.filter(~Q(pk=refund_id))
    left = payment.amount - sum((refund.amount for refund in others), Decimal(0))
    if amount <= left:
        return ""
    return (
        f"The payment was {money(payment.amount, payment.currency)}, of which"
        f" {money(left, payment.currency)} can still be refunded."
    )


@transaction.atomic
def enter(refund: Refund, actor: User, *, understood: bool) -> None:
    """Save a new or changed refund with its audit entry; nobody else enters one meanwhile."""
    payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
    require(actor, Capability.RESOLVE, payment.business_unit_id)
    found = problems(payment, refund.amount, refund.refunded_on, refund.pk, understood=understood)
    if found:
        raise RefundRefused(found)
    before = Refund.objects.filter(pk=refund.pk).first() if refund.pk else None
    refund.save()
    detail = {"amount": str(refund.amount), "date": refund.refunded_on.isoformat()}
    if before is not None:
        detail |= {"amount_before": str(before.amount), "date_before": str(before.refunded_on)}
    Event.objects.create(
        actor=actor,
        business_unit_id=payment.business_unit_id,
        action=Event.Action.REFUND_CHANGED if before else Event.Action.REFUND_ENTERED,
        subject_kind="refund",
        subject_id=refund.pk,
        detail=detail | {"currency": payment.currency, "payment": payment.pk},
    )
