"""What Intuit's texts leave open or reports contradict: each a switch, the strict reading first.

README says what each value means and how certain it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Value = str | int
STRICT, KIND = "strict", "kind"
PRESETS = (STRICT, KIND)


@dataclass(frozen=True, slots=True)
class Switch:
    """The values of one switch, the strict one first; `kind` is the reading that asks least."""

    values: tuple[str, ...]
    kind: str


def _switch(*values: str, kind: str = "") -> Switch:
    return Switch(values, kind or values[0])


TABLE: dict[str, Switch] = {
    # requests
    "requestid": _switch("honoured", "ignored"),
    "requestid_failed": _switch("replay", "run_again"),
    "requestid_other_body": _switch("replay", "refuse"),
    "batch_order": _switch("serial", "reversed", "shuffled"),
    "batch_counts": _switch("once", "per_item"),
    # queries and other reads
    "order_by_id": _switch("refuse", "allow", kind="allow"),
    "id_ranges": _switch("refuse", "allow", kind="allow"),
    "equal_stamps": _switch("shuffled", "steady", kind="steady"),
    "query_characters": _switch("refuse", "accept", kind="accept"),
    "cdc_look_back": _switch("any", "refuse"),
    "report_rows": _switch("any_order", "sorted", kind="sorted"),
    "shapes": _switch("recorded", "lean", kind="lean"),
    "account_names": _switch("full_path", "own", kind="own"),
    "pseudo_tax_codes": _switch("bare", "whole", kind="whole"),
    # names and texts
    "us_characters": _switch("question_mark", "accept", kind="accept"),
    "deactivated_names": _switch("suffix", "plain"),
    "merged_entries": _switch("gone", "inactive"),
    "disabled_features": _switch("refuse", "ignore"),
    # documents
    "doc_number_scope": _switch("per_type", "all"),
    "missing_rate": _switch("one", "of_the_day", kind="of_the_day"),
    "void_paid": _switch("refuse", "unlink", kind="unlink"),
    "delete_paid": _switch("unlink", "refuse"),
    "over_apply": _switch("refuse", "unapplied"),
    "applied_payment": _switch("bump", "keep"),
    "deposited_payment": _switch("keep", "tell", "bump", kind="tell"),
    "credit_memo_links": _switch("none", "shown", kind="shown"),
    "closed_payment_update": _switch("ignored", "refuse", kind="refuse"),
    # taxes
    "tax_override": _switch(
        "documented",
        "never",
        "on_update",
        "code_and_total",
        "tax_lines",
        "bare_total",
        kind="bare_total",
    ),
    "tax_rounding": _switch("per_line", "per_document", kind="per_document"),
    # webhooks
    "webhook_content_type": _switch("cloudevents", "json", kind="json"),
}
NUMBERS = ("requestid_seconds", "tax_drift_cents")
CHOICES = {name: switch.values for name, switch in TABLE.items()}


def preset(name: str) -> dict[str, Value]:
    """Every switch as a preset has it; ValueError for a preset there is none of."""
    if name not in PRESETS:
        raise ValueError(f"a preset is one of {', '.join(PRESETS)}")
    chosen = {key: row.kind if name == KIND else row.values[0] for key, row in TABLE.items()}
    return {**chosen, **dict.fromkeys(NUMBERS, 0)}


class Switches:
    """One company's reading of what is open: `switches.over_apply` is that switch's value.

    `tax_drift_cents` is added to every automatic sales tax; `requestid_seconds` is how long an
    answer is remembered (0: for ever).
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        """Whatever is no switch is asked for here."""
        raise AttributeError(f"no switch is called {name}")


class Switchboard:
    """The switches of all companies: what holds everywhere, and what one company has otherwise."""

    def __init__(self, chosen: str = STRICT, /, **values: Value) -> None:
        """Begin with a preset, and single switches on top of it."""
        self._everywhere = preset(chosen)
        self._companies: dict[str, dict[str, Value]] = {}
        self._made: dict[str | None, Switches] = {}
        self.set(None, None, **values)

    def of(self, realm_id: str | None = None) -> Switches:
        """How a company reads what is open; without one, what holds where nothing else is said."""
        if realm_id not in self._made:
            own = self._companies.get(realm_id, {}) if realm_id is not None else {}
            self._made[realm_id] = Switches({**self._everywhere, **own})
        return self._made[realm_id]

    def set(self, realm_id: str | None = None, preset: str | None = None, **values: Value) -> None:
        """Change switches everywhere, or of one company; unknown ones raise and change nothing.

        A preset sets all of them, before the single ones that come with it.
        """
        chosen = {**(_preset(preset) if preset is not None else {}), **values}
        for name, value in values.items():
            _check(name, value)
        held = self._everywhere if realm_id is None else self._companies.setdefault(realm_id, {})
        held.update(chosen)
        self._made.clear()

    def as_dict(self, realm_id: str | None = None) -> dict[str, Value]:
        """Every switch and its value."""
        return dict(vars(self.of(realm_id)))

    def stored(self) -> dict[str, Any]:
        """What `restore` needs to set it up as it is now."""
        return {"everywhere": self._everywhere, "companies": self._companies}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Set up what was stored; what is known no more is left out."""
        companies = stored.get("companies", {})
        for realm_id, values in [(None, stored.get("everywhere", {})), *companies.items()]:
            self.set(realm_id, None, **{k: v for k, v in values.items() if _is_good(k, v)})


_preset = preset


def read_switch(text: str) -> tuple[str, Value]:
    """Read a switch as a command line has it: "over_apply=unapplied"."""
    name, _, value = text.partition("=")
    return name, int(value) if name in NUMBERS else value


def _is_good(name: str, value: Value) -> bool:
    try:
        _check(name, value)
    except ValueError:
        return False
    return True


def _check(name: str, value: Value) -> None:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
    elif name not in NUMBERS:
        raise ValueError(f"no switch is called {name}")
    elif isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is a whole number")
