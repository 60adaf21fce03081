"""Documents with our mark in QuickBooks that no record here holds: found before a first write.

After a restored backup QuickBooks may hold what is not known here to have been sent. So what
changed there since our last known write is looked through first. What is queued here under the same
mark is looked for and adopted, not sent; the rest is named to people (Stray), and looked for when
it is exported.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.access import AccessDenied, Capability, holds_everything, require
from accounts.models import User
from sync.company.sessions import CompanySession, mark_looked_through
from sync.exports.delivery import recovery
from sync.exports.delivery.marker_search import CLOCK_SKEW, LOOK_BACK, let_go
from sync.exports.documents.build import ENTITY
from sync.models import (
    BatchRequest,
    BusinessUnit,
    Customer,
    Event,
    Invoice,
    Payment,
    QuickBooksCompany,
    Stray,
    Subject,
    SyncRecord,
)
from sync.quickbooks.client import ChangesTruncated, Client
from sync.quickbooks.documents import marker_in, unit_code_in, uuid_in
from sync.quickbooks.lists import with_inactive
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
Entity = dict[str, Any]
# What others refer to comes first.
KINDS = (Kind.CUSTOMER, Kind.INVOICE, Kind.PAYMENT)
_MODELS: dict[str, type[Customer | Invoice | Payment]] = {
    Kind.CUSTOMER: Customer,
    Kind.INVOICE: Invoice,
    Kind.PAYMENT: Payment,
}
_AT_ONCE = 400
# Recovery finds out about these itself, or a person was asked already.
_LOOKED_FOR = (State.IN_FLIGHT, State.UNCERTAIN)

KNOWN = stored(
    "It is in QuickBooks, but nothing here says that it was exported: a backup may "
    "have been restored. Export it: it will be found there and not be sent again."
)
UNKNOWN = stored(
    "It carries our mark, but is not known here: it was entered after the backup "
    "that was restored. Delete it in QuickBooks, enter it here again and export "
    "it; or leave it there, and mark what you enter here Do not export. Then say "
    "here that this was dealt with."
)
TWICE = stored(
    "QuickBooks holds this document twice, with our mark, and only the other one "
    "is known here. Delete this one in QuickBooks, then say here that this was "
    "dealt with."
)


def look_through(session: CompanySession) -> bool:
    """Look the company through where that must be done before it is written to."""
    if not session.must_look_through:
        return False
    company, began = session.company, timezone.now()
    rows = _marked(session.client, _last_known_write(company) - CLOCK_SKEW)
    with transaction.atomic():
        session.lease.lock()
        for kind in KINDS:
            _take(company, kind, rows[ENTITY[kind]])
        company.watched_until = began
        company.save(update_fields=["watched_until"])
        mark_looked_through(company)
    session.must_look_through = False
    return True


def look_for_claimed(session: CompanySession) -> bool:
    """Have what waits here under the mark of a stray looked for; say whether there was any."""
    company = session.company.pk
    strays = Stray.objects.filter(company=company, settled_at__isnull=True)
    since = dict(strays.values_list("marker", "changed_at")[:_AT_ONCE])
    waiting = SyncRecord.objects.filter(company=company, state=State.PENDING, marker__in=since)
    records = list(waiting) if since else []
    if records:
        with transaction.atomic():
            session.lease.lock()
            _look_for(records, min(since[record.marker] for record in records))
            claimed = strays.filter(marker__in=[record.marker for record in records])
            claimed.update(settled_at=timezone.now())
    return bool(records)


def deal_with(ids: Collection[int], actor: User) -> int:
    """Let strays go of which a person says that they were dealt with; return how many.

    Those that can be exported stay: to export them is what deals with them.
    """
    with transaction.atomic():
        rows = Stray.objects.select_for_update().filter(
            pk__in=ids, settled_at__isnull=True, is_exportable=False
        )
        strays = list(rows.order_by("pk"))
        for stray in strays:
            require_of(actor, stray)
            stray.settled_at, stray.settled_by = timezone.now(), actor
            stray.save(update_fields=["settled_at", "settled_by"])
        subjects = [_as_subject(stray) for stray in strays]
        Event.objects.record(Event.Action.STRAY_DEALT_WITH, actor, subjects)
    return len(strays)


def _as_subject(stray: Stray) -> Subject:
    detail = {"kind": stray.kind, "quickbooks_id": stray.qbo_id, "name": stray.name}
    return Subject(stray.business_unit_id, "stray", stray.pk, detail)


def require_of(actor: User, stray: Stray) -> None:
    """Raise AccessDenied unless the person may resolve what is wrong in the stray's unit."""
    if stray.business_unit_id is None and not holds_everything(actor):
        raise AccessDenied
    if stray.business_unit_id is not None:
        require(actor, Capability.RESOLVE, stray.business_unit_id)


def _last_known_write(company: QuickBooksCompany) -> datetime:
    sent = BatchRequest.objects.filter(company=company, sent_at__isnull=False).order_by("-pk")
    known = (sent.values_list("sent_at", flat=True).first(), company.watched_until)
    return max((at for at in known if at), default=company.connected_at or timezone.now())


def _marked(client: Client, since: datetime) -> dict[str, list[Entity]]:
    """Return what carries our mark and changed since, by entity: all of it, or ListIncomplete."""
    entities = list(ENTITY.values())
    try:
        is_told = since > timezone.now() - LOOK_BACK
        changed = client.changes(entities, since) if is_told else None
    except ChangesTruncated:
        changed = None
    if changed is None:
        return {entity: list(_read(client, entity, since)) for entity in entities}
    return {
        entity: [row for row in rows if marker_in(row) and row.get("status") != "Deleted"]
        for entity, rows in changed.items()
    }


def _read(client: Client, entity: str, since: datetime) -> Iterator[Entity]:
    where = with_inactive(entity) if entity == ENTITY[Kind.CUSTOMER] else ""
    return client.select(entity, where, since, lambda row: bool(marker_in(row)))


def _take(company: QuickBooksCompany, kind: SyncRecord.Kind, rows: Sequence[Entity]) -> None:
    """Have looked for what waits here, and name what no record holds."""
    for start in range(0, len(rows), _AT_ONCE):
        some = {str(row["Id"]): row for row in rows[start : start + _AT_ONCE]}
        records = SyncRecord.objects.filter(company=company, kind=kind)
        held = set(records.filter(qbo_id__in=some).values_list("qbo_id", flat=True))
        if kind == Kind.CUSTOMER:  # a person linked ours to another one since
            held |= let_go(company.pk, kind, some)
        free = [row for qbo_id, row in some.items() if qbo_id not in held]
        marked = {r.marker: r for r in records.filter(marker__in=[marker_in(r) for r in free])}
        waiting = []
        for row in free:
            record = marked.get(marker_in(row))
            if record is None or record.qbo_id:
                _name(company, kind, row, TWICE if record else "")
            elif record.state not in _LOOKED_FOR:
                waiting.append((record, _changed_at(row)))
        if waiting:
            _look_for([record for record, _ in waiting], min(at for _, at in waiting))


def _look_for(records: Sequence[SyncRecord], since: datetime) -> None:
    for record in records:
        record.error, record.error_code, record.error_detail = "", "", ""
    SyncRecord.objects.bulk_update(records, ["error", "error_code", "error_detail"])
    recovery.look_first_together(records, since)


def _name(company: QuickBooksCompany, kind: SyncRecord.Kind, row: Entity, words: str) -> None:
    marker = marker_in(row)
    uuid = uuid_in(marker, company.realm_id)
    is_known = uuid is not None and _MODELS[kind].objects.filter(uuid=uuid).exists()
    Stray.objects.update_or_create(
        company=company,
        kind=kind,
        qbo_id=str(row["Id"]),
        defaults={
            "business_unit": BusinessUnit.objects.filter(code=unit_code_in(marker)).first(),
            "marker": marker,
            "name": _called(row),
            "words": words or (KNOWN if is_known else UNKNOWN),
            "is_exportable": is_known and not words,
            "changed_at": _changed_at(row),
        },
    )


def _called(row: Entity) -> str:
    name = str(row.get("DisplayName") or row.get("DocNumber") or row.get("PaymentRefNum") or "")
    if "TotalAmt" not in row:
        return name
    customer = str((row.get("CustomerRef") or {}).get("name") or "")
    parts = (name, f"{row['TotalAmt']:.2f}", str(row.get("TxnDate") or ""), customer)
    return ", ".join(part for part in parts if part)


def _changed_at(row: Entity) -> datetime:
    told = str((row.get("MetaData") or {}).get("LastUpdatedTime") or "")
    return datetime.fromisoformat(told) if told else timezone.now() - LOOK_BACK
