"""What a draft's taxes would meet in QuickBooks, said before anything moves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from sync.exports.documents import units_of_work
from sync.exports.documents.build import Parents, ToMake, make
from sync.exports.documents.tax_gate import Turn, differs_by, turn_of
from sync.exports.documents.taxing import name_of_key
from sync.exports.runs.preflight import exempt_in
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


def tax_preview(
    company: QuickBooksCompany, invoices: QuerySet[Invoice], mappings: Mappings
) -> TaxPreview:
    """Say which taxes differ from what QuickBooks would work out, and which invoices go alone.

    `invoices` are of the unit that `mappings` are of. A fixed number of queries.
    """
    differing: list[TaxDiffering] = []
    alone: Counter[str] = Counter()
    for invoice, document in _documents(company, invoices, mappings):
        mode = mappings.tax_modes.get(document.tax_key)
        if by := differs_by(document, mode):
            ours = document.tax_total
            differing.append(TaxDiffering(invoice, ours, ours - by))
        if turn_of(document, mode) is Turn.ALONE:
            alone[name_of_key(document.tax_key, mappings)] += 1
    differing.sort(key=lambda each: each.invoice.number)
    return TaxPreview(differing, [_alone(name, count) for name, count in alone.items()])


def _documents(
    company: QuickBooksCompany, invoices: QuerySet[Invoice], mappings: Mappings
) -> Iterator[tuple[Invoice, InvoiceDocument]]:
    is_exempt = Exists(exempt_in(company).filter(customer=OuterRef("customer")))
    some: QuerySet[Any] = invoices.annotate(is_exempt=is_exempt).order_by("pk")[:MOST_LOOKED_AT]
    for invoice, content in units_of_work.contents(company, some):
        record = ToMake(company, SyncRecord.Kind.INVOICE, content)
        made = make(record, mappings, replace(_LATER, is_exempt=invoice.is_exempt))
        if isinstance(made, InvoiceDocument) and made.tax_key:
            yield invoice, made


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
