"""Lists to take away: what the filters of a list leave, as CSV or XLSX."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from sync.admin.common.theme import ModelAdmin
from sync.spreadsheets import Cell, csv_lines, workbook

CHUNK = 2000
_KEPT = (str, int, Decimal, type(None))  # the rest, dates too, is written as text
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Downloadable(ModelAdmin):
    """A list that can be taken away; `download_columns` are headings and paths of fields."""

    download_columns: ClassVar[dict[str, str]] = {}
    list_after_template = "admin/sync/lists/downloads.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_download"
        view = self.admin_site.admin_view(require_GET(self.download))
        return [path("download/<str:form>/", view, name=name), *super().get_urls()]

    def download(self, request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
        """Return the rows of the list, as filtered and as the person may see them."""
        if form not in {"csv", "xlsx"} or not self.has_view_or_change_permission(request):
            raise Http404
        name = f"{self.opts.verbose_name_plural}.{form}".replace(" ", "-")
        rows = self._rows(request)
        if form == "xlsx":
            book = HttpResponse(workbook([("Paidup", rows)]), content_type=_XLSX)
            book["Content-Disposition"] = f'attachment; filename="{name}"'
            return book
        lines = _with_mark(csv_lines(rows))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _rows(self, request: HttpRequest) -> Iterator[list[Cell]]:
        found = self.get_changelist_instance(request).get_queryset(request)
        paths = list(self.download_columns.values())
        yield list(self.download_columns)
        for row in found.values_list(*paths).iterator(chunk_size=CHUNK):
            yield [cell if isinstance(cell, _KEPT) else str(cell) for cell in row]


def _with_mark(lines: Iterator[str]) -> Iterator[str]:
    yield "\ufeff"  # by which spreadsheets know UTF-8
    yield from lines
