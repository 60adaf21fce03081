"""Business units: the doors to a unit's payments and to its QuickBooks set-up."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Capability, holds_everything
from sync.admin.common.base import THE_UNIT_ITSELF
from sync.admin.common.theme import Select, action, display
from sync.admin.documents.unit_filter import LackingFilter
from sync.admin.lists.list_admin import ListAdmin
from sync.models import BusinessUnit, Feed
from sync.needs.places import matches_of
from sync.words import later


@admin.register(BusinessUnit)
class BusinessUnitAdmin(ListAdmin):
    """Branches and franchises."""

    unit_path = THE_UNIT_ITSELF
    change_capability = Capability.MANAGE
    list_display = ["name", "code", "currency", "company", "export_start_date"]
    list_select_related = ["quickbooks_company"]
    list_filter = [LackingFilter]
    search_fields = ["name", "code"]
    search_help_text = later("Name or code")
    ordering = ["name", "id"]
    fields = ["name", "code", "company", "currency", "timezone", "export_start_date"]
    actions_detail = [
        {"title": later("Export to QuickBooks"), "items": ["ready_payments"]},
        {"title": later("Source"), "items": ["incoming"]},
        {
            "title": later("QuickBooks Integration"),
            "items": ["integration_setup", "match_customers"],
        },
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return holds_everything(request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # The code stands in documents in QuickBooks, the currency in every amount.
        return ["code", "company", "currency"] if obj else ["company"]

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "timezone":
            names = sorted(zoneinfo.available_timezones())
            kwargs["widget"] = Select(choices=[(name, name.replace("_", " ")) for name in names])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description=later("QuickBooks company"))
    def company(self, unit: BusinessUnit) -> str:
        company = unit.quickbooks_company
        if company is None:
            return _("not connected")
        if not company.is_connected:
            return f"{company} (reconnect)"
        return (
            _("%(company)s (exports stopped)") % {"company": company}
            if company.stuck_since
            else str(company)
        )

    @action(description=later("Payments"), permissions=["export"])
    def ready_payments(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the payments of this unit that are ready."""
        unit = self.get_object(request, object_id)
        narrowed = urlencode({"status": "ready", "unit": unit.pk})
        return HttpResponseRedirect(f"{reverse('admin:sync_payment_changelist')}?{narrowed}")

    @action(description=later("Integration Setup"), permissions=["view"])
    def integration_setup(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the unit's connection to QuickBooks."""
        unit = self.get_object(request, object_id)
        return HttpResponseRedirect(reverse("admin:sync_businessunit_quickbooks", args=[unit.pk]))

    @action(description=later("Source of invoices and payments"), permissions=["view"])
    def incoming(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open what feeds the unit by itself, or where it is connected."""
        unit = self.get_object(request, object_id)
        feeds = list(Feed.objects.filter(business_unit=unit)[:2])
        if len(feeds) == 1:
            return HttpResponseRedirect(feeds[0].get_absolute_url())
        narrowed = urlencode({"unit": unit.pk}) if feeds else ""
        return HttpResponseRedirect(f"{reverse('admin:sync_feed_changelist')}?{narrowed}")

    @action(description=later("Match customers"), permissions=["resolve"])
    def match_customers(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the unit's customers to match."""
        return HttpResponseRedirect(matches_of(self.get_object(request, object_id)))
