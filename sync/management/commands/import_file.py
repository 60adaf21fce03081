"""A file of customers, invoices, payments or refunds through the one door, without a browser."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from sync.exports.runs import verdicts
from sync.intake.files.outcomes import FileRefused
from sync.intake.files.words import WORDS
from sync.intake.imports import arriving, shelf, storing
from sync.models import BusinessUnit, Import

REFUSED, BAD_REQUEST, ASKED = 1, 2, 3
MOST_SHOWN = 20
# Rows of data by what became of them; together they are `rows`.
COUNTED = ("created", "changed", "unchanged", "stale", "waiting", "refused", "not_ours", "asked")


class Command(BaseCommand):
    help = (
        "Take a file of customers, invoices, payments or refunds in. Exit status: 0 when all is"
        " well, 1 where a row was refused, 2 for a bad request, 3 where a question must be"
        " answered first: it is printed with the ways to answer, and nothing is taken in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="the business unit's code")
        parser.add_argument("file", metavar="FILE", help="a CSV or XLSX file")
        parser.add_argument("--kind", choices=Import.Kind.values, default=Import.Kind.AUTO)
        parser.add_argument(
            "--answers", default="", metavar="JSON", help="answers to its questions"
        )
        parser.add_argument("--dry-run", action="store_true", help="show it and take nothing in")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = BusinessUnit.objects.filter(code=options["code"]).first()
        if unit is None:
            self._refuse(f"There is no business unit with the code {options['code']!r}.")
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError as error:
            self._refuse(f"{path} cannot be read: {error.strerror}.")
        entry = arriving.receive(unit, path.name, content, kind=options["kind"], by=None)
        try:
            self._answer(entry, options["answers"])
            arriving.look(entry, keeps_rows=False)
            if entry.state == Import.State.READY and not options["dry_run"]:
                storing.confirm(entry, None, only_good=True)
                storing.store(entry)
                verdicts.wake(unit.quickbooks_company_id)
            self._print(entry, as_json=options["json"])
        finally:
            if entry.state != Import.State.DONE:  # nothing came of it
                shelf.drop(entry)
                entry.delete()
        if entry.state == Import.State.UNREADABLE:
            sys.exit(BAD_REQUEST)
        if any(question["required"] for question in entry.questions):
            sys.exit(ASKED)
        if entry.counts["refused"]:
            sys.exit(REFUSED)

    def _answer(self, entry: Import, text: str) -> None:
        try:
            said = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            self._refuse("--answers takes one JSON object.")
        try:
            arriving.answer(entry, said)
        except FileRefused as refused:
            self._refuse(f"{refused.detail}: {WORDS[refused.code]}")

    def _refuse(self, words: str) -> NoReturn:
        self.stderr.write(self.style.ERROR(words))
        sys.exit(BAD_REQUEST)

    def _print(self, entry: Import, *, as_json: bool) -> None:
        counts = {name: entry.counts.get(name, 0) for name in COUNTED}
        said = {
            "rows": sum(counts.values()),
            **counts,
            "around": entry.around,
            "sums": entry.sums,
            "export": entry.layout,
            "controls": entry.controls,
            "problem": entry.problem,
            "questions": entry.questions,
        }
        if as_json:
            self.stdout.write(json.dumps(said))
            return
        for name in ("rows", *COUNTED):
            self.stdout.write(f"{name.replace('_', ' '):>10}  {said[name]}")
        for currency, kinds in entry.sums.items():
            for kind, amount in kinds.items():
                self.stdout.write(f"{kind:>10}  {amount} {currency}")
        if entry.problem:
            self.stderr.write(self.style.ERROR(entry.problem))
        self._print_questions(entry)

    def _print_questions(self, entry: Import) -> None:
        for question in entry.questions:
            must = "must be answered" if question["required"] else f"is {question['default']!r}"
            examples = ", ".join(question["examples"])
            self.stdout.write(f"\n{question['words']} {examples} ({must})")
            for choice in question["choices"]:
                said: Any = choice["answer"]
                for part in reversed(choice["key"]):
                    said = {part: said}
                self.stdout.write(f"  --answers '{json.dumps(said)}'  {choice['words']}")
