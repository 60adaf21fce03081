"""Names of customers in a QuickBooks company: tried one after the other until one is free."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from sync.models import Customer, QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import LONGEST_NAME, name_key

# So many numbered names are looked up at once.
_NUMBERS = 50


def chosen_name(customer: Customer) -> str:
    """Return the name that the customer is meant to have in QuickBooks."""
    return customer.quickbooks_name or customer.display_name


class CustomerNames:
    """The names of one company's customers; what is given here is taken for all that follow.

    `shown` are the names that a person was shown, by customer: they are tried first.
    """

    def __init__(self, company: QuickBooksCompany, shown: Mapping[str, str] | None = None) -> None:
        self._records = SyncRecord.objects.filter(company=company, kind=SyncRecord.Kind.CUSTOMER)
        self._shown = shown or {}
        self._given: dict[int, str] = {}
        self._looked_up: set[str] = set()
        self._holders: dict[str, int] = {}

    def of(self, customers: Iterable[Customer]) -> dict[int, str]:
        """Return each customer's name, by customer: the one it has there, or a free one."""
        asked = {customer.pk: customer for customer in customers}
        known = self._records.filter(customer__in=asked.keys() - self._given.keys())
        for pk, content in known.values_list("customer", "content"):
            self._give(pk or 0, content["display_name"])
        new = [customer for pk, customer in sorted(asked.items()) if pk not in self._given]
        self._look_up(name for customer in new for name in self._first_names(customer))
        for customer in new:
            self._give(customer.pk, self._free(customer))
        return {pk: self._given[pk] for pk in asked}

    def anew(self, customer: Customer) -> str:
        """Return the name a customer would get now, whatever it was given before."""
        self._give(customer.pk, self._free(customer))
        return self._given[customer.pk]

    def _give(self, customer_id: int, name: str) -> None:
        self._given[customer_id] = name
        self._holders[name_key(name)] = customer_id

    def _free(self, customer: Customer) -> str:
        for names in self._candidates(customer):
            self._look_up(names)
            for name in names:
                if self._holders.get(name_key(name), customer.pk) == customer.pk:
                    return name
        raise AssertionError("there is always one more number")

    def _candidates(self, customer: Customer) -> Iterator[list[str]]:
        yield self._first_names(customer)
        for start in count(2, _NUMBERS):
            yield [_with(customer, number) for number in range(start, start + _NUMBERS)]

    def _first_names(self, customer: Customer) -> list[str]:
        shown = self._shown.get(str(customer.pk))
        plain = [chosen_name(customer), _with(customer, customer.external_id or customer.pk)]
        return [shown, *plain] if shown else plain

    def _look_up(self, names: Iterable[str]) -> None:
        """Read who holds these names, where that was not read before."""
        keys = {name_key(name) for name in names} - self._looked_up - {""}
        self._looked_up |= keys
        if keys:
            held = self._records.filter(name_key__in=keys).exclude(name_key="")  # as the index says
            for key, pk in held.values_list("name_key", "customer"):
                self._holders.setdefault(key, pk or 0)


def _with(customer: Customer, number: object) -> str:
    return name_with(chosen_name(customer), number)


def name_with(name: str, more: object) -> str:
    """Return a name with what tells it from others behind it, cut so that QuickBooks takes it."""
    ending = f" ({more})"
    return name[: LONGEST_NAME - len(ending)].rstrip() + ending
