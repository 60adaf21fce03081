"""`make refunds`: random bookkeeping, judged; to verify what was not adjusted is a fault."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.discrepancies.bookkeeping.generator.run import run  # noqa: E402

LEAST = 0.97


def main():
    began = time.monotonic()
    score = run(int(os.environ.get("REFUNDS", "100000")), os.environ.get("SEED", "1"))
    print(score.words())
    print(f"{time.monotonic() - began:.0f} s")
    for wrong in score.false[:10]:
        print("false:", *wrong)
    for missed in score.missed[: int(os.environ.get("MISSED", "0"))]:
        print("missed:", *missed)
    return 0 if not score.false and score.share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
