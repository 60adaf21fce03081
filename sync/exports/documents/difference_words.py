"""Differing: what QuickBooks holds otherwise than we do, in the names that a bookkeeper knows."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sync.models import SyncRecord
from sync.quickbooks.documents import Difference
from sync.words import listed, stored

Kind = SyncRecord.Kind
_FIELD_WORDS = {
    "TotalAmt": stored("the total"),
    "TotalTax": stored("the tax"),
    "Balance": stored("the open balance"),
    "DocNumber": stored("the number"),
    "CustomerRef": stored("the customer"),
    "TxnDate": stored("the date"),
    "DueDate": stored("the due date"),
    "UnappliedAmt": stored("the unapplied amount"),
    "Line": stored("what it is applied to"),
    "DisplayName": stored("the name"),
    "Active": stored("whether it is active"),
    "CurrencyRef": stored("the currency"),
    "ExchangeRate": stored("the exchange rate"),
    "HomeTotalAmt": stored("the total in the home currency"),
    "AllowOnlinePayment": stored("payment online"),
    "AllowOnlineCreditCardPayment": stored("payment online by card"),
    "AllowOnlineACHPayment": stored("payment online by bank"),
    "AllowIPNPayment": stored("payment by IPN"),
    "EmailStatus": stored("whether QuickBooks mails it"),
}
_NONE = stored("none")
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
        parts.append(
            stored(
                "%(name)s is %(ours)s here and %(theirs)s in QuickBooks",
                name=name,
                ours=ours or _NONE,
                theirs=theirs or _NONE,
            )
        )
    return stored("It is in QuickBooks, but %(differences)s.", differences=listed(parts, "; "))


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
        known = {
            qbo_id: stored("%(name)s (id %(qbo_id)s)", name=name, qbo_id=qbo_id)
            for qbo_id, name in known.items()
        }
    return known.get(ours, _by_id(ours)), known.get(theirs, _by_id(theirs))


def _applied(side: str, numbers: Mapping[str, str]) -> str:
    def named(found: re.Match[str]) -> str:
        entity, qbo_id = found.groups()
        known = numbers.get(qbo_id) if entity == "Invoice" else None
        return f"{entity} {known or _by_id(qbo_id)}"

    return _APPLIED.sub(named, side)


def _by_id(qbo_id: str) -> str:
    return qbo_id and stored("id %(qbo_id)s", qbo_id=qbo_id)


def _known(record: SyncRecord, kind: Kind, ids: Collection[str], name: str) -> dict[str, str]:
    """Return what we call documents of the record's company, by their id in QuickBooks."""
    rows = SyncRecord.objects.filter(company=record.company_id, kind=kind, qbo_id__in=ids)
    return dict(rows.exclude(qbo_id="").values_list("qbo_id", name))
