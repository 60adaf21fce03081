"""Guesses of what our words mean in a company's lists, each with what it rests on.

Pure: entries in, a guess or None out. Where two entries fit equally well there is no guess.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from sync.mappings.usual_names import (
    DEFAULT_ITEMS,
    DISCOUNTS,
    EXEMPT_NAMES,
    EXTRAS,
    SOLD,
    TAXABLE_NAMES,
    WAYS_OF_PAYING,
)
from sync.models import ReferenceEntry
from sync.words import stored

_ITS_CODE = {
    True: stored("QuickBooks' own code for taxable lines"),
    False: stored("QuickBooks' own code for exempt lines"),
}
_BY_NAME = {
    True: stored("its name, and it is for taxable sales"),
    False: stored("its name, and it is for exempt sales"),
}
_ONLY_CODE = {
    True: stored("the only code for taxable sales"),
    False: stored("the only code for exempt sales"),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """An entry, and in words what speaks for it."""

    entry: ReferenceEntry
    basis: str


def items_to_guess_from(
    words: Iterable[str], items: Iterable[ReferenceEntry]
) -> list[ReferenceEntry]:
    """Keep the items by which a guess for these words or the default can differ: a few of many."""
    names = map(_bare, chain(words, DEFAULT_ITEMS, *EXTRAS))
    wanted, kept, has_service = set(names), [], False
    for entry in items:
        is_first_service = entry.type == "Service" and not has_service
        if is_first_service or not wanted.isdisjoint(_bare_names(entry)):
            kept.append(entry)
        has_service = has_service or is_first_service
    return kept


def item(service: str, items: Sequence[ReferenceEntry]) -> Guess | None:
    """Guess the item of a service by its name, or by what else people call a tip or a fee."""
    sold = [entry for entry in items if entry.type in SOLD]
    if found := named(service, sold):
        return Guess(found, stored("same name"))
    for names in EXTRAS:
        if _bare(service) in map(_bare, names):
            found = next(filter(None, (named(name, sold) for name in names)), None)
            return _guess(found, stored("another word for the same"))
    return None


def default_item(items: Sequence[ReferenceEntry]) -> Guess | None:
    """Guess the item for services without one of their own."""
    sold = [entry for entry in items if entry.type in SOLD]
    for name in DEFAULT_ITEMS:
        if found := named(name, sold):
            return Guess(found, stored("an item called %(name)s", name=found.name))
    services = [entry for entry in sold if entry.type == "Service"]
    return Guess(services[0], stored("the first service in the list")) if services else None


def payment_method(word: str, methods: Sequence[ReferenceEntry]) -> Guess | None:
    """Guess a payment method by its name, or by what lists call this way of paying."""
    if found := named(word, methods):
        return Guess(found, stored("same name"))
    for names, others in WAYS_OF_PAYING:
        if _bare(word) not in map(_bare, names + others):
            continue
        matches = (named(name, methods) for name in names)
        if found := next(filter(None, matches), None):
            return Guess(found, stored("%(name)s is this company's name for it", name=found.name))
        if "card" in names:
            cards = _only(method for method in methods if method.type == "CREDIT_CARD")
            return _guess(cards, stored("the only kind of card in the list"))
    return None


def deposit_account(accounts: Iterable[ReferenceEntry]) -> Guess | None:
    """Find Undeposited Funds by what it is, as it may have been renamed."""
    found = _only(entry for entry in accounts if entry.subtype == "UndepositedFunds")
    return _guess(found, stored("QuickBooks' own account for undeposited funds"))


def discount_account(accounts: Sequence[ReferenceEntry], own: str = "") -> Guess | None:
    """Find the account of discounts: the company's own setting, or by its kind, or its name."""
    if own and (found := _only(entry for entry in accounts if entry.qbo_id == own)):
        return Guess(found, stored("the company's own setting for discounts"))
    by_kind = [entry for entry in accounts if entry.subtype == "DiscountsRefundsGiven"]
    if found := _only(by_kind) or named(DISCOUNTS, by_kind):
        return Guess(found, stored("QuickBooks' account for discounts given"))
    income = [entry for entry in accounts if entry.type in {"Income", "Other Income"}]
    found = _only(entry for entry in income if "discount" in entry.name.lower())
    return _guess(found, stored("an income account named for discounts"))


def tax_code(codes: Sequence[ReferenceEntry], *, taxable: bool, is_us: bool) -> Guess | None:
    """Guess the tax code of taxable or of exempt lines."""
    if is_us:
        wanted = "TAX" if taxable else "NON"
        found = _only(entry for entry in codes if entry.qbo_id == wanted)
        return _guess(found, _ITS_CODE[taxable])
    fitting = [entry for entry in codes if _is_for_sales(entry) and _is_taxable(entry) == taxable]
    for name in TAXABLE_NAMES if taxable else EXEMPT_NAMES:
        if found := named(name, fitting):
            return Guess(found, _BY_NAME[taxable])
    found = _only(fitting)
    return _guess(found, _ONLY_CODE[taxable])


def tax_code_named(word: str, codes: Sequence[ReferenceEntry]) -> Guess | None:
    """Guess the tax code that one of ours means by its name."""
    found = named(word, codes)
    return _guess(found, stored("same name"))


def usual_tax(codes: Sequence[ReferenceEntry], own: str) -> Guess | None:
    """Find the sales tax that a company charges unless told otherwise, by its own setting."""
    found = _only(entry for entry in codes if entry.qbo_id == own)
    return _guess(found, stored("the company's own setting for sales tax"))


def terms(days: Sequence[int], entries: Sequence[ReferenceEntry]) -> Guess | None:
    """Guess the terms that give most of the due dates, from how many days each invoice has."""
    if not days:
        return None
    usual, count = Counter(days).most_common(1)[0]
    found = _only(entry for entry in entries if str(entry.data.get("DueDays")) == str(usual))
    if count * 2 <= len(days):
        return None
    if len(days) == 1:
        return _guess(found, stored("due in %(days)s days, as the last invoice", days=usual))
    basis = stored(
        "due in %(days)s days, as usual: %(count)s of the last %(all)s invoices",
        days=usual,
        count=count,
        all=len(days),
    )
    return _guess(found, basis)


def named(name: str, entries: Iterable[ReferenceEntry]) -> ReferenceEntry | None:
    """Return the one entry of that name, whatever the case; a full name goes before a last part."""
    wanted, full, last = _bare(name), [], []
    for entry in entries:
        whole, part = _bare_names(entry)
        if whole == wanted:
            full.append(entry)
        if part == wanted:
            last.append(entry)
    return _only(full) or _only(last)


def _bare_names(entry: ReferenceEntry) -> tuple[str, str]:
    """Return the full name and its last part, as names are compared."""
    return _bare(entry.name), _bare(str(entry.data.get("Name", "")))


def _is_taxable(code: ReferenceEntry) -> bool:
    """Whether the code collects tax; zero-rated codes are 'taxable' to QuickBooks, at no rate."""
    return code.data.get("Taxable") is True and not _is_exempt_by_name(code)


def _is_for_sales(code: ReferenceEntry) -> bool:
    """Whether the code may stand in an invoice: it has a sales rate, or collects nothing."""
    rates = code.data.get("SalesTaxRateList") or {}
    return bool(rates.get("TaxRateDetail")) or not _is_taxable(code)


def _is_exempt_by_name(code: ReferenceEntry) -> bool:
    return _bare(code.name) in map(_bare, EXEMPT_NAMES)


def _guess(found: ReferenceEntry | None, basis: str) -> Guess | None:
    return Guess(found, basis) if found else None


def _bare(text: str) -> str:
    return "".join(text.casefold().replace("-", " ").split())


def _only(entries: Iterable[ReferenceEntry]) -> ReferenceEntry | None:
    listed = list(entries)
    return listed[0] if len(listed) == 1 else None
