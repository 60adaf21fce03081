"""Proof: reading QuickBooks for the adjustments of refunds, in pieces, and judging what is there.

The first reading takes every document dated from the earliest open refund on; later ones take only
what changed. What is read is kept (Adjustment), so that a refund entered here late still finds the
document that was entered there early. Between two pieces what is urgent goes first.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from sync.company.requests import keep_place, progress
from sync.company.sessions import CompanySession
from sync.discrepancies.changes import (
    OVERLAP,
    changes_since,
    in_chunks,
    is_deleted,
    last_reading,
    read_by_id,
)
from sync.discrepancies.refunds.bookkeeping.accounts import Accounts, Role
from sync.discrepancies.refunds.bookkeeping.documents import (
    ENTITIES,
    linked_credits,
    names_in,
    read_document,
)
from sync.discrepancies.refunds.bookkeeping.evidence import BEFORE
from sync.discrepancies.refunds.bookkeeping.fields import ref
from sync.discrepancies.refunds.pending import Pending, pending_of
from sync.discrepancies.refunds.reading.adjustments import accounts_of, store, store_kin
from sync.discrepancies.refunds.reading.own_documents import OwnDocuments
from sync.discrepancies.refunds.verdicts import settle
from sync.mappings import reference
from sync.models import (
    Adjustment,
    CompanyRequest,
    Kin,
    QuickBooksCompany,
    Reading,
    ReferenceEntry,
    SyncRecord,
)
from sync.quickbooks.client import ChangesTruncated, Client, where_in
from sync.words import stored

KIND = "proof"
WINDOW = timedelta(days=183)
"""What is read of one entity in one piece."""
LINKS = "Links"
_DEEPEST = 5
_BOUNCES = {"bounced", "chargeback"}
Row = dict[str, Any]
Rows = dict[str, Row | None]
Piece = list[str]


def prove(session: CompanySession, request: CompanyRequest) -> dict[str, Any] | None:
    """Read one more piece, or judge once all is read; the handler of the request `proof`."""
    place = request.place
    if not place:
        if not pending_of(session.company).asked:
            return {"verified": 0, "proposed": 0, "reopened": 0}
        place = _plan(session.company)
    reader = _Reader(session, place)
    total = place["total"]
    if place["todo"]:
        progress(
            request, stored("Reading adjustments in QuickBooks"), total - len(place["todo"]), total
        )
        reader.read(place["todo"][0])
        done = {"todo": place["todo"][1:], "until": reader.until, "moved": reader.moved}
        keep_place(request, place | done)
        return None
    progress(request, stored("Comparing them with the refunds"), total, total)
    return _conclude(session, place)


def _plan(company: QuickBooksCompany) -> dict[str, Any]:
    """Return the pieces of a reading."""
    asked = pending_of(company).asked
    earliest = min(claim.refunded_on for claim in asked) - BEFORE
    last = last_reading(company, KIND)
    todo: list[Piece] = []
    covers = earliest
    if last is None or last.covers_from is None:
        todo += _windows(earliest, None)
        todo += [["older", entity] for entity in (*ENTITIES, LINKS)]
    else:
        todo.append(["changes"])
        todo += _windows(earliest, last.covers_from)
        covers = min(earliest, last.covers_from)
    todo += [["bounces", earliest.isoformat()], ["own"], ["kin"]]
    since = last.read_until.isoformat() if last else None
    return {
        "todo": todo,
        "total": len(todo),
        "covers_from": covers.isoformat(),
        "since": since,
        "until": None,
        # Customers that were changed: one of them may have been merged into another.
        "moved": [],
    }


def _windows(first: date, end: date | None) -> list[Piece]:
    """Return the pieces that read what is dated from a day on, up to another or without end."""
    pieces = []
    today = timezone.now().date()
    while first < (end or today):
        last = min(first + WINDOW, end) if end else first + WINDOW
        until = "" if end is None and last >= today else last.isoformat()
        pieces += [["dated", entity, first.isoformat(), until] for entity in (*ENTITIES, LINKS)]
        first = last
    return pieces or ([] if end else _windows(today - WINDOW, None))


def _conclude(session: CompanySession, place: dict[str, Any]) -> dict[str, Any]:
    with writing(session):
        result = settle(session.company)
        Reading.objects.update_or_create(
            company=session.company,
            kind=KIND,
            defaults={
                "read_until": datetime.fromisoformat(place["until"]),
                "covers_from": date.fromisoformat(place["covers_from"]),
                "finished_at": timezone.now(),
            },
        )
    return result


class _Reader:
    """Reads a piece and keeps it; `until` is where the next reading begins."""

    def __init__(self, session: CompanySession, place: dict[str, Any]) -> None:
        self.session, self.place = session, place
        self.client: Client = session.client
        self.company = session.company
        self.until: str | None = place["until"]
        self.moved: list[str] = place["moved"]
        self.since = datetime.fromisoformat(place["since"]) if place["since"] else None

    def read(self, piece: Piece) -> None:
        """Read one piece."""
        began = timezone.now()
        name, *details = piece
        getattr(self, f"_{name}")(*details)
        if self.until is None:
            self.until = (self.client.answered_at or began).isoformat()

    def _dated(self, entity: str, first: str, end: str) -> None:
        where = f"TxnDate >= '{first}'" + (f" AND TxnDate < '{end}'" if end else "")
        if entity == LINKS:
            where = f"TotalAmt = '0' AND {where}"
        name = "Payment" if entity == LINKS else entity
        rows: Rows = {str(row["Id"]): row for row in self.client.select(name, where)}
        known = self._known(entity).filter(dated_on__gte=first)
        known = known.filter(dated_on__lt=end) if end else known
        # What we know of these days and did not come was deleted, or bears another date.
        missing = set(known.values_list("qbo_id", flat=True)) - rows.keys()
        there = read_by_id(self.client, name, missing)
        self._keep(entity, rows | {key: there.get(key) for key in missing})

    def _older(self, entity: str) -> None:
        """Ask by id for documents that we know of from before the days that are read."""
        known = self._known(entity).filter(dated_on__lt=self.place["covers_from"])
        self._ask_again(entity, set(known.values_list("qbo_id", flat=True)))

    def _known(self, entity: str) -> QuerySet[Adjustment]:
        known = Adjustment.objects.filter(company=self.company, is_there=True)
        if entity == LINKS:
            return known.filter(kind=Adjustment.Kind.CREDITS_LINKED)
        return known.filter(entity=entity)

    def _ask_again(self, entity: str, ids: set[str]) -> None:
        there = read_by_id(self.client, "Payment" if entity == LINKS else entity, ids)
        self._keep(entity, {key: there.get(key) for key in ids})

    def _changes(self) -> None:
        if self.since is None:
            return
        changes = changes_since(self.client, [*ENTITIES, "Customer"], self.since)
        self.until = (self.client.answered_at or timezone.now()).isoformat()
        for entity, rows in changes.rows.items():
            if entity == "Customer":
                keep_kin(self.session, rows.values())
                self.moved = sorted(rows)
            else:
                self._keep(entity, dict(rows))
        for entity in changes.deletions_unseen & {*ENTITIES}:
            ids = set(self._known(entity).values_list("qbo_id", flat=True))
            self._ask_again(entity, ids - changes.rows.get(entity, {}).keys())
        self._changed_links(self.since)

    def _changed_links(self, since: datetime) -> None:
        """Read the payments of nothing that changed; just those where all changed are too many."""
        try:
            changed = self.client.changes(["Payment"], since - OVERLAP)["Payment"]
        except ChangesTruncated:
            changed = list(self.client.select("Payment", "TotalAmt = '0'", since=since - OVERLAP))
            known = set(self._known(LINKS).values_list("qbo_id", flat=True))
            self._ask_again(LINKS, known - {str(row["Id"]) for row in changed})
        self._keep(LINKS, {str(row["Id"]): row for row in changed})

    def _bounces(self, first: str) -> None:
        """Read invoices of a product that is kept in a bank account, where there is one."""
        accounts = accounts_of(self.company)
        if not any(accounts.product_role(p) is Role.MONEY for p in accounts.products):
            return
        bounced = [c for c in pending_of(self.company).asked if c.kind in _BOUNCES]
        customers = {customer for claim in bounced for customer in claim.customers}
        rows: Rows = {}
        for some in in_chunks(sorted(customers)):
            where = f"{where_in('CustomerRef', some)} AND TxnDate >= '{first}'"
            rows |= {str(r["Id"]): r for r in self.client.select("Invoice", where)}
        records = SyncRecord.objects.filter(company=self.company, kind="invoice")
        ours = set(records.filter(qbo_id__in=rows).values_list("qbo_id", flat=True))
        self._keep("Invoice", {key: row for key, row in rows.items() if key not in ours})

    def _own(self) -> None:
        pending: Pending = pending_of(self.company)
        own = OwnDocuments(self.client, self.company, pending.ours.values())
        found = own.read(self.since, self.moved)
        looked_at = {each.qbo_id for each in found["Payment"]}
        invoices = {pending.ours[key].invoice for key in looked_at} - {""}
        with writing(self.session):
            store(self.company, "Payment", found["Payment"], looked_at)
            store(self.company, "Invoice", found["Invoice"], invoices)

    def _kin(self) -> None:
        """Read under whom the customers of refunds and of documents stand."""
        documents = Adjustment.objects.filter(company=self.company, is_there=True)
        wanted = set(documents.exclude(customer="").values_list("customer", flat=True))
        wanted |= {c for claim in pending_of(self.company).claims for c in claim.customers}
        read_kin(self.session, wanted)

    def _keep(self, entity: str, rows: Rows) -> None:
        """Keep what documents do to the books."""
        accounts = known_accounts(self.session, entity, rows)
        found: list[Adjustment] = []
        for row in rows.values():
            if row is None or is_deleted(row):
                continue
            if entity == LINKS:
                found += [made for made in [linked_credits(row, accounts)] if made]
            else:
                found += read_document(entity, row, accounts)
        ids = self._others(rows) if entity == LINKS else set(rows)
        stored = "Payment" if entity == LINKS else entity
        with writing(self.session):
            store(self.company, stored, [each for each in found if each.qbo_id in ids], ids)

    def _others(self, rows: Rows) -> set[str]:
        """Leave out payments of ours: they are looked at by themselves."""
        records = SyncRecord.objects.filter(company=self.company, kind="payment")
        ours = {
            qbo_id
            for some in in_chunks(list(rows))
            for qbo_id in records.filter(qbo_id__in=some).values_list("qbo_id", flat=True)
        }
        return set(rows) - ours


def read_kin(session: CompanySession, wanted: set[str]) -> None:
    """Read under whom customers stand, and those above them, where that is not known yet."""
    known = set(Kin.objects.filter(company=session.company).values_list("customer", flat=True))
    for _ in range(_DEEPEST):
        wanted = wanted - known - {""}
        if not wanted:
            return
        rows = read_by_id(session.client, "Customer", wanted)
        nobody = [(one, "") for one in wanted - rows.keys()]
        known |= wanted
        wanted = keep_kin(session, rows.values(), nobody)


def keep_kin(
    session: CompanySession, rows: Iterable[Row], more: Iterable[tuple[str, str]] = ()
) -> set[str]:
    """Keep under whom customers stand; return those above them."""
    pairs = [(str(row["Id"]), ref(row, "ParentRef")) for row in rows if not is_deleted(row)]
    with writing(session):
        store_kin(session.company, [*pairs, *more])
    return {parent for _, parent in pairs} - {""}


def known_accounts(session: CompanySession, entity: str, rows: Rows) -> Accounts:
    """Return what accounts are, having read those that are new in the documents."""
    company = session.company
    accounts = accounts_of(company)
    used = [names_in(entity, row) for row in rows.values() if row]
    new_accounts, new_products = accounts.unknown(
        {each for names, _ in used for each in names},
        {each for _, names in used for each in names},
    )
    for kind, ids in (
        (ReferenceEntry.Kind.ITEM, new_products),
        (ReferenceEntry.Kind.ACCOUNT, new_accounts),
    ):
        if ids:
            reference.read_again(session.client, company, kind, sorted(ids))
    return accounts_of(company) if new_accounts or new_products else accounts


@contextmanager
def writing(session: CompanySession) -> Iterator[None]:
    """Write in one transaction, under the company's lease."""
    with transaction.atomic():
        session.lease.lock()
        yield
