"""The page behind the one click that ends a digest; nobody needs to be signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sync.discrepancies.digests import unsubscribe


@csrf_exempt  # mail programs post to it by themselves (RFC 8058); the signature is the proof
@require_http_methods(["GET", "POST"])
def unsubscribe_view(request: HttpRequest, token: str) -> HttpResponse:
    """End the digests on the click itself: doing it twice, or by a scanner, harms nobody."""
    unit = unsubscribe(token)
    return render(
        request,
        "digests/unsubscribed.html",
        {"unit": unit},
        status=200 if unit else 404,
    )
