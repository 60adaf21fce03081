"""What the QuickBooks page of a business unit shows."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.access import Capability
from sync.admin.base import is_allowed
from sync.connections.handshake import VERIFY
from sync.connections.readiness import missing_setup
from sync.models import BusinessUnit, CompanyRequest, QuickBooksCompany

State = CompanyRequest.State
Status = QuickBooksCompany.Status


@dataclass(frozen=True, slots=True)
class Standing:
    """The connection in a word, with the colour of its label."""

    word: str
    variant: str


_STANDINGS = {
    None: Standing("Not connected", "default"),
    Status.CONNECTED: Standing("Connected", "success"),
    Status.NEEDS_RECONNECT: Standing("Needs reconnecting", "warning"),
    Status.DISCONNECTED: Standing("Disconnected", "default"),
}


def page_context(request: HttpRequest, unit: BusinessUnit) -> dict[str, Any]:
    """Return everything of the page but its form, in a fixed number of queries."""
    company = unit.quickbooks_company
    verification = latest_verification(company)
    is_busy = verification is not None and verification.state in {State.WAITING, State.RUNNING}
    return {
        "unit": unit,
        "company": company,
        "standing": _STANDINGS[Status(company.status) if company else None],
        "is_connected": company is not None and company.is_connected,
        "needs_reconnect": company is not None and company.status == Status.NEEDS_RECONNECT,
        "verification": verification,
        "progress": progress_of(verification),
        "is_busy": is_busy,
        "found": found_by(verification, unit),
        "missing": [] if company is None or is_busy else missing_setup(unit),
        "is_shared": company is not None and company.business_units.exclude(pk=unit.pk).exists(),
        "may_manage": is_allowed(request, Capability.MANAGE, unit.pk),
        "may_map": is_allowed(request, Capability.RESOLVE, unit.pk),
    }


def latest_verification(company: QuickBooksCompany | None) -> CompanyRequest | None:
    """Return the verification that was asked last, whoever's unit it was for."""
    asked = CompanyRequest.objects.filter(company=company, kind=VERIFY)
    return asked.order_by("-id").first() if company else None


def progress_of(request: CompanyRequest | None) -> dict[str, Any]:
    """Return how far a request is, for the page and for the script that watches it."""
    if request is None:
        return {"finished": True}
    total = request.steps_total or 1
    waiting = "Waiting for the background worker"
    return {
        "finished": request.state in {State.DONE, State.FAILED},
        "step": request.step or waiting,
        "percent": 100 * request.steps_done // total,
        "text": f"{request.steps_done} of {request.steps_total}" if request.steps_total else "",
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
