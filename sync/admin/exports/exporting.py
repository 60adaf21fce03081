"""From a selection of payments to the page that shows what their export would do."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.access import Capability
from sync.admin.common.base import ScopedAdmin, actor_of
from sync.exports.runs import runs
from sync.models import ExportRun


def preview_of(
    request: HttpRequest, model_admin: ScopedAdmin, rows: QuerySet[Any], *, is_single: bool = False
) -> HttpResponse | None:
    """Store the selection as drafts, one a unit, and go to where they are shown.

    The selection is stored, never posted again: a form takes only so many ids. Returns None,
    with a message, where nothing can be exported.
    """
    chosen = set(rows.order_by().values_list("pk", flat=True))
    allowed = model_admin.within(request, rows, Capability.EXPORT)
    ids = sorted(chosen & set(allowed.order_by().values_list("pk", flat=True)))
    if left_out := len(chosen) - len(ids):
        messages.warning(
            request,
            f"{left_out} of {len(chosen)} payments were left out: you may not export for their"
            " business unit.",
        )
    if not ids:
        messages.warning(request, "No payment is ticked and none in this list is ready.")
        return None
    drafts = runs.prepare(ids, actor_of(request), is_single=is_single)
    return HttpResponseRedirect(preview_url(drafts))


def preview_url(drafts: list[ExportRun]) -> str:
    """Return where drafts are shown before anything moves."""
    page = reverse("admin:sync_exportrun_preview")
    return f"{page}?{urlencode({'run': [draft.pk for draft in drafts]}, doseq=True)}"
