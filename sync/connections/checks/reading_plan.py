"""What reading QuickBooks costs: by plan each night, and as counted this month."""

from sync.company.pacing import at_this_pace, is_much, reads_included, reads_of
from sync.connections.checks.check import AMBER, GREEN, Check
from sync.models import QuickBooksCompany
from sync.words import stored, together

# One night: settings and rights, each list that mappings point into, then changes for refunds
# and for drift. Documents are read by their ids hundreds at a time, and never one by one.
OF_COMPANY, OF_LISTS, OF_CHANGES = 2, 8, 2
A_NIGHT = OF_COMPANY + OF_LISTS + OF_CHANGES
NIGHTS = 31


def reading_check(company: QuickBooksCompany, units: int) -> Check:
    """Say what the reads of a company come to, and when all together near what is included."""
    read = reads_of(company)
    by_plan = A_NIGHT * NIGHTS
    nightly = stored(
        "The nightly reading takes at most %(by_plan)s a month; each run and each question a few "
        "more.",
        by_plan=by_plan,
    )
    if units > 1:
        nightly = stored(
            "The nightly reading takes at most %(by_plan)s a month, %(each)s for each of its "
            "%(units)s units; each run and each question a few more.",
            by_plan=by_plan,
            each=by_plan // units,
            units=units,
        )
    words = together(
        stored("%(count)s reads of this company this month.", count=read.company),
        nightly,
        stored(
            "All companies here come to %(pace)s this month at this pace; Intuit includes "
            "%(included)s and blocks the app above.",
            pace=at_this_pace(read.all),
            included=reads_included(),
        ),
    )
    if not is_much(read.all):
        return Check(stored("Reads that Intuit meters"), GREEN, words)
    return Check(
        stored("Reads that Intuit meters"),
        AMBER,
        words,
        stored("Take a higher tier at Intuit's developer site before the month ends."),
    )
