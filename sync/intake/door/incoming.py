"""What may be delivered at the door, and what the door answers.

Money is Decimal with two places; `currency` is empty where the source does not tell, and then the
unit's. Dates are the unit's own. What each row
makes is not frozen, as that takes three times as long; nothing changes it all the same.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, cast

from sync.models import Delivery

Kind = Delivery.Kind


@dataclass(frozen=True, slots=True)
class CustomerBody:
    """A customer. What is empty is not said, and changes nothing.

    `same_as` is the customer of ours that a person, or an equal name, says it is.
    """

    name: str
    email: str = ""
    phone: str = ""
    given_name: str = ""
    family_name: str = ""
    company_name: str = ""
    address: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    same_as: int | None = None


@dataclass(slots=True)
class LineBody:
    """One line; tips and fees are lines too."""

    amount: Decimal
    service: str = ""
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    taxable: bool = False
    tax_code: str = ""
    tax_amount: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class InvoiceBody:
    """A bill: its lines less the discount plus the tax are its total.

    Without lines only the total is said: what is stored beside it stays while it still comes to
    that total. A due date, a tax and a discount of None are not said either.
    """

    number: str
    customer: str
    issued_on: date
    total: Decimal
    lines: tuple[LineBody, ...] = ()
    due_on: date | None = None
    currency: str = ""
    discount_total: Decimal | None = None
    tax_total: Decimal | None = None
    prices_include_tax: bool = False
    voided: bool = False


@dataclass(slots=True)
class Allocation:
    """What of a receipt goes to one invoice, named by its id at the source or by its number."""

    invoice: str
    amount: Decimal


@dataclass(slots=True, kw_only=True)
class PaymentBody:
    """A receipt over none, one or several invoices; what is not allocated is a deposit.

    Without a customer it is from the one of its first invoice. Allocations of None are not said.
    """

    amount: Decimal
    received_on: date
    customer: str = ""
    method: str = ""
    reference: str = ""
    currency: str = ""
    allocations: tuple[Allocation, ...] | None = ()
    voided: bool = False


@dataclass(slots=True, kw_only=True)
class RefundBody:
    """Money given back: names its receipt, an invoice that it paid, or both."""

    amount: Decimal
    refunded_on: date
    payment: str = ""
    invoice: str = ""
    reason: str = ""
    kind: str = ""
    """As Refund.Kind has it; empty where the source does not tell."""


Body = CustomerBody | InvoiceBody | PaymentBody | RefundBody
KIND_OF: Mapping[type[Any], Delivery.Kind] = {
    CustomerBody: Kind.CUSTOMER,
    InvoiceBody: Kind.INVOICE,
    PaymentBody: Kind.PAYMENT,
    RefundBody: Kind.REFUND,
}


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The source deleted it: what we hold is voided."""

    kind: Delivery.Kind


@dataclass(slots=True, kw_only=True)
class Incoming:
    """One thing that a source says, with when it stood so.

    `version` is the source's own count where it has one; otherwise `observed_at` decides which of
    two is newer.
    """

    source: str
    external_id: str
    observed_at: datetime
    body: Body | Tombstone
    version: int | None = None
    kind: Delivery.Kind = field(init=False, compare=False)
    key: tuple[str, str, str] = field(init=False, compare=False)
    """What tells it from other things of the unit."""

    def __post_init__(self) -> None:
        # Asked for more than ten times of each row of a file.
        kind = self.body.kind if isinstance(self.body, Tombstone) else KIND_OF[type(self.body)]
        self.kind, self.key = kind, (kind, self.source, self.external_id)

    def digest(self) -> str:
        """What tells whether the source says the same again."""
        said = f"{_said(self.body)}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(said).hexdigest()


# Quicker by far than `asdict`: a digest is made of every row of every file.
_VALUES: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: cast("Any", attrgetter(*(part.name for part in fields(kind)), "__class__.__name__"))
    for kind in (*KIND_OF, LineBody, Allocation, Tombstone)
}


def _said(body: Any) -> tuple[Any, ...]:
    """Return a body as plain texts, its parts as tuples of them."""
    return tuple(
        tuple(map(_said, value)) if type(value) is tuple else f"{value}"
        for value in _VALUES[type(body)](body)
    )


def as_json(body: Body | Tombstone) -> dict[str, Any]:
    """Return a body as it is stored: money and dates as text."""
    if isinstance(body, Tombstone):
        return {"deleted": body.kind.value}
    plain: dict[str, Any] = json.loads(json.dumps(asdict(body), default=str))
    return plain


class Status(StrEnum):
    """What became of a delivery."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    STALE = "stale"
    WAITING = "waiting"
    REFUSED = "refused"


class Code(StrEnum):
    """Why something waits or is refused."""

    NO_ID = "NO_ID"
    NO_NAME = "NO_NAME"
    NO_NUMBER = "NO_NUMBER"
    NUMBER_USED = "NUMBER_USED"
    DOES_NOT_ADD_UP = "DOES_NOT_ADD_UP"
    NEGATIVE = "NEGATIVE"
    NOT_CENTS = "NOT_CENTS"
    TOO_LONG = "TOO_LONG"
    BAD_TEXT = "BAD_TEXT"
    BAD_CURRENCY = "BAD_CURRENCY"
    BAD_DATES = "BAD_DATES"
    NO_CUSTOMER = "NO_CUSTOMER"
    NO_INVOICE = "NO_INVOICE"
    NO_PAYMENT = "NO_PAYMENT"
    SEVERAL_PAYMENTS = "SEVERAL_PAYMENTS"
    OVER_ALLOCATED = "OVER_ALLOCATED"
    OVER_REFUNDED = "OVER_REFUNDED"
    NOT_STORED = "NOT_STORED"


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way, by the field it is about, as `sync.words.stored` has it."""

    code: Code
    field: str
    words: str


@dataclass(slots=True)
class Result:
    """What became of one delivery; `changes` are field → (was, is)."""

    status: Status
    problems: tuple[Problem, ...] = ()
    changes: Mapping[str, tuple[str, str]] | None = None
    document_id: int | None = None
