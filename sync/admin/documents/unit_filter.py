"""Business units by what keeps them from exporting, for their list."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from sync.admin.common.theme import DropdownFilter
from sync.needs.lacking import Lacking, lacking
from sync.words import later as _


class LackingFilter(DropdownFilter):
    """By what keeps a unit from exporting."""

    title = _("what is missing")
    parameter_name = "lacking"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Lacking.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return lacking(queryset, Lacking(value)) if value in Lacking.values else queryset
