"""`make report`: the server's time to open the report of refunds, with many of them.

REFUNDS=n (50,000) refunds among four times as many exported payments, committed to a database of
its own, with the statistics that autovacuum would have gathered. DB=postgres or sqlite; both where
it is not said. The time is that of the whole request through Django, database and page included;
the processor's share is this process's (on PostgreSQL, without the server's). EXPLAIN=1 adds the
slowest queries with their plans.
"""

import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import import_module

from config.check_deploy import PRODUCTION
from tests.benchmarks import stage

LIST = "/admin/sync/refunddiscrepancy/"
REFUNDED = {
    "sync_payment": "SELECT payment_id FROM sync_refund",
    "sync_invoice": "SELECT invoice_id FROM sync_payment WHERE refunded_total > 0",
}
TARGET, REQUESTS = 0.3, 11
PAGES = {
    "as it opens": LIST,
    "all statuses": f"{LIST}?status=all",
    "one unit": f"{LIST}?unit={{unit}}",
    "oldest age": f"{LIST}?age=older",
    "last page": f"{LIST}?p={{last}}",
}


def measured(client, path):
    """Return the median, the best and the processor's median time of a page, after a warm-up."""
    assert client.get(path).status_code == 200
    spent, worked = [], []
    for _ in range(REQUESTS):
        began, cpu = time.perf_counter(), time.process_time()
        client.get(path)
        spent.append(time.perf_counter() - began)
        worked.append(time.process_time() - cpu)
    return statistics.median(spent), min(spent), statistics.median(worked)


@contextmanager
def _sums_at_once():
    """Compute stored sums when all is written: by triggers, row by row, it takes minutes."""
    from django.db import connection

    from sync.models import triggers

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            for name in triggers.definitions("sqlite"):
                cursor.execute(f"DROP TRIGGER {name}")
        yield
        cursor.execute("ANALYZE")
        for table, refunded in REFUNDED.items():
            value = triggers.computed(table, "refunded_total", table)
            cursor.execute(f"UPDATE {table} SET refunded_total = {value} WHERE id IN ({refunded})")
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
    triggers.install()
    assert triggers.wrong_sums() == {}


def explain(client, path):
    """Print the slowest queries of a page, with their plans."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    for query in sorted(queries, key=lambda each: -float(each["time"]))[:4]:
        sys.stdout.write(f"\n{float(query['time']) * 1000:.0f} ms: {query['sql'][:4000]}\n")
        how = "(ANALYZE, BUFFERS) " if connection.vendor == "postgresql" else "QUERY PLAN "
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {how}{query['sql'].replace('%', '%%')}", [])
            sys.stdout.write("\n".join(str(row[-1]) for row in cursor.fetchall()) + "\n")


def main():
    if "DB" not in os.environ:
        runs = [os.environ | {"DB": database} for database in ("sqlite", "postgres")]
        done = [
            subprocess.run([sys.executable, "-m", __spec__.name], env=run, check=False)
            for run in runs
        ]
        return max(each.returncode for each in done)
    with stage.product():
        return _measure(int(os.environ.get("REFUNDS") or 50_000))


def _measure(refunds):
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Role
    from tests.discrepancies.refunds.many_refunds import make_refunds
    from tests.factories import MembershipFactory, UserFactory

    person = UserFactory()
    with _sums_at_once():
        units = make_refunds(refunds, others=3 * refunds)
    for unit in units:
        MembershipFactory(user=person, business_unit=unit, role=Role.ACCOUNTANT)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    call_command("collectstatic", interactive=False, verbosity=0)
    import_module("config.wsgi")  # what the web server does when it starts
    client = Client(SERVER_NAME=PRODUCTION["ALLOWED_HOSTS"])
    client.force_login(person)
    slowest = 0.0
    for name, page in PAGES.items():
        path = page.format(unit=units[0].pk, last=min(refunds // 100, 199))
        median, best, cpu = measured(client, path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        slowest = max(slowest, median)
        sys.stdout.write(
            f"{connection.vendor}, {refunds:,} refunds, {name}: median {median * 1000:.0f} ms,"
            f" best {best * 1000:.0f}, processor {cpu * 1000:.0f}; {len(queries)} queries\n"
        )
        if os.environ.get("EXPLAIN"):
            explain(client, path)
    return 0 if slowest < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
