"""Twice is once: a form that acts bears a token, and acting uses it up in the act's transaction.

A double click, Back and Save, or a page that the browser sends again finds the token used: nothing
is done a second time, and the person is led to what became of the first. A form that was refused,
with words to mend it or by an error, has not used its token.

    @acts_once                  {# in the form #}
    def release(self, request): {% form_token %}

A view of this kind acts where it answers with a redirect; it calls `refuse` where it redirects
without having done anything.
"""

from collections.abc import Callable
from functools import wraps
from html import unescape
from typing import Any, TypeVar, cast

from django.contrib import admin, messages
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeData

from sync.models import UsedForm
from sync.models.used_forms import FIELD, token_in

View = TypeVar("View", bound=Callable[..., HttpResponse])


class SentAlready(Exception):
    """The token's row is there: the form has acted."""


def acts_once(view: View) -> View:
    """Have each form that is posted to this method of an admin act once."""

    @wraps(view)
    def guarded(owner: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(owner, request, *args, **kwargs)
        return _once(request, lambda: view(owner, request, *args, **kwargs))

    return cast("View", guarded)


def refuse(request: HttpRequest) -> None:
    """Say that nothing is done though the view redirects: the form may be sent again."""
    request.__dict__["form_is_refused"] = True


def became(request: HttpRequest, row: models.Model) -> None:
    """Say what the form stored: a second post is led to its page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    request.__dict__["form_result"] = reverse(name, args=[row.pk])


def _once(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    token = token_in(request.POST.get(FIELD, ""), request.user.pk, request.path)
    if token is None:
        return _page(request, "This page can no longer be sent", status=400)
    earlier = UsedForm.objects.filter(token=token)
    if earlier.exists():
        return _led_to(request, earlier.get())
    try:
        with transaction.atomic():
            used = _use(request, token)
            response = act()
            if _has_acted(request, response):
                _note(request, used, response)
            else:
                transaction.set_rollback(True)
    except SentAlready:  # at the same moment: the other has just committed
        return _led_to(request, earlier.get())
    return response


def _use(request: HttpRequest, token: str) -> UsedForm:
    """Take the token for the act of this transaction; another that is under way is waited for."""
    try:
        return UsedForm.objects.create(
            token=token, user_id=cast("int", request.user.pk), page=request.path
        )
    except IntegrityError as taken:
        raise SentAlready from taken


def _has_acted(request: HttpRequest, response: HttpResponse) -> bool:
    if request.__dict__.pop("form_is_refused", False):
        return False
    return "form_result" in request.__dict__ or 300 <= response.status_code < 400


def _note(request: HttpRequest, used: UsedForm, response: HttpResponse) -> None:
    used.result = request.__dict__.pop("form_result", "") or response.get("Location", "")
    used.words = " ".join(_told(request))
    used.save(update_fields=["result", "words"])


def _told(request: HttpRequest) -> list[str]:
    """Return as plain text what the next page tells the person, and leave it to be told there."""
    storage: Any = messages.get_messages(request)
    said = [message.message for message in storage]
    storage.used = False
    return [unescape(strip_tags(str(w))) if isinstance(w, SafeData) else str(w) for w in said]


def _led_to(request: HttpRequest, used: UsedForm) -> HttpResponse:
    return _page(request, "This form was sent already", status=409, used=used, link=used.result)


def _page(request: HttpRequest, title: str, *, status: int, **more: Any) -> HttpResponse:
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    context = {
        **admin.site.each_context(request),
        "title": title,
        "back": back if is_ours else reverse("admin:index"),
        **more,
    }
    return TemplateResponse(request, "admin/sync/common/sent_already.html", context, status=status)
