"""What a row of money is, and how much came or went by it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import BILL_METHOD, REFUND_METHOD, Meant, Row, Standing
from sync.intake.files.columns.names import bare
from sync.intake.files.documents.lines import ZERO
from sync.intake.files.outcomes import Code, Reason
from sync.intake.files.records import Party
from sync.intake.files.values.cells import Cells, Values

TENDERS = {
    Field.TENDER_CARD: "Card",
    Field.TENDER_CASH: "Cash",
    Field.TENDER_GIFT: "Gift card",
    Field.TENDER_OTHER: "Other",
}
Look = Callable[[Values], Row | Code | None]
NO = frozenset({"false", "no", "0"})


@dataclass(slots=True)
class Money:
    """One amount that came or went, as its rows state it."""

    rows: Sequence[Values]
    tender: str
    amount: Decimal
    day: date
    customer: Party | None
    currency: str
    method: str
    reference: str
    receipt: str
    problems: list[Reason]

    @property
    def sale(self) -> str:
        """Return the sale's id with the way of paying, by which payments and refunds meet."""
        return f"{self.receipt}#{self.tender.casefold()}" if self.tender else self.receipt


class Moneys:
    """Tells rows of money apart."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        looks: tuple[tuple[Field, Look], ...] = (
            (Field.CAPTURED, self._by_flag),
            (Field.VOIDED, self._by_void),
            (Field.CUSTOMER, cells.named_void),
            (Field.METHOD, self._by_method),
        )
        self.others = [(part, look) for part, look in looks if cells.has(part)]
        self.tenders = [part for part in TENDERS if cells.has(part)]

    def kind(self, row: Values) -> Row | Reason:
        """Return what the row is, or why it is not ours."""
        kind: Meant | None = None
        for part in (Field.STATUS, Field.TYPE):
            if not self.cells.has(part):
                continue
            meant = self.cells.meaning(row, part)
            if isinstance(meant, Code):
                return self.cells.reason(meant, part, row)
            if meant == Standing.VOID:
                return self.cells.reason(Code.DELETED, part, row)
            kind = meant if part == Field.TYPE or not isinstance(kind, Row) else kind
        for part, look in self.others:
            told = look(row)
            if isinstance(told, Code):
                return self.cells.reason(told, part, row)
            is_undone = part == Field.VOIDED and told == Row.REFUND
            kind = kind if isinstance(kind, Row) and not is_undone else told or kind
        if remark := self.cells.remark(row):
            kind = remark[0]
            if isinstance(kind, Code):
                return remark[1]
        if kind == Row.REFUND and self.cells.has(Field.REFUNDED):
            return Row.PAYMENT  # the row is the payment; what came back is a column of it
        usual = Row.REFUND if self.cells.mapping.kind == Kind.REFUNDS else Row.PAYMENT
        return kind if isinstance(kind, Row) else usual

    def _by_void(self, row: Values) -> Row | Code | None:
        told = self.cells.voided(row)
        return None if isinstance(told, Standing) else told

    def _by_flag(self, row: Values) -> Code | None:
        word = str(self.cells.raw(row, Field.CAPTURED)).strip().casefold()
        return Code.NOT_RECEIVED if word in NO else None

    def _by_method(self, row: Values) -> Row | Code | None:
        """Return what the way of paying tells: money that went back, or to others."""
        method = bare(str(self.cells.raw(row, Field.METHOD)))
        told = self.cells.settled.words.get(f"{Field.METHOD}:{method}")
        if isinstance(told, Row | Code):
            return told
        if BILL_METHOD.search(method):
            return Code.OTHER_TYPE
        return Row.REFUND if REFUND_METHOD.search(method) else None

    def amounts(
        self, row: Values, rows: Sequence[Values], problems: list[Reason]
    ) -> list[tuple[str, Decimal]]:
        """Return what was received by each way of paying; below zero it was given back."""
        cells = self.cells
        sign = -1 if cells.mapping.payments_are_negative else 1
        parts = [
            (TENDERS[part], amount)
            for part in self.tenders
            if (amount := cells.money(row, part, problems))
        ]
        if cells.has(Field.AMOUNT):
            for other in rows[1:]:
                if cells.money(other, Field.AMOUNT, problems) != cells.money(row, Field.AMOUNT, []):
                    problems.append(cells.reason(Code.DIFFERS_WITHIN, Field.AMOUNT, other))
            whole = cells.money(row, Field.AMOUNT, problems)
        else:
            whole = sum((cells.money(part, Field.APPLIED, problems) or ZERO for part in rows), ZERO)
        if parts and whole is not None and sum(amount for _, amount in parts) != whole:
            problems.append(cells.reason(Code.DOES_NOT_ADD_UP, Field.AMOUNT, row))
        if parts:
            return parts
        if not whole and cells.has(Field.REFUNDED) and cells.mapping.layout is None:
            back = cells.money(row, Field.REFUNDED, problems)
            return [("", -abs(back))] if back else []
        return [("", whole * sign)] if whole else []
