"""The pages that are measured, and how: the server's own time, through Django, database and all."""

import statistics
import time

from django.db import connection
from django.test.utils import CaptureQueriesContext

PAYMENTS = "/admin/sync/payment/"
MOST, REPEATS = 4.0, 11
PAGES = {
    "home": "/admin/",
    "payments, ready": PAYMENTS,
    "not ready": f"{PAYMENTS}?status=not-ready",
    "queued": f"{PAYMENTS}?status=queued",
    "exported": f"{PAYMENTS}?status=exported",
    "problems": f"{PAYMENTS}?status=problems",
    "do not export": f"{PAYMENTS}?status=held",
    "all": f"{PAYMENTS}?status=all",
    "all, page 150": f"{PAYMENTS}?status=all&p=150",
    "ready of one unit": f"{PAYMENTS}?unit={{unit}}",
    "all of one unit": f"{PAYMENTS}?status=all&unit={{unit}}",
    "by method": f"{PAYMENTS}?status=all&method=Check",
    "search by number": f"{PAYMENTS}?status=all&q={{number}}",
    "search by name": f"{PAYMENTS}?status=all&q=indqvist+{{customer}}",
    "search a common name": f"{PAYMENTS}?status=all&q=jensen",
    "one payment": f"{PAYMENTS}{{payment}}/change/",
    "invoices": "/admin/sync/invoice/",
    "customers": "/admin/sync/customer/",
    "refunds": "/admin/sync/refund/",
    "exports": "/admin/sync/exportrun/",
    "documents": "/admin/sync/syncrecord/",
    "refunds to adjust": "/admin/sync/refunddiscrepancy/",
}
OF_ONE_UNIT = {
    "payments, for one unit only": PAYMENTS,
    "home, for one unit only": "/admin/",
}


def measured(client, path):
    """Return a page's median and best time and its processor time, in milliseconds, and queries.

    The processor's is the median of this process alone, with SQLite in it, PostgreSQL not: on a
    machine with other work the clock says little.
    """
    client.get(path)  # what units lack is found once
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
        queries = len(captured)
    assert answer.status_code == 200, (path, answer.status_code)
    spent, worked = [], []
    while len(spent) < REPEATS and (not spent or sum(spent) < MOST):
        began, at_work = time.perf_counter(), time.process_time()
        client.get(path)
        spent.append(time.perf_counter() - began)
        worked.append(time.process_time() - at_work)
    median, best, processor = statistics.median(spent), min(spent), statistics.median(worked)
    return round(median * 1000), round(best * 1000), queries, round(processor * 1000)
