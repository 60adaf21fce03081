"""Whom a lost customer was merged into: the customer that what went for it belongs to there now."""

from collections.abc import Collection

from django.utils import timezone

from sync.company.sessions import CompanySession
from sync.exports.documents.remote import read, read_ids
from sync.mappings.parties import keep, party_of
from sync.models import Invoice, Party, SyncRecord
from sync.quickbooks.documents import ref_id

Kind = SyncRecord.Kind


def look_for_survivors(session: CompanySession, lost: Collection[SyncRecord]) -> None:
    """Read one invoice that went for each lost customer, and keep whose it is there now.

    Two queries for all of them; nothing is decided by it: a person links to the one that is left.
    """
    sent = [invoice for record in lost if (invoice := _sent_for(record)) is not None]
    there = read(session.client, sent)
    now = {pk: ref_id(entity, "CustomerRef") for pk, entity in there.items()}
    moved = set(now.values()) - {record.qbo_id for record in lost} - {""}
    if not moved:
        return
    rows = read_ids(session.client, Kind.CUSTOMER, moved)
    read_at = timezone.now()
    keep(party_of(row, session.company, Party.Kind.CUSTOMER, read_at) for row in rows.values())
    for record in sent:
        if now.get(record.pk) in rows:
            told = record.read_back | {"CustomerRef": now[record.pk]}
            SyncRecord.objects.filter(pk=record.pk).update(read_back=told)


def _sent_for(record: SyncRecord) -> SyncRecord | None:
    # By a list of ids: through a join, SQLite would read every record.
    invoices = Invoice.objects.filter(customer=record.customer_id).values_list("pk", flat=True)
    rows = SyncRecord.objects.filter(company=record.company_id, invoice__in=list(invoices))
    return rows.filter(customer_there="").exclude(qbo_id="").order_by("-pk").first()
