"""The main job without a browser: export a unit's fully paid invoices with their payments."""

import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, QuerySet

from sync.exports.delivery.relay import drain, relay
from sync.exports.rules.eligibility import explain, incomplete_units, with_reasons
from sync.exports.runs import runs, verdicts
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.exports.runs.runs import progress
from sync.mappings import rates
from sync.models import BusinessUnit, ExportRun, Payment, QuickBooksCompany, Reason
from sync.tasks import HANDLERS

BAD_REQUEST = 2
FOUND_IN_BODIES = [
    Reason.NOT_MAPPED,
    Reason.WOULD_BE_REFUSED,
    Reason.NO_RATE,
    Reason.CUSTOMER_CURRENCY,
]


@dataclass(slots=True)
class Report:
    """What `--json` prints: counts of payments, requests made to QuickBooks, and seconds."""

    ready: int = 0
    blocked: dict[str, int] = field(default_factory=dict)
    exported: int = 0
    failed: int = 0
    uncertain: int = 0
    mismatch: int = 0
    queued: int = 0
    api_calls: int = 0
    seconds: float = 0.0


class Command(BaseCommand):
    help = "Export a business unit's fully paid invoices with their payments to QuickBooks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="the business unit's code")
        parser.add_argument(
            "--payment",
            type=int,
            action="append",
            default=[],
            metavar="ID",
            help="export this payment with its invoice; repeat for more (default: all ready)",
        )
        parser.add_argument("--dry-run", action="store_true", help="show it and move nothing")
        parser.add_argument("--wait", action="store_true", help="stay until all has an outcome")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        unit = self._unit(options["code"])
        asked = self._asked(unit, options["payment"])
        self._check(unit, wait=options["wait"])
        report = _count(unit, asked, whole=not options["payment"])
        if options["payment"] and not options["json"]:
            self._say_why(asked)
        run = self._prepared(unit, options["payment"])
        _count_halted(report, run, whole=not options["payment"])
        if options["dry_run"] or not run.items.exclude(choice="skipped").exists():
            run.delete()
        else:
            self._export(run, report, wait=options["wait"])
        report.seconds = round(time.monotonic() - began, 3)
        self._print(report, as_json=options["json"])
        is_stuck = self._says_stuck(run.company_id)
        is_left = options["wait"] and not options["dry_run"] and self._says_left(unit, report)
        if report.failed or report.uncertain or report.mismatch or is_stuck or is_left:
            sys.exit(1)

    def _says_left(self, unit: BusinessUnit, report: Report) -> bool:
        """Say why there is no outcome after waiting for it; return whether something is left."""
        company = QuickBooksCompany.objects.filter(pk=unit.quickbooks_company_id or 0).first()
        if company is None or not company.is_connected:
            waiting = report.queued + report.blocked.get(Reason.NOT_CONNECTED, 0)
            self.stderr.write(
                self.style.ERROR(
                    f"{unit} is not connected to QuickBooks. Reconnect it: {waiting} payments wait."
                )
            )
            return True
        if report.queued:
            why = company.refusal or company.pause_reason or "It goes on by the worker."
            self.stderr.write(self.style.ERROR(f"{report.queued} payments are still queued. {why}"))
        return bool(report.queued)

    def _says_stuck(self, company_id: int | None) -> bool:
        """Say why exports do not go on; return whether they do not."""
        stuck = QuickBooksCompany.objects.filter(pk=company_id or 0, stuck_since__isnull=False)
        for words in stuck.values_list("stuck_reason", flat=True):
            self.stderr.write(self.style.ERROR(words))
        return stuck.exists()

    def _unit(self, code: str) -> BusinessUnit:
        unit = BusinessUnit.objects.filter(code=code).select_related("quickbooks_company").first()
        return unit or self._refuse(f"There is no business unit with the code {code!r}.")

    def _asked(self, unit: BusinessUnit, ids: list[int]) -> QuerySet[Payment]:
        payments = Payment.objects.filter(business_unit=unit)
        if not ids:
            return payments
        asked = payments.filter(pk__in=ids)
        if unknown := sorted(set(ids) - set(asked.values_list("pk", flat=True))):
            named = ", ".join(map(str, unknown))
            self._refuse(f"{unit} has no payment with the id {named}. Nothing was exported.")
        return asked

    def _refuse(self, words: str) -> NoReturn:
        self.stderr.write(self.style.ERROR(words))
        sys.exit(BAD_REQUEST)

    def _say_why(self, asked: QuerySet[Payment]) -> None:
        for payment_id, why in explain(asked).items():
            self.stdout.write(f"Payment {payment_id}: {why.words}")

    def _prepared(self, unit: BusinessUnit, ids: list[int]) -> ExportRun:
        return prepare(ids, None)[0] if ids else prepare_ready(unit, None)

    def _check(self, unit: BusinessUnit, *, wait: bool) -> None:
        """Find the verdicts anew that are outdated, with the exchange rates they lack."""
        company = unit.quickbooks_company
        if company is None:
            return
        verdicts.renew_all(company.pk)
        if wait and company.is_multicurrency and rates.read_anew(company):
            relay(company.pk, HANDLERS)
            verdicts.renew_all(company.pk)

    def _export(self, run: ExportRun, report: Report, *, wait: bool) -> None:
        run = runs.confirm(run, None)
        if wait:
            report.api_calls = drain(run, HANDLERS)
        _add_outcome(report, run)

    def _print(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(report)))
            return
        for name, value in asdict(report).items():
            self.stdout.write(f"{name.replace('_', ' '):>10}  {value}")


def _count(unit: BusinessUnit, asked: QuerySet[Payment], *, whole: bool) -> Report:
    """Count what may go, siblings included, and what of the asked may not and why."""
    incomplete = incomplete_units(unit)
    counted = with_reasons(asked, incomplete).order_by().values_list("reason").annotate(Count("pk"))
    blocked = Counter(dict(counted))
    ready = blocked.pop("", 0)
    if not whole:
        together = Payment.objects.filter(invoice__in=asked.values("invoice"))
        ready = with_reasons(together, incomplete).filter(reason="").count()
    return Report(ready=ready, blocked=dict(sorted(blocked.items())))


def _count_halted(report: Report, run: ExportRun, *, whole: bool) -> None:
    """Count as blocked what only its documents tell: what is not mapped, or would be refused."""
    halted = run.items.filter(reason_code__in=FOUND_IN_BODIES)
    counts = halted.order_by().values_list("reason_code").annotate(Count("pk"))
    for code, number in counts:
        counted = 0 if whole else report.blocked.get(code, 0)
        report.blocked[code] = report.blocked.get(code, 0) + number - counted
        report.ready -= number - counted


def _add_outcome(report: Report, run: ExportRun) -> None:
    counts = progress(run)
    report.exported, report.failed = counts.exported, counts.failed
    report.uncertain, report.mismatch = counts.uncertain, counts.mismatch
    report.queued = counts.waiting
