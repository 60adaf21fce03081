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

View = Callable[[HttpRequest], HttpResponse]
SIGNED_OUT = (
    "You had been signed out, so nothing of what you just sent was done. Sign in, look at the page"
    " once more, and send it again."
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says: a title, and lines of what happened and what to do."""

    title: str
    lines: tuple[str, ...]


BAD_REQUEST = Words(
    "This cannot be understood",
    ("The address or the form holds something that no page here can read. Nothing was done.",),
)
FORBIDDEN = Words(
    "This is not yours to do",
    (
        "Your role does not allow it, or not in this business unit. Nothing was done.",
        "An administrator of the business unit can give you the role for it, under People.",
    ),
)
FORGED = Words(
    "This page is too old to be sent",
    (
        "It was opened before you last signed in or out, or your browser keeps no cookies."
        " Nothing was done.",
        "Open the page again, and send it from there.",
    ),
)
NOT_FOUND = Words(
    "There is no such page",
    ("It was removed, its address is not complete, or it belongs to others.",),
)
NOT_THAT_WAY = Words(
    "This address only takes what a button sends",
    ("It shows nothing by itself, and nothing was done. Go to the page with the button.",),
)
LOCKED_OUT = Words(
    "Too many wrong passwords",
    (
        "Signing in is closed for a quarter of an hour, and opens by itself. Trying meanwhile does"
        " not prolong it.",
        "If you have forgotten yours, have a link sent: “Forgotten your password or username?” on"
        " that page.",
    ),
)
BROKEN = Words(
    "Something went wrong here",
    (
        "It is our fault and was written down. What you sent was not stored by halves: it was done"
        " whole or not at all. Look before you send it again.",
    ),
)


def _page(request: HttpRequest, words: Words, status: int, *, way_on: str = "") -> HttpResponse:
    known = structlog.contextvars.get_contextvars()
    context = {
        "title": words.title,
        "lines": words.lines,
        "way_on": way_on or reverse("admin:index"),
        "way_on_words": "Go back" if way_on else "To the first page",
        "request_id": known.get("request_id", "") if status >= 500 else "",
    }
    return render(request, "error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, BAD_REQUEST, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, FORBIDDEN, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, NOT_FOUND, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return _page(request, BROKEN, 500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without the proof that it was shown to this person (CSRF)."""
    return _page(request, FORGED, 403, way_on=_came_from(request))


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """Answer who signs in after too many wrong passwords."""
    return _page(request, LOCKED_OUT, 429, way_on=reverse("admin:login"))


def way_on_middleware(get_response: View) -> View:
    """Lead on where an answer alone would lead nowhere: a bare 405, a form of the signed out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            page = _page(request, NOT_THAT_WAY, 405, way_on=_came_from(request))
            page["Allow"] = response["Allow"]
            return page
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
