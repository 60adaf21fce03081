"""The number that an invoice typed here may have next: proposed, never given without a person."""

import re

from sync.models import BusinessUnit, Invoice

MOST_TRIED = 50
_LAST_DIGITS = re.compile(r"(\d{1,12})(\D{0,10})\Z", re.ASCII)


def next_number(unit: BusinessUnit) -> str:
    """Return the number after the one typed last, with its zeros; empty where none has digits."""
    typed = Invoice.objects.filter(business_unit=unit, source="")
    last = typed.order_by("-pk").values_list("number", flat=True).first() or ""
    found = _LAST_DIGITS.search(last)
    if found is None:
        return ""
    digits, rest = found.groups()
    tried = [
        f"{last[: found.start()]}{int(digits) + step:0{len(digits)}}{rest}"
        for step in range(1, MOST_TRIED)
    ]
    used = set(typed.filter(number__in=tried).values_list("number", flat=True))
    return next((number for number in tried if number not in used), "")
