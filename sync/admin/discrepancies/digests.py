"""The weekly e-mail: the page that ends it, signed in or not, and the switch on Home."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import Capability
from sync.admin.common.base import actor_of, unit_or_404
from sync.admin.common.leaving import leaving_page
from sync.discrepancies.digests import leaver, switch, unsubscribe


@csrf_exempt  # mail programs post to it by themselves (RFC 8058); the signature is the proof
def unsubscribe_view(request: HttpRequest) -> HttpResponse:
    """End the digests of the unit that a mail's address names."""
    found = leaver(request.GET.get("token", ""))
    about = _("weekly e-mails about %(unit)s") % {"unit": found[0]} if found else ""
    return leaving_page(request, about, unsubscribe, reverse("admin:index"))


@require_POST
def switch_view(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Begin or end the digests of a unit for whoever is signed in."""
    unit = unit_or_404(request, unit_id, Capability.RESOLVE)
    on = request.POST.get("on") == "1"
    switch(unit, actor_of(request), on=on)
    words = _("You get the weekly e-mail") if on else _("You get no more weekly e-mails")
    messages.success(request, _("%(words)s about %(unit)s.") % {"words": words, "unit": unit})
    return HttpResponseRedirect(reverse("admin:index"))
