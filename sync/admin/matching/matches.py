"""Customers to match: which of ours are which of QuickBooks', and what name the others get."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Capability
from accounts.models import User
from sync.admin.common.base import ReadOnlyMixin, actor_of, is_allowed, unit_or_404
from sync.admin.common.once import acts_once, refuse, sent_once
from sync.admin.common.theme import ChangeList, action, display, page_anew, part_of_page, renewed
from sync.admin.lists.list_admin import ListAdmin
from sync.admin.matching.match_list import (
    MatchList,
    Standing,
    StandingFilter,
    moving,
    of_customer,
    of_party,
    standing_of,
    why,
)
from sync.admin.matching.match_page import decide, page_context
from sync.admin.matching.one_unit import MatchUnitFilter
from sync.admin.remedies.single import Question
from sync.company.requests import ask
from sync.exports.customers import deciding, proposing
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.customers.summary import open_matches, summary_of
from sync.models import BusinessUnit, CustomerMatch
from sync.needs.places import matches_of
from sync.words import later, number

NAME = "sync_customermatch"
_ACTIONS = {
    Standing.CERTAIN: ["accept_selected", "decline_selected"],
    Standing.LOOK: ["decline_selected"],
    Standing.NAME: ["use_names_selected"],
    Standing.CREATE: [],
}


@admin.register(CustomerMatch)
class CustomerMatchAdmin(ReadOnlyMixin, ListAdmin):
    """Proposals that a person accepts; QuickBooks is only read for them."""

    change_capability = Capability.RESOLVE
    list_display = ["ours", "theirs", "why"]
    list_display_links = ["ours"]
    list_select_related = ["customer", "party", "company", "business_unit"]
    list_filter = [StandingFilter, MatchUnitFilter]
    list_before_template = "admin/sync/matching/above.html"
    search_fields = ["name"]
    search_help_text = later("Customer's name")
    ordering = ["name", "id"]
    actions = ["accept_selected", "decline_selected", "use_names_selected"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        unit = "unit/<int:unit_id>/"
        return [
            path(f"{unit}read/", wrap(require_POST(self.read_view)), name=f"{NAME}_read"),
            path(f"{unit}accept/", wrap(self.accept_view), name=f"{NAME}_accept"),
            path(f"{unit}names/", wrap(self.names_view), name=f"{NAME}_names"),
            path(f"{unit}progress/", part_of_page(self.progress_view), name=f"{NAME}_progress"),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_allowed(request, Capability.RESOLVE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerMatch]:
        rows = super().get_queryset(request)
        return open_matches(rows.filter(company=F("business_unit__quickbooks_company")))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MatchList

    def get_list_display(self, request: HttpRequest) -> Any:
        has_name = standing_of(request) == Standing.NAME
        return ["ours", "becomes" if has_name else "theirs", "why"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer what fits the tab."""
        offered = _ACTIONS[standing_of(request)]
        found = super().get_actions(request)
        return {name: found[name] for name in offered if name in found}

    @display(description=later("our customer"), ordering="name")
    def ours(self, match: CustomerMatch) -> SafeString:
        return of_customer(match.customer)

    @display(description=later("in QuickBooks"))
    def theirs(self, match: CustomerMatch) -> SafeString | str:
        return of_party(match.party, match.company, is_of_others=_is_of_others(match))

    @display(description=later("name in QuickBooks"))
    def becomes(self, match: CustomerMatch) -> str:
        return match.new_name or _("Type one: the rule gives none")

    @display(description=later("why"))
    def why(self, match: CustomerMatch) -> SafeString | str:
        if match.chosen_id:
            return _("Being linked")
        return why(match, is_of_others=_is_of_others(match))

    @action(description=later("Accept: they are the same"), permissions=["resolve"])
    @sent_once
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[CustomerMatch]) -> None:
        self._do(request, queryset, deciding.accept, _("{} accepted; being linked now."))

    @action(description=later("None of theirs: create new ones"), permissions=["resolve"])
    @sent_once
    def decline_selected(self, request: HttpRequest, queryset: QuerySet[CustomerMatch]) -> None:
        words = _("{} declined: they are created in QuickBooks when an invoice of theirs goes.")
        self._do(request, queryset, deciding.decline, words)

    @action(description=later("Use these names in QuickBooks"), permissions=["resolve"])
    @sent_once
    def use_names_selected(self, request: HttpRequest, queryset: QuerySet[CustomerMatch]) -> None:
        self._do(
            request, queryset, deciding.use_names, _("{} of the names will be used in QuickBooks.")
        )

    def _do(
        self,
        request: HttpRequest,
        rows: QuerySet[CustomerMatch],
        do: Callable[[QuerySet[CustomerMatch], User], int],
        words: str,
    ) -> None:
        held = self.within(request, rows, Capability.RESOLVE)
        try:
            messages.success(request, words.format(number(do(held, actor_of(request)))))
        except DecisionRefused as refused:
            messages.error(request, str(refused))
            refuse(request)

    @acts_once
    def read_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask that QuickBooks' customers are read and compared with ours."""
        unit = connected_unit_or_404(request, unit_id, Capability.RESOLVE)
        if unit.quickbooks_company is not None:
            ask(unit.quickbooks_company, proposing.KIND, actor=actor_of(request))
        return HttpResponseRedirect(matches_of(unit))

    def progress_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Show how far reading or linking is; once it is over, the list is due anew."""
        unit = connected_unit_or_404(request, unit_id, Capability.VIEW)
        progress = moving(unit.quickbooks_company)
        if progress is None:
            return page_anew()
        return renewed(request, "admin/sync/matching/_progress.html", {"progress": progress})

    @sent_once
    def accept_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask once more, then accept everything that is certain."""
        unit = connected_unit_or_404(request, unit_id, Capability.RESOLVE)
        summary = summary_of(unit)
        count = summary.certain if summary else 0
        question = Question(
            title=_("Accept all %(count)s certain matches?") % {"count": number(count)}
            if count != 1
            else _("Accept this match?"),
            sentence=_(
                "Each is read in QuickBooks once more. Where it is still the same, invoices of"
                " our customer go to the one that is there, and none is created. Nothing"
                " is changed in"
                " QuickBooks, and a link can be undone until an invoice went."
            ),
            button=_("Accept all"),
            done=_("{} accepted; being linked now."),
        )
        return self._confirm(request, unit, question, Standing.CERTAIN, deciding.accept)

    @sent_once
    def names_view(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask once more, then use every name that the rule proposes."""
        unit = connected_unit_or_404(request, unit_id, Capability.RESOLVE)
        question = Question(
            title=_("Use all the names shown?"),
            sentence=_(
                "Each customer gets the name in QuickBooks that the list shows beside it. Its"
                " name here stays as it is. Those for which there is no proposal wait for yours."
            ),
            button=_("Use these names"),
            done=_("{} of the names will be used in QuickBooks."),
        )
        return self._confirm(request, unit, question, Standing.NAME, deciding.use_names)

    def _confirm(
        self,
        request: HttpRequest,
        unit: BusinessUnit,
        question: Question,
        standing: CustomerMatch.Standing,
        do: Callable[[QuerySet[CustomerMatch], User], int],
    ) -> HttpResponse:
        back = matches_of(unit, standing)
        if request.method == "POST":
            rows = self.get_queryset(request).filter(business_unit=unit, standing=standing)
            self._do(request, rows, do, question.done)
            return HttpResponseRedirect(back)
        context = {"title": question.title, "question": question, "form": None, "back": back}
        return self._page(request, "admin/sync/common/confirm.html", context)

    @acts_once
    def page_of(self, request: HttpRequest, row: CustomerMatch, **shown: Any) -> HttpResponse:
        """Show one customer beside those it may be, and do what a person decides."""
        may_decide = self.has_resolve_permission(request, row)
        if request.method == "POST":
            if not may_decide:
                raise Http404
            return decide(request, row, following=self._after(row))
        back = matches_of(row.business_unit, Standing(row.standing))
        context = {"may_decide": may_decide, "back": back, **page_context(request, row)}
        return self._page(request, "admin/sync/matching/match.html", context)

    def _after(self, match: CustomerMatch) -> str:
        """Return the page of the next one to decide, or the list where it was the last."""
        rows = open_matches(
            CustomerMatch.objects.filter(
                company=match.company_id,
                business_unit=match.business_unit_id,
                standing=match.standing,
                chosen__isnull=True,
            )
        ).exclude(pk=match.pk)
        later = rows.filter(name__gt=match.name).order_by("name", "id").first()
        following = later or rows.order_by("name", "id").first()
        if following is None:
            return matches_of(match.business_unit, Standing(match.standing))
        return reverse(f"admin:{NAME}_change", args=[following.pk])

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, shared | context)


def connected_unit_or_404(request: HttpRequest, unit_id: int, needed: Capability) -> BusinessUnit:
    """Return a unit that posts to a company, and where the person may do that."""
    unit = unit_or_404(request, unit_id, needed)
    if unit.quickbooks_company is None:
        raise Http404
    return unit


def _is_of_others(match: CustomerMatch) -> bool:
    """Say whether the list found that its customer in QuickBooks is one of others."""
    return bool(match.__dict__.get("is_of_others", True))
