"""What a journal entry does to customers' books: only what no other reading of it allows.

Its lines are not paired, so each customer is given only what nobody else in it can have.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from sync.discrepancies.refunds.bookkeeping.accounts import Accounts, Role
from sync.discrepancies.refunds.bookkeeping.fields import (
    ZERO,
    Effect,
    Row,
    amount_of,
    lines_of,
    payee_of,
    ref,
)

Net = dict[str, Decimal]


class _Sums:
    """A journal entry's net amounts, debits positive: by role, and by customer where they count."""

    def __init__(self, row: Row, accounts: Accounts) -> None:
        self.by_role: dict[Role, Decimal] = defaultdict(Decimal)
        self.owed: Net = defaultdict(Decimal)
        self.sold: Net = defaultdict(Decimal)
        self.other_debits = self.other_credits = self.income = ZERO
        self.customers: set[str] = set()
        for line in lines_of(row):
            self._add(line.get("JournalEntryLineDetail") or {}, amount_of(line, "Amount"), accounts)
        if len(self.customers) == 1:  # nobody else can be meant
            (only,) = self.customers
            self.sold = defaultdict(Decimal, {only: sum(self.sold.values(), ZERO)})

    def _add(self, detail: Row, amount: Decimal, accounts: Accounts) -> None:
        customer = payee_of(detail, "Entity")
        self.customers |= {customer} - {""}
        signed = amount if detail.get("PostingType") == "Debit" else -amount
        role = accounts.role(ref(detail, "AccountRef"))
        self.by_role[role] += signed
        if role is Role.RECEIVABLE:
            self.owed[customer] += signed
        elif role in {Role.INCOME, Role.TAX}:
            self.sold[customer] += signed
            self.income += signed if role is Role.INCOME else ZERO
        elif role is Role.OTHER:
            self.other_debits += max(signed, ZERO)
            self.other_credits += max(-signed, ZERO)

    @property
    def paid(self) -> Decimal:
        """Return the money that went out."""
        return max(ZERO, -self.by_role[Role.MONEY])

    def debits(self, customer: str) -> Decimal:
        """Return what a customer was debited with: what is owed again, and sales given back."""
        return max(self.owed[customer], ZERO) + max(self.sold[customer], ZERO)

    def credits(self, customer: str) -> Decimal:
        """Return what a customer's account was credited with."""
        return max(-self.owed[customer], ZERO)


def journal_effects(row: Row, accounts: Accounts) -> Iterator[tuple[str, dict[Effect, Decimal]]]:
    """Yield each customer of a journal entry with the effects it has for them."""
    sums = _Sums(row, accounts)
    names = {*sums.owed, *sums.sold}
    debits = sum((sums.debits(name) for name in names), ZERO) + sums.other_debits
    credited = sum((sums.credits(name) for name in names), ZERO) + sums.other_credits + sums.paid
    for name in sorted(names):
        mine = sums.debits(name)
        payout = max(ZERO, min(sums.paid - (debits - mine), mine))
        owed_again = min(payout, max(sums.owed[name], ZERO))
        # What gives the sale back goes to the customer's account, or out to them.
        to_them = sums.credits(name) + payout
        given_back = max(sums.sold[name], ZERO) if sums.income > 0 else ZERO
        sale = max(ZERO, min(given_back - (credited - to_them), to_them, given_back))
        yield (
            name,
            {
                Effect.PAYOUT: payout,
                Effect.SALE_CREDIT: sale,
                Effect.RECEIVABLE_OPEN: owed_again,
            },
        )
