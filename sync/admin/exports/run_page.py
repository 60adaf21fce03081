"""What the pages of an export run show: how far it is, and what became of each payment."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sync.admin.common.document_records import DocumentRecords
from sync.admin.common.standing import BY_STATE
from sync.admin.remedies.failures import who_can
from sync.exports.delivery.due_work import held_up
from sync.exports.runs.runs import chosen_payments, progress
from sync.models import ExportRun, ExportRunItem, Payment, QuickBooksCompany, SyncRecord
from sync.needs.causes import PROBLEMS
from sync.quickbooks.links import deep_link
from sync.spreadsheets import csv_lines
from sync.words import later, money

SHOWN = 200
CHUNK = 500
State = SyncRecord.State


@dataclass(frozen=True, slots=True)
class Line:
    """One payment of a run: what became of it, why, and where it stands in QuickBooks."""

    payment: Payment
    label: str
    tone: str
    words: str
    detail: str
    invoice_link: str
    payment_link: str

    @property
    def amount(self) -> str:
        return money(self.payment.amount, self.payment.currency)


def context_of(run: ExportRun) -> dict[str, Any]:
    """Return what a confirmed run's page shows; what was exported once nothing moves any more."""
    is_over = run.state == ExportRun.State.FINISHED
    rows = chosen_payments(run)
    exported = rows.filter(standing=State.EXPORTED) if is_over else rows.none()
    return {
        "run": run,
        "progress": progress(run),
        "is_over": is_over,
        "pause": None if is_over or run.company is None else held_up(run.company),
        "stuck": "" if is_over or run.company is None else run.company.stuck_reason,
        "problems": list(lines_of(run, rows.filter(standing__in=PROBLEMS)[:SHOWN])),
        "exported": list(lines_of(run, exported[:SHOWN])),
        "skipped": list(skipped_of(run)[:SHOWN]),
        "most": SHOWN,
        "who": who_can([run.business_unit_id])[run.business_unit_id],
    }


def skipped_of(run: ExportRun) -> QuerySet[ExportRunItem]:
    """Return what was left out, with its reasons."""
    skipped = run.items.filter(choice=ExportRunItem.Choice.SKIPPED)
    return skipped.select_related("payment__customer", "payment__invoice").order_by("pk")


def lines_of(run: ExportRun, payments: QuerySet[Any]) -> Iterator[Line]:
    """Return the lines of payments that carry their standing, a fixed number of queries a chunk."""
    if run.company is None:
        return
    rows = payments.select_related("customer", "invoice").iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        records = DocumentRecords(chunk)
        yield from (_line(run.company, payment, records) for payment in chunk)


def _line(company: QuickBooksCompany, payment: Any, records: DocumentRecords) -> Line:
    stopping = records.stopping(payment, company.pk)
    label, tone = BY_STATE.get(payment.standing, (_("Waiting"), "info"))
    return Line(
        payment=payment,
        label=label,
        tone=tone,
        words=stopping.error if stopping else "",
        detail=stopping.error_detail if stopping else "",
        invoice_link=_link(company, records.of_invoice(payment, company.pk), "Invoice"),
        payment_link=_link(company, records.of_payment(payment, company.pk), "Payment"),
    )


def _link(company: QuickBooksCompany, record: SyncRecord | None, entity: str) -> str:
    if record is None or not record.qbo_id:
        return ""
    return deep_link(company.realm_id, entity, record.qbo_id)


HEADINGS = [
    later("Payment"),
    later("Date"),
    later("Customer"),
    later("Invoice"),
    later("Method"),
    later("Amount"),
    later("Currency"),
    later("Status"),
    later("Reason"),
    later("Payment in QuickBooks"),
    later("Invoice in QuickBooks"),
]


def csv_of(run: ExportRun) -> Iterator[str]:
    """Return every payment of the run as CSV, a line at a time, safe to open in a spreadsheet."""
    return csv_lines(chain([HEADINGS], _rows_of(run)))


def _rows_of(run: ExportRun) -> Iterator[list[str]]:
    for line in lines_of(run, chosen_payments(run).order_by("pk")):
        links = [line.payment_link, line.invoice_link]
        yield _cells(line.payment, line.label, line.words, *links)
    for item in skipped_of(run).iterator(chunk_size=CHUNK):
        yield _cells(item.payment, _("Skipped"), item.reason, "", "")


def _cells(payment: Payment, *rest: str) -> list[str]:
    return [
        str(payment.pk),
        payment.received_on.isoformat(),
        payment.customer.display_name,
        payment.invoice.number if payment.invoice else "",
        payment.method,
        f"{payment.amount:.2f}",
        payment.currency,
        *rest,
    ]
