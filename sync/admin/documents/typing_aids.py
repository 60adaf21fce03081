"""What makes typing pleasant: words from lists, sums while one types, rows pasted as lines."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.models import ItemMapping, MethodMapping

MOST_WORDS = 200


class TypingAids(admin.ModelAdmin):  # type: ignore[type-arg]
    """A form that offers the services and methods which the person's companies know."""

    change_form_after_template = "admin/sync/documents/typing_aids.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more = words_for(request) | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, more)


def words_for(request: HttpRequest) -> dict[str, list[str]]:
    """Return the services and methods that are mapped in the units where the person enters."""
    units = units_of(request, Capability.RESOLVE)
    companies = units.exclude(quickbooks_company=None).values("quickbooks_company")
    services = ItemMapping.objects.filter(company__in=companies).exclude(service="")
    methods = MethodMapping.objects.filter(company__in=companies).exclude(method="")
    return {
        "known_services": sorted(set(services.values_list("service", flat=True)[:MOST_WORDS])),
        "known_methods": sorted(set(methods.values_list("method", flat=True)[:MOST_WORDS])),
    }


def initial_unit(request: HttpRequest) -> dict[str, Any]:
    """Return what a new document starts with for a person who works for one unit only."""
    units = list(units_of(request, Capability.RESOLVE)[:2])
    if len(units) != 1:
        return {}
    return {"business_unit": units[0].pk, "currency": units[0].currency}
