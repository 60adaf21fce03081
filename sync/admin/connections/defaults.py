"""Corporate defaults: what the whole franchise calls things in QuickBooks; units may override."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import holds_everything
from sync.admin.common.once import OneUseForms
from sync.company.wake import spread_defaults
from sync.models import CorporateDefault
from sync.words import later as _


@admin.register(CorporateDefault)
class CorporateDefaultAdmin(OneUseForms):
    """Only who runs the whole site sets what every unit inherits."""

    list_display = ["word_or_any", "kind", "name"]
    list_filter = ["kind"]
    search_fields = ["word", "name"]

    @admin.display(description=_("our word"), ordering="word")
    def word_or_any(self, row: CorporateDefault) -> str:
        return row.words

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        spread_defaults()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        spread_defaults()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        spread_defaults()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return holds_everything(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return holds_everything(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)
