"""Linking the customers that people chose, after reading each in QuickBooks once more."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import Capability, may
from sync.company.requests import RequestFailed, keep_place, progress
from sync.company.sessions import CompanySession
from sync.exports.customers.deciding import CHANGED_HERE
from sync.exports.delivery.settling import make_sendable
from sync.exports.documents.confirmed_content import customer_content
from sync.exports.documents.customer_names import chosen_name
from sync.exports.documents.remote import AT_ONCE, read_ids
from sync.exports.remedies.compare import why_not_customer
from sync.exports.remedies.link import link_to
from sync.exports.remedies.results import resume
from sync.mappings.parties import SHOWN, keep, party_of
from sync.models import (
    CompanyRequest,
    CustomerMatch,
    Event,
    Party,
    SyncRecord,
)
from sync.quickbooks.documents import Entity, marker_of
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
GONE = stored("It is no longer in QuickBooks. Choose another, or let a new one be created.")
CHANGED_THERE = stored("It was changed in QuickBooks after it was read. Look at it again.")
NO_ROLE = stored("Who accepted it may not do so in this business unit any more.")


def link_chosen(session: CompanySession, request: CompanyRequest) -> dict[str, Any] | None:
    """Link hundreds of what was chosen in a unit, by one read; what is not so any more says why."""
    units = session.company.business_units
    unit = units.filter(pk=request.business_unit_id or 0).first()
    if unit is None:
        raise RequestFailed(stored("The business unit posts to another company now."))
    waiting = CustomerMatch.objects.filter(
        company=session.company, business_unit=unit, chosen__isnull=False
    )
    place = request.place or {"linked": 0, "done": 0, "total": waiting.count()}
    chunk = list(waiting.select_related("chosen").order_by("pk")[:AT_ONCE])
    if not chunk:
        return {"linked": place["linked"], "refused": place["done"] - place["linked"]}
    progress(
        request, stored("Linking customers"), min(place["done"], place["total"]), place["total"]
    )
    ids = {row.chosen.qbo_id for row in chunk if row.chosen}
    there = read_ids(session.client, Kind.CUSTOMER, ids)
    with transaction.atomic():
        session.lease.lock()
        linked = place["linked"] + _link(session, request, _locked(chunk), there)
        done = place["done"] + len(chunk)
        keep_place(request, {"linked": linked, "done": done, "total": place["total"]})
    return None


def _locked(chunk: Sequence[CustomerMatch]) -> QuerySet[CustomerMatch]:
    """Return the rows as they stand now; what was chosen otherwise meanwhile waits its turn."""
    rows = CustomerMatch.objects.select_for_update(no_key=True, of=("self",))
    ids = [row.pk for row in chunk]
    read = {row.chosen_id for row in chunk}
    return (
        rows.filter(pk__in=ids, chosen__in=read)
        .select_related("customer", "chosen", "chosen_by", "business_unit")
        .order_by("pk")
    )


def _link(
    session: CompanySession,
    request: CompanyRequest,
    rows: QuerySet[CustomerMatch],
    there: Mapping[str, Entity],
) -> int:
    """Link rows under lock, or say on each why not; return how many were linked."""
    found = list(rows)
    records = SyncRecord.objects.filter(company=session.company)
    known = {r.customer_id: r for r in records.filter(customer__in=[r.customer_id for r in found])}
    linked: list[tuple[CustomerMatch, SyncRecord]] = []
    for row in found:
        row.company = session.company  # one for all: its tokens are decrypted once
        record = known.get(row.customer_id) or _record(row)
        theirs = there.get(row.chosen.qbo_id) if row.chosen else None
        if record.qbo_id or record.state not in {State.PENDING, State.FAILED}:
            row.delete()  # it went meanwhile, so there is nothing to match any more
        elif theirs is None or (words := _refusal(row, theirs)):
            _refuse(row, theirs, words if theirs else GONE)
        else:
            link_to(record, theirs, row.chosen_by)
            linked.append((row, record))
    _save(linked)
    return len(linked)


def _record(row: CustomerMatch) -> SyncRecord:
    unit = row.business_unit
    return SyncRecord(
        company=row.company,
        business_unit=unit,
        kind=Kind.CUSTOMER,
        customer=row.customer,
        requested_by=row.chosen_by,
        marker=marker_of(unit.code, row.company.realm_id, row.customer.uuid),
        content=customer_content(row.customer, row.name, _currency(row)),
    )


def _refusal(row: CustomerMatch, theirs: Entity) -> str:
    """Say why a row may not be linked to what QuickBooks holds now; empty where it may."""
    if chosen_name(row.customer) != row.name:
        return CHANGED_HERE
    if row.chosen_by is None or not may(row.chosen_by, Capability.RESOLVE, row.business_unit_id):
        return NO_ROLE
    fresh = party_of(theirs, row.company, Party.Kind.CUSTOMER, timezone.now())
    if any(getattr(fresh, name) != getattr(row.chosen, name) for name in SHOWN):
        keep([fresh])
        return CHANGED_THERE
    return why_not_customer(theirs, _currency(row), row.company)


def _currency(row: CustomerMatch) -> str:
    """Return the currency in which QuickBooks is to keep the customer."""
    return row.customer.twin_currency or row.business_unit.currency


def _refuse(row: CustomerMatch, theirs: Entity | None, words: str) -> None:
    if theirs is None and row.chosen is not None:
        row.chosen.delete()
    row.chosen, row.standing, row.refusal = None, CustomerMatch.Standing.LOOK, words
    row.save(update_fields=["chosen", "standing", "refusal"])


def _save(linked: Sequence[tuple[CustomerMatch, SyncRecord]]) -> None:
    """Keep the links, let go what waited for them, and forget that they were to be matched."""
    waited = [record for _, record in linked if record.pk]
    for record in waited:
        record.save()
    SyncRecord.objects.bulk_create(record for _, record in linked if not record.pk)
    make_sendable(waited)
    resume(waited)
    chosen = defaultdict(list)
    for row, record in linked:
        chosen[row.chosen_by].append(record.as_subject())
    for actor, subjects in chosen.items():
        Event.objects.record(Event.Action.LINKED, actor, subjects)
    CustomerMatch.objects.filter(pk__in=[row.pk for row, _ in linked]).delete()
