"""Fill a database with everything that can be half done, and keep it as it stands.

It ran on commit df1c563, whose modules it names; it is kept to show what the dumps hold. To make
them anew, check that commit out beside this one, copy this file into its `tests/upgrade/`, and run
there, once with the address of an empty database of each engine in DATABASE_URL:

    python -m tests.upgrade.fill

It leaves in `tests/upgrade/kept/` the database, the simulator's ledger that belongs to it, and what
the pages of that release ask the database for.
"""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

KEPT = Path(__file__).with_name("kept")
KEY = "dXBncmFkZS10ZXN0LWtleS1vZi1rZXB0LWRhdGFiYXM="
PAGES = ["", "payment/", "invoice/", "syncrecord/", "exportrun/", "refunddiscrepancy/", "drift/",
         "customer/", "businessunit/"]  # fmt: skip


def main() -> None:
    from sync.simulator.server import Simulator

    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "ledger.sqlite3"
        with Simulator(state=state) as simulator:
            _set_up(simulator)
            fill(simulator)
            reads = read_pages()
        keep_database(reads)
        keep_ledger(state)


def _set_up(simulator) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "FIELD_ENCRYPTION_KEYS": KEY,
        "REDIS_URL": "",
        "QUICKBOOKS_ENVIRONMENT": "simulator",
        "QUICKBOOKS_API_URL": simulator.api_url,
        "QUICKBOOKS_DISCOVERY_URL": simulator.discovery_url,
        "QUICKBOOKS_SERVER_LIMIT": "600",
        "QUICKBOOKS_REQUESTS_PER_MINUTE": "0",
        "QUICKBOOKS_BATCHES_PER_MINUTE": "0",
        "QUICKBOOKS_REQUESTS_PER_SECOND": "0",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(simulator) -> None:
    from sync.connections.requests import ask
    from sync.connections.sessions import open_session
    from sync.discrepancies import drift, reviews, tieouts
    from sync.exports import asking, planner, runs
    from sync.exports.asking import Remedy
    from sync.exports.customers import proposing
    from sync.models import (
        BatchRequest,
        CompanyRequest,
        ExportRun,
        QuickBooksCompany,
        RefundReview,
        SyncRecord,
        WebhookEvent,
    )  # fmt: skip
    from sync.tasks import relay
    from tests.connected import connected_unit
    from tests.exports.conftest import Bookkeeper
    from tests.factories import (
        CustomerFactory,
        InvoiceFactory,
        PaymentFactory,
        RefundFactory,
        UserFactory,
    )

    unit = connected_unit(simulator)
    lee = UserFactory(username="lee", is_staff=True, is_superuser=True)
    company = unit.quickbooks_company_id
    bookkeeper = Bookkeeper(simulator, unit.quickbooks_company.realm_id)

    def invoice(number, *amounts, customer=None):
        customer = customer or CustomerFactory(business_unit=unit, display_name=f"Owner {number}")
        made = InvoiceFactory(
            business_unit=unit, customer=customer, number=number, subtotal=Decimal(sum(amounts))
        )
        return [PaymentFactory(invoice=made, amount=Decimal(amount)) for amount in amounts]

    def press(*numbers):
        for number in numbers:
            invoice(number, 100, 50)
        return runs.confirm(runs.prepare_ready(unit, lee), lee)

    def export(*numbers, fault=None, after=0):
        press(*numbers)
        if fault:
            simulator.fault(fault, match={"endpoint": "batch"}, after=after)
        go()

    def go():
        QuickBooksCompany.objects.update(paused_until=None)
        return relay(company)

    def record(number, kind="invoice"):
        return SyncRecord.objects.get(kind=kind, invoice__number=number)

    # In QuickBooks, with refunds: one reviewed, one open.
    export("WHOLE-1", "WHOLE-2", "CHANGED", "MOVED")
    refunds = [RefundFactory(payment=each) for each in record("WHOLE-1").invoice.payments.all()]
    reviews.review(refunds[0], lee, RefundReview.Status.NOT_NEEDED, "Paid back in kind")
    # Changed there: one is found by checking again and stops, one is a change after export.
    for number in ("CHANGED", "MOVED"):
        [there] = [d for d in bookkeeper.documents("Invoice") if d["DocNumber"] == number]
        bookkeeper.edit("Invoice", there, TxnDate="2026-05-09")
    asking.ask(Remedy.CHECK, [record("CHANGED").pk], lee)
    ask(unit.quickbooks_company, drift.KIND, net=True)
    go()
    # A number that is taken there.
    bookkeeper.bill(_customer(bookkeeper), "TAKEN", 5)
    export("TAKEN")
    # Nobody knows any more: it went six times in vain.
    export("SILENT", fault="refuse")
    BatchRequest.objects.filter(settled_at=None).update(attempts=6, look_after=_now())
    go()
    # Half exported, and then nothing was heard: what was sent is there, or is not.
    export("HALF-THERE", fault="lose", after=2)
    export("HALF-NOT", fault="refuse", after=2)
    export("ALL-THERE", fault="lose")
    # Planned, and never sent.
    QuickBooksCompany.objects.update(paused_until=_now(hours=1))
    runs.enqueue(press("PLANNED"))
    with open_session(company) as session:
        assert planner.plan_batches(session, 1)
    # Queued; queued in a run that is paused; a preview; and what is only ready.
    runs.enqueue(press("QUEUED-1", "QUEUED-2"))
    paused = press("PAUSED")
    runs.enqueue(paused)
    ExportRun.objects.filter(pk=paused.pk).update(
        state=ExportRun.State.PAUSED, state_detail="Three invoices in a row differ in QuickBooks."
    )
    invoice("PREVIEW", 100)
    runs.prepare_ready(unit, lee)
    invoice("READY", 100)
    # Asked and not served; told of and not looked at.
    tieouts.start(unit, _day("2026-05-01"), _day("2026-05-31"), lee)
    CompanyRequest.objects.create(
        company=unit.quickbooks_company, kind=proposing.KIND, state="waiting", requested_by=lee
    )
    moved = record("MOVED").qbo_id
    WebhookEvent.objects.create(
        company=unit.quickbooks_company, key="told", entity="Invoice", qbo_id=moved,
        operation="Update",
    )  # fmt: skip
    BatchRequest.objects.filter(settled_at=None).update(look_after=_now())
    BatchRequest.objects.filter(sent_at=None).update(look_after=None)
    QuickBooksCompany.objects.update(paused_until=None)
    simulator.clear_journal()


def _customer(bookkeeper):
    return bookkeeper.documents("Customer")[0]["Id"]


def _now(**later):
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() + timedelta(**later)


def _day(text):
    from datetime import date

    return date.fromisoformat(text)


def read_pages() -> list[str]:
    """Return what the pages of this release ask the database for."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="lee"))
    asked = []
    for page in PAGES:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/admin/sync/{page}" if page else "/admin/")
        assert answer.status_code == 200, (page, answer.status_code)
        asked += [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    return sorted(set(asked))


def keep_database(reads: list[str]) -> None:
    from django.db import connection

    connection.close()
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        dump = "\n".join(sqlite3.connect(name).iterdump())
    else:
        command = [
            "pg_dump",
            "--inserts",
            "--no-owner",
            "--no-privileges",
            os.environ["DATABASE_URL"],
        ]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # Lines for psql alone, which other clients do not know.
        dump = "\n".join(line for line in dumped.splitlines() if not line.startswith("\\"))
    keep("sql", dump)
    keep("reads.json", json.dumps(reads, indent=0))


def keep_ledger(state: Path) -> None:
    """Keep the one company that was filled; the simulator makes others by itself."""
    with sqlite3.connect(state) as ledger:
        for table in ("company", "document", "sequence"):
            ledger.execute(
                f"DELETE FROM ledger_{table} WHERE realm_id NOT IN"
                " (SELECT realm_id FROM ledger_answer)"
            )
    keep("ledger.sql", "\n".join(ledger.iterdump()))


def keep(what: str, text: str) -> None:
    from django.db import connection

    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{connection.vendor}.{what}.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(path, path.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()
