"""Reading what became of our own payments and invoices, and of what took a payment's place."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from sync.discrepancies.changes import OVERLAP, in_chunks, is_deleted, read_by_id
from sync.discrepancies.refunds.bookkeeping.fields import ref
from sync.discrepancies.refunds.bookkeeping.ours import (
    Ours,
    entered_again,
    own_invoice,
    own_payment,
)
from sync.models import Adjustment, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import ChangesTruncated, Client, where_in

Row = dict[str, Any]
Rows = dict[str, Row | None]
ENTITIES = ("Payment", "Invoice")
# So many that all their payments are one page: a customer of ours rarely has twenty.
CUSTOMERS_AT_ONCE = 50


class OwnDocuments:
    """Our payments and invoices as they stand there now."""

    def __init__(self, client: Client, company: QuickBooksCompany, ours: Collection[Ours]) -> None:
        self.client, self.company = client, company
        self.ours = {each.qbo_id: each for each in ours}

    def read(self, since: datetime | None, moved: Collection[str]) -> dict[str, list[Adjustment]]:
        """Return what changed of them; of all where there is no time or too much changed.

        `moved` are customers that were changed: after a merge a payment is another one's.
        """
        wanted = self._to_look_at(since, set(moved))
        payments = self._by_id("Payment", wanted)
        invoices = self._by_id("Invoice", {self.ours[key].invoice for key in wanted} - {""})
        others = self._entered_since(payments)
        today = timezone.now().date()
        return {
            "Payment": [self._payment(key, payments, invoices, others, today) for key in wanted],
            "Invoice": self._invoices(wanted, invoices, today),
        }

    def _to_look_at(self, since: datetime | None, moved: set[str]) -> list[str]:
        """Return the payments to read: never read, changed there, or less than they were."""
        changed = self._changed(since) if since else None
        if changed is None:
            return sorted(self.ours)
        known = Adjustment.objects.filter(company=self.company, entity="Payment")
        read = set(known.values_list("qbo_id", flat=True))
        less = set(known.filter(is_there=True, amount__gt=0).values_list("qbo_id", flat=True))
        return sorted(
            key
            for key, each in self.ours.items()
            if key not in read
            or key in less
            or each.customer in moved
            or ("Payment", key) in changed
            or ("Invoice", each.invoice) in changed
        )

    def _changed(self, since: datetime) -> set[tuple[str, str]] | None:
        try:
            found = self.client.changes(ENTITIES, since - OVERLAP)
        except ChangesTruncated:  # others' too: asking for ours by id is cheaper
            return None
        return {(entity, str(row["Id"])) for entity, rows in found.items() for row in rows}

    def _by_id(self, entity: str, ids: Collection[str]) -> Rows:
        there = read_by_id(self.client, entity, ids)
        return {key: there.get(key) for key in ids}

    def _entered_since(self, payments: Rows) -> dict[str, list[Row]]:
        """Return the payments of others by customer, where one of ours is less than it was."""
        less = [self.ours[key] for key, row in payments.items() if _is_less(self.ours[key], row)]
        customers = {each.customer for each in less}
        customers |= {ref(row, "CustomerRef") for row in payments.values() if row} & customers
        found: dict[str, list[Row]] = {}
        for some in in_chunks(sorted(customers), CUSTOMERS_AT_ONCE):
            for row in self.client.select("Payment", where_in("CustomerRef", some)):
                found.setdefault(ref(row, "CustomerRef"), []).append(row)
        ids = [str(row["Id"]) for rows in found.values() for row in rows]
        ours = self._exported(ids)
        return {c: [r for r in rows if str(r["Id"]) not in ours] for c, rows in found.items()}

    def _exported(self, ids: Iterable[str]) -> set[str]:
        records = SyncRecord.objects.filter(company=self.company, kind="payment")
        return {
            qbo_id
            for some in in_chunks(list(ids))
            for qbo_id in records.filter(qbo_id__in=some).values_list("qbo_id", flat=True)
        }

    def _payment(
        self, key: str, payments: Rows, invoices: Rows, others: dict[str, list[Row]], today: date
    ) -> Adjustment:
        ours = self.ours[key]
        again = entered_again(ours, others.get(ours.customer, []))
        return own_payment(ours, payments[key], invoices.get(ours.invoice), again, today)

    def _invoices(self, keys: Iterable[str], invoices: Rows, today: date) -> list[Adjustment]:
        once = {self.ours[key].invoice: self.ours[key] for key in keys if self.ours[key].invoice}
        read = (own_invoice(each, invoices[key], today) for key, each in once.items())
        return [each for each in read if each is not None]


def _is_less(ours: Ours, row: Row | None) -> bool:
    if row is None or is_deleted(row):
        return True
    made = own_payment(ours, row, {"Balance": ours.amount}, ours.amount - ours.amount, date.min)
    return bool(made.amount > 0)
