"""What became of each of the demo's invoices: forty stories, told over and over."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sync.intake.demo_customers import dice
from sync.intake.demo_invoices import START_DAYS, Draw, Sale
from sync.intake.demo_world import SPECIAL_CUSTOMERS, Unit
from sync.models import Payment, Refund

Kind = Payment.Kind
Story = Callable[[Draw], None]


def draw_sale(unit: Unit, seed: int, ordinal: int, base: date) -> Sale:
    """Return the unit's sale at a place: the two examples first, then the forty stories."""
    draw = Draw(unit, seed, ordinal, base)
    if ordinal < 2:
        _example(draw, is_paid=ordinal == 1)
    else:
        _story_at(unit, seed, ordinal)(draw)
    return draw.sale


def _story_at(unit: Unit, seed: int, ordinal: int) -> Story:
    order = list(STORIES)
    dice(seed, unit.code, "stories").shuffle(order)
    # The awkward names come first and are paid, so that they show what exporting does with them;
    # three jobs in a row, the last of a lap, are paid with one check.
    order.sort(key=lambda story: (story is _shared_check) - (story is _paid_at_once))
    return order[(ordinal - 2) % len(order)]


def _example(draw: Draw, *, is_paid: bool) -> None:
    draw.one_line("Gutter cleaning", "Gutters and downspouts, one floor", Decimal("150.00"), 21)
    draw.pay(Decimal("70.00"), Kind.DEPOSIT, days=-5, method="Check", reference="2070")
    draw.pay(Decimal("30.00"), Kind.PARTIAL, days=3, method="Cash")
    if is_paid:
        draw.pay(Decimal("50.00"), Kind.FINAL, days=10, method="Credit Card")


def _paid_at_once(draw: Draw) -> None:
    draw.bill()
    draw.pay_rest()


def _paid_with_discount(draw: Draw) -> None:
    draw.bill(discount=draw.rng.choice((10, 15, 25)))
    draw.pay_rest()


def _paid_in_two(draw: Draw) -> None:
    draw.bill()
    draw.pay(draw.part(), Kind.DEPOSIT, days=-draw.rng.randrange(1, 10))
    draw.pay_rest()


def _paid_in_three(draw: Draw) -> None:
    draw.bill()
    draw.pay(draw.part(), Kind.DEPOSIT, days=-draw.rng.randrange(1, 10))
    draw.pay(draw.part(), Kind.PARTIAL, days=draw.rng.randrange(1, 15))
    draw.pay_rest(days=draw.rng.randrange(16, 40))


def _unpaid(draw: Draw) -> None:
    draw.bill()


def _deposit_only(draw: Draw) -> None:
    draw.bill()
    draw.pay(draw.part(), Kind.DEPOSIT, days=-draw.rng.randrange(1, 10))


def _part_paid(draw: Draw) -> None:
    draw.bill()
    draw.pay(draw.part(), Kind.PARTIAL, days=draw.rng.randrange(0, 20))


def _overpaid(draw: Draw) -> None:
    draw.bill()
    draw.pay(draw.total + 20, Kind.FINAL, days=6, method="Check")


def _excess_refunded(draw: Draw) -> None:
    draw.bill()
    payment = draw.pay(draw.total + 20, Kind.FINAL, days=6, method="Check")
    draw.refund(payment, Decimal("20.00"), "Paid too much", kind=Refund.Kind.OVERPAYMENT)


def _refund_leaves_a_balance(draw: Draw) -> None:
    draw.bill()
    payment = draw.pay_rest()
    draw.refund(payment, Decimal("20.00"), "Sprinkler head broken by the crew")


def _refunded_in_full(draw: Draw) -> None:
    draw.bill()
    payment = draw.pay_rest()
    draw.refund(payment, payment.amount, "Job not done")


def _voided_invoice(draw: Draw) -> None:
    draw.bill()
    draw.sale.invoice.voided_at = draw.moment(draw.sale.invoice.issued_on)


def _bounced(draw: Draw) -> None:
    draw.bill()
    payment = draw.pay(draw.total, Kind.FINAL, days=4, method="Check")
    payment.voided_at = draw.moment(payment.received_on)


def _bounced_then_paid(draw: Draw) -> None:
    draw.bill()
    payment = draw.pay(draw.total, Kind.FINAL, days=2, method="Check")
    payment.voided_at = draw.moment(payment.received_on)
    draw.pay(draw.total, Kind.FINAL, days=9, method="Cash")


def _nothing_to_collect(draw: Draw) -> None:
    draw.one_line(draw.unit.services[0], "Free estimate", Decimal("0.00"), 12)


def _before_the_start_date(draw: Draw) -> None:
    draw.bill(days_ago=draw.rng.randrange(START_DAYS + 10, START_DAYS + 40))
    draw.pay_rest()


def _shared_check(draw: Draw) -> None:
    """One check pays three invoices of one customer: three payments with one reference."""
    draw.bill()
    lap = (draw.ordinal - 2) // len(STORIES)
    special = len(SPECIAL_CUSTOMERS)
    draw.sale.place = special + dice(draw.seed, draw.unit.code, "shared", lap).randrange(10)
    days = (draw.base - draw.sale.invoice.issued_on).days - 3
    draw.pay(draw.total, Kind.FINAL, days=days, method="Check", reference=str(6001 + lap))


def _paid_by_someone_else(draw: Draw) -> None:
    draw.bill()
    draw.pay_rest()
    draw.sale.payers[0] = draw.sale.place + 1


def _deposit_without_invoice(draw: Draw) -> None:
    """The invoice is paid; the same customer left a deposit for the next job."""
    _paid_at_once(draw)
    deposit = draw.pay(Decimal("75.00"), Kind.DEPOSIT, days=8)
    deposit.invoice = None


def _deposit_given_back(draw: Draw) -> None:
    _deposit_without_invoice(draw)
    draw.refund(
        draw.sale.payments[-1],
        Decimal("75.00"),
        "Customer cancelled the next job",
        kind=Refund.Kind.OVERPAYMENT,
    )


STORIES: tuple[Story, ...] = (
    *[_paid_at_once] * 7,
    *[_paid_with_discount] * 2,
    *[_paid_in_two] * 5,
    *[_paid_in_three] * 3,
    *[_shared_check] * 3,
    *[_unpaid] * 3,
    *[_deposit_only] * 2,
    *[_part_paid] * 2,
    _overpaid,
    _excess_refunded,
    _refund_leaves_a_balance,
    _refunded_in_full,
    _voided_invoice,
    _bounced,
    _bounced_then_paid,
    _nothing_to_collect,
    _before_the_start_date,
    _paid_by_someone_else,
    _deposit_without_invoice,
    _deposit_without_invoice,
    _deposit_given_back,
)
