"""Whose turn it is: an invoice that proves a tax goes alone, and others of its key wait for it.

A waiting invoice is not sendable, and names what it waits for; `handshake` lets it go.
"""

from collections.abc import Mapping, Sequence

from sync.exports.documents.build import Document
from sync.exports.documents.tax_gate import Turn, turn_of, words_of_stop
from sync.exports.documents.taxing import name_of_key
from sync.mappings.mappings import Mappings
from sync.models import BusinessUnit, QuickBooksCompany, SyncRecord, TaxMode
from sync.quickbooks.documents import InvoiceDocument

State = SyncRecord.State


def in_turn(
    company: QuickBooksCompany,
    records: Sequence[SyncRecord],
    documents: Mapping[int, Document],
) -> list[SyncRecord]:
    """Return the records that may go now, in the caller's transaction; the others wait or stop."""
    keyed = {
        record.pk: document
        for record in records
        if isinstance(document := documents[record.pk], InvoiceDocument) and document.tax_key
    }
    if not keyed:
        return list(records)
    modes = _modes(company, records, keyed)
    going, waiting = [], []
    for record in records:
        taxed = keyed.get(record.pk)
        if taxed is None:
            going.append(record)
            continue
        record.tax_mode = mode = modes[taxed.tax_key]
        turn = turn_of(taxed, mode)
        if turn is Turn.NOT:
            _stop(record, taxed, mode)
        elif turn is Turn.FREELY or _is_probe(record, mode):
            going.append(record)
        else:
            waiting.append(record)
    for record in waiting:
        record.is_sendable = False
    SyncRecord.objects.bulk_update(waiting, ["is_sendable", "tax_mode"])
    return going


def _modes(
    company: QuickBooksCompany,
    records: Sequence[SyncRecord],
    keyed: Mapping[int, InvoiceDocument],
) -> dict[str, TaxMode]:
    keys = {document.tax_key for document in keyed.values()}
    held = TaxMode.objects.filter(company=company, key__in=keys)
    modes = {mode.key: mode for mode in held}
    unit = records[0].business_unit
    if missing := keys - modes.keys():
        mappings = Mappings.of(company, BusinessUnit.objects.get(pk=unit.pk))
        for key in sorted(missing):
            name = name_of_key(key, mappings)
            modes[key] = TaxMode.objects.create(company=company, key=key, name=name)
    return modes


def _is_probe(record: SyncRecord, mode: TaxMode) -> bool:
    """Say whether it is the one that goes alone, and have it be that where nothing else is."""
    if mode.probe_id is None:
        mode.probe = record
        mode.save(update_fields=["probe"])
    return mode.probe_id == record.pk


def _stop(record: SyncRecord, document: InvoiceDocument, mode: TaxMode) -> None:
    record.stop(State.FAILED, SyncRecord.Problem.TAX, words_of_stop(document, mode))
    record.save(update_fields=["state", "error", "error_code", "tax_mode"])
