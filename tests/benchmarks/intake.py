"""How fast files come in: `python -m tests.benchmarks.intake ROWS` on a database of its own.

ROWS invoices and two and a half times as many payments, as CSV files, through preview and store;
then the same files again. DATABASE_URL names the database; unset, it is SQLite in a folder that is
deleted.
"""

import csv
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

FIRST = date(2024, 1, 2)
SERVICES = ("Mowing", "Hedge trimming", "Leaf removal", "Snow")


def invoices(rows: int) -> bytes:
    """Return a CSV of invoices, one a row; every third customer has several."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Invoice number", "Customer", "Email", "Date", "Due date", "Service", "Total"])
    for n in range(rows):
        day = FIRST + timedelta(days=n % 700)
        who = n % (rows // 3 or 1)
        due = day + timedelta(days=30)
        writer.writerow([
            f"A-{n:07}", f"Customer {who}", f"c{who}@example.com", day, due,
            SERVICES[n % 4], f"{100 + n % 900}.00",
        ])  # fmt: skip
    return out.getvalue().encode()


def payments(rows: int) -> bytes:
    """Return a CSV of payments that pay every invoice in two or three parts."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Payment ID", "Customer", "Date received", "Amount", "Method", "Invoice"])
    for n in range(rows):
        total, parts = 100 + n % 900, 2 + n % 2
        day = FIRST + timedelta(days=n % 700 + 5)
        for part in range(parts):
            amount = total - 10 * (parts - 1) if part == 0 else 10
            writer.writerow([
                f"p{n}-{part}", f"Customer {n % (rows // 3 or 1)}", day + timedelta(days=part),
                f"{amount}.00", "Check", f"A-{n:07}",
            ])  # fmt: skip
    return out.getvalue().encode()


class Spent(NamedTuple):
    """What a step took: seconds on the clock, and of work of this process."""

    seconds: float
    work: float


def main(rows: int) -> None:
    """Measure, and print seconds and peak memory by step."""
    folder = tempfile.mkdtemp()
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/intake.sqlite3")
    os.environ["IMPORTS_DIR"] = f"{folder}/imports"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from sync.intake.imports import arriving, storing
    from sync.models import BusinessUnit, Import, Invoice, Payment

    call_command("migrate", verbosity=0)
    unit = BusinessUnit.objects.create(code=f"b{time.time():.0f}", name="Bench")
    files = {"invoices": invoices(rows), "payments": payments(rows)}

    def step(name: str, act: Callable[[], object]) -> Spent:
        began, worked = time.monotonic(), time.process_time()
        act()
        took, worked = time.monotonic() - began, time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{name:24} {took:8.1f} s   {worked:6.1f} s of work   peak {peak} MB", flush=True)
        return Spent(took, worked)

    def bring(name: str, again: str = "") -> tuple[Spent, Spent]:
        entry = arriving.receive(unit, f"{name}.csv", files[name], kind=name, by=None)
        preview = step(f"{name} preview{again}", lambda: arriving.look(entry))
        if entry.state != Import.State.READY:
            raise SystemExit(f"{entry.state}: {entry.problem or entry.questions}")
        storing.confirm(entry, None, only_good=True)
        stored = step(f"{name} stored{again}", lambda: storing.store(entry))
        entry.refresh_from_db()
        print(f"{'':24} {entry.counts}", flush=True)
        return preview, stored

    first = [bring(name) for name in files]
    again = [bring(name, " again") for name in files]
    for what in ("seconds", "work"):
        previews, stored = (sum(getattr(one[at], what) for one in first) for at in (0, 1))
        repeated = sum(getattr(one, what) for _, one in again)
        print(f"{what}: preview {previews:.1f}, stored {stored:.1f}, preview and store again"
              f" {repeated:.1f} ({repeated / (previews + stored):.0%} of both,"
              f" {repeated / stored:.0%} of storing)")  # fmt: skip
    counted = unit_count(Invoice, unit), unit_count(Payment, unit)
    print(f"{counted[0]} invoices, {counted[1]} payments")


def unit_count(model: type, unit: object) -> int:
    """Return how many rows of the unit there are."""
    return int(model.objects.filter(business_unit=unit).count())  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
