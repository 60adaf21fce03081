"""Twins: the customers of its own that one has for further currencies, where people took them.

QuickBooks keeps a customer in one currency for good. A twin is a customer as any other, but that
its name and contact follow those of the customer that it is for.
"""

from collections.abc import Collection, Iterable

from sync.exports.documents.customer_names import name_with
from sync.models import Customer, Invoice, Payment
from sync.models.sql import update_each

CONTACT = (
    "given_name", "family_name", "company_name", "email", "phone", "address", "city", "region",
    "postal_code", "country",
)  # fmt: skip


class Owners:
    """Whose documents are, by their currency: a customer's, or its twin's; two queries at most."""

    def __init__(self, customer_ids: Collection[int]) -> None:
        known = Customer.objects.filter(pk__in=customer_ids, twin_of__isnull=False)
        self._bases: dict[int | None, int | None] = dict(known.values_list("pk", "twin_of"))
        rows = Customer.objects.filter(twin_of__in={*customer_ids, *self._bases.values()})
        self._twins = {
            (base, currency): pk
            for base, currency, pk in rows.values_list("twin_of", "twin_currency", "pk")
        }

    def of(
        self, customer_id: int | None, currency: str, stored: Invoice | Payment | None = None
    ) -> int | None:
        """Return who a document in this currency goes to, for one that names a customer.

        `stored` is the document as it stands, or the invoice that a payment is for: while its
        customer and currency are the same, it stays with whom it is, since it may have gone.
        """
        base = self._base(customer_id)
        if stored and stored.currency == currency and self._base(stored.customer_id) == base:
            return stored.customer_id
        return self._twins.get((base, currency), base)

    def _base(self, customer_id: int | None) -> int | None:
        return self._bases.get(customer_id, customer_id)


def owner_of(
    customer: Customer, currency: str, stored: Invoice | Payment | None = None
) -> Customer:
    """Return who one document goes to, as `Owners.of` does."""
    ids = {customer.pk} | ({stored.customer_id} if stored else set())
    pk = Owners(ids).of(customer.pk, currency, stored)
    return Customer.objects.get(pk=pk) if pk and pk != customer.pk else customer


def twin_for(customer: Customer, currency: str) -> Customer:
    """Return the twin of a customer for a currency, as it would be made; nothing is stored."""
    twin = Customer(
        business_unit_id=customer.business_unit_id, twin_of=customer, twin_currency=currency
    )
    if customer.quickbooks_name:
        twin.quickbooks_name = name_with(customer.quickbooks_name, currency)
    _take_after(twin, customer)
    return twin


def follow(customers: Iterable[Customer]) -> None:
    """Give the twins of customers that were changed the same name and contact."""
    by_pk: dict[int | None, Customer] = {customer.pk: customer for customer in customers}
    twins = list(Customer.objects.filter(twin_of__in=by_pk)) if by_pk else []
    for twin in twins:
        _take_after(twin, by_pk[twin.twin_of_id])
    update_each(twins, ["display_name", *CONTACT])


def _take_after(twin: Customer, customer: Customer) -> None:
    twin.display_name = name_with(customer.display_name, twin.twin_currency)
    for name in CONTACT:
        setattr(twin, name, getattr(customer, name))
