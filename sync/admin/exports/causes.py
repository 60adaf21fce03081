"""What stopped documents, by cause, for their list."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from sync.admin.common.theme import DropdownFilter
from sync.needs.causes import NO_CODE, causes, stopped_by
from sync.words import later as _


class CauseFilter(DropdownFilter):
    """By what stopped a document."""

    title = _("cause")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = causes(model_admin.get_queryset(request))
        return [(code or NO_CODE, name) for code, _count, name in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else stopped_by(queryset, value)
