"""What was asked of QuickBooks: written down on a POST, then watched until each has an outcome."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import AccessDenied, Capability
from sync.admin.common.base import ReadOnlyMixin, ScopedAdmin, actor_of, is_allowed, row_numbers
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.theme import part_of_page, renewed
from sync.admin.remedies.offer import QUESTIONS
from sync.company.requests import UNFINISHED
from sync.exports.remedies import requests
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.requests import Remedy
from sync.models import CompanyRequest, SyncRecord
from sync.quickbooks.links import deep_link
from sync.words import later

State = CompanyRequest.State
_TITLES = {
    Remedy.CHECK: later("Check again"),
    Remedy.COMPARE: later("Compare with QuickBooks"),
    Remedy.LINK: later("Link to QuickBooks"),
    Remedy.UNLINK: later("Unlink"),
    Remedy.REMOVE: later("Remove from QuickBooks"),
    Remedy.CORRECT: later("Send the correction"),
    Remedy.ACCEPT: later("Accept as it is in QuickBooks"),
    Remedy.NAME: later("Accept names in QuickBooks"),
    Remedy.RELINK: later("Link to another customer"),
    Remedy.ANEW: later("Create a new customer"),
    Remedy.LET_GO: later("Unlink the customer"),
}
_LABELS = {
    Remedy.CHECK: (later("Equal"), later("Look at it")),
    Remedy.COMPARE: (later("Nothing to do"), later("Not found")),
}
_LOOKING = later(
    "QuickBooks did not answer. What became of it is looked up in a few minutes, when that is"
    " certain, before anything else is done."
)


@admin.register(CompanyRequest)
class AskedAdmin(ReadOnlyMixin, ScopedAdmin):
    """Only the addresses below: requests are reached from the page that asked, and never listed."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[CompanyRequest]:
        rows: QuerySet[CompanyRequest] = super().get_queryset(request)
        return rows.filter(kind__in=[remedy.value for remedy in Remedy]).select_related(
            "business_unit", "company"
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "sync_companyrequest"
        return [
            path("ask/", wrap(require_POST(self.ask)), name=f"{name}_ask"),
            path("outcome/", wrap(require_GET(self.outcome)), name=f"{name}_outcome"),
            path("moved/", part_of_page(self.moved), name=f"{name}_moved"),
            path("link/", wrap(require_POST(self.link)), name=f"{name}_link"),
        ]

    @acts_once
    def ask(self, request: HttpRequest) -> HttpResponse:
        """Write down what was asked, and go to where its outcome is shown."""
        if request.POST.get("remedy") not in {remedy.value for remedy in QUESTIONS}:
            raise Http404
        remedy = Remedy(request.POST["remedy"])
        ids = row_numbers(request.POST.get("records", "").split(","))
        seen = self.within(request, SyncRecord.objects.all(), Capability.VIEW)
        if seen.filter(pk__in=ids).count() != len(set(ids)):
            raise Http404
        try:
            asked = requests.ask(remedy, ids, actor_of(request))
        except RemedyRefused as refused:
            messages.error(request, str(refused))
            refuse(request)
            return HttpResponseRedirect(reverse("admin:sync_syncrecord_changelist"))
        except AccessDenied as denied:
            raise PermissionDenied from denied
        return HttpResponseRedirect(outcome_url(asked))

    @acts_once
    def link(self, request: HttpRequest) -> HttpResponse:
        """Ask to link what was ticked of a comparison, or all in which nothing differs."""
        [compared] = self._asked(request.POST.getlist("request"), request)[:1]
        ticked = row_numbers(request.POST.getlist("record"))
        ids = set(_agreeing(compared) if "agreeing" in request.POST else ticked)
        try:
            asked = requests.ask_to_link(compared, ids, actor_of(request))
        except RemedyRefused as refused:
            messages.error(request, str(refused))
            refuse(request)
            return HttpResponseRedirect(outcome_url([compared]))
        except AccessDenied as denied:
            raise PermissionDenied from denied
        return HttpResponseRedirect(outcome_url([asked]))

    def outcome(self, request: HttpRequest) -> HttpResponse:
        """Show how far it is, and what became of each document."""
        rows = self._asked(request.GET.getlist("request"), request)
        context = {
            **self.admin_site.each_context(request),
            "title": _TITLES[Remedy(rows[0].kind)],
            **self._context(request, rows),
        }
        return TemplateResponse(request, "admin/sync/remedies/outcome.html", context)

    def moved(self, request: HttpRequest) -> HttpResponse:
        """Answer the part of the page that moves; the page asks for it again and again."""
        rows = self._asked(request.GET.getlist("request"), request)
        context = self._context(request, rows)
        over = not context["is_moving"]
        return renewed(request, "admin/sync/remedies/moved.html", context, is_over=over)

    def _asked(self, texts: list[str], request: HttpRequest) -> list[CompanyRequest]:
        rows = list(self.get_queryset(request).filter(pk__in=row_numbers(texts)).order_by("pk"))
        if not rows:
            raise Http404
        return rows

    def _context(self, request: HttpRequest, rows: list[CompanyRequest]) -> dict[str, Any]:
        numbers = urlencode({"request": [row.pk for row in rows]}, doseq=True)
        return {
            "moved": f"{reverse('admin:sync_companyrequest_moved')}?{numbers}",
            "is_moving": any(row.state in UNFINISHED for row in rows),
            "asked": [_shown(request, row) for row in rows],
        }


def outcome_url(asked: list[CompanyRequest]) -> str:
    """Return where the outcome of requests is shown."""
    page = reverse("admin:sync_companyrequest_outcome")
    return f"{page}?{urlencode({'request': [row.pk for row in asked]}, doseq=True)}"


def _shown(request: HttpRequest, row: CompanyRequest) -> dict[str, Any]:
    outcomes = [_outcome(row, outcome) for outcome in row.result.get("outcomes", [])]
    outcomes.sort(key=lambda outcome: bool(outcome["done"]))  # what needs a person comes first
    done = sum(outcome["done"] for outcome in outcomes)
    documents = [
        {**document, "url": _page(*document["page"])} for document in row.params["documents"]
    ]
    may = is_allowed(request, Capability.RESOLVE, row.business_unit_id)
    return {
        "request": row,
        "headline": _headline(row, done, len(outcomes)),
        "words": _LOOKING if row.state == State.LOOKING else row.error,
        "is_moving": row.state in UNFINISHED,
        "percent": 100 * row.steps_done // (row.steps_total or 1),
        "documents": documents if not outcomes else [],
        "outcomes": [outcome for outcome in outcomes if "rows" not in outcome],
        "pairs": [outcome for outcome in outcomes if "rows" in outcome],
        "may_link": may and any(outcome.get("linkable") for outcome in outcomes),
        "may_resolve": may,
        "agreeing": len(_agreeing(row)),
    }


def _agreeing(row: CompanyRequest) -> list[int]:
    """Return the documents that may be linked, and that nothing speaks against linking."""
    outcomes = row.result.get("outcomes", [])
    return [
        outcome["record"]
        for outcome in outcomes
        if outcome.get("linkable") and not outcome.get("contradicts", True)
    ]


def _headline(row: CompanyRequest, done: int, total: int) -> str:
    if row.state == State.WAITING:
        return _("Waiting for the background worker")
    if row.state == State.RUNNING:
        return row.step or _("Starting")
    if row.state == State.LOOKING:
        return _("Waiting to look")
    if row.state == State.FAILED:
        return _("It could not be finished")
    if row.kind == Remedy.COMPARE:
        return _("%(count)s compared") % {"count": total}
    what = {
        Remedy.CHECK: _("equal ours in QuickBooks"),
        Remedy.LINK: _("linked"),
        Remedy.UNLINK: _("unlinked"),
        Remedy.REMOVE: _("removed from QuickBooks"),
        Remedy.CORRECT: _("equal ours in QuickBooks"),
        Remedy.ACCEPT: _("accepted as it is in QuickBooks"),
        Remedy.NAME: _("under their names in QuickBooks"),
        Remedy.RELINK: _("linked"),
        Remedy.ANEW: _("to be created anew"),
        Remedy.LET_GO: _("unlinked"),
    }[Remedy(row.kind)]
    return ngettext(
        "%(done)s of %(total)s document %(what)s", "%(done)s of %(total)s documents %(what)s", total
    ) % {"done": done, "total": total, "what": what}


def _outcome(row: CompanyRequest, outcome: dict[str, Any]) -> dict[str, Any]:
    labels = _LABELS.get(Remedy(row.kind), (_("Done"), _("Not done")))
    tone, label = ("success", labels[0]) if outcome["done"] else ("warning", labels[1])
    shown = {**outcome, "url": _page(*outcome["page"]), "tone": tone, "label": label}
    if "qbo_id" in outcome:
        entity = str(outcome["page"][0]).capitalize()
        shown["theirs"] = deep_link(row.company.realm_id, entity, outcome["qbo_id"])
    return shown


def _page(kind: str, pk: int) -> str:
    return reverse(f"admin:sync_{kind}_change", args=[pk])
