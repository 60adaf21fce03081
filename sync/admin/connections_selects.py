"""Selects of reference entries: only active ones are offered, and nothing is unset by accident."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from sync.connections.reference import Kind
from sync.models import QuickBooksCompany, ReferenceEntry

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select

    INPUT_CLASSES: list[str]
else:
    from unfold.widgets import INPUT_CLASSES
    from unfold.widgets import UnfoldAdminSelectWidget as Select

__all__ = ["NONE", "SAME", "Entries", "Resting", "date_input", "field_name", "select"]

# What may be chosen beside an entry: as the default row has it, or none at all.
SAME = "same"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Resting:
    """Choices that are no entry, the first being what holds where no entry is mapped."""

    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)


class Entries:
    """The active entries of a company, read once for all selects of a page."""

    def __init__(self, company: QuickBooksCompany) -> None:
        self._by_kind: dict[Kind, list[ReferenceEntry]] = {kind: [] for kind in Kind}
        active = ReferenceEntry.objects.filter(company=company, active=True)
        self._by_pk = {str(entry.pk): entry for entry in active.order_by("name", "id")}
        for entry in self._by_pk.values():
            self._by_kind[Kind(entry.kind)].append(entry)

    def of(self, kind: Kind, types: Iterable[str] = ()) -> list[ReferenceEntry]:
        """Return the entries of a list, of these types where any are given."""
        wanted = frozenset(types)
        return [row for row in self._by_kind[kind] if not wanted or row.type in wanted]

    def chosen(self, value: str) -> ReferenceEntry | None:
        """Return the entry that a select's value stands for."""
        return self._by_pk.get(value)


def select(
    entries: Iterable[ReferenceEntry], current: ReferenceEntry | None, resting: Resting
) -> tuple[forms.ChoiceField, str]:
    """Return the field and its initial value.

    Where the mapped entry is inactive a person must choose another: falling to a default would
    post elsewhere without anybody having said so.
    """
    is_lost = current is not None and not current.active
    first: list[tuple[str, str]] = []
    if current is not None and is_lost:
        first = [("", f"{current.name} is inactive: choose another")]
    elif current is None and not resting.choices:
        first = [("", "Choose one")]
    options = {str(entry.pk): _label(entry) for entry in entries}
    kept = ""
    if current is not None and current.active:
        kept = str(current.pk)
        options.setdefault(kept, _label(current))
    offered = [*first, *resting.choices, *options.items()]
    field = forms.ChoiceField(choices=offered, required=is_lost, widget=Select())
    return field, kept or offered[0][0]


def date_input() -> forms.DateInput:
    """Return the browser's own picker of dates, in the theme's looks."""
    attrs: dict[str, Any] = {"type": "date", "class": " ".join(INPUT_CLASSES)}
    return forms.DateInput(format="%Y-%m-%d", attrs=attrs)


def field_name(kind: str, *words: str) -> str:
    """Return a name that means these words and no others, whatever words come up meanwhile."""
    return "-".join([kind, *(word.encode().hex() for word in words)])


def _label(entry: ReferenceEntry) -> str:
    """Return the entry's name, with the income account where it is an item."""
    income = (entry.data.get("IncomeAccountRef") or {}).get("name")
    return f"{entry.name} ({income})" if income else entry.name
