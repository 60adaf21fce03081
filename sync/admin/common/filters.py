"""Filters that name no unit in which the person holds no role."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.admin.common.lists import row_numbers
from sync.admin.common.standing import TABS, in_tab, units_for
from sync.admin.common.theme import DropdownFilter
from sync.models import Payment

RECENT = 5_000
Choices = list[tuple[str, str]]


def _once(request: HttpRequest, name: str, read: Callable[[], Choices]) -> Choices:
    """Read a filter's choices once a request: a list asks for them at every count."""
    known: dict[str, Choices] = request.__dict__.setdefault("filter_choices", {})
    if name not in known:
        known[name] = read()
    return known[name]


def _units(request: HttpRequest) -> Choices:
    return [(str(unit.pk), unit.name) for unit in units_of(request, Capability.VIEW)]


def _methods(request: HttpRequest, model_admin: Any) -> Choices:
    recent = model_admin.get_queryset(request).order_by("-received_on", "-pk")[:RECENT]
    methods = sorted(set(recent.values_list("method", flat=True)))
    return [(method, method) for method in methods]


class UnitFilter(DropdownFilter):
    """By business unit, of those that the person may see."""

    title = "business unit"
    parameter_name = "unit"
    lookup = "business_unit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return _once(request, self.parameter_name, lambda: _units(request))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{self.lookup}__in": row_numbers([str(self.value())])})


class MethodFilter(DropdownFilter):
    """By payment method, of those in use lately: looking at every payment would take seconds."""

    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return _once(request, self.parameter_name, lambda: _methods(request, model_admin))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset


class StatusFilter(DropdownFilter):
    """By status; the list's tabs are its choices, and it opens on Ready."""

    title = "status"
    parameter_name = "status"
    template = "admin/sync/documents/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TABS.items())

    def tab(self) -> str:
        """Return the tab that is open."""
        value = self.value()
        return value if value in TABS else "ready"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return in_tab(queryset, self.tab(), units_for(request))


class PaidFilter(DropdownFilter):
    """By what is still due, the one thing asked of a list of invoices."""

    title = "paid"
    parameter_name = "paid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Fully paid"), ("no", "Still due"), ("void", "Voided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "void":
            return queryset.filter(voided_at__isnull=False)
        if self.value() == "yes":
            return queryset.filter(voided_at=None, balance_due__lte=0, total__gt=0)
        if self.value() == "no":
            return queryset.filter(voided_at=None, balance_due__gt=0)
        return queryset
