"""Signing in: wrong passwords slow strangers down, and shut nobody out who is known.

Counted are wrong passwords for a name from an address, and for all names from an address. What is
locked opens by itself, however often it is tried meanwhile. A browser in which a person has signed
in bears a cookie for that name: what strangers try, from the same address too, is not counted
against it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_ip_address, get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.db.models import Sum
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

DEVICE = "paidup_device"
KNOWN_FOR = timedelta(days=365)
# An office behind one address mistypes; who sprays names tries more.
MOST_OF_AN_ADDRESS = 40


class Handler(AxesDatabaseHandler):  # type: ignore[misc] # axes ships no types
    """What axes counts, and beside it all names that one address tries."""

    def is_whitelisted(self, request: HttpRequest, credentials: Any = None) -> bool:
        return is_known_device(request, get_client_username(request, credentials)) or bool(
            super().is_whitelisted(request, credentials)
        )

    def is_locked(self, request: HttpRequest, credentials: Any = None) -> bool:
        return _tried_by(get_client_ip_address(request)) >= MOST_OF_AN_ADDRESS or bool(
            super().is_locked(request, credentials)
        )


def _tried_by(address: str | None) -> int:
    """Return how many wrong passwords came from the address lately, for whatever names."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tried = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=since)
    return tried.aggregate(total=Sum("failures_since_start"))["total"] or 0


def is_known_device(request: HttpRequest, username: str | None) -> bool:
    """Say whether a person of that name has signed in with this browser before."""
    try:
        name = signing.loads(request.COOKIES.get(DEVICE, ""), salt=DEVICE, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return bool(username) and name == username


@receiver(user_logged_in)
def _remember(request: HttpRequest | None, user: Any, **kwargs: object) -> None:
    if request is not None:
        request.__dict__["device_of"] = user.get_username()


def device_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give the browser in which somebody has just signed in the cookie that says so."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if name := request.__dict__.get("device_of"):
            response.set_cookie(
                DEVICE,
                signing.dumps(name, salt=DEVICE),
                max_age=KNOWN_FOR,
                secure=settings.SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware
