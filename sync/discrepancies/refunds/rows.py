"""What the report tells of one refund, in plain values: the row, its documents and its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from django.utils.translation import gettext as _

from sync.discrepancies.refunds.bookkeeping.needs import Effect, half_words, missing_words
from sync.models import Adjustment, Refund, RefundReview
from sync.quickbooks.links import deep_link
from sync.words import listed, plainly, stored

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LONGEST_FINDING = 280
Status: TypeAlias = RefundReview.Status


@dataclass(frozen=True, slots=True)
class Document:
    """A document in QuickBooks."""

    realm_id: str
    entity: str
    qbo_id: str

    @property
    def url(self) -> str:
        return deep_link(self.realm_id, self.entity, self.qbo_id)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that proves the adjustment, or one that a person is asked about."""

    match_id: int
    document: Document
    title: str
    amount: Decimal
    dated_on: date
    sync_token: str
    why: str
    is_proof: bool
    currency: str = "USD"
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One refund to adjust; dates are the unit's own."""

    refund_id: int
    unit_code: str
    unit: str
    customer: str
    invoice: str
    payment_id: int
    payment_amount: Decimal
    method: str
    reference: str
    currency: str
    amount: Decimal
    refunded_on: date
    is_full: bool
    exported_on: date | None
    is_before_export: bool
    overpaid: Decimal
    """What of the amount was never applied to an invoice: money paid too much, or a deposit."""
    books_closed_on: date | None
    quickbooks_invoice: Document | None
    quickbooks_payment: Document
    status: Status
    note: str
    reviewed_by: str
    reviewed_on: date | None
    days_open: int
    kind: str = Refund.Kind.SALE.value
    left: dict[Effect, Decimal] = field(default_factory=dict)
    """What is missing of the adjustment, by effect; empty where it is whole or not needed."""
    reason: str = ""
    """Why the money was given back, as the office wrote it."""
    owner: str = ""
    finding: str = ""
    """What reading QuickBooks last found."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def open_amount(self) -> Decimal:
        """Return what is still to adjust by anyone's word."""
        return self.amount if self.status == Status.OPEN else ZERO

    @property
    def proofs(self) -> list[Evidence]:
        return [each for each in self.evidence if each.is_proof]

    @property
    def proposals(self) -> list[Evidence]:
        return [each for each in self.evidence if not each.is_proof]

    @property
    def there(self) -> list[Evidence]:
        """Return the documents that are there of the adjustment, whole or in part."""
        return [each for each in self.evidence if each.is_proof or each.is_part]

    @property
    def kind_words(self) -> str:
        return str(Refund.Kind(self.kind).label)

    @property
    def missing(self) -> str:
        """Say what is missing: the payout is missing; empty where nothing is."""
        return missing_words(self.left, self.amount, self.currency)

    @property
    def half(self) -> str:
        """Say which part is there and what is missing; empty where no part is there."""
        if not self.left or not self.there:
            return ""
        titles = [each.title for each in self.there]
        return half_words(titles, self.left, self.amount, self.currency)

    @property
    def size(self) -> str:
        return _("Full") if self.is_full else _("Partial")

    @property
    def timing(self) -> str:
        return _("Before export") if self.is_before_export else _("After export")


def evidence_words(documents: Iterable[Adjustment]) -> str:
    """Name documents with amount and date: Credit memo 1051 of $20.00, 5 May 2026."""
    words = listed(
        (
            stored(
                "%(document)s of %(amount)s, %(day)s",
                document=each,
                amount=(each.amount, each.currency),
                day=each.dated_on,
            )
            for each in documents
        ),
        "; ",
    )
    return words if len(words) <= LONGEST_FINDING else plainly(words)[:LONGEST_FINDING]
