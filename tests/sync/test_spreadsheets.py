# ruff: noqa: RUF001  (letters that look like others are what is tested)
"""Files for spreadsheets: text stays text, in CSV and in XLSX alike, and amounts stay amounts."""

import csv
import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from sync.spreadsheets import csv_lines, inert, workbook

RUN = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1+1",
    " =1+1",
    "\u00a0\u2003=1+1",
    "\u200b\ufeff=1+1",
    "\x00=1+1",
    "\tx",
    "\rx",
    "\nx",
]
LEFT = ["", "Ann", "1+1", "a=b", "'=1", "José (-)", "  Ann", "#1", "−1 is no minus sign"]


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_is_marked(text):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", LEFT)
def test_other_text_is_left_as_it_is(text):
    assert inert(text) == text


def test_both_kinds_of_file_hold_the_same_cells():
    rows = [
        ["Name", "Amount", "Count"],
        ["＝1+1", Decimal("-999999999999.99"), 3],
        ["https://example.com", Decimal("0.10"), 0],
    ]
    read = list(csv.reader(io.StringIO("".join(csv_lines(rows)))))
    assert read == [
        ["Name", "Amount", "Count"],
        ["'＝1+1", "-999999999999.99", "3"],
        ["https://example.com", "0.10", "0"],
    ]
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook([("One", rows), ("Two", [])])))
    assert book.sheet_names == ["One", "Two"]
    assert book.get_sheet_by_name("One").to_python() == [
        ["Name", "Amount", "Count"],
        ["'＝1+1", -999999999999.99, 3.0],
        ["https://example.com", 0.1, 0.0],
    ]


def test_a_text_longer_than_a_cell_is_cut_rather_than_left_out():
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook([("One", [["x" * 40_000]])])))
    assert book.get_sheet_by_name("One").to_python() == [["x" * 32_767]]
