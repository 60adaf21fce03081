"""What is known about one export of one system: data only, recognised by names of columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import Meant
from sync.intake.files.columns.names import exact
from sync.intake.files.outcomes import Code


@dataclass(frozen=True, slots=True)
class Layout:
    """One export. Names are as the system writes them; order and further columns do not matter."""

    code: str
    title: str
    source: str
    kind: Kind
    required: tuple[str, ...]
    """The names by which it is known; an entry `a|b` stands for either."""
    fields: Mapping[str, Field]
    """Column to meaning; a column that is not named here is left out."""
    words: Mapping[str, Meant] = field(default_factory=dict)
    """What words of its type and status columns mean here, before the general table."""
    payments_are_negative: bool | None = None
    """A ledger: an invoice counts up and a payment down; None where its rows tell."""
    other_types: Meant | None = None
    """What a word of the type column stands for that is in no table; None is asked."""
    tax_mode: str = ""
    """`exclusive` where its amounts are known to be without tax, whatever its totals say."""
    tip_is_inside: bool | None = None
    """Whether an amount includes its tip; None where nobody published it."""
    is_utc: bool = False
    below_zero: Code | None = None
    """What a payment below zero is, where money that was paid to others stands in the same list."""
    method: str = ""
    """How all of it was paid, where no column tells."""
    lacks: Code | None = None
    """Why no document can be made of it."""
    holds: Code | None = None
    """What each of its rows is, where none is ours."""

    def matches(self, names: frozenset[str]) -> bool:
        """Say whether a header, as `exact` names, is of this export."""
        return all(
            any(exact(part) in names for part in wanted.split("|")) for wanted in self.required
        )

    def meaning(self, name: str) -> Field:
        """Return what a column is; those not listed are ignored."""
        return {exact(key): meant for key, meant in self.fields.items()}.get(
            exact(name), Field.IGNORE
        )
