"""A document in a few plain values, from either side, so that two states can be compared."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sync.exports.documents.confirmed_content import as_it_stands_there
from sync.models import Drift, SyncRecord
from sync.quickbooks.documents import is_voided
from sync.words import Place, listed, stored

Snapshot = dict[str, str]
Row = Mapping[str, Any]
GONE: Snapshot = {"standing": "deleted"}
FIELDS = {
    "standing": stored("it"),
    "total": stored("amount"),
    "tax": stored("tax"),
    "number": stored("number"),
    "date": stored("date"),
    "customer": stored("customer"),
    "applied": stored("applied to"),
    "deposit": stored("deposit"),
    "method": stored("method"),
    "reference": stored("reference"),
    "adjusted": stored("still in QuickBooks for a refund that was taken back"),
}
_NOTHING, _NOT_DEPOSITED = stored("nothing"), stored("no longer deposited")
_STANDING = {
    "deleted": stored("deleted"),
    "voided": stored("voided"),
    "there": stored("there again"),
}


def snapshot_there(kind: str, row: Row | None) -> Snapshot:
    """Return what QuickBooks holds; `row` is None where it holds nothing any more."""
    if row is None:
        return dict(GONE)
    if is_voided(row):
        return {"standing": "voided"}
    snapshot = {
        "standing": "there",
        "total": _cents(row.get("TotalAmt")),
        "date": str(row.get("TxnDate", "")),
        "customer": str((row.get("CustomerRef") or {}).get("value", "")),
    }
    if kind == SyncRecord.Kind.INVOICE:
        tax = (row.get("TxnTaxDetail") or {}).get("TotalTax")
        return snapshot | {"tax": _cents(tax), "number": str(row.get("DocNumber") or "")}
    links = row.get("LinkedTxn") or []
    deposits = sorted(str(link["TxnId"]) for link in links if link.get("TxnType") == "Deposit")
    return snapshot | {"applied": _applied(row), "deposit": " ".join(deposits)}


def exported_snapshot(records: Collection[SyncRecord], side: Drift.Side) -> dict[int, Snapshot]:
    """Return what was exported of each record, in the values that the side is compared in."""
    if side == Drift.Side.HERE:
        return {record.pk: {**_exported_here(record), "adjusted": ""} for record in records}
    customers = _ids(records, "customer", "customer")
    invoices = _ids(records, "invoice", "invoice")
    found = {}
    for record in records:
        content = record.content
        snapshot = {
            "standing": "there",
            "total": _cents(record.exported_total or content.get("total") or content.get("amount")),
        }
        customer = record.customer_there or customers.get(content.get("customer"))
        if customer:
            snapshot["customer"] = customer
        if record.kind == SyncRecord.Kind.INVOICE and content:
            there = as_it_stands_there(record.content)
            snapshot |= {
                "date": there["issued_on"],
                "number": there["number"],
                "tax": _cents(there["tax_total"]),
            }
        elif content:
            snapshot |= {"date": content["received_on"], "deposit": ""}
            applied = Decimal(content.get("applied") or 0)
            invoice = invoices.get(content.get("invoice"))
            if invoice or not applied:
                snapshot["applied"] = f"Invoice {invoice}: {applied:.2f}" if applied else ""
        found[record.pk] = snapshot
    return found


def _ids(records: Collection[SyncRecord], name: str, kind: str) -> dict[Any, str]:
    """Return the ids in QuickBooks of what the records refer to, by our ids."""
    if not records:
        return {}
    company = next(iter(records)).company_id
    wanted = {record.content.get(name) for record in records} - {None}
    known = SyncRecord.objects.filter(company=company, kind=kind, **{f"{kind}__in": wanted})
    return dict(known.exclude(qbo_id="").values_list(kind, "qbo_id"))


def snapshot_here(record: SyncRecord) -> Snapshot:
    """Return what we hold of an exported document now."""
    invoice, payment = record.invoice, record.payment
    document = invoice or payment
    if document is None or document.voided_at is not None:
        return {"standing": "voided"}
    snapshot = {"standing": "there", "customer": str(document.customer_id)}
    if invoice is not None:
        return snapshot | {
            "total": f"{invoice.total:.2f}",
            "tax": f"{invoice.tax_total:.2f}",
            "number": invoice.quickbooks_number,
            "date": invoice.issued_on.isoformat(),
        }
    if payment is not None:
        snapshot |= {
            "total": f"{payment.amount:.2f}",
            "date": payment.received_on.isoformat(),
            "method": payment.method,
            "reference": payment.reference,
        }
    return snapshot


def _exported_here(record: SyncRecord) -> Snapshot:
    content = record.content
    if not content:
        return {"standing": "there"}
    snapshot = {"standing": "there", "customer": str(content["customer"])}
    if record.kind == SyncRecord.Kind.INVOICE:
        return snapshot | {
            "total": _cents(content["total"]),
            "tax": _cents(content["tax_total"]),
            "number": content["number"],
            "date": content["issued_on"],
        }
    return snapshot | {
        "total": _cents(content["amount"]),
        "date": content["received_on"],
        "method": content["method"],
        "reference": content["reference"],
    }


def differences(before: Snapshot, now: Snapshot) -> list[dict[str, str]]:
    """Return the fields that both know and that differ; of what is gone only that it is."""
    if now["standing"] != before.get("standing", "there"):
        return [{"field": "standing", "was": before.get("standing", ""), "now": now["standing"]}]
    return [
        {"field": name, "was": before[name], "now": now[name]}
        for name in FIELDS
        if name in before and name in now and not _is_same(name, before[name], now[name])
    ]


def _is_same(name: str, before: str, now: str) -> bool:
    """Say whether two values are the same; a number is, whatever its letters' case."""
    return before == now or (name == "number" and before.casefold() == now.casefold())


def only_deposited(changes: list[dict[str, str]]) -> bool:
    """Say whether a payment was merely taken to the bank, as every payment is."""
    return all(change["field"] == "deposit" and change["now"] for change in changes)


def change_words(change: dict[str, str], currency: str) -> str:
    """Say what one field was and is: $200.00 → $150.00."""
    name, was, now = change["field"], change["was"], change["now"]
    if name == "standing":
        return _STANDING.get(now, now)
    if name in {"total", "tax"}:
        amounts = listed([_amount(each, currency) for each in (was, now)], " → ")
        return amounts if name == "total" else stored("tax %(amounts)s", amounts=amounts)
    if name == "deposit":
        return stored("deposited (deposit %(id)s)", id=now) if now else _NOT_DEPOSITED
    return stored(
        "%(field)s %(was)s → %(now)s",
        field=FIELDS[name],
        was=_value(name, was),
        now=_value(name, now),
    )


def _value(name: str, value: str) -> Place:
    if not value:
        return _NOTHING
    return date.fromisoformat(value) if name == "date" else value


def _amount(figure: str, currency: str) -> str:
    return stored("%(amount)s", amount=(Decimal(figure), currency))


def told(changes: list[dict[str, str]]) -> list[dict[str, str]]:
    """Leave out what follows from a change of the amount: less of it pays the same invoice."""
    if not any(change["field"] == "total" for change in changes):
        return changes
    return [change for change in changes if not _same_invoices(change)]


def _same_invoices(change: dict[str, str]) -> bool:
    was, now = (
        [part.split(":")[0] for part in change[side].split(", ")] for side in ("was", "now")
    )
    return change["field"] == "applied" and was == now


def _cents(value: Any) -> str:
    return f"{Decimal(str(value or 0)):.2f}"


def _applied(row: Row) -> str:
    """Return which invoices a payment pays: what is tied to credits pays nothing of ours."""
    parts = sorted(
        f"{link.get('TxnType', '')} {link.get('TxnId', '')}: {_cents(line.get('Amount'))}"
        for line in row.get("Line") or []
        for link in line.get("LinkedTxn") or []
    )
    return ", ".join(parts)
