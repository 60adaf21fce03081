"""What an account is to a refund: by its type, never by its name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# A payout may leave from a clearing account too; other current assets hold no money.
_CLEARING = {"UndepositedFunds", "OtherCurrentAssets"}
_TAX = {"GlobalTaxPayable", "SalesTaxPayable", "GlobalTaxSuspense"}


class Role(StrEnum):
    """The part an account plays."""

    RECEIVABLE = "receivable"
    MONEY = "money"
    INCOME = "income"
    TAX = "tax"
    OTHER = "other"


_OF_TYPE = {
    "Accounts Receivable": Role.RECEIVABLE,
    "Bank": Role.MONEY,
    "Credit Card": Role.MONEY,
    "Income": Role.INCOME,
    "Other Income": Role.INCOME,
}


def role_of(kind: str, subtype: str) -> Role:
    """Return the role of an account of a type and subtype as QuickBooks names them."""
    if kind == "Other Current Asset" and subtype in _CLEARING:
        return Role.MONEY
    if kind == "Other Current Liability" and subtype in _TAX:
        return Role.TAX
    return _OF_TYPE.get(kind, Role.OTHER)


@dataclass(frozen=True, slots=True)
class Accounts:
    """A company's accounts by id, and the account that each product posts to."""

    roles: Mapping[str, Role]
    products: Mapping[str, str] = field(default_factory=dict)
    home_currency: str = "USD"

    def role(self, account: str) -> Role:
        """Return an account's role; what nobody knows plays none."""
        return self.roles.get(account, Role.OTHER)

    def product_role(self, product: str) -> Role:
        """Return the role of the account that a product posts to; without one it is a sale."""
        return self.role(self.products.get(product, "")) if product else Role.INCOME

    def unknown(self, accounts: Collection[str], products: Collection[str]) -> tuple[set[str], ...]:
        """Return which of the accounts and of the products were never read."""
        return set(accounts) - self.roles.keys(), set(products) - self.products.keys() - {""}
