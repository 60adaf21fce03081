"""Print the refunds of payments in QuickBooks that it was not told of."""

import json
import time
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from sync.company.requests import UNFINISHED
from sync.discrepancies.nightly_reading import ask_company
from sync.discrepancies.refunds.refunds import Listing, of_listing, open_totals, rows_of
from sync.discrepancies.refunds.report import as_values, csv_lines
from sync.discrepancies.refunds.rows import Row
from sync.exports.delivery.relay import Ended, relay
from sync.exports.rules.reasons import money
from sync.models import BusinessUnit, CompanyRequest, QuickBooksCompany, RefundDiscrepancy
from sync.tasks import HANDLERS

SECONDS_BETWEEN = 0.5

_COLUMNS = {
    "Unit": "business_unit",
    "Customer": "customer",
    "Invoice": "invoice",
    "Exported on": "exported_on",
    "Refunded on": "refunded_on",
    "Amount": "amount",
    "": "currency",
    "Kind": "kind",
    "Size": "size",
    "Days open": "days_open",
    "Status": "status",
    "Missing": "missing",
    "What to enter in QuickBooks": "what_to_enter",
}


class Command(BaseCommand):
    help = "Print the refunds to adjust in QuickBooks, of one business unit or of all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", nargs="?", metavar="CODE", help="A business unit's code.")
        parser.add_argument(
            "--read", action="store_true", help="read QuickBooks first, and wait until it is done"
        )
        parser.add_argument("--format", choices=["table", "csv", "json"], default="table")
        parser.add_argument(
            "--status",
            choices=list(Listing),
            default=Listing.LISTED,
            help="Default: all but those that need no adjustment.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refunds = _refunds(options["code"])
        if options["read"]:
            _read(options["code"])
        rows = of_listing(refunds, Listing(options["status"]))
        oldest_first = rows.order_by("refunded_on", "pk")
        self.stdout.ending = ""
        if options["format"] == "json":
            self._write_json(rows_of(oldest_first))
        elif options["format"] == "csv":
            self.stdout.writelines(csv_lines(rows_of(oldest_first)))
        else:
            self._write_table(list(rows_of(oldest_first)), rows)

    def _write_json(self, rows: Iterable[Row]) -> None:
        between = "["
        for row in rows:
            self.stdout.write(f"{between}\n  {json.dumps(as_values(row), ensure_ascii=False)}")
            between = ","
        self.stdout.write("[]\n" if between == "[" else "\n]\n")

    def _write_table(self, rows: list[Row], refunds: QuerySet[RefundDiscrepancy]) -> None:
        lines = [list(_COLUMNS)]
        for row in rows:
            values = as_values(row)
            lines.append([str(values[name]) for name in _COLUMNS.values()])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines if rows else []:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip() + "\n")
        self.stdout.write(f"{len(rows)} refunds to adjust{_open(refunds)}.\n")


def _refunds(code: str | None) -> QuerySet[RefundDiscrepancy]:
    refunds = RefundDiscrepancy.objects.all()
    if code is None:
        return refunds
    if not BusinessUnit.objects.filter(code=code).exists():
        known = ", ".join(BusinessUnit.objects.order_by("code").values_list("code", flat=True))
        raise CommandError(
            f"There is no business unit {code!r}. The codes are: {known or 'none yet'}.",
            returncode=2,
        )
    return refunds.filter(payment__business_unit__code=code)


def _read(code: str | None) -> None:
    """Have the companies read of one unit or of all, and stay until that is done."""
    units = BusinessUnit.objects.filter(**({"code": code} if code else {}))
    companies = QuickBooksCompany.objects.filter(pk__in=units.values("quickbooks_company"))
    for company in companies.order_by("pk"):
        if not company.is_connected:
            raise CommandError(f"{company} is not connected to QuickBooks.")
        for request in ask_company(company):
            _wait(request)


def _wait(request: CompanyRequest) -> None:
    while request.state in UNFINISHED:
        ended = relay(request.company_id, HANDLERS)
        if ended in {Ended.NOT_CONNECTED, Ended.BLOCKED}:
            raise CommandError(f"{request.company} cannot be read: {ended.value}.")
        request.refresh_from_db()
        if request.state in UNFINISHED and ended is not Ended.SLICE:
            time.sleep(SECONDS_BETWEEN)
    if request.state == CompanyRequest.State.FAILED:
        raise CommandError(f"{request.company} could not be read: {request.error}")


def _open(refunds: QuerySet[RefundDiscrepancy]) -> str:
    totals = [
        f"{number} of {money(total, currency)}" for currency, number, total in open_totals(refunds)
    ]
    return f", open {' and '.join(totals)}" if totals else ""
