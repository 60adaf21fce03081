"""Export runs: the preview, the run as it moves, and what became of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sync.admin.common.base import ReadOnlyMixin, actor_of, row_numbers
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.standing import in_tab, units_for
from sync.admin.common.theme import (
    ChangeList,
    ChoicesDropdownFilter,
    display,
    part_of_page,
    renewed,
)
from sync.admin.exports.exporting import back_from, preview_url, worked_out_anew
from sync.admin.exports.previews import preview_of_run
from sync.admin.exports.run_page import context_of, csv_of
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, QuietList, moment_words
from sync.admin.remedies.bulk import Asked, question_page
from sync.exports.remedies import decide
from sync.exports.remedies.decision_plan import MOST_AT_ONCE, Decision
from sync.exports.runs import runs
from sync.exports.runs.runs import chosen_payments
from sync.models import ExportRun, ExportRunItem, Invoice, Payment, SyncRecord, without_tokens
from sync.words import later, number

State = ExportRun.State
_IN_PART = "in part", later("Exported in part")
_NOTHING = "nothing", later("Not exported")
_TONES = {
    State.DRAFT.value: "default",
    State.RUNNING.value: "info",
    State.PAUSED.value: "warning",
    State.FINISHED.value: "success",
    _IN_PART[0]: "warning",
    _NOTHING[0]: "danger",
}


class RunList(QuietList):
    """What was confirmed, with its counts; an abandoned preview is nobody's business."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows.exclude(state=State.DRAFT)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        is_skipped = Q(choice=ExportRunItem.Choice.SKIPPED)
        items = ExportRunItem.objects.filter(run__in=[run.pk for run in self.result_list])
        counts = items.values("run").annotate(
            chosen=Count("pk", filter=~is_skipped), skipped=Count("pk", filter=is_skipped)
        )
        by_run = {row["run"]: row for row in counts}
        to_look_at = _to_look_at(request, list(by_run))
        for run in self.result_list:
            run.counts = by_run.get(run.pk, {"chosen": 0, "skipped": 0})
            run.counts["stopped"] = to_look_at.get(run.pk, 0)


def _to_look_at(request: HttpRequest, run_ids: list[int]) -> dict[int, int]:
    """Return how many payments of runs stand before a person now, by run."""
    payments = Payment.objects.filter(
        run_items__run__in=run_ids, run_items__choice__in=ExportRunItem.GOING
    )
    stuck = in_tab(payments, "problems", units_for(request))
    counted = stuck.order_by().values_list("run_items__run")
    return dict(counted.annotate(count=Count("pk")))


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyMixin, ListAdmin):
    """Presses of the button."""

    list_display = [
        *("name", "started", "who", "business_unit"),
        *("status", "sent", "stopped", "left_out"),
    ]
    list_select_related = ["business_unit", "requested_by"]
    list_filter = [UnitFilter, ("state", ChoicesDropdownFilter)]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportRun]:
        rows: QuerySet[ExportRun] = super().get_queryset(request)
        joined = rows.select_related("business_unit", "company__discount_account", "requested_by")
        return without_tokens(joined, "company")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RunList

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        one = "<int:object_id>"
        return [
            path("preview/", wrap(require_GET(self.preview)), name="sync_exportrun_preview"),
            path("confirm/", wrap(require_POST(self.confirm)), name="sync_exportrun_confirm"),
            path(f"{one}/progress/", part_of_page(self.moved), name="sync_exportrun_progress"),
            path(f"{one}/csv/", wrap(require_GET(self.csv)), name="sync_exportrun_csv"),
            path(f"{one}/retry/", wrap(require_GET(self.retry)), name="sync_exportrun_retry"),
            path(f"{one}/go-on/", wrap(require_POST(self.go_on)), name="sync_exportrun_go_on"),
            *super().get_urls(),
        ]

    @display(description=later("export"))
    def name(self, run: ExportRun) -> str:
        return str(run)

    @display(description=later("started"), ordering="confirmed_at")
    def started(self, run: ExportRun) -> str:
        return moment_words(run.confirmed_at, run.business_unit)

    @display(description=later("by"))
    def who(self, run: ExportRun) -> str:
        return str(run.requested_by or _("the command line"))

    @display(description=later("status"), label=_TONES)
    def status(self, run: Any) -> tuple[str, str]:
        if run.state == State.FINISHED and run.counts["stopped"]:
            is_whole = run.counts["stopped"] < run.counts["chosen"]
            code, words = _IN_PART if is_whole else _NOTHING
            return code, str(words)
        return run.state, run.get_state_display()

    @display(description=later("payments"))
    def sent(self, run: Any) -> int:
        count: int = run.counts["chosen"]
        return count

    @display(description=later("to look at"))
    def stopped(self, run: Any) -> int:
        count: int = run.counts["stopped"]
        return count

    @display(description=later("left out"))
    def left_out(self, run: Any) -> int:
        count: int = run.counts["skipped"]
        return count

    # Before: a preview, which moves nothing -----------------------------------------------------

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show what drafts would do, one after the other, with one button for all."""
        numbers = row_numbers(request.GET.getlist("run"))
        drafts = list(self.get_queryset(request).filter(pk__in=numbers).order_by("pk"))
        if not drafts:
            raise Http404
        if len(drafts) == 1 and drafts[0].state != State.DRAFT:
            return HttpResponseRedirect(drafts[0].get_absolute_url())
        back = back_from(request, (draft.pk for draft in drafts))
        may_export = all(self.has_export_permission(request, draft) for draft in drafts)
        if may_export and (anew := worked_out_anew(request, drafts)):
            return anew
        previews = [preview_of_run(draft) for draft in drafts if draft.state == State.DRAFT]
        return self._page(
            request,
            "preview",
            title=_("Export to QuickBooks"),
            previews=previews,
            going=[one for one in previews if one.payments and may_export],
            may_match=all(self.has_resolve_permission(request, draft) for draft in drafts),
            back=back,
        )

    @acts_once
    def confirm(self, request: HttpRequest) -> HttpResponse:
        """Start the drafts that were shown; starting one twice changes nothing."""
        numbers = row_numbers(request.POST.getlist("run"))
        drafts = list(self.get_queryset(request).filter(pk__in=numbers).order_by("pk"))
        if not drafts:
            raise Http404
        if not all(self.has_export_permission(request, draft) for draft in drafts):
            raise PermissionDenied
        as_ours = set(row_numbers(request.POST.getlist("as_ours")))
        held = set(row_numbers(request.POST.getlist("tax_shown"))) - as_ours
        started = [
            runs.confirm(draft, actor_of(request), held=held, as_ours=as_ours) for draft in drafts
        ]
        if len(started) == 1:
            return HttpResponseRedirect(_page_after(started[0]))
        messages.success(
            request,
            _("%(started_count)s exports were started, one a business unit.")
            % {"started_count": len(started)},
        )
        return HttpResponseRedirect(reverse("admin:sync_exportrun_changelist"))

    # After: the run as it moves -----------------------------------------------------------------

    def page_of(self, request: HttpRequest, row: ExportRun, **shown: Any) -> HttpResponse:
        if row.state == State.DRAFT:
            return HttpResponseRedirect(preview_url([row]))
        return self._page(
            request,
            "run",
            title=f"{row} · {row.business_unit}",
            opts=self.model._meta,
            original=row,
            may_retry=self.has_resolve_permission(request, row),
            **context_of(row),
        )

    def moved(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Answer the part of the page that moves; the page asks for it again and again."""
        run = self._run(request, object_id)
        context = {
            "may_retry": self.has_resolve_permission(request, run),
            **context_of(run),
        }
        template = "admin/sync/exports/progress.html"
        return renewed(request, template, context, is_over=context["is_over"])

    def csv(self, request: HttpRequest, object_id: int) -> StreamingHttpResponse:
        """Hand out every payment of the run with its outcome."""
        run = self._run(request, object_id)
        name = f"paidup-export-{run.pk}.csv"
        return StreamingHttpResponse(
            csv_of(run),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def retry(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask whether to queue again what failed in the run, naming each invoice."""
        run = self._run(request, object_id)
        if not self.has_resolve_permission(request, run):
            raise PermissionDenied
        failed = chosen_payments(run).filter(standing=SyncRecord.State.FAILED)
        invoices = Invoice.objects.filter(pk__in=failed.values("invoice")).order_by("pk")
        ids = list(invoices.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        note = _("These are the first %(MOST_AT_ONCE)s; come back for the rest.") % {
            "MOST_AT_ONCE": number(MOST_AT_ONCE)
        }
        asked = Asked(
            Decision.RETRY,
            ids[:MOST_AT_ONCE],
            run.get_absolute_url(),
            note=note if len(ids) > MOST_AT_ONCE else "",
        )
        return question_page(request, self, asked)

    @acts_once
    def go_on(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Let a paused run go on."""
        run = self._run(request, object_id)
        if not self.has_resolve_permission(request, run):
            raise PermissionDenied
        try:
            decide.go_on(run, actor_of(request))
        except decide.RemedyRefused as refused:
            messages.warning(request, str(refused))
            refuse(request)
        return HttpResponseRedirect(run.get_absolute_url())

    def _run(self, request: HttpRequest, object_id: str | int) -> ExportRun:
        run: ExportRun = self.get_object(request, str(object_id))
        return run

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        site = self.admin_site.each_context(request)
        everything = {**site, **context}
        return TemplateResponse(request, f"admin/sync/exports/{name}.html", everything)


def _page_after(run: ExportRun) -> str:
    """Return where a confirmed run is watched: a trial at its set-up, any other by itself."""
    if run.is_trial:
        return reverse("admin:sync_businessunit_quickbooks", args=[run.business_unit_id])
    return run.get_absolute_url()
