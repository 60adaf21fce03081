"""What the QuickBooks page of a business unit shows."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import is_allowed, units_of
from sync.admin.connections import invite_link, shared_changes, steps, tax_choices
from sync.connections.checks.check import AMBER, GREEN, RED, Check
from sync.connections.checks.company import checks_of, is_reconnect_due
from sync.connections.checks.reading_plan import reading_check
from sync.connections.handshake import VERIFY
from sync.connections.health_check import CHECK
from sync.connections.notices import waiting
from sync.connections.readiness import lacking_in, missing_setup
from sync.connections.setup import earlier_company
from sync.connections.unit_moves import other_units
from sync.exports.books import step as books
from sync.exports.customers.summary import Summary, summary_of
from sync.mappings import booked
from sync.mappings.create_entry import CREATE
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ConnectAttempt,
    QuickBooksCompany,
    SyncRecord,
)
from sync.words import in_a_row, later

State = CompanyRequest.State
Status = QuickBooksCompany.Status


@dataclass(frozen=True, slots=True)
class Standing:
    """The connection in a word, with the colour of its label."""

    word: str
    variant: str


_STANDINGS = {
    None: Standing(later("Not connected"), "default"),
    Status.CONNECTED: Standing(later("Connected"), "success"),
    Status.NEEDS_RECONNECT: Standing(later("Needs reconnecting"), "warning"),
    Status.DISCONNECTED: Standing(later("Disconnected"), "default"),
}


def page_context(request: HttpRequest, unit: BusinessUnit) -> dict[str, Any]:
    """Return everything of the page but its form, in a fixed number of queries."""
    company = unit.quickbooks_company
    verification, check = latest_request(company, VERIFY), latest_request(company, CHECK)
    is_busy = _is_open(verification)
    return {
        **steps.context_of(request, unit, verification),
        "earlier": _left_elsewhere(unit, company),
        "unit": unit,
        "company": company,
        "standing": _STANDINGS[Status(company.status) if company else None],
        "is_connected": company is not None and company.is_connected,
        "is_sign_in_due": company is None or is_reconnect_due(company),
        "needs_reconnect": company is not None and company.status == Status.NEEDS_RECONNECT,
        "verification": verification,
        "progress": progress_of(verification),
        "is_busy": is_busy,
        "found": found_by(verification, unit),
        "creation": (creation := latest_request(company, CREATE)),
        "is_creating": _is_open(creation),
        "customers": (customers := summary_of(unit) if is_read(company) else None),
        "match_url": _match_url(unit, customers) if customers else "",
        "ready_url": _ready_url(unit),
        **_books(unit, company),
        "open_links": invite_link.open_count(unit),
        "checks": _checks(unit, company),
        "taxes": tax_choices.offered(company),
        **shared_changes.context_of(request, company),
        "check_failure": _failure_since(company, check),
        "is_checking": _is_open(check),
        "waiting": waiting(company, [unit.pk]) if company and not company.is_connected else 0,
        "missing": _missing(unit, company),
        "missing_for_trial": next(iter(missing_setup(unit, for_trial=True)), ""),
        "is_shared": company is not None and company.business_units.exclude(pk=unit.pk).exists(),
        "may_manage": is_allowed(request, Capability.MANAGE, unit.pk),
        "may_map": is_allowed(request, Capability.RESOLVE, unit.pk),
    }


def _match_url(unit: BusinessUnit, customers: Summary) -> str:
    """Return the address of the unit's customers to match, where there is something to decide."""
    query = {"unit": str(unit.pk), "standing": customers.first.value}
    return f"{reverse('admin:sync_customermatch_changelist')}?{urlencode(query)}"


def _books(unit: BusinessUnit, company: QuickBooksCompany | None) -> dict[str, Any]:
    """Return what was found of the books, and how far reading them is."""
    if company is None or not is_read(company) or unit.setup is None or not unit.setup.accepted_at:
        return {"books": None, "is_reading_books": False}
    asked, summary = latest_request(company, booked.READ), books.summary_of(unit)
    query = {"unit": str(unit.pk), "standing": summary.first.value if summary else ""}
    return {
        "books": summary,
        "is_reading_books": _is_open(asked),
        "books_progress": progress_of(asked),
        "books_failure": asked.error if asked else "",
        "books_url": f"{reverse('admin:sync_booksmatch_changelist')}?{urlencode(query)}",
        "is_old": unit.setup.books in {unit.setup.Books.SKIPPED, unit.setup.Books.UPGRADE},
    }


def _ready_url(unit: BusinessUnit) -> str:
    query = {"status": "ready", "unit": str(unit.pk)}
    return f"{reverse('admin:sync_payment_changelist')}?{urlencode(query)}"


def is_read(company: QuickBooksCompany | None) -> bool:
    """Say whether a company is connected and was read, so that there is something to match."""
    return company is not None and company.is_connected and company.verified_at is not None


def _is_open(request: CompanyRequest | None) -> bool:
    return request is not None and request.state in {State.WAITING, State.RUNNING}


def _checks(unit: BusinessUnit, company: QuickBooksCompany | None) -> list[Check]:
    """Return the checks, what is wrong before what is doubtful and what is well."""
    if company is None or company.verified_at is None:
        return []
    order = (RED, AMBER, GREEN)
    units = company.business_units.count()
    found = [*checks_of(unit, company), reading_check(company, units)]
    return sorted(found, key=lambda check: order.index(check.level))


def _failure_since(company: QuickBooksCompany | None, check: CompanyRequest | None) -> str:
    """Say why the last check failed, until QuickBooks was looked up again in whatever way."""
    if company is None or check is None or check.finished_at is None:
        return ""
    anew = filter(None, (company.checked_at, company.connected_at))
    return "" if any(at > check.finished_at for at in anew) else check.error


def _missing(unit: BusinessUnit, company: QuickBooksCompany | None) -> list[str]:
    """Say what company and mappings lack; what the steps themselves say is not said again."""
    if company is None or not company.is_connected or company.verified_at is None:
        return []
    return lacking_in(unit, company)


def join_context(
    request: HttpRequest,
    unit: BusinessUnit,
    company: QuickBooksCompany | None,
    attempt: ConnectAttempt,
) -> dict[str, Any]:
    """Return what a person is told before a unit joins others, or leaves its books for others."""
    visible = units_of(request, Capability.VIEW).exclude(pk=unit.pk)
    others = [str(other) for other in visible.filter(quickbooks_company=company)] if company else []
    earlier = earlier_company(unit, attempt.realm_id)
    return {
        "unit": unit,
        "company": company or _("QuickBooks company %(realm_id)s") % {"realm_id": attempt.realm_id},
        "realm_id": attempt.realm_id,
        "is_shared": company is not None and bool(other_units(company, unit)),
        "others": in_a_row(others),
        "earlier": earlier,
        "left": _documents_in(unit, earlier) if earlier else 0,
    }


def _left_elsewhere(
    unit: BusinessUnit, company: QuickBooksCompany | None
) -> list[tuple[QuickBooksCompany, int]]:
    """Return the companies that the unit posted to before, with how much it left in each."""
    earlier = unit.setups.exclude(company=company).select_related("company").order_by("pk")
    counted = [(row.company, _documents_in(unit, row.company)) for row in earlier]
    return [(left, count) for left, count in counted if count]


def _documents_in(unit: BusinessUnit, company: QuickBooksCompany) -> int:
    """Count the payments of a unit that a company holds."""
    records = SyncRecord.objects.filter(company=company, business_unit=unit)
    return records.filter(kind=SyncRecord.Kind.PAYMENT).exclude(qbo_id="").count()


def latest_request(company: QuickBooksCompany | None, kind: str) -> CompanyRequest | None:
    """Return what was asked last of this kind, whoever's unit it was for."""
    asked = CompanyRequest.objects.filter(company=company, kind=kind)
    return asked.order_by("-id").first() if company else None


def progress_of(request: CompanyRequest | None) -> dict[str, Any]:
    """Return how far a request is, for the page and for the script that watches it."""
    if request is None:
        return {"finished": True}
    total = request.steps_total or 1
    waiting = _("Waiting for the background worker")
    return {
        "finished": request.state in {State.DONE, State.FAILED},
        "step": request.step or waiting,
        "percent": 100 * request.steps_done // total,
        "text": _("%(steps_done)s of %(steps_total)s")
        % {"steps_done": request.steps_done, "steps_total": request.steps_total}
        if request.steps_total
        else "",
    }


def found_by(verification: CompanyRequest | None, unit: BusinessUnit) -> dict[str, Any]:
    """Return what the last verification found, as it concerns this unit."""
    if verification is None or verification.state != State.DONE:
        return {}
    result = verification.result
    counts = [(count, name) for name, count in result.get("found", []) if count]
    return {
        "counts": counts,
        "inactive": result.get("inactive", 0),
        "start_basis": result.get("start_dates", {}).get(str(unit.pk), ""),
    }
