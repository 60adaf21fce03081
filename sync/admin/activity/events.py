"""The audit trail, to be read."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from accounts.access import Capability
from sync.admin.activity.sentences import rows_of, sentence
from sync.admin.common.base import ReadOnlyMixin, units_of
from sync.admin.common.theme import NOTHING, ChangeList, display
from sync.admin.lists.downloads import Downloadable
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, QuietList, moment_in, moment_words
from sync.field_words import FIELDS
from sync.models import Event
from sync.words import later as _


class EventList(QuietList):
    """The list with its sentences, and all its times on one clock."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        rows = rows_of(request, self.result_list)
        zones = units_of(request, Capability.VIEW).order_by().values_list("timezone", flat=True)
        found = list(zones.distinct()[:2])
        zone = ZoneInfo(found[0] if len(found) == 1 else "UTC")
        for event in self.result_list:
            event.sentence, event.zone = sentence(event, rows), zone


@admin.register(Event)
class EventAdmin(Downloadable, ReadOnlyMixin, ListAdmin):
    """Who did what, when."""

    download_columns: ClassVar[dict[str, str]] = {
        "When": "at",
        "Who": "actor__username",
        "What": "action",
        "Business unit": "business_unit__name",
        "Of": "subject_kind",
        "ID": "subject_id",
        "Details": "detail",
    }
    list_display = ["moment", "happened", "business_unit"]
    list_display_links = ["moment"]
    list_select_related = ["actor", "business_unit"]
    list_filter = [UnitFilter]
    ordering = ["-id"]
    readonly_fields = ["moment", "happened", "who", "origin", "business_unit", "details"]
    fields = (*readonly_fields,)

    @display(description=_("when"), ordering="id")
    def moment(self, event: Event) -> str:
        if zone := event.__dict__.get("zone"):
            return moment_in(event.at, zone)
        return moment_words(event.at, event.business_unit)

    def page_of(self, request: HttpRequest, row: Any, **shown: Any) -> HttpResponse:
        """Show the event as its sentence in the list."""
        row.sentence = sentence(row, rows_of(request, [row]))
        return super().page_of(request, row, **shown)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EventList

    @display(description=_("what happened"))
    def happened(self, event: Any) -> SafeString:
        words: SafeString = event.sentence
        return words

    @display(description=_("who"), ordering="actor")
    def who(self, event: Event) -> str:
        return str(event.actor) if event.actor else "Paidup"

    @display(description=_("from where"))
    def origin(self, event: Event) -> str:
        return event.source or NOTHING

    @display(description=_("details"))
    def details(self, event: Event) -> str:
        named = ((name.replace("_", " "), value) for name, value in event.detail.items())
        return "; ".join(f"{FIELDS.get(name, name)}: {value}" for name, value in named) or NOTHING

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave rows of no unit (a person's own, the site's) to those who see everything."""
        if obj is not None and obj.business_unit_id is None:
            return bool(request.user.is_superuser)
        return super().has_view_permission(request, obj)
