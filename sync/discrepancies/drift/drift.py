"""Drift: what was exported and is no longer as it was exported, on either side.

Whatever tells of a change, the document is read as it stands and compared with what was exported
(or last accepted), so repetitions and a wrong order of telling change nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from sync.company.sessions import CompanySession
from sync.discrepancies.changes import (
    AT_ONCE,
    LOOK_BACK,
    changes_since,
    in_chunks,
    is_deleted,
    last_reading,
    read_by_id,
)
from sync.discrepancies.drift.snapshots import (
    Snapshot,
    differences,
    exported_snapshot,
    only_deposited,
    snapshot_here,
    snapshot_there,
)
from sync.models import (
    Adjustment,
    Allocation,
    CompanyRequest,
    Drift,
    Event,
    QuickBooksCompany,
    Reading,
    RefundMatch,
    Subject,
    SyncRecord,
    WebhookEvent,
)
from sync.quickbooks.client import Client
from sync.words import plainly, stored

KIND = "drift"
ENTITIES = {"invoice": "Invoice", "payment": "Payment"}
FOUND = Event.Action.DRIFT_FOUND
FOLLOWED = Event.Action.DRIFT_FOLLOWED_REFUND
PROVES = stored("It is how a refund was adjusted.")
Row = dict[str, Any]
Side: TypeAlias = Drift.Side
State: TypeAlias = Drift.State
STANDING = (State.OPEN, State.NOTED, State.EXPLAINED)


@dataclass(slots=True)
class Seen:
    """One record's document as it stands now, and since when."""

    record: SyncRecord
    now: Snapshot
    sync_token: str
    changed_at: datetime


def watch(session: CompanySession, request: CompanyRequest) -> dict[str, Any]:
    """Look at what changed in QuickBooks; the handler of the request `drift`.

    What webhooks told is read by id. With `net` also everything that changed since the last time,
    because a webhook may never come.
    """
    company, client = session.company, session.client
    events = WebhookEvent.objects.filter(company=company, handled_at__isnull=True)
    told = list(events.filter(entity__in=ENTITIES).values_list("pk", "entity", "qbo_id"))
    rows: dict[str, dict[str, Row | None]] = {kind: {} for kind in ENTITIES}
    for kind, entity in ENTITIES.items():
        ids = {qbo_id for _, name, qbo_id in told if name == kind}
        ours = {record.qbo_id for record in _records(company, kind, ids)}
        there = read_by_id(client, entity, ours)
        rows[kind] = {qbo_id: there.get(qbo_id) for qbo_id in ours}
    until = _cast_the_net(client, company, rows) if request.params.get("net") else None
    found = 0
    with transaction.atomic():
        session.lease.lock()
        for kind in ENTITIES:
            found += _settle_rows(company, kind, rows[kind])
        for chunk in in_chunks([pk for pk, _, _ in told]):
            WebhookEvent.objects.filter(pk__in=chunk).update(handled_at=timezone.now())
        if until is not None:
            Reading.objects.update_or_create(
                company=company,
                kind=KIND,
                defaults={"read_until": until, "finished_at": timezone.now()},
            )
    found += look_here(company) if until is not None else 0
    return {"found": found}


def _cast_the_net(
    client: Client, company: QuickBooksCompany, rows: dict[str, dict[str, Row | None]]
) -> datetime:
    """Read everything that changed since the last net, within QuickBooks' memory of 30 days."""
    reading = last_reading(company, KIND)
    began = timezone.now()
    since = reading.read_until if reading else _first_export(company, began)
    changes = changes_since(client, list(ENTITIES.values()), since)
    until = client.answered_at or began
    for kind, entity in ENTITIES.items():
        changed = changes.rows.get(entity, {})
        rows[kind].update(changed)
        exported_before = since <= began - LOOK_BACK
        if entity in changes.deletions_unseen or exported_before:
            known = {record.qbo_id for record in _records(company, kind, None)}
            missing = known - rows[kind].keys()
            there = read_by_id(client, entity, missing)
            rows[kind].update({qbo_id: there.get(qbo_id) for qbo_id in missing})
    return until


def _first_export(company: QuickBooksCompany, now: datetime) -> datetime:
    exported = SyncRecord.objects.filter(company=company).exclude(qbo_id="")
    first: datetime | None = exported.aggregate(first=Min("exported_at"))["first"]
    return max(first or now, now - LOOK_BACK)


def _records(
    company: QuickBooksCompany, kind: str, ids: Collection[str] | None
) -> Iterable[SyncRecord]:
    records = SyncRecord.objects.filter(company=company, kind=kind).exclude(qbo_id="")
    records = records.select_related("business_unit", kind)
    if ids is None:
        yield from records.only("qbo_id").select_related(None).iterator()
        return
    for chunk in in_chunks(ids):
        yield from records.filter(qbo_id__in=chunk)


def _settle_rows(company: QuickBooksCompany, kind: str, rows: dict[str, Row | None]) -> int:
    found = 0
    for ids in in_chunks(rows):
        records = list(_records(company, kind, ids))
        seen = [_seen(record, rows[record.qbo_id]) for record in records]
        found += settle(seen, Side.QUICKBOOKS)
    return found


def _seen(record: SyncRecord, row: Row | None) -> Seen:
    changed = ((row or {}).get("MetaData") or {}).get("LastUpdatedTime")
    return Seen(
        record,
        snapshot_there(record.kind, None if is_deleted(row) else row),
        str((row or {}).get("SyncToken", "")),
        datetime.fromisoformat(str(changed)) if changed else timezone.now(),
    )


def look_here(company: QuickBooksCompany) -> int:
    """Compare all that was exported with what we hold now; needs no QuickBooks."""
    found = 0
    for kind in ENTITIES:
        exported = SyncRecord.objects.filter(company=company, kind=kind).exclude(qbo_id="")
        for ids in in_chunks(exported.values_list("pk", flat=True), 2_000):
            records = exported.filter(pk__in=ids).select_related("business_unit", kind)
            with transaction.atomic():
                found += look_at(records)
    return found


def look_at(records: Iterable[SyncRecord]) -> int:
    """Compare some exported documents with what we hold of them now."""
    now, rows = timezone.now(), list(records)
    adjusted = _adjusted_in_vain(rows)
    seen = [
        Seen(row, snapshot_here(row) | {"adjusted": adjusted.get(row.payment_id, "")}, "", now)
        for row in rows
    ]
    return settle(seen, Side.HERE)


def _adjusted_in_vain(records: Collection[SyncRecord]) -> dict[int | None, str]:
    """Return what QuickBooks holds for refunds that were taken back here, by payment.

    Where the document adjusts another refund, nothing is wrong.
    """
    payments = {record.payment_id for record in records if record.payment_id}
    found: dict[int | None, str] = {}
    for chunk in in_chunks(sorted(payments)):
        proofs = RefundMatch.objects.filter(
            refund__payment__in=chunk,
            refund__voided_at__isnull=False,
            is_proof=True,
            adjustment__is_there=True,
        ).exclude(Exists(Allocation.objects.filter(match__adjustment=OuterRef("adjustment"))))
        for proof in proofs.select_related("adjustment", "refund"):
            payment = proof.refund.payment_id
            found[payment] = "; ".join(
                filter(None, [found.get(payment), plainly(proof.adjustment.said())])
            )
    return found


def settle(seen: Collection[Seen], side: Side) -> int:
    """Write down what differs from what was exported or accepted; return what is news."""
    ids = [each.record.pk for each in seen]
    standing: dict[int, Drift] = {}
    accepted: dict[int, Snapshot] = {}
    for chunk in in_chunks(ids):
        drifts = Drift.objects.filter(record__in=chunk, side=side).order_by("pk")
        standing |= {d.record_id: d for d in drifts.filter(state__in=STANDING)}
        accepted |= {d.record_id: d.snapshot for d in drifts.filter(state=State.ACCEPTED)}
    proving = _proving(each.record for each in seen) if side == Side.QUICKBOOKS else set()
    baselines = exported_snapshot([each.record for each in seen], side)
    news = 0
    for each in seen:
        baseline = accepted.get(each.record.pk) or baselines[each.record.pk]
        changes = differences(baseline, each.now)
        is_proof = each.record.pk in proving
        news += _write(each, side, changes, standing.get(each.record.pk), is_proof=is_proof)
    return news


def _proving(records: Iterable[SyncRecord]) -> set[int]:
    """Return the documents whose change is how a refund was adjusted: nobody need look at it."""
    ours = {
        (each.company_id, ENTITIES[each.kind], each.qbo_id): each.pk
        for each in records
        if each.kind in ENTITIES
    }
    found: set[int] = set()
    for ids in in_chunks({qbo_id for _, _, qbo_id in ours}):
        proofs = RefundMatch.objects.filter(
            is_proof=True, refund__voided_at__isnull=True, adjustment__qbo_id__in=ids
        )
        known = proofs.values_list(
            "adjustment__company", "adjustment__entity", "adjustment__qbo_id"
        )
        found |= {ours[document] for document in known if document in ours}
    return found


def _undecided(changes: list[dict[str, str]], *, is_proof: bool) -> tuple[State, str]:
    """Return how a change stands before anybody decides, and why where that must be said."""
    if only_deposited(changes):
        return State.NOTED, ""
    return (State.NOTED, PROVES) if is_proof else (State.OPEN, "")


def follow_proof(documents: Iterable[Adjustment], actor: User | None) -> None:
    """Note the changes of documents of ours that prove refunds now; open those that do no more.

    All documents are of one company. Costs a few queries for hundreds of them.
    """
    ours = [each for each in documents if each.entity in set(ENTITIES.values())]
    for some in in_chunks(ours):
        kinds = Q()
        for kind, entity in ENTITIES.items():
            ids = [each.qbo_id for each in some if each.entity == entity]
            kinds |= Q(record__kind=kind, record__qbo_id__in=ids)
        drifts = (
            Drift.objects.select_for_update(of=("self",))
            .filter(
                kinds,
                record__company=some[0].company_id,
                side=Side.QUICKBOOKS,
                state__in=[State.OPEN, State.NOTED],
            )
            .select_related("record")
            .order_by("pk")
        )
        proving = _proving(drift.record for drift in drifts)
        found = {d: _undecided(d.changes, is_proof=d.record_id in proving) for d in drifts}
        conclude({d: said for d, said in found.items() if said[0] != d.state}, actor, FOLLOWED)


def conclude(
    said: Mapping[Drift, tuple[State, str]], actor: User | None, action: Event.Action
) -> None:
    """Store the state and note of changes, and who said so; audited as the action."""
    subjects = []
    for drift, (state, note) in said.items():
        detail = {"from": drift.state, "to": state, "note": note, "changes": drift.changes}
        drift.state, drift.note = state, note
        drift.decided_by, drift.decided_at = actor, timezone.now()
        subjects.append(Subject(drift.business_unit_id, "drift", drift.pk, detail))
    fields = ["state", "note", "decided_by", "decided_at"]
    Drift.objects.bulk_update(said, fields, batch_size=AT_ONCE)
    Event.objects.record(action, actor, subjects)


def _write(
    each: Seen,
    side: Side,
    changes: list[dict[str, str]],
    drift: Drift | None,
    *,
    is_proof: bool,
) -> bool:
    if not changes:
        if drift is not None:
            drift.state = State.UNDONE
            drift.save(update_fields=["state"])
        return False
    if drift is not None and drift.changes == changes:
        return False
    is_new = drift is None
    drift = drift or Drift(record=each.record, business_unit=each.record.business_unit, side=side)
    drift.changes, drift.snapshot = changes, each.now
    drift.sync_token, drift.changed_at = each.sync_token, each.changed_at
    drift.state, drift.note = _undecided(changes, is_proof=is_proof)
    drift.save()
    if drift.state == State.OPEN:
        detail = {"side": side, "document": str(each.record), "changes": changes}
        about = Subject(each.record.business_unit_id, "drift", drift.pk, detail)
        Event.objects.record(FOUND, None, [about])
    return is_new and drift.state == State.OPEN
