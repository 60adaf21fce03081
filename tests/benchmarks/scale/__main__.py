"""`make scale`: the server's time and queries of each page, with few payments and with many.

PAYMENTS=n (1,000,000), UNITS=m (500, all connected), DB=postgres or sqlite. Each size has a fresh
database, committed, with the statistics that autovacuum would have gathered. A page is asked for by
an accountant with a role in every unit, and its median is of up to eleven requests. KEPT=name keeps
the databases under that name (SQLite's where temporary files lie), and uses those that are there.
"""

import json
import os
import subprocess
import sys

FEW = 10_000
MOST_MS, MOST_QUERIES, MOST_TIMES = 150, 25, 1.5
# Small figures vary by as much from one run to the next.
NOISE_MS = 15
NO_PAGE = ("filled in", "inserting a payment, µs", "Django's stock list", "the same, search")


def measured(payments, units):
    """Measure in a process of its own, with a database of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.scale.measuring", str(payments), str(units)],
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(run.stdout)


def is_good(few, many):
    """Say whether a page keeps to its limits."""
    grows = many[0] > max(MOST_TIMES * few[0], few[0] + NOISE_MS)
    return many[0] <= MOST_MS and many[2] <= MOST_QUERIES and not grows


def main():
    payments = int(os.environ.get("PAYMENTS") or 1_000_000)
    units = int(os.environ.get("UNITS") or 500)
    few, many = measured(FEW, units), measured(payments, units)
    say = sys.stdout.write
    say(f"\n{os.environ.get('DB') or 'sqlite'}, {units} units: milliseconds, median and best,")
    say(" and of the processor in this process\n")
    say(f"{'':30}{FEW:>20,}{payments:>20,}{'queries':>10}\n")
    bad = 0
    for name, (*_, queries, _) in many.items():
        verdict = ""
        if name not in NO_PAGE and not is_good(few[name], many[name]):
            verdict, bad = "  BAD", bad + 1
        before, now = (
            f"{median:,} {best:,} {processor:,}"
            for median, best, _, processor in (few[name], many[name])
        )
        say(f"{name:30}{before:>20}{now:>20}{queries or '':>10}{verdict}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
