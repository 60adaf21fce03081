"""A source as a third party writes it: a till that tells no times, in no network at all.

It is found by `EXTRA_SOURCES` and `EXTRA_WORLDS` as any other would be; nothing imports it.
"""

import hashlib
from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from types import SimpleNamespace

from django.utils import timezone

from sync.intake.door.incoming import (
    Allocation,
    CustomerBody,
    Incoming,
    InvoiceBody,
    Kind,
    LineBody,
    PaymentBody,
    RefundBody,
    Tombstone,
)
from sync.intake.sources.interface import (
    Capabilities,
    Entry,
    Look,
    Place,
    Pulled,
    SignInRefused,
    SourceAway,
    Unreadable,
    read_each,
)

PIN, PAGE = "4711-till", 3
BOOKS = SimpleNamespace()
"""What the till holds, as a database far away would: kind → id → thing; `away` is an outage."""


class Till:
    name = "till"
    label = "Till"
    capabilities = Capabilities(edited_times=False, deletions=False, refunds=True)
    streams = {
        "people": (Kind.CUSTOMER,),
        "bills": (Kind.INVOICE,),
        "money": (Kind.PAYMENT,),
        "returns": (Kind.REFUND,),
    }
    entries = (
        Entry("shop", "Shop", pattern=r"\d+"),
        Entry("pin", "PIN", is_secret=True,
              sealed=lambda pin: hashlib.sha256(pin.encode()).hexdigest()),
    )  # fmt: skip

    def places(self, account):
        with self.open(account):
            return [Place(account.options["shop"], f"Shop {account.options['shop']}")]

    def look(self, account):
        return Look(known={"till": 1})

    @contextmanager
    def open(self, account):
        if account.secrets["pin"] != hashlib.sha256(PIN.encode()).hexdigest():
            raise SignInRefused("The PIN is another one.")
        _answer()
        yield TillReader(account)


class TillReader:
    def __init__(self, account):
        self.calls, self._shop = 0, account.options["shop"]

    def pull(self, stream, cursor, ask):
        self.calls += 1
        _answer()
        after = cursor["after"] if cursor else 0
        held = [thing for thing in BOOKS.held[stream] if thing["shop"] == self._shop]
        page = [thing for thing in held if thing["id"] > after][:PAGE]
        kind = Till.streams[stream][0]
        read, refused = read_each(page, _READ[kind], lambda thing: (kind, str(thing["id"])))
        if len(page) < PAGE:
            return Pulled(read, {"after": 0}, done=True, refused=refused)
        return Pulled(read, {"after": page[-1]["id"]}, done=False, refused=refused)


def _answer():
    if BOOKS.away:
        BOOKS.away -= 1
        raise SourceAway("The till is closed.")


def _says(thing, body):
    return [Incoming(source="till", external_id=str(thing["id"]), observed_at=timezone.now(),
                     body=body)]  # fmt: skip


def _bill(thing):
    lines = tuple(LineBody(amount, service="Sale") for amount in thing["amounts"])
    net = sum(line.amount for line in lines) - thing["discount"]
    return _says(thing, InvoiceBody(
        number=f"T{thing['id']}", customer=str(thing["client"]), issued_on=thing["day"],
        lines=lines, discount_total=thing["discount"], total=net, voided=thing["void"],
    ))  # fmt: skip


def _money(thing):
    if not isinstance(thing["amount"], Decimal):
        raise Unreadable("NOT_A_NUMBER", "The till wrote no number.")
    named = (Allocation(str(thing["bill"]), thing["amount"]),) if thing["bill"] else ()
    return _says(thing, PaymentBody(
        amount=thing["amount"], received_on=thing["day"], customer=str(thing["client"]),
        method="Cash", allocations=named, voided=thing["void"],
    ))  # fmt: skip


def _back(thing):
    if thing["void"]:
        return _says(thing, Tombstone(Kind.REFUND))
    body = RefundBody(amount=thing["amount"], refunded_on=thing["day"], payment=str(thing["of"]))
    return _says(thing, body)


_READ = {
    Kind.CUSTOMER: lambda thing: _says(thing, CustomerBody(thing["name"])),
    Kind.INVOICE: _bill,
    Kind.PAYMENT: _money,
    Kind.REFUND: _back,
}


class TillWorld:
    """How people work at the till: what every world offers (see worlds.VonigoWorld)."""

    name = "till"
    wrong = {"pin": "0000"}

    @staticmethod
    @contextmanager
    def serving():
        yield SimpleNamespace(anew=_anew)

    def __init__(self, stand_in, settings, place="1"):
        self.place, self.zone = place, "America/Denver"
        self.entered = {"shop": place, "pin": PIN}

    def settle(self, day):
        payment = self.pay(self.add_customer("Proof Ltd"), "10.00", day)
        self.refund(payment, "1.00", day)
        self.bill(self.add_customer("Proof Inc"), ["10.00"], day)

    def add_customer(self, name):
        return self._enter("people", name=name)

    def bill(self, client, prices, day, discount="0.00"):
        amounts = [Decimal(price) for price in prices]
        return self._enter("bills", client=client, amounts=amounts, day=day, void=False,
                           discount=Decimal(discount))  # fmt: skip

    def pay(self, client, amount, day, invoice=None):
        return self._enter("money", client=client, amount=Decimal(amount), day=day, bill=invoice,
                           void=False)  # fmt: skip

    def move(self, payment, invoice):
        _find("money", payment)["bill"] = invoice

    def refund(self, payment, amount, day):
        self._enter("returns", of=payment, amount=Decimal(amount), day=day,
                    void=False)  # fmt: skip

    def void(self, payment):
        _find("money", payment)["void"] = True
        for one in BOOKS.held["returns"]:
            one["void"] |= one["of"] == payment

    def cancel(self, invoice):
        _find("bills", invoice)["void"] = True

    def go_away(self, requests):
        BOOKS.away = requests

    def spoil(self, payment):
        _find("money", payment)["amount"] = "twelve"

    def mend(self, payment, amount):
        _find("money", payment)["amount"] = Decimal(amount)

    def truth(self):
        sums = defaultdict(Decimal)
        for kind, stream in (("invoice", "bills"), ("payment", "money"), ("refund", "returns")):
            for thing in BOOKS.held[stream]:
                if thing["shop"] == self.place and not thing["void"]:
                    amount = thing.get("amount") or sum(thing["amounts"]) - thing["discount"]
                    sums[kind, thing["day"].isoformat()] += amount
        return dict(sums)

    def _enter(self, stream, **said):
        thing = {"id": next(BOOKS.ids), "shop": self.place, **said}
        BOOKS.held[stream].append(thing)
        return thing["id"]


def _find(stream, number):
    return next(thing for thing in BOOKS.held[stream] if thing["id"] == number)


def _anew():
    BOOKS.held, BOOKS.ids, BOOKS.away = defaultdict(list), count(1), 0
