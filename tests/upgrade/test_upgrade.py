"""A database of an older release is upgraded while it is used, and loses and doubles nothing."""

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet
from django.db import connection
from django.db.backends.sqlite3._functions import register
from django.utils import timezone

from sync.management.commands.simulator import NOT_YET_STRICT
from sync.simulator.server import Simulator
from tests.chaos.databases import PG_URL
from tests.upgrade.fill import KEPT, KEY

ROOT = Path(__file__).resolve().parents[2]
ENGINE = connection.vendor
# What nobody has to decide is in QuickBooks afterwards, or waits as it did.
INVOICES = {
    "ALL-THERE": "exported", "CHANGED": "mismatch", "HALF-NOT": "exported",
    "HALF-THERE": "exported", "MOVED": "exported", "PAUSED": "pending", "PLANNED": "exported",
    "QUEUED-1": "exported", "QUEUED-2": "exported", "SILENT": "pending", "TAKEN": "failed",
    "WHOLE-1": "exported", "WHOLE-2": "exported",
}  # fmt: skip
# All that was exported since: three invoices whole, ALL-THERE, and the payments of both halves.
EVIDENCE = 3 * 4 + 4 + 2 * 2
PAYMENTS = INVOICES | {"CHANGED": "exported", "TAKEN": "pending"}


def kept(what):
    """Return what was kept of the engine that the tests run on."""
    return gzip.decompress((KEPT / f"{ENGINE}.{what}.gz").read_bytes()).decode()


@contextmanager
def restored(folder, granted):
    """Yield the address of the kept database, with tokens that are good today."""
    cipher = Fernet(KEY)
    access, refresh = (
        cipher.encrypt(granted[name].encode()).decode()
        for name in ("access_token", "refresh_token")
    )
    ends = (timezone.now() + timedelta(hours=1)).isoformat(sep=" ")
    tokens = (
        f"UPDATE sync_quickbookscompany SET access_token = '{access}',"
        f" access_token_expires_at = '{ends}', refresh_token = '{refresh}',"
        f" refresh_token_expires_at = '{ends}', refresh_token_hard_expires_at = '{ends}'"
    )
    if ENGINE == "sqlite":
        with sqlite3.connect(folder / "kept.sqlite3") as database:
            register(database)  # its check constraints call Django's functions
            database.executescript(kept("sql"))
            database.execute(tokens)
        database.close()
        yield f"sqlite:///{folder / 'kept.sqlite3'}"
        return
    name = f"upgrade_{os.getpid()}"
    url = f"{PG_URL.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(PG_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(url) as database:
                database.execute(kept("sql"))
                database.execute(tokens.replace("UPDATE ", "UPDATE public."))
            yield url
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def simulator(folder):
    """Run a simulator with the ledger that belongs to the kept database."""
    with sqlite3.connect(folder / "ledger.sqlite3") as ledger:
        ledger.executescript(kept("ledger.sql"))
    [(realm,)] = ledger.execute("SELECT DISTINCT realm_id FROM ledger_answer").fetchall()
    ledger.close()
    with Simulator(state=folder / "ledger.sqlite3", switches=NOT_YET_STRICT) as running:
        running.switch(requestid="ignored")  # only looking keeps what was in flight from doubling
        yield running, realm


def rehearse(url, running, folder):
    """Upgrade in a process of its own; return what stands."""
    reads = folder / "reads.json"
    reads.write_text(kept("reads.json"))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "LOG_LEVEL": "ERROR",
        "FIELD_ENCRYPTION_KEYS": KEY,
        "QUICKBOOKS_ENVIRONMENT": "simulator",
        "QUICKBOOKS_API_URL": running.api_url,
        "QUICKBOOKS_DISCOVERY_URL": running.discovery_url,
        "QUICKBOOKS_SERVER_LIMIT": "0.3",
        "QUICKBOOKS_REQUESTS_PER_MINUTE": "0",
        "QUICKBOOKS_BATCHES_PER_MINUTE": "0",
        "QUICKBOOKS_REQUESTS_PER_SECOND": "0",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.upgrade.rehearsal", str(reads)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def ours_there(running, realm):
    """Return how often each of our documents is in QuickBooks, by id, marker and total."""
    found = Counter()
    for kind in ("Customer", "Invoice", "Payment"):
        for document in running.documents(realm, kind):
            note = str(document.get("PrivateNote", document.get("Notes", "")))
            if marker := re.search(r"Paidup \S+ [0-9a-f-]{36}", note):
                total = str(document.get("TotalAmt"))
                found[kind.lower(), document["Id"], marker.group(), total] += 1
    return found


def test_what_was_half_done_is_finished_once_and_right(tmp_path):
    with simulator(tmp_path) as (running, realm), restored(tmp_path, running.grant(realm)) as url:
        stands = rehearse(url, running, tmp_path)
        there = ours_there(running, realm)
    assert stands["errors"] == []
    assert stands["rounds"] >= 2
    assert stands["waited"] >= 1
    assert set(stands["pages"].values()) == {200}
    assert stands["invoices"] == INVOICES
    assert stands["payments"] == {f"{number}/{state}": 2 for number, state in PAYMENTS.items()}
    assert stands["customers"] == {"exported": 11, "pending": 1, "uncertain": 1}
    assert set(stands["books"]) == {"upgrade"}  # who was exporting goes on
    assert stands["unsettled"] == 0
    assert {(state, error) for _, state, error in stands["asked"]} == {("done", "")}
    # Each that was written or recovered since keeps what wrote it.
    assert stands["evidence"] == EVIDENCE
    assert set(there.values()) == {1}
    assert sorted(there) == sorted(map(tuple, stands["records"]))
