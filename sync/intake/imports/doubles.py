"""Money that is here already under another id: found by its day, amount, and whose it is.

Two exports of one system may tell of the same payment without a shared id. What looks like it is
never doubled silently: a person says whether it is the same.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from sync.intake.door.incoming import Incoming, PaymentBody, RefundBody
from sync.intake.imports.people import plain
from sync.models import BusinessUnit, Delivery, Payment, Refund

SAME, OTHER = "same", "other"
_NOTHING = {"invoice ", "receipt "}
Money = tuple[date, Decimal]
Names = Callable[[str], str]  # a customer's id at the source to the name


class Doubles:
    """Looks for money that is here already."""

    def __init__(self, unit: BusinessUnit, source: str) -> None:
        self.unit, self.source = unit, source
        self.has_any = Payment.objects.filter(business_unit=unit).exists()

    def find(self, incoming: Sequence[Incoming], names: Names) -> dict[str, int]:
        """Return which of our rows each new payment or refund seems to be, by its id."""
        if not self.has_any:
            return {}
        found: dict[str, int] = {}
        for kind in (Delivery.Kind.PAYMENT, Delivery.Kind.REFUND):
            some = [one for one in incoming if one.kind == kind]
            known = self._known(kind, some) if some else set()
            fresh = [one for one in some if one.external_id not in known]
            here = self._here(kind, fresh) if fresh else {}
            for one in fresh:
                like = here.get(_money(one), [])
                at = next((at for at in like if at[1] & _marks(one, names)), None)
                if at is not None:
                    like.remove(at)  # of two alike, each is one of ours
                    found[one.external_id] = at[0]
        return found

    def _known(self, kind: Delivery.Kind, some: Sequence[Incoming]) -> set[str]:
        rows = Delivery.objects.filter(
            business_unit=self.unit,
            kind=kind,
            source=self.source,
            external_id__in=[one.external_id for one in some],
        )
        return set(rows.values_list("external_id", flat=True))

    def _here(
        self, kind: Delivery.Kind, some: Sequence[Incoming]
    ) -> dict[Money, list[tuple[int, set[str]]]]:
        """Return our rows of these days and amounts, each with what tells whose it is."""
        days, amounts = zip(*map(_money, some), strict=True)
        found: dict[Money, list[tuple[int, set[str]]]] = defaultdict(list)
        if kind == Delivery.Kind.PAYMENT:
            rows = Payment.objects.filter(
                business_unit=self.unit, received_on__in=set(days), amount__in=set(amounts)
            ).filter(voided_at=None)
            columns = ["received_on", "amount", "pk", "receipt", "invoice__number",
                       "customer__display_name"]  # fmt: skip
        else:
            rows = Refund.objects.filter(
                payment__business_unit=self.unit, refunded_on__in=set(days), amount__in=set(amounts)
            )  # type: ignore[assignment]
            columns = ["refunded_on", "amount", "pk", "payment__receipt",
                       "payment__invoice__number", "payment__customer__display_name"]  # fmt: skip
        for day, amount, pk, receipt, number, customer in rows.order_by("pk").values_list(*columns):
            whose = f"{'billed' if number else 'open'} {plain(customer)}"
            marks = {whose, f"invoice {number or ''}", f"receipt {receipt}"} - _NOTHING
            found[day, amount].append((pk, marks))
        return found


def _money(one: Incoming) -> Money:
    if isinstance(one.body, PaymentBody):
        return one.body.received_on, one.body.amount
    if isinstance(one.body, RefundBody):
        return one.body.refunded_on, one.body.amount
    raise TypeError(one.kind)


def _marks(one: Incoming, names: Names) -> set[str]:
    """Return what tells whose money it is; where one side names no invoice, the customer does."""
    body = one.body
    if isinstance(body, RefundBody):
        return {f"invoice {body.invoice}", f"receipt {body.payment}"} - _NOTHING
    if not isinstance(body, PaymentBody):
        return set()
    customer = plain(names(body.customer))
    marks = {f"invoice {part.invoice}" for part in body.allocations or ()}
    if customer:
        marks |= {f"open {customer}"} if marks else {f"open {customer}", f"billed {customer}"}
    return marks
