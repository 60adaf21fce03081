"""What a person answers of the files in `exports/`, and what then comes of them."""

from datetime import date

import pytest

from sync.intake.files.outcomes import Code, Outcome
from tests.intake.files.helpers import Result, table, workbook
from tests.intake.files.test_exports import FOLDER, line


def lines(name: str, **answers: object) -> list[str]:
    result = Result((FOLDER / name).read_bytes(), **answers)
    assert result.asked == []
    return [
        line(document)
        for one in result.staged
        if one.outcome == Outcome.TAKEN
        for document in one.documents
    ]


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        (
            "own_office_manager.xlsx",
            {"paid": "word"},
            [
                "invoice 1001 | Smith | 120.00 | 2026-01-13 | 0 lines | paid 120.00",
                "payment | Smith | 120.00 | 2026-01-20 | ck 1123 | 1001: 120.00",
                "invoice 1002 | Jones | 85.50 | 2026-01-14 | 0 lines | paid 85.50",
                "invoice 1003 | Smith | 240.00 | 2026-01-15 | 0 lines",
                "invoice 1004 | Brown | 60.00 | 2026-02-02 | 0 lines",
                "invoice 1005 | Jones | 60.00 | 2026-02-16 | 0 lines | paid 60.00",
                "payment | Jones | 60.00 | 2026-03-04 | ck 1123 | 1005: 60.00",
            ],
        ),
        (
            "own_day_numbers.csv",
            {"dates": {"Invoice Date": "from_1900"}},
            [
                "invoice 1001 | Smith | 120.00 | 2026-01-13 | 0 lines",
                "invoice 1002 | Jones | 85.50 | 2026-01-14 | 0 lines",
            ],
        ),
        (
            "own_months.xlsx",
            {"sheet": "*"},
            [
                "invoice 1 | Acme | 100.00 | 2026-01-13 | 0 lines",
                "invoice 2 | Barn | 50.50 | 2026-01-14 | 0 lines",
                "invoice 3 | Acme | 75.00 | 2026-02-13 | 0 lines",
            ],
        ),
        (
            "own_months.xlsx",
            {"sheet": "Feb"},
            ["invoice 3 | Acme | 75.00 | 2026-02-13 | 0 lines"],
        ),
        (
            "own_net_and_total.csv",
            {"difference": "tax"},
            [
                "invoice 1 | Acme | 113.00 | 2026-01-13 | 0 lines | tax 13.00 | paid 50.00",
                "invoice 2 | Barn | 50.00 | 2026-01-14 | 0 lines | paid 50.00",
            ],
        ),
        (
            "own_net_and_total.csv",
            {"difference": "other_charge"},
            [
                "invoice 1 | Acme | 113.00 | 2026-01-13 | 2 lines | paid 50.00",
                "invoice 2 | Barn | 50.00 | 2026-01-14 | 0 lines | paid 50.00",
            ],
        ),
        (
            "own_repeated_headers.csv",
            {"columns": {"Date #2": "received", "Amount #2": "amount"}},
            ["payment | Acme | 100.00 | 2026-01-20 | 1123 | 1: 100.00"],
        ),
        (
            "own_lines_tax_each.csv",
            {"kind": "invoices", "paid": "yes"},
            [
                "invoice 1001 | Smith | 65.00 | 2026-01-13 | 2 lines | tax 5.00 | paid 65.00",
                "payment | Smith | 65.00 | 2026-01-20 | Check 1123 | 1001: 65.00",
                "invoice 1002 | Jones | 43.30 | 2026-01-14 | 1 lines | tax 3.30",
            ],
        ),
        (
            "own_paid_of_total.csv",
            {"kind": "payments"},
            [
                "payment | Acme | 100.00 | 2026-01-13 | Check | 1: 100.00",
                "payment | Barn | 50.00 | 2026-01-14 | Cash | 2: 50.00",
            ],
        ),
        (
            "own_amount_tip_total.csv",
            {"kind": "payments", "columns": {"Total": "amount"}, "tips": "inside"},
            [
                "payment | Acme | 110.00 | 2026-01-13 | Visa | 1: 110.00",
                "payment | Barn | 50.00 | 2026-01-14 | Cash | 2: 50.00",
            ],
        ),
        (
            "german_payments_cp1252.csv",
            {"kind": "payments"},
            [
                "payment | Müller & Söhne | 1250.00 EUR | 2026-01-05 | Überweisung RE 2026-0017"
                " | 2026-0017: 1250.00",
                "payment | Bäckerei Groß | 45.00 EUR | 2026-01-12 | Bar | 2026-0018: 45.00",
                "refund | Bäckerei Groß | 5.00 EUR | 2026-01-13 | 2026-0018",
            ],
        ),
        (
            "stripe_charges.csv",
            {"refunds": "left_out"},
            [
                "payment | Acme Co | 450.00 USD | 2026-01-14 | : 450.00",
                "payment | b@barn.test | 54.00 USD | 2026-01-15 | : 54.00",
            ],
        ),
        (
            "clover_payments.csv",
            {"kind": "payments", "tips": "beside", "refunds": "received"},
            [
                "deposit | Jo Smith | 130.00 | 2026-01-13 | Credit Card",
                "deposit | Bo Jones | 50.00 | 2026-01-14 | Cash",
                "refund | Bo Jones | 20.00 | 2026-01-14 | PAY2",
            ],
        ),
    ],
)
def test_an_answer_settles_the_file(name: str, answers: dict, expected: list[str]):
    assert lines(name, **answers) == expected


def test_a_day_beside_a_status_has_an_order_and_is_never_before_the_invoice():
    def rows(*words: str) -> list[list[object]]:
        head: list[object] = ["Inv #", "Customer", "Date", "Amount", "Status"]
        return [head, *(["7", "Ada", date(2026, 2, 16), 60.5, word] for word in words)]

    def days(word: str, **answers: object) -> list[date]:
        result = Result(workbook(("a", rows(word))), paid="word", **answers)
        assert [one.code for one in result.asked] in ([], [Code.DATE_ORDER])
        return [one.received_on for one in result.payments if not result.asked]

    assert days("PAID 3/4 ck 1123") == []
    assert days("PAID 3/4 ck 1123", dates={"Status": "month"}) == [date(2026, 3, 4)]
    assert days("PAID 3/4 ck 1123", dates={"Status": "day"}) == [date(2026, 4, 3)]
    assert days("Pd. 1/20/2027 by check #9") == [date(2027, 1, 20)]
    assert days("paid 2/15") == []  # a year later, or the day before: nobody knows


@pytest.mark.parametrize("word", ["paid half", "PAID 50.00", "paid 3/4 and 3/9", "not paid yet?"])
def test_more_words_than_that_it_was_paid_are_asked(word: str):
    text = table(
        "Invoice #,Customer,Date,Total,Status",
        {
            "Invoice #": "1",
            "Customer": "Ada",
            "Date": "2026-01-13",
            "Total": "9.00",
            "Status": word,
        },
    )
    assert [one.code for one in Result(text).asked] == [Code.TYPE]


def test_what_a_status_of_an_invoice_leaves_open_is_asked():
    text = "Invoice #,Customer,Date,Total,Status\n1,Ada,2026-01-13,9.00,Pending\n"
    assert [one.code for one in Result(text).asked] == [Code.TYPE]
    assert Result(text, types={"Pending": "open"}).invoices[0].number == "1"


def test_a_total_that_differs_on_the_rows_of_an_invoice_is_asked():
    text = "Invoice #,Customer,Date,Total\n1,Ada,2026-01-13,10.00\n1,Ada,2026-01-13,5.00\n"
    assert [one.code for one in Result(text).asked] == [Code.AMOUNT]
    assert [one.total for one in Result(text, columns={"Total": "line_amount"}).invoices] == [15]
    assert Result(text, columns={"Total": "total"}).invoices == []


def test_sums_before_tax_by_name_tell_the_tax():
    text = "Invoice #,Customer,Date,Pre-tax total,Total\n1,Ada,2026-01-13,100.00,113.00\n"
    [invoice] = Result(text).invoices
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (100, 13, 113)


def test_columns_of_an_account_are_asked_what_they_are():
    text = "Date,Customer,Invoice #,Debit,Credit,Total\n2026-01-13,Ada,1,9.00,,9.00\n"
    assert [one.code for one in Result(text).asked] == [Code.KIND]


def test_times_with_the_letters_of_a_zone_are_the_days_of_the_unit():
    head = "Payment date,Customer,Invoice #,Payment amount\n"
    at = {
        "13-Jan-2026 07:00:00 PM PST": date(2026, 1, 14),
        "13-Jan-2026 03:00:00 PM PST": date(2026, 1, 13),
        "Tue 1/13/2026": date(2026, 1, 13),
    }
    for text, day in at.items():
        [payment] = Result(head + f"{text},Ada,1,9.00\n").payments
        assert payment.received_on == day, text
    refused = Result(head + "13-Jan-2026 03:00:00 PM ABC,Ada,1,9.00\n").refused
    assert [code for _, code, *_ in refused] == [Code.NOT_A_DATE]


def test_a_way_of_paying_tells_what_went_back_or_to_others_whatever_its_status():
    text = table(
        "Payment date,Customer,Invoice #,Payment amount,Payment method,Status",
        *(
            {"Payment date": "2026-01-13", "Customer": "Ada", "Invoice #": "1",
             "Payment amount": "9.00", "Payment method": way, "Status": "Completed"}
            for way in ("Card", "Card refund", "ACCPAYPAYMENT")
        ),
    )  # fmt: skip
    result = Result(text)
    assert [one.method for one in result.payments] == ["Card"]
    assert [one.amount for one in result.refunds] == [9]
    assert result.not_ours == [((4,), Code.OTHER_TYPE)]
