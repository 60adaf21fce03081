"""What the QuickBooks page of a business unit shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
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
from sync.connections.checks.taxes import modes_of
from sync.connections.handshake import VERIFY
from sync.connections.health_check import CHECK
from sync.connections.notices import waiting
from sync.connections.readiness import lacking_by, missing_by
from sync.connections.setup import earlier_company
from sync.connections.unit_moves import other_units
from sync.exports.books import step as books
from sync.exports.customers.summary import Summary, summary_by
from sync.mappings import booked, parties
from sync.mappings.create_entry import CREATE
from sync.mappings.mappings import MappedEntries
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ConnectAttempt,
    QuickBooksCompany,
    SyncRecord,
    TaxMode,
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a company last, of each kind, and what of each was done last."""

    latest: Mapping[str, CompanyRequest]
    done: Mapping[str, CompanyRequest]


def mapped_of(unit: BusinessUnit) -> MappedEntries | None:
    """Return what the unit's words stand for; None until its company was read."""
    company = unit.quickbooks_company
    if company is None or company.verified_at is None:
        return None
    return MappedEntries.of(company, unit)


def page_context(
    request: HttpRequest, unit: BusinessUnit, mapped: MappedEntries | None
) -> dict[str, Any]:
    """Return everything of the page but its form, in a fixed number of queries.

    What several parts need is read here, once: what was asked, the company's units, the mappings.
    """
    company = unit.quickbooks_company
    asked = _asked_of(company)
    verification, check, creation = map(asked.latest.get, (VERIFY, CHECK, CREATE))
    units = list(company.business_units.order_by("name")) if company else []
    modes = {mode.key: mode for mode in modes_of(company)} if company else {}
    lacking = lacking_by(unit, company, mapped, unit.readiness) if company and mapped else []
    missing = missing_by(unit, lacking)
    return {
        **steps.context_of(request, unit, verification, missing),
        "earlier": _left_elsewhere(unit),
        "unit": unit,
        **_connection(company),
        **_asked_for(unit, verification, check, creation),
        "customers": (customers := _customers(unit, company, asked)),
        "match_url": _match_url(unit, customers) if customers else "",
        "ready_url": _ready_url(unit),
        **_books(unit, company, asked),
        "open_links": invite_link.open_count(unit),
        "checks": _checks(unit, company, mapped, modes.values(), len(units)),
        "taxes": tax_choices.offered(company, modes.values()),
        **shared_changes.context_of(request, company, units, modes),
        "check_failure": _failure_since(company, check),
        "waiting": waiting(company, [unit.pk]) if company and not company.is_connected else 0,
        # What the steps themselves say is not said again.
        "missing": lacking if company and company.is_connected else [],
        "missing_for_trial": next(iter(missing.for_trial), ""),
        "is_shared": any(other.pk != unit.pk for other in units),
        "may_manage": is_allowed(request, Capability.MANAGE, unit.pk),
        "may_map": is_allowed(request, Capability.RESOLVE, unit.pk),
    }


def _connection(company: QuickBooksCompany | None) -> dict[str, Any]:
    return {
        "company": company,
        "standing": _STANDINGS[Status(company.status) if company else None],
        "is_connected": company is not None and company.is_connected,
        "is_sign_in_due": company is None or is_reconnect_due(company),
        "needs_reconnect": company is not None and company.status == Status.NEEDS_RECONNECT,
    }


def _asked_for(
    unit: BusinessUnit,
    verification: CompanyRequest | None,
    check: CompanyRequest | None,
    creation: CompanyRequest | None,
) -> dict[str, Any]:
    """Say how far what was asked of the company is."""
    return {
        "verification": verification,
        "progress": progress_of(verification),
        "is_busy": _is_open(verification),
        "found": found_by(verification, unit),
        "creation": creation,
        "is_creating": _is_open(creation),
        "is_checking": _is_open(check),
    }


def _customers(
    unit: BusinessUnit, company: QuickBooksCompany | None, asked: Asked
) -> Summary | None:
    """Return how far the matching of customers is, once there are some to match with."""
    if company is None or not is_read(company):
        return None
    read = asked.done.get(parties.READ)
    return summary_by(unit, company, read.finished_at if read else None)


def _match_url(unit: BusinessUnit, customers: Summary) -> str:
    """Return the address of the unit's customers to match, where there is something to decide."""
    query = {"unit": str(unit.pk), "standing": customers.first.value}
    return f"{reverse('admin:sync_customermatch_changelist')}?{urlencode(query)}"


def _books(unit: BusinessUnit, company: QuickBooksCompany | None, asked: Asked) -> dict[str, Any]:
    """Return what was found of the books, and how far reading them is."""
    if company is None or not is_read(company) or unit.setup is None or not unit.setup.accepted_at:
        return {"books": None, "is_reading_books": False}
    reading, summary = asked.latest.get(booked.READ), books.summary_of(unit)
    query = {"unit": str(unit.pk), "standing": summary.first.value if summary else ""}
    return {
        "books": summary,
        "is_reading_books": _is_open(reading),
        "books_progress": progress_of(reading),
        "books_failure": reading.error if reading else "",
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


def _checks(
    unit: BusinessUnit,
    company: QuickBooksCompany | None,
    mapped: MappedEntries | None,
    modes: Iterable[TaxMode],
    unit_count: int,
) -> list[Check]:
    """Return the checks, what is wrong before what is doubtful and what is well."""
    if company is None or mapped is None:
        return []
    order = (RED, AMBER, GREEN)
    found = [*checks_of(unit, company, mapped, modes), reading_check(company, unit_count)]
    return sorted(found, key=lambda check: order.index(check.level))


def _failure_since(company: QuickBooksCompany | None, check: CompanyRequest | None) -> str:
    """Say why the last check failed, until QuickBooks was looked up again in whatever way."""
    if company is None or check is None or check.finished_at is None:
        return ""
    anew = filter(None, (company.checked_at, company.connected_at))
    return "" if any(at > check.finished_at for at in anew) else check.error


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


def _left_elsewhere(unit: BusinessUnit) -> list[tuple[QuickBooksCompany, int]]:
    """Return the companies that the unit posted to before, with how much it left in each."""
    setups = [row for row in unit.setups.all() if row.company_id != unit.quickbooks_company_id]
    if not setups:
        return []
    earlier = QuickBooksCompany.objects.filter(pk__in=[row.company_id for row in setups])
    there = _payments_there(unit, OuterRef("pk")).order_by().values("company")
    counted = earlier.annotate(left=Subquery(there.annotate(count=Count("pk")).values("count")))
    return [(row, row.left) for row in counted if row.left]


def _documents_in(unit: BusinessUnit, company: QuickBooksCompany) -> int:
    """Count the payments of a unit that a company holds."""
    return _payments_there(unit, company).count()


def _payments_there(
    unit: BusinessUnit, company: QuickBooksCompany | OuterRef
) -> QuerySet[SyncRecord]:
    records = SyncRecord.objects.filter(company=company, business_unit=unit)
    return records.filter(kind=SyncRecord.Kind.PAYMENT).exclude(qbo_id="")


def latest_request(company: QuickBooksCompany | None, kind: str) -> CompanyRequest | None:
    """Return what was asked last of this kind, whoever's unit it was for."""
    asked = CompanyRequest.objects.filter(company=company, kind=kind)
    return asked.order_by("-id").first() if company else None


def _asked_of(company: QuickBooksCompany | None) -> Asked:
    """Return what the page tells of what was asked, in one query for all kinds."""
    if company is None:
        return Asked({}, {})
    kinds = (VERIFY, CHECK, CREATE, booked.READ, parties.READ)
    asked = CompanyRequest.objects.filter(company=company, kind__in=kinds).order_by()
    by_kind = asked.values("kind", is_done=Q(state=State.DONE))
    last = CompanyRequest.objects.filter(pk__in=by_kind.annotate(last=Max("pk")).values("last"))
    rows = list(last.order_by("pk"))
    return Asked(
        latest={row.kind: row for row in rows},
        done={row.kind: row for row in rows if row.state == State.DONE},
    )


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
