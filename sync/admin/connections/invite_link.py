"""The bookkeeper's link: made and taken back on the unit's page, used without an account."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Capability
from sync.admin.common.base import actor_of, unit_or_404
from sync.admin.common.once import acts_once
from sync.admin.connections.sign_in import leading_to_sign_in
from sync.admin.connections.steps import PAGE
from sync.connections import handshake, invite_links
from sync.connections.handshake import Connected, ConnectRefused
from sync.connections.health_check import look_after_goodbye
from sync.models import BusinessUnit, ConnectLink
from sync.words import later

KEPT = "quickbooks_link"
_ANOTHER = later(
    "Another link was opened in this browser meanwhile: this is the one that was opened last. For "
    "the other one, open it again."
)
_GONE = later("This link was used, taken back, or is too old. Ask whoever sent it for a new one.")


def made(request: HttpRequest, unit_id: int) -> dict[str, Any]:
    """Make a link, mail it where an address was given, and return what the page shows of it."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    actor, to = actor_of(request), request.POST.get("email", "").strip()
    address = invite_links.make(unit, actor)
    is_sent = False
    if to:
        try:
            validate_email(to)
            is_sent = invite_links.send(address, unit, actor, to)
        except ValidationError:
            pass
    return {
        "unit": unit,
        "address": address,
        "to": to,
        "is_sent": is_sent,
        "days": invite_links.LIFETIME.days,
    }


@acts_once
def withdraw(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Take back the unit's open links."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    count = invite_links.withdraw(unit, actor_of(request))
    messages.success(
        request,
        ngettext("%(count)s link taken back.", "%(count)s links taken back.", count)
        % {"count": count},
    )
    return redirect(PAGE, unit.pk)


def open_count(unit: BusinessUnit) -> int:
    """Return how many links of the unit can still be used."""
    return invite_links.open_links().filter(business_unit=unit).count()


@never_cache
@require_http_methods(["GET", "POST"])
def open_link(request: HttpRequest) -> HttpResponse:
    """Take the token that the page's script posts, and show what the link is for."""
    if request.method == "POST":
        link = invite_links.opened(request.POST.get("token", ""))
        request.session.pop(KEPT, None)
        if link is None:
            return _shown(request, refused=_GONE)
        request.session[KEPT] = link.pk
        return redirect("quickbooks_link")
    link = invite_links.by_id(request.session.get(KEPT))
    return leading_to_sign_in(request, _shown(request, link=link))


@never_cache
@require_POST
def follow_link(request: HttpRequest) -> HttpResponse:
    """Lead the holder of a link to QuickBooks' consent page."""
    link = invite_links.by_id(request.session.get(KEPT))
    if link is None:
        return _shown(request, refused=_GONE)
    if request.POST.get("link") != str(link.pk):
        return _shown(request, refused=_ANOTHER, link=link)
    try:
        return redirect(handshake.begin(link.business_unit, link.created_by, link))
    except ConnectRefused as refused:
        return _shown(request, refused=str(refused), link=link)


@never_cache
@require_GET
def disconnected(request: HttpRequest) -> HttpResponse:
    """Where Intuit leads a person who disconnected this application in QuickBooks."""
    look_after_goodbye(request.GET.get("realmId", "")[:30])
    return _shown(request, is_goodbye=True)


def come_back(request: HttpRequest, link: ConnectLink) -> HttpResponse:
    """Finish what a link began; like every answer to Intuit's redirect, a redirect itself."""
    try:
        outcome = handshake.complete(request.GET.dict(), link.created_by, link)
    except ConnectRefused as refused:
        messages.error(request, str(refused))
    else:
        request.session.pop(KEPT, None)
        if isinstance(outcome, Connected):
            messages.success(
                request, _("Done: %(unit)s is connected. Close this page.") % {"unit": outcome.unit}
            )
    return redirect("quickbooks_link")


def come_too_late(request: HttpRequest) -> HttpResponse:
    """Say so to whoever comes back with a link that was used or taken back meanwhile."""
    request.session.pop(KEPT)
    messages.error(request, _GONE)
    return redirect("quickbooks_link")


def kept_link(request: HttpRequest) -> ConnectLink | None:
    """Return the link that this browser came with."""
    return invite_links.by_id(request.session.get(KEPT))


def _shown(request: HttpRequest, **context: Any) -> HttpResponse:
    return TemplateResponse(request, "quickbooks_link.html", context)
