"""Which rows belong together, and what the rows of one invoice or payment say that is odd."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import BEFORE_TAX, Row, type_meaning
from sync.intake.files.columns.names import bare
from sync.intake.files.columns.remarks import Remarks
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.values.amounts import is_nothing

if TYPE_CHECKING:
    from sync.intake.files.columns.evidence import Evidence

WHOSE = (Field.CUSTOMER, Field.GIVEN_NAME, Field.EMAIL, Field.INVOICES, Field.INVOICE_ID)
"""Any of these tells whose a payment is."""
OF_RECEIPT = (Field.PAYMENT_ID, Field.PAYMENT_NUMBER, Field.CHECK_NUMBER, Field.REFERENCE)
SAME = (
    Field.AMOUNT, Field.RECEIVED, Field.CUSTOMER, Field.CUSTOMER_ID, Field.GIVEN_NAME,
    Field.FAMILY_NAME, Field.EMAIL,
)  # fmt: skip
"""What rows of one payment repeat besides its number: a check's number alone is of many."""


def key_column(mapping: Mapping) -> int | None:
    """Return the column by which rows belong together, None where each row is its own."""
    at = mapping.at
    if mapping.kind in {Kind.INVOICES, Kind.CREDIT_NOTES}:
        return at.get(Field.INVOICE_ID, at.get(Field.NUMBER))
    if mapping.kind == Kind.PAYMENTS and Field.APPLIED in at:
        return at.get(Field.PAYMENT_ID, at.get(Field.PAYMENT_NUMBER))
    return receipt_column(mapping) if mapping.joins_receipts else None


def receipt_column(mapping: Mapping) -> int | None:
    """Return the column that tells which rows may be one payment."""
    return next((mapping.at[part] for part in OF_RECEIPT if part in mapping.at), None)


def receipt_columns(mapping: Mapping) -> tuple[int, ...]:
    """Return the columns in which all rows of one payment agree, its number first."""
    own = receipt_column(mapping)
    return () if own is None else (own, *(mapping.at[part] for part in SAME if part in mapping.at))


def receipt_of(row: Sequence[Cell], columns: Sequence[int]) -> str:
    """Return what rows of one payment have in common, empty where a row has no number."""
    parts = [str(row[at]).strip() if at < len(row) else "" for at in columns]
    return "\x1f".join(parts) if parts and parts[0] else ""


class Groups:
    """Finds the keys whose rows do not follow each other, and who has no customer."""

    def __init__(self, mapping: Mapping, found: "Evidence") -> None:
        self.column = key_column(mapping)
        self.joined = receipt_columns(mapping) if mapping.joins_receipts else ()
        is_open = self.column is None or bool(self.joined)
        self.ids = mapping.at.get(Field.PAYMENT_ID, -1) if is_open else -1
        whose = mapping.at.get(Field.CUSTOMER, mapping.at.get(Field.GIVEN_NAME))
        self.customer = None if mapping.has_customer_headings else whose
        day = mapping.at.get(Field.ISSUED, mapping.at.get(Field.RECEIVED))
        self.own = [at for at in (day, self.column) if at is not None]
        self.whose = [mapping.at[part] for part in WHOSE if part in mapping.at]
        self.is_money = mapping.kind == Kind.PAYMENTS
        self.paid_on = mapping.at.get(Field.PAID_ON, -1)
        self.was_paid = True
        self.amount_at = mapping.at[Field.LINE_AMOUNT] if mapping.is_amount_open else -1
        self.amount: Cell = ""
        self.amount_paid = -1 if mapping.layout else mapping.at.get(Field.AMOUNT, -1)
        self.refunded = mapping.at.get(Field.REFUNDED, -1)
        self.refunded_on = mapping.at.get(Field.REFUNDED_ON, -1)
        self.total = mapping.at.get(Field.TOTAL, -1) if _is_total_open(mapping) else -1
        self.total_of_key: tuple[Cell, str] = "", ""
        self.sums = _sums_to_compare(mapping)
        self.labels = [column.label for column in mapping.columns]
        self.receipts = Receipts(mapping, found)
        self.remarks = Remarks(mapping)
        self.ledger = Ledger(mapping, found) if mapping.kind == Kind.LEDGER else None
        self.found = found
        self.seen: set[int] = set()
        self.current = ""

    def see(self, number: int, row: Sequence[Cell]) -> None:
        """Take one row in."""
        if any(at < len(row) and row[at] != "" for at in self.own):
            self.found.last_document = number
        self._see_row(number, row)
        if self.column is None or self.column >= len(row):
            self._see_id(row)
            return
        key = receipt_of(row, self.joined) if self.joined else str(row[self.column]).strip()
        if 0 <= self.amount_at < len(row):
            self._see_amount(key, row[self.amount_at])
        self._see_paid(key, row)
        if 0 <= self.total < len(row):
            self._see_total(key, row[self.total], row)
        if key:
            self._see_key(number, key, row)

    def _see_row(self, number: int, row: Sequence[Cell]) -> None:
        """Take in what a row says whatever it belongs to."""
        if self.is_money:
            self._see_whose(number, row)
            self._see_refund(row)
        at, remark = self.remarks.of(row)
        if remark:
            self.found.remarks.setdefault(remark, self.labels[at])
        self.receipts.see(row)
        if self.ledger:
            self.ledger.see(row)
        if self.sums and not self.found.unnamed_difference:
            self._see_sums(row)

    def _see_whose(self, number: int, row: Sequence[Cell]) -> None:
        is_told = any(at < len(row) and str(row[at]).strip() for at in self.whose)
        if not is_told and not self.found.without_customer:
            self.found.without_customer = f"{number}"

    def _see_refund(self, row: Sequence[Cell]) -> None:
        if not 0 <= self.refunded < len(row) or self.found.refund_without_day:
            return
        text = str(row[self.refunded]).strip()
        if 0 <= self.amount_paid < len(row) and is_nothing(str(row[self.amount_paid])):
            return  # the row is the refund, of its own day
        has_day = 0 <= self.refunded_on < len(row) and not is_nothing(str(row[self.refunded_on]))
        if not has_day and any(letter in "123456789" for letter in text):
            self.found.refund_without_day = text

    def _see_sums(self, row: Sequence[Cell]) -> None:
        whole, part, *between = (str(row[at]).strip() if at < len(row) else "" for at in self.sums)
        if whole and part and whole != part and all(text in {"", "0", "0.00"} for text in between):
            self.found.unnamed_difference = f"{part}, {whole}"

    def _see_total(self, key: str, total: Cell, row: Sequence[Cell]) -> None:
        has_name = self.customer is not None and self.customer < len(row)
        whose = str(row[self.customer]).strip() if self.customer is not None and has_name else ""
        is_same = key == self.current and whose in {"", self.total_of_key[1]}
        if key and is_same and total not in {"", self.total_of_key[0]}:
            self.found.different_totals = self.found.different_totals or key
        self.total_of_key = total, whose

    def _see_paid(self, key: str, row: Sequence[Cell]) -> None:
        is_paid = 0 <= self.paid_on < len(row) and bool(str(row[self.paid_on]).strip())
        if key not in {"", self.current}:
            self.was_paid = is_paid
            return
        if is_paid and not self.was_paid:
            self.found.paid_in_part = self.found.paid_in_part or self.current
        self.was_paid |= is_paid

    def _see_key(self, number: int, key: str, row: Sequence[Cell]) -> None:
        self._measure(key)
        if key == self.current:
            if key in self.found.last_row:
                self.found.last_row[key] = number
            return
        self.current = key
        if (digest := hash(key)) in self.seen:
            self.found.last_row[key] = number
            return
        self.seen.add(digest)
        if self.is_money:
            self._see_id(row)
        else:
            self._see_customer(key, row)

    def _see_amount(self, key: str, amount: Cell) -> None:
        """Tell a total that is repeated from amounts of lines."""
        if key and key == self.current and amount != "":
            if amount == self.amount:
                self.found.equal_amounts = key
            else:
                self.found.has_different_amounts = True
        self.amount = amount

    def _see_id(self, row: Sequence[Cell]) -> None:
        if not 0 <= self.ids < len(row):
            return
        own = str(row[self.ids]).strip()
        digest = hash(own)
        if own and digest in self.seen:
            self.found.repeated_id = own
        self.seen.add(digest)

    def _measure(self, key: str) -> None:
        if not key.isdecimal():
            return
        if key[0] == "0":
            self.found.padded[len(key)] += 1
        else:
            self.found.unpadded.setdefault(len(key), key)

    def _see_customer(self, key: str, row: Sequence[Cell]) -> None:
        if self.found.without_customer or self.customer is None or self.customer >= len(row):
            return
        if not str(row[self.customer]).strip():
            self.found.without_customer = key


def _is_total_open(mapping: Mapping) -> bool:
    """Say whether a column was taken for the invoice's total by its name, and none for lines."""
    at = mapping.at.get(Field.TOTAL)
    return (
        at is not None
        and mapping.kind == Kind.INVOICES
        and mapping.columns[at].known_by == "name"
        and Field.LINE_AMOUNT not in mapping.at
    )


def _sums_to_compare(mapping: Mapping) -> tuple[int, ...]:
    """Return total, subtotal and what may stand between them, where no column has tax or lines."""
    at = mapping.at
    if mapping.kind != Kind.INVOICES or not {Field.TOTAL, Field.SUBTOTAL} <= at.keys():
        return ()
    told = {
        Field.TAX_TOTAL,
        Field.TAX_TOTAL_2,
        Field.LINE_TAX,
        Field.LINE_AMOUNT,
        Field.PRICE,
        Field.TAX_CODE,
    }
    if at.keys() & told or BEFORE_TAX.search(bare(mapping.label(Field.SUBTOTAL))):
        return ()
    between = (Field.DISCOUNT_TOTAL, Field.SHIPPING, Field.SURCHARGE, Field.ADJUSTMENT, Field.TIP)
    parts = (Field.TOTAL, Field.SUBTOTAL, *(part for part in between if part in at))
    return tuple(at[part] for part in parts)


class Ledger:
    """Finds the invoices that several rows of a ledger state: rows of lines, or a mistake."""

    def __init__(self, mapping: Mapping, found: "Evidence") -> None:
        self.found = found
        self.type = mapping.at.get(Field.TYPE, -1)
        self.number = mapping.at.get(Field.INVOICES, mapping.at.get(Field.REFERENCE, -1))
        self.own = dict(mapping.layout.words) if mapping.layout else {}
        self.seen: set[str] = set()

    def see(self, row: Sequence[Cell]) -> None:
        """Take one row in."""
        if min(self.type, self.number) < 0 or max(self.type, self.number) >= len(row):
            return
        word, number = str(row[self.type]).strip(), str(row[self.number]).strip()
        if not number or (self.own.get(bare(word)) or type_meaning(word)) != Row.INVOICE:
            return
        if number in self.seen:
            self.found.repeated_invoices.add(number)
        self.seen.add(number)


class Receipts:
    """Finds a payment whose rows repeat one amount for several invoices, without a split."""

    def __init__(self, mapping: Mapping, found: "Evidence") -> None:
        at, own = mapping.at, receipt_column(mapping)
        is_whole = {Field.AMOUNT, Field.INVOICES} <= at.keys() and Field.APPLIED not in at
        is_open = mapping.kind == Kind.PAYMENTS and mapping.layout is None and is_whole
        self.invoice = at[Field.INVOICES] if is_open and own is not None else -1
        self.same = receipt_columns(mapping)
        self.found = found
        self.last: tuple[str, Cell] = "", ""

    def see(self, row: Sequence[Cell]) -> None:
        """Take one row in."""
        if not 0 <= self.invoice < len(row):
            return
        same, invoice = receipt_of(row, self.same), row[self.invoice]
        if same and invoice and same == self.last[0] and invoice != self.last[1]:
            self.found.repeated_receipt = self.found.repeated_receipt or same.split("\x1f")[0]
        self.last = same, invoice
