"""Drafts that no longer show what their export would do: what was ready then went, or changed."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from sync.exports.rules.by_stage import ready_payments
from sync.exports.runs import verdicts
from sync.exports.runs.drafts import prepare
from sync.models import ExportRun, ExportRunItem, Reason, Verdict

Choice = ExportRunItem.Choice


def is_outdated(run: ExportRun) -> bool:
    """Say whether something a draft shows cannot go as shown, or what it left out can go now."""
    if run.company_id is None or run.is_trial:
        return False
    verdict = Verdict.objects.filter(pk=OuterRef("payment__invoice_id"))
    as_shown = Exists(verdict.filter(digest=OuterRef("digest")))
    ready = ready_payments(None, run.business_unit).filter(pk=OuterRef("payment_id"))
    # That its customer is kept in another currency is found with the others of a draft only.
    left_out = Q(choice=Choice.SKIPPED) & ~Q(reason_code=Reason.CUSTOMER_CURRENCY)
    going = ~Q(choice=Choice.SKIPPED)
    rows = run.items.annotate(is_ready=Exists(ready))
    changed = rows.filter(left_out & Q(is_ready=True) | going & (Q(is_ready=False) | ~as_shown))
    unknown = run.items.filter(Exists(verdicts.to_find_anew(verdict)))
    # Mostly nothing changed, and that takes one query.
    if not run.items.filter(_in(changed) | _in(unknown)).exists():
        return False
    invoices = unknown.values_list("payment__invoice", flat=True).distinct()
    verdicts.renew(run.company_id, list(invoices))
    return changed.exists()


def _in(rows: QuerySet[ExportRunItem]) -> Q:
    return Q(pk__in=rows.order_by().values("pk"))


def work_out_anew(run: ExportRun, actor: User | None) -> list[ExportRun]:
    """Return new drafts of what was chosen for this one, as it stands now; none of nothing.

    The draft itself stays, so that a page of it that is open elsewhere confirms what it shows.
    """
    chosen = run.items.exclude(choice=Choice.INCLUDED).order_by("pk")
    ids = list(chosen.values_list("payment_id", flat=True))
    return prepare(ids, actor, is_single=run.is_single)
