"""A world for each source: its stand-in, and how people work in it. A third party adds its own.

What a world offers is what the conformance tests use: see VonigoWorld for the shape. `WORLDS` of
the tests' settings names them all, with what the environment variable EXTRA_WORLDS names.
"""

import hmac
from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal

from django.conf import settings as of_tests
from django.utils.module_loading import import_string

from sync.intake.sources.lines.source import SIGNATURE
from sync.intake.sources.vonigo.standin.office import PASSWORD
from sync.intake.sources.vonigo.standin.schema import INVOICE, PAYMENT
from sync.intake.sources.vonigo.standin.server import StandIn

ZONES = {"1": "America/Los_Angeles", "2": "America/New_York", "3": "America/Denver"}


class VonigoWorld:
    """The stand-in for Vonigo, one franchise of it: a world has places 1 and 2 at least."""

    name = "vonigo"
    entered = {"tenant": "demo", "company": "Demo", "user": "demo", "password": PASSWORD}
    wrong = {"password": "wrong"}

    @staticmethod
    @contextmanager
    def serving():
        """Yield the stand-in, once a run; its `anew` forgets everything between two tests."""
        with StandIn() as standin:
            yield standin

    def __init__(self, standin, settings, place="1"):
        self.standin, self.office, self.place = standin, standin.office, place
        self.zone = ZONES[place]
        settings.VONIGO_URL = standin.api_url
        settings.VONIGO_RETRY_PAUSE = 0

    def settle(self, day):
        """Enter what proves the source's questions: three of everything."""
        client = self.add_customer("Proof Ltd")
        for _ in range(3):
            payment = self.pay(client, "10.00", day, self.bill(client, ["10.00"], day))
            self.refund(payment, "1.00", day)

    def add_customer(self, name):
        return self.office.add_client(int(self.place), name)

    def bill(self, client, prices, day, **more):
        lines = [("Lawn care", "1", price) for price in prices]
        return self.office.bill(client, lines, issued=day, due=day, **more)

    def pay(self, client, amount, day, invoice=None):
        return self.office.pay(client, amount, received=day, invoice=invoice)

    def move(self, payment, invoice):
        self.office.apply(payment, invoice)

    def refund(self, payment, amount, day):
        self.office.refund(payment, amount, day)

    def void(self, payment):
        self.office.void_payment(payment)

    def cancel(self, invoice):
        self.office.cancel(invoice)

    def go_away(self, requests):
        """Let the next requests fail as an outage does."""
        self.office.switch(outages=requests)

    def spoil(self, payment):
        """Make a payment one that nobody can read whole."""
        self.office.edit(PAYMENT, payment, Amount="12.345")

    def mend(self, payment, amount):
        """Make it one that can be read again."""
        self.office.edit(PAYMENT, payment, Amount=amount)

    def spoil_invoice(self, invoice):
        self.office.edit(INVOICE, invoice, Subtotal="abc")

    def truth(self):
        """Return what is there, as (kind, day) to amount; void is nothing."""
        sums = defaultdict(Decimal)
        for thing in self.office.store.all(INVOICE, int(self.place)):
            fields = thing["fields"]
            if fields["Status"] != "Cancelled":
                total = Decimal(fields["Subtotal"]) + Decimal(fields["Tax"])
                sums["invoice", fields["Date Issued"]] += total
        for thing in self.office.store.all(PAYMENT, int(self.place)):
            fields = thing["fields"]
            if fields["Status"] == "Voided":
                continue
            sums["payment", fields["Payment Date"]] += Decimal(fields["Amount"])
            if fields["Refund Amount"]:
                sums["refund", fields["Refund Date"]] += Decimal(fields["Refund Amount"])
        return {key: total for key, total in sums.items() if total}


class LinesWorld(VonigoWorld):
    """The same stand-in's JSON lines."""

    name = "lines"
    wrong = {"key": "wrong"}

    def __init__(self, standin, settings, place="1"):
        super().__init__(standin, settings, place)
        settings.LINES_URL = f"{standin.url}/lines"
        self.entered = {"part": place, "key": PASSWORD}

    def spoil(self, payment):
        self.office.edit(PAYMENT, payment, Amount="12,34")

    def signed(self, body):
        """Return the headers of a call that the source makes when something changed."""
        return {SIGNATURE: hmac.new(PASSWORD.encode(), body, "sha256").hexdigest()}


def worlds():
    """Return every world by the name of its source."""
    found = [import_string(path) for path in of_tests.WORLDS]
    return {world.name: world for world in found}
