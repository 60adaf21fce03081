"""The language a person reads, and with it how dates and amounts are written.

A person's own choice goes first, then what the browser chose, then what the browser asks for.
"""

from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.models import User


class PersonsLanguage(LocaleMiddleware):
    """Speaks to each person in their language; stands behind what tells who they are."""

    def process_request(self, request: HttpRequest) -> None:
        translation.activate(language_of(request))
        request.LANGUAGE_CODE = translation.get_language()


def language_of(request: HttpRequest) -> str:
    """Return the code of the language in which the request is answered."""
    chosen = str(getattr(request.user, "language", ""))
    return chosen or translation.get_language_from_request(request)


def spoken_by(person: User) -> AbstractContextManager[None]:
    """Have what is written meanwhile in the person's language, else in that of who is here."""
    return translation.override(person.language or translation.get_language())


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Show the languages, and keep what is chosen: with the person, or in the browser."""
    if request.method != "POST":
        context = {"languages": settings.LANGUAGES, "next": _way_on(request.GET.get("next", ""))}
        return render(request, "language.html", context)
    response = HttpResponseRedirect(_way_on(request.POST.get("next", "")))
    if (code := request.POST.get("language", "")) in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 86_400,
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _way_on(address: str) -> str:
    """Return the address if it is one of ours, else that of the first page."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours else reverse("admin:index")
