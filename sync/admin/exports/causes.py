"""What stopped documents, by cause: for their list and for the first page."""

from typing import Any

from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest

from sync.admin.common.document_records import PROBLEMS
from sync.admin.common.theme import DropdownFilter
from sync.models import SyncRecord


def causes(records: QuerySet[SyncRecord]) -> list[tuple[str, int, str]]:
    """Return code, number and name of what stopped records, the most frequent first."""
    stopped = records.filter(state__in=PROBLEMS).order_by().values_list("error_code")
    found = stopped.annotate(count=Count("pk"), example=Min("error"))
    return [
        (code, count, _name(code, example))
        for code, count, example in sorted(found, key=lambda cause: (-cause[1], cause[0]))
    ]


def _name(code: str, example: str) -> str:
    """Name a cause: our own by its label, QuickBooks' by the first sentence of what we say."""
    if code in SyncRecord.Problem.values:
        return str(SyncRecord.Problem(code).label)
    return example.partition(". ")[0].rstrip(".")


class CauseFilter(DropdownFilter):
    """By what stopped a document."""

    title = "cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = causes(model_admin.get_queryset(request))
        return [(code or "none", name) for code, _, name in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(state__in=PROBLEMS, error_code="" if value == "none" else value)
