"""`make stalls`: a table of what stops a site, how long work stood, and what was said meanwhile.

ONLY=words (a regular expression) picks rows; LIMIT=n shortens Intuit's limit (120), and with it
deadline and lease; FROZEN=n is how long a worker is frozen (180). Exit status 1 where work stood
longer than it may, or a ledger differs from ours.
"""

import os
import re
import shutil
import sys
import time
from contextlib import ExitStack
from typing import Any

from sync.management.commands.simulator import NOT_YET_STRICT
from sync.simulator.server import Simulator
from tests.chaos.plan import VAR
from tests.stalls.breaks import Break, breaks
from tests.stalls.disk import database
from tests.stalls.site import BATCHES, PASSWORD, Site, Watch, free_port, wait_until

AT_MOST = 30.0
LIMIT = float(os.environ.get("LIMIT") or 120)
FROZEN = float(os.environ.get("FROZEN") or 180)
INVOICES = int(os.environ.get("INVOICES") or 1500)
UNITS = ("riverside", "lakeside")


def set_up_django(url: str, simulator: Simulator, redis_port: int, web_url: str) -> None:
    """Set what this process and all parts of the site read."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "SITE_URL": web_url,
        "WORKERS": "1",
        "LOG_LEVEL": "WARNING",
        "QUICKBOOKS_ENVIRONMENT": "simulator",
        "QUICKBOOKS_API_URL": simulator.api_url,
        "QUICKBOOKS_DISCOVERY_URL": simulator.discovery_url,
        "QUICKBOOKS_SERVER_LIMIT": str(LIMIT),
        "QUICKBOOKS_SEND_DEADLINE": str(LIMIT * 0.75),
        "QUICKBOOKS_LEASE": str(LIMIT * 11 / 12),
        "QUICKBOOKS_BATCHES_PER_MINUTE": str(BATCHES),
    }
    import django

    django.setup()


def fill(simulator: Simulator) -> list[Any]:
    """Connect two units, each to a company of its own, with much to export; return the units."""
    from django.core.management import call_command

    from accounts.models import User
    from sync.models import BusinessUnit
    from tests.exports.delivery.test_volume import make_paid_invoices

    User.objects.create_superuser("boss", "boss@example.com", PASSWORD)
    units = []
    for code in UNITS:
        unit = BusinessUnit.objects.create(
            code=code, name=code.capitalize(), export_start_date="2026-01-01"
        )
        make_paid_invoices(unit, INVOICES)
        realm = simulator.create_company(variant="us", name=f"{code.capitalize()} LLC")
        call_command("connect_simulator", code, realm=realm, verbosity=0)
        unit.refresh_from_db()
        units.append(unit)
    return units


def press(units: list[Any]) -> list[Any]:
    """Export everything; return the runs."""
    from sync.exports.runs import runs
    from sync.exports.runs.drafts import prepare_ready

    return [runs.confirm(prepare_ready(unit, None), None) for unit in units]


def happen(site: Site, each: Break, realms: list[str], page: str) -> tuple[float | None, list[str]]:
    """Let one thing happen; return how long a company stood at most, and what was said."""
    with Watch(site, page) as watch:
        each.do(site, realms[0])
        before = site.arrived()
        patience = AT_MOST * 4 + (LIMIT * 2 if each.waits_for_intuit else 0)

        def goes_on() -> bool:
            now = site.arrived()
            return all(now[one] > before[one] or site.waits_for_pace(one) for one in realms)

        stood = wait_until(goes_on, patience)
        ready = wait_until(site.is_ready, AT_MOST * 3)
    said = [*watch.said, *([] if ready is not None else ["readyz never came back"])]
    return stood, said


def settle(site: Site, units: list[Any], runs: list[Any]) -> list[str]:
    """Wait until all is in QuickBooks, and compare; return what differs."""
    from django.db import connections

    from sync.models import ExportRun, Payment
    from tests.exports import ledger

    connections.close_all()  # it was cut as well

    def is_over() -> bool:
        states = ExportRun.objects.filter(pk__in=[run.pk for run in runs]).values_list("state")
        return set(states) == {(ExportRun.State.FINISHED,)}

    # What is left need not keep a pace.
    os.environ |= {"QUICKBOOKS_BATCHES_PER_MINUTE": "0", "QUICKBOOKS_REQUESTS_PER_MINUTE": "0"}
    for part in site.workers:
        part.process.terminate()
    if wait_until(is_over, LIMIT * 4 + 600) is None:
        return ["the exports did not end"]
    wrong = []
    for unit in units:
        try:
            ledger.assert_equal_to_ours(site.simulator, unit)
            there = len(ledger.payments(site.simulator, unit))
            assert there == Payment.objects.filter(business_unit=unit).count(), there
        except AssertionError as error:
            wrong.append(f"{unit}: {error}"[:300])
    return wrong


def main() -> int:
    """Do it all; return the exit status."""
    folder = VAR / f"stalls-{os.getpid()}"
    name = f"stalls_{os.getpid()}"
    failed = False
    with ExitStack() as stack:
        url, disk = stack.enter_context(database(name, folder / "disk"))
        simulator = stack.enter_context(
            Simulator(
                state=folder / "simulator.sqlite3", subprocess=True, switches=NOT_YET_STRICT,
                latency_ms=150, item_latency_ms=20, server_limit_seconds=LIMIT,
            )
        )  # fmt: skip
        site = Site(url, simulator, disk, folder)
        redis_port = free_port()
        set_up_django(url, simulator, redis_port, site.web_url)
        units = fill(simulator)
        site.start(redis_port)
        stack.callback(site.stop)
        assert wait_until(site.is_ready, 90) is not None, "the site did not start"
        site.sign_in("boss")
        pressed = press(units)
        realms = [unit.quickbooks_company.realm_id for unit in units]
        page = f"/admin/sync/exportrun/{pressed[0].pk}/progress/"
        only = os.environ.get("ONLY") or ""
        began = time.monotonic()
        for each in breaks(FROZEN, has_disk=disk is not None):
            if not re.search(only, each.name):
                continue
            assert wait_until(lambda: all(site.arrived().values()), 90) is not None
            stood, said = happen(site, each, realms, page)
            most = AT_MOST + (LIMIT * 2 if each.waits_for_intuit else 0)
            failed = failed or stood is None or stood > most
            shown = "never went on" if stood is None else f"{stood:6.1f} s (at most {most:.0f})"
            print(f"{each.name:34} {shown}", flush=True)
            for words in said:
                print(f"{'':34}   {words[:150]}", flush=True)
        began = time.monotonic()
        wrong = settle(site, units, pressed)
        seconds = time.monotonic() - began
        print(f"{'ledgers':34} {wrong or 'equal'} after {seconds:.0f} s")
        from django.db import connections

        connections.close_all()
    if not (failed or wrong):
        shutil.rmtree(folder, ignore_errors=True)
    return int(failed or bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
