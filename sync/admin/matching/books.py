"""What QuickBooks holds already: which of our invoices are there, and what becomes of each."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import Capability
from accounts.models import User
from sync.admin.common.base import ReadOnlyMixin, actor_of, is_allowed
from sync.admin.common.once import acts_once, refuse, sent_once
from sync.admin.common.theme import ChangeList, action, display, page_anew, part_of_page, renewed
from sync.admin.lists.list_admin import ListAdmin
from sync.admin.matching.books_list import (
    CERTAIN,
    LOOK,
    BooksList,
    DoubtFilter,
    TabFilter,
    list_of,
    moving,
    of_document,
    of_invoice,
    tab_of,
    why,
)
from sync.admin.matching.books_page import decide, page_context
from sync.admin.matching.matches import connected_unit_or_404
from sync.admin.matching.one_unit import MatchUnitFilter
from sync.admin.remedies.single import Question
from sync.exports.books import deciding
from sync.exports.books.step import summary_of
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.existing.proposals import open_matches
from sync.models import BooksMatch, BusinessUnit
from sync.words import later, number

NAME = "sync_booksmatch"
_ACTIONS = {
    CERTAIN: ["link_selected", "hold_selected"],
    LOOK: ["link_alike_selected", "hold_selected", "decline_selected"],
}
_LINKING = later("{} to be linked; that is done now.")
_HELD = later("{} marked Do not export.")


@admin.register(BooksMatch)
class BooksMatchAdmin(ReadOnlyMixin, ListAdmin):
    """What a person decides, in bulk or one by one; QuickBooks is only read for it."""

    change_capability = Capability.RESOLVE
    list_display = ["ours", "theirs", "why"]
    list_display_links = ["ours"]
    list_select_related = ["invoice__customer", "document", "company", "business_unit"]
    list_filter = [TabFilter, MatchUnitFilter, DoubtFilter]
    list_before_template = "admin/sync/matching/books_above.html"
    search_fields = ["number"]
    search_help_text = later("Invoice number")
    ordering = ["number", "id"]
    actions = ["link_selected", "link_alike_selected", "hold_selected", "decline_selected"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        unit = "unit/<int:unit_id>/"
        return [
            path(f"{unit}link/", wrap(self.link_view), name=f"{NAME}_link"),
            path(f"{unit}hold/", wrap(self.hold_view), name=f"{NAME}_hold"),
            path(f"{unit}progress/", part_of_page(self.progress_view), name=f"{NAME}_progress"),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_allowed(request, Capability.RESOLVE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BooksMatch]:
        rows = super().get_queryset(request)
        return open_matches(rows.filter(company=F("business_unit__quickbooks_company")))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BooksList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer what fits the tab."""
        found = super().get_actions(request)
        return {name: found[name] for name in _ACTIONS.get(tab_of(request), []) if name in found}

    @display(description=later("our invoice"), ordering="number")
    def ours(self, match: BooksMatch) -> SafeString:
        return of_invoice(match.invoice)

    @display(description=later("in QuickBooks"))
    def theirs(self, match: BooksMatch) -> SafeString | str:
        return of_document(match.document, match.company)

    @display(description=later("why"))
    def why(self, match: BooksMatch) -> SafeString | str:
        return _("Being linked") if match.chosen_id else why(match)

    @action(description=later("Link: they are the same"), permissions=["resolve"])
    @sent_once
    def link_selected(self, request: HttpRequest, queryset: QuerySet[BooksMatch]) -> None:
        self._do(request, queryset, deciding.accept, _LINKING)

    @action(description=later("Link those that fit to the cent"), permissions=["resolve"])
    @sent_once
    def link_alike_selected(self, request: HttpRequest, queryset: QuerySet[BooksMatch]) -> None:
        self._do(request, queryset, deciding.link_alike, _LINKING)

    @action(description=later("Do not export ours"), permissions=["resolve"])
    @sent_once
    def hold_selected(self, request: HttpRequest, queryset: QuerySet[BooksMatch]) -> None:
        self._do(request, queryset, deciding.hold, _HELD)

    @action(description=later("None of theirs: export ours"), permissions=["resolve"])
    @sent_once
    def decline_selected(self, request: HttpRequest, queryset: QuerySet[BooksMatch]) -> None:
        self._do(request, queryset, deciding.decline, _("{} can be exported now."))

    def _do(
        self,
        request: HttpRequest,
        rows: QuerySet[BooksMatch],
        do: Callable[[QuerySet[BooksMatch], User], int],
        words: str,
    ) -> None:
        held = self.within(request, rows, Capability.RESOLVE)
        try:
            messages.success(request, words.format(number(do(held, actor_of(request)))))
        except DecisionRefused as refused:
            messages.error(request, str(refused))
            refuse(request)

    def progress_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Show how far reading or linking is; once it is over, the list is due anew."""
        unit = connected_unit_or_404(request, unit_id, Capability.VIEW)
        progress = moving(unit.quickbooks_company)
        if progress is None:
            return page_anew()
        return renewed(request, "admin/sync/matching/_progress.html", {"progress": progress})

    @sent_once
    def link_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask once more, then link everything that is certain."""
        unit, count = self._certain(request, unit_id)
        customers = deciding.certain_customers(unit).count()
        also = (
            _(" %(customers)s certain customers are linked with them.")
            % {"customers": number(customers)}
            if customers
            else ""
        )
        question = Question(
            title=_("Link all %(count)s certain invoices?") % {"count": number(count)},
            sentence=_(
                "Each is read in QuickBooks once more. Where it is still the same, it counts"
                " as exported, with its payments that are there, and is watched from now"
                " on. Payments"
                " that are not there can be exported later. Nothing is changed in QuickBooks."
            )
            + also,
            button=_("Link all"),
            done=_LINKING,
        )
        return self._confirm(request, unit, question, deciding.accept)

    @sent_once
    def hold_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask once more, then mark everything that is certain Do not export."""
        unit, count = self._certain(request, unit_id)
        question = Question(
            title=_("Mark all %(count)s certain invoices Do not export?")
            % {"count": number(count)},
            sentence=_(
                "They stay in QuickBooks as they are, and ours never go. They are not watched,"
                " and their refunds are not in the report: link them to have both."
            ),
            button=_("Do not export"),
            done=_HELD,
        )
        return self._confirm(request, unit, question, deciding.hold)

    def _certain(self, request: HttpRequest, unit_id: int) -> tuple[BusinessUnit, int]:
        unit = connected_unit_or_404(request, unit_id, Capability.RESOLVE)
        summary = summary_of(unit)
        return unit, summary.certain if summary else 0

    def _confirm(
        self,
        request: HttpRequest,
        unit: BusinessUnit,
        question: Question,
        do: Callable[[QuerySet[BooksMatch], User], int],
    ) -> HttpResponse:
        if request.method == "POST":
            rows = self.get_queryset(request).filter(business_unit=unit, standing=CERTAIN)
            self._do(request, rows.filter(is_declined=False), do, question.done)
            return HttpResponseRedirect(list_of(unit))
        back = list_of(unit)
        context = {"title": question.title, "question": question, "form": None, "back": back}
        return self._page(request, "admin/sync/common/confirm.html", context)

    @acts_once
    def page_of(self, request: HttpRequest, row: BooksMatch, **shown: Any) -> HttpResponse:
        """Show one invoice beside those it may be, and do what a person decides."""
        may_decide = self.has_resolve_permission(request, row)
        if request.method == "POST":
            if not may_decide:
                raise Http404
            return decide(request, row, following=self._after(row))
        back = list_of(row.business_unit, row.standing)
        context = {"may_decide": may_decide, "back": back, **page_context(row)}
        return self._page(request, "admin/sync/matching/books.html", context)

    def _after(self, match: BooksMatch) -> str:
        """Return the page of the next one to decide, or the list where it was the last."""
        rows = open_matches(
            BooksMatch.objects.filter(
                company=match.company_id,
                business_unit=match.business_unit_id,
                standing=match.standing,
                chosen__isnull=True,
                is_declined=False,
            )
        ).exclude(pk=match.pk)
        later = rows.filter(number__gt=match.number).order_by("number", "id").first()
        following = later or rows.order_by("number", "id").first()
        if following is None:
            return list_of(match.business_unit, match.standing)
        return reverse(f"admin:{NAME}_change", args=[following.pk])

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, shared | context)
