"""`make mutants`: guards of the laws are broken one by one, and the tests must notice.

Without N the whole kept list runs; KEPT=n draws so many of it. With N=n so many are drawn from
every guard that is found in the modules, and from the kept list. A draw is repeated by its SEED.
"""

import os
import random
import sys
import time
from collections import Counter

from tests.mutants.guards import guards_of
from tests.mutants.places import ASKED_OF, tests_of
from tests.mutants.running import Result, run_all
from tests.mutants.written import equivalents, kept


def main() -> int:
    """Draw, run, list survivors; return 1 where any is not written down."""
    seed, number = os.environ.get("SEED") or "1", int(os.environ.get("N") or 0)
    mutants, few = kept(), int(os.environ.get("KEPT") or 0)
    if number:
        found = [mutant for module in ASKED_OF for mutant in guards_of(module)]
        known = equivalents(found)
        mutants += [mutant for mutant in found if mutant.key not in known]
    within = os.environ.get("IN") or ""
    mutants = [mutant for mutant in mutants if within in mutant.file]
    if number or few:
        mutants = random.Random(seed).sample(mutants, min(number or few, len(mutants)))
    print(f"{len(mutants)} mutants, seed {seed}", flush=True)
    began = time.monotonic()
    jobs = [(mutant, list(mutant.tests) or tests_of(mutant.file)) for mutant in mutants]
    results = run_all(jobs, int(os.environ.get("WORKERS") or 2), _tell)
    counts = Counter(result.outcome for result in results)
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()))
    print(f"\n{told} in {time.monotonic() - began:.0f} s")
    left = [result for result in results if result.outcome != "killed"]
    for result in sorted(left, key=lambda one: (one.mutant.file, one.mutant.line)):
        print(f"{result.outcome.upper()} {result.mutant}\n    {result.by}")
    return 1 if left else 0


def _tell(result: Result) -> None:
    is_killed = result.outcome == "killed"
    print("." if is_killed else f"\n{result.outcome}: {result.mutant}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
