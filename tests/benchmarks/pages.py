"""`make pages`: what every page weighs and costs, in one table, against its limits.

The pages come from the resolver, each standing where it has the most to say (tests/attack/), beside
10,000 payments of 50 units; PAYMENTS=n and UNITS=m say otherwise, DB=postgres takes another
database. They are asked for by an administrator of every unit, or else by a superuser. kB are of
HTML and of a first view (with styles, scripts and fonts), compressed as they are sent; the time is
the server's own, the median of five.
"""

import gzip
import logging
import os
import statistics
import sys
import time
from dataclasses import dataclass
from importlib import import_module

from config.check_deploy import PRODUCTION
from tests.benchmarks import stage

NOBODY = "http://127.0.0.1:9"  # answers at once that nobody is there
REPEATS = 5
PACKED = {"HTTP_ACCEPT_ENCODING": "gzip"}
MOST_MS = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one page weighs, in bytes, and costs."""

    html: int
    first_view: int
    queries: int
    ms: int

    @property
    def is_good(self):
        from tests.weighing import MOST_FIRST_VIEW, MOST_PAGE, MOST_QUERIES

        limits = (MOST_PAGE, MOST_FIRST_VIEW, MOST_QUERIES, MOST_MS)
        costs = (self.html, self.first_view, self.queries, self.ms)
        return all(cost <= limit for cost, limit in zip(costs, limits, strict=True))


def main():
    """Measure every page; return 1 where one is beyond a limit."""
    os.environ |= {f"QUICKBOOKS_{name}_URL": NOBODY for name in ("DISCOVERY", "API")}
    os.environ["VONIGO_URL"] = NOBODY
    with stage.product():
        costs = measured(
            int(os.environ.get("PAYMENTS") or 10_000), int(os.environ.get("UNITS") or 50)
        )
    from tests.weighing import MOST_QUERIES

    say = sys.stdout.write
    say(f"\n{len(costs)} pages, limits:{'':28}{100:>9}{400:>14}{MOST_QUERIES:>9}{MOST_MS:>7}\n")
    say(f"{'':49}{'kB HTML':>9}{'kB first view':>14}{'queries':>9}{'ms':>7}\n")
    for address, cost in sorted(costs.items(), key=lambda row: (-row[1].ms, row[0])):
        told = (
            f"{cost.html / 1000:>9.1f}{cost.first_view / 1000:>14.1f}{cost.queries:>9}{cost.ms:>7}"
        )
        say(f"{address[:48]:49}{told}{'' if cost.is_good else '  BAD'}\n")
    return 0 if all(cost.is_good for cost in costs.values()) else 1


def measured(payments, units):
    """Fill a fresh database and return the cost of each page by its address."""
    from django.core.management import call_command
    from django.test import Client

    from tests.attack.pages import shown_to

    call_command("collectstatic", interactive=False, verbosity=0)
    logging.disable(logging.CRITICAL)  # of addresses that are no pages
    import_module("config.wsgi")  # what the web server does when it starts
    target, users = filled(payments, units)
    people = {}
    for user in users:
        client = Client(SERVER_NAME=PRODUCTION["ALLOWED_HOSTS"])
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        people[user.username] = client
    return {
        address: cost_of(people[kind], address)
        for address, kind in shown_to(people, target).items()
    }


def filled(payments, units):
    """Write many units, and one with all that there can be; return it, and who is to look."""
    from accounts.models import Role
    from tests import factories
    from tests.attack import conftest, world
    from tests.attack.pages import Target
    from tests.benchmarks.scale.filling import fill

    made = fill(payments, units)
    company = factories.QuickBooksCompanyFactory(name="Riverside LLC")
    unit = factories.BusinessUnitFactory(
        code="riverside", name="Riverside", quickbooks_company=company
    )
    for mapping in (factories.ItemMappingFactory, factories.MethodMappingFactory):
        mapping(company=company)
    for taxable in (True, False):
        factories.TaxMappingFactory(company=company, taxable=taxable)
    world.of_the_company(unit)
    world.of_the_unit(unit, conftest.fully_paid(unit, "A-1042"), conftest.colleague(unit))
    owner = factories.UserFactory(username="owner")
    for each in (unit, *made):
        factories.MembershipFactory(user=owner, business_unit=each, role=Role.ADMINISTRATOR)
    return Target("own", unit), (owner, factories.UserFactory(username="root", is_superuser=True))


def cost_of(client, address):
    """Ask for a page: for what is found only once, to count, and then by the clock."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.weighing import fetched

    client.get(address, **PACKED)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address, **PACKED)
        queries = len(captured)
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        client.get(address, **PACKED)
        spent.append(time.perf_counter() - began)
    files = fetched(gzip.decompress(answer.content).decode())
    html = len(answer.content)
    ms = round(statistics.median(spent) * 1000)
    return Cost(html, html + sum(files.values()), queries, ms)


if __name__ == "__main__":
    sys.exit(main())
