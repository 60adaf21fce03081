"""Changes that several units would post with, on the page of each: agreed to, or declined."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Capability
from accounts.models import User
from sync.admin.common.base import actor_of, row_numbers, unit_or_404, units_held
from sync.admin.common.once import acts_once, refuse
from sync.admin.connections.steps import PAGE
from sync.company.wake import enqueue_relay
from sync.exports.runs import verdicts
from sync.mappings import shared
from sync.mappings.local_terms import choice_words
from sync.mappings.shared import ChangeRefused, Outcome
from sync.models import BusinessUnit, QuickBooksCompany, ReferenceEntry, SharedChange, TaxMode
from sync.words import later

_SAID = {
    Outcome.OPEN: later("You agreed. It waits for the accountants of other units."),
    Outcome.MADE: later("You agreed, and it is in force now."),
    Outcome.DECLINED: later("You declined it. Nothing was changed."),
    Outcome.OVERTAKEN: later(
        "It was changed meanwhile, so this is closed. Save it anew if need be."
    ),
}
_DOES: dict[str, Callable[[BusinessUnit, int, User], SharedChange]] = {
    "agree": shared.agree,
    "decline": shared.decline,
}


def context_of(
    request: HttpRequest,
    company: QuickBooksCompany | None,
    units: Sequence[BusinessUnit],
    modes: Mapping[str, TaxMode],
) -> dict[str, Any]:
    """Return what waits for accountants to agree, and whether this person would have to ask.

    `units` and `modes` are those of the company. Units are named to those who hold a role there.
    """
    if company is None:
        return {"shared": [], "asks_others": False}
    rows = shared.agreements(company)
    seen, known = units_held(request, Capability.VIEW), shared.entries_of(rows)
    return {
        "shared": [
            _shown(row, [unit for unit in units if unit.pk not in agreed], seen, known, modes)
            for row, agreed in rows.items()
        ],
        "asks_others": bool(shared.units_to_ask(units, units_held(request, Capability.RESOLVE))),
    }


def _shown(
    row: SharedChange,
    waiting: Sequence[BusinessUnit],
    seen: frozenset[int] | None,
    known: Mapping[int, ReferenceEntry],
    modes: Mapping[str, TaxMode],
) -> dict[str, Any]:
    named = [str(unit) for unit in waiting if seen is None or unit.pk in seen]
    hidden = [_("other units of this company")] if len(named) < len(waiting) else []
    sees_asking = seen is None or row.asked_in_id in seen
    return {
        "row": row,
        "what": choice_words(row.kind, row.word, taxable=row.taxable, mode=modes.get(row.word)),
        "was": shared.names_of(row.kind, row.was, known),
        "becomes": shared.names_of(row.kind, row.becomes, known),
        "asked_in": str(row.asked_in) if sees_asking else _("another unit"),
        "waits_for": ", ".join(named + hidden) or _("nobody: agree to put it into force"),
    }


@acts_once
def answer(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Agree to a change, or decline it."""
    unit = unit_or_404(request, unit_id, Capability.RESOLVE)
    asked = row_numbers([request.POST.get("change", "")])
    do = _DOES.get(request.POST.get("answer", ""))
    if not asked or do is None:
        raise Http404
    try:
        row = do(unit, asked[0], actor_of(request))
    except ChangeRefused as refused:
        messages.error(request, str(refused))
        refuse(request)
        return redirect(PAGE, unit.pk)
    messages.success(request, _SAID[Outcome(row.outcome)])
    if row.outcome == Outcome.MADE:
        verdicts.renew_soon(row.company_id)
        enqueue_relay(row.company_id)
    return redirect(PAGE, unit.pk)


def tell_asked(request: HttpRequest, number: int) -> None:
    """Say that changes wait, where any do."""
    if number:
        words = ngettext(
            "%(count)s change waits for the accountants of the other units that post to this"
            " company.",
            "%(count)s changes wait for the accountants of the other units that post to this"
            " company.",
            number,
        ) % {"count": number}
        messages.warning(request, words)
