"""Found in QuickBooks: what carries our mark there and has no record here, after a restore."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import AccessDenied, Capability
from sync.admin.common.base import ReadOnlyMixin, actor_of
from sync.admin.common.once import acts_once
from sync.admin.common.theme import action, display
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin
from sync.exports.delivery.strays import deal_with
from sync.models import Stray
from sync.quickbooks.links import deep_link
from sync.words import later


@admin.register(Stray)
class StrayAdmin(ReadOnlyMixin, ListAdmin):
    """Documents that QuickBooks holds with our mark, and what to do about each."""

    change_capability = Capability.RESOLVE
    list_display = ["what", "what_to_do", "business_unit", "in_quickbooks"]
    list_display_links = None
    list_select_related = ["company", "business_unit"]
    list_filter = [UnitFilter, "kind"]
    ordering = ["-id"]
    readonly_fields = ["what", "what_to_do", "business_unit", "in_quickbooks"]
    fields = (*readonly_fields,)
    actions = ["say_dealt_with"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what was found again or dealt with."""
        return super().get_queryset(request).filter(settled_at__isnull=True)

    @display(description=later("document"))
    def what(self, stray: Stray) -> str:
        return str(stray)

    @display(description=later("what to do about it"))
    def what_to_do(self, stray: Stray) -> str:
        return str(stray.words)

    @display(description=later("in QuickBooks"))
    def in_quickbooks(self, stray: Stray) -> SafeString:
        return format_html(
            '<a class="paidup-link whitespace-nowrap" href="{}" target="_blank" rel="noopener">'
            "{} {} ↗</a>",
            deep_link(stray.company.realm_id, stray.kind.capitalize(), stray.qbo_id),
            stray.get_kind_display(),
            stray.qbo_id,
        )

    @action(description=later("Say that it was dealt with"), permissions=["resolve"])
    @acts_once
    def say_dealt_with(self, request: HttpRequest, queryset: QuerySet[Stray]) -> None:
        """Take the ticked ones off the list, save those that an export will find."""
        held = self.within(request, queryset, Capability.RESOLVE)
        ids = list(held.values_list("pk", flat=True))
        try:
            number = deal_with(ids, actor_of(request))
        except AccessDenied as denied:
            raise PermissionDenied from denied
        messages.success(request, _("%(number)s dealt with.") % {"number": number})
        if left := len(ids) - number:
            messages.warning(
                request, _("%(left)s stay: export them, and they are found there.") % {"left": left}
            )
