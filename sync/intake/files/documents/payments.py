"""Rows of money: payments with what they were applied to, deposits, and refunds."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sync.intake.files.answers import Answers
from sync.intake.files.columns.evidence import Evidence
from sync.intake.files.columns.fields import Field
from sync.intake.files.columns.meanings import Row
from sync.intake.files.documents.ends import end, read_currency, read_method
from sync.intake.files.documents.identities import Identities
from sync.intake.files.documents.ledger import ledger_invoice
from sync.intake.files.documents.lines import ZERO
from sync.intake.files.documents.moneys import Money, Moneys
from sync.intake.files.documents.parties import Parties
from sync.intake.files.documents.splits import Splits
from sync.intake.files.outcomes import Code, Outcome, Reason, Staged
from sync.intake.files.records import (
    Document,
    Payment,
    PaymentKind,
    Refund,
    RefundKind,
)
from sync.intake.files.values.cells import Cells, Values

QUOTE = re.compile(r"(?i)\b(?:estimate|quote) #?([\w-]+)")


class Payments:
    """Makes payments and refunds of the rows of one file."""

    def __init__(self, cells: Cells, parties: Parties, answers: Answers, found: Evidence) -> None:
        self.cells, self.parties, self.answers, self.found = cells, parties, answers, found
        mapping = cells.mapping
        self.identities = Identities(mapping.source)
        self.splits = Splits(cells, answers)
        self.moneys = Moneys(cells)
        layout = mapping.layout
        self.has_ids = layout is not None or not found.repeated_id
        self.used: set[int] = set()
        inside = layout.tip_is_inside if layout else None
        self.tip_mode = answers.tips or {True: "inside", False: "beside", None: ""}[inside]

    def stage(self, numbers: tuple[int, ...], rows: Sequence[Values]) -> Staged:
        """Return what becomes of one row, or of the rows that apply one payment."""
        row = rows[0]
        problems: list[Reason] = []
        kind = self.moneys.kind(row)
        if isinstance(kind, Reason):
            if kind.code != Code.TYPE:
                return Staged(numbers, Outcome.NOT_OURS, (), (kind,))
            problems.append(kind)
            kind = Row.PAYMENT
        if kind == Row.INVOICE:
            return ledger_invoice(
                self.cells, self.parties, numbers, row, self.found.repeated_invoices
            )
        amounts = self.moneys.amounts(row, rows, problems)
        if not amounts and not problems:
            return self._without_amount(numbers, row)
        layout = self.cells.mapping.layout
        is_other = kind == Row.PAYMENT and any(signed < 0 for _, signed in amounts)
        if layout and layout.below_zero and is_other:
            reason = self.cells.reason(layout.below_zero, Field.AMOUNT, row)
            return Staged(numbers, Outcome.NOT_OURS, (), (reason,))
        received_on = self.cells.day(row, Field.RECEIVED, problems)
        if received_on is None and not problems:
            problems.append(Reason(Code.MISSING, self.cells.mapping.label(Field.RECEIVED)))
        documents: list[Document] = []
        for tender, signed in amounts:
            money = self._money(rows, tender, abs(signed), received_on or date.min, problems)
            if kind == Row.REFUND or signed < 0:
                documents.append(self._refund(money))
            else:
                payment = self._payment(money, is_deposit=kind == Row.DEPOSIT)
                documents += (payment, *self._given_back(money, payment))
        staged = end(numbers, tuple(documents), problems)
        if staged.outcome == Outcome.TAKEN and self._extra(row, Field.DISPUTED, []):
            note = self.cells.reason(Code.DISPUTE, Field.DISPUTED, row)
            return Staged(numbers, staged.outcome, staged.documents, (note,))
        return staged

    def _without_amount(self, numbers: tuple[int, ...], row: Values) -> Staged:
        part = Field.AMOUNT if self.cells.has(Field.AMOUNT) else Field.APPLIED
        if self.cells.money(row, part, []) is None:
            return end(numbers, (), [self.cells.reason(Code.MISSING, part, row)])
        reason = self.cells.reason(Code.ZERO, part, row)
        return Staged(numbers, Outcome.NOT_OURS, (), (reason,))

    def _money(
        self,
        rows: Sequence[Values],
        tender: str,
        amount: Decimal,
        day: date,
        problems: list[Reason],
    ) -> Money:
        row = rows[0]
        method, reference = self._method(row, tender, problems)
        return Money(
            rows,
            tender,
            amount,
            day,
            self.parties.of(rows, problems),
            read_currency(self.cells, row, problems),
            method,
            reference,
            self.cells.text(row, Field.RECEIPT, problems),
            problems,
        )

    def _payment(self, money: Money, *, is_deposit: bool) -> Payment:
        cells, row, problems = self.cells, money.rows[0], money.problems
        tip = self._extra(row, Field.TIP, problems)
        if tip and not self.tip_mode:
            problems.append(cells.reason(Code.TIPS, Field.TIP, row))
        amount = money.amount + (tip if tip and self.tip_mode == "beside" else ZERO)
        allocations = self.splits.of(money.rows, amount, problems)
        numbers = [part.invoice_number for part in allocations]
        return Payment(
            self._id(money, numbers),
            PaymentKind.PAYMENT if allocations and not is_deposit else PaymentKind.DEPOSIT,
            amount,
            money.day,
            money.customer,
            money.method,
            money.reference,
            money.currency,
            allocations,
            self._extra(row, Field.UNAPPLIED, problems),
            money.receipt,
            self._quote(row, problems),
            tip,
            self._extra(row, Field.FEE, problems),
            self._extra(row, Field.SURCHARGE, problems),
            self._withheld(money.rows, problems),
            version=cells.text(row, Field.UPDATED, problems),
        )

    def _id(self, money: Money, numbers: Sequence[str]) -> str:
        """Return the source's own id, a sale's with the way of paying, or a derived one."""
        own = self.cells.text(money.rows[0], Field.PAYMENT_ID, money.problems)
        number = self.cells.text(money.rows[0], Field.PAYMENT_NUMBER, money.problems)
        if self.cells.has(Field.APPLIED):
            own = own or number
        found = (own if self.has_ids else "") or money.sale
        if not found:
            return self._derive("payment", money, [*numbers, own, number])
        if (digest := hash(found)) in self.used:
            problem = self.cells.reason(Code.ID_REPEATED, Field.PAYMENT_ID, money.rows[0])
            money.problems.append(problem)
        self.used.add(digest)
        return found

    def _derive(self, kind: str, money: Money, numbers: Sequence[str]) -> str:
        customer = money.customer
        return self.identities.derive(
            kind,
            money.day,
            money.amount,
            money.currency,
            (customer.external_id or customer.name) if customer else "",
            ",".join(numbers),
            money.method,
            money.reference,
            money.sale,
        )

    def _refund(self, money: Money) -> Refund:
        cells, row, problems = self.cells, money.rows[0], money.problems
        numbers = self.splits.numbers(row, problems)
        own = cells.text(row, Field.PAYMENT_ID, problems)
        return Refund(
            (own if self.has_ids else "") or self._derive("refund", money, [*numbers, own]),
            RefundKind.SALE,
            money.amount,
            money.day,
            money.customer,
            cells.text(row, Field.CHARGE_ID, problems) or money.sale,
            money.receipt,
            numbers,
            money.method,
            money.reference,
            cells.text(row, Field.REASON, problems) or cells.text(row, Field.NOTE, problems),
            money.currency,
        )

    def _given_back(self, money: Money, payment: Payment) -> tuple[Refund, ...]:
        """Return the refund that is a column of its payment: all of it so far, with one date."""
        if not self.cells.has(Field.REFUNDED):
            return ()
        row, problems = money.rows[0], money.problems
        amount = self.cells.money(row, Field.REFUNDED, problems)
        if not amount:
            return ()
        has_day = self.cells.has(Field.REFUNDED_ON)
        day = self.cells.day(row, Field.REFUNDED_ON, problems) if has_day else None
        if day is None and self.answers.refunds == "left_out":
            return ()
        if day is None and self.answers.refunds == "received":
            day = payment.received_on
        if day is None:
            problems.append(self.cells.reason(Code.REFUND_DAY, Field.REFUNDED, row))
        return (
            Refund(
                f"{payment.external_id}#refunded",
                RefundKind.SALE,
                abs(amount),
                day or date.min,
                payment.customer,
                payment.external_id,
                method=payment.method,
                currency=payment.currency,
            ),
        )

    def _method(self, row: Values, tender: str, problems: list[Reason]) -> tuple[str, str]:
        word = self.cells.text(row, Field.METHOD, problems)
        if not word and self.cells.mapping.layout and self.cells.mapping.layout.other_types:
            word = self.cells.text(row, Field.TYPE, problems)
        if not word and self.cells.mapping.layout:
            word = self.cells.mapping.layout.method
        method, number = read_method(word)
        if tender and not (tender == "Other" and method):
            method = tender
        check = self.cells.text(row, Field.CHECK_NUMBER, problems)
        reference = self.cells.text(row, Field.REFERENCE, problems)
        if not reference and self.cells.mapping.has_own_numbers:
            reference = self.cells.text(row, Field.INVOICES, problems)
        return method, check or reference or number

    def _extra(self, row: Values, field: Field, problems: list[Reason]) -> Decimal | None:
        if not self.cells.has(field):
            return None
        amount = self.cells.money(row, field, problems)
        return abs(amount) if amount else None

    def _withheld(self, rows: Sequence[Values], problems: list[Reason]) -> Decimal | None:
        found = [self._extra(row, Field.WITHHELD, problems) or ZERO for row in rows]
        return sum(found, ZERO) or None

    def _quote(self, row: Values, problems: list[Reason]) -> str:
        quote = self.cells.text(row, Field.QUOTE, problems)
        named = QUOTE.search(self.cells.text(row, Field.NOTE, problems))
        return quote or (named[1] if named else "")
