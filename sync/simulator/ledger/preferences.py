"""Preferences: sections that are merged, and the few settings a client cannot change."""

from typing import Any

from sync.simulator.ledger.books import Books
from sync.simulator.ledger.draft import Draft
from sync.simulator.ledger.schema import read_date
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
        if isinstance(value, dict) and section.endswith("Prefs"):
            draft.body[section] = _merge(section, old.get(section, {}), value)
    accounting = draft.body.get("AccountingInfoPrefs", {})
    if accounting.get("ClassTrackingPerTxn") and accounting.get("ClassTrackingPerTxnLine"):
        changed = old.get("AccountingInfoPrefs", {}).get("ClassTrackingPerTxn")
        loser = "ClassTrackingPerTxn" if changed else "ClassTrackingPerTxnLine"
        draft.body["AccountingInfoPrefs"] = accounting | {loser: False}


def _merge(section: str, old: Json, new: Json) -> Json:
    merged: dict[str, Any] = dict(old)
    for name, sent in new.items():
        if (section, name) in READ_ONLY:
            continue
        value = read_date(sent) if sent and name == "BookCloseDate" else sent
        if value is None or value == "":
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _merge(section, merged[name], value)
        else:
            merged[name] = value
    return merged
