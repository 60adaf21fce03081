"""Amounts as QuickBooks writes them."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)
CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "AUD": "Australian Dollar",
    "MXN": "Mexican Peso",
    "INR": "Indian Rupee",
    "JPY": "Japanese Yen",
}


def cents(amount: Decimal | int) -> Decimal:
    """Round to the cent, halves away from zero; nothing is written as plain 0."""
    rounded = Decimal(amount).quantize(CENT, ROUND_HALF_UP)
    return rounded if rounded else ZERO


def plain(number: Decimal | int) -> Decimal:
    """A quantity or price without trailing zeros: 75, 4.5; whole ones come back as int."""
    normal = Decimal(number).normalize()
    return normal.quantize(Decimal(1)) if normal == normal.to_integral_value() else normal


def currency_ref(code: str) -> dict[str, str]:
    """A currency reference with its name."""
    return {"value": code, "name": CURRENCIES.get(code, code)}
