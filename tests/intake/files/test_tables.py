"""From bytes to a table: encodings, delimiters, sheets, header rows, and what is no table."""

import io
import zipfile
from datetime import UTC, date

import pytest

from sync.intake.files.answers import Answers
from sync.intake.files.columns.open_columns import NEEDED
from sync.intake.files.opening import tables, workbooks
from sync.intake.files.outcomes import Code, FileRefused
from sync.intake.files.reading import read
from sync.intake.files.words import HELD, WORDS
from sync.intake.imports.saying import question_words, reason_words
from tests.intake.files.helpers import Result, money, workbook

UMLAUTS = "Rechnung Nr.;Kunde;Datum;Brutto\n17;Müller & Söhne;05.01.2026;1.250,00\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_every_encoding_and_delimiter_is_found(encoding: str, delimiter: str):
    [invoice] = Result(UMLAUTS.replace(";", delimiter).encode(encoding)).invoices
    assert (invoice.customer.name, invoice.total) == ("Müller & Söhne", money("1250.00"))


def test_a_line_that_names_the_separator_is_row_one():
    result = Result("sep=;\r\n" + UMLAUTS.replace("\n", "\r\n"))
    assert result.reading.table.header_row == 2
    assert result.invoices[0].number == "17"


def test_letters_of_eight_bits_are_shown_and_may_be_chosen():
    content = UMLAUTS.encode("mac-roman")
    question = next(q for q in Result(content).reading.questions if q.code == Code.ENCODING)
    assert not question.required
    assert Result(content, encoding="mac-roman").invoices[0].customer.name == "Müller & Söhne"


def test_what_surrounds_a_table_is_no_data():
    text = (
        "Riverside\n,,,Billed,\n\nInvoice #,Customer,Date,Amount,Notes\n1,Ada,2026-01-05,10.00,\n"
        ",,,,\nInvoice #,Customer,Date,Amount,Notes\n2,Bo,2026-01-06,5.00,\nTotal,,,15.00,\n"
        "Printed 5 Feb 2026,,,,\n"
    )
    result = Result(text)
    assert result.reading.table.header_row == 4
    assert [one.number for one in result.invoices] == ["1", "2"]
    assert result.tally.reasons == {
        Code.PREAMBLE: 3, Code.HEADER: 2, Code.BLANK: 1, Code.TOTAL: 1, Code.FOOTER: 1,
    }  # fmt: skip
    assert [(c.stated, c.found) for c in result.controls] == [(15, 15)]


def test_a_row_with_more_cells_than_columns_is_never_shifted():
    result = Result("Invoice #,Customer,Date,Amount\n1,Doe, John,2026-01-05,10.00\n")
    assert [code for _, code, *_ in result.refused] == [Code.TOO_MANY_CELLS]


def test_the_first_visible_sheet_with_a_table_is_read_and_others_offered():
    table = [["Inv #", "Customer", "Date", "Amount"], ["00870", "Ada", date(2025, 12, 30), 75]]
    other = [["Inv #", "Customer", "Date", "Total"], ["00870", "Ada", date(2026, 12, 30), 75]]
    data = workbook(
        ("secret", table), ("notes", [["Hello"]]), ("2025", table), ("2026", other),
        hidden=("secret",),
    )  # fmt: skip
    result = Result(data)
    [question] = [q for q in result.reading.questions if q.code == Code.SHEET]
    assert (question.default, question.required) == ("2025", False)
    assert [choice.answer for choice in question.choices] == ["notes", "2025", "2026"]
    [invoice] = result.invoices
    assert (invoice.number, invoice.issued_on, invoice.total) == (
        "00870", date(2025, 12, 30), money("75.00"),
    )  # fmt: skip
    assert Result(data, sheet="2026").invoices[0].number == "00870"
    with pytest.raises(FileRefused) as refused:
        Result(data, sheet="secret")
    assert refused.value.code == Code.NO_SUCH_SHEET


def test_a_sheet_of_ones_own_with_formulas_and_lines_below_each_other():
    head: list[object] = [
        "Inv #",
        "Customer",
        "Date",
        "Service",
        "Qty",
        "Price",
        "Amount",
        "Paid on",
    ]
    data = workbook((
        "2026",
        [
            ["Jobs"], [], head,
            ["00872", "Acme", date(2026, 1, 9), "Haul", 2, 150.5, "=E4*F4"],
            [None, None, None, "Dump fee", 1, 35.25, "=E5*F5", date(2026, 2, 1)],
            ["00873", '=HYPERLINK("http://x","Pat")', date(2026, 3, 4), "Haul", 1, 9, 9],
            ["00874", "Bo", date(2026, 3, 4), "Haul", 1, 99.999, 99.999],
            ["00875", "Bo", date(2026, 3, 4), "Haul", 1, 80, -80],
            [None, None, None, None, None, "Total", "=SUM(G4:G8)"],
        ],
    ))  # fmt: skip
    result = Result(data)
    [invoice] = result.invoices
    assert (invoice.number, invoice.total) == ("00872", money("336.25"))
    assert [line.amount for line in invoice.lines] == [money("301.00"), money("35.25")]
    by_row = {}
    for rows, code, *_ in result.refused:
        by_row.setdefault(rows, set()).add(code)
    assert by_row == {
        (6,): {Code.FORMULA},
        (7,): {Code.TOO_MANY_DECIMALS},
        (8,): {Code.DOES_NOT_ADD_UP, Code.NEGATIVE},
    }
    assert result.not_ours[-1] == ((9,), Code.TOTAL)
    paid = Result(data, paid="yes")
    assert [question.code for question in paid.asked] == [Code.PAID_DATE]
    assert paid.invoices == []
    [payment] = Result(data, paid="yes", paid_lines="whole").payments
    assert (payment.amount, payment.received_on) == (money("336.25"), date(2026, 2, 1))


def test_a_number_that_excel_spoiled_is_refused():
    data = workbook(("a", [["Invoice #", "Customer", "Date", "Total"],
                           [1234567890123456789, "Ada", date(2026, 1, 5), 5]]))  # fmt: skip
    assert [code for _, code, *_ in Result(data).refused] == [Code.DIGITS_LOST]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.EMPTY_FILE),
        (b"\xef\xbb\xbf\r\n", Code.EMPTY_FILE),
        (b"%PDF-1.7 ...", Code.PDF),
        (b"<html><table><tr><td>1</td></tr></table>", Code.WEB_PAGE),
        (b"PK\x03\x04 not really", Code.BROKEN_FILE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not really", Code.BROKEN_FILE),
        (bytes(range(256)) * 20, Code.NOT_TEXT),
        (b"just a line of words\n", Code.NO_TABLE),
        (b'Invoice #,Customer,Date,Total\n1,"' + b"x" * 200_000, Code.BROKEN_FILE),
    ],
)
def test_what_is_no_table_is_refused_by_name(content: bytes, code: Code):
    with pytest.raises(FileRefused) as refused:
        Result(content)
    assert refused.value.code == code


def test_a_file_that_unpacks_to_far_more_is_not_opened():
    with pytest.raises(FileRefused) as refused:
        Result(bomb())
    assert refused.value.code == Code.TOO_DENSE


def test_size_rows_and_columns_have_limits(monkeypatch: pytest.MonkeyPatch):
    text = "Invoice #,Customer,Date,Total\n" + "1,Ada,2026-01-05,1.00\n" * 5
    for name, value, code in (
        ("MAX_BYTES", 50, Code.FILE_TOO_LARGE),
        ("MAX_ROWS", 4, Code.TOO_MANY_ROWS),
        ("MAX_COLUMNS", 3, Code.TOO_MANY_COLUMNS),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(tables, name, value)
            with pytest.raises(FileRefused) as refused:
                Result(text)
        assert refused.value.code == code
    assert workbooks.MAX_RATIO > 1


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"sheet": 1}',
        '{"unknown": "x"}',
        '{"dates": {"a": 1}}',
        '{"splits": {"a": "b"}}',
    ],
)
def test_answers_of_another_shape_are_refused(text: str):
    with pytest.raises(FileRefused) as refused:
        Answers.from_json(text)
    assert refused.value.code == Code.BAD_ANSWER


def test_answers_survive_being_written_down():
    answers = Answers(kind="invoices", dates={"Datum": "day"}, splits={"1,2=3.00": {"1": "3.00"}})
    assert Answers.from_json(answers.to_json()) == answers


def test_the_signature_is_the_names_of_the_columns_in_any_order():
    one, two, other = (
        read(f"{header}\n1,a,2026-01-05,1.00\n".encode(), UTC)
        for header in (
            "Invoice #,Customer,Date,Total",
            "Total,invoice #,Customer,DATE",
            "Invoice #,Customer,Date,Total,Tip",
        )
    )
    assert one.table.signature == two.table.signature != other.table.signature


def test_every_code_has_words():
    assert set(WORDS) == set(Code)
    result = Result("Invoice #,Customer,Date,Total\n1,,01/05/2026,x\n")
    assert all(reason_words(reason) for one in result.staged for reason in one.reasons)
    assert all(question_words(question) for question in result.reading.questions)


def test_a_column_that_is_asked_for_is_named_in_plain_words():
    asked = {group[0].value for groups in NEEDED.values() for group in groups}
    assert asked == HELD.keys()
    [question] = Result("Invoice #,Who,Date,Total\n1,Ada,2026-01-13,10.00\n").asked
    assert question_words(question) == "Which column holds the customer's name?"
