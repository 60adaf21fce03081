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
from tests.mutants.mutant import Mutant, read
from tests.mutants.places import ALSO_ASKED, MODULES
from tests.mutants.reach import Reach
from tests.mutants.running import Result, run_all
from tests.mutants.written import equivalents, kept

# A guard whose own tests do not notice it has no test: not every test of the house is asked.
MOST_SECONDS, MOST_TESTS = 45.0, 150
Job = tuple[Mutant, list[str], float]


def main() -> int:
    """Draw, run, list survivors; return 1 where any is not written down."""
    seed, drawn = os.environ.get("SEED") or "1", int(os.environ.get("N") or 0)
    only = os.environ.get("IN", "")
    listed = kept()
    if drawn or only:
        found = [mutant for module in MODULES for mutant in guards_of(module)]
        known = equivalents(found)
        every = [m for m in [*listed, *found] if m.key not in known and m.file.startswith(only)]
        jobs = _chosen(_draw(every, seed, drawn or len(every)))
    else:
        few = int(os.environ.get("KEPT") or 0)
        jobs = [(m, list(m.tests), 0.0) for m in (_draw(listed, seed, few) if few else listed)]
    print(f"{len(jobs)} mutants, seed {seed}", flush=True)
    began = time.monotonic()
    results = run_all(jobs, int(os.environ.get("WORKERS") or 2), _tell)
    counts = Counter(result.outcome for result in results)
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()))
    print(f"{told} in {time.monotonic() - began:.0f} s")
    left = [result for result in results if result.outcome != "killed"]
    for result in sorted(left, key=lambda one: (one.mutant.file, one.mutant.line)):
        print(f"{result.outcome.upper()} {result.mutant}\n    {result.by}")
    return 1 if left else 0


def _draw(mutants: list[Mutant], seed: str, number: int) -> list[Mutant]:
    return random.Random(seed).sample(mutants, min(number, len(mutants)))


def _chosen(mutants: list[Mutant]) -> list[Job]:
    """Give each mutant the tests that reach what it breaks, the laws' first, then the quickest."""
    reach = Reach()
    reach.bring_up_to_date()
    return [(mutant, *_tests(mutant, reach)) for mutant in mutants]


def _tests(mutant: Mutant, reach: Reach) -> tuple[list[str], float]:
    if mutant.tests:
        return list(mutant.tests), 0.0
    texts = read(mutant.file).splitlines()[mutant.line - 1 : mutant.last_line]
    chosen, total = list(ALSO_ASKED.get(mutant.file, [])), 0.0
    for test in reach.of(mutant.file, mutant.function, texts)[:MOST_TESTS]:
        total += reach.seconds[test]
        if total > MOST_SECONDS:
            break
        chosen.append(test)
    return chosen, total


def _tell(result: Result) -> None:
    if result.outcome == "killed":
        print(".", end="", flush=True)
    else:
        print(f"\n{result.outcome}: {result.mutant}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
