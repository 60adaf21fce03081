"""Reading values out of a document as QuickBooks sends it, and what every document has."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from sync.models import Adjustment
from sync.quickbooks.documents import day_of

Row = dict[str, Any]
Kind: TypeAlias = Adjustment.Kind
Effect: TypeAlias = Adjustment.Effect
Amounts = Mapping[Effect, Decimal]
CENT = Decimal("0.01")
ZERO = Decimal(0)
LONGEST_WORDS = 2_000
# What a payment's line calls a document, and what the interface calls it.
ENTITY_OF_LINK = {
    "Expense": "Purchase",
    "Check": "Purchase",
    "CreditCardCredit": "Purchase",
    "Purchase": "Purchase",
}


def ref(row: Row, name: str) -> str:
    """Return the id that a reference holds, empty where there is none."""
    reference = row.get(name)
    return str(reference.get("value") or "") if isinstance(reference, dict) else ""


def amount_of(row: Row, name: str) -> Decimal:
    """Return an amount to the cent."""
    return Decimal(str(row.get(name) or 0)).quantize(CENT)


def lines_of(row: Row) -> Iterator[Row]:
    """Yield the lines, those of a group one by one."""
    for line in row.get("Line") or []:
        group = line.get("GroupLineDetail")
        if isinstance(group, dict) and group.get("Line"):
            yield from lines_of(group)
        else:
            yield line


def payee_of(row: Row, name: str = "EntityRef") -> str:
    """Return the customer that a document names as its payee, empty where it is no customer."""
    entity = row.get(name)
    if not isinstance(entity, dict):
        return ""
    kind = str(entity.get("type") or entity.get("Type") or "Customer")
    return str(entity.get("value") or ref(entity, "EntityRef")) if _is_customer(kind) else ""


def _is_customer(kind: str) -> bool:
    return kind.casefold() == "customer"


def links_of(row: Row) -> Iterator[tuple[str, str, Decimal]]:
    """Yield what a payment is applied to: entity, id and amount of each line."""
    for line in row.get("Line") or []:
        for link in line.get("LinkedTxn") or []:
            kind = str(link.get("TxnType") or "")
            yield ENTITY_OF_LINK.get(kind, kind), str(link.get("TxnId")), amount_of(line, "Amount")


def ties_of(row: Row) -> list[str]:
    """Return the documents that a payment ties together."""
    return sorted({f"{entity}:{qbo_id}" for entity, qbo_id, _ in links_of(row)})


def words_of(row: Row) -> str:
    """Return what people wrote in a document: memos, reference and lines; its number is none."""
    said = [row.get("PrivateNote"), row.get("Memo"), row.get("PaymentRefNum")]
    said.append((row.get("CustomerMemo") or {}).get("value"))
    said += [line.get("Description") for line in lines_of(row)]
    said += [(line.get("DepositLineDetail") or {}).get("CheckNum") for line in lines_of(row)]
    return "\n".join(str(each) for each in said if each)[:LONGEST_WORDS]


def adjustment(  # noqa: PLR0913 - one column each
    entity: str,
    row: Row,
    kind: Kind,
    customer: str,
    effects: Amounts,
    *,
    home_currency: str,
    ties: list[str] | None = None,
    dated_on: date | None = None,
) -> Adjustment | None:
    """Return what a document does to a customer's books; None where it bears no date."""
    day = dated_on or day_of(row.get("TxnDate"))
    if day is None:
        return None
    given = {effect.value: amount for effect, amount in effects.items() if amount > 0}
    return Adjustment(
        entity=entity,
        qbo_id=str(row["Id"]),
        customer=customer,
        kind=kind,
        number=str(row.get("DocNumber") or "")[:50],
        amount=max(given.values(), default=ZERO),
        currency=ref(row, "CurrencyRef") or home_currency,
        dated_on=day,
        sync_token=str(row.get("SyncToken", "")),
        ties=ties or [],
        words=words_of(row),
        **given,
    )
