"""Documents that people type: what waited for one attaches, as if a source had brought it.

A form saves its document itself, for it keeps more than a delivery says: each line with its row,
the number chosen for QuickBooks, what was asked. Everything after that is the door's.
"""

from django.db import models

from sync.intake.door.chunk import Chunk, waiting_key
from sync.intake.door.door import attach_waiting, lock
from sync.intake.door.incoming import Kind, Status
from sync.models import Customer, Invoice, Payment

IN = frozenset({Status.CREATED, Status.CHANGED})


def begin(document: models.Model) -> None:
    """Let nothing else come into its unit, before the document is saved; in a transaction.

    The unit is locked first, as by each delivery, or two would wait for each other.
    """
    if isinstance(document, Customer | Invoice | Payment):
        lock(document.business_unit_id)


def came(document: models.Model) -> int:
    """Attach what waited for a document that was just saved; return how many deliveries."""
    keys = _keys(document)
    if not keys or not isinstance(document, Invoice | Payment):
        return 0
    chunk = Chunk(document.business_unit, None, arrived=keys)
    return sum(result.status in IN for result in attach_waiting(chunk))


def _keys(document: models.Model) -> set[str]:
    """Return what something may wait under for a document."""
    if isinstance(document, Invoice):
        return {waiting_key(Kind.INVOICE, name) for name in _names(document)}
    if not isinstance(document, Payment) or document.voided_at is not None:
        return set()
    invoice = document.invoice
    paid = {waiting_key("paid", name) for name in _names(invoice)} if invoice else set()
    return paid | ({waiting_key(Kind.PAYMENT, document.receipt)} if document.receipt else set())


def _names(invoice: Invoice) -> set[str]:
    return {invoice.number, invoice.external_id} - {""}
