"""What an accountant chooses where QuickBooks keeps only its own tax."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import actor_of, row_numbers, unit_or_404
from sync.admin.common.once import acts_once, refuse
from sync.admin.connections.shared_changes import tell_asked
from sync.admin.connections.steps import PAGE
from sync.company.wake import enqueue_relay
from sync.connections.checks import taxes
from sync.connections.checks.taxes import TaxRefused
from sync.models import QuickBooksCompany, TaxMode

MOST_ITEMS = 100


def offered(company: QuickBooksCompany | None, modes: Iterable[TaxMode]) -> dict[str, Any]:
    """Return the keys to choose about and the items that a tax may be a line of."""
    unkept = taxes.unkept(modes)
    if company is None or not unkept:
        return {}
    items = list(taxes.liability_items(company)[:MOST_ITEMS])
    return {"unkept": unkept, "items": items, "means": taxes.MEANS}


@acts_once
def choose(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Do as chosen of one key: send its tax as a line, or find out anew whose tax counts."""
    unit = unit_or_404(request, unit_id, Capability.RESOLVE)
    [mode_id] = row_numbers([request.POST.get("tax", "")]) or [0]
    try:
        if request.POST.get("choice") == "line":
            [item_id] = row_numbers([request.POST.get("item", "")]) or [0]
            mode, waits = taxes.send_as_line(unit, mode_id, item_id, actor_of(request))
            words = _("%(mode)s goes as a line of the item from now.") % {"mode": mode}
        else:
            mode, waits = taxes.prove_anew(unit, mode_id, actor_of(request))
            words = _("%(mode)s: the next invoice goes alone, to find out anew.") % {"mode": mode}
    except TaxRefused as refused:
        messages.error(request, str(refused))
        refuse(request)
        return redirect(PAGE, unit.pk)
    if waits:
        tell_asked(request, 1)
        return redirect(PAGE, unit.pk)
    messages.success(request, words)
    enqueue_relay(mode.company_id)
    return redirect(PAGE, unit.pk)
