"""A file comes: it is kept, looked at, and ends unreadable, with a question, or with a preview."""

import hashlib
import json
import zoneinfo
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from sync.intake.files.answers import Answers
from sync.intake.files.columns.fields import Kind
from sync.intake.files.outcomes import Code, FileRefused, Question
from sync.intake.files.reading import Control, Reading, read
from sync.intake.files.words import shown
from sync.intake.imports import remembering, rows, shelf
from sync.intake.imports.doubles import OTHER, SAME
from sync.intake.imports.saying import answer_words, question_words, why_refused
from sync.intake.imports.taking import Taking
from sync.models import BusinessUnit, Import
from sync.words import stored

OURS = ("customers", "same_money")
"""Answers about what is stored; all others are about the file."""
OPEN = (Import.State.ASKING, Import.State.READY, Import.State.UNREADABLE)
"""States in which a file waits for a person, and may be answered and looked at anew."""
MOST_QUESTIONS = 50
_KINDS = {Import.Kind.PAYMENTS: Kind.PAYMENTS, Import.Kind.INVOICES: Kind.INVOICES,
          Import.Kind.CUSTOMERS: Kind.CUSTOMERS, Import.Kind.REFUNDS: Kind.REFUNDS}  # fmt: skip


def receive(unit: BusinessUnit, name: str, content: bytes, *, kind: str, by: User | None) -> Import:
    """Keep a file that came; `look` says what it is."""
    entry = Import(
        business_unit=unit,
        created_by=by,
        file_name=shown(name)[-200:],
        file_size=len(content),
        file_digest=hashlib.sha256(content).hexdigest(),
        kind=kind,
    )
    shelf.keep(entry, content)
    entry.save()
    return entry


def answer(entry: Import, said: Mapping[str, Any]) -> None:
    """Add answers; raises FileRefused where they are not of the shape that answers have."""
    for_file = {name: value for name, value in said.items() if name not in OURS}
    Answers.from_json(json.dumps(for_file))
    _check_ours(said)
    entry.answers = _merged(entry.answers, said)
    entry.save(update_fields=["answers"])


def look_again(entry: Import) -> None:
    """Have a file that waits for an answer, or for a yes, looked at anew."""
    mine = Import.objects.filter(pk=entry.pk, state__in=OPEN)
    mine.update(state=Import.State.READING, seen_at=None, problem="")


@rows.garbage_looked_for_seldom()
def look(entry: Import, *, keeps_rows: bool = True) -> None:
    """Read a file and say what would become of each of its rows; nothing is taken in."""
    try:
        reading = open_reading(entry)
        _look_through(entry, reading, keeps_rows=keeps_rows)
    except FileRefused as refused:
        entry.state = Import.State.UNREADABLE
        entry.problem = why_refused(refused)
    except shelf.FileGone:
        entry.state = Import.State.UNREADABLE
        entry.problem = stored("The file itself is no longer kept: bring it again.")
    entry.seen_at = timezone.now()
    entry.save()


def open_reading(entry: Import) -> Reading:
    """Read a file under what was answered of it, or of another one with these columns."""
    content = shelf.fetch(entry)
    zone = zoneinfo.ZoneInfo(entry.business_unit.timezone)
    said = {name: value for name, value in entry.answers.items() if name not in OURS}
    if entry.kind != Import.Kind.AUTO:
        said.setdefault("kind", _KINDS[Import.Kind(entry.kind)].value)
    if not entry.signature:
        first = read(content, zone, Answers.from_json(json.dumps(said)))
        entry.signature = first.table.signature
        known = remembering.recall(entry)
        if not known:
            return first
        entry.answers = _merged(known, entry.answers)
        said = known | said
    return read(content, zone, Answers.from_json(json.dumps(said)))


def _look_through(entry: Import, reading: Reading, *, keeps_rows: bool) -> None:
    layout = reading.mapping.layout
    entry.layout = layout.title if layout else ""
    entry.source = reading.mapping.source
    taking = Taking(entry, reading, entry.answers, promised={})
    with transaction.atomic():
        entry.rows.all().delete()
    counted = dict.fromkeys(rows.OUTCOMES, 0)
    steps = 0
    for chunk in taking.chunks():
        steps = chunk[-1][0]
        made = taking.take(chunk)
        for row in made:
            counted[row.outcome] += row.row_count
        if keeps_rows:
            rows.keep(made)
        entry.place, entry.seen_at = steps, timezone.now()
        Import.objects.filter(pk=entry.pk).update(place=steps, seen_at=entry.seen_at)
    held = {row.place: row.outcome for row, _ in taking.held}
    for settled in taking.settle():
        counted[held[settled.place]] -= settled.row_count
        counted[settled.outcome] += settled.row_count
        if keeps_rows:
            rows.mend(settled)
    entry.counts, entry.sums = counted, taking.sums.stored()
    entry.doubles = taking.doubles
    note_totals(entry, taking, steps)
    asked = [one for one in reading.questions if one.required] + taking.questions()
    offered = [one for one in reading.questions if not one.required]
    entry.questions = [as_json(one) for one in (asked + offered)[:MOST_QUESTIONS]]
    entry.state = Import.State.ASKING if asked else Import.State.READY


def note_totals(entry: Import, taking: Taking, steps: int) -> None:
    """Keep how many rows there are, and the file's own figures beside ours."""
    entry.steps, entry.place = steps, 0
    entry.around = taking.tally.rows - taking.tally.data_rows
    controls = taking.reading.controls(taking.tally)
    entry.controls = [_control(one) for one in controls]


def as_json(question: Question) -> dict[str, Any]:
    """Return a question with its words and the ways to answer."""
    return {
        "code": question.code.value,
        "key": [shown(part) for part in question.key],
        "words": question_words(question),
        "column": shown(question.column),
        "examples": [shown(example) for example in question.examples],
        "required": question.required,
        "default": question.default,
        "choices": [
            {
                "key": [shown(part) for part in choice.key],
                "answer": shown(choice.answer),
                "words": answer_words(choice.answer),
                "example": shown(choice.example),
            }
            for choice in question.choices
        ],
    }


def _control(control: Control) -> dict[str, Any]:
    said = asdict(control)
    return said | {
        "label": shown(control.label),
        "column": shown(control.column),
        "stated": str(control.stated),
        "found": None if control.found is None else str(control.found),
    }


def _check_ours(said: Mapping[str, Any]) -> None:
    people = said.get("customers", {})
    fits = isinstance(people, dict) and all(isinstance(way, str) for way in people.values())
    if not fits:
        raise FileRefused(Code.BAD_ANSWER, "customers")
    if said.get("same_money", SAME) not in {SAME, OTHER}:
        raise FileRefused(Code.BAD_ANSWER, "same_money")


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, the new ones before the old ones, by column and word."""
    merged = dict(old)
    for name, value in new.items():
        before = merged.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[name] = {**before, **value} if both else value  # type: ignore[dict-item]
    return merged
