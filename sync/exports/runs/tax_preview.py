"""What a draft's taxes would meet in QuickBooks, said before anything moves."""

from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal

from sync.exports.documents import units_of_work
from sync.exports.documents.build import Parents, make
from sync.exports.documents.tax_gate import Turn, differs_by, turn_of
from sync.exports.documents.taxing import name_of_key
from sync.mappings.mappings import Mappings
from sync.models import Invoice, QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import InvoiceDocument

# Each is made to be looked at: no page waits for thousands.
MOST_LOOKED_AT = 200
_LATER = Parents(customer_id="0", invoice_id="0", are_exported=True)
AS_OURS = "It goes with ours, and is read back; else correct it, or hold it."


def tax_notes(company: QuickBooksCompany, invoice_ids: Collection[int]) -> list[str]:
    """Say which taxes differ from what QuickBooks would work out, and which invoices go alone.

    A fixed number of queries, and some for each business unit.
    """
    mappings: dict[int, Mappings] = {}
    differing: list[str] = []
    alone: Counter[str] = Counter()
    for invoice, document, known in _documents(company, invoice_ids, mappings):
        mode = known.tax_modes.get(document.tax_key)
        if differs_by(document, mode):
            differing.append(_difference(invoice, document, differs_by(document, mode)))
        if turn_of(document, mode) is Turn.ALONE:
            alone[name_of_key(document.tax_key, known)] += 1
    return [*differing, *(_alone(name, count) for name, count in alone.items())]


def _documents(
    company: QuickBooksCompany, invoice_ids: Collection[int], mappings: dict[int, Mappings]
) -> Iterator[tuple[Invoice, InvoiceDocument, Mappings]]:
    some = sorted(invoice_ids)[:MOST_LOOKED_AT]
    for work in units_of_work.load(company, some).values():
        unit = work.invoice.business_unit
        if unit.pk not in mappings:
            mappings[unit.pk] = Mappings.of(company, unit)
        record = SyncRecord(company=company, kind=SyncRecord.Kind.INVOICE, content=work.content)
        made = make(record, mappings[unit.pk], _LATER)
        if isinstance(made, InvoiceDocument) and made.tax_key:
            yield work.invoice, made, mappings[unit.pk]


def _difference(invoice: Invoice, document: InvoiceDocument, by: Decimal | None) -> str:
    ours, more = document.tax_total, by or Decimal(0)
    word = "more" if more > 0 else "less"
    return (
        f"{invoice}: the tax is {ours:.2f} here, {abs(more):.2f} {word} than the"
        f" {ours - more:.2f} that QuickBooks would work out. {AS_OURS}"
    )


def _alone(name: str, count: int) -> str:
    others = f", while {count - 1} more wait" if count > 1 else ""
    return (
        f"{name}: whose tax counts is not proven yet. The first invoice goes alone{others}, and is"
        " read back; if its tax comes out otherwise, it may be taken out again."
    )
