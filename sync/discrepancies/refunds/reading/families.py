"""Who belongs together in QuickBooks: a customer, those above and below, and who was merged."""

from collections.abc import Iterable, Mapping


class Families:
    """Customers' ids there, put together; the name of a family is one of its ids."""

    def __init__(self, parents: Mapping[str, str]) -> None:
        self._lead: dict[str, str] = {}
        for customer, parent in parents.items():
            if parent:
                self.join([customer, parent])

    def join(self, customers: Iterable[str]) -> None:
        """Put customers into one family."""
        names = [self.of(customer) for customer in customers if customer]
        for name in names[1:]:
            self._lead[name] = names[0]
            names[0] = self.of(names[0])

    def of(self, customer: str) -> str:
        """Return the family's name; somebody unknown is a family of their own."""
        path = []
        while (above := self._lead.get(customer, customer)) != customer:
            path.append(customer)
            customer = above
        for each in path:
            self._lead[each] = customer
        return customer
