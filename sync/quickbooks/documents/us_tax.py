"""Sales tax in the United States: lines say whether they are taxed, the invoice says at what."""

from collections.abc import Iterable

from sync.quickbooks.documents.shapes import DocumentError

# What lines carry there; every other code names a rate, or several, and stands on the invoice.
TAXED, EXEMPT = "TAX", "NON"


def line_code(code: str) -> str:
    """Return what a line carries that is mapped to this code."""
    return EXEMPT if code == EXEMPT else TAXED


def invoice_code(codes: Iterable[str]) -> str:
    """Return the code that the invoice carries, empty where its lines name none."""
    named = set(codes) - {TAXED, EXEMPT}
    if len(named) > 1:
        raise DocumentError(
            "Lines of this invoice are taxed at different places, and QuickBooks takes one sales "
            "tax an invoice. Bill them on invoices of their own."
        )
    return named.pop() if named else ""
