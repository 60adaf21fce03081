"""Proof: reading QuickBooks for the adjustments of refunds, in bulk, and settling what is certain.

The first reading takes every document dated from the earliest open refund on; later ones take only
what changed. What is read is kept (Adjustment), so that a refund entered here late still finds the
document that was entered there early.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.discrepancies.changes import OVERLAP, changes_since, is_deleted, last_reading, read_by_id
from sync.discrepancies.refunds.adjustments import (
    ENTITIES,
    adjustments_in,
    payment_adjustment,
    receivable_accounts,
    store,
)
from sync.discrepancies.refunds.judge import settle
from sync.discrepancies.refunds.matching import DAYS_BEFORE
from sync.discrepancies.refunds.pending import Claims, claims_of
from sync.models import Adjustment, CompanyRequest, QuickBooksCompany, Reading, SyncRecord
from sync.quickbooks.client import ChangesTruncated, Client

KIND = "proof"
Row = dict[str, Any]


@dataclass(slots=True)
class Read:
    """Documents by entity and id, None for one that is gone."""

    rows: dict[str, dict[str, Row | None]] = field(default_factory=dict)
    until: datetime | None = None
    covers_from: date | None = None

    def add(self, client: Client, entity: str, rows: dict[str, Row]) -> None:
        """Take in what a request answered; the first answer's time is where the next begins."""
        self.until = self.until or client.answered_at
        kept = self.rows.setdefault(entity, {})
        kept.update({key: None if is_deleted(row) else row for key, row in rows.items()})


def prove(session: CompanySession, request: CompanyRequest) -> dict[str, Any]:
    """Read what may adjust refunds and settle them; the handler of the request `proof`."""
    company, began = session.company, timezone.now()
    claims = claims_of(company)
    if not claims.all:
        return {"verified": 0, "proposed": 0, "reopened": 0}
    progress(request, "Reading adjustments in QuickBooks", 0, 2)
    read = _read(session.client, company, claims)
    progress(request, "Comparing them with the refunds", 1, 2)
    with transaction.atomic():
        session.lease.lock()
        _store(company, claims, read)
        Reading.objects.update_or_create(
            company=company,
            kind=KIND,
            defaults={
                "read_until": read.until or began,
                "covers_from": read.covers_from,
                "finished_at": timezone.now(),
            },
        )
    return settle(session, claims)


def _read(client: Client, company: QuickBooksCompany, claims: Claims) -> Read:
    reading = last_reading(company, KIND)
    earliest = min(claim.refunded_on for claim in claims.all) - DAYS_BEFORE
    read = Read(covers_from=earliest)
    if reading is None or reading.covers_from is None:
        for entity in ENTITIES:
            _read_dated(client, read, entity, f"TxnDate >= '{earliest}'")
            _look_for_missing(client, company, read, entity)
        _read_payments(client, read, claims.payments)
        return read
    read.covers_from = min(earliest, reading.covers_from)
    _read_changes(client, company, claims, read, reading)
    if earliest < reading.covers_from:
        for entity in ENTITIES:
            between = f"TxnDate >= '{earliest}' AND TxnDate < '{reading.covers_from}'"
            _read_dated(client, read, entity, between)
    _read_payments(client, read, claims.payments.keys() - _payments_read(company))
    return read


def _read_changes(
    client: Client, company: QuickBooksCompany, claims: Claims, read: Read, reading: Reading
) -> None:
    changes = changes_since(client, ENTITIES, reading.read_until)
    for entity, rows in changes.rows.items():
        read.add(client, entity, rows)
    for entity in changes.deletions_unseen:
        _look_for_missing(client, company, read, entity)
    try:
        payments = client.changes(["Payment"], reading.read_until - OVERLAP)["Payment"]
    except ChangesTruncated:  # others' payments too: asking for ours by id is cheaper
        _read_payments(client, read, claims.payments)
    else:
        ours = {str(row["Id"]): row for row in payments if str(row["Id"]) in claims.payments}
        read.add(client, "Payment", ours)


def _read_dated(client: Client, read: Read, entity: str, where: str) -> None:
    read.add(client, entity, {str(row["Id"]): row for row in client.select(entity, where)})


def _look_for_missing(client: Client, company: QuickBooksCompany, read: Read, entity: str) -> None:
    """Ask by id for documents that we know of and that did not come."""
    known = Adjustment.objects.filter(company=company, entity=entity, is_there=True)
    missing = set(known.values_list("qbo_id", flat=True)) - read.rows.get(entity, {}).keys()
    there = read_by_id(client, entity, missing)
    read.rows.setdefault(entity, {}).update({key: there.get(key) for key in missing})


def _read_payments(client: Client, read: Read, ids: Collection[str]) -> None:
    there = read_by_id(client, "Payment", ids)
    kept = read.rows.setdefault("Payment", {})
    kept.update({key: there.get(key) or kept.get(key) for key in ids})
    read.until = read.until or client.answered_at


def _payments_read(company: QuickBooksCompany) -> set[str]:
    rows = Adjustment.objects.filter(company=company, entity="Payment")
    return set(rows.values_list("qbo_id", flat=True))


def _store(company: QuickBooksCompany, claims: Claims, read: Read) -> None:
    receivable = receivable_accounts(company)
    customers = _customers(company)
    for entity in ENTITIES:
        rows = read.rows.get(entity, {})
        found = (
            adjustment
            for row in rows.values()
            if row is not None
            for adjustment in adjustments_in(company, entity, row, receivable)
        )
        ours = [adjustment for adjustment in found if adjustment.customer in customers]
        store(company, entity, ours, set(rows))
    payments = read.rows.get("Payment", {})
    today = timezone.now().date()
    store(
        company,
        "Payment",
        [payment_adjustment(*claims.payments[key], payments[key], today) for key in payments],
        set(payments),
    )


def _customers(company: QuickBooksCompany) -> set[str]:
    records = SyncRecord.objects.filter(company=company, kind=SyncRecord.Kind.CUSTOMER)
    return set(records.exclude(qbo_id="").values_list("qbo_id", flat=True))
