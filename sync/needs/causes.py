"""What stopped documents, by cause."""

from django.db.models import Count, Min, QuerySet

from sync.models import SyncRecord

State = SyncRecord.State
# In the order of the index of records that stopped (models/records.py).
PROBLEMS = [State.FAILED, State.UNCERTAIN, State.MISMATCH]
NO_CODE = "none"


def causes(records: QuerySet[SyncRecord]) -> list[tuple[str, int, str]]:
    """Return code, number and name of what stopped records, the most frequent first."""
    stopped = records.filter(state__one_of=PROBLEMS).order_by().values_list("error_code")
    found = list(stopped.annotate(count=Count("pk"), example=Min("pk")))
    # QuickBooks' words of the first of each: all of them are not read.
    asked = [example for code, _, example in found if code not in SyncRecord.Problem.values]
    words = dict(records.filter(pk__in=asked).values_list("pk", "error")) if asked else {}
    return [
        (code, count, _name(code, words.get(example, "")))
        for code, count, example in sorted(found, key=lambda cause: (-cause[1], cause[0]))
    ]


def stopped_by(records: QuerySet[SyncRecord], cause: str) -> QuerySet[SyncRecord]:
    """Keep what one cause stopped, named as lists name it."""
    return records.filter(state__one_of=PROBLEMS, error_code="" if cause == NO_CODE else cause)


def _name(code: str, example: str) -> str:
    """Name a cause: our own by its label, QuickBooks' by the first sentence of what we say."""
    if code in SyncRecord.Problem.values:
        return str(SyncRecord.Problem(code).label)
    return str(example).partition(". ")[0].rstrip(".")
