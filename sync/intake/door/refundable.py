"""The payments that refunds may give back, with what is left of each."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sync.intake.door.chunk import Chunk, Taken
from sync.intake.door.incoming import Code, Problem, RefundBody
from sync.models import Payment, Refund, SyncRecord
from sync.words import stored


class Refundable:
    """What some refunds may give back, as if none of them were stored yet."""

    def __init__(self, chunk: Chunk, taken: Sequence[Taken], stored: Sequence[Refund]) -> None:
        bodies = [(one.incoming.source, one.incoming.body) for one in taken]
        named = [(source, body) for source, body in bodies if isinstance(body, RefundBody)]
        ours = Payment.objects.filter(business_unit=chunk.unit, voided_at__isnull=True)
        standing = ours.select_related("invoice")
        sources = {source for source, _ in named}
        self._by_receipt: dict[tuple[str, str], list[Payment]] = defaultdict(list)
        for row in standing.filter(
            source__in=sources, receipt__in={body.payment for _, body in named}
        ).exclude(receipt=""):  # as the index says
            self._by_receipt[row.source, row.receipt].append(row)
        self._by_invoice: dict[tuple[str, str], list[Payment]] = {}
        for source in sources:
            names = {body.invoice for of, body in named if of == source and body.invoice}
            found = chunk.invoices(source, names)
            of_invoice = defaultdict(list)
            for row in standing.filter(invoice__in={invoice.pk for invoice in found.values()}):
                of_invoice[row.invoice_id].append(row)
            for name, invoice in found.items():
                self._by_invoice[source, name] = of_invoice[invoice.pk]
        records = SyncRecord.objects.filter(payment__in={row.payment_id for row in stored})
        self._exported = set(records.values_list("payment", flat=True))
        self._own: dict[int, Decimal] = defaultdict(Decimal)
        for refund in stored:
            if refund.voided_at is not None:
                continue
            self._own[refund.payment_id] += refund.amount
        self.reset()

    def reset(self) -> None:
        """Forget what was taken."""
        self._taken: dict[int, Decimal] = defaultdict(Decimal)

    def take(self, source: str, body: RefundBody, row: Refund | None) -> Payment | Problem:
        """Return the payment that is given back, the earliest with room; or why there is none."""
        found = self._candidates(source, body)
        if not found:
            words = stored("The payment that it gives back has not come in yet.")
            return Problem(Code.NO_PAYMENT, "payment", words)
        enough = [payment for payment in found if self._left(payment) >= body.amount]
        if not enough:
            left = max(self._left(payment) for payment in found)
            words = stored(
                "At most %(left)s of its payment can still be refunded.",
                left=(left, found[0].currency),
            )
            return Problem(Code.OVER_REFUNDED, "amount", words)
        # What was reported of a payment in QuickBooks stays reported of that payment.
        held = [p for p in enough if row and p.pk == row.payment_id and p.pk in self._exported]
        chosen = min(held or enough, key=_rank)
        self._taken[chosen.pk] += body.amount
        return chosen

    def _candidates(self, source: str, body: RefundBody) -> list[Payment]:
        of_invoice = self._by_invoice.get((source, body.invoice), [])
        if not body.payment:
            return of_invoice
        of_receipt = self._by_receipt.get((source, body.payment), [])
        named = {payment.pk for payment in of_invoice}
        return [payment for payment in of_receipt if payment.pk in named] or of_receipt

    def _left(self, payment: Payment) -> Decimal:
        left: Decimal = payment.amount - payment.refunded_total
        return left + self._own[payment.pk] - self._taken[payment.pk]


def _rank(payment: Payment) -> tuple[str, str, bool, str]:
    """Return the order in which payments are given back, which is not that of their arrival."""
    number = payment.invoice.number if payment.invoice else ""
    return payment.received_on.isoformat(), payment.receipt, payment.invoice is not None, number
