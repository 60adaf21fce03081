"""Any bytes and any sheet get a clear answer, and every row that goes in comes out once."""

import json
import os
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.intake.files.answers import Answers, taking
from sync.intake.files.columns.names import MEANING
from sync.intake.files.layouts import LAYOUTS, recognise
from sync.intake.files.outcomes import Code, FileRefused, Outcome
from sync.intake.files.reading import read
from sync.intake.files.records import Invoice, Party, Payment, Refund
from tests.intake.files.helpers import Result, workbook

EXAMPLES = int(os.environ.get("INTAKE_EXAMPLES", "20"))
SLOW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = sorted({name for layout in LAYOUTS for name in layout.fields})
CELLS = st.one_of(
    st.sampled_from([
        "", "1", "9001", "00871", "9001, 9002", "Ada", "Total", "TOTAL", "Summe", "-", "$1,234.50",
        "1.250,00", "($33.62)", "1.234", "99.999", "2026-01-05", "13/02/2026", "01/05/2026",
        "Nov 20, 2025", "=1+1", '="0833"', "Paid", "Draft", "Refund", "Payment", "Invoice", "usd",
        "2026-08-01T00:10:00Z", "ch_1", "no", "-5.00", "0.00", "1e400", "NaN", "²", "\x00",
        "\ud800",
    ]),
    st.text(max_size=12),
)  # fmt: skip


def settle(content: bytes) -> Result | None:
    try:
        return Result(content)
    except FileRefused:
        return None


def assert_whole(result: Result) -> None:
    """Nothing taken is below zero, half or without a day; every row was counted once."""
    assert sum(result.tally.outcomes.values()) == result.tally.rows
    asked = {reason.code for one in result.staged for reason in one.reasons
             if one.outcome == Outcome.ASKED}  # fmt: skip
    # A split is asked with the open balances, which are stored (splitting.py).
    assert result.asked or asked <= {Code.SPLIT}, "no row waits for an answer to no question"
    for one in result.staged:
        assert one.documents or one.outcome != Outcome.TAKEN
        assert one.reasons or one.outcome == Outcome.TAKEN
        if one.outcome != Outcome.TAKEN:
            continue
        for document in one.documents:
            if isinstance(document, Party):
                assert document.name
                continue
            assert document.external_id
            if isinstance(document, Invoice):
                assert document.number
                assert document.customer.name
                assert document.total >= 0
                assert document.issued_on.year >= 1970
            if isinstance(document, Payment | Refund):
                assert document.amount > 0
            if isinstance(document, Payment):
                given = sum((part.amount or Decimal(0)) for part in document.allocations)
                assert given <= document.amount
                assert all(part.amount is not None for part in document.allocations)


@SLOW
@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(content: bytes):
    if result := settle(content):
        assert_whole(result)


@SLOW
@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=9), st.data())
def test_any_table_of_known_names_is_accounted_for(header: list[str], data: st.DataObject):
    rows = data.draw(st.lists(st.lists(CELLS, max_size=len(header) + 1), max_size=8))
    delimiter = data.draw(st.sampled_from(",;\t|"))
    lines = [
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row)
        for row in [header, *rows]
    ]
    if result := settle("\n".join(lines).encode("utf-8", "surrogatepass")):
        assert_whole(result)


@SLOW
@given(st.sampled_from(LAYOUTS), st.data())
def test_any_rows_of_any_known_export_are_accounted_for(layout, data: st.DataObject):
    header = list(
        dict.fromkeys([*(name.split("|")[0] for name in layout.required), *layout.fields])
    )
    assert recognise(tuple(header)) is not None
    rows = data.draw(
        st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=6)
    )
    lines = [
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header, *rows]
    ]
    result = settle("\n".join(lines).encode("utf-8", "surrogatepass"))
    if result:
        assert_whole(result)


SHEET_CELLS = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**19), 10**19),
    st.dates(),
    CELLS.filter(lambda text: text.isprintable()),
)


@SLOW
@given(
    st.lists(st.sampled_from(NAMES), min_size=2, max_size=8),
    st.lists(st.lists(SHEET_CELLS, max_size=9), max_size=6),
)
def test_any_sheet_is_accounted_for(header: list[str], rows: list[list[object]]):
    if result := settle(workbook(("a", [header, *rows]))):
        assert_whole(result)


FOLDER = os.environ.get("INTAKE_SAMPLES", "")
ZONES = {"16_hcp_payments.csv": ZoneInfo("America/Chicago")}


@pytest.mark.skipif(not FOLDER, reason="INTAKE_SAMPLES names no folder of files")
def test_the_files_of_a_folder_give_what_is_expected_of_them():
    folder = Path(FOLDER)
    expected = json.loads((folder / "expected.json").read_text())
    for name, said in expected.items():
        result = Result((folder / name).read_bytes(), ZONES.get(name, UTC))
        assert_whole(result)
        assert result.tally.data_rows == said["data_rows"], name
        if "header_at_line" in said:
            assert result.reading.table.header_row == said["header_at_line"], name
        if "paid_by_source" in said:
            claims = sum(one.paid_by_source or 0 for one in result.invoices)
            assert claims == sum(map(Decimal, said["paid_by_source"].values())), name
        totals = said.get("total") or said.get("invoices_total")
        if totals and result.invoices:
            found = sum(one.total for one in result.invoices)
            assert found == sum(map(Decimal, totals.values())), name
        assert all(control.stated == control.found for control in result.controls), name


BOOK = workbook(("a", [["Invoice #", "Customer", "Date", "Total"], ["1", "Ada", "=A1", 10]]))


@SLOW
@given(st.integers(0, len(BOOK) - 1), st.integers(0, 255), st.integers(0, 20))
def test_any_damaged_workbook_gets_an_answer(at: int, byte: int, lost: int):
    damaged = bytearray(BOOK)
    damaged[at] = byte
    del damaged[at + 1 : at + 1 + lost]
    if result := settle(bytes(damaged)):
        assert_whole(result)


def test_a_workbook_of_which_a_part_is_damaged_is_refused():
    at = BOOK.index(b"xl/workbook.xml")
    with pytest.raises(FileRefused) as refused:
        Result(BOOK[:at] + b"xl/workboak.xml" + BOOK[at + 15 :])
    assert refused.value.code == Code.BROKEN_FILE


WAYS = [
    "PAID 3/4 ck 1123", "paid half", "VOID - dup", "46035", "$ -", " $ (20.00)", "50.-", "12.50",
    "Tue 1/13/2026", "13-Jan-2026 07:00 PM PST", "US Dollar", "deposit", "Pending", "Refunded",
]  # fmt: skip


@SLOW
@given(st.lists(st.sampled_from(sorted(MEANING)), min_size=3, max_size=9, unique=True), st.data())
def test_any_table_is_accounted_for_however_it_is_answered(header: list[str], data: st.DataObject):
    cells = st.one_of(st.sampled_from(WAYS), CELLS.filter(str.isprintable))
    lines = [header, *data.draw(st.lists(st.lists(cells, max_size=len(header)), max_size=6))]
    text = "\n".join(";".join(f'"{cell.replace(chr(34), "")}"' for cell in row) for row in lines)
    content, answers = text.encode("utf-8", "replace"), Answers()
    for _ in range(6):
        try:
            reading = read(content, UTC, answers)
            questions = [one for one in reading.questions if one.choices]
            assert_whole(Result(content, **json.loads(answers.to_json())))
        except FileRefused:
            return
        if not questions:
            return
        choice = data.draw(st.sampled_from([c for one in questions for c in one.choices]))
        answers = taking(answers, choice.key, choice.answer)
