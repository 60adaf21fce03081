"""Customers: who was served."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sync.admin.base import ScopedAdmin
from sync.admin.filters import UnitFilter
from sync.admin.forms import CustomerForm
from sync.admin.lists import CappedPaginator
from sync.models import Customer


@admin.register(Customer)
class CustomerAdmin(ScopedAdmin):
    """Customers of the units that the person sees."""

    form = CustomerForm
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    list_per_page = 50
    list_display = ["display_name", "business_unit", "email", "phone", "city"]
    list_select_related = ["business_unit"]
    list_filter = [UnitFilter]
    list_filter_submit = True
    search_fields = ["display_name"]
    search_help_text = "Customer's name"
    ordering = ["display_name", "id"]
    fieldsets = (
        (None, {"fields": ("business_unit", "display_name", "quickbooks_name")}),
        ("Contact", {"fields": ("given_name", "family_name", "company_name", "email", "phone")}),
        ("Address", {"fields": ("address", "city", "region", "postal_code", "country")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["business_unit"] if obj else []
