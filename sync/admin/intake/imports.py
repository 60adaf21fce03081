"""Imports: bring a file, answer what it does not tell, see every row, confirm, and undo."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Capability
from sync.admin.common.base import ReadOnlyMixin, actor_of, is_allowed
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.theme import (
    ChoicesDropdownFilter,
    display,
    part_of_page,
    renewed,
)
from sync.admin.intake.forms import QuestionsForm, UploadForm
from sync.admin.intake.page import cells_shown, context_of, correct_by
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, moment_words
from sync.intake.files.outcomes import FileRefused
from sync.intake.files.words import WORDS
from sync.intake.imports import arriving, correcting, shelf, storing, taking_away, undoing, working
from sync.models import Import
from sync.words import later, told

_TONES = {
    Import.State.READY.value: "info", Import.State.ASKING.value: "warning",
    Import.State.DONE.value: "success", Import.State.UNREADABLE.value: "danger",
}  # fmt: skip
GONE = later("The file itself is no longer kept.")


@admin.register(Import)
class ImportAdmin(ReadOnlyMixin, ListAdmin):
    """Files that were brought in. Who may enter documents in a unit may import for it."""

    list_display = ["file_name", "business_unit", "brought", "who", "status", "created", "refused"]
    list_select_related = ["business_unit", "created_by"]
    list_filter = [UnitFilter, ("state", ChoicesDropdownFilter)]
    ordering = ["-id"]
    change_list_template = "admin/sync/intake/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        rows: QuerySet[Import] = super().get_queryset(request)
        return rows.select_related("business_unit", "created_by", "confirmed_by", "undone_by")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        one = "<int:object_id>"
        return [
            path("bring/", wrap(self.bring), name="sync_import_bring"),
            path("template/<str:kind>/", wrap(require_GET(self.template)),
                 name="sync_import_template"),
            path(f"{one}/moved/", part_of_page(self.moved), name="sync_import_moved"),
            path(f"{one}/answer/", wrap(require_POST(self.answer)), name="sync_import_answer"),
            path(f"{one}/row/<int:place>/", wrap(require_POST(self.correct)),
                 name="sync_import_correct"),
            path(f"{one}/confirm/", wrap(require_POST(self.confirm)), name="sync_import_confirm"),
            path(f"{one}/undo/", wrap(require_POST(self.undo)), name="sync_import_undo"),
            path(f"{one}/refused/", wrap(require_GET(self.refused_rows)),
                 name="sync_import_refused"),
            *super().get_urls(),
        ]  # fmt: skip

    @display(description=later("brought"), ordering="created_at")
    def brought(self, entry: Import) -> str:
        return moment_words(entry.created_at, entry.business_unit)

    @display(description=later("by"))
    def who(self, entry: Import) -> str:
        return str(entry.created_by or _("the command line"))

    @display(description=later("status"), label=_TONES)
    def status(self, entry: Import) -> tuple[str, str]:
        return entry.state, entry.get_state_display()

    @display(description=later("new"))
    def created(self, entry: Import) -> int:
        return int(entry.counts.get("created", 0))

    @display(description=later("refused"))
    def refused(self, entry: Import) -> int:
        return int(entry.counts.get("refused", 0))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        more = {"may_import": is_allowed(request, Capability.RESOLVE)}
        page: HttpResponse = super().changelist_view(request, (extra_context or {}) | more)
        return page

    def bring(self, request: HttpRequest) -> HttpResponse:
        """Take a file, and have it looked at in the background."""
        if not is_allowed(request, Capability.RESOLVE):
            raise PermissionDenied
        if request.method == "POST":
            return self._received(request)
        return self._upload_page(request, UploadForm(request))

    @acts_once
    def _received(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request, request.POST, request.FILES)
        if not form.is_valid():
            return self._upload_page(request, form)
        given = form.cleaned_data
        entry = arriving.receive(
            given["business_unit"],
            given["file"].name,
            given["file"].read(),
            kind=given["kind"],
            by=actor_of(request),
        )
        transaction.on_commit(lambda: working.wake(entry))
        return HttpResponseRedirect(entry.get_absolute_url())

    @method_decorator(require_GET)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one import as it stands."""
        entry = self.get_object(request, object_id)
        return self._page(request, "import", title=entry.file_name, **self._shown(request, entry))

    def moved(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Return the part of the page that moves."""
        entry = get_object_or_404(self.get_queryset(request), pk=object_id)
        shown = {"opts": self.opts, **self._shown(request, entry)}
        template = "admin/sync/intake/moving.html"
        return renewed(request, template, shown, is_over=not shown["is_moving"])

    @acts_once
    def answer(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take answers in, and look at the file again."""
        entry = self._mine(request, object_id)
        form = QuestionsForm(entry, request.POST)
        if not form.is_valid():
            shown = self._shown(request, entry) | {"form": form}
            return self._page(request, "import", title=entry.file_name, **shown)
        return self._looked_again(request, entry, lambda: arriving.answer(entry, form.said()))

    @acts_once
    def correct(self, request: HttpRequest, object_id: int, place: int) -> HttpResponse:
        """Take what was corrected in the cells of a row, and look at the file again."""
        entry = self._mine(request, object_id)
        row = get_object_or_404(entry.rows.filter(outcome__in=correcting.OPEN_TO_IT), place=place)
        return self._looked_again(request, entry, lambda: correct_by(request.POST, entry, row))

    def _looked_again(
        self, request: HttpRequest, entry: Import, act: Callable[[], Any]
    ) -> HttpResponse:
        words = ""
        if entry.state not in arriving.OPEN:
            state = entry.get_state_display().lower()
            words = _("Nothing of it can be changed now: %(state)s.") % {"state": state}
        else:
            try:
                act()
            except FileRefused as refused:
                words = told(WORDS[refused.code])
            except shelf.FileGone:
                words = str(GONE)
        if words:
            messages.error(request, words)
            refuse(request)
        else:
            arriving.look_again(entry)
            transaction.on_commit(lambda: working.wake(entry))
        return HttpResponseRedirect(entry.get_absolute_url())

    @acts_once
    def confirm(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Have the rows taken in."""
        entry = self._mine(request, object_id)
        try:
            storing.confirm(entry, actor_of(request), only_good="good" in request.POST)
        except storing.NotReady as words:
            messages.error(request, str(words))
            refuse(request)
        else:
            transaction.on_commit(lambda: working.wake(entry))
        return HttpResponseRedirect(entry.get_absolute_url())

    @acts_once
    def undo(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take an import back."""
        entry = self._mine(request, object_id)
        try:
            undoing.undo(entry, actor_of(request))
        except undoing.CannotUndo as words:
            messages.error(request, str(words))
            refuse(request)
        else:
            messages.success(
                request,
                _("%(import)s was undone: what it had brought is gone.") % {"import": entry},
            )
        return HttpResponseRedirect(entry.get_absolute_url())

    def refused_rows(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Return the refused rows as a file, to be mended and brought again."""
        entry = self._mine(request, object_id)
        try:
            lines = list(taking_away.refused_rows(entry))
        except shelf.FileGone:
            messages.error(request, GONE)
            return HttpResponseRedirect(entry.get_absolute_url())
        return _csv(lines, "refused-rows.csv")

    def template(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Return an empty file to be filled."""
        if kind not in taking_away.TEMPLATES:
            raise Http404
        return _csv([taking_away.template(kind)], f"{kind}.csv")

    def _mine(self, request: HttpRequest, object_id: int) -> Import:
        entry = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not is_allowed(request, Capability.RESOLVE, entry.business_unit_id):
            raise PermissionDenied
        return entry

    def _shown(self, request: HttpRequest, entry: Import) -> dict[str, Any]:
        may_act = is_allowed(request, Capability.RESOLVE, entry.business_unit_id)
        form = QuestionsForm(entry) if entry.questions and may_act else None
        return context_of(entry, request.GET.get("outcome", "")) | {
            "may_act": may_act,
            "form": form,
            "corrected": correcting.corrected(entry),
            "correcting": cells_shown(entry, request.GET.get("row", "")) if may_act else None,
            "why_not": undoing.why_not(entry) if entry.state == Import.State.DONE else "",
        }

    def _upload_page(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        kinds = [(kind, Import.Kind(kind).label) for kind in taking_away.TEMPLATES]
        return self._page(request, "bring", title=_("Bring a file in"), form=form, kinds=kinds)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/sync/intake/{name}.html", whole)


def _csv(lines: list[str], name: str) -> HttpResponse:
    answer = StreamingHttpResponse(["\ufeff", *lines], content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer  # type: ignore[return-value]
