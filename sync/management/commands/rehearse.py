"""Rehearses a closed month in a stand-in for QuickBooks, beside what the real books hold of it."""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.company.lease import LeaseLost
from sync.company.tokens import NotConnected
from sync.management.stand_ins import require_extra
from sync.models import BusinessUnit
from sync.quickbooks.client import QuickBooksFault, TransportError
from sync.quickbooks.documents import DocumentError
from sync.rehearsal.files import as_json, rows
from sync.rehearsal.month import Month, RehearsalRefused, may_rehearse
from sync.rehearsal.rehearse import rehearse
from sync.rehearsal.report import Report
from sync.rehearsal.road import RoadFailed
from sync.rehearsal.stand_in import StandInFailed, running
from sync.spreadsheets import csv_lines

DIFFERS, REFUSED = 1, 2
_REFUSALS = (RehearsalRefused, NotConnected, StandInFailed, RoadFailed, DocumentError)


class Command(BaseCommand):
    help = (
        "Exports a closed month to a stand-in set up like the company, and compares it with what"
        " the real books hold. Nothing is written to the company. Exit status 0 where both are"
        " equal, 1 where something would differ, 2 where it cannot be rehearsed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        require_extra(parser)
        add = parser.add_argument
        add("code", metavar="CODE", help="the business unit; all that post to its company go")
        add("month", metavar="MONTH", help="a month that is over, like 2026-05")
        add("--csv", type=Path, metavar="FILE", help="write every total and document there")
        add("--json", action="store_true", help="print one JSON object")
        add(
            "--switches",
            type=Path,
            metavar="FILE",
            help="how the company answers: what probe_quickbooks wrote (by default what its own"
            " last probe found)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self._began, self._is_equal = time.monotonic(), False
        try:
            self._rehearse(options)
        except _REFUSALS as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        except QuickBooksFault as failure:
            raise CommandError(failure.fault.words, returncode=REFUSED) from None
        except TransportError:
            raise CommandError("QuickBooks did not answer.", returncode=REFUSED) from None
        except LeaseLost:
            raise CommandError(
                "Another process took the company over. Run it again.", returncode=REFUSED
            ) from None
        except OSError as problem:
            raise CommandError(f"A file cannot be used: {problem}", returncode=REFUSED) from None
        if not self._is_equal:
            sys.exit(DIFFERS)

    def _rehearse(self, options: dict[str, Any]) -> None:
        unit, month = self._unit(options["code"]), Month.of(options["month"])
        switches = _read(options["switches"]) if options["switches"] else None
        may_rehearse(unit, month)
        with (
            _tidy_at_the_end(),
            tempfile.TemporaryDirectory(prefix="rehearsal-") as name,
            running(Path(name)) as stand_in,
            rehearse(unit, month, stand_in, Path(name), switches=switches, tell=self._say) as done,
        ):
            self._print(Report(done, month), options)

    def _unit(self, code: str) -> BusinessUnit:
        unit = BusinessUnit.objects.filter(code=code).select_related("quickbooks_company").first()
        if unit is None:
            raise RehearsalRefused(f"There is no business unit with the code {code}.")
        return unit

    def _say(self, words: str) -> None:
        self.stderr.write(f"{words} …", self.style.NOTICE)

    def _print(self, report: Report, options: dict[str, Any]) -> None:
        self._is_equal, seconds = report.is_equal, time.monotonic() - self._began
        if options["csv"]:
            with options["csv"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(csv_lines(rows(report)))
        if options["json"]:
            told = as_json(report) | {"seconds": round(seconds, 1)}
            self.stdout.write(json.dumps(told))
            return
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(f"{report.done.calls} requests to QuickBooks, {seconds:.0f} s")


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except ValueError:
        raise RehearsalRefused(f"{file} has no switches in it.") from None


@contextmanager
def _tidy_at_the_end() -> Iterator[None]:
    """Have SIGTERM end it as Ctrl-C does: the copy names customers, and must not stay behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
