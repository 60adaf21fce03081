"""Whether an invoice may go with its tax: freely, alone as a proof, or not at all.

Two things are proven by read-back: that QuickBooks works out what we expect (`agreed_at`), and that
it keeps another figure of ours (`keeps`). Until then the invoice that needs the proof goes alone,
and others of its key wait for it: a waiting invoice is not sendable, and names what it waits for;
`delivery/taxes/handshake.py` lets it go.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum

from sync.exports.documents.build import Document
from sync.exports.documents.taxing import name_of_key
from sync.mappings.mappings import Mappings
from sync.models import BusinessUnit, QuickBooksCompany, SyncRecord, TaxMode
from sync.quickbooks.documents import InvoiceDocument
from sync.words import stored

Keeps = TaxMode.Keeps


class Turn(Enum):
    """How an invoice may go."""

    FREELY = "freely"
    ALONE = "alone"
    NOT = "not"


def turn_of(document: InvoiceDocument, mode: TaxMode | None) -> Turn:
    """Say how it may go, by what is known of its key."""
    if not document.tax_key:
        return Turn.FREELY
    if mode is None:
        return Turn.ALONE
    if mode.keeps == Keeps.SENT or is_sure(document.tax_total, document.expected_taxes, mode):
        return Turn.FREELY
    return Turn.NOT if mode.keeps == Keeps.NOTHING else Turn.ALONE


def is_sure(tax: Decimal, expected: Mapping[str, Decimal] | None, mode: TaxMode) -> bool:
    """Say whether QuickBooks will work out just this tax by itself, as was proven."""
    figures = narrowed(expected, mode)
    return bool(mode.agreed_at and figures) and all(each == tax for each in figures)


def narrowed(expected: Mapping[str, Decimal] | None, mode: TaxMode | None) -> list[Decimal]:
    """Return what QuickBooks may work out, less what its rounding has ruled out."""
    if expected is None:
        return []
    if mode is not None and mode.rounding in expected:
        return [expected[mode.rounding]]
    return list(expected.values())


def differs_by(document: InvoiceDocument, mode: TaxMode | None) -> Decimal | None:
    """Return by how much our tax is more than what is expected there; None where nobody knows."""
    figures = narrowed(document.expected_taxes, mode)
    if not figures or document.tax_total in figures:
        return Decimal(0) if figures else None
    return document.tax_total - figures[0]


def words_of_stop(document: InvoiceDocument, mode: TaxMode) -> str:
    """Say why it does not go, with both figures and what can be done."""
    figures = narrowed(document.expected_taxes, mode) if mode.agreed_at else []
    theirs = (
        stored("would be %(figure)s there", figure=f"{figures[0]:.2f}")
        if figures
        else stored("cannot be told beforehand")
    )
    return stored(
        "QuickBooks keeps only its own tax for %(mode)s, as %(number)s showed. The tax of "
        "this invoice is %(tax_total)s here and %(theirs)s. Correct the invoice to "
        "QuickBooks' figure, or choose on the checks page to send the tax as a line of "
        "its own.",
        mode=mode,
        number=mode.proof.get("number") or stored("an invoice"),
        tax_total=f"{document.tax_total:.2f}",
        theirs=theirs,
    )


def tax_stop(document: Document, mappings: Mappings) -> str:
    """Say why a document cannot go with its tax; empty where it can, or is no invoice."""
    if not isinstance(document, InvoiceDocument):
        return ""
    mode = mappings.tax_modes.get(document.tax_key)
    if mode is None or turn_of(document, mode) is not Turn.NOT:
        return ""
    return words_of_stop(document, mode)


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
    record.stop(SyncRecord.State.FAILED, SyncRecord.Problem.TAX, words_of_stop(document, mode))
    record.save(update_fields=["state", "error", "error_code", "tax_mode"])
