"""The pages that Intuit asks an app for: launch, reconnect, terms and privacy; nobody need sign in.

What they say is what this code does. Who runs the installation is named by OPERATOR_NAME and
OPERATOR_EMAIL.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.admin.connections.steps import PAGE
from sync.models import QuickBooksCompany


@never_cache
@require_GET
def launch(request: HttpRequest) -> HttpResponse:
    """Where Intuit leads a person who opens the app: to work, or to the sign-in."""
    if request.user.is_authenticated:
        return redirect("admin:index")
    return _shown(request, "launch", sign_in=_sign_in("admin:index"))


@never_cache
@require_GET
def reconnect(request: HttpRequest) -> HttpResponse:
    """Where Intuit leads a person whose permission is to be given anew."""
    if not request.user.is_authenticated:
        return _shown(request, "reconnect", sign_in=_sign_in("quickbooks_reconnect"))
    ended = QuickBooksCompany.Status.NEEDS_RECONNECT
    managed = units_of(request, Capability.MANAGE).select_related("quickbooks_company")
    connected = managed.filter(quickbooks_company__isnull=False).order_by("name", "pk")
    units = [(unit, reverse(PAGE, args=[unit.pk])) for unit in connected]
    due = [each for each in units if _status(each[0]) == ended]
    return _shown(request, "reconnect", is_signed_in=True, due=due, units=due or units)


def _status(unit: Any) -> str:
    return str(unit.quickbooks_company.status)


@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """The end-user licence agreement."""
    return _shown(request, "terms")


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, where, for how long, and who sees it."""
    return _shown(request, "privacy", kept_days=settings.IMPORTS_KEPT_DAYS)


def _sign_in(then: str) -> str:
    return f"{reverse('admin:login')}?{urlencode({REDIRECT_FIELD_NAME: reverse(then)})}"


def _shown(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    operator = {"operator": settings.OPERATOR_NAME, "operator_email": settings.OPERATOR_EMAIL}
    return TemplateResponse(request, f"app/{name}.html", {**operator, **context})
