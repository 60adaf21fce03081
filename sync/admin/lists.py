"""What keeps long lists quick: a count that stops, a search in two steps, and their filters."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.access import Capability
from sync.admin.base import ScopedAdmin, units_of
from sync.admin.theme import ChangeList
from sync.models import Customer, Invoice

MOST_COUNTED = 10_000
MOST_CUSTOMERS = 200


def count_up_to(rows: QuerySet[Any], most: int = MOST_COUNTED) -> int:
    """Count rows, but no further than one above `most`."""
    return rows.order_by().values("pk")[: most + 1].count()


def in_words(count: int) -> str:
    """Write a count that `count_up_to` made: 10,000+ where it stopped."""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


class QuietList(ChangeList):
    """A list that says how many it found only where something was looked for."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no more rows than anybody pages through; a filter or a search reaches the rest."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return min(count_up_to(rows), MOST_COUNTED)
        return len(rows)


class ListAdmin(ScopedAdmin):
    """A page whose list stays quick at a million rows."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    list_per_page = 50
    list_filter_submit = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QuietList


def search_documents(
    request: HttpRequest, rows: QuerySet[Any], term: str, invoice: str = "invoice_id"
) -> QuerySet[Any]:
    """Find rows by customer name or exact invoice number, in two steps.

    Names are looked up first and at most 200 customers kept: joining before matching reads
    every row (2,400 ms instead of 250 ms at a million). The person is told when names were left.
    """
    held = units_of(request, Capability.VIEW)
    names = Customer.objects.filter(business_unit__in=held, display_name__icontains=term)
    found = list(names.order_by().values_list("pk", flat=True)[: MOST_CUSTOMERS + 1])
    if len(found) > MOST_CUSTOMERS:
        messages.warning(
            request,
            f"More than {MOST_CUSTOMERS} customers have “{term}” in their name; these are only"
            " some. Type more of the name.",
        )
    number = term.strip().removeprefix("#")
    numbered = Invoice.objects.filter(business_unit__in=held, number=number).values("pk")
    return rows.filter(
        Q(customer_id__in=found[:MOST_CUSTOMERS]) | Q(**{f"{invoice}__in": numbered})
    )
