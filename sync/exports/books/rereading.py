"""Reading what was chosen once more before it is linked: hundreds by one query."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from sync.company.sessions import CompanySession
from sync.exports.existing.candidates import payments_of
from sync.mappings import booked
from sync.models import BooksDocument, BooksMatch
from sync.quickbooks.client import where_in
from sync.quickbooks.documents import Entity

Kind = BooksDocument.Kind
AT_ONCE = 800  # by one read; less than a page holds


@dataclass(frozen=True, slots=True)
class There:
    """What was read once more: invoices and payments by id, as they are kept and as they came."""

    invoices: Mapping[str, BooksDocument]
    payments: Mapping[str, BooksDocument]
    entities: Mapping[tuple[str, str], Entity]

    def is_news(self, document: BooksDocument) -> bool:
        """Say whether something pays an invoice that was not there when the books were read."""
        paying = (self.payments.get(qbo_id) for qbo_id in payments_of(document))
        return any(payment is not None and payment.pk is None for payment in paying)


def read_anew(session: CompanySession, chunk: Sequence[BooksMatch]) -> There:
    """Read the chosen invoices and their payments, in one query each for hundreds."""
    read_at = timezone.now()
    ids = [row.chosen.qbo_id for row in chunk if row.chosen]
    entities = {(Kind.INVOICE.value, str(e["Id"])): e for e in _select(session, "Invoice", ids)}
    invoices = _documents(session, Kind.INVOICE, entities.values(), read_at)
    paying = sorted({pk for document in invoices.values() for pk in payments_of(document)})
    rows = [e for i in range(0, len(paying), AT_ONCE)
            for e in _select(session, "Payment", paying[i : i + AT_ONCE])]  # fmt: skip
    payments = _documents(session, Kind.PAYMENT, rows, read_at)
    return There(
        invoices, payments, entities | {(Kind.PAYMENT.value, str(e["Id"])): e for e in rows}
    )


def _select(session: CompanySession, entity: str, ids: Sequence[str]) -> list[Entity]:
    return list(session.client.select(entity, where_in("Id", ids))) if ids else []


def _documents(
    session: CompanySession, kind: BooksDocument.Kind, rows: Collection[Entity], read_at: datetime
) -> dict[str, BooksDocument]:
    """Return rows as they are kept, under the keys that they have here."""
    found = [booked.document_of(row, session.company, kind, read_at) for row in rows]
    known = BooksDocument.objects.filter(
        company=session.company, kind=kind, qbo_id__in=[each.qbo_id for each in found]
    )
    keys = dict(known.values_list("qbo_id", "pk"))
    for document in found:
        document.pk = keys.get(document.qbo_id)
    return {document.qbo_id: document for document in found}
