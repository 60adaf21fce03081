"""From a selection of payments to the page that shows what their export would do."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import ScopedAdmin, actor_of
from sync.admin.lists.list_admin import moment_words
from sync.exports.runs import outdated_drafts
from sync.exports.runs.drafts import prepare
from sync.models import ExportRun

CAME_FROM = "export_came_from"
JUST_MADE = "export_just_made"


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
            _(
                "%(left_out)s of %(chosen_count)s payments were left out: you may not export "
                "for their business unit."
            )
            % {"left_out": left_out, "chosen_count": len(chosen)},
        )
    if not ids:
        messages.warning(request, _("No payment is ticked and none in this list is ready."))
        return None
    drafts = prepare(ids, actor_of(request), is_single=is_single)
    return _led_to(request, drafts, _shown_before(request))


def _led_to(request: HttpRequest, drafts: list[ExportRun], came_from: str) -> HttpResponse:
    """Lead to drafts that were made just now, and to where the press came from by Cancel."""
    made = [draft.pk for draft in drafts]
    # In the session: what was searched for may be a name, and belongs in no address of ours.
    request.session[CAME_FROM], request.session[JUST_MADE] = [made, came_from], made
    return HttpResponseRedirect(preview_url(drafts))


def _shown_before(request: HttpRequest) -> str:
    """Return the page that the press came from: the list as filtered, or the payment."""
    return request.get_full_path().removesuffix("export/")


def back_from(request: HttpRequest, runs_shown: Iterable[int]) -> str:
    """Return where Cancel leads: to the page that the press came from, as it was."""
    drafts, page = request.session.get(CAME_FROM, ([], ""))
    return page if set(runs_shown) <= set(drafts) else reverse("admin:sync_payment_changelist")


def worked_out_anew(request: HttpRequest, drafts: list[ExportRun]) -> HttpResponse | None:
    """Work drafts out anew where what they show no longer stands, and lead to the new ones.

    Those that were made just now are shown as they are, whatever changed within that moment.
    """
    shown = [draft.pk for draft in drafts]
    if request.session.pop(JUST_MADE, None) == shown:
        return None
    found: list[ExportRun] = []
    for draft in drafts:
        is_outdated = draft.state == ExportRun.State.DRAFT and outdated_drafts.is_outdated(draft)
        anew = outdated_drafts.work_out_anew(draft, actor_of(request)) if is_outdated else []
        if anew:
            messages.info(
                request,
                _(
                    "Something changed since this preview was made at %(time)s. It was worked "
                    "out anew: this is what would go now."
                )
                % {"time": moment_words(draft.created_at, draft.business_unit)},
            )
        found += anew or [draft]
    return None if found == drafts else _led_to(request, found, back_from(request, shown))


def preview_url(drafts: list[ExportRun]) -> str:
    """Return where drafts are shown before anything moves."""
    page = reverse("admin:sync_exportrun_preview")
    return f"{page}?{urlencode({'run': [draft.pk for draft in drafts]}, doseq=True)}"
