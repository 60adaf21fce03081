"""Amounts, dates and texts as people write them, and what a column's own values prove."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sync.intake.files.outcomes import Code, Outcome
from sync.intake.files.values.amounts import read_amount
from sync.intake.files.values.dates import read_date
from tests.intake.files.helpers import Result, money, workbook

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("$1,234.50", ".", "1234.50"),
        ("($33.62)", ".", "-33.62"),
        ("-$0.93", ".", "-0.93"),
        ("$-0.93", ".", "-0.93"),
        ("$1,149.00 ", ".", "1149.00"),
        ("1.250,00", ",", "1250.00"),
        ("1 250,00 €", ",", "1250.00"),
        ("1\u202f250,00 €", ",", "1250.00"),
        ("1'250.00", ".", "1250.00"),
        ("CHF 1\u2019250.00", ".", "1250.00"),
        ("R$ 1.250,00", ",", "1250.00"),
        ("C$12.00", ".", "12.00"),
        ("210.0", ".", "210.00"),
        ("28666.0900", ".", "28666.09"),
        ("1.234", ",", "1234.00"),
        ("1,234", ".", "1234.00"),
        ("12.50-", ".", "-12.50"),
        ("\u221212.50", ".", "-12.50"),
        ("\uff11\uff12.\uff15\uff10", ".", "12.50"),
        ("1,00,000.00", ".", "100000.00"),
        (".5", ".", "0.50"),
        ("0", ".", "0.00"),
        ("45 kr", ".", "45.00"),
    ],
)
def test_an_amount_is_read_in_any_usual_form(text: str, mark: str, amount: str):
    assert read_amount(text, mark) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "mark", "code"),
    [
        ("99.999", ".", Code.TOO_MANY_DECIMALS),
        ("1.234", ".", Code.TOO_MANY_DECIMALS),
        ("1.250,00", ".", Code.OTHER_DECIMAL_MARK),
        ("1e2", ".", Code.NOT_A_NUMBER),
        ("1_000", ".", Code.NOT_A_NUMBER),
        ("12.3.4", ".", Code.NOT_A_NUMBER),
        ("1,23,4.00", ".", Code.NOT_A_NUMBER),
        ("twelve", ".", Code.NOT_A_NUMBER),
        ("NaN", ".", Code.NOT_A_NUMBER),
        ("٣٤", ".", Code.NOT_A_NUMBER),
        ("²", ".", Code.NOT_A_NUMBER),
        ("9" * 13 + ".00", ".", Code.TOO_LARGE),
    ],
)
def test_what_is_no_exact_amount_is_named_and_not_rounded(text: str, mark: str, code: Code):
    assert read_amount(text, mark) == code


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-02-13", "", date(2026, 2, 13)),
        ("2026/2/3", "", date(2026, 2, 3)),
        ("20260213", "", date(2026, 2, 13)),
        ("Nov 20, 2025", "", date(2025, 11, 20)),
        ("20 November 2025", "", date(2025, 11, 20)),
        ("3. März 2026", "", date(2026, 3, 3)),
        ("3 févr. 2026", "", date(2026, 2, 3)),
        ("3 de febrero de 2026", "", date(2026, 2, 3)),
        ("03-Feb-26", "", date(2026, 2, 3)),
        ("Thursday, February 5, 2026", "", date(2026, 2, 5)),
        ("03/02/2026", "day", date(2026, 2, 3)),
        ("03/02/2026", "month", date(2026, 3, 2)),
        ("3/1/26", "month", date(2026, 3, 1)),
        ("05.01.2026", "day", date(2026, 1, 5)),
        ("10/02/2026 10:00 AM", "month", date(2026, 10, 2)),
        ("2026-08-01T00:10:00Z", "", date(2026, 7, 31)),
        ("2026-07-23T23:50:00-05:00", "", date(2026, 7, 23)),
        ("2026-07-18 17:02:31 -0500", "", date(2026, 7, 18)),
        ("2026-07-18 17:02:31", "", date(2026, 7, 18)),
        ("2026-01-01 03:00 UTC", "", date(2025, 12, 31)),
    ],
)
def test_a_date_is_the_day_it_was_in_the_unit(text: str, order: str, day: date):
    assert read_date(text, order, CHICAGO) == day


@pytest.mark.parametrize(
    ("text", "order", "code"),
    [
        ("2026-02-30", "", Code.NOT_A_DATE),
        ("13/02/2026", "month", Code.OTHER_DATE_ORDER),
        ("46027", "", Code.NOT_A_DATE),
        ("1769904000", "", Code.NOT_A_DATE),
        ("0001-01-01", "", Code.NOT_A_DATE),
        ("2026-01-01T25:00:00Z", "", Code.NOT_A_DATE),
        ("tomorrow", "", Code.NOT_A_DATE),
        ("32.13.2026", "day", Code.NOT_A_DATE),
    ],
)
def test_what_is_no_date_is_named(text: str, order: str, code: Code):
    assert read_date(text, order, CHICAGO) == code


HEADER = "Invoice #,Customer,Invoice date,Due date,Total\n"


def invoices(*days: str, due: str = "", total: str = "10.00") -> str:
    rows = (f'{at + 1},Ada,"{day}","{due}","{total}"\n' for at, day in enumerate(days))
    return HEADER + "".join(rows)


def test_one_date_proves_its_column_and_the_columns_beside_it():
    result = Result(invoices("03/02/2026", "13/02/2026", due="04/03/2026"))
    assert result.invoices[0].issued_on == date(2026, 2, 3)
    assert result.invoices[0].due_on == date(2026, 3, 4)
    proofs = {
        proof.column: (proof.reading, proof.example) for proof in result.reading.settled.proofs
    }
    assert proofs["Invoice date"] == ("day", "13/02/2026")
    assert proofs["Due date"] == ("day", "")


def test_days_that_only_rise_one_way_prove_it():
    days = ["01/02/2026", "01/04/2026", "01/07/2026", "01/09/2026", "02/01/2026", "02/03/2026"]
    result = Result(invoices(*days))
    assert result.asked == []
    assert result.invoices[1].issued_on == date(2026, 1, 4)


def test_a_date_that_may_be_two_days_is_asked_and_nothing_is_taken():
    text = invoices("01/05/2026", "02/03/2026")
    result = Result(text)
    [question] = result.asked
    assert (question.code, question.column) == (Code.DATE_ORDER, "Invoice date")
    assert [choice.answer for choice in question.choices] == ["day", "month"]
    assert result.invoices == []
    assert result.tally.outcomes[Outcome.ASKED] == 2
    answered = Result(text, dates={"Invoice date": "month"})
    assert answered.invoices[0].issued_on == date(2026, 1, 5)


def test_a_column_of_both_orders_is_asked_for_what_is_open_only():
    result = Result(invoices("13/02/2026", "02/13/2026", "01/05/2026"))
    assert [one.issued_on for one in result.invoices] == [date(2026, 2, 13), date(2026, 2, 13)]
    assert [code for _, code, *_ in result.reasons(Outcome.ASKED)] == [Code.DATE_ORDER]


def test_the_decimal_mark_is_asked_where_no_amount_tells():
    text = invoices("2026-01-05", total="1.234")
    assert [question.code for question in Result(text).asked] == [Code.DECIMAL_MARK]
    assert Result(text, decimals={"Total": ","}).invoices[0].total == money("1234.00")
    refused = Result(text, decimals={"Total": "."}).refused
    assert [code for _, code, *_ in refused] == [Code.TOO_MANY_DECIMALS]


def test_whole_numbers_that_may_be_cents_are_asked():
    text = invoices("2026-01-05", total="12550")
    assert [question.code for question in Result(text).asked] == [Code.CENTS]
    assert Result(text, cents={"Total": "yes"}).invoices[0].total == money("125.50")
    assert Result(text, cents={"Total": "no"}).invoices[0].total == money("12550.00")
    named = text.replace("Total", "Total (cents)")
    assert Result(named, columns={"Total (cents)": "total"}).invoices[0].total == money("125.50")


def test_days_in_a_later_zone_do_not_overflow():
    zone = ZoneInfo("Pacific/Kiritimati")
    assert read_date("2099-12-31T23:00:00Z", "", zone) == Code.NOT_A_DATE
    assert read_date("2026-01-01T00:00:00+14:00", "", zone) == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("cell", "number"),
    [('"=""0833"""', "0833"), ("00871", "00871"), ("1234567890123456789", "1234567890123456789")],
)
def test_a_number_keeps_its_zeros_and_all_its_digits(cell: str, number: str):
    result = Result(HEADER + f"{cell},Ada,2026-01-05,,10.00\n")
    assert result.invoices[0].number == number


def test_formulas_are_neither_run_nor_taken_as_text():
    text = (
        HEADER + '1,"=HYPERLINK(""http://x"",""Pat"")",2026-01-05,,10.00\n2,Bo,2026-01-05,,=1+1\n'
    )
    codes = {(rows, code) for rows, code, *_ in Result(text).refused}
    assert ((2,), Code.FORMULA) in codes
    assert ((3,), Code.FORMULA) in codes
    assert Result(text).invoices == []


def test_numbers_that_lost_their_zeros_are_asked():
    text = HEADER + "00871,A,2026-01-05,,1.00\n00872,A,2026-01-05,,1.00\n874,A,2026-01-05,,1.00\n"
    assert [question.code for question in Result(text).asked] == [Code.ZEROS_LOST]
    assert [one.number for one in Result(text).invoices] == ["00871", "00872"]
    assert Result(text, numbers="pad").invoices[2].number == "00874"
    assert Result(text, numbers="keep").invoices[2].number == "874"


def test_stored_days_that_a_spreadsheet_may_have_turned_are_asked():
    head: list[object] = ["Payment Date", "Invoice #", "Amount"]
    turned: list[list[object]] = [
        head, [date(2026, 5, 2), "1", 9], ["02/13/2026", "2", 9], [date(2026, 1, 2), "3", 9],
        [date(2026, 4, 2), "4", 9],
    ]  # fmt: skip
    data = workbook(("2026", turned))
    assert [one.code for one in Result(data).asked] == [Code.SWAPPED]
    days = Result(data, swapped={"Payment Date": "turned"}).payments
    assert [f"{one.received_on}" for one in days] == [
        "2026-02-05", "2026-02-13", "2026-02-01", "2026-02-04",
    ]  # fmt: skip
    kept = Result(data, swapped={"Payment Date": "as_stored"}).payments[0]
    assert f"{kept.received_on}" == "2026-05-02"
    for sure in (["03/01/2026", "5", 9], [date(2026, 3, 28), "5", 9]):
        assert Result(workbook(("2026", [*turned, sure]))).asked == []
    in_order = [[date(2026, *day), "1", 9] for day in ((1, 5), (1, 9), (3, 2), (3, 4))]
    assert Result(workbook(("2026", [head, *in_order, ["04/13/2026", "6", 9]]))).asked == []


@pytest.mark.parametrize("sign", ["/", "-"])
@pytest.mark.parametrize("first", ["15", "22"])
def test_days_of_one_number_over_some_years_are_not_taken_for_years(first: str, sign: str):
    days = [f"{first}/01/20", f"{first}/04/21", f"{first}/07/22", f"{first}/07/24"]
    result = Result(invoices(*(day.replace("/", sign) for day in days)))
    if first == "15":
        assert [one.issued_on.year for one in result.invoices] == [2020, 2021, 2022, 2024]
        return
    [question] = result.asked
    assert [choice.answer for choice in question.choices] == ["day", "year"]
    assert result.invoices == []
    told = {
        order: Result(invoices(*days), dates={"Invoice date": order}).invoices[1].issued_on
        for order in ("day", "year")
    }
    assert told == {"day": date(2021, 4, 22), "year": date(2022, 4, 21)}


def test_days_with_dots_never_have_their_year_first():
    result = Result(invoices("31.01.20", "30.04.21", "30.06.24", "31.01.03"))
    assert [one.issued_on.year for one in result.invoices] == [2020, 2021, 2024, 2003]


def test_a_lone_day_has_its_year_where_the_column_beside_it_has_it():
    text = invoices("26-02-13", "26-02-20", due="26-03-13")
    assert [one.code for one in Result(text).asked] == [Code.DATE_ORDER]
    told = Result(text, dates={"Invoice date": "year"})
    assert [f"{one.due_on}" for one in told.invoices] == ["2026-03-13"] * 2
    other = Result(text, dates={"Invoice date": "day"})
    assert [f"{one.due_on}" for one in other.invoices] == ["2013-03-26"] * 2
