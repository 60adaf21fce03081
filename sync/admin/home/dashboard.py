"""The first page: how each unit that the person sees stands, and where to go from there."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Capability, holds_everything
from sync.admin.common.base import actor_of, is_allowed, sight, units_held, units_of
from sync.admin.common.standing import units_for
from sync.admin.home.checklist import first_steps
from sync.discrepancies.digests import wanted
from sync.discrepancies.refunds.refunds import Listing
from sync.exports.rules.ready_sums import ready_by_unit, unsettled_by_unit
from sync.models import BusinessUnit, QuickBooksCompany, Stray, without_tokens
from sync.needs.ranking import Counts, needs, open_changes, open_refunds, open_strays
from sync.words import later, money, number

MOST_CARDS = 10
A_PAGE = 50
_STATUS = {
    QuickBooksCompany.Status.CONNECTED: (later("Connected"), "success"),
    QuickBooksCompany.Status.NEEDS_RECONNECT: (later("Reconnect"), "danger"),
    QuickBooksCompany.Status.DISCONNECTED: (later("Disconnected"), "warning"),
}


@dataclass
class UnitCard:
    """What the first page says of one unit."""

    unit: BusinessUnit
    may_export: bool
    ready: int = 0
    ready_by_currency: dict[str, Decimal] = field(default_factory=dict)
    not_ready: int = 0
    problems: int = 0
    refunds: int = 0
    oldest_refund: date | None = None
    changes: int = 0
    strays: int = 0
    gets_digest: bool | None = None
    """Whether the weekly e-mail goes to the person; None where it never would."""

    @property
    def connection(self) -> tuple[str, str]:
        """Return the connection's state as a word and a colour."""
        company = self.unit.quickbooks_company
        if company is None:
            return _("Not connected"), "warning"
        if company.is_connected and company.stuck_since is not None:
            return _("Exports stopped"), "danger"
        return _STATUS[QuickBooksCompany.Status(company.status)]

    @property
    def amount(self) -> str:
        """Return what is ready in money, empty where nothing is."""
        return " + ".join(money(total, code) for code, total in self.ready_by_currency.items())

    @property
    def company(self) -> str:
        return str(self.unit.quickbooks_company or "")

    @property
    def stuck(self) -> str:
        """Say why exports do not go on, empty where they do."""
        company = self.unit.quickbooks_company
        return company.stuck_reason if company is not None and company.is_connected else ""

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Return the card's lines: what, how many, where that leads, and whether it is bad."""
        ready = " · ".join([number(self.ready), *filter(None, [self.amount])])
        report = reverse("admin:sync_refunddiscrepancy_changelist")
        narrowed = urlencode({"status": Listing.OPEN.value, "unit": str(self.unit.pk)})
        refunds = f"{report}?{narrowed}"
        changes = f"{reverse('admin:sync_drift_changelist')}?{urlencode({'unit': self.unit.pk})}"
        strays = f"{reverse('admin:sync_stray_changelist')}?{urlencode({'unit': self.unit.pk})}"
        return [
            _figure(_("Ready to export"), self.ready, self.payments_link("ready"), text=ready),
            _figure(_("Not ready"), self.not_ready, self.payments_link("not-ready")),
            _figure(_("Problems"), self.problems, self.payments_link("problems"), bad=True),
            _figure(_("Refunds to adjust"), self.refunds, refunds, bad=True),
            _figure(_("Changes after export"), self.changes, changes, bad=True),
            *(
                [_figure(_("Found in QuickBooks"), self.strays, strays, bad=True)]
                * bool(self.strays)
            ),
        ]

    def payments_link(self, tab: str) -> str:
        """Return the address of the unit's payments on one tab of the list."""
        narrowed = urlencode({"status": tab, "unit": str(self.unit.pk)})
        return f"{reverse('admin:sync_payment_changelist')}?{narrowed}"

    @property
    def ready_link(self) -> str:
        return self.payments_link("ready")

    @property
    def urgency(self) -> tuple[bool, int, int]:
        """Return what ranks the unit: whether it stands still, what to do in it, what is ready."""
        company = self.unit.quickbooks_company
        stands_still = company is not None and (
            company.status == QuickBooksCompany.Status.NEEDS_RECONNECT or bool(self.stuck)
        )
        return stands_still, self.problems + self.refunds + self.changes + self.strays, self.ready

    @property
    def setup_link(self) -> str:
        return reverse("admin:sync_businessunit_quickbooks", args=[self.unit.pk])


def _figure(
    title: str, count: int, link: str, *, text: str = "", bad: bool = False
) -> dict[str, Any]:
    return {
        "title": title,
        "text": text or number(count),
        "link": link,
        "is_none": not count,
        "is_bad": bad and bool(count),
    }


def cards(request: HttpRequest) -> list[UnitCard]:
    """Return a card for each unit the person sees, in a constant number of queries."""
    held = units_of(request, Capability.VIEW)
    units = units_for(request)
    found = {
        unit.pk: UnitCard(unit, is_allowed(request, Capability.EXPORT, unit.pk))
        for unit in without_tokens(held.select_related("quickbooks_company"), "quickbooks_company")
    }
    seen = units_held(request, Capability.VIEW)
    ready = ready_by_unit(units, seen)
    for unit_id, goes in ready.items():
        found[unit_id].ready, found[unit_id].ready_by_currency = goes.payments, goes.amounts
    for unit_id, stays in unsettled_by_unit(units, seen, ready).items():
        found[unit_id].not_ready, found[unit_id].problems = stays.not_ready, stays.problems
    dated = open_refunds(sight(request)).values_list("business_unit")
    for unit_id, count, oldest in dated.annotate(count=Count("pk"), oldest=Min("refunded_on")):
        found[unit_id].refunds, found[unit_id].oldest_refund = count, oldest
    for unit_id, count in _counts(open_changes(sight(request))).items():
        found[unit_id].changes = count
    for unit_id, count in _counts(_strays(request, in_units=True)).items():
        found[unit_id].strays = count
    for unit_id, is_wanted in wanted(actor_of(request)).items():
        found[unit_id].gets_digest = is_wanted
    return list(found.values())


def _counts(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.order_by().values_list("business_unit").annotate(count=Count("pk")))


def index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the first page shows; unfold calls it (DASHBOARD_CALLBACK).

    The units that need somebody most stand as cards; where there are more, all are in a table.
    """
    found = cards(request)
    shown = found
    if len(found) > MOST_CARDS:
        shown = sorted(found, key=lambda card: card.urgency, reverse=True)[:MOST_CARDS]
    sought = request.GET.get("q", "").strip()
    listed = [card for card in found if sought.casefold() in card.unit.name.casefold()]
    return {
        **context,
        "title": _("Home"),
        "steps": first_steps(request),
        "needs": needs(sight(request), _counted(request, found)),
        "totals": totals(found),
        "cards": shown,
        "more": len(found) - len(shown),
        "listed": Paginator(listed, A_PAGE).get_page(request.GET.get("p")),
        "sought": sought,
    }


def _strays(request: HttpRequest, *, in_units: bool) -> QuerySet[Stray]:
    """Return what was found in QuickBooks of some unit, or of none: that only superusers see."""
    return open_strays(sight(request)).filter(business_unit__isnull=not in_units)


def _counted(request: HttpRequest, found: list[UnitCard]) -> Counts:
    of_none = _strays(request, in_units=False).count() if holds_everything(request.user) else 0
    return Counts(
        refunds=sum(card.refunds for card in found),
        oldest_refund=min(filter(None, (card.oldest_refund for card in found)), default=None),
        changes=sum(card.changes for card in found),
        strays=sum(card.strays for card in found) + of_none,
    )


def totals(found: list[UnitCard]) -> list[str]:
    """Return what is ready in all units, by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for card in found:
        for currency, amount in card.ready_by_currency.items():
            sums[currency] += amount
    return [money(sums[currency], currency) for currency in sorted(sums)]
