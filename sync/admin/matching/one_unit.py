"""Lists of one business unit at a time: what is read and linked is one unit's."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import Capability
from sync.admin.common.base import is_allowed, row_numbers, units_of
from sync.admin.common.theme import DropdownFilter
from sync.admin.connections.page import latest_request
from sync.admin.lists.list_admin import QuietList
from sync.models import BusinessUnit, QuickBooksCompany
from sync.words import later as _


def connected_units(request: HttpRequest) -> QuerySet[BusinessUnit]:
    """Return the units that the person sees and that post to a company."""
    seen = units_of(request, Capability.VIEW).filter(quickbooks_company__isnull=False)
    return seen.select_related("quickbooks_company")


class MatchUnitFilter(DropdownFilter):
    """By business unit, always one: what is read and accepted is one unit's."""

    title = _("business unit")
    parameter_name = "unit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.units = list(connected_units(request))
        return [(str(unit.pk), unit.name) for unit in self.units]

    def unit(self) -> BusinessUnit | None:
        """Return the unit that is shown, the first where none is chosen."""
        chosen = row_numbers([str(self.value())])
        first = self.units[:1] if self.value() is None else []
        return next((unit for unit in self.units if unit.pk in chosen), None) or next(
            iter(first), None
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        unit = self.unit()
        company = unit.quickbooks_company if unit else None
        return queryset.filter(business_unit=unit, company=company) if unit else queryset.none()


class OneUnitList(QuietList):
    """A list with its unit, who may decide there, and what came of the last reading and linking."""

    read_by: ClassVar[str]
    """The kind of request that reads what is listed."""
    linked_by: ClassVar[str]
    unit: BusinessUnit | None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        specs = (spec for spec in self.filter_specs if isinstance(spec, MatchUnitFilter))
        self.unit = next((spec.unit() for spec in specs), None)  # no filter where there is no unit
        may = self.unit is not None and is_allowed(request, Capability.RESOLVE, self.unit.pk)
        self.may_decide = may and self.company is not None and self.company.is_connected

    @property
    def company(self) -> QuickBooksCompany | None:
        return self.unit.quickbooks_company if self.unit else None

    @property
    def failure(self) -> str:
        """Say why the last reading or linking failed."""
        asked = (latest_request(self.company, kind) for kind in (self.read_by, self.linked_by))
        return next((request.error for request in asked if request and request.error), "")

    def last_linked(self) -> dict[str, Any] | None:
        """Return what came of linking in the unit, None since what is listed was read again."""
        read, done = (latest_request(self.company, kind) for kind in (self.read_by, self.linked_by))
        is_past = read is not None and done is not None and read.pk > done.pk
        if done is None or is_past or done.business_unit != self.unit:
            return None
        return done.result or None
