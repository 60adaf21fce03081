"""What a rehearsal found, as a person reads it."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice

from sync.exports.rules.reasons import day
from sync.quickbooks.documents import Group
from sync.rehearsal.beside import Named, Side, Total
from sync.rehearsal.month import Month
from sync.rehearsal.rehearse import Rehearsed

# Of a long list of documents so many are shown; the file has all.
_SHOWN = 20
BY = {
    Group.DOCUMENTS: "Documents",
    Group.INCOME: "Income account",
    Group.TAX: "Tax",
    Group.SOLD: "Day sold",
    Group.METHOD: "Payment method",
    Group.DEPOSITED: "Deposited to",
    Group.RECEIVED: "Day received",
}
_LIST_OF = {
    Group.INCOME: "Account",
    Group.TAX: "TaxRate",
    Group.METHOD: "PaymentMethod",
    Group.DEPOSITED: "Account",
}
_WITHOUT = {
    Group.INCOME: "named by no line",
    Group.TAX: "under no rate",
    Group.METHOD: "no method",
    Group.DEPOSITED: "no account",
}
KINDS = {
    "Invoice": "Invoice",
    "SalesReceipt": "Sales receipt",
    "CreditMemo": "Credit memo",
    "RefundReceipt": "Refund receipt",
    "Payment": "Payment",
}


class Report:
    """The words and figures of one rehearsal."""

    def __init__(self, done: Rehearsed, month: Month) -> None:
        self.done, self.month = done, month
        self.totals = done.beside.totals()

    @property
    def is_equal(self) -> bool:
        """Say whether exporting the month would have left the books as they are."""
        beside, left = self.done.beside, self.done.left_out
        differs = next(beside.differing(), None) or next(beside.only(Side.THERE), None)
        return not (differs or next(beside.only(Side.HERE), None) or left.stopped or left.halted)

    def name(self, total: Total) -> str:
        """Return what a key is called: an account, a rate, a method, a kind or a day."""
        if total.group is Group.DOCUMENTS:
            return f"{KINDS.get(total.key, total.key)}s"
        if total.group in {Group.SOLD, Group.RECEIVED}:
            return day(date.fromisoformat(total.key)) if total.key else "no day"
        if not total.key:
            return _WITHOUT[total.group]
        return self.done.names.get((_LIST_OF[total.group], total.key), total.key)

    def why_not_here(self, document: Named) -> str:
        """Say why the invoice of that number stayed here; empty where there is none."""
        reasons = self.done.left_out.of_invoice
        return reasons.get(document.number) or reasons.get(document.invoice) or ""

    def lines(self) -> Iterator[str]:
        """Return it as text."""
        yield from self._heading()
        yield from self._table()
        yield from self._differing()
        yield from self._only(Side.THERE, "Only in the books")
        yield from self._only(Side.HERE, "Only in the rehearsal")
        yield from self._left_out()
        yield ""
        yield (
            "It would be as the books are."
            if self.is_equal
            else "It would not be as the books are."
        )

    def _heading(self) -> Iterator[str]:
        units = ", ".join(str(unit) for unit in self.done.units)
        yield f"{units} in {self.month}, beside the books of {self.done.company}"
        for side, words in ((Side.THERE, "In the books"), (Side.HERE, "Rehearsed")):
            counts = self.done.beside.counts(side)
            found = ", ".join(_counted(n, KINDS[kind].lower()) for kind, n in counts.items())
            yield f"{words}: {found or 'nothing'}"
        if self.done.same_name:
            yield (
                f"Taken by their names for ours that are not linked yet:"
                f" {_counted(self.done.same_name, 'customer')}"
            )

    def _table(self) -> Iterator[str]:
        for group, totals in groupby(self.totals, key=lambda total: total.group):
            yield ""
            yield f"{BY[group]:<46}{'in the books':>16}{'rehearsed':>16}{'difference':>16}"
            for total in totals:
                name = f"{self.name(total)} {total.currency}"[:44]
                apart = f"{total.difference:,.2f}" if total.difference else "-"
                yield f"  {name:<44}{total.there:>16,.2f}{total.here:>16,.2f}{apart:>16}"

    def _differing(self) -> Iterator[str]:
        rows = self.done.beside.differing()
        for key, differing in groupby(rows, key=lambda row: _key(row.total)):
            paired = [row for row in differing if row.is_paired]
            if not paired:
                continue  # what only one side has is named once, below
            total = next(total for total in self.totals if _key(total) == key)
            yield ""
            apart = _counted(len(paired), "document")
            yield f"{BY[total.group]}, {self.name(total)}: {apart} otherwise ({_sides(total)})"
            for row in paired[:_SHOWN]:
                yield f"  {_named(row.document)}: {_sides(row.total)}"
            if len(paired) > _SHOWN:
                yield f"  and {len(paired) - _SHOWN:,} more (--csv names all)"

    def _only(self, side: Side, words: str) -> Iterator[str]:
        rows = self.done.beside.only(side)
        shown = list(islice(rows, _SHOWN))
        if not shown:
            return
        yield ""
        yield words
        for document in shown:
            why = self.why_not_here(document) if side is Side.THERE else ""
            yield f"  {_named(document)}: {document.amount:,.2f}{f' (here: {why})' if why else ''}"
        if more := sum(1 for _ in rows):
            yield f"  and {more:,} more (--csv names all)"

    def _left_out(self) -> Iterator[str]:
        left = self.done.left_out
        if left.counts:
            yield ""
            yield "What could not go"
            for words, count in left.counts.most_common():
                yield f"  {words}: {count:,}"
        for stopped in left.stopped[:_SHOWN]:
            yield f"  {stopped.kind} {stopped.name}: {stopped.words}"
        if (more := len(left.stopped) - _SHOWN) > 0:
            yield f"  and {more:,} more (--csv names all)"
        yield from left.halted


def _sides(total: Total) -> str:
    return f"{total.there:,.2f} there, {total.here:,.2f} rehearsed"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _key(total: Total) -> tuple[Group, str, str]:
    return total.group, total.key, total.currency


def _named(document: Named) -> str:
    """Name a document by number, else by the invoice it pays, with its day and customer."""
    kind = KINDS.get(document.entity, document.entity)
    about = document.number
    if document.entity == "Payment":
        about = f"for invoice {document.invoice}" if document.invoice else "for no invoice"
    on = day(date.fromisoformat(document.day)) if document.day else "no day"
    return f"{kind} {about} of {on}, {document.customer}"
