"""The names that our customers get in QuickBooks where it would refuse their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.exports.documents.customer_names import chosen_name
from sync.models import Customer, Party, QuickBooksCompany
from sync.quickbooks.documents import FittedName, fit_name, name_key, name_problem
from sync.words import stored

_HOLDERS = {
    Party.Kind.CUSTOMER: stored("The name is another customer's in QuickBooks."),
    Party.Kind.VENDOR: stored("The name is a vendor's in QuickBooks."),
    Party.Kind.EMPLOYEE: stored("The name is an employee's in QuickBooks."),
}


@dataclass(frozen=True, slots=True)
class Naming:
    """Why a name would be refused, and the one that the rule proposes, if it has one."""

    problem: str
    fitted: FittedName | None


def names_refused(company: QuickBooksCompany, customers: Sequence[Customer]) -> dict[int, Naming]:
    """Return which of these customers' names QuickBooks would refuse, by customer; one query."""
    holders = _holders(company, customers)
    found = {}
    for customer in customers:
        name = chosen_name(customer)
        if problem := why_refused(company, name, holders):
            fitted = fit_name(
                name,
                number_of(customer),
                lambda text: name_key(text) in holders,
                latin1_only=company.is_us,
            )
            found[customer.pk] = Naming(problem, fitted)
    return found


def why_refused(company: QuickBooksCompany, name: str, holders: dict[str, str]) -> str:
    """Say why QuickBooks would refuse a name; empty where it would not."""
    if problem := name_problem(name, latin1_only=company.is_us):
        return problem
    return holders.get(name_key(name), "")


def holders_of(company: QuickBooksCompany, names: Sequence[str]) -> dict[str, str]:
    """Return whose these names are in QuickBooks, by the key of the name."""
    parties = Party.objects.filter(company=company, name_key__in=set(map(name_key, names)))
    # What was made inactive has given its name free.
    return {name_key(party.name): _HOLDERS[Party.Kind(party.kind)] for party in parties}


def number_of(customer: Customer) -> str:
    """Return what tells the customer from others of the same name."""
    return customer.external_id or str(customer.pk)


def _holders(company: QuickBooksCompany, customers: Sequence[Customer]) -> dict[str, str]:
    """Return whose the names are that the rule would ask about."""
    asked = [chosen_name(customer) for customer in customers]

    def ask(text: str) -> bool:
        asked.append(text)
        return True

    for customer in customers:
        name = chosen_name(customer)
        fit_name(name, number_of(customer), ask, latin1_only=company.is_us)
    return holders_of(company, asked)
