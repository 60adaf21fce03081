"""How each payment stands, in the words that people read on every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import units_held, units_of
from sync.admin.common.document_records import DocumentRecords
from sync.discrepancies.refunds.refunds import Listing, of_listing
from sync.exports.rules.by_stage import (
    STATES,
    held_among,
    not_ready_among,
    ready_among,
    sent_among,
    units_now,
)
from sync.exports.rules.eligibility import Blocked, Units, explain, with_standing
from sync.exports.rules.reasons import units_with_number
from sync.models import Invoice, Payment, Reason, RefundDiscrepancy, SyncRecord
from sync.words import later

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
        return self.code == READY.code

    def __str__(self) -> str:
        label = "" if self.hides_label else _drawn(self.tone, str(self.label))
        why = format_html('<span class="paidup-why">{}</span>', self.words) if self.words else ""
        return format_html('<span class="paidup-standing">{}{}</span>', label, why)


@lru_cache(maxsize=200)
def _drawn(tone: str, text: str) -> SafeString:
    """Draw a label as the theme does; a list has few of them in many rows."""
    return render_to_string("unfold/helpers/label.html", {"type": tone, "text": text})


BY_STATE = {
    State.PENDING: (later("Queued"), "info"),
    State.IN_FLIGHT: (later("Exporting"), "info"),
    State.EXPORTED: (later("Exported"), "success"),
    State.MISMATCH: (later("Exported, check"), "warning"),
    State.FAILED: (later("Failed"), "danger"),
    State.UNCERTAIN: (later("Uncertain"), "warning"),
}


def standings(payments: Iterable[Payment]) -> dict[int, Standing]:
    """Return how each payment stands, by id; the number of queries does not grow with them."""
    rows = list(payments)
    states = _states_of([row.pk for row in rows if row.stage in STATES])
    sent = [row for row in rows if states.get(row.pk)]
    blocked = explain([row for row in rows if not states.get(row.pk)])
    found = {row.pk: _of_unsent(blocked.get(row.pk)) for row in rows}
    if not sent:
        return found
    records, unsettled = DocumentRecords(sent), _with_open_refunds(sent)
    for row in sent:
        company_id = row.business_unit.quickbooks_company_id
        stopping = records.stopping(row, company_id)
        found[row.pk] = _of_sent(State(states[row.pk]), stopping, refunded=row.pk in unsettled)
    return found


def _states_of(ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    stands: QuerySet[Any] = with_standing(Payment.objects.filter(pk__in=ids))
    return dict(stands.values_list("pk", "standing"))


READY = Standing(later("Ready"), "primary", code="READY")


def _of_unsent(why: Blocked | None) -> Standing:
    if why is None:
        return READY
    label = {
        Reason.DO_NOT_EXPORT: _("Do not export"),
        Reason.CHECKING: _("Being checked"),
    }.get(why.code, _("Not ready"))
    return Standing(label, "default", why.words, why.code)


def taken_by(request: HttpRequest, standing: Standing | None, invoice: Invoice | None) -> str:
    """Name the units that hold the invoice's number, of those in which the person has a role."""
    if standing is None or invoice is None or standing.code != Reason.NUMBER_TAKEN:
        return ""
    seen = units_of(request, Capability.VIEW).filter(pk__in=units_with_number(invoice))
    return ", ".join(unit.name for unit in seen)


def _of_sent(state: State, stopping: SyncRecord | None, *, refunded: bool) -> Standing:
    if state == State.EXPORTED and refunded:
        words = _("Refunded after all: adjust QuickBooks, see Refunds to adjust.")
        return Standing(_("Needs manual adjustment"), "warning", words)
    label, tone = BY_STATE[state]
    return Standing(label, tone, stopping.error if stopping else "")


def _with_open_refunds(payments: list[Payment]) -> set[int]:
    refunded = [payment.pk for payment in payments if payment.refunded_total]
    if not refunded:
        return set()
    refunds = RefundDiscrepancy.objects.filter(payment__in=refunded)
    return set(of_listing(refunds, Listing.OPEN).values_list("payment_id", flat=True))


TABS = {
    "ready": later("Ready"),
    "not-ready": later("Not ready"),
    "queued": later("Queued"),
    "exported": later("Exported"),
    "problems": later("Problems"),
    "held": later("Do not export"),
    "all": later("All"),
}
# Every row of these says the same word: only its reason is worth the room.
SAID_BY_TAB = ("not-ready", "held")
COUNTED_TABS = ("ready", "not-ready", "problems")
STAGE_OF_TAB = {
    "queued": Payment.Stage.QUEUED,
    "exported": Payment.Stage.SENT,
    "problems": Payment.Stage.STUCK,
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
    return sent_among(payments, STAGE_OF_TAB[tab], units)
