"""`make scale`: the server's time and queries of each page, with few payments and with many.

PAYMENTS=n (1,000,000), UNITS=m (500, all connected), DB=postgres or sqlite. Each size has a fresh
database, committed, with the statistics that autovacuum would have gathered. A page is asked for by
an accountant with a role in every unit, and its median is of up to eleven requests.
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
    say(f"\n{os.environ.get('DB') or 'sqlite'}, {units} units: median and best, in milliseconds\n")
    say(f"{'':30}{FEW:>16,}{payments:>16,}{'queries':>10}\n")
    bad = 0
    for name, (median, best, queries) in many.items():
        verdict = ""
        if name not in NO_PAGE and not is_good(few[name], many[name]):
            verdict, bad = "  BAD", bad + 1
        before = f"{few[name][0]:,} {few[name][1]:,}"
        now = f"{median:,} {best:,}"
        say(f"{name:30}{before:>16}{now:>16}{queries or '':>10}{verdict}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
