"""What people see where a page cannot be had: what happened, what became of it, and the way on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from sync.words import later

View = Callable[[HttpRequest], HttpResponse]
SIGNED_OUT = later(
    "You had been signed out, so nothing of what you just sent was done. Sign in, look at the page"
    " once more, and send it again."
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says: a title, and lines of what happened and what to do."""

    title: str
    lines: tuple[str, ...]


BAD_REQUEST = Words(
    later("This cannot be understood"),
    (
        later(
            "The address or the form holds something that no page here can read. Nothing was done."
        ),
    ),
)
FORBIDDEN = Words(
    later("This is not yours to do"),
    (
        later("Your role does not allow it, or not in this business unit. Nothing was done."),
        later("An administrator of the business unit can give you the role for it, under People."),
    ),
)
FORGED = Words(
    later("This page is too old to be sent"),
    (
        later(
            "It was opened before you last signed in or out, or your browser keeps no cookies."
            " Nothing was done."
        ),
        later("Open the page again, and send it from there."),
    ),
)
NOT_FOUND = Words(
    later("There is no such page"),
    (later("It was removed, its address is not complete, or it belongs to others."),),
)
NOT_THAT_WAY = Words(
    later("This address only takes what a button sends"),
    (later("It shows nothing by itself, and nothing was done. Go to the page with the button."),),
)
LOCKED_OUT = Words(
    later("Too many wrong passwords"),
    (
        later(
            "Signing in is closed for a quarter of an hour, and opens by itself. Trying"
            " meanwhile does"
            " not prolong it."
        ),
        later(
            "If you have forgotten yours, have a link sent: “Forgotten your password or"
            " username?” on"
            " that page."
        ),
    ),
)
BROKEN = Words(
    later("Something went wrong here"),
    (
        later(
            "It is our fault and was written down. What you sent was not stored by halves:"
            " it was done"
            " whole or not at all. Look before you send it again."
        ),
    ),
)
UPGRADING = Words(
    later("Paidup is being upgraded"),
    (
        later(
            "It takes some minutes. Nothing is lost: what is to be exported waits, and goes on"
            " afterwards. This page looks by itself whether it is over."
        ),
        later(
            "What you sent just now was done whole or not at all: look before you send it again."
        ),
    ),
)
AWAY = Words(
    later("The database takes nothing just now"),
    (
        later(
            "Nothing is lost: what is to be exported waits, and goes on by itself once it does."
            " Whoever runs this site sees it as well."
        ),
        later(
            "What you sent just now was done whole or not at all: look before you send it again."
        ),
    ),
)


def page(request: HttpRequest, words: Words, status: int, *, way_on: str = "") -> HttpResponse:
    """Return a page that says why another cannot be had, and leads on."""
    known = structlog.contextvars.get_contextvars()
    context = {
        "title": words.title,
        "lines": words.lines,
        "way_on": way_on or reverse("admin:index"),
        "way_on_words": _("Go back") if way_on else _("To the first page"),
        "request_id": known.get("request_id", "") if status >= 500 else "",
    }
    return render(request, "error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, BAD_REQUEST, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, FORBIDDEN, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, NOT_FOUND, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return page(request, BROKEN, 500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without the proof that it was shown to this person (CSRF)."""
    return page(request, FORGED, 403, way_on=_came_from(request))


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """Answer who signs in after too many wrong passwords."""
    return page(request, LOCKED_OUT, 429, way_on=reverse("admin:login"))


def way_on_middleware(get_response: View) -> View:
    """Lead on where an answer alone would lead nowhere: a bare 405, a form of the signed out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            answer = page(request, NOT_THAT_WAY, 405, way_on=_came_from(request))
            answer["Allow"] = response["Allow"]
            return answer
        if request.method == "POST" and _leads_to_sign_in(response):
            messages.warning(request, SIGNED_OUT)
            return redirect_to_login(_came_from(request) or reverse("admin:index"))
        return response

    return middleware


def _leads_to_sign_in(response: HttpResponse) -> bool:
    """Say whether it asks the person to sign in first; after that her form's address is opened."""
    address = response.get("Location", "")
    return response.status_code == 302 and address.startswith(f"{reverse('admin:login')}?next=")


def _came_from(request: HttpRequest) -> str:
    """Return the page of ours that the person comes from; it can be shown, as it was before."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else ""
