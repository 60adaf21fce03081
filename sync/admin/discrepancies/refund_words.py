"""What pages tell of one refund, and of when QuickBooks was last read for refunds."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from sync.admin.lists.list_admin import moment_words
from sync.discrepancies.refunds import showing
from sync.discrepancies.refunds.reading import proof
from sync.discrepancies.refunds.rows import Row
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    Event,
    QuickBooksCompany,
    Reading,
    RefundDiscrepancy,
    RefundReview,
)
from sync.words import day, later, money, told

State = CompanyRequest.State
Status = RefundReview.Status
MOST_READINGS = 5  # lines above the list
_DONE = {
    Event.Action.REFUND_ENTERED: later("Entered"),
    Event.Action.REFUND_CHANGED: later("Changed"),
    Event.Action.REFUND_REVIEWED: later("Reviewed"),
    Event.Action.REFUND_ASSIGNED: later("Assigned"),
    Event.Action.REFUND_NOTED: later("Noted"),
    Event.Action.REFUND_PART_TAKEN: later("Part taken"),
    Event.Action.REFUND_VOIDED: later("Taken back"),
    Event.Action.REFUND_VERIFIED: later("Verified"),
    Event.Action.REFUND_REOPENED: later("Reopened"),
}


def facts(row: Row) -> dict[str, Any]:
    """Return a refund with its amounts and evidence in words."""
    return {
        "row": row,
        "amount": money(row.amount, row.currency),
        "payment_amount": money(row.payment_amount, row.currency),
        "evidence": [
            {
                "said": each,
                "words": f"{money(each.amount, each.currency)}, {day(each.dated_on)}",
            }
            for each in row.evidence
        ],
    }


def shown_for(refund: RefundDiscrepancy) -> str:
    """Say what became of the document that somebody showed last."""
    asked = CompanyRequest.objects.filter(kind=showing.KIND, params__refund=refund.pk)
    request = asked.order_by("-id").first()
    if request is None:
        return ""
    if request.state == State.DONE:
        return str(told(request.result["words"]))
    return request.error or _("The document that was shown is being read. Open this page again.")


def said_before(refund: RefundDiscrepancy) -> list[dict[str, Any]]:
    """Return what happened to the refund, the newest first."""
    events = Event.objects.filter(subject_kind="refund", subject_id=refund.pk)
    return [
        {
            "at": moment_words(event.at, refund.business_unit),
            "who": event.actor,
            "said": _DONE[Event.Action(event.action)],
            "note": event.detail.get("note") or _status(event),
            "to": _status(event),
        }
        for event in events.select_related("actor").order_by("-id")[:100]
    ]


def _status(event: Event) -> str:
    """Say what it became by the event: a status, or who works on it."""
    to = event.detail.get("to", "")
    return str(Status(to).label if to in Status.values else to)


def readings(units: Iterable[BusinessUnit]) -> list[str]:
    """Say of the first companies when each was read for adjustments, and if it is being read."""
    of_any = {unit.quickbooks_company_id: unit for unit in units if unit.quickbooks_company_id}
    by_company = dict(islice(of_any.items(), MOST_READINGS))
    names = QuickBooksCompany.objects.only("name", "realm_id").in_bulk(list(by_company))
    last = {
        r.company_id: r for r in Reading.objects.filter(kind=proof.KIND, company__in=by_company)
    }
    requests = CompanyRequest.objects.filter(kind=proof.KIND, company__in=by_company)
    now = dict(
        requests.filter(state__in=[State.WAITING, State.RUNNING]).values_list("company", "step")
    )
    lines = []
    for company_id, unit in by_company.items():
        reading = last.get(company_id)
        when = moment_words(reading.finished_at, unit) if reading else _("not yet")
        busy = f"; {now[company_id] or _('waiting for its turn')}" if company_id in now else ""
        lines.append(
            _("%(quickbooks_company)s was last read: %(when)s%(busy)s.")
            % {"quickbooks_company": names[company_id], "when": when, "busy": busy}
        )
    return lines
