"""Work on files in the background: one worker a file, in slices, found again after a kill."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from sync.company.wake import enqueue
from sync.exports.runs import verdicts
from sync.intake.imports import arriving, shelf, storing
from sync.models import Import
from sync.models.sql import renew_statistics
from sync.words import stored

# A worker that was not seen for so long is gone: it is seen after every few hundred rows.
GONE = timedelta(seconds=90)
# Less than a worker may take for one task; the rest is another one.
SLICE = timedelta(seconds=200)
TASK = "sync.tasks.bring_in"


def wake(entry: Import) -> None:
    """Have a worker go on with a file soon; lost, the sweep finds it."""
    enqueue_one(entry.pk)


def enqueue_one(entry_id: int) -> None:
    """Put the wish into the queue; lost or doubled, it changes nothing."""
    enqueue(TASK, entry_id)


def bring_in(entry_id: int) -> bool:
    """Look at a file or take it in, as it stands; say whether anything was done."""
    gone = Q(seen_at=None) | Q(seen_at__lt=timezone.now() - GONE)
    mine = Import.objects.filter(gone, pk=entry_id, state__in=Import.WORKING)
    if not mine.update(seen_at=timezone.now()):
        return False  # another worker is at it, or it is done
    entry = Import.objects.select_related("business_unit").get(pk=entry_id)
    if entry.state == Import.State.READING:
        arriving.look(entry)
        return True
    try:
        is_done = storing.store(entry, until=timezone.now() + SLICE)
    except storing.Overtaken:
        return True
    except shelf.FileGone:
        Import.objects.filter(pk=entry_id).update(
            state=Import.State.DONE,
            problem=stored("The file itself is gone: not all was taken in."),
        )
        return True
    if not is_done:
        Import.objects.filter(pk=entry_id).update(seen_at=None)
        wake(entry)
    else:
        renew_statistics()
    verdicts.wake(entry.business_unit.quickbooks_company_id)
    return True


def forgotten() -> list[int]:
    """Return the files that nobody is at: a lost task, a killed worker."""
    gone = Q(seen_at=None) | Q(seen_at__lt=timezone.now() - GONE)
    return list(Import.objects.filter(gone, state__in=Import.WORKING).values_list("pk", flat=True))
