"""Differing: what QuickBooks holds otherwise than we do, in the names that a bookkeeper knows."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sync.models import SyncRecord
from sync.quickbooks.documents import Difference

Kind = SyncRecord.Kind
_FIELD_WORDS = {
    "TotalAmt": "the total", "TotalTax": "the tax", "Balance": "the open balance",
    "DocNumber": "the number", "CustomerRef": "the customer", "TxnDate": "the date",
    "DueDate": "the due date",
    "UnappliedAmt": "the unapplied amount", "Line": "what it is applied to",
    "DisplayName": "the name", "Active": "whether it is active", "CurrencyRef": "the currency",
    "ExchangeRate": "the exchange rate", "HomeTotalAmt": "the total in the home currency",
    "AllowOnlinePayment": "payment online",
    "AllowOnlineCreditCardPayment": "payment online by card",
    "AllowOnlineACHPayment": "payment online by bank", "AllowIPNPayment": "payment by IPN",
    "EmailStatus": "whether QuickBooks mails it",
}  # fmt: skip
# As a payment's application is compared: "Invoice 145: 50.00", by what QuickBooks calls it.
_APPLIED = re.compile(r"(\w+) (\w+)(?=: )")


def words_for(
    record: SyncRecord, entity: Mapping[str, Any], differences: Iterable[Difference]
) -> str:
    """Say what differs, with both figures; whom and what it refers to by name where one is known.

    `entity` is the record's document in QuickBooks.
    """
    parts = []
    for difference in differences:
        ours, theirs = _named(record, entity, difference)
        name = _FIELD_WORDS.get(difference.field, difference.field)
        parts.append(f"{name} is {ours or 'none'} here and {theirs or 'none'} in QuickBooks")
    return f"It is in QuickBooks, but {'; '.join(parts)}."


def _named(
    record: SyncRecord, entity: Mapping[str, Any], difference: Difference
) -> tuple[str, str]:
    ours, theirs = difference.ours, difference.theirs
    if difference.field == "CustomerRef":
        return _customers(record, entity, ours, theirs)
    if difference.field == "Line":
        ids = {qbo_id for side in (ours, theirs) for _, qbo_id in _APPLIED.findall(side)}
        numbers = _known(record, Kind.INVOICE, ids, "content__number")
        return _applied(ours, numbers), _applied(theirs, numbers)
    return ours, theirs


def _customers(
    record: SyncRecord, entity: Mapping[str, Any], ours: str, theirs: str
) -> tuple[str, str]:
    known = _known(record, Kind.CUSTOMER, {ours, theirs}, "content__display_name")
    if theirs and (name := entity["CustomerRef"].get("name")):
        known[theirs] = name  # as QuickBooks itself calls them now
    if known.get(ours) == known.get(theirs):  # a name that was passed on tells nobody apart
        known = {qbo_id: f"{name} (id {qbo_id})" for qbo_id, name in known.items()}
    return known.get(ours, _by_id(ours)), known.get(theirs, _by_id(theirs))


def _applied(side: str, numbers: Mapping[str, str]) -> str:
    def named(found: re.Match[str]) -> str:
        entity, qbo_id = found.groups()
        known = numbers.get(qbo_id) if entity == "Invoice" else None
        return f"{entity} {known or _by_id(qbo_id)}"

    return _APPLIED.sub(named, side)


def _by_id(qbo_id: str) -> str:
    return qbo_id and f"id {qbo_id}"


def _known(record: SyncRecord, kind: Kind, ids: Collection[str], name: str) -> dict[str, str]:
    """Return what we call documents of the record's company, by their id in QuickBooks."""
    rows = SyncRecord.objects.filter(company=record.company_id, kind=kind, qbo_id__in=ids)
    return dict(rows.exclude(qbo_id="").values_list("qbo_id", name))
