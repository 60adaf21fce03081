"""Rates of foreign documents: what one is, and what it makes of an amount in the home currency."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST_RATE = 40
_CENT = Decimal("0.01")


def rate_of(value: Any) -> str:
    """The rate with the digits that were told; empty for what is none."""
    text = "" if value is None else str(value)
    try:
        rate = Decimal(text)
    except InvalidOperation:
        return ""
    is_rate = rate.is_finite() and rate > 0
    plain = format(rate, "f") if is_rate and abs(rate.adjusted()) < LONGEST_RATE else ""
    return plain if len(plain) <= LONGEST_RATE else ""


def home_total(total: Decimal, rate: Decimal, theirs: Decimal | None) -> Decimal:
    """An amount in the home currency, to the cent.

    Which way QuickBooks rounds half a cent is not documented: theirs counts where it is either way.
    """
    exact = total * rate
    is_rounded = theirs is not None and abs(theirs - exact) <= _CENT / 2
    return theirs if theirs is not None and is_rounded else exact.quantize(_CENT)
