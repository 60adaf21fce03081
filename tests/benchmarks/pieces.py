"""The pieces of the benchmark: each takes at most eight minutes and gives its figures.

A piece runs in a process of its own, because a process is one product on one database.
"""

import json
import subprocess
import sys
import time

from tests.benchmarks import books, product, stage
from tests.benchmarks.stage import BATCH_LANE, BOTH_LANES, UNLIMITED

CLIENT_SECONDS = 75
CLIENTS = ("naive", "kept", "fresh")
SUSTAINED_SECONDS = 300
STORM_DOCUMENTS = 1050
WARM_DOCUMENTS = 70
STORM = {"lose": 0.1}
# Waits of a storm, 1:60.
SCALED = {
    "QUICKBOOKS_SERVER_LIMIT": "2",
    "QUICKBOOKS_SEND_DEADLINE": "1.5",
    "QUICKBOOKS_LEASE": "2",
    "QUICKBOOKS_RETRY_PAUSE": "0.2",
    "QUICKBOOKS_THROTTLE_PAUSE": "1",
}
GROWTH = (1000, 5000, 30_000)
KEPT_SIZE = 5000
COMPANIES = 10
COMPANIES_SECONDS = 180
FIFTH = {  # of Intuit's limits, and of our pace under them
    "per_minute": 100,
    "per_second_app": 2,
    "concurrent_app": 2,
    "batches_per_minute_app": 8,
    "batches_per_minute": 24,
}
FIFTH_PACE = {
    "QUICKBOOKS_REQUESTS_PER_MINUTE": "98",
    "QUICKBOOKS_BATCHES_PER_MINUTE": "7.8",
    "QUICKBOOKS_REQUESTS_PER_SECOND": "1.8",
    "QUICKBOOKS_REQUESTS_AT_ONCE": "2",
}
SINGLE_PRESSES = 14
SINGLE_EVERY = 20


def simulator():
    """How fast the simulator is, so that it never is the bottleneck."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulator.benchmark"],
        cwd=stage.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return {"good": done.returncode == 0, "lines": done.stdout.splitlines()}


def client(running, realm_id, name, unit, *, seconds=3600.0, most=-1, pause=60.0):
    """Run one of the clients for comparison as a process of its own; give its report."""
    tokens = running.grant(realm_id)
    access = {
        "realm_id": realm_id,
        "refresh_token": tokens["refresh_token"],
        "discovery_url": running.discovery_url,
        "api_url": running.api_url,
        "client_id": tokens["client_id"],
        "client_secret": tokens["client_secret"],
        "pause": pause,
    }
    given = {"name": name, "access": access, "unit": unit, "seconds": seconds, "most": most}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.clients"],
        cwd=stage.ROOT,
        input=json.dumps(given).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(done.stdout)
    report["asked"] = {tuple(pair) for pair in report["asked"]}
    report["recorded"] = {tuple(pair) for pair in report["recorded"]}
    return report


def clients():
    """Pace and cost of the three clients, a sample of each, under the published limits."""
    found = {}
    with stage.simulator() as running, stage.installed(running):
        from tests.benchmarks import results

        results.create_table()
        product.seed(product.connected_unit(running, "sample"), 3000)
        for name in CLIENTS:
            realm_id = running.create_company(variant="us", name=f"{name} LLC")
            running.clear_journal()
            results.forget()
            report = client(running, realm_id, name, "sample", seconds=CLIENT_SECONDS + 5)
            pace = books.pace(books.entries(running, realm_id), CLIENT_SECONDS)
            cost = 1000 * report["processor_seconds"] / len(report["recorded"])
            found[name] = pace | {
                "per_thousand": cost,
                "peak_mib": report["peak_mib"],
                "waits": report["waits"],
            }
    return found


def _ceiling(lanes, documents):
    """Give pace and cost; documents are hardly more than the limits let go in that time.

    Otherwise pressing and queueing would be counted for many that are not written in it.
    """
    with stage.simulator() as running, stage.installed(running):
        unit = product.connected_unit(running, "sustained")
        product.seed(unit, documents)
        running.clear_journal()
        return product.sustained(running, unit, lanes, SUSTAINED_SECONDS)


def batch():
    """Pace and cost of the product with the batch lane alone, sustained, published limits."""
    return _ceiling(BATCH_LANE, 6100)


def both():
    """Pace and cost of the product with both lanes, sustained, published limits."""
    return _ceiling(BOTH_LANES, 8300)


def storm():
    """Documents duplicated and lost where answers get lost after the document was written."""
    found = {}
    quick = stage.simulator(limits="off", latency=False, server_limit_seconds=2)
    with quick as running, stage.installed(running):
        from tests.benchmarks import results

        results.create_table()
        units = {lane: product.connected_unit(running, lane) for lane in ("batch", "both")}
        product.seed(units["batch"], STORM_DOCUMENTS)
        for name in CLIENTS:
            realm_id = running.create_company(variant="us", name=f"{name} LLC")
            results.forget()
            running.storm(1, STORM, match={"write": True, "realm_id": realm_id})
            report = client(running, realm_id, name, "batch", pause=1.0)
            asked, recorded = report["asked"], report["recorded"]
            found[name] = books.duplicated_and_lost(running, realm_id, asked, recorded)
        product.seed(units["both"], STORM_DOCUMENTS)
        for lane, lanes in (("batch", BATCH_LANE), ("both", BOTH_LANES)):
            realm_id = units[lane].quickbooks_company.realm_id
            running.storm(1, STORM, match={"write": True, "realm_id": realm_id})
            found[lane] = product.in_storm(running, units[lane], lanes | UNLIMITED | SCALED)
    return found


def growth():
    """Processor time and memory of the product at three sizes, and of client (b), no limits."""
    found = {}
    with stage.simulator(limits="off", latency=False) as running, stage.installed(running):
        from tests.benchmarks import results

        results.create_table()
        for size in GROWTH:
            warm = product.connected_unit(running, f"warm-{size}")
            product.seed(warm, WARM_DOCUMENTS)
            unit = product.connected_unit(running, f"growth-{size}")
            began = time.monotonic()
            product.seed(unit, size)
            seeding = time.monotonic() - began
            found[str(size)] = product.whole_run(warm, unit, BATCH_LANE | UNLIMITED)
            found[str(size)]["seeding_seconds"] = seeding
            if size == KEPT_SIZE:
                realm_id = running.create_company(variant="us", name="Kept LLC")
                report = client(running, realm_id, "kept", unit.code, most=size)
                cost = 1000 * report["processor_seconds"] / len(report["recorded"])
                found["kept"] = {"per_thousand": cost, "peak_mib": report["peak_mib"]}
    return found


def companies():
    """Pace of one company alone and of ten at once, every limit scaled to one fifth."""
    with stage.simulator() as running, stage.installed(running):
        documents = 300 * COMPANIES_SECONDS // 60 + 600
        alone = product.connected_unit(running, "alone")
        units = [product.connected_unit(running, f"unit-{n}") for n in range(COMPANIES)]
        for unit in (alone, *units):
            product.seed(unit, documents)
        running.clear_journal()
        running.limits(**FIFTH)  # connecting was at full pace
        one = product.at_once(running, [alone], FIFTH_PACE, COMPANIES_SECONDS, COMPANIES)
        ten = product.at_once(running, units, FIFTH_PACE, COMPANIES_SECONDS, COMPANIES)
    return {"one": one, "ten": ten}


def single():
    """Seconds from a press to QuickBooks for single exports during a run of 30,000 documents."""
    with stage.simulator() as running, stage.installed(running):
        unit = product.connected_unit(running, "busy")
        product.seed(unit, 30_000)
        with stage.cluster(2, BATCH_LANE):
            found = product.pressed_singly(unit, SINGLE_PRESSES, SINGLE_EVERY)
        journal = books.entries(running, unit.quickbooks_company.realm_id)
        return found | books.pace(journal, SINGLE_PRESSES * SINGLE_EVERY)


PIECES = {
    piece.__name__: piece
    for piece in (simulator, clients, batch, both, storm, growth, companies, single)
}
