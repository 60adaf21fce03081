"""One way through a file: its rows, some hundred at a time, through the door.

A dry run says what would become of each row and finds what must be asked. Both go the same way, so
that what was shown is what happens.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sync.intake.door.chunk import Promised
from sync.intake.door.door import deliver, link
from sync.intake.door.incoming import Incoming, Result, Status
from sync.intake.files.columns.fields import Field
from sync.intake.files.outcomes import Choice, Code, Outcome, Question, Reason, Staged
from sync.intake.files.reading import Reading, Tally
from sync.intake.files.records import Document, Party
from sync.intake.imports import rows
from sync.intake.imports.adapting import Adapting
from sync.intake.imports.doubles import OTHER, SAME, Doubles
from sync.intake.imports.people import People
from sync.intake.imports.splitting import Splitting
from sync.models import Import, ImportRow

CHUNK = 1000
Step = tuple[int, Staged]
Parts = list[tuple[Document, Incoming]]


@dataclass(slots=True)
class Taking:
    """What is known while one file goes through the door."""

    entry: Import
    reading: Reading
    said: Mapping[str, Any]
    """Answers about what is stored: `customers` by name, and `same_money`."""
    promised: Promised | None = None
    """In a dry run what it would have stored by now."""
    doubles: dict[str, int] = field(default_factory=dict)
    """Ids of money that seems to be here already, with our rows; a dry run finds them."""
    tally: Tally = field(default_factory=Tally)
    sums: rows.Sums = field(default_factory=rows.Sums)
    held: list[tuple[rows.Row, list[Incoming]]] = field(default_factory=list)
    """In a dry run the rows that wait for what may come later in the file."""
    people: People = field(init=False)
    _adapting: Adapting = field(init=False)
    _finder: Doubles = field(init=False)
    _splitting: Splitting = field(init=False)
    _examples: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        unit, mapping = self.entry.business_unit, self.reading.mapping
        observed_at = self.entry.created_at
        said = self.said.get("customers", {})
        self.people = People(unit, mapping.source, observed_at, said)
        says_invoices = bool(mapping.at.keys() & {Field.INVOICES, Field.INVOICE_ID, Field.APPLIED})
        self._adapting = Adapting(
            mapping.source, observed_at, self.people.key, says_invoices=says_invoices
        )
        self._finder = Doubles(unit, mapping.source)
        self._splitting = Splitting(unit, mapping.source)

    def chunks(self, start: int = 0) -> Iterator[list[Step]]:
        """Yield the steps of the file after the first `start`, some at a time."""
        steps = enumerate(self.reading.staged(self.tally), start=1)
        for _, staged in islice(steps, start):
            self.people.meet(_parties(staged))  # who is in already
        while chunk := list(islice(steps, CHUNK)):
            yield chunk

    def take(self, chunk: Sequence[Step]) -> list[rows.Row]:
        """Take some steps in, and return what became of each that is no row around the data."""
        parties = [party for _, staged in chunk for party in _parties(staged)]
        people = self.people.meet(parties)
        parts = {place: self._parts(staged) for place, staged in chunk}
        money = [one for some in parts.values() for _, one in some]
        if self.promised is not None:
            self._find_doubles(money)
        fresh = [one for one in money if not self._is_left_out(one)]
        given = [*people, *fresh]
        unit, brought_by = self.entry.business_unit, self.entry.pk
        results = deliver(unit, given, promised=self.promised, brought_by=brought_by)
        became = {one.key: result for one, result in zip(given, results, strict=True)}
        if self.promised is None:
            same = [one for one in money if self._is_left_out(one)]
            link(unit, [(one, self.doubles[one.external_id]) for one in same], brought_by)
        made = (self._row(place, staged, parts[place], became) for place, staged in chunk)
        return [row for row in made if row is not None]

    def settle(self) -> Sequence[rows.Row | ImportRow]:
        """Bring in what later rows said of customers; say again what was waiting for later rows."""
        unit, brought_by = self.entry.business_unit, self.entry.pk
        grown = list(self.people.grown())
        deliver(unit, grown, promised=self.promised, brought_by=brought_by)
        if self.promised is None:
            return rows.attached(self.entry)
        changed = []
        for row, incoming in self.held:
            results = deliver(unit, incoming, promised=self.promised)
            if all(result.status != Status.WAITING for result in results):
                rows.end(row, results)
                changed.append(row)
        return changed

    def questions(self) -> list[Question]:
        """Return what is to be asked once the whole file was gone through."""
        asked = [*self.people.questions(), *self._splitting.questions()]
        if self.doubles and "same_money" not in self.said:
            key = ("same_money",)
            choices = (Choice(key, SAME), Choice(key, OTHER))
            examples = tuple(self._examples)
            asked.append(Question(Code.SAME_MONEY, key, choices, examples=examples))
        return asked

    def _parts(self, staged: Staged) -> Parts:
        if staged.outcome != Outcome.TAKEN:
            return []
        return [
            (document, self._adapting.incoming(document))
            for document in staged.documents
            if not isinstance(document, Party)
        ]

    def _find_doubles(self, money: Sequence[Incoming]) -> None:
        found = self._finder.find(money, self.people.name)
        self.doubles |= found
        for one in money:
            if one.external_id in found and len(self._examples) < rows.MOST_EXAMPLES:
                self._examples.append(rows.words_of(one))

    def _is_left_out(self, one: Incoming) -> bool:
        """Say whether it is held back as money that is here already."""
        return one.external_id in self.doubles and self.said.get("same_money") != OTHER

    def _row(
        self, place: int, staged: Staged, parts: Parts, became: Mapping[Any, Result]
    ) -> rows.Row | None:
        row = rows.start(self.entry, place, staged)
        if row is None or staged.outcome != Outcome.TAKEN:
            self._splitting.see(staged)
            return row
        results = [became[one.key] for _, one in parts if one.key in became]
        is_left_out = len(results) < len(parts)
        if len(parts) < len(staged.documents):
            results += [
                became.get(self.people.row_key(party), Result(Status.UNCHANGED))
                for party in staged.documents
                if isinstance(party, Party)
            ]
        rows.end(row, results)
        if is_left_out:
            self._left_out(row, parts)
        if self.people.has_matched:
            self._say_found(row, staged)
        currency = self.entry.business_unit.currency
        self.sums.add(row, (one for _, one in parts), currency)
        self._splitting.bill(document for document, _ in parts)
        if self.promised is not None and row.outcome == ImportRow.Outcome.WAITING:
            self.held.append((row, [one for _, one in parts]))
        return row

    def _say_found(self, row: rows.Row, staged: Staged) -> None:
        for party in _parties(staged):
            if self.people.matched(party):
                reason = Reason(Code.CUSTOMER_FOUND, "", party.name)
                row.reasons.append(rows.reason(reason))

    def _left_out(self, row: rows.Row, parts: Parts) -> None:
        is_same = self.said.get("same_money") == SAME
        if not is_same:
            row.outcome = ImportRow.Outcome.ASKED
        elif len(parts) == 1:
            row.outcome = ImportRow.Outcome.UNCHANGED
        row.reasons.append(rows.reason(Reason(Code.SAME_MONEY)))


def _parties(staged: Staged) -> list[Party]:
    """Return the customers that rows which are taken name."""
    if staged.outcome != Outcome.TAKEN:
        return []
    found = (one if type(one) is Party else one.customer for one in staged.documents)  # type: ignore[union-attr]
    return [party for party in found if party is not None]
