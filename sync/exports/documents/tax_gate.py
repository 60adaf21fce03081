"""Whether an invoice may go with its tax: freely, alone as a proof, or not at all.

Two things are proven by read-back: that QuickBooks works out what we expect (`agreed_at`), and that
it keeps another figure of ours (`keeps`). Until then the invoice that needs the proof goes alone.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from sync.exports.documents.build import Document
from sync.mappings.mappings import Mappings
from sync.models import TaxMode
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
