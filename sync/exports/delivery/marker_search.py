"""Looking a request up: what of it QuickBooks holds, found by our marker.

Documents are sought where they were put (numbers, customers and dates, names), and among all that
changed since, where somebody may have moved them to. A deleted one leaves no marker behind, so a
deletion that we cannot explain is a question for a person.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TypeAlias, TypedDict

from django.utils import timezone

from sync.company.isolation import Trouble, attempt
from sync.exports.documents.build import ENTITY
from sync.models import Event, SyncRecord
from sync.quickbooks.client import ChangesTruncated, Client, where_in
from sync.quickbooks.documents import Entity, has_marker, marker_in, name_key
from sync.quickbooks.lists import with_inactive

Kind = SyncRecord.Kind
# By customer of ours: its ids in QuickBooks, the former ones too.
Customers: TypeAlias = dict[int, set[str]]
LET_GO = (Event.Action.REMOVED_FROM_QUICKBOOKS, Event.Action.UNLINKED)
# Clocks differ: look a little further back than we think is needed.
CLOCK_SKEW = timedelta(minutes=5)
# Intuit tells of changes for 30 days.
LOOK_BACK = timedelta(days=29)


class Look(TypedDict):
    """What a look found, as a request keeps it: two looks agree where these are equal."""

    ours: dict[str, list[str | None]]  # by record: the document's Id and SyncToken
    strangers: dict[str, str]  # by record: the Id of a look-alike
    deleted: list[str]  # such as "Invoice 145"


@dataclass(slots=True)
class Findings:
    """What a look found: ours by record, look-alikes by record, and unexplained deletions."""

    ours: dict[int, Entity] = field(default_factory=dict)
    strangers: dict[int, Entity] = field(default_factory=dict)
    deleted: set[tuple[Kind, str]] = field(default_factory=set)

    def summary(self) -> "Look":
        """Return what must be equal for two looks to agree."""
        return {
            "ours": {str(pk): [e["Id"], e.get("SyncToken")] for pk, e in self.ours.items()},
            "strangers": {str(pk): e["Id"] for pk, e in self.strangers.items()},
            "deleted": sorted(f"{ENTITY[kind]} {qbo_id}" for kind, qbo_id in self.deleted),
        }

    def is_empty(self) -> bool:
        """Say whether nothing at all was found."""
        return not (self.ours or self.strangers or self.deleted)


def look(client: Client, records: Sequence[SyncRecord], since: datetime) -> Findings:
    """Look up the documents of records, many by one query; nothing is written.

    `since` is when the first of them left. Raises QuickBooksFault and TransportError.
    """
    findings = Findings()
    for kind in Kind:
        wanted = [record for record in records if record.kind == kind]
        if wanted:
            entity = ENTITY[kind]
            customers = _customer_ids(wanted)
            # Much may have changed since: only what may be meant is kept.
            may_be = partial(_may_be, wanted, customers)
            changed, deleted = _changes(client, entity, since - CLOCK_SKEW, may_be)
            rows = chain(changed, _where_they_belong(client, kind, wanted, customers))
            near = {str(row["Id"]): row for row in rows if may_be(row)}
            findings.deleted |= {(kind, qbo_id) for qbo_id in _unexplained(kind, wanted, deleted)}
            _match(findings, wanted, list(near.values()), customers)
    return findings


def _changes(
    client: Client, entity: str, since: datetime, may_be: Callable[[Entity], bool]
) -> tuple[Iterable[Entity], set[str]]:
    """Return what changed and may be meant, and which ids were deleted since then.

    Where one answer cannot tell it all, changes are read as a list, and deletions stay unseen.
    https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/change-data-capture
    """
    told_since = max(since, timezone.now() - LOOK_BACK)
    changed: list[Entity] | None = None
    deleted: set[str] = set()
    try:
        rows = client.changes([entity], told_since)[entity]
    except ChangesTruncated:
        pass
    else:
        deleted = {str(row["Id"]) for row in rows if row.get("status") == "Deleted"}
        changed = [row for row in rows if row.get("status") != "Deleted"]
    if changed is None or since < told_since:
        where = with_inactive(entity) if entity == "Customer" else ""
        return client.select(entity, where, since, may_be), deleted
    return changed, deleted


def _customer_ids(wanted: Sequence[SyncRecord]) -> Customers:
    """Return the QuickBooks ids of the customers that payments are from, by our own id.

    More than one where ours was linked anew: a payment stays with the customer of its invoice.
    """
    payments = [record for record in wanted if record.kind == Kind.PAYMENT]
    ours = {record.content["customer"] for record in payments}
    there = SyncRecord.objects.filter(company=wanted[0].company, customer__in=ours)
    found: Customers = defaultdict(set)
    for pk, qbo_id in there.values_list("customer", "qbo_id"):
        found[pk or 0].add(qbo_id)
    for record in payments:
        found[record.content["customer"]].add(record.customer_there)
    return {pk: ids - {""} for pk, ids in found.items()}


def _where_they_belong(
    client: Client, kind: Kind, wanted: Sequence[SyncRecord], customers: Customers
) -> Iterable[Entity]:
    """Return what is where they were put; what no query can name is found by its marker alone."""
    if kind == Kind.INVOICE:
        numbers = {record.content["number"] for record in wanted}
        return client.select_each("Invoice", "DocNumber", numbers)[0]
    if kind == Kind.CUSTOMER:
        names = {record.content["display_name"] for record in wanted}
        return client.select_each("Customer", "DisplayName", names, with_inactive("Customer"))[0]
    dates = {record.content["received_on"] for record in wanted}
    theirs = sorted(set().union(*customers.values()))
    if not theirs:
        return []  # what it is for is not there, so it was put nowhere
    where = f"{where_in('CustomerRef', theirs)} AND {where_in('TxnDate', sorted(dates))}"
    return client.select("Payment", where)


def _unexplained(kind: Kind, wanted: Sequence[SyncRecord], deleted: set[str]) -> set[str]:
    """Leave out deletions of documents that are other records', or were until we let them go."""
    company = wanted[0].company_id
    known = SyncRecord.objects.filter(company=company, kind=kind, qbo_id__in=deleted)
    explained = let_go(company, kind, deleted)
    return deleted - explained - set(known.values_list("qbo_id", flat=True))


def let_go(company_id: int, kind: Kind, qbo_ids: Collection[str]) -> set[str]:
    """Return which of these documents were ours until a person or a removal let them go."""
    events = Event.objects.filter(
        action__in=LET_GO,
        subject_kind=kind,
        detail__company=company_id,
        detail__quickbooks_id__in=list(qbo_ids),
    )
    return {detail["quickbooks_id"] for detail in events.values_list("detail", flat=True)}


def _match(
    findings: Findings,
    wanted: Sequence[SyncRecord],
    rows: Sequence[Entity],
    customers: Customers,
) -> None:
    for record in wanted:
        ours = next((row for row in rows if has_marker(row, record.marker)), None)
        if ours is not None:
            findings.ours[record.pk] = ours
            continue
        unmarked = (row for row in rows if not _is_marked(row))
        alike = next((row for row in unmarked if _is_alike(record, row, customers)), None)
        if alike is not None:
            findings.strangers[record.pk] = alike


def _may_be(wanted: Sequence[SyncRecord], customers: Customers, row: Entity) -> bool:
    """Say whether a document may be meant; one that cannot be told is not, if it is another's."""
    near = attempt(partial(_is_near, wanted, customers, row))
    if isinstance(near, Trouble):
        is_ours = any(has_marker(row, record.marker) for record in wanted)
        if is_ours or not marker_in(row):
            raise near.error
        return False
    return near


def _is_near(wanted: Sequence[SyncRecord], customers: Customers, row: Entity) -> bool:
    if _is_marked(row):
        return any(has_marker(row, record.marker) for record in wanted)
    return any(_is_alike(record, row, customers) for record in wanted)


def _is_marked(row: Entity) -> bool:
    """Say whether a marker of ours stands in it: then it is another record's."""
    return has_marker(row, "Paidup ")


def _is_alike(record: SyncRecord, row: Entity, customers: Customers) -> bool:
    """Say whether a document without our marker could be what we sent, or stands in its way."""
    content = record.content
    if record.kind == Kind.INVOICE:
        # QuickBooks takes numbers that differ only in case for equal, as it does names.
        return name_key(str(row.get("DocNumber"))) == name_key(str(content["number"]))
    if record.kind == Kind.CUSTOMER:
        return name_key(str(row.get("DisplayName", ""))) == record.name_key
    return bool(
        row.get("CustomerRef", {}).get("value") in customers.get(content["customer"], set())
        and str(row.get("TxnDate")) == content["received_on"]
        and f"{row.get('TotalAmt', 0):.2f}" == content["amount"]
        and row.get("PaymentRefNum", "") == content["reference"]
    )
