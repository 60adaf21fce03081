"""One upgrade of a kept database, in a process of its own, while it is used.

`python -m tests.upgrade.rehearsal READS` upgrades the database that DATABASE_URL names. READS is a
file with what the pages of the older release ask for: that goes on being asked, and a worker of the
new release is there too early and exports as soon as it can. Prints what stands afterwards as one
line of JSON.
"""

import json
import sys
import threading
from collections import Counter
from pathlib import Path

import django

PAGES = ["", "payment/", "invoice/", "syncrecord/", "exportrun/", "refunddiscrepancy/", "drift/",
         "customer/", "businessunit/"]  # fmt: skip
PATIENCE = 60.0


class Readers:
    """Ask what the older release's pages ask, over and over, until the upgrade is over."""

    def __init__(self, queries: list[str]) -> None:
        self.rounds = 0
        self.errors: list[str] = []
        self.has_begun = threading.Event()
        self.is_over = threading.Event()
        self._queries = queries
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> "Readers":
        self._thread.start()
        assert self.has_begun.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._thread.join()

    def _read(self) -> None:
        from django.db import DatabaseError, connection

        with connection.cursor() as cursor:
            # One whole round more when it is over: the older release still runs then.
            while not self.errors:
                last = self.is_over.is_set()
                for query in self._queries:
                    try:
                        cursor.execute(query.replace("%", "%%"), ())
                        cursor.fetchall()
                    except DatabaseError as error:
                        self.errors.append(f"{error}: {query}"[:500])
                self.rounds += 1
                self.has_begun.set()
                if last:
                    break
        connection.close()


class Exporter:
    """A worker of the new release that was started too early: it waits, and then it exports."""

    def __init__(self, company_id: int) -> None:
        self.waited = 0
        self.errors: list[str] = []
        self.has_tried = threading.Event()
        self.may_stop = threading.Event()
        self._company_id = company_id
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Exporter":
        self._thread.start()
        assert self.has_tried.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.may_stop.set()
        self._thread.join()

    def _work(self) -> None:
        from django.db import DatabaseError, connection

        from sync import tasks
        from sync.operations import facts

        while not facts.schema().is_well:
            self.waited += 1
            self.has_tried.set()
            self.may_stop.wait(0.05)
        try:
            tasks.relay(self._company_id)
        except DatabaseError as error:
            self.errors.append(str(error))
        connection.close()


def rehearse(queries: list[str]) -> dict[str, object]:
    """Upgrade, come to rest, and say what stands."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM sync_quickbookscompany")
        [(company_id,)] = cursor.fetchall()
    with Readers(queries) as readers, Exporter(company_id) as exporter:
        call_command("migrate", verbosity=0)
        call_command("check", databases=["default"], fail_level="WARNING")
    come_to_rest(company_id)
    call_command("prove_sums")
    return {
        "rounds": readers.rounds,
        "errors": readers.errors + exporter.errors,
        "waited": exporter.waited,
        "pages": read_pages(),
        **what_stands(),
    }


def come_to_rest(company_id: int) -> None:
    """Let everything be done that can be done without a person."""
    from sync import tasks
    from sync.exports.delivery.due_work import has_work
    from sync.exports.delivery.relay import drain
    from sync.models import ExportRun

    for run in ExportRun.objects.filter(state=ExportRun.State.RUNNING):
        drain(run, tasks.HANDLERS)
    while has_work(company_id, tasks.HANDLERS):
        tasks.relay(company_id)


def read_pages() -> dict[str, int]:
    """Return how the pages of the new release answer: they read what the older one wrote."""
    from django.test import Client

    from accounts.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="lee"))
    return {
        page: client.get(f"/admin/sync/{page}" if page else "/admin/").status_code for page in PAGES
    }


def what_stands() -> dict[str, object]:
    """Return the state of every document, by the number of its invoice, and what is unfinished."""
    from sync.models import BatchRequest, CompanyRequest, SyncRecord, UnitSetup

    invoices = SyncRecord.objects.filter(kind="invoice").values_list("invoice__number", "state")
    customers = SyncRecord.objects.filter(kind="customer").values_list("state", flat=True)
    payments = SyncRecord.objects.filter(kind="payment").values_list(
        "payment__invoice__number", "state"
    )
    return {
        "invoices": dict(sorted(invoices)),
        "payments": dict(Counter("/".join(each) for each in payments)),
        "customers": dict(Counter(customers)),
        "unsettled": BatchRequest.objects.filter(settled_at=None).count(),
        "books": list(UnitSetup.objects.values_list("books", flat=True)),
        "asked": sorted(set(CompanyRequest.objects.values_list("kind", "state", "error"))),
        "records": [
            [each.kind, each.qbo_id, each.marker, str(each.exported_total)]
            for each in SyncRecord.objects.exclude(qbo_id="").order_by("pk")
        ],
        "evidence": SyncRecord.objects.exclude(written_digest="").exclude(qbo_id="").count(),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(rehearse(json.loads(Path(sys.argv[1]).read_text()))))
