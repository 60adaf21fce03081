"""What was confirmed is taken in: some hundred rows a transaction, each with the place it reached.

A kill loses at most the rows of one transaction: the next start goes on after the last place.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sync.intake.imports import remembering, rows
from sync.intake.imports.arriving import note_totals, open_reading
from sync.intake.imports.taking import Taking
from sync.models import Event, Import
from sync.models.events import Subject
from sync.models.sql import renew_statistics

# What triggers ask is planned once a connection, perhaps while a table is still empty.
COUNTED_FROM, GROWN = 1_000, 4


class NotReady(Exception):
    """The import cannot be taken in; the words say why."""


def confirm(entry: Import, by: User | None, *, only_good: bool) -> None:
    """Decide that a file is taken in; `store` does it, here or in a worker."""
    with transaction.atomic():
        entry = Import.objects.select_for_update().get(pk=entry.pk)
        if entry.state != Import.State.READY:
            state = entry.get_state_display().lower()
            raise NotReady(_("This file is not ready: %(state)s.") % {"state": state})
        if not only_good and entry.counts.get("refused"):
            raise NotReady(
                _("Some rows are refused: take the good ones in, or mend the file first.")
            )
        entry.state, entry.only_good = Import.State.STORING, only_good
        entry.confirmed_by, entry.confirmed_at = by, timezone.now()
        entry.place, entry.sums, entry.seen_at = 0, {}, None
        entry.save()
        told = {"rows": sum(entry.counts.values()), "refused": entry.counts.get("refused", 0)}
        if cells := entry.answers.get("cells"):
            told["corrected"] = sum(map(len, cells.values()))
        subject = Subject(entry.business_unit_id, "import", entry.pk, told)
        Event.objects.record(Event.Action.IMPORT_CONFIRMED, by, [subject])
        entry.rows.all().delete()  # what was foreseen; what becomes of each row follows


class Overtaken(Exception):
    """Another worker went on with the file: what this one was about to store is dropped."""


@rows.garbage_looked_for_seldom()
def store(entry: Import, until: datetime | None = None) -> bool:
    """Take a confirmed file in from where it stands; say whether it came to its end in time."""
    entry.refresh_from_db()
    reading = open_reading(entry)
    taking = Taking(
        entry, reading, entry.answers, doubles=entry.doubles, sums=rows.Sums(entry.sums)
    )
    steps = counted_at = entry.place
    for chunk in taking.chunks(entry.place):
        with transaction.atomic():
            rows.keep(taking.take(chunk))
            stored = {"place": chunk[-1][0], "sums": taking.sums.stored()}
            mine = Import.objects.filter(pk=entry.pk, place=steps, state=Import.State.STORING)
            if not mine.update(seen_at=timezone.now(), **stored):
                raise Overtaken
        steps = chunk[-1][0]
        if steps >= max(COUNTED_FROM, GROWN * counted_at):
            renew_statistics()
            counted_at = steps
        if until is not None and timezone.now() > until:
            return False
    with transaction.atomic():
        for row in taking.settle():
            rows.mend(row)
        entry.refresh_from_db()
        entry.counts = rows.count(entry)
        note_totals(entry, taking, steps)
        entry.place = steps
        entry.state, entry.finished_at = Import.State.DONE, timezone.now()
        entry.save()
        remembering.remember(entry)
    return True
