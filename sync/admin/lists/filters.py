"""Filters that name no unit in which the person holds no role."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import row_numbers, units_of, within
from sync.admin.common.standing import TABS, in_tab, units_for
from sync.admin.common.theme import DropdownFilter
from sync.admin.lists.theme_choices import QuickForm
from sync.exports.rules.by_stage import kept_by
from sync.models import Customer, Payment, Reason
from sync.words import later

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

    title = later("business unit")
    parameter_name = "unit"
    lookup = "business_unit"
    form_class = QuickForm

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return _once(request, self.parameter_name, lambda: _units(request))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{self.lookup}__in": row_numbers([str(self.value())])})


class MethodFilter(DropdownFilter):
    """By payment method, of those in use lately: looking at every payment would take seconds."""

    title = later("method")
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return _once(request, self.parameter_name, lambda: _methods(request, model_admin))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset


class ReasonFilter(DropdownFilter):
    """By why a payment stays here; a list of payments opens where they are."""

    title = later("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (reason.value, str(reason.label)) for reason in Reason if reason not in _SAID_BY_TABS
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in Reason.values:
            return queryset
        return kept_by(queryset, Reason(value), units_for(request))


_SAID_BY_TABS = (Reason.ALREADY_EXPORTED, Reason.FAILED, Reason.UNCERTAIN, Reason.IN_PROGRESS)


class InvoiceReasonFilter(ReasonFilter):
    """By why the payments of an invoice stay here."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        seen = within(request, Payment.objects.order_by(), Capability.VIEW)
        payments = super().queryset(request, seen)
        return queryset if payments is seen else queryset.filter(pk__in=payments.values("invoice"))


class StatusFilter(DropdownFilter):
    """By status; the list's tabs are its choices, and it opens on Ready."""

    title = later("status")
    parameter_name = "status"
    template = "admin/sync/documents/no_filter.html"

    def __init__(self, request: HttpRequest, *rest: Any) -> None:
        super().__init__(request, *rest)
        is_asked = request.GET.get(ReasonFilter.parameter_name)
        self.opens_on = "not-ready" if is_asked else "ready"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TABS.items())

    def tab(self) -> str:
        """Return the tab that is open."""
        value = self.value()
        return value if value in TABS else self.opens_on

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return in_tab(queryset, self.tab(), units_for(request))


class PaidFilter(DropdownFilter):
    """By what is still due, the one thing asked of a list of invoices."""

    title = later("paid")
    parameter_name = "paid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Fully paid")), ("no", _("Still due")), ("void", _("Voided"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "void":
            return queryset.filter(voided_at__isnull=False)
        if self.value() == "yes":
            return queryset.filter(voided_at=None, balance_due__lte=0, total__gt=0)
        if self.value() == "no":
            return queryset.filter(voided_at=None, balance_due__gt=0)
        return queryset


class CustomerFilter(DropdownFilter):
    """By the customer whose page led here; it is offered for no other, nor for one of others."""

    title = later("customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        numbers = row_numbers([request.GET.get(self.parameter_name, "")])
        rows = within(request, Customer.objects.filter(pk__in=numbers), Capability.VIEW)
        return [(str(customer.pk), str(customer)) for customer in rows] if numbers else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(customer__in=row_numbers([value]))
