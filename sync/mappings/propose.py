"""How a guess becomes a proposed mapping: never in the place of what a person chose."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from django.db import transaction

from sync.mappings import guesses
from sync.mappings.guesses import Guess
from sync.models import CorporateDefault, QuickBooksCompany, ReferenceEntry
from sync.words import plainly, stored

# What a mapping rests on that goes with the corporate default until a person chooses another.
# It is looked for in the column, so it stands there as plain English.
INHERITED = plainly(stored("the corporate default"))
Entries: TypeAlias = Mapping[str, ReferenceEntry]


class Defaults:
    """What the whole franchise calls things in QuickBooks, read once for a company."""

    def __init__(self) -> None:
        rows = CorporateDefault.objects.values_list("kind", "word", "name")
        self._names = {(kind, word.casefold()): name for kind, word, name in rows}

    def names(self, kind: str) -> list[str]:
        """Return what the defaults of a kind are called in QuickBooks."""
        return [name for (of, _), name in self._names.items() if of == kind]

    def guess(
        self, kind: str, word: str, entries: Sequence[ReferenceEntry], otherwise: Guess | None
    ) -> Guess | None:
        """Return the entry that the default names, or the other guess where there is none."""
        name = self._names.get((kind, word.casefold()))
        found = guesses.named(name, entries) if name else None
        return Guess(found, INHERITED) if found else otherwise


class Proposing:
    """Keeping guesses as mappings of one kind, never in the place of what a person chose.

    A row that a person took back, so that its word goes as any other, is seen in the history.
    """

    def __init__(self, model: Any, company: QuickBooksCompany, *names: str) -> None:
        self._model, self._company = model, company
        removed = model.history.filter(company=company, history_type="-")
        self._taken_back = set(removed.values_list(*names))

    def keep(
        self, guess: Guess | None, field: str, also: Entries | None = None, **key: Any
    ) -> None:
        """Keep a guess, unless a person chose or the last proposal still holds."""
        if guess is None:
            return
        values = {field: guess.entry, **(also or {})}
        with transaction.atomic():
            row = self._model.objects.filter(company=self._company, **key).first()
            if row is None:
                said = tuple(getattr(part, "pk", part) for part in key.values())
                if said not in self._taken_back:
                    self._write(self._model(company=self._company, **key), guess, values)
            elif row.basis and any(
                is_due(getattr(row, name), row.basis, guess, entry)
                for name, entry in values.items()
            ):
                self._write(row, guess, values)

    def _write(self, row: Any, guess: Guess, values: Entries) -> None:
        for name, entry in values.items():
            setattr(row, name, entry)
        row.basis = guess.basis
        row.save()


def is_due(
    current: ReferenceEntry | None, basis: str, guess: Guess, proposed: ReferenceEntry
) -> bool:
    """Whether a proposal is to be made, or another one than before."""
    if current is None or not current.active:
        return current != proposed
    return INHERITED in {basis, guess.basis} and (current != proposed or basis != guess.basis)
