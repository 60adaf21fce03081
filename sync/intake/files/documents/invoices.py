"""Rows that belong together to one invoice, with what its source claims was paid."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sync.intake.files.answers import Answers
from sync.intake.files.columns.evidence import Evidence
from sync.intake.files.columns.fields import Field
from sync.intake.files.columns.meanings import Meant, Row, Standing, day_in, paid_so
from sync.intake.files.documents.ends import ASKED, end, read_currency, read_method
from sync.intake.files.documents.lines import ZERO
from sync.intake.files.documents.parties import Parties
from sync.intake.files.documents.totals import Totals
from sync.intake.files.outcomes import Code, Outcome, Reason, Staged
from sync.intake.files.records import (
    Allocation,
    Document,
    Invoice,
    Party,
    Payment,
    PaymentKind,
)
from sync.intake.files.values.cells import Cells, Values
from sync.intake.files.values.dates import has_year, read_date, with_year

LATEST_PAID = 270
"""Days after which a day without a year is rather one before the invoice."""
Value = TypeVar("Value", date, Decimal, str)


class Invoices:
    """Makes invoices of the rows of one file."""

    def __init__(self, cells: Cells, parties: Parties, answers: Answers, found: Evidence) -> None:
        self.cells, self.parties, self.answers = cells, parties, answers
        layout = cells.mapping.layout
        mode = answers.tax or (layout.tax_mode if layout else "")
        self.totals = Totals(
            cells,
            self.money,
            mode,
            difference=answers.difference,
            is_difference_asked=bool(found.unnamed_difference),
        )
        padded = found.padded.most_common(1)
        self.length = padded[0][0] if padded else 0

    def stage(self, numbers: tuple[int, ...], rows: Sequence[Values]) -> Staged:
        """Return what becomes of the rows of one invoice."""
        problems: list[Reason] = []
        standing = self._standing(rows[0])
        if isinstance(standing, Reason):
            if standing.code != Code.TYPE:
                return Staged(numbers, Outcome.NOT_OURS, (), (standing,))
            problems.append(standing)
            standing = None
        notes: list[Reason] = []
        invoice = self._invoice(rows, standing, problems, notes)
        if standing == Standing.VOID and {reason.code for reason in problems} == {Code.MISSING}:
            # Cancelled before it was ever issued.
            reason = self.cells.reason(Code.DELETED, Field.STATUS, rows[0])
            return Staged(numbers, Outcome.NOT_OURS, (), (reason,))
        if invoice is not None and invoice.total < 0:
            return self._negative(numbers, rows[0], problems)
        documents: tuple[Document, ...] = () if invoice is None else (invoice,)
        if invoice is not None and self.answers.paid in {"yes", "word", "issued", "due"}:
            claimed = self._claimed(invoice, rows, problems, notes)
            documents += (claimed,) if claimed else ()
        staged = end(numbers, documents, problems)
        if notes and staged.outcome == Outcome.TAKEN:
            return Staged(numbers, staged.outcome, staged.documents, tuple(notes))
        return staged

    def _standing(self, row: Values) -> Meant | Reason | None:
        """Return how it stands, or why the rows are no invoice."""
        if code := self.cells.named_void(row):
            return self.cells.reason(code, Field.CUSTOMER, row)
        voided = self.cells.voided(row)
        if voided == Code.DELETED:
            return Standing.VOID
        if isinstance(voided, Code):
            return self.cells.reason(voided, Field.VOIDED, row)
        told, reason = self.cells.remark(row) or (None, None)
        if isinstance(told, Code):
            return reason
        return told or (voided if voided == Standing.WRITTEN_OFF else self._told(row))

    def _told(self, row: Values) -> Meant | Reason | None:
        """Return how it stands by the columns of types and statuses."""
        for part in (Field.TYPE, Field.STATUS):
            meant = self.cells.meaning(row, part) if self.cells.has(part) else None
            if isinstance(meant, Code):
                return self.cells.reason(meant, part, row)
            if part == Field.TYPE and meant not in {None, Row.INVOICE}:
                return self.cells.reason(Code.OTHER_TYPE, part, row)
            if part == Field.STATUS:
                return meant
        return None

    def _negative(self, numbers: tuple[int, ...], row: Values, problems: list[Reason]) -> Staged:
        """Tell a credit that adds up from a bill with a wrong sign."""
        part = Field.TOTAL if self.cells.has(Field.TOTAL) else Field.LINE_AMOUNT
        if all(reason.code in ASKED - {Code.ZEROS_LOST} for reason in problems):
            reason = self.cells.reason(Code.CREDIT, part, row)
            return Staged(numbers, Outcome.NOT_OURS, (), (reason,))
        return end(numbers, (), [*problems, self.cells.reason(Code.NEGATIVE, part, row)])

    def _invoice(
        self,
        rows: Sequence[Values],
        standing: Meant | None,
        problems: list[Reason],
        notes: list[Reason],
    ) -> Invoice | None:
        cells, first = self.cells, rows[0]
        number = self._number(first, problems)
        external_id = cells.text(first, Field.INVOICE_ID, problems) or number
        customer = self.parties.of(rows, problems)
        issued_on = self._one(rows, Field.ISSUED, cells.day, problems)
        due_on = self._one(rows, Field.DUE, cells.day, problems)
        currency = read_currency(cells, first, problems)
        sums = self.totals.of(rows, problems, notes)
        self._require(Field.NUMBER, number, problems)
        self._require(Field.CUSTOMER, customer, problems)
        self._require(Field.ISSUED, issued_on, problems)
        if sums is None:
            return None
        return Invoice(
            external_id,
            number,
            customer or Party(""),
            issued_on or date.min,
            sums.total,
            due_on,
            currency,
            sums.lines,
            sums.subtotal,
            sums.discount,
            sums.tax,
            sums.is_inclusive,
            self._paid(rows, sums.total, standing, problems, notes),
            voided=standing == Standing.VOID,
            written_off=self._written_off(first, standing, problems, notes),
            version=cells.text(first, Field.UPDATED, problems),
        )

    def _require(self, field: Field, value: object, problems: list[Reason]) -> None:
        """Name a column as empty, unless it is named already for what stands in it."""
        label = self.cells.mapping.label(field)
        if not value and all(reason.column != label for reason in problems):
            problems.append(Reason(Code.MISSING, label))

    def _number(self, row: Values, problems: list[Reason]) -> str:
        part = Field.NUMBER if self.cells.has(Field.NUMBER) else Field.INVOICE_ID
        number = self.cells.text(row, part, problems)
        if len(number) < self.length and number.isdecimal() and number[0] != "0":
            if self.answers.numbers == "pad":
                return number.zfill(self.length)
            if self.answers.numbers != "keep":
                problems.append(self.cells.reason(Code.ZEROS_LOST, Field.NUMBER, row))
        return number

    def _one(
        self,
        rows: Sequence[Values],
        field: Field,
        read: Callable[[Values, Field, list[Reason]], Value | None],
        problems: list[Reason],
    ) -> Value | None:
        """Return the one value that the rows state, be it on the first or on each of them."""
        if not self.cells.has(field):
            return None
        found: Value | None = None
        for row in rows:
            value = read(row, field, problems)
            if value is not None and found is not None and value != found:
                problems.append(self.cells.reason(Code.DIFFERS_WITHIN, field, row))
            found = value if found is None else found
        return found

    def money(self, rows: Sequence[Values], field: Field, problems: list[Reason]) -> Decimal | None:
        """Return the one amount that the rows state."""
        return self._one(rows, field, self.cells.money, problems)

    def _paid(
        self,
        rows: Sequence[Values],
        total: Decimal,
        standing: Meant | None,
        problems: list[Reason],
        notes: list[Reason],
    ) -> Decimal | None:
        """Return what the source says was paid, without what credits and write-offs closed."""
        if standing == Standing.VOID:
            return ZERO
        settled = self.money(rows, Field.CREDITS, problems) or ZERO
        off = self.money(rows, Field.WRITE_OFF, problems) or ZERO
        if settled:
            notes.append(self.cells.reason(Code.CREDITS_APPLIED, Field.CREDITS, rows[0]))
        if self.money(rows, Field.REFUNDED, problems):
            notes.append(self.cells.reason(Code.GIVEN_BACK, Field.REFUNDED, rows[0]))
        paid = self.money(rows, Field.PAID_TOTAL, problems)
        if paid is not None:
            return paid
        balance = self.money(rows, Field.BALANCE, problems)
        if balance is not None:
            return total - balance - settled - off
        has_date = any(self.cells.raw(row, Field.PAID_ON) not in {"", "-"} for row in rows)
        return total if has_date or standing == Standing.PAID else None

    def _written_off(
        self, row: Values, standing: Meant | None, problems: list[Reason], notes: list[Reason]
    ) -> bool:
        amount = (
            self.cells.money(row, Field.WRITE_OFF, []) if self.cells.has(Field.WRITE_OFF) else 0
        )
        if standing != Standing.WRITTEN_OFF and not amount:
            return False
        part = Field.WRITE_OFF if amount else Field.STATUS
        notes.append(self.cells.reason(Code.WRITTEN_OFF, part, row))
        return True

    def _claimed(
        self,
        invoice: Invoice,
        rows: Sequence[Values],
        problems: list[Reason],
        notes: list[Reason],
    ) -> Payment | None:
        """Make the payment that the source's word stands for, of the day that a person named."""
        paid = invoice.paid_by_source or ZERO
        if invoice.voided or paid <= 0:
            return None
        received_on, row = self._paid_on(invoice, rows, problems)
        if received_on is None:
            notes.append(Reason(Code.NO_PAID_DAY, "", f"{paid}"))
            return None
        method, reference = self._how(row, problems)
        return Payment(
            external_id=f"paid:{invoice.external_id}",
            kind=PaymentKind.PAYMENT,
            amount=paid,
            received_on=received_on,
            customer=invoice.customer,
            method=method,
            reference=reference,
            currency=invoice.currency,
            allocations=(Allocation(invoice.number, paid, invoice.external_id),),
            claimed=True,
        )

    def _how(self, row: Values, problems: list[Reason]) -> tuple[str, str]:
        """Return method and reference by their column, or as they stand beside the status."""
        how = self.cells.text(row, Field.PAID_HOW, problems)
        said = paid_so(str(self.cells.raw(row, Field.STATUS)))
        if not how and said and said["how"]:
            return said["how"], said["number"] or ""
        method, reference = read_method(how or self.answers.paid_method)
        check = self.cells.text(row, Field.CHECK_NUMBER, problems)
        return (method or "Check", check) if check else (method, reference)

    def _day_beside(self, row: Values, issued_on: date) -> date | None:
        """Return the day that stands beside the status: without a year, the first such day."""
        day = day_in(str(self.cells.raw(row, Field.STATUS)))
        order = self.cells.settled.orders.get(Field.STATUS, "")
        if not day or not order:
            return None
        if has_year(day):
            stated = read_date(day, order, self.cells.zone)
            return stated if isinstance(stated, date) else None
        for year in (issued_on.year, issued_on.year + 1):
            found = read_date(with_year(day, year), order, self.cells.zone)
            if isinstance(found, date) and found >= issued_on:
                return found if (found - issued_on).days <= LATEST_PAID else None
        return None

    def _paid_on(
        self, invoice: Invoice, rows: Sequence[Values], problems: list[Reason]
    ) -> tuple[date | None, Values]:
        """Return the day, and the row that states it."""
        if self.answers.paid == "word":
            return self._day_beside(rows[0], invoice.issued_on), rows[0]
        if self.answers.paid != "yes":
            return {"issued": invoice.issued_on, "due": invoice.due_on}.get(
                self.answers.paid
            ), rows[0]
        dated = [row for row in rows if self.cells.raw(row, Field.PAID_ON) not in {"", "-"}]
        received_on = self._one(rows, Field.PAID_ON, self.cells.day, problems)
        if dated and rows[0] not in dated and self.answers.paid_lines != "whole":
            if self.answers.paid_lines != "no":
                problems.append(self.cells.reason(Code.PAID_DATE, Field.PAID_ON, dated[0]))
            return None, rows[0]
        return received_on, dated[0] if dated else rows[0]
