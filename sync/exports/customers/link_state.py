"""What hangs on the link of a customer: what went, what waits, and what forbids to change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from sync.exports.remedies.removal_guards import being_removed
from sync.exports.remedies.requests import name_of
from sync.models import Invoice, Party, Payment, SyncRecord
from sync.words import stored

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
# An invoice that was refused for these goes once its customer's link is mended.
REFUSED_FOR_ITS_CUSTOMER = ("610", "2500", Problem.UNLINKED.value)


def documents_of(record: SyncRecord) -> QuerySet[SyncRecord]:
    """Return the invoices and payments of a customer in its company."""
    # By lists of ids: through a join, SQLite would read every record.
    invoices = Invoice.objects.filter(customer=record.customer_id).values_list("pk", flat=True)
    payments = Payment.objects.filter(customer=record.customer_id).values_list("pk", flat=True)
    about = Q(invoice__in=list(invoices)) | Q(payment__in=list(payments))
    return SyncRecord.objects.filter(about, company=record.company_id)


def sent_for(record: SyncRecord) -> list[SyncRecord]:
    """Return what went for a customer, also where another one was entered here since."""
    rows = SyncRecord.objects.filter(company=record.company_id).exclude(qbo_id="")
    changed = rows.filter(content__customer=record.customer_id).values_list("pk", flat=True)
    ids = set(changed) | set(documents_of(record).exclude(qbo_id="").values_list("pk", flat=True))
    return list(SyncRecord.objects.filter(pk__in=ids).order_by("pk"))


def stopped_invoices(record: SyncRecord) -> list[int]:
    """Return the invoices that QuickBooks refused for their customer."""
    refused = documents_of(record).filter(
        state=State.FAILED, qbo_id="", error_code__in=REFUSED_FOR_ITS_CUSTOMER
    )
    ids = refused.values_list("invoice", "payment__invoice")
    return sorted({one or other for one, other in ids} - {None})


def in_the_way(record: SyncRecord) -> str:
    """Say why the link cannot be changed now; empty where it can.

    What is under way is looked for under the customer that it was sent to.
    """
    rows = documents_of(record).select_related("invoice", "payment", "customer")
    itself = SyncRecord.objects.filter(pk=record.pk).select_related("customer")
    for each in (*itself, *rows.filter(state__in=[State.IN_FLIGHT, State.UNCERTAIN])[:1]):
        if each.state == State.IN_FLIGHT:
            return _ON_ITS_WAY.filled(name=name_of(each))
        if each.state == State.UNCERTAIN:
            return _UNCERTAIN.filled(name=name_of(each))
    leaving = rows.filter(pk__in=being_removed({record.company_id})).first()
    return _LEAVING.filled(name=name_of(leaving)) if leaving else ""


_ON_ITS_WAY = stored(
    "%(name)s of this customer is on its way to QuickBooks right now. Until that is "
    "known, nothing is linked anew: wait a moment, and do it again."
)
_UNCERTAIN = stored(
    "Whether %(name)s of this customer reached QuickBooks is not certain. Settle that "
    "first (Check again, on its page): until then nothing is linked anew."
)
_LEAVING = stored(
    "%(name)s of this customer is being removed from QuickBooks. Wait until that is known."
)


@dataclass(frozen=True, slots=True)
class LinkState:
    """How many documents a change of the link is about, and what it may be changed to."""

    invoices_sent: int
    payments_sent: int
    invoices_waiting: int
    payments_waiting: int
    invoices_stopped: int
    in_the_way: str
    survivors: dict[str, str]  # by id: the name of a customer that what went belongs to there now


def state_of(record: SyncRecord) -> LinkState:
    """Return what the page of a link shows, in a fixed number of queries."""
    rows = list(documents_of(record).values_list("kind", "qbo_id", "read_back", "customer_there"))
    sent, waiting = [r for r in rows if r[1]], [r for r in rows if not r[1]]

    def count(some: Sequence[tuple[Any, ...]], kind: str) -> int:
        return sum(row[0] == kind for row in some)

    now = {there or back.get("CustomerRef", "") for _, _, back, there in sent}
    return LinkState(
        invoices_sent=count(sent, Kind.INVOICE),
        payments_sent=count(sent, Kind.PAYMENT),
        invoices_waiting=count(waiting, Kind.INVOICE),
        payments_waiting=count(waiting, Kind.PAYMENT),
        invoices_stopped=len(stopped_invoices(record)),
        in_the_way=in_the_way(record),
        survivors=_names(record, now - {"", record.qbo_id}),
    )


def _names(record: SyncRecord, qbo_ids: set[str]) -> dict[str, str]:
    parties = Party.objects.filter(company=record.company_id, kind=Party.Kind.CUSTOMER)
    known = {party.qbo_id: str(party) for party in parties.filter(qbo_id__in=qbo_ids)}
    return {qbo_id: known.get(qbo_id, f"Customer {qbo_id}") for qbo_id in sorted(qbo_ids)}
