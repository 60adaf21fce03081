"""What a row of a file says, in our words: plain values, not yet anything that is stored.

Money has two places, prices and quantities up to four. `currency` is empty where the file does
not tell. An `external_id` is the source's own; where it has none, it is derived from what the row
says (identities.py), so that the same file gives the same ids again.

What each row makes is not frozen, as that takes three times as long;
nothing changes it all the same.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    """Where a customer lives or was served."""

    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


NOWHERE = Address()


@dataclass(frozen=True, slots=True)
class Party:
    """The customer as the row names them; only the name is always there."""

    name: str
    external_id: str = ""
    email: str = ""
    phone: str = ""
    address: Address = NOWHERE


class LineKind(StrEnum):
    """What a line stands for: work, or an amount the file states beside its lines."""

    SERVICE = "service"
    DISCOUNT = "discount"
    SHIPPING = "shipping"
    SURCHARGE = "surcharge"
    TIP = "tip"
    ADJUSTMENT = "adjustment"


@dataclass(slots=True)
class Line:
    """One line; quantity and price are None where the file does not state them."""

    amount: Decimal
    service: str = ""
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    taxable: bool | None = None
    tax_code: str = ""
    tax_amount: Decimal | None = None
    kind: LineKind = LineKind.SERVICE


@dataclass(slots=True)
class Invoice:
    """A bill; `lines` is empty where the file states totals only."""

    external_id: str
    number: str
    customer: Party
    issued_on: date
    total: Decimal
    due_on: date | None = None
    currency: str = ""
    lines: tuple[Line, ...] = ()
    subtotal: Decimal | None = None
    discount_total: Decimal | None = None
    tax_total: Decimal | None = None
    prices_include_tax: bool = False
    paid_by_source: Decimal | None = None
    """What the source says was paid: a claim without a payment."""
    voided: bool = False
    written_off: bool = False
    version: str = ""


class PaymentKind(StrEnum):
    """Whether money came for an invoice or before there was one."""

    PAYMENT = "payment"
    DEPOSIT = "deposit"


@dataclass(slots=True)
class Allocation:
    """What of a payment goes to one invoice; `amount` is None where the file does not split it."""

    invoice_number: str
    amount: Decimal | None
    invoice_external_id: str = ""


@dataclass(slots=True)
class Payment:
    """Money received once, over none, one or several invoices.

    `customer` is None where neither the file nor a person names one: it waits for its invoice.
    """

    external_id: str
    kind: PaymentKind
    amount: Decimal
    received_on: date
    customer: Party | None = None
    method: str = ""
    reference: str = ""
    currency: str = ""
    allocations: tuple[Allocation, ...] = ()
    unapplied: Decimal | None = None
    receipt: str = ""
    """The sale or receipt that several payments share."""
    quote: str = ""
    tip: Decimal | None = None
    fee: Decimal | None = None
    surcharge: Decimal | None = None
    withheld_tax: Decimal | None = None
    claimed: bool = False
    """Made of the source's word "paid", because a person said so."""
    voided: bool = False
    version: str = ""


class RefundKind(StrEnum):
    """What was given back, where the source tells it apart."""

    SALE = "sale"
    OVERPAYMENT = "overpayment"
    BOUNCED = "bounced"
    CHARGEBACK = "chargeback"


@dataclass(slots=True)
class Refund:
    """Money given back; names its payment, an invoice, or neither, as the file does."""

    external_id: str
    kind: RefundKind
    amount: Decimal
    refunded_on: date
    customer: Party | None = None
    payment_external_id: str = ""
    receipt: str = ""
    invoice_numbers: tuple[str, ...] = ()
    method: str = ""
    reference: str = ""
    reason: str = ""
    currency: str = ""
    version: str = ""


Document = Invoice | Payment | Refund | Party
