"""Asking QuickBooks about documents: which of them a remedy fits, and the row that asks for it.

What reads or writes QuickBooks is done by whoever holds the company's lease (checking, linking,
forgetting, removing); here it is only planned, for the page that asks first, and written down.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company import requests
from sync.exports.delivery.taxes.update import CORRECTION
from sync.exports.remedies import figures
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.decision_plan import MOST_AT_ONCE
from sync.exports.remedies.removal_guards import BEING_REMOVED, being_removed, refund_in_the_way
from sync.models import CompanyRequest, Payment, SyncRecord
from sync.quickbooks.faults import DUPLICATES
from sync.words import in_english, stored

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
MOST_REMOVED = 200  # each is a write of its own
IN_ORDER = [Kind.CUSTOMER, Kind.INVOICE, Kind.PAYMENT]


class Remedy(StrEnum):
    """What is asked of QuickBooks; the value is the kind of its CompanyRequest."""

    CHECK = "check_again"
    COMPARE = "compare"
    LINK = "link"
    UNLINK = "unlink"
    REMOVE = "remove"
    CORRECT = CORRECTION
    ACCEPT = "accept_there"
    NAME = "accept_name"
    # Of one customer each, asked for by customers/mending.py.
    RELINK = "relink_customer"
    ANEW = "customer_anew"
    LET_GO = "unlink_customer"


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """One document that a remedy would be about; `refused` says why it is left out.

    `words` say what happens to just this one, where the remedy's own do not; `to` is what the
    person is shown, to be seen to stand still before it is done.
    """

    record: SyncRecord
    name: str
    refused: str = ""
    words: str = ""
    to: tuple[str, ...] = ()


def most_at_once(remedy: Remedy) -> int:
    """Return how many documents one press may be about."""
    return MOST_REMOVED if remedy == Remedy.REMOVE else MOST_AT_ONCE


def units_of_work(payments: Iterable[Payment], remedy: Remedy) -> QuerySet[SyncRecord]:
    """Return the records of the payments' whole units of work, where their units post to now."""
    rows = list(payments)
    invoices = {row.invoice_id for row in rows if row.invoice_id}
    about = Q(invoice__in=invoices) | Q(payment__invoice__in=invoices)
    if remedy in {Remedy.CHECK, Remedy.COMPARE, Remedy.NAME}:
        about |= Q(customer__in={row.customer_id for row in rows})
    companies = {row.business_unit.quickbooks_company_id for row in rows}
    return SyncRecord.objects.filter(about, company__in=companies - {None})


def plan(remedy: Remedy, records: QuerySet[SyncRecord]) -> list[DocumentStep]:
    """Say of each document whether the remedy fits it; a removal takes its whole unit of work."""
    if remedy == Remedy.REMOVE:
        ids = list(records.values_list("invoice", "payment__invoice"))
        invoices = {one or other for one, other in ids}
        whole = Q(invoice__in=invoices) | Q(payment__invoice__in=invoices)
        companies = list(records.values_list("company", flat=True).distinct())
        records = SyncRecord.objects.filter(whole, company__in=companies)
    rows = sorted(
        records.select_related(
            "customer",
            "invoice__customer",
            "payment__invoice",
            "payment__customer",
            "business_unit",
            "company",
        ),
        key=_order,
    )
    leaving = being_removed({row.company_id for row in rows})
    refused = {row.pk: _refusal(remedy, row, leaving) for row in rows}
    if remedy == Remedy.REMOVE:
        refused = _whole(rows, refused)
    about = _about(remedy, rows)
    return [DocumentStep(row, name_of(row), refused[row.pk], *_shown(remedy, row)) for row in about]


def _shown(remedy: Remedy, record: SyncRecord) -> tuple[str, tuple[str, ...]]:
    """Return what a person is shown of one document, in words and as it is to stand still."""
    invoice = record.invoice
    if invoice is None or not figures.has_amiss_figures(record):
        return "", ()
    if remedy == Remedy.CORRECT:
        shown = (str(invoice.total), str(invoice.tax_total))
        return figures.correction_words(record, invoice), shown
    if remedy == Remedy.ACCEPT:
        words = figures.acceptance_words(record, invoice)
        return words, (record.qbo_id, record.qbo_sync_token)
    return "", ()


def _order(record: SyncRecord) -> tuple[int, int, str, int]:
    """Sort units of work together, each as it goes: customer, invoice, payments by day."""
    received_on = str(record.payment.received_on) if record.payment else ""
    kind = IN_ORDER.index(Kind(record.kind))
    return invoice_of(record) or 0, kind, received_on, record.pk


def _whole(rows: list[SyncRecord], refused: dict[int, str]) -> dict[int, str]:
    """Refuse a unit of work whole where one document of it is refused."""
    words: dict[int | None, str] = {}
    for row in rows:
        if refused[row.pk]:
            words.setdefault(invoice_of(row), _of_it(name_of(row), refused[row.pk]))
    return {row.pk: words.get(invoice_of(row), "") for row in rows}


def _of_it(name: str, words: str) -> str:
    return stored("%(name)s: %(words)s", name=name, words=words)


def _about(remedy: Remedy, rows: list[SyncRecord]) -> list[SyncRecord]:
    """Leave out what the remedy says nothing about, such as what was never sent."""
    if remedy == Remedy.COMPARE:
        return [row for row in rows if not row.qbo_id]
    if remedy == Remedy.CHECK:
        return [row for row in rows if row.qbo_id or row.state == State.UNCERTAIN]
    if remedy == Remedy.NAME:
        return [row for row in rows if row.kind == Kind.CUSTOMER and row.qbo_id]
    if remedy in {Remedy.CORRECT, Remedy.ACCEPT}:
        return [row for row in rows if row.kind == Kind.INVOICE and row.qbo_id]
    return [row for row in rows if row.kind != Kind.CUSTOMER and row.qbo_id]


def invoice_of(record: SyncRecord) -> int | None:
    """Return the id of the invoice that a document is or belongs to."""
    return record.payment.invoice_id if record.payment else record.invoice_id


def name_of(record: SyncRecord) -> str:
    """Name a document as people do: its number, or its amount and day."""
    if record.payment is None:
        return record.invoice.said() if record.invoice else str(record.customer)
    return in_words(record.payment)


def _invoice_name(payment: Payment | None) -> str:
    if payment is None:
        return ""
    return payment.invoice.said() if payment.invoice else str(None)


def in_words(payment: Payment) -> str:
    """Name a payment by its amount and day."""
    return stored(
        "Payment of %(amount)s, %(received_on)s",
        amount=(payment.amount, payment.currency),
        received_on=payment.received_on,
    )


def _refusal(remedy: Remedy, record: SyncRecord, leaving: set[int]) -> str:
    if record.pk in leaving:
        return BEING_REMOVED
    if record.state == State.IN_FLIGHT:
        return stored("It is on its way to QuickBooks right now. Wait until that is known.")
    if remedy in _FITS:
        fits, words = _FITS[remedy]
        return "" if fits(record) else words
    if remedy in {Remedy.UNLINK, Remedy.REMOVE}:
        if record.state == State.UNCERTAIN:
            return stored("Whether it reached QuickBooks is not certain. Check it again first.")
        return refund_in_the_way(record.payment) if record.payment else ""
    return ""


def is_comparable(record: SyncRecord) -> bool:
    """Say whether a document in QuickBooks may stand where this one was to go."""
    if record.qbo_id:
        return False
    if record.state == State.FAILED:
        return record.error_code in DUPLICATES
    if record.state == State.PENDING and record.payment:
        # Its invoice was linked to one that is paid there: so its payment may be there too.
        return SyncRecord.objects.filter(
            company=record.company_id,
            invoice=record.payment.invoice_id,
            state=State.MISMATCH,
            error_code=Problem.BALANCE,
        ).exists()
    return record.state == State.UNCERTAIN


def has_another_name(record: SyncRecord) -> bool:
    """Say whether a customer stopped because QuickBooks calls it otherwise than we do."""
    theirs = record.read_back.get("DisplayName", "")
    is_stopped = record.state == State.MISMATCH and record.error_code == Problem.MISMATCH
    if record.kind != Kind.CUSTOMER or not is_stopped:
        return False
    return theirs not in {"", record.content["display_name"].strip()}


def is_link_amiss(record: SyncRecord) -> bool:
    """Say whether mending the link of its customer may put a document right."""
    if record.kind == Kind.CUSTOMER:
        return bool(record.qbo_id) and record.state == State.MISMATCH
    return record.state == State.FAILED and record.error_code == Problem.UNLINKED


_FITS: dict[Remedy, tuple[Callable[[SyncRecord], bool], str]] = {
    Remedy.COMPARE: (is_comparable, stored("Nothing in QuickBooks stands in its way.")),
    Remedy.NAME: (has_another_name, stored("Its name there is not what stops it.")),
    Remedy.CORRECT: (figures.has_amiss_figures, stored("Its total and tax are the same there.")),
    Remedy.ACCEPT: (figures.has_amiss_figures, stored("Its total and tax are the same there.")),
}


@in_english
def ask(remedy: Remedy, record_ids: Collection[int], actor: User | None) -> list[CompanyRequest]:
    """Write down that a remedy is asked for, one row a unit and company.

    Raises AccessDenied, or RemedyRefused where it fits none of the documents.
    """
    chosen = SyncRecord.objects.filter(pk__in=record_ids)
    steps = plan(remedy, chosen)
    for unit_id in {step.record.business_unit_id for step in steps}:
        access.require(actor, Capability.RESOLVE, unit_id)
    going = [step for step in steps if not step.refused]
    if not going:
        refused = next((step.refused for step in steps), "")
        raise RemedyRefused(refused or stored("There is nothing to do for what was chosen."))
    if len(going) > (most := most_at_once(remedy)):
        raise RemedyRefused(
            stored(
                "These are %(count)s documents; choose at most %(most)s at once.",
                count=len(going),
                most=most,
            )
        )
    return write_down(remedy, going, actor, lambda step: {"to": list(step.to)} if step.to else {})


@in_english
def ask_to_link(
    compared: CompanyRequest, record_ids: Collection[int], actor: User
) -> CompanyRequest:
    """Write down that documents are to be linked to what a comparison showed beside them."""
    if compared.business_unit_id is None:
        raise RemedyRefused(stored("Compare them again first."))
    access.require(actor, Capability.RESOLVE, compared.business_unit_id)
    shown = {
        outcome["record"]: {"to": [outcome["qbo_id"], outcome["sync_token"]]}
        for outcome in compared.result.get("outcomes", [])
        if outcome.get("linkable") and outcome["record"] in record_ids
    }
    rows = SyncRecord.objects.filter(
        pk__in=shown, company=compared.company_id, business_unit=compared.business_unit_id
    )
    going = [step for step in plan(Remedy.COMPARE, rows) if not step.refused]
    if not going:
        raise RemedyRefused(
            stored("Choose what is to be linked; compare again if the page is old.")
        )
    return write_down(Remedy.LINK, going, actor, lambda step: shown[step.record.pk])[0]


@in_english
def write_down(
    remedy: Remedy,
    steps: Iterable[DocumentStep],
    actor: User | None,
    more: Callable[[DocumentStep], dict[str, list[str]]],
) -> list[CompanyRequest]:
    """Keep what is asked, and with each document `more`; raises RemedyRefused."""
    groups: dict[tuple[int, int], list[DocumentStep]] = defaultdict(list)
    for step in steps:
        if not step.record.company.is_connected:
            raise RemedyRefused(
                stored(
                    "%(company)s is not connected. Reconnect it first.", company=step.record.company
                )
            )
        groups[step.record.company_id, step.record.business_unit_id].append(step)
    return [
        requests.ask(
            group[0].record.company,
            remedy.value,
            unit=group[0].record.business_unit,
            actor=actor,
            documents=[
                {
                    "record": step.record.pk,
                    "name": step.name,
                    "of": _invoice_name(step.record.payment),
                    "page": [step.record.kind, step.record.document_id],
                    **more(step),
                }
                for step in group
            ],
        )
        for group in groups.values()
    ]
