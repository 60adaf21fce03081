"""The list of customers to match: one unit at a time, with tabs for what there is to decide."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from sync.admin.common.base import actor_of
from sync.admin.common.theme import NOTHING, DropdownFilter
from sync.admin.connections.page import latest_request, progress_of
from sync.admin.lists.list_admin import moment_words
from sync.admin.matching.one_unit import OneUnitList
from sync.exports.customers import deciding, proposing
from sync.exports.customers.holders import held_by_others
from sync.exports.customers.matching import words_of
from sync.exports.customers.summary import Summary, summary_of
from sync.models import Customer, CustomerMatch, Party, QuickBooksCompany
from sync.quickbooks.links import deep_link
from sync.words import later, number

LIST = "admin:sync_customermatch_changelist"
Standing = CustomerMatch.Standing
TABS = {
    Standing.CERTAIN: later("Certain"),
    Standing.LOOK: later("To look at"),
    Standing.NAME: later("Names to change"),
    Standing.CREATE: later("Declined"),
}


class StandingFilter(DropdownFilter):
    """By what there is to decide; the tabs above the list are its choices."""

    title = later("standing")
    parameter_name = "standing"
    template = "admin/sync/documents/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(standing.value, title) for standing, title in TABS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(standing=standing_of(request))


def standing_of(request: HttpRequest) -> CustomerMatch.Standing:
    """Return the tab that is open."""
    value = request.GET.get(StandingFilter.parameter_name, "")
    return Standing(value) if value in Standing.values else Standing.CERTAIN


class MatchList(OneUnitList):
    """The list with what stands above it, worked out once for the page."""

    read_by, linked_by = proposing.KIND, deciding.LINK

    def get_filters(self, request: HttpRequest) -> Any:
        """Count neither tab nor unit as filters: the button for filters stays plain for them."""
        specs, *rest, _ = super().get_filters(request)
        return (specs, *rest, False)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self._find_others(actor_of(request))
        self.standing = standing_of(request)

    def _find_others(self, person: User) -> None:
        """Mark the rows whose customer in QuickBooks is one of others."""
        rows = [row for row in self.result_list if row.party]
        for company_id in {row.company_id for row in rows}:  # one, as the list is one unit's
            others = held_by_others(company_id, person)
            there = set(others.filter(qbo_id__in=[row.party.qbo_id for row in rows]))
            for row in rows:
                row.is_of_others = row.party.qbo_id in there

    @cached_property
    def summary(self) -> Summary | None:
        return summary_of(self.unit) if self.unit else None

    @property
    def read_on(self) -> str:
        """Say when QuickBooks' customers were read."""
        moment = self.summary.read_at if self.summary else None
        return moment_words(moment, self.unit) if moment else ""

    @cached_property
    def moving(self) -> dict[str, Any] | None:
        """Return how far reading or linking is while one of them is under way."""
        return moving(self.unit.quickbooks_company) if self.unit else None

    @property
    def linked(self) -> str:
        """Say what came of what was accepted last in the unit, until customers are read again."""
        result = self.last_linked()
        if result is None:
            return ""
        linked, refused = result["linked"], result["refused"]
        words = _("Accepted last: %(linked)s linked to customers of %(company)s.") % {
            "linked": number(linked),
            "company": self.company,
        }
        back = _(" %(refused)s could not be, and say why under %(TABS)s.") % {
            "refused": number(refused),
            "TABS": TABS[Standing.LOOK],
        }
        return words + (back if refused else "")

    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs above the list, with counts."""
        summary = self.summary
        counts = {
            Standing.CERTAIN: summary.certain,
            Standing.LOOK: summary.look,
            Standing.NAME: summary.name,
        } if summary else {}  # fmt: skip
        return [
            {
                "title": f"{title} ({number(counts[standing])})" if standing in counts else title,
                "link": self.get_query_string({StandingFilter.parameter_name: standing}, ["p"]),
                "active": standing == self.standing,
            }
            for standing, title in TABS.items()
        ]


def moving(company: QuickBooksCompany | None) -> dict[str, Any] | None:
    """Return how far the reading or linking that is under way is; None where none is."""
    for kind in (deciding.LINK, proposing.KIND):
        if not (progress := progress_of(latest_request(company, kind)))["finished"]:
            return progress
    return None


# The cells of a row ------------------------------------------------------------------------------


def of_customer(customer: Customer) -> SafeString:
    """Return who a customer of ours is."""
    name = format_html('<span class="paidup-strong">{}</span>', customer.display_name)
    return _with_contact(name, customer.email, customer.phone, customer.city)


OF_OTHERS = later("A customer of another unit of this company")


def of_party(
    party: Party | None, company: QuickBooksCompany, *, is_of_others: bool = False
) -> SafeString | str:
    """Return who a customer in QuickBooks is, with a link to it there.

    One of others is not named: who holds no role in its unit is not told whose it is.
    """
    if party is None:
        return NOTHING
    if is_of_others:
        return OF_OTHERS
    link = format_html(
        '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} ↗</a>{}',
        deep_link(company.realm_id, "Customer", party.qbo_id),
        party,
        "" if party.active else " (inactive)",
    )
    return _with_contact(link, party.email, _as_written(party.phone), party.city)


def _as_written(digits: str) -> str:
    """Write a North American number as people do."""
    if len(digits) != 10:
        return digits
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def _with_contact(name: SafeString, *contact: str) -> SafeString:
    given = format_html_join(" · ", "{}", ((text,) for text in contact if text))
    return format_html('{}<div class="paidup-muted">{}</div>', name, given)


def why(match: CustomerMatch, *, is_of_others: bool = False) -> SafeString:
    """Say what a proposal rests on, and what there is to look at."""
    names = match.agrees.split(",") if match.agrees else []
    agrees = str(words_of(names[:1] if is_of_others else names)).capitalize() if names else ""
    lines = [
        agrees,
        match.doubt,
        match.rule and _("So %(rule)s.") % {"rule": match.rule},
        match.refusal,
    ]
    said = format_html_join("", "<p>{}</p>", ((line,) for line in lines if line))
    return format_html('<div class="paidup-why">{}</div>', said)
