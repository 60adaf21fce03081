"""The audit trail, to be read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from sync.admin.common.base import ReadOnlyMixin
from sync.admin.common.downloads import Downloadable
from sync.admin.common.filters import UnitFilter
from sync.admin.common.lists import ListAdmin, moment_words
from sync.admin.common.theme import display
from sync.models import Event


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
    list_display = ["moment", "who", "what", "subject", "business_unit", "details"]
    list_select_related = ["actor", "business_unit"]
    list_filter = [UnitFilter]
    ordering = ["-id"]
    readonly_fields = ["moment", "who", "origin", "what", "subject", "business_unit", "details"]
    fields = (*readonly_fields,)

    @display(description="when", ordering="id")
    def moment(self, event: Event) -> str:
        return moment_words(event.at, event.business_unit)

    @display(description="who", ordering="actor")
    def who(self, event: Event) -> str:
        return str(event.actor) if event.actor else "Paidup"

    @display(description="from where")
    def origin(self, event: Event) -> str:
        return event.source or "-"

    @display(description="what", ordering="action")
    def what(self, event: Event) -> str:
        return event.action.replace("_", " ").capitalize()

    @display(description="about")
    def subject(self, event: Event) -> str:
        return f"{event.subject_kind} {event.subject_id or ''}".strip() or "-"

    @display(description="details")
    def details(self, event: Event) -> str:
        words = (f"{name.replace('_', ' ')}: {value}" for name, value in event.detail.items())
        return "; ".join(words) or "-"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave rows of no unit (a person's own, the site's) to those who see everything."""
        if obj is not None and obj.business_unit_id is None:
            return bool(request.user.is_superuser)
        return super().has_view_permission(request, obj)
