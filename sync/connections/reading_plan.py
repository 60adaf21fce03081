"""What reading QuickBooks costs: by plan each night, and as counted this month."""

from sync.company.metering import INCLUDED, at_this_pace, reads_of, reads_of_all
from sync.connections.check import AMBER, GREEN, Check
from sync.models import QuickBooksCompany

# One night: settings and rights, each list that mappings point into, then changes for refunds
# and for drift. Documents are read by their ids hundreds at a time, and never one by one.
OF_COMPANY, OF_LISTS, OF_CHANGES = 2, 8, 2
A_NIGHT = OF_COMPANY + OF_LISTS + OF_CHANGES
NIGHTS = 31
WARN_ABOVE = INCLUDED * 8 // 10


def reading_check(company: QuickBooksCompany, units: int) -> Check:
    """Say what the reads of a company come to, and when all together near what is included."""
    every = at_this_pace(reads_of_all())
    by_plan = A_NIGHT * NIGHTS
    each = f", {by_plan // units:,} for each of its {units} units" if units > 1 else ""
    words = (
        f"{reads_of(company):,} reads of this company this month. The nightly reading takes at "
        f"most {by_plan:,} a month{each}; each run and each question a few more. "
        f"All companies here come to {every:,} this month at this pace; Intuit includes "
        f"{INCLUDED:,} and blocks the app above."
    )
    if every <= WARN_ABOVE:
        return Check("Reads that Intuit meters", GREEN, words)
    return Check(
        "Reads that Intuit meters",
        AMBER,
        words,
        "Take a higher tier at Intuit's developer site before the month ends.",
    )
