"""The sync records of a page's payments, their invoices and customers, read in one query."""

from collections.abc import Iterable

from django.db.models import Q

from sync.models import Payment, SyncRecord
from sync.needs.causes import PROBLEMS

Kind = SyncRecord.Kind


class DocumentRecords:
    """Looks up what the records of some payments say, in the QuickBooks company asked about."""

    def __init__(self, payments: Iterable[Payment]) -> None:
        rows = list(payments)
        about = (
            Q(payment__in=[row.pk for row in rows])
            | Q(invoice__in={row.invoice_id for row in rows if row.invoice_id})
            | Q(customer__in={row.customer_id for row in rows})
        )
        self._found = {
            (record.company_id, record.kind, record.document_id): record
            for record in SyncRecord.objects.filter(about).defer("content")
        }

    def of_payment(self, payment: Payment, company_id: int | None) -> SyncRecord | None:
        return self._find(company_id, Kind.PAYMENT, payment.pk)

    def of_invoice(self, payment: Payment, company_id: int | None) -> SyncRecord | None:
        return self._find(company_id, Kind.INVOICE, payment.invoice_id)

    def stopping(self, payment: Payment, company_id: int | None) -> SyncRecord | None:
        """Return what the payment waits behind: its own record, its invoice's or customer's."""
        waiting_on = (
            self.of_payment(payment, company_id),
            self.of_invoice(payment, company_id),
            self._find(company_id, Kind.CUSTOMER, payment.customer_id),
        )
        return next((r for r in waiting_on if r is not None and r.state in PROBLEMS), None)

    def _find(self, company_id: int | None, kind: str, row_id: int | None) -> SyncRecord | None:
        return self._found.get((company_id or 0, kind, row_id))
