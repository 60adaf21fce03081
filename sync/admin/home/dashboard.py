"""The first page: how each unit that the person sees stands, and where to go from there."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts.access import Capability
from sync.admin.common.base import actor_of, is_allowed, units_of
from sync.admin.common.standing import in_tab, units_for
from sync.admin.home.checklist import first_steps
from sync.admin.home.needs import needs
from sync.discrepancies.digests import wanted
from sync.discrepancies.refunds.refunds import Listing, of_listing
from sync.exports.rules.by_stage import not_ready_parts
from sync.exports.rules.eligibility import Units
from sync.exports.rules.reasons import money
from sync.models import BusinessUnit, Drift, Payment, QuickBooksCompany, RefundDiscrepancy, Stray

CENT = Decimal("0.01")
MOST_CARDS = 10
A_PAGE = 50
_STATUS = {
    QuickBooksCompany.Status.CONNECTED: ("Connected", "success"),
    QuickBooksCompany.Status.NEEDS_RECONNECT: ("Reconnect", "danger"),
    QuickBooksCompany.Status.DISCONNECTED: ("Disconnected", "warning"),
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
    changes: int = 0
    strays: int = 0
    gets_digest: bool | None = None
    """Whether the weekly e-mail goes to the person; None where it never would."""

    @property
    def connection(self) -> tuple[str, str]:
        """Return the connection's state as a word and a colour."""
        company = self.unit.quickbooks_company
        if company is None:
            return "Not connected", "warning"
        if company.is_connected and company.stuck_since is not None:
            return "Exports stopped", "danger"
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
        ready = " · ".join([f"{self.ready:,}", *filter(None, [self.amount])])
        report = reverse("admin:sync_refunddiscrepancy_changelist")
        narrowed = urlencode({"status": Listing.OPEN.value, "unit": str(self.unit.pk)})
        refunds = f"{report}?{narrowed}"
        changes = f"{reverse('admin:sync_drift_changelist')}?{urlencode({'unit': self.unit.pk})}"
        strays = f"{reverse('admin:sync_stray_changelist')}?{urlencode({'unit': self.unit.pk})}"
        return [
            _figure("Ready to export", self.ready, self.payments_link("ready"), text=ready),
            _figure("Not ready", self.not_ready, self.payments_link("not-ready")),
            _figure("Problems", self.problems, self.payments_link("problems"), bad=True),
            _figure("Refunds to adjust", self.refunds, refunds, bad=True),
            _figure("Changes after export", self.changes, changes, bad=True),
            *([_figure("Found in QuickBooks", self.strays, strays, bad=True)] * bool(self.strays)),
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
        "text": text or f"{count:,}",
        "link": link,
        "is_none": not count,
        "is_bad": bad and bool(count),
    }


def cards(request: HttpRequest) -> list[UnitCard]:
    """Return a card for each unit the person sees, in a constant number of queries."""
    held = units_of(request, Capability.VIEW)
    payments = Payment.objects.filter(business_unit__in=held)
    units = units_for(request)
    found = {
        unit.pk: UnitCard(unit, is_allowed(request, Capability.EXPORT, unit.pk))
        for unit in held.select_related("quickbooks_company")
    }
    for unit_id, amounts in _ready(payments, units).items():
        found[unit_id].ready = sum(count for _, count, _ in amounts)
        found[unit_id].ready_by_currency = {currency: total for currency, _, total in amounts}
    for part in not_ready_parts(payments, units):
        for unit_id, count in _counts(part, "business_unit").items():
            found[unit_id].not_ready += count
    for unit_id, count in _counts(in_tab(payments, "problems", units), "business_unit").items():
        found[unit_id].problems = count
    refunds = of_listing(
        RefundDiscrepancy.objects.filter(payment__business_unit__in=held), Listing.OPEN
    )
    for unit_id, count in _counts(refunds, "payment__business_unit").items():
        found[unit_id].refunds = count
    changes = Drift.objects.filter(business_unit__in=held, state=Drift.State.OPEN)
    for unit_id, count in _counts(changes, "business_unit").items():
        found[unit_id].changes = count
    strays = Stray.objects.filter(business_unit__in=held, settled_at__isnull=True)
    for unit_id, count in _counts(strays, "business_unit").items():
        found[unit_id].strays = count
    for unit_id, is_wanted in wanted(actor_of(request)).items():
        found[unit_id].gets_digest = is_wanted
    return list(found.values())


def _ready(payments: QuerySet[Payment], units: Units) -> dict[int, list[tuple[str, int, Decimal]]]:
    rows = (
        in_tab(payments, "ready", units)
        .order_by("business_unit", "currency")
        .values_list("business_unit", "currency")
        .annotate(count=Count("pk"), total=Sum("amount"))
    )
    found: dict[int, list[tuple[str, int, Decimal]]] = defaultdict(list)
    for unit_id, currency, count, total in rows:
        found[unit_id].append((currency, count, total.quantize(CENT)))
    return found


def _counts(rows: QuerySet[Any], unit_path: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(unit_path).annotate(count=Count("pk")))


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
        "title": "Home",
        "steps": first_steps(request),
        "needs": needs(
            request,
            changes=sum(card.changes for card in found),
            strays=sum(card.strays for card in found),
        ),
        "totals": totals(found),
        "cards": shown,
        "more": len(found) - len(shown),
        "listed": Paginator(listed, A_PAGE).get_page(request.GET.get("p")),
        "sought": sought,
    }


def totals(found: list[UnitCard]) -> list[str]:
    """Return what is ready in all units, by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for card in found:
        for currency, amount in card.ready_by_currency.items():
            sums[currency] += amount
    return [money(sums[currency], currency) for currency in sorted(sums)]
