"""What a draft's taxes would meet in QuickBooks, said before anything moves."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from sync.exports.documents import units_of_work
from sync.exports.documents.build import Parents, ToMake, make
from sync.exports.documents.tax_gate import Turn, differs_by, turn_of
from sync.exports.documents.taxing import name_of_key
from sync.exports.runs.preflight import exempt_among
from sync.mappings.mappings import Mappings
from sync.models import Invoice, QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import InvoiceDocument
from sync.words import money, number

# Each is made to be looked at: no page waits for thousands.
MOST_LOOKED_AT = 200
_LATER = Parents(customer_id="0", invoice_id="0", are_exported=True)


@dataclass(frozen=True, slots=True)
class TaxDiffering:
    """An invoice whose tax is not what QuickBooks would work out."""

    invoice: Invoice
    ours: Decimal
    theirs: Decimal

    @property
    def words(self) -> str:
        """Say by how much ours is more or less."""
        by = money(abs(self.ours - self.theirs), self.invoice.currency)
        is_more = self.ours > self.theirs
        return (_("%(amount)s more") if is_more else _("%(amount)s less")) % {"amount": by}


@dataclass(frozen=True, slots=True)
class TaxPreview:
    """What a draft's taxes would meet: which differ, and which invoices go alone as a proof."""

    differing: list[TaxDiffering]
    alone: list[str]


def tax_preview(company: QuickBooksCompany, invoice_ids: Collection[int]) -> TaxPreview:
    """Say which taxes differ from what QuickBooks would work out, and which invoices go alone.

    A fixed number of queries, and some for each business unit.
    """
    mappings: dict[int, Mappings] = {}
    differing: list[TaxDiffering] = []
    alone: Counter[str] = Counter()
    for invoice, document, known in _documents(company, invoice_ids, mappings):
        mode = known.tax_modes.get(document.tax_key)
        if by := differs_by(document, mode):
            ours = document.tax_total
            differing.append(TaxDiffering(invoice, ours, ours - by))
        if turn_of(document, mode) is Turn.ALONE:
            alone[name_of_key(document.tax_key, known)] += 1
    differing.sort(key=lambda each: each.invoice.number)
    return TaxPreview(differing, [_alone(name, count) for name, count in alone.items()])


def _documents(
    company: QuickBooksCompany, invoice_ids: Collection[int], mappings: dict[int, Mappings]
) -> Iterator[tuple[Invoice, InvoiceDocument, Mappings]]:
    some = sorted(invoice_ids)[:MOST_LOOKED_AT]
    loaded = units_of_work.load(company, some)
    exempt = exempt_among(company, loaded.values())
    for work in loaded.values():
        unit = work.invoice.business_unit
        if unit.pk not in mappings:
            mappings[unit.pk] = Mappings.of(company, unit)
        record = ToMake(company, SyncRecord.Kind.INVOICE, work.content)
        parents = replace(_LATER, is_exempt=work.invoice.customer_id in exempt)
        made = make(record, mappings[unit.pk], parents)
        if isinstance(made, InvoiceDocument) and made.tax_key:
            yield work.invoice, made, mappings[unit.pk]


def _alone(name: str, count: int) -> str:
    if count == 1:
        return _(
            "%(name)s: whose tax counts is not proven yet. The first invoice goes alone, and is "
            "read back; if its tax comes out otherwise, it may be taken out again."
        ) % {"name": name}
    return _(
        "%(name)s: whose tax counts is not proven yet. The first invoice goes alone, while "
        "%(count)s more wait, and is read back; if its tax comes out otherwise, it may be taken "
        "out again."
    ) % {"name": name, "count": number(count - 1)}
