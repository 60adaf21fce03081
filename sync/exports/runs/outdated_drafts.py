"""Drafts that no longer show what their export would do: what was ready then went, or changed."""

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from sync.exports.rules.by_stage import ready_payments
from sync.exports.runs import verdicts
from sync.exports.runs.drafts import prepare
from sync.models import ExportRun, ExportRunItem, Payment, Reason, Verdict

Choice = ExportRunItem.Choice


def is_outdated(run: ExportRun) -> bool:
    """Say whether something a draft shows cannot go as shown, or what it left out can go now."""
    if run.company_id is None or run.is_trial:
        return False
    invoices = Payment.objects.filter(run_items__run=run).values("invoice")
    changed = verdicts.outdated(run.company_id).filter(pk__in=invoices)
    verdicts.renew(run.company_id, list(changed.values_list("pk", flat=True)))
    rows = run.items.annotate(
        is_ready=Exists(ready_payments(None, run.business_unit).filter(pk=OuterRef("payment_id")))
    )
    verdict = Verdict.objects.filter(pk=OuterRef("payment__invoice_id"))
    as_shown = Exists(verdict.filter(digest=OuterRef("digest")))
    # That its customer is kept in another currency is found with the others of a draft only.
    left_out = Q(choice=Choice.SKIPPED) & ~Q(reason_code=Reason.CUSTOMER_CURRENCY)
    going = ~Q(choice=Choice.SKIPPED)
    return rows.filter(
        left_out & Q(is_ready=True) | going & (Q(is_ready=False) | ~as_shown)
    ).exists()


def work_out_anew(run: ExportRun, actor: User | None) -> list[ExportRun]:
    """Return new drafts of what was chosen for this one, as it stands now; none of nothing.

    The draft itself stays, so that a page of it that is open elsewhere confirms what it shows.
    """
    chosen = run.items.exclude(choice=Choice.INCLUDED).order_by("pk")
    ids = list(chosen.values_list("payment_id", flat=True))
    return prepare(ids, actor, is_single=run.is_single)
