"""What stopped documents, by cause, for their list; one button for all that one cause stopped."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from sync.admin.common.theme import ChangeList, DropdownFilter
from sync.admin.lists.list_admin import QuietList, in_words
from sync.admin.remedies import bulk_words, offer
from sync.admin.remedies.bulk import DecidingLists
from sync.exports.remedies.decision_plan import MOST_AT_ONCE, Decision
from sync.exports.remedies.requests import Remedy
from sync.models import SyncRecord
from sync.needs.causes import NO_CODE, causes, stopped_by
from sync.quickbooks.fault_table import DUPLICATES
from sync.words import later, number

# What puts all of a cause right. Else what failed is retried, and what is in doubt is looked up.
_REMEDIES: dict[str, Remedy] = {
    **dict.fromkeys(DUPLICATES, Remedy.COMPARE),
    SyncRecord.Problem.GONE.value: Remedy.UNLINK,
}


class CauseFilter(DropdownFilter):
    """By what stopped a document."""

    title = later("cause")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = causes(model_admin.get_queryset(request))
        return [(code or NO_CODE, name) for code, _count, name in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else stopped_by(queryset, value)


class CauseList(QuietList):
    """The list, which knows what puts right all of it where one cause stopped all of it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        owner: Any = self.model_admin
        self.may_resolve = owner.has_resolve_permission(request)

    def remedy(self) -> Decision | Remedy | None:
        """Return it; None where what is listed has no one cause, or is nothing."""
        named = [one.value() for one in self.filter_specs if isinstance(one, CauseFilter)]
        first = next(iter(self.result_list), None) if any(named) else None
        if first is None:
            return None
        is_refused = first.state == SyncRecord.State.FAILED
        otherwise = Decision.RETRY if is_refused else Remedy.CHECK
        return _REMEDIES.get(first.error_code, otherwise)

    def remedy_words(self) -> str:
        """Return what the button for all of them says; empty where there is none."""
        remedy = self.remedy()
        if remedy is None or not self.may_resolve:
            return ""
        asked: dict[Any, Any] = {**bulk_words.QUESTIONS, **offer.QUESTIONS}
        words = {"remedy": asked[remedy].button, "count": in_words(self.result_count)}
        return _("%(remedy)s: all %(count)s") % words


class SettlingCauses(DecidingLists, offer.AskingAdmin):
    """A list of documents that asks about all that one cause stopped, without a tick."""

    list_before_template = "admin/sync/exports/one_cause.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CauseList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and "all_of_cause" in request.POST:
            page = self._ask_about_all(request)
            return page or HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def _ask_about_all(self, request: HttpRequest) -> HttpResponse | None:
        if not self.has_resolve_permission(request):
            raise PermissionDenied
        listed = self.get_changelist_instance(request)
        remedy = listed.remedy()
        first = list(listed.queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(first) > MOST_AT_ONCE:
            note = _("These are the first %(MOST_AT_ONCE)s; come back for the rest.")
            messages.info(request, note % {"MOST_AT_ONCE": number(MOST_AT_ONCE)})
        rows = self.get_queryset(request).filter(pk__in=first[:MOST_AT_ONCE])
        if isinstance(remedy, Decision):
            return self._decide(request, rows, remedy)
        return self._ask(request, rows, remedy) if remedy else None
