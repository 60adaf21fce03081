"""The report as CSV, JSON and table, from the command line and in itself."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from sync.discrepancies.refunds.refunds import rows_of
from sync.discrepancies.refunds.report import csv_lines
from sync.models import RefundDiscrepancy, SyncRecord
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    QuickBooksCompanyFactory,
    RefundFactory,
    RefundReviewFactory,
)

pytestmark = pytest.mark.django_db


def report(*args):
    out = StringIO()
    with time_machine.travel(datetime(2026, 5, 25, 12, tzinfo=UTC)):
        call_command("refund_report", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def refund(exported):
    return RefundFactory(payment=exported(), amount=Decimal("20.00"), refunded_on=date(2026, 5, 20))


def test_json_has_every_column_with_amounts_as_text(refund):
    payment = refund.payment
    qbo = {r.kind: r.qbo_id for r in SyncRecord.objects.all()}
    assert json.loads(report("--format", "json")) == [
        {
            "business_unit": "riverside",
            "business_unit_name": "Riverside",
            "customer": "José O'Brien",
            "invoice": payment.invoice.number,
            "payment": payment.pk,
            "refund": refund.pk,
            "exported_on": "2026-05-14",
            "refunded_on": "2026-05-20",
            "amount": "20.00",
            "currency": "USD",
            "payment_amount": "150.00",
            "method": "Check",
            "kind": "sale",
            "size": "partial",
            "timing": "after export",
            "days_open": 5,
            "open_amount": "20.00",
            "status": "open",
            "owner": "",
            "note": "",
            "reviewed_by": "",
            "reviewed_on": "",
            "quickbooks_company": "9130348000000001",
            "quickbooks_invoice_id": qbo["invoice"],
            "quickbooks_payment_id": qbo["payment"],
            "evidence": "",
            "missing": "the payout and the credit of the sale are missing",
            "what_to_enter": "Credit memo and refund of $20.00, partial refund of a paid invoice",
        }
    ]


def test_empty_report_is_valid_in_every_format(db):
    assert json.loads(report("--format", "json")) == []
    assert len(list(csv.reader(StringIO(report("--format", "csv"))))) == 1
    assert report() == "0 refunds to adjust.\n"


def test_table_shows_the_rows_and_what_is_open(refund):
    lines = report().splitlines()
    assert " ".join(lines[0].split()) == (
        "Unit Customer Invoice Exported on Refunded on Amount Kind Size Days open Status Missing"
        " What to enter in QuickBooks"
    )
    assert lines[1].split()[:5] == [
        "riverside",
        "José",
        "O'Brien",
        refund.payment.invoice.number,
        "2026-05-14",
    ]
    assert lines[2] == "1 refunds to adjust, open 1 of $20.00."


def test_code_narrows_the_report_to_a_unit(exported, refund):
    company = QuickBooksCompanyFactory()
    other = BusinessUnitFactory(code="harbor", quickbooks_company=company)
    there = RefundFactory(payment=exported(unit=other))
    rows = json.loads(report("harbor", "--format", "json"))
    assert [row["refund"] for row in rows] == [there.pk]
    assert len(json.loads(report("--format", "json"))) == 2


def test_unknown_code_ends_with_status_2_and_names_the_codes(unit):
    with pytest.raises(CommandError) as refused:
        report("rivreside")
    assert refused.value.returncode == 2
    assert str(refused.value) == (
        "There is no business unit 'rivreside'. The codes are: riverside."
    )


def test_refund_that_needs_no_adjustment_is_found_only_when_asked_for(refund):
    RefundReviewFactory(refund=refund, status="not_needed", note="Entered twice")
    assert json.loads(report("--format", "json")) == []
    (row,) = json.loads(report("--format", "json", "--status", "not_needed"))
    assert (row["refund"], row["note"], row["open_amount"]) == (refund.pk, "Entered twice", "0.00")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_csv_cell_never_runs_as_a_formula(exported, unit, start):
    name = f'{start}HYPERLINK("http://x")'
    customer = CustomerFactory(business_unit=unit, display_name=name)
    RefundFactory(payment=exported(customer=customer))
    lines = "".join(csv_lines(rows_of(RefundDiscrepancy.objects.all())))
    _, row = csv.reader(StringIO(lines, newline=""))
    assert row[2] == f"'{name}"


def test_csv_holds_the_same_rows_as_json(exported, refund):
    second = RefundFactory(payment=exported(), refunded_on=date(2026, 5, 19))
    rows = list(csv.DictReader(StringIO(report("--format", "csv"))))
    assert [int(row["Refund"]) for row in rows] == [second.pk, refund.pk]
    assert [row["Amount"] for row in rows] == ["20.00", "20.00"]
    values = [list(row.values()) for row in json.loads(report("--format", "json"))]
    assert [list(row.values()) for row in rows] == [[str(v) for v in row] for row in values]
