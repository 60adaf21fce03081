"""What of a company another one is set up with to be like it: its lists, and its settings."""

from __future__ import annotations

from typing import Any

from sync.quickbooks.documents.postings import Chart
from sync.quickbooks.documents.readback import ref_id
from sync.quickbooks.documents.shapes import Entity

_LISTS = (
    *("Account", "Item", "TaxCode", "TaxRate"),
    *("PaymentMethod", "Class", "Department", "Term"),
)
_NAMES = ("FullyQualifiedName", "Name", "DisplayName")


def lists_of(preferences: Entity) -> tuple[str, ...]:
    """Return the lists to be read; that of currencies is there only where a company has several."""
    several = (preferences.get("CurrencyPrefs") or {}).get("MultiCurrencyEnabled") is True
    return (*_LISTS, "CompanyCurrency") if several else _LISTS


def with_open_books(preferences: Entity) -> dict[str, Any]:
    """Return the settings without a closing date: a month that is closed goes through anew."""
    accounting = dict(preferences.get("AccountingInfoPrefs") or {})
    accounting.pop("BookCloseDate", None)
    return {**preferences, "AccountingInfoPrefs": accounting}


def chart_of(preferences: Entity) -> Chart:
    """Return a chart that knows no item yet."""
    account = (preferences.get("SalesFormsPrefs") or {}).get("DefaultDiscountAccount")
    if isinstance(account, dict):
        account = account.get("value")
    home = (preferences.get("CurrencyPrefs") or {}).get("HomeCurrency") or {}
    return Chart(currency=str(home.get("value") or ""), discounts=str(account or ""))


def note_income(chart: Chart, item: Entity) -> None:
    """Keep where the sales of an item go."""
    if account := ref_id(item, "IncomeAccountRef"):
        chart.income[str(item["Id"])] = account


def name_in_list(row: Entity) -> str:
    """Return what an entry of a list is called."""
    return str(next((row[name] for name in _NAMES if row.get(name)), row["Id"]))
