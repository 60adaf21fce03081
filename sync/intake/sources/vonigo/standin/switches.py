"""How the stand-in answers where tenants and reports of them differ: the usual first."""

from typing import Any

CHOICES: dict[str, tuple[str, ...]] = {
    "date_filter": ("honoured", "ignored"),
    "franchise_filter": ("honoured", "ignored"),
    "tells_franchise": ("yes", "no"),
    "numbers": ("strings", "numbers", "exact"),
    "order": ("id", "edited", "shuffled"),
    "past_the_end": ("empty", "last_page"),
    "received_clock": ("local", "utc"),
    "tells_invoice": ("yes", "no"),
    "receipts": ("none", "counted"),
}
NUMBERS = {
    "page_cap": 0,  # the most objects that a page has, however many are asked for; 0: no cap
    "outages": 0,  # so many of the next requests are answered by a page of HTML
    "outage_every": 0,  # every nth request is; 0: none
    "token_lasts": 0,  # requests after which a token has expired; 0: for ever
}


def defaults() -> dict[str, Any]:
    """Return every switch as it is at first."""
    return {name: values[0] for name, values in CHOICES.items()} | NUMBERS


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """Return the switches; ValueError for one that is none, or has no such value."""
    for name, value in values.items():
        if name in CHOICES:
            if value not in CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
        elif name not in NUMBERS or not isinstance(value, int):
            raise ValueError(f"no switch {name} takes {value!r}")
    return values
