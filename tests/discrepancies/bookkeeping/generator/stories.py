"""The story of one customer: refunds, how each was entered if it was, and what else happened.

The truth is what the story meant. It is written down before anything is judged.
"""

import random
from dataclasses import dataclass, field

from tests.discrepancies.bookkeeping.books import Books, lines_of
from tests.discrepancies.bookkeeping.desk import Refund, own
from tests.discrepancies.bookkeeping.generator import noise
from tests.discrepancies.bookkeeping.generator.forms import FORMS, LINKED, memo_and_expense_tied

KINDS = ("sale",) * 6 + ("overpayment", "bounced", "bounced", "chargeback")
REFERENCES = ("Refund of invoice {}", "{}", "re inv #{}", "Refund {} - broken sprinkler", "INV {}")
RELATIVE = "8"


@dataclass
class Told:
    """What the story meant of one refund."""

    refund: Refund
    is_adjusted: bool = False
    form: str = ""
    documents: set = field(default_factory=set)
    by: str = ""
    """What tells it apart: link, reference, or that it has no rival; empty where nothing does."""


class Pen:
    """Enters for one refund; every document it enters is one that was meant for it."""

    def __init__(self, story, refund, paid):
        self.chance, self.books = story.chance, story.books
        self.story, self.refund, self.paid = story, refund, paid
        self.customer, self.relative = refund.customer, RELATIVE
        self.invoice, self.day, self.note = refund.invoice, refund.day, None
        self.other_number = story.other_number
        self.applied = paid
        self.edited = None

    def how(self):
        """Return the day and the note of the next document."""
        return {"day": self.day, "note": self.note}

    def own_row(self, total, links):
        return {
            "Id": self.refund.payment,
            "SyncToken": "1",
            "CustomerRef": {"value": self.customer},
            "TotalAmt": total,
            "Line": lines_of(links),
        }

    def applied_link(self):
        return [("Invoice", self.invoice, self.applied)] if self.applied else []

    def edit(self, row, balance, total=None):
        """Change our payment, and our invoice where a total is given."""
        invoice = {
            "Id": self.invoice,
            "CustomerRef": {"value": self.customer},
            "TotalAmt": self.applied if total is None else total,
            "Balance": balance,
        }
        self.edited = (row, invoice)

    def any_day(self):
        return self.refund.day + self.chance.randint(-30, 90)

    def near(self):
        return self.refund.day + self.chance.randint(-3, 3)

    def away(self):
        """Return a day within thirty of this refund, and near none of the customer's."""
        days = [r.day for r in self.story.refunds]
        while True:
            day = self.refund.day + self.chance.choice([-1, 1]) * self.chance.randint(*noise.AWAY)
            if all(abs(day - other) >= noise.AWAY[0] for other in days):
                return day


class Story:
    """One customer."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.currency = self.chance.choice(["USD", "USD", "CAD"])
        self.books = Books(self.currency)
        self.other_number = f"{self.chance.randint(5000, 5999)}"
        self.has_stranger = self.chance.random() < 0.25
        self.refunds, self.told, self.papers_of_ours = [], [], []
        for place in range(self.chance.choice([1, 1, 1, 2, 2, 3])):
            self.refunds.append(self._refund(place))
        for refund in self.refunds:
            self._tell(refund)
        self._joined()
        self._else()

    def _refund(self, place):
        amount = round(self.chance.randint(500, 30000) / 100, 2)
        if self.refunds and self.chance.random() < 0.15:
            amount = self.refunds[0].amount
        kind = self.chance.choice(KINDS)
        return Refund(
            amount,
            kind,
            day=self.chance.randint(0, 60),
            payment=f"P{place}",
            invoice=f"I{place}",
            number=f"{4100 + place}-{self.chance.randint(10, 99)}",
            others=(self.other_number,),
            is_asked=self.chance.random() > 0.1,
        )

    def _tell(self, refund):
        told = Told(refund)
        self.told.append(told)
        whole = self.chance.random() < 0.4
        paid = refund.amount if whole else round(refund.amount + self.chance.randint(5, 200), 2)
        pen = Pen(self, refund, paid)
        if refund.kind == "overpayment":
            pen.applied = round(paid - refund.amount, 2)
        if self.chance.random() < 0.7:
            self._enter(told, pen)
        else:
            self._leave_open(pen)
        if pen.edited and refund.is_asked:
            row, invoice = pen.edited
            others = [r for e, r in self.books.rows if e == "Payment" and r.get("Again")]
            self.papers_of_ours += own(
                refund, self.currency, row, invoice, paid, pen.applied, others
            )

    def _enter(self, told, pen):
        """Enter the adjustment, in one of the ways of its kind."""
        form = self.chance.choice(FORMS[told.refund.kind])
        if form in LINKED and not told.refund.is_asked:
            form = FORMS["sale"][0] if told.refund.kind == "sale" else None
        if form is None:
            return
        is_late = self.chance.random() < 0.4
        pen.day += self.chance.randint(4, 90) if is_late else self.chance.randint(-3, 3)
        if self.chance.random() < (0.75 if is_late else 0.3):
            pen.note = self.chance.choice(REFERENCES).format(told.refund.number)
            if form is not memo_and_expense_tied and form not in LINKED:
                pen.customer = RELATIVE if self.chance.random() < 0.1 else pen.customer
        before = len(self.books.rows)
        form(pen, told.refund.amount)
        told.documents = {row["Id"] for _, row in self.books.rows[before:]}
        told.is_adjusted, told.form = True, form.__name__
        if form in LINKED:
            told.by = "link"
        elif pen.note:
            told.by = "reference"
        elif not is_late:
            told.by = "no rival"

    def _leave_open(self, pen):
        """Enter nothing, half of it, too little, or the payment deleted and entered again."""
        amount, kind = pen.refund.amount, pen.refund.kind
        way = self.chance.randint(0, 4)
        if way == 1 and kind == "sale":
            half = self.chance.choice([self.books.credit_memo, self.books.check])
            half(pen.customer, amount, day=pen.near())
        elif way == 2 and kind in {"sale", "bounced"}:
            less = round(amount - 0.01, 2)
            self.books.refund_receipt(pen.customer, less, day=pen.near())
        elif way == 3 and pen.refund.is_asked and kind != "overpayment":
            again = self.books.payment(
                pen.customer, pen.paid, ("Invoice", pen.invoice, pen.paid), day=pen.refund.day
            )
            again["Again"] = True
            pen.edit(None, 0)

    def _joined(self):
        """Enter one receipt for two refunds of a day that were left open."""
        left = [
            told
            for told in self.told
            if not told.is_adjusted and told.refund.kind == "sale" and told.refund.is_asked
        ]
        if len(left) < 2 or self.chance.random() < 0.5:
            return
        first, second = left[:2]
        note = f"Invoices {first.refund.number} and {second.refund.number}"
        amount = round(first.refund.amount + second.refund.amount, 2)
        row = self.books.refund_receipt("7", amount, day=first.refund.day, note=note)
        for told in (first, second):
            told.documents.add(row["Id"])
            told.is_adjusted, told.form = True, "joined"

    def _else(self):
        """Enter what else happened; a quarter of the customers have a stranger of equal amount."""
        for _ in range(self.chance.randint(0, 4)):
            refund = self.chance.choice(self.refunds)
            pen = Pen(self, refund, refund.amount)
            entry = self.chance.choice([noise.ordinary, noise.of_another_amount])
            entry(
                pen,
                self.chance.choice([refund.amount, 17.5])
                if entry is noise.ordinary
                else refund.amount,
            )
        if self.has_stranger:
            refund = self.chance.choice(self.refunds)
            noise.stranger(Pen(self, refund, refund.amount), refund.amount)
        amounts = [refund.amount for refund in self.refunds]
        for told in self.told:
            is_lone = amounts.count(told.refund.amount) == 1 and not self.has_stranger
            if told.by == "no rival" and not is_lone:
                told.by = ""
            if told.by == "reference" and amounts.count(told.refund.amount) > 1:
                told.by = told.by if self._only_one_named(told) else ""

    def _only_one_named(self, told):
        return all(
            other.refund.number != told.refund.number for other in self.told if other is not told
        )
