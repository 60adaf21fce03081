"""What keeps long lists quick: a count that stops, and their filters."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import Paginator
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property

from sync.admin.common.base import ScopedAdmin, row_numbers
from sync.admin.common.theme import NOTHING, ChangeList
from sync.admin.lists.kept_views import VIEW, ViewBar, kept_list
from sync.models import BusinessUnit
from sync.words import day, number

MOST_COUNTED = 10_000


def count_up_to(rows: QuerySet[Any], most: int = MOST_COUNTED) -> int:
    """Count rows, but no further than one above `most`."""
    return rows.order_by().values("pk")[: most + 1].count()


def count_parts_up_to(parts: Iterable[QuerySet[Any]], most: int = MOST_COUNTED) -> int:
    """Count rows of parts that share none, and ask of no further part than need be."""
    found = 0
    for part in parts:
        found += count_up_to(part, most - found)
        if found > most:
            break
    return found


def in_words(count: int, most: int = MOST_COUNTED) -> str:
    """Write a count that `count_up_to` made: 10,000+ where it stopped."""
    return f"{number(most)}+" if count > most else number(count)


def moment_words(moment: datetime | None, unit: BusinessUnit | None) -> str:
    """Write a moment as the unit's own clocks showed it, and name their zone."""
    if moment is None:
        return "-"
    return moment_in(moment, ZoneInfo(unit.timezone) if unit else None)


def moment_in(moment: datetime, zone: ZoneInfo | None) -> str:
    """Write a moment as the clocks of a zone showed it, and name the zone."""
    local = timezone.localtime(moment, zone)
    return f"{day(local.date())} {local:%H:%M %Z}"


class RowSelect(AutocompleteSelect):
    """Shows the row that an address or a form names, and none where it names what is no id."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, list(map(str, row_numbers(value))), attr)


class QuietList(ChangeList):
    """A list that says how many it found only where something was looked for.

    It shows the columns that the person chose, and knows what they keep of it.
    """

    def __init__(
        self, request: HttpRequest, model: Any, columns: Any, links: Any, *rest: Any
    ) -> None:
        more = getattr(admin.site.get_model_admin(model), "more_columns", ())
        kept = kept_list(request, model, columns, links, more)
        shown: list[Any] = [*kept.shown()]
        super().__init__(request, model, shown, links, *rest)
        self.view_bar = ViewBar(kept, self)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Leave out the saved view that is open: it is no filter."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(VIEW, None)
        return found

    def url_for_result(self, result: Any) -> str:
        """Return the address of a row's page, worked out once for all cells that lead there."""
        link: str | None = result.__dict__.get("link_in_list")
        if link is None:
            link = result.__dict__["link_in_list"] = str(super().url_for_result(result))
        return link

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
    empty_value_display = NOTHING

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Leave out ticks that are no row's id: Django would answer them with an error page."""
        if request.method == "POST" and ACTION_CHECKBOX_NAME in request.POST:
            posted = request.POST.copy()
            ticked = map(str, row_numbers(posted.getlist(ACTION_CHECKBOX_NAME)))
            posted.setlist(ACTION_CHECKBOX_NAME, list(ticked))
            request.POST = posted  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", RowSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QuietList
