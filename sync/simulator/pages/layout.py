"""A document laid out for a person: its facts, its lines, and its JSON with exact amounts."""

from collections.abc import Mapping
from typing import Any

from sync.simulator import wire

Document = Mapping[str, Any]
FACTS = {
    "DisplayName": "Name",
    "CustomerRef": "Customer",
    "DocNumber": "Number",
    "TxnDate": "Date",
    "DueDate": "Due",
    "PaymentMethodRef": "Paid with",
    "PaymentRefNum": "Reference",
    "DepositToAccountRef": "Deposited to",
    "TotalAmt": "Total",
    "Balance": "Open balance",
    "UnappliedAmt": "Unapplied",
    "PrivateNote": "Private note",
    "Notes": "Notes",
}
MONEY = frozenset({"TotalAmt", "Balance", "UnappliedAmt"})


def facts(document: Document) -> list[dict[str, Any]]:
    """What matters most of a document, in a person's words; money marked as such."""
    return [
        {"label": label, "value": _named(document[name]), "is_money": name in MONEY}
        for name, label in FACTS.items()
        if document.get(name) not in (None, "")
    ]


def lines(document: Document) -> list[dict[str, Any]]:
    """The lines of a document, with quantity and price, or with what they are applied to."""
    return [_line(line) for line in document.get("Line", [])]


def _line(line: Document) -> dict[str, Any]:
    detail = line.get(line.get("DetailType", ""), {})
    kind = line.get("DetailType", "").removesuffix("LineDetail")
    named = _named(detail.get("ItemRef") or detail.get("AccountRef") or {})
    return {
        "what": named or {"SubTotal": "Subtotal"}.get(kind, kind),
        "description": line.get("Description", ""),
        "quantity": detail.get("Qty", ""),
        "price": detail.get("UnitPrice", ""),
        "amount": line.get("Amount", 0),
        "links": line.get("LinkedTxn", []),
    }


def _named(value: Any) -> Any:
    return value.get("name") or value.get("value", "") if isinstance(value, dict) else value


def indented(document: Document, depth: int = 0) -> str:
    """Lay the JSON of a document out, amounts exactly as they go over the wire."""
    pad = "  " * (depth + 1)
    rows = [f'{pad}"{name}": {_value(value, depth + 1)}' for name, value in document.items()]
    return "{\n" + ",\n".join(rows) + "\n" + "  " * depth + "}"


def _value(value: Any, depth: int) -> str:
    if isinstance(value, dict):
        return indented(value, depth) if value else "{}"
    if isinstance(value, list) and value:
        pad = "  " * (depth + 1)
        items = ",\n".join(pad + _value(item, depth + 1) for item in value)
        return "[\n" + items + "\n" + "  " * depth + "]"
    return wire.to_json(value)
