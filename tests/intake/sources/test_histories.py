"""Random histories: whatever people do in Vonigo, both sides are equal to the cent afterwards.

HISTORIES=n runs as many.
"""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.intake.sources import sums
from sync.intake.sources.vonigo.standin.schema import PAYMENT
from sync.models import Customer, Delivery, Feed, Invoice, Listed, Payment, Pull, Refund
from sync.models.triggers import wrong_sums
from tests.intake.sources.conftest import DAY, connected, held, pull

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("HISTORIES", "6"))
ACTS = ["bill", "pay", "pay", "deposit", "refund", "move", "cancel", "void", "reorder", "out",
        "pull"]  # fmt: skip


class History:
    """One feed, and what was entered so far."""

    def __init__(self, world):
        for model in (Feed, Refund, Payment, Invoice, Customer, Delivery):
            model.objects.all().delete()
        world.standin.anew()
        self.world = world
        self.feed = connected(world, f"u{timezone.now().timestamp():.6f}".replace(".", ""))
        self.client = world.add_customer("Ines Whitfield")
        self.invoices, self.payments = [], []

    def play(self, act, number, days):
        """Do one thing, to what the number picks."""
        self.day, self.amount = DAY + timedelta(days=days), f"{number / 100 + 0.01:.2f}"
        self.number, self.days = number, days
        self.invoice = self.invoices[number % len(self.invoices)] if self.invoices else None
        self.payment = self.payments[number % len(self.payments)] if self.payments else None
        needs = {"refund": self.payment, "move": self.payment, "void": self.payment,
                 "reorder": self.payment, "cancel": self.invoice}  # fmt: skip
        if needs.get(act, 1):
            getattr(self, act)()

    def bill(self):
        more = {"discount": "1.11", "tax": "0.17"}
        self.invoices.append(self.world.bill(self.client, [self.amount, "3.33"], self.day, **more))

    def pay(self):
        paid = self.world.pay(self.client, self.amount, self.day, self.invoice)
        self.payments.append(paid)

    def deposit(self):
        self.payments.append(self.world.pay(self.client, self.amount, self.day))

    def refund(self):
        there = self.world.office.store.get(PAYMENT, self.payment)["fields"]
        left = Decimal(there["Amount"]) - Decimal(there["Refund Amount"] or "0")
        if left and there["Status"] != "Voided":
            self.world.refund(self.payment, f"{min(left, Decimal(self.amount))}", self.day)

    def move(self):
        self.world.move(self.payment, self.invoice)

    def cancel(self):
        self.world.cancel(self.invoice)

    def void(self):
        self.world.void(self.payment)

    def reorder(self):
        self.world.office.reorder(PAYMENT, self.payment, self.number)

    def out(self):
        self.world.go_away(self.days)

    def pull(self):
        pull(self.feed)


@settings(
    max_examples=MANY, deadline=None, database=None, derandomize=MANY < 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1_000), st.integers(0, 4)),
                min_size=3, max_size=14))  # fmt: skip
def test_sums_are_equal_to_the_cent_after_any_history(make_world, acts):
    history = History(make_world("vonigo"))
    for act in acts:
        history.play(*act)
    history.world.go_away(0)
    assert pull(history.feed).state == Pull.State.DONE
    assert held(history.feed) == history.world.truth()
    assert sums.differences(history.feed) == []
    assert not Listed.objects.exclude(code="").exists()
    assert wrong_sums() == {} or not any(wrong_sums().values())
