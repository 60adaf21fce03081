"""`make press`: how soon one press is in QuickBooks while many companies export on two workers.

COMPANIES=n (50), PRESSES=n (6), INVOICES=n of each company (60). Exit status 1 where one took
longer than 15 seconds.
"""

import os
import shutil
import sys
import time
from contextlib import ExitStack
from typing import Any

from sync.management.commands.simulator import NOT_YET_STRICT
from sync.simulator.server import Simulator
from tests.chaos import databases
from tests.chaos.plan import VAR
from tests.stalls.site import Part, wait_until

AT_MOST = 15.0
COMPANIES = int(os.environ.get("COMPANIES") or 50)
PRESSES = int(os.environ.get("PRESSES") or 6)
INVOICES = int(os.environ.get("INVOICES") or 60)


def set_up_django(url: str, simulator: Simulator) -> None:
    """Set what this process and the workers read: the published limits, and Intuit's own times."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "REDIS_URL": os.environ.get("REDIS_URL") or "",
        "WORKERS": "2",
        "LOG_LEVEL": "WARNING",
        "QUICKBOOKS_ENVIRONMENT": "simulator",
        "QUICKBOOKS_API_URL": simulator.api_url,
        "QUICKBOOKS_DISCOVERY_URL": simulator.discovery_url,
    }
    import django

    django.setup()


def connected(simulator: Simulator, number: int) -> Any:
    """Return a unit with a company of its own and invoices to export, the last of them single."""
    from django.core.management import call_command

    from sync.models import BusinessUnit
    from tests.exports.delivery.test_volume import make_paid_invoices

    code = f"branch-{number}"
    unit = BusinessUnit.objects.create(code=code, name=code, export_start_date="2026-01-01")
    make_paid_invoices(unit, INVOICES)
    realm = simulator.create_company(variant="us", name=f"{code} LLC")
    call_command("connect_simulator", code, realm=realm, verbosity=0)
    unit.refresh_from_db()
    return unit


def press_one(unit: Any) -> float | None:
    """Enter one more paid invoice, press its button; return when it is in QuickBooks."""
    from sync.exports.runs import runs
    from sync.exports.runs.drafts import prepare
    from sync.models import Customer, Invoice, InvoiceLine, Payment, SyncRecord

    customer = Customer.objects.create(
        business_unit=unit, external_id="PRESSED", display_name=f"Pressed in {unit.code}"
    )
    about = {"business_unit": unit, "customer": customer, "currency": "USD"}
    invoice = Invoice.objects.create(
        **about, number="PRESSED", issued_on="2026-05-04", subtotal=50, total=50
    )
    line = {"service": "Lawn care", "unit_price": 50, "amount": 50}
    InvoiceLine.objects.create(invoice=invoice, **line)
    payment = Payment.objects.create(
        **about, invoice=invoice, amount=50, method="Check", received_on="2026-05-05"
    )
    [run] = prepare([payment.pk], None, is_single=True)
    runs.confirm(run, None)
    there = SyncRecord.objects.filter(payment=payment, state=SyncRecord.State.EXPORTED)
    return wait_until(there.exists, AT_MOST * 6)


def main() -> int:
    """Do it all; return the exit status."""
    folder = VAR / f"press-{os.getpid()}"
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        simulator = stack.enter_context(
            Simulator(
                state=folder / "simulator.sqlite3", subprocess=True, switches=NOT_YET_STRICT,
                latency_ms=150, item_latency_ms=40,
            )
        )  # fmt: skip
        url = stack.enter_context(databases.fresh("postgres", "press", folder))
        set_up_django(url, simulator)
        began = time.monotonic()
        units = [connected(simulator, number) for number in range(COMPANIES)]
        print(f"{COMPANIES} companies connected in {time.monotonic() - began:.0f} s", flush=True)
        took = _pressed_meanwhile(folder, units, stack)
        from django.db import connections

        connections.close_all()
    shutil.rmtree(folder, ignore_errors=True)
    return int(any(seconds is None or seconds > AT_MOST for seconds in took))


def _pressed_meanwhile(folder: Any, units: list[Any], stack: ExitStack) -> list[float | None]:
    from sync.exports.runs import runs
    from sync.exports.runs.drafts import prepare_ready
    from sync.models import ExportRun, SyncRecord

    for unit in units:
        runs.confirm(prepare_ready(unit, None), None)
    part = Part("worker", [sys.executable, "manage.py", "worker"], folder)
    stack.callback(part.kill_all)
    gone = SyncRecord.objects.filter(state=SyncRecord.State.EXPORTED)
    assert wait_until(lambda: gone.count() > 100, 120) is not None, "nothing is exported"
    took = []
    for number in range(PRESSES):
        seconds = press_one(units[-1 - number * (len(units) // PRESSES)])
        took.append(seconds)
        exporting = ExportRun.objects.filter(state=ExportRun.State.RUNNING, is_single=False).count()
        shown = "not at all" if seconds is None else f"after {seconds:4.1f} s"
        print(
            f"press {number + 1}: in QuickBooks {shown}; {exporting} companies export", flush=True
        )
    return took


if __name__ == "__main__":
    sys.exit(main())
