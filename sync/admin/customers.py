"""Customers: who was served."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sync.admin.base import initial_unit
from sync.admin.filters import UnitFilter
from sync.admin.forms import CustomerForm
from sync.admin.lists import ListAdmin
from sync.models import Customer


@admin.register(Customer)
class CustomerAdmin(ListAdmin):
    """Customers of the units that the person sees."""

    form = CustomerForm
    list_display = ["display_name", "business_unit", "email", "phone", "city"]
    list_select_related = ["business_unit"]
    list_filter = [UnitFilter]
    search_fields = ["display_name"]
    search_help_text = "Customer's name"
    ordering = ["display_name", "id"]
    fieldsets = (
        (None, {"fields": ("business_unit", "display_name", "quickbooks_name")}),
        ("Contact", {"fields": ("given_name", "family_name", "company_name", "email", "phone")}),
        ("Address", {"fields": ("address", "city", "region", "postal_code", "country")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return initial_unit(request) | given

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["business_unit"] if obj else []
