"""What a new tenant holds: clients, and invoices in every state of payment, the same for a seed."""

import random
from datetime import date, timedelta
from decimal import Decimal

from sync.intake.sources.vonigo.standin.office import FRANCHISES, Office
from sync.intake.sources.vonigo.standin.schema import CLIENT

_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ines", "Jon")
_LAST = ("Quist", "Ortiz", "Brandt", "Lindqvist", "Moreau", "Okafor", "Sato", "Whitfield")
_WORK = (("Junk removal", "89.00"), ("Full truck", "249.00"), ("Carpet cleaning", "120.50"),
         ("Window washing", "75.25"), ("Tip", "10.00"))  # fmt: skip
_METHODS = ("Check", "Credit Card", "Cash")


def seed(office: Office, number: int, today: date, *, invoices: int = 20) -> None:
    """Fill an empty tenant, each franchise with so many invoices."""
    if office.store.recall("seed") is not None:
        return
    dice = random.Random(number)  # noqa: S311 - demo data
    for franchise in FRANCHISES:
        for _ in range(max(invoices // 3, 1)):
            office.add_client(franchise, f"{dice.choice(_FIRST)} {dice.choice(_LAST)}")
        for place in range(invoices):
            day = today - timedelta(days=dice.randrange(1, 40))
            payment = _sell(office, dice, franchise, day, share=place % 5)
            if place % 5 == 1 and payment:  # three refunded ones prove the clock of their day
                office.refund(payment, "5.00", day + timedelta(days=1))
    office.store.keep("seed", number)


def sell(office: Office, franchise: int, today: date, *, is_paid: bool) -> int | None:
    """Enter one more job, paid or not."""
    dice = random.Random()  # noqa: S311 - demo data
    return _sell(office, dice, franchise, today, share=0 if is_paid else 4)


def _sell(
    office: Office, dice: random.Random, franchise: int, day: date, *, share: int
) -> int | None:
    """Bill a client; `share` 0 and 1 are paid whole, 2 in two parts, 3 in part, 4 not at all."""
    clients = [thing["id"] for thing in office.store.all(CLIENT, franchise)]
    client = dice.choice(clients)
    work = dice.sample(_WORK, dice.randrange(1, 3))
    lines = [(name, "1", price) for name, price in work]
    price = sum((Decimal(each) for _, _, each in lines), Decimal(0))
    discount = Decimal("5.00") if dice.random() < 0.2 else Decimal(0)
    invoice = office.bill(
        client, lines, issued=day, due=day + timedelta(days=14), discount=f"{discount}"
    )
    total, method = price - discount, dice.choice(_METHODS)
    if share == 4:
        return None
    if share in {0, 1}:
        return office.pay(client, f"{total:.2f}", received=day, invoice=invoice, method=method)
    half = (total / 2).quantize(Decimal("0.01"))
    paid = office.pay(client, f"{half:.2f}", received=day, invoice=invoice, method=method)
    if share == 2:
        office.pay(client, f"{total - half:.2f}", received=day, invoice=invoice, method=method)
    return paid
