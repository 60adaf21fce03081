"""Payments over several invoices that do not say how much goes to each: asked, with a proposal."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from sync.intake.door.chunk import Chunk
from sync.intake.files.documents.splits import about_split
from sync.intake.files.outcomes import Choice, Code, Outcome, Question, Staged
from sync.intake.files.records import Document, Invoice, Payment
from sync.models import BusinessUnit


class Splitting:
    """Collects the splits that a file leaves open; proposes what is open of each invoice."""

    def __init__(self, unit: BusinessUnit, source: str) -> None:
        self._unit, self._source = unit, source
        self._billed: dict[str, Decimal] = {}
        self._open: dict[tuple[str, ...], Payment] = {}

    def bill(self, documents: Iterable[Document]) -> None:
        """Remember what the file itself bills: it may not be stored yet."""
        for document in documents:
            if isinstance(document, Invoice):
                self._billed[document.number] = document.total

    def see(self, staged: Staged) -> None:
        """Take in a row that is asked about."""
        is_split = any(reason.code == Code.SPLIT for reason in staged.reasons)
        if staged.outcome != Outcome.ASKED or not is_split:
            return
        for document in staged.documents:
            if isinstance(document, Payment) and (question := about_split(document)):
                self._open[question.key] = document

    def questions(self) -> Iterator[Question]:
        """Yield a question for each, with the open balances where these are the whole amount."""
        for key, payment in self._open.items():
            question = about_split(payment)
            if question is None:
                continue
            names = [part.invoice_number for part in payment.allocations]
            balances = self._balances(names)
            is_whole = sum(balances.values(), Decimal(0)) == payment.amount
            choices = tuple(
                Choice((*key, name), str(balances.get(name, "")) if is_whole else "",
                       str(balances.get(name, "")))
                for name in names
            )  # fmt: skip
            who = payment.customer.name if payment.customer else ""
            said = (f"{payment.received_on}", who, f"{payment.amount}")
            yield replace(question, choices=choices, column=", ".join(names), examples=said)

    def _balances(self, names: list[str]) -> dict[str, Decimal]:
        stored = Chunk(self._unit, None).invoices(self._source, names)
        here = {name: invoice.balance_due for name, invoice in stored.items()}
        billed = {name: self._billed[name] for name in names if name in self._billed}
        return billed | here
