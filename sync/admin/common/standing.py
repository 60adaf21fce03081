"""How each payment stands, in the words that people read on every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from accounts.access import Capability
from sync.admin.common.base import units_held, units_of
from sync.admin.common.document_records import PROBLEMS, DocumentRecords
from sync.discrepancies.refunds.refunds import Listing, of_listing
from sync.exports.rules.by_stage import held_among, not_ready_among, ready_among, units_now
from sync.exports.rules.eligibility import (
    Blocked,
    Reason,
    Units,
    with_standing,
)
from sync.exports.rules.reasons import explain, units_with_number
from sync.models import Invoice, Payment, RefundDiscrepancy, SyncRecord

State = SyncRecord.State


@dataclass(frozen=True, slots=True)
class Standing:
    """One payment's status: a word, its colour, and the reason with the amount."""

    label: str
    tone: str
    words: str = ""
    code: str = ""
    hides_label: bool = False

    @property
    def is_not_fully_paid(self) -> bool:
        return self.code == Reason.NOT_FULLY_PAID

    @property
    def is_ready(self) -> bool:
        return self.label == "Ready"

    def __str__(self) -> str:
        return render_to_string("admin/sync/common/standing.html", {"standing": self})


BY_STATE = {
    State.PENDING: ("Queued", "info"),
    State.IN_FLIGHT: ("Exporting", "info"),
    State.EXPORTED: ("Exported", "success"),
    State.MISMATCH: ("Exported, check", "warning"),
    State.FAILED: ("Failed", "danger"),
    State.UNCERTAIN: ("Uncertain", "warning"),
}


def standings(payments: Iterable[Payment]) -> dict[int, Standing]:
    """Return how each payment stands, by id; the number of queries does not grow with them."""
    rows = list(payments)
    stands: QuerySet[Any] = with_standing(Payment.objects.filter(pk__in=[row.pk for row in rows]))
    states = dict(stands.values_list("pk", "standing"))
    sent = [row for row in rows if states.get(row.pk)]
    blocked = explain([row for row in rows if not states.get(row.pk)])
    records, unsettled = DocumentRecords(sent), _with_open_refunds(sent)
    found = {row.pk: _of_unsent(blocked.get(row.pk)) for row in rows}
    for row in sent:
        company_id = row.business_unit.quickbooks_company_id
        stopping = records.stopping(row, company_id)
        found[row.pk] = _of_sent(State(states[row.pk]), stopping, refunded=row.pk in unsettled)
    return found


def _of_unsent(why: Blocked | None) -> Standing:
    if why is None:
        return Standing("Ready", "primary")
    label = {
        Reason.DO_NOT_EXPORT: "Do not export",
        Reason.CHECKING: "Being checked",
    }.get(why.code, "Not ready")
    return Standing(label, "default", why.words, why.code)


def taken_by(request: HttpRequest, standing: Standing | None, invoice: Invoice | None) -> str:
    """Name the units that hold the invoice's number, of those in which the person has a role."""
    if standing is None or invoice is None or standing.code != Reason.NUMBER_TAKEN:
        return ""
    seen = units_of(request, Capability.VIEW).filter(pk__in=units_with_number(invoice))
    return ", ".join(unit.name for unit in seen)


def _of_sent(state: State, stopping: SyncRecord | None, *, refunded: bool) -> Standing:
    if state == State.EXPORTED and refunded:
        words = "Refunded after all: adjust QuickBooks, see Refunds to adjust."
        return Standing("Needs manual adjustment", "warning", words)
    label, tone = BY_STATE[state]
    return Standing(label, tone, stopping.error if stopping else "")


def _with_open_refunds(payments: list[Payment]) -> set[int]:
    refunded = [payment.pk for payment in payments if payment.refunded_total]
    if not refunded:
        return set()
    refunds = RefundDiscrepancy.objects.filter(payment__in=refunded)
    return set(of_listing(refunds, Listing.OPEN).values_list("payment_id", flat=True))


TABS = {
    "ready": "Ready",
    "not-ready": "Not ready",
    "queued": "Queued",
    "exported": "Exported",
    "problems": "Problems",
    "held": "Do not export",
    "all": "All",
}
# Every row of these says the same word: only its reason is worth the room.
SAID_BY_TAB = ("not-ready", "held")
COUNTED_TABS = ("ready", "not-ready", "problems")
_STATES = {
    "queued": [State.PENDING, State.IN_FLIGHT],
    "exported": [State.EXPORTED],
    "problems": PROBLEMS,
}


_AMONG = {"ready": ready_among, "not-ready": not_ready_among, "held": held_among}


def units_for(request: HttpRequest) -> Units:
    """Return what of the units that the person sees decides, read once a request."""
    found: Units | None = request.__dict__.get("units_now")
    if found is None:
        seen = units_held(request, Capability.VIEW)
        found = request.__dict__["units_now"] = units_now(among=seen)
    return found


def in_tab(payments: QuerySet[Payment], tab: str, units: Units) -> QuerySet[Payment]:
    """Keep the payments that belong on the tab."""
    if tab == "all":
        return payments
    if tab in _AMONG:
        return _AMONG[tab](payments, units)
    return _in_states(payments, _STATES[tab])


def stopped(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Keep the payments that stand before a person."""
    return _in_states(payments, PROBLEMS)


def _in_states(payments: QuerySet[Payment], states: list[State]) -> QuerySet[Payment]:
    rows: QuerySet[Any] = with_standing(_touched(payments, states))
    # By what it is not: PostgreSQL takes few to have one value, and would sort them all for a page.
    return rows.exclude(standing__in=["", *set(State.values).difference(states)])


def _touched(payments: QuerySet[Payment], states: list[State]) -> QuerySet[Payment]:
    """Keep payments whose own record, or what it waits behind, is in one of the states.

    Only narrows: it finds few by index; what is exported is most of all, and found by date.
    """
    payments = payments.filter(stage=Payment.Stage.SENT)
    if State.EXPORTED in states:
        return payments
    records = SyncRecord.objects.filter(state__in=states)
    found: QuerySet[Any] = records.filter(kind="payment").values("payment")
    if State.FAILED in states:
        theirs = Payment.objects.order_by().values("pk")
        invoices = records.filter(kind="invoice").values("invoice")
        customers = records.filter(kind="customer").values("customer")
        found = found.order_by().union(
            theirs.filter(invoice__in=invoices), theirs.filter(invoice__customer__in=customers)
        )
    return payments.filter(pk__in=found)
