"""Currencies by what stands beside an amount, or in the name of its column."""

import re

SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₪": "ILS", "₺": "TRY", "₽": "RUB", "฿": "THB",
    "₫": "VND", "₱": "PHP", "zł": "PLN", "kč": "CZK", "us$": "USD", "c$": "CAD", "ca$": "CAD",
    "cad$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "r$": "BRL", "mx$": "MXN",
}  # fmt: skip
"""Signs that stand for one currency; "$", "¥" and "kr" stand for several."""
CODES = frozenset({
    "usd", "cad", "eur", "gbp", "aud", "nzd", "chf", "sek", "nok", "dkk", "pln", "czk", "huf",
    "ron", "mxn", "brl", "ars", "clp", "cop", "jpy", "cny", "inr", "krw", "sgd", "hkd", "thb",
    "php", "idr", "myr", "vnd", "zar", "ils", "try", "aed", "sar", "rub", "uah",
})  # fmt: skip
NAMED = {
    "us dollar": "USD", "us dollars": "USD", "united states dollar": "USD",
    "canadian dollar": "CAD", "canadian dollars": "CAD", "euro": "EUR", "euros": "EUR",
    "pound sterling": "GBP", "british pound": "GBP", "australian dollar": "AUD",
    "new zealand dollar": "NZD", "swiss franc": "CHF", "schweizer franken": "CHF",
    "mexican peso": "MXN",
}  # fmt: skip
WITH_CODE = re.compile(r"(?:\(([A-Z]{3})\)| - ?([A-Z]{3})|\A([A-Z]{3}) ?-.*)\Z")
"""A currency's code beside its name: "Canadian Dollar - CAD", "Euro (EUR)", "CAD - Canadian"."""
WORD = re.compile(r"[^\W\d_]+\$?|[^\w\s.,'’()+#%-]")  # noqa: RUF001


def currency_of(text: str) -> str:
    """Return the code that a sign or a code in a text stands for, empty where none does."""
    if text[:1].isdecimal() and text[-1:].isdecimal():
        return ""
    for word in WORD.findall(text.casefold()):
        if word in CODES:
            return str(word).upper()
        if word in SIGNS:
            return SIGNS[word]
    return ""


def named_currency(text: str) -> str:
    """Return the code that a currency's column means, empty where it tells none but a code."""
    beside = WITH_CODE.search(text)
    code = next(filter(None, beside.groups())) if beside else ""
    if code.casefold() in CODES:
        return code
    sign = text.casefold().strip(" ().")
    return NAMED.get(sign, SIGNS.get(sign, ""))
