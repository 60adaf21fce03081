"""Random sales operations against the simulator and against a small ledger of our own.

The model shares no code with the simulator: it keeps totals and who paid what, and works balances
out anew each time. After every step all balances, links and unapplied amounts must agree.
"""

from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from tests.simulator.desk import Desk, Refused, receipt, sale

AMOUNTS = st.integers(1, 50_000).map(lambda n: Decimal(n) / 100)
SHARES = st.integers(1, 100)


class Books:
    """The model: what was billed, credited and received, and what was applied to what."""

    def __init__(self):
        self.invoices = {}  # id: [customer, total]
        self.credits = {}  # id: [customer, total]
        self.payments = {}  # id: [customer, total, {("Invoice" | "CreditMemo", id): amount}]

    def applied(self, kind, id_):
        return sum((p[2].get((kind, id_), Decimal(0)) for p in self.payments.values()), Decimal(0))

    def open(self, kind, id_):
        held = self.invoices if kind == "Invoice" else self.credits
        return held[id_][1] - self.applied(kind, id_)

    def unapplied(self, id_):
        _, total, parts = self.payments[id_]
        used = sum(a if kind == "Invoice" else -a for (kind, _), a in parts.items())
        return total - used

    def owed(self, customer):
        billed = sum(total for who, total in self.invoices.values() if who == customer)
        credited = sum(total for who, total in self.credits.values() if who == customer)
        received = sum(p[1] for p in self.payments.values() if p[0] == customer)
        return billed - credited - received

    def forget(self, kind, id_):
        """Take a document off all payments; credits that are gone no longer pay invoices."""
        for parts in [p for p in self.payments.values() if (kind, id_) in p[2]]:
            del parts[2][kind, id_]
            left = parts[1] + sum(a for (k, _), a in parts[2].items() if k == "CreditMemo")
            for key in [key for key in parts[2] if key[0] == "Invoice"]:
                parts[2][key] = min(parts[2][key], left)
                left -= parts[2][key]
                if not parts[2][key]:
                    del parts[2][key]


class SalesLedger(RuleBasedStateMachine):
    """Creates, pays, credits, changes, voids and deletes; some steps must be refused."""

    invoices = Bundle("invoices")
    payments = Bundle("payments")
    memos = Bundle("memos")

    @initialize()
    def open_company(self):
        self.desk = Desk("empty", void_paid="unlink")
        self.customers = [self.desk.customer(name) for name in ("Ada", "Ben")]
        self.model = Books()

    def current(self, kind, id_):
        return self.desk.get(kind, id_)

    @rule(target=invoices, who=st.integers(0, 1), amount=AMOUNTS)
    def bill(self, who, amount):
        made = self.desk.invoice(self.customers[who], amount)
        self.model.invoices[made["Id"]] = [who, amount]
        return made["Id"]

    @rule(target=memos, who=st.integers(0, 1), amount=AMOUNTS)
    def credit(self, who, amount):
        made = self.desk.create("CreditMemo", **sale(self.customers[who], amount))
        self.model.credits[made["Id"]] = [who, amount]
        return made["Id"]

    @rule(target=payments, who=st.integers(0, 1), amount=AMOUNTS)
    def receive(self, who, amount):
        made = self.desk.payment(self.customers[who], amount)
        self.model.payments[made["Id"]] = [who, amount, {}]
        return made["Id"]

    @rule(
        target=payments,
        chosen=st.lists(invoices, min_size=1, max_size=3, unique=True),
        used=st.lists(memos, max_size=1),
        share=SHARES,
        extra=st.sampled_from([Decimal(0), Decimal("12.34")]),
    )
    def pay(self, chosen, used, share, extra):
        """Pay parts of some invoices, with a credit if one is at hand."""
        who = self.model.invoices[chosen[0]][0]
        parts = {}
        for id_ in chosen:
            amount = (self.model.open("Invoice", id_) * share / 100).quantize(Decimal("0.01"))
            if self.model.invoices[id_][0] == who and amount:
                parts["Invoice", id_] = amount
        due = sum(parts.values(), Decimal(0))
        for id_ in used:
            amount = min(self.model.open("CreditMemo", id_), due)
            if self.model.credits[id_][0] == who and amount:
                parts["CreditMemo", id_] = amount
                due -= amount
        if not parts:
            return multiple()
        applied = [({"Id": id_}, amount, kind) for (kind, id_), amount in parts.items()]
        made = self.desk.payment(self.customers[who], due + extra, *applied)
        self.model.payments[made["Id"]] = [who, due + extra, parts]
        return made["Id"]

    @rule(payment=payments, chosen=st.lists(invoices, max_size=2, unique=True), share=SHARES)
    def reapply(self, payment, chosen, share):
        """Replace all lines of a payment."""
        who, total, old = self.model.payments[payment]
        parts, left = {}, total
        for id_ in chosen:
            room = self.model.open("Invoice", id_) + old.get(("Invoice", id_), Decimal(0))
            amount = min(left, (room * share / 100).quantize(Decimal("0.01")))
            if self.model.invoices[id_][0] == who and amount:
                parts["Invoice", id_] = amount
                left -= amount
        lines = [({"Id": id_}, amount, kind) for (kind, id_), amount in parts.items()]
        body = receipt(self.customers[who], total, *lines)
        self.desk.change(self.current("Payment", payment), "Payment", Line=[])
        self.desk.change(
            self.current("Payment", payment), "Payment", Line=body.get("Line", []), TotalAmt=total
        )
        self.model.payments[payment] = [who, total, parts]

    @rule(invoice=invoices, amount=AMOUNTS)
    def reprice(self, invoice, amount):
        """Change an invoice's total, but never below what was paid."""
        who, _ = self.model.invoices[invoice]
        wanted = amount + self.model.applied("Invoice", invoice)
        lines = sale(self.customers[who], wanted)["Line"]
        self.desk.change(self.current("Invoice", invoice), "Invoice", Line=lines)
        self.model.invoices[invoice][1] = wanted

    @rule(invoice=invoices, amount=AMOUNTS)
    def pay_too_much(self, invoice, amount):
        who, _ = self.model.invoices[invoice]
        wanted = self.model.open("Invoice", invoice) + amount
        with pytest.raises(Refused) as caught:
            self.desk.payment(self.customers[who], wanted, ({"Id": invoice}, wanted))
        assert caught.value.code == "6000"

    @rule(invoice=invoices)
    def pay_for_another(self, invoice):
        who, _ = self.model.invoices[invoice]
        with pytest.raises(Refused) as caught:
            self.desk.payment(self.customers[1 - who], "0.01", ({"Id": invoice}, "0.01"))
        assert caught.value.code == "6000"

    @rule(invoice=consumes(invoices))
    def delete_invoice(self, invoice):
        self.desk.delete("Invoice", self.current("Invoice", invoice))
        self.model.forget("Invoice", invoice)
        del self.model.invoices[invoice]

    @rule(invoice=invoices)
    def void_invoice(self, invoice):
        self.desk.void("Invoice", self.current("Invoice", invoice))
        self.model.forget("Invoice", invoice)
        self.model.invoices[invoice][1] = Decimal(0)

    @rule(credit=consumes(memos))
    def delete_credit(self, credit):
        self.desk.delete("CreditMemo", self.current("CreditMemo", credit))
        self.model.forget("CreditMemo", credit)
        del self.model.credits[credit]

    @rule(payment=consumes(payments))
    def delete_payment(self, payment):
        self.desk.delete("Payment", self.current("Payment", payment))
        del self.model.payments[payment]

    @rule(payment=payments)
    def void_payment(self, payment):
        self.desk.void("Payment", self.current("Payment", payment))
        self.model.payments[payment][1:] = [Decimal(0), {}]

    @invariant()
    def balances_agree(self):
        if not hasattr(self, "model"):
            return
        shown = {each["Id"]: each for each in self.desk.all("Invoice")}
        assert shown.keys() == self.model.invoices.keys()
        for id_, (_, total) in self.model.invoices.items():
            assert shown[id_]["TotalAmt"] == total
            assert shown[id_]["Balance"] == self.model.open("Invoice", id_)
            assert links(shown[id_]) == self.payers("Invoice", id_)
        memos = {each["Id"]: each for each in self.desk.all("CreditMemo")}
        assert memos.keys() == self.model.credits.keys()
        for id_ in self.model.credits:
            left = self.model.open("CreditMemo", id_)
            assert memos[id_]["RemainingCredit"] == memos[id_]["Balance"] == left

    def payers(self, kind, id_):
        return {p for p, (_, _, parts) in self.model.payments.items() if (kind, id_) in parts}

    @invariant()
    def payments_agree(self):
        if not hasattr(self, "model"):
            return
        shown = {each["Id"]: each for each in self.desk.all("Payment")}
        assert shown.keys() == self.model.payments.keys()
        for id_, (_, total, parts) in self.model.payments.items():
            assert shown[id_]["TotalAmt"] == total
            assert shown[id_]["UnappliedAmt"] == self.model.unapplied(id_)
            assert lines(shown[id_]) == parts

    @invariant()
    def accounts_agree(self):
        if not hasattr(self, "model"):
            return
        for who, customer in enumerate(self.customers):
            assert self.current("Customer", customer["Id"])["Balance"] == self.model.owed(who)
        received = sum((p[1] for p in self.model.payments.values()), Decimal(0))
        assert self.current("Account", "4")["CurrentBalance"] == received
        owed = self.model.owed(0) + self.model.owed(1)
        assert self.current("Account", "84")["CurrentBalance"] == owed


def links(document):
    return {each["TxnId"] for each in document.get("LinkedTxn", [])}


def lines(payment):
    return {
        (line["LinkedTxn"][0]["TxnType"], line["LinkedTxn"][0]["TxnId"]): line["Amount"]
        for line in payment["Line"]
    }


SalesLedger.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, print_blob=True
)
test_balances_links_and_amounts_never_disagree = SalesLedger.TestCase
