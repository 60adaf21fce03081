"""Preferences: sections that are merged, and the few settings a client cannot change."""

from decimal import Decimal
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.schema import read_date
from sync.simulator.wire import Json

READ_ONLY = {
    ("CurrencyPrefs", "HomeCurrency"),
    ("TaxPrefs", "PartnerTaxEnabled"),
    ("TaxPrefs", "UsingSalesTax"),
    ("TaxPrefs", "TaxGroupCodeRef"),
    ("AccountingInfoPrefs", "UseAccountNumbers"),
    ("AccountingInfoPrefs", "FirstMonthOfFiscalYear"),
    ("AccountingInfoPrefs", "TaxYearMonth"),
}


def complete_preferences(books: Books, draft: Draft) -> None:
    """Merge each section that was sent into the stored one; blank values remove a setting."""
    del books
    old: Json = draft.old.body if draft.old else {}
    for section, value in draft.given.items():
        if not section.endswith("Prefs") or value is None:
            continue
        if not isinstance(value, dict):
            raise faults.unreadable(f"Can not deserialize instance of {section}")
        draft.body[section] = _merge(section, old.get(section, {}), value)
    accounting = draft.body.get("AccountingInfoPrefs", {})
    if accounting.get("ClassTrackingPerTxn") and accounting.get("ClassTrackingPerTxnLine"):
        changed = old.get("AccountingInfoPrefs", {}).get("ClassTrackingPerTxn")
        loser = "ClassTrackingPerTxn" if changed else "ClassTrackingPerTxnLine"
        draft.body["AccountingInfoPrefs"] = accounting | {loser: False}


def _merge(section: str, old: Json, new: Json) -> Json:
    merged: dict[str, Any] = dict(old)
    for name, sent in new.items():
        if (section, name) in READ_ONLY or isinstance(merged.get(name), list):
            continue
        value = read_date(sent) if sent and name == "BookCloseDate" else sent
        if value is None or value == "":
            merged.pop(name, None)
        elif isinstance(merged.get(name), dict) and isinstance(value, dict):
            merged[name] = _merge(section, merged[name], value)
        else:
            merged[name] = _setting(name, merged.get(name), value)
    return merged


def _setting(name: str, old: Any, value: Any) -> Any:
    """A value in the type its setting has; objects only where none but plain values are inside."""
    if isinstance(old, bool) and str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    inner = value.values() if isinstance(value, dict) else [value]
    is_plain = all(isinstance(each, str | int | Decimal) or each is None for each in inner)
    if isinstance(old, bool | dict) or not is_plain:
        raise faults.unreadable(f"Can not deserialize the setting {name}")
    return value
