"""Twice is once: a form that acts bears a token, and acting uses it up in the act's transaction.

A double click, Back and Save, or a page that the browser sends again finds the token used: nothing
is done a second time, and the person is led to what became of the first. A form that was refused,
with words to mend it or by an error, has not used its token.

    @acts_once                  {# in the form #}
    def release(self, request): {% form_token %}

A view of this kind acts where it answers with a redirect, an action of a list also where it
answers with nothing; it calls `refuse` where it does so without having done anything. What speaks
to others, or takes long, cannot be one transaction: it is `sent_once`, its token used up before.
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
from django.utils.translation import gettext as _

from sync.admin.common.meanwhile import SaysWhatChanged
from sync.models import UsedForm
from sync.models.used_forms import FIELD, LONGEST_RESULT, token_in

View = TypeVar("View", bound=Callable[..., HttpResponse | None])
Act = Callable[[], HttpResponse | None]
Using = Callable[[HttpRequest, str, Act], HttpResponse | None]


class SentAlready(Exception):
    """The token's row is there: the form has acted."""


def acts_once(view: View) -> View:
    """Have each form that is posted to this view, or method of an admin, act once."""
    return _guarded(view, _within)


def sent_once(view: View) -> View:
    """Have each form act once whose act is not one transaction; what failed may be sent again."""
    return _guarded(view, _after)


def _guarded(view: View, using: Using) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponse | None:
        request = next(each for each in args if isinstance(each, HttpRequest))
        if request.method != "POST":
            return view(*args, **kwargs)
        return _once(request, lambda: view(*args, **kwargs), using)

    return cast("View", guarded)


def refuse(request: HttpRequest) -> None:
    """Say that nothing is done though the view redirects: the form may be sent again."""
    request.__dict__["form_is_refused"] = True


def became(request: HttpRequest, row: models.Model) -> None:
    """Say what the form stored: a second post is led to its page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    led_to(request, reverse(name, args=[row.pk]))


def led_to(request: HttpRequest, page: str) -> None:
    """Say that the form has acted, whatever is answered, and where a second post is led."""
    request.__dict__["form_result"] = page


def _once(request: HttpRequest, act: Act, using: Using) -> HttpResponse | None:
    token = _token_of(request)
    if token is None:
        return _page(request, _("This page can no longer be sent"), status=400)
    earlier = UsedForm.objects.filter(token=token)
    if earlier.exists():
        return _led_to(request, earlier.get())
    try:
        return using(request, token, act)
    except SentAlready:  # at the same moment: the other has just committed
        return _led_to(request, earlier.get())


def _token_of(request: HttpRequest) -> str | None:
    """Return the token for this page; a form with buttons for two pages bears one for each."""
    signed = request.POST.getlist(FIELD)
    tokens = (token_in(each, request.user.pk, request.path) for each in signed)
    return next(filter(None, tokens), None)


def _within(request: HttpRequest, token: str, act: Act) -> HttpResponse | None:
    with transaction.atomic():
        used = _use(request, token)
        response = act()
        if _has_acted(request, response):
            _note(request, used, response)
        else:
            transaction.set_rollback(True)
    return response


def _after(request: HttpRequest, token: str, act: Act) -> HttpResponse | None:
    with transaction.atomic():
        used = _use(request, token)
    has_acted = False
    try:
        response = act()
        has_acted = _has_acted(request, response)
        if has_acted:
            _note(request, used, response)
    finally:
        if not has_acted:
            used.delete()
    return response


def _use(request: HttpRequest, token: str) -> UsedForm:
    """Take the token for the act of this transaction; another that is under way is waited for."""
    try:
        return UsedForm.objects.create(
            token=token, user_id=cast("int", request.user.pk), page=request.path
        )
    except IntegrityError as taken:
        raise SentAlready from taken


def _has_acted(request: HttpRequest, response: HttpResponse | None) -> bool:
    if request.__dict__.pop("form_is_refused", False):
        return False
    if "form_result" in request.__dict__ or response is None:
        return True
    return 300 <= response.status_code < 400


def _note(request: HttpRequest, used: UsedForm, response: HttpResponse | None) -> None:
    follows = request.get_full_path() if response is None else response.get("Location", "")
    result = request.__dict__.pop("form_result", "") or follows
    # A list's address may be longer, by what is looked for: then it is the list.
    used.result = result if len(result) <= LONGEST_RESULT else result.partition("?")[0]
    used.words = " ".join(_told(request))
    used.save(update_fields=["result", "words"])


def _told(request: HttpRequest) -> list[str]:
    """Return as plain text what the next page tells the person, and leave it to be told there."""
    storage: Any = messages.get_messages(request)
    said = [message.message for message in storage]
    storage.used = False
    return [unescape(strip_tags(str(w))) if isinstance(w, SafeData) else str(w) for w in said]


def _led_to(request: HttpRequest, used: UsedForm) -> HttpResponse:
    return _page(request, _("This form was sent already"), status=409, used=used, link=used.result)


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


class OneUseForms(SaysWhatChanged):
    """Rows whose form on the theme's page stores once what was sent twice."""

    @acts_once
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        became(request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        became(request, obj)
        return super().log_change(request, obj, message)
