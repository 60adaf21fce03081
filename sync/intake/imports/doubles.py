"""Money that is here already under another id: found by its day, amount, and whose it is.

Two exports of one system may tell of the same payment without a shared id. What looks like it is
never doubled silently: a person says whether it is the same.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet

from sync.intake.door.incoming import Allocation, Incoming, PaymentBody, RefundBody
from sync.intake.imports.people import plain
from sync.models import BusinessUnit, Delivery, Payment, Refund

SAME, OTHER = "same", "other"
_NOTHING = {"invoice#", "receipt#"}
Money = tuple[date, Decimal]
Here = dict[Money, list[tuple[int, set[str]]]]  # our rows, each with what tells whose it is
Names = Callable[[str], str]  # a customer's id at the source to the name


class Doubles:
    """Looks for money that is here already."""

    def __init__(self, unit: BusinessUnit, source: str) -> None:
        self.unit, self.source = unit, source
        payments = Payment.objects.filter(business_unit=unit)
        self.has_any = payments.exists()
        self.has_split = self.has_any and _further_parts(payments).exists()

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
                pk = _take(here, _money(one), _marks(one, names)) or _take_parts(here, one)
                if pk is not None:
                    found[one.external_id] = pk
        return found

    def _known(self, kind: Delivery.Kind, some: Sequence[Incoming]) -> set[str]:
        rows = Delivery.objects.filter(
            business_unit=self.unit,
            kind=kind,
            source=self.source,
            external_id__in=[one.external_id for one in some],
        )
        return set(rows.values_list("external_id", flat=True))

    def _here(self, kind: Delivery.Kind, some: Sequence[Incoming]) -> Here:
        """Return our rows of these days and amounts, each with what tells whose it is."""
        days, amounts = map(set, zip(*map(_money, some), strict=True))
        found: Here = defaultdict(list)
        if kind == Delivery.Kind.PAYMENT:
            amounts |= {part.amount for one in some for part in _parts(one)}
            payments = Payment.objects.filter(business_unit=self.unit, voided_at=None)
            payments = payments.filter(received_on__in=days)
            if self.has_split:
                self._whole_receipts(payments, found)
            rows = payments.filter(amount__in=amounts)
            columns = ["received_on", "amount", "pk", "receipt", "invoice__number",
                       "customer__display_name"]  # fmt: skip
        else:
            rows = Refund.objects.filter(
                payment__business_unit=self.unit, refunded_on__in=days, amount__in=amounts
            )  # type: ignore[assignment]
            columns = ["refunded_on", "amount", "pk", "payment__receipt",
                       "payment__invoice__number", "payment__customer__display_name"]  # fmt: skip
        for day, amount, pk, receipt, number, customer in rows.order_by("pk").values_list(*columns):
            whose = f"{'billed' if number else 'open'}#{plain(customer)}"
            marks = {whose, f"invoice#{number or ''}", f"receipt#{receipt}"} - _NOTHING
            found[day, amount].append((pk, marks))
        return found

    def _whole_receipts(self, payments: QuerySet[Payment], found: Here) -> None:
        """Add receipts over several invoices as the one amount that came in."""
        split = set(_further_parts(payments).values_list("source", "receipt"))
        rows = payments.filter(receipt__in=[receipt for _, receipt in split]).order_by("pk")
        wholes: dict[tuple[str, str], list[Payment]] = defaultdict(list)
        for row in rows.select_related("invoice", "customer"):
            if (row.source, row.receipt) in split:
                wholes[row.source, row.receipt].append(row)
        for (_, receipt), parts in wholes.items():
            amount = sum((part.amount for part in parts), Decimal(0))
            numbers = {f"invoice#{part.invoice.number}" for part in parts if part.invoice}
            whose = plain(parts[0].customer.display_name)
            marks = {f"billed#{whose}", f"open#{whose}", f"receipt#{receipt}"} | numbers
            found[parts[0].received_on, amount].append((parts[0].pk, marks))


def _further_parts(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Return the payments that are the second or a later part of a receipt."""
    return payments.exclude(receipt="").exclude(external_id=F("receipt"))


def _take(here: Here, money: Money, marks: set[str]) -> int | None:
    """Return which of ours it seems to be; of two alike, each is one of ours."""
    like = here.get(money, [])
    at = next((at for at in like if at[1] & marks), None)
    if at is None:
        return None
    like.remove(at)
    return at[0]


def _take_parts(here: Here, one: Incoming) -> int | None:
    """Return the first of the payments that a receipt is here as, one for each of its invoices."""
    day, _ = _money(one)
    wanted = [((day, part.amount), {f"invoice#{part.invoice}"}) for part in _parts(one)]
    if len(wanted) < 2:
        return None
    if not all(any(at[1] & marks for at in here.get(money, [])) for money, marks in wanted):
        return None
    taken = [_take(here, money, marks) for money, marks in wanted]
    return taken[0]


def _parts(one: Incoming) -> tuple[Allocation, ...]:
    return (one.body.allocations or ()) if isinstance(one.body, PaymentBody) else ()


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
        return {f"invoice#{body.invoice}", f"receipt#{body.payment}"} - _NOTHING
    if not isinstance(body, PaymentBody):
        return set()
    customer = plain(names(body.customer))
    marks = {f"invoice#{part.invoice}" for part in body.allocations or ()}
    if customer:
        marks |= {f"open#{customer}"} if marks else {f"open#{customer}", f"billed#{customer}"}
    return marks
