"""What a document in QuickBooks puts where: income by account, tax by rate, money by method, days.

A sales receipt is a sale and the money for it; a payment is taken apart by the invoices it pays, so
that one receipt for three invoices is the same as three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sync.quickbooks.documents.readback import day_of, figure, ref_id
from sync.quickbooks.documents.shapes import DocumentError, Entity
from sync.words import stored

# All that bears money of customers in a month, in the order of being read.
SALES_AND_MONEY = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment")
_BACK = frozenset({"CreditMemo", "RefundReceipt"})
_ZERO = Decimal("0.00")
_ITEM_DETAILS = ("SalesItemLineDetail", "DiscountLineDetail")


class Group(StrEnum):
    """By what amounts are summed; the key is an id, a kind of document or a day."""

    DOCUMENTS = "documents"
    INCOME = "income"
    TAX = "tax"
    SOLD = "sold"
    METHOD = "method"
    DEPOSITED = "deposited"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Part:
    """An amount under a key of a group; the key is empty where the document names none."""

    group: Group
    key: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A sale, or money for one invoice. `invoice` is its number, `pays` its id, where told."""

    entity: str
    qbo_id: str
    is_sale: bool
    number: str
    invoice: str = ""
    pays: str = ""
    customer: str
    day: str
    currency: str
    amount: Decimal
    parts: tuple[Part, ...]


@dataclass(slots=True)
class Chart:
    """Where a company's sales go: income accounts by item, and what discounts are taken from.

    `currency` is the company's own, which a document need not name.
    """

    currency: str
    income: dict[str, str] = field(default_factory=dict)
    discounts: str = ""


def postings_of(entity: str, row: Entity, chart: Chart) -> list[Posting]:
    """Return what a document puts where; nothing for one without an amount, as a voided one.

    Raises DocumentError where an amount cannot be read: it must not be taken for nothing.
    """
    row = {"CurrencyRef": {"value": chart.currency}, **row}
    found = list(_payments(row)) if entity == "Payment" else [_sale(entity, row, chart)]
    if entity != "Payment" and (received := _received_with(entity, row)) != _ZERO:
        number = str(row.get("DocNumber") or "")
        found.append(_money(entity, row, received, number))
    return [posting for posting in found if posting.parts]


def charged_place(invoice: Entity) -> tuple[str, str] | None:
    """Return the tax code that an invoice was charged by, and the state it was shipped to."""
    code = ref_id(_part(invoice, "TxnTaxDetail"), "TxnTaxCodeRef")
    state = str(_part(invoice, "ShipAddr").get("CountrySubDivisionCode") or "")
    return (code, state) if code and state else None


def _sale(entity: str, row: Entity, chart: Chart) -> Posting:
    sign = -1 if entity in _BACK else 1
    total = _amount(entity, row, "TotalAmt")
    income = [part for line in row.get("Line") or [] for part in _income(entity, row, line, chart)]
    taxes = list(_taxes(entity, row))
    rest = total - sum((amount for _, amount in [*income, *taxes]), _ZERO)
    told = [(Group.INCOME, *each) for each in income] + [(Group.TAX, *each) for each in taxes]
    told.append((Group.INCOME, "", rest))  # what no line names, such as shipping
    told += [(Group.DOCUMENTS, entity, total), (Group.SOLD, _day(row), total)]
    return _posting(entity, row, sign * total, _summed(told, sign), is_sale=True)


def _income(entity: str, row: Entity, line: Entity, chart: Chart) -> Iterator[tuple[str, Decimal]]:
    for inner in _part(line, "GroupLineDetail").get("Line") or []:
        yield from _income(entity, row, inner, chart)
    kind = line.get("DetailType")
    if kind not in _ITEM_DETAILS or line.get("Amount") is None:
        return
    detail, amount = _part(line, kind), _amount(entity, line, "Amount", of=row)
    if kind == "DiscountLineDetail":
        yield ref_id(detail, "DiscountAccountRef") or chart.discounts, -amount
        return
    account = ref_id(detail, "ItemAccountRef") or chart.income.get(ref_id(detail, "ItemRef"), "")
    yield account, amount


def _taxes(entity: str, row: Entity) -> Iterator[tuple[str, Decimal]]:
    """Yield what each rate charges, and the rest of the tax under no rate."""
    detail = _part(row, "TxnTaxDetail")
    left = _amount(entity, detail, "TotalTax", of=row) if "TotalTax" in detail else _ZERO
    for line in detail.get("TaxLine") or []:
        tax = _amount(entity, line, "Amount", of=row)
        left -= tax
        yield ref_id(_part(line, "TaxLineDetail"), "TaxRateRef"), tax
    yield "", left


def _received_with(entity: str, row: Entity) -> Decimal:
    """Return the money that moves with a sale: all of a receipt, or the deposit on an invoice."""
    if entity in {"SalesReceipt", "RefundReceipt"}:
        total = _amount(entity, row, "TotalAmt")
        return -total if entity in _BACK else total
    return _amount(entity, row, "Deposit") if row.get("Deposit") else _ZERO


def _payments(row: Entity) -> Iterator[Posting]:
    """Yield a payment by the invoices that it pays, and what of it pays none."""
    left = _amount("Payment", row, "TotalAmt")
    for line in row.get("Line") or []:
        for link in line.get("LinkedTxn") or []:
            if link.get("TxnType") == "Invoice":
                amount = _amount("Payment", line, "Amount", of=row)
                left -= amount
                yield _money("Payment", row, amount, _number_told(line), str(link.get("TxnId")))
    yield _money("Payment", row, left, "")


def _number_told(line: Entity) -> str:
    """Return the number of the invoice that a line of a payment pays, where Intuit tells it."""
    for each in _part(line, "LineEx").get("any") or []:
        value = _part(each, "value")
        if value.get("Name") == "txnReferenceNumber":
            return str(value.get("Value") or "")
    return ""


def _money(entity: str, row: Entity, amount: Decimal, invoice: str, pays: str = "") -> Posting:
    told = [
        (Group.METHOD, ref_id(row, "PaymentMethodRef"), amount),
        (Group.DEPOSITED, ref_id(row, "DepositToAccountRef"), amount),
        (Group.RECEIVED, _day(row), amount),
    ]
    if entity == "Payment":
        told.append((Group.DOCUMENTS, entity, amount))
    return _posting(entity, row, amount, _summed(told, 1), invoice=invoice, pays=pays)


def _posting(  # noqa: PLR0913 - what tells the two apart
    entity: str,
    row: Entity,
    amount: Decimal,
    parts: tuple[Part, ...],
    *,
    is_sale: bool = False,
    invoice: str = "",
    pays: str = "",
) -> Posting:
    return Posting(
        entity=entity,
        qbo_id=str(row["Id"]),
        is_sale=is_sale,
        number=str(row.get("DocNumber") or row.get("PaymentRefNum") or ""),
        invoice=invoice,
        pays=pays,
        customer=str(_part(row, "CustomerRef").get("name") or ""),
        day=_day(row),
        currency=ref_id(row, "CurrencyRef"),
        amount=amount,
        parts=parts,
    )


def _summed(told: list[tuple[Group, str, Decimal]], sign: int) -> tuple[Part, ...]:
    sums: dict[tuple[Group, str], Decimal] = {}
    for group, key, amount in told:
        sums[group, key] = sums.get((group, key), _ZERO) + sign * amount
    return tuple(Part(*key, amount) for key, amount in sums.items() if amount)


def _day(row: Entity) -> str:
    day = day_of(row.get("TxnDate"))
    return day.isoformat() if day else ""


def _amount(entity: str, told: Entity, name: str, *, of: Entity | None = None) -> Decimal:
    amount = figure(told, name)
    if amount is None:
        row = told if of is None else of
        named = row.get("DocNumber") or row.get("Id")
        raise DocumentError(
            stored(
                "The %(name)s of %(entity)s %(named)s in QuickBooks cannot be read.",
                name=name,
                entity=entity,
                named=str(named),
            )
        )
    return amount


def _part(row: Entity, name: str) -> Mapping[str, Any]:
    found = row.get(name)
    return found if isinstance(found, Mapping) else {}
