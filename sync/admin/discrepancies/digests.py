"""The weekly e-mail: the one click that ends it, signed in or not, and the switch on Home."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Capability
from sync.admin.common.base import actor_of, unit_or_404
from sync.discrepancies.digests import switch, unsubscribe


@csrf_exempt  # mail programs post to it by themselves (RFC 8058); the signature is the proof
@require_http_methods(["GET", "POST"])
def unsubscribe_view(request: HttpRequest) -> HttpResponse:
    """End the digests on the click itself: doing it twice, or by a scanner, harms nobody."""
    unit = unsubscribe(request.GET.get("token", ""))
    return render(
        request,
        "digests/unsubscribed.html",
        {"unit": unit},
        status=200 if unit else 404,
    )


@require_POST
def switch_view(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Begin or end the digests of a unit for whoever is signed in."""
    unit = unit_or_404(request, unit_id, Capability.RESOLVE)
    on = request.POST.get("on") == "1"
    switch(unit, actor_of(request), on=on)
    words = "You get the weekly e-mail" if on else "You get no more weekly e-mails"
    messages.success(request, f"{words} about {unit}.")
    return HttpResponseRedirect(reverse("admin:index"))
