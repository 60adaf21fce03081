"""The steps of a unit's set-up as its page shows them, and what their buttons do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Capability
from sync.admin.common.base import actor_of, row_numbers, unit_or_404
from sync.admin.common.once import acts_once, refuse
from sync.admin.exports.exporting import preview_url
from sync.connections import books_step, setup
from sync.connections.readiness import Lacking
from sync.connections.setup import SetupRefused, steps
from sync.exports.books import step
from sync.exports.runs import trial
from sync.exports.runs.trial import Trial
from sync.models import BusinessUnit, CompanyRequest, Invoice
from sync.quickbooks.links import deep_link
from sync.words import money

PAGE = "admin:sync_businessunit_quickbooks"
View: TypeAlias = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the trial's comparison."""

    name: str
    ours: str
    theirs: str
    is_equal: bool
    link: str


def urls(wrap: Callable[[View], View]) -> list[URLPattern]:
    """Return the addresses of what the steps' buttons do."""
    name = PAGE.removeprefix("admin:")
    views: dict[str, View] = {
        "confirm": confirm,
        "trial": try_one,
        "skip": skip,
        "finish": finish,
        "books_read": books_read,
        "books_skip": books_skip,
        "books_finish": books_finish,
    }
    return [
        path(f"unit/<int:unit_id>/{key}/", wrap(require_POST(view)), name=f"{name}_{key}")
        for key, view in views.items()
    ]


@acts_once
def confirm(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Keep that the company shown is the right one."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    shown = row_numbers([request.POST.get("company", "")])
    if not shown:
        raise Http404
    return _done(request, unit, lambda: setup.confirm_company(unit, shown[0], actor_of(request)))


def try_one(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Show what exporting the picked invoice would do; it goes when that is confirmed."""
    unit = unit_or_404(request, unit_id, Capability.EXPORT)
    picked = row_numbers([request.POST.get("invoice", "")])
    if not picked:
        messages.error(request, _("Pick an invoice first."))
        return redirect(PAGE, unit.pk)
    try:
        return redirect(preview_url([trial.prepare(unit, picked[0], actor_of(request))]))
    except SetupRefused as refused:
        messages.error(request, str(refused))
        return redirect(PAGE, unit.pk)


@acts_once
def skip(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Finish without a trial."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    return _done(request, unit, lambda: setup.skip_trial(unit, actor_of(request)), _finished(unit))


@acts_once
def finish(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Finish after the trial."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    return _done(request, unit, lambda: trial.finish(unit, actor_of(request)), _finished(unit))


@acts_once
def books_read(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Have the books read again; nothing of the unit goes until that is decided."""
    unit = unit_or_404(request, unit_id, Capability.RESOLVE)
    return _done(request, unit, lambda: _read(unit, request))


def _read(unit: BusinessUnit, request: HttpRequest) -> None:
    books_step.read_again(unit, actor_of(request))


@acts_once
def books_skip(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Go on without comparing what is there, as the person knowingly chose."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    words = _("Skipped: what QuickBooks holds already was not compared with ours.")
    return _done(request, unit, lambda: books_step.skip(unit, actor_of(request)), words)


@acts_once
def books_finish(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Finish the step; what is still to be looked at stays here."""
    unit = unit_or_404(request, unit_id, Capability.RESOLVE)
    return _done(request, unit, lambda: step.finish(unit, actor_of(request)))


def _finished(unit: BusinessUnit) -> str:
    return _("Set-up is finished: payments of %(unit)s can be exported now.") % {"unit": unit}


def _done(
    request: HttpRequest, unit: BusinessUnit, act: Callable[[], None], words: str = ""
) -> HttpResponse:
    try:
        act()
    except SetupRefused as refused:
        messages.error(request, str(refused))
        refuse(request)
    else:
        if words:
            messages.success(request, words)
    return redirect(PAGE, unit.pk)


def context_of(
    request: HttpRequest, unit: BusinessUnit, reading: CompanyRequest | None, lacking: Lacking
) -> dict[str, Any]:
    """Return what the page shows of the steps, and of the trial while that is the step to take."""
    latest = trial.latest_trial(unit)
    found = steps(unit, reading, lacking, _words(latest))
    now = next((step for step in found if step.state in {"current", "failed"}), None)
    key = now.key if now else ""
    number = request.GET.get("number", "").strip()[:21]
    return {
        "steps": found,
        "step": key,
        "is_finished": now is None,
        "trial": latest if key == "trial" else None,
        "figures": _figures(latest) if latest and key == "trial" else [],
        "offered": _offered(unit, lacking, number) if key == "trial" else [],
        "number": number,
    }


def _words(latest: Trial | None) -> str:
    if latest is None:
        return ""
    if latest.is_moving:
        return _("invoice %(number)s is on its way") % {"number": latest.invoice.number}
    outcome = (
        _("arrived as it is here") if latest.is_verified else _("did not arrive as it is here")
    )
    return _("invoice %(number)s %(outcome)s") % {
        "number": latest.invoice.number,
        "outcome": outcome,
    }


def _offered(unit: BusinessUnit, lacking: Lacking, number: str) -> list[tuple[Invoice, str]]:
    invoices = trial.offered(unit, lacking, number)
    return [(invoice, money(invoice.total, invoice.currency)) for invoice in invoices]


def _figures(latest: Trial) -> list[Figure]:
    currency = latest.invoice.currency
    return [
        Figure(
            name=one.name,
            ours=money(one.ours, currency),
            theirs=_("not there") if one.theirs is None else money(one.theirs, currency),
            is_equal=one.is_equal,
            link=(
                deep_link(one.record.company.realm_id, one.entity, one.record.qbo_id)
                if one.record.qbo_id
                else ""
            ),
        )
        for one in latest.compared
    ]
