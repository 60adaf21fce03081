"""What Intuit's texts leave open, each as a switch with the safer reading as its default."""

from dataclasses import dataclass, fields

CHOICES: dict[str, tuple[str, ...]] = {
    "requestid": ("honoured", "ignored"),
    "requestid_failed": ("replay", "run_again"),
    "requestid_other_body": ("replay", "refuse"),
    "batch_order": ("serial", "reversed", "shuffled"),
    "batch_counts": ("once", "per_item"),
    "over_apply": ("refuse", "unapplied"),
    "paid_invoice": ("unlink", "refuse"),
    "doc_number_scope": ("per_type", "all"),
    "applied_payment": ("bump", "keep"),
    "deactivated_names": ("suffix", "plain"),
    "cdc_look_back": ("any", "refuse"),
    "tax_override": ("honour", "ignore"),
    "disabled_features": ("refuse", "ignore"),
    "us_characters": ("accept", "question_mark"),
}


@dataclass(slots=True)
class Switches:
    """How this simulator reads what is undocumented; README says what each value means.

    `tax_drift_cents` is added to every automatic sales tax; `requestid_seconds` is how long an
    answer is remembered (0: for ever).
    """

    requestid: str = "honoured"
    requestid_failed: str = "replay"
    requestid_other_body: str = "replay"
    requestid_seconds: int = 0
    batch_order: str = "serial"
    batch_counts: str = "once"
    over_apply: str = "refuse"
    paid_invoice: str = "unlink"
    doc_number_scope: str = "per_type"
    applied_payment: str = "bump"
    deactivated_names: str = "suffix"
    cdc_look_back: str = "any"
    tax_override: str = "honour"
    tax_drift_cents: int = 0
    disabled_features: str = "refuse"
    us_characters: str = "accept"

    def set(self, **values: str | int) -> None:
        """Change switches by name; an unknown name or value raises ValueError and changes none."""
        for name, value in values.items():
            _check(name, value)
        for name, value in values.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, str | int]:
        """Every switch and its value."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _check(name: str, value: str | int) -> None:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
    elif name not in {"requestid_seconds", "tax_drift_cents"}:
        raise ValueError(f"no switch is called {name}")
    elif isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is a whole number")
