"""What pages tell of one refund, and of when QuickBooks was last read for refunds."""

from typing import Any

from django.db.models import QuerySet

from sync.admin.common.lists import moment_words
from sync.discrepancies.refunds import showing
from sync.discrepancies.refunds.reading import proof
from sync.discrepancies.refunds.rows import Row
from sync.exports.rules.reasons import day, money
from sync.models import BusinessUnit, CompanyRequest, Event, Reading, RefundDiscrepancy

State = CompanyRequest.State


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
        return str(request.result["words"])
    return request.error or "The document that was shown is being read. Open this page again."


def said_before(refund: RefundDiscrepancy) -> list[dict[str, Any]]:
    """Return what happened to the refund, the newest first."""
    events = Event.objects.filter(subject_kind="refund", subject_id=refund.pk)
    return [
        {
            "at": moment_words(event.at, refund.business_unit),
            "who": event.actor,
            "said": event.action.removeprefix("refund_").replace("_", " ").capitalize(),
            "note": event.detail.get("note") or event.detail.get("to", ""),
            "to": str(event.detail.get("to", "")).replace("_", " "),
        }
        for event in events.select_related("actor").order_by("-id")[:100]
    ]


def readings(units: QuerySet[BusinessUnit]) -> list[str]:
    """Say of each company when it was last read for adjustments, and whether it is being read."""
    held = list(units.select_related("quickbooks_company"))
    by_company = {unit.quickbooks_company_id: unit for unit in held if unit.quickbooks_company_id}
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
        when = moment_words(reading.finished_at, unit) if reading else "not yet"
        busy = f"; {now[company_id] or 'waiting for its turn'}" if company_id in now else ""
        lines.append(f"{unit.quickbooks_company} was last read: {when}{busy}.")
    return lines[:5]
