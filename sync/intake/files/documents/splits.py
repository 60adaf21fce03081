"""What of a payment goes to which invoice: as rows or a person say, never by guessing."""

import re
from collections.abc import Sequence
from decimal import Decimal

from sync.intake.files.answers import Answers
from sync.intake.files.columns.fields import Field
from sync.intake.files.columns.meanings import Row, type_meaning
from sync.intake.files.documents.lines import ZERO
from sync.intake.files.outcomes import Choice, Code, FileRefused, Question, Reason
from sync.intake.files.records import Allocation, Payment
from sync.intake.files.values.amounts import is_nothing, read_amount
from sync.intake.files.values.cells import MAX_TEXT, Cells, Values

BETWEEN = re.compile(r"\s*[,;&|\n]\s*|\s+(?:and|und|et|y|en|e)\s+")

WITH_AMOUNT = re.compile(
    r"(?<![^\s,;:&|()=])#?([^\s,;:&|()=]{1,60}) ?(?:[:=] ?|\( ?)"
    r"[$€£]? ?(\d[\d,. ]{0,20}[.,]\d{2})(?!\d) ?\)?"
    r"(?=\s*(?:[,;&|\n]|\Z))"
)
"""An invoice's number with what went to it: "1041 ($200.00)", "1041: 200.00"."""


def split_key(numbers: Sequence[str], amount: Decimal) -> str:
    """Return what a split is answered under: invoices and amount, so it holds in the next file."""
    return f"{','.join(numbers)}={amount}"


def about_split(payment: Payment) -> Question | None:
    """Return the question a payment over several invoices leaves open: how much to each."""
    numbers = [part.invoice_number for part in payment.allocations if part.amount is None]
    if not numbers:
        return None
    key = ("splits", split_key(numbers, payment.amount))
    choices = tuple(Choice((*key, number), "") for number in numbers)
    return Question(Code.SPLIT, key, choices, examples=(f"{payment.amount}",))


def _is_no_invoice(word: str) -> bool:
    """Say whether a word in place of an invoice says that there is none."""
    return is_nothing(word) or type_meaning(word) == Row.DEPOSIT


def _with_amounts(text: str) -> tuple[list[Allocation], bool]:
    """Return what stands beside each invoice of a cell, and whether that is all of the cell."""
    found = WITH_AMOUNT.findall(text)
    parts = [(number, read_amount(part, part[-3])) for number, part in found]
    taken = [Allocation(number, part) for number, part in parts if isinstance(part, Decimal)]
    is_whole = not BETWEEN.sub("", WITH_AMOUNT.sub("", text)).strip(" ,;")
    return taken, is_whole and len(taken) == len(found) > 0


class Splits:
    """Reads allocations; of several invoices without amounts it keeps names only, and asks."""

    def __init__(self, cells: Cells, answers: Answers) -> None:
        self.cells, self.answers = cells, answers

    def numbers(self, row: Values, problems: list[Reason]) -> tuple[str, ...]:
        """Return the invoices that a row names, each once."""
        if self.cells.mapping.has_own_numbers:
            return ()
        text = self.cells.text(row, Field.INVOICES, problems)
        if text in {"", "-"} or len(text) > MAX_TEXT:
            return ()
        if with_amounts := WITH_AMOUNT.findall(text):
            return tuple(dict.fromkeys(number for number, _ in with_amounts))
        parts = (part.removeprefix("#").strip() for part in BETWEEN.split(text))
        return tuple(dict.fromkeys(part for part in parts if part and not _is_no_invoice(part)))

    def of(
        self, rows: Sequence[Values], amount: Decimal, problems: list[Reason]
    ) -> tuple[Allocation, ...]:
        """Return what goes where; problems hold a question where the file does not split it."""
        if self.cells.has(Field.APPLIED):
            return self._applied(rows, amount, problems)
        if stated := self._stated(rows, amount, problems):
            return stated
        numbers = self.numbers(rows[0], problems)
        if self.cells.mapping.joins_receipts:
            named = (number for row in rows for number in self.numbers(row, problems))
            numbers = tuple(dict.fromkeys(named))
        invoice_id = self.cells.text(rows[0], Field.INVOICE_ID, problems)
        if len(numbers) > 1:
            return self._asked(rows[0], numbers, amount, problems)
        if numbers or invoice_id:
            return (Allocation(numbers[0] if numbers else "", amount, invoice_id),)
        return ()

    def _stated(
        self, rows: Sequence[Values], amount: Decimal, problems: list[Reason]
    ) -> tuple[Allocation, ...]:
        """Return what stands beside each invoice in its cell; nothing where nothing does."""
        texts = dict.fromkeys(self.cells.text(row, Field.INVOICES, []) for row in rows)
        if any(len(text) > MAX_TEXT for text in texts):
            return ()  # which is refused
        if not any(map(WITH_AMOUNT.search, texts)):
            return ()
        split = [_with_amounts(text) for text in texts if text not in {"", "-"}]
        taken = [part for parts, _ in split for part in parts]
        given = sum((part.amount or ZERO for part in taken), ZERO)
        if given > amount or not all(is_whole for _, is_whole in split):
            problems.append(self.cells.reason(Code.DOES_NOT_ADD_UP, Field.INVOICES, rows[0]))
        return tuple(taken)

    def _applied(
        self, rows: Sequence[Values], amount: Decimal, problems: list[Reason]
    ) -> tuple[Allocation, ...]:
        """Take a row an application; a receipt without an id cannot be put together of several."""
        cells = self.cells
        found = []
        for row in rows:
            applied = cells.money(row, Field.APPLIED, problems)
            numbers = self.numbers(row, problems)
            if len(numbers) > 1:
                problems.append(cells.reason(Code.ROWS_CANNOT_BE_JOINED, Field.INVOICES, row))
            elif numbers and applied:
                found.append(Allocation(numbers[0], abs(applied)))
        given = sum((part.amount or ZERO for part in found), ZERO)
        if given > amount:
            problems.append(cells.reason(Code.DOES_NOT_ADD_UP, Field.APPLIED, rows[-1]))
        has_id = cells.has(Field.PAYMENT_ID) or cells.has(Field.PAYMENT_NUMBER)
        left = (
            cells.money(rows[0], Field.UNAPPLIED, problems) if cells.has(Field.UNAPPLIED) else None
        )
        if found and given + abs(left or ZERO) != amount and not has_id:
            problems.append(cells.reason(Code.ROWS_CANNOT_BE_JOINED, Field.APPLIED, rows[0]))
        return tuple(found)

    def _asked(
        self, row: Values, numbers: tuple[str, ...], amount: Decimal, problems: list[Reason]
    ) -> tuple[Allocation, ...]:
        key = split_key(numbers, amount)
        said = self.answers.splits.get(key)
        if said is None:
            problems.append(self.cells.reason(Code.SPLIT, Field.INVOICES, row))
            return tuple(Allocation(number, None) for number in numbers)
        parts = []
        for number in numbers:
            part = read_amount(said.get(number, "0"), ".")
            if isinstance(part, Code) or part < 0:
                raise FileRefused(Code.BAD_ANSWER, f"splits: {number}"[:100])
            if part:
                parts.append(Allocation(number, part))
        if sum((part.amount or ZERO for part in parts), ZERO) > amount:
            raise FileRefused(Code.BAD_ANSWER, f"splits: {key}"[:100])
        return tuple(parts)
