"""What was voided, returned or given back is not taken for money, and one payment is not two."""

import time

import pytest

from sync.intake.files.outcomes import Code, Outcome
from tests.intake.files.helpers import Result, money

PAID = "Payment Date,Customer,Invoice #,Amount"
BILLED = "Invoice #,Date,Customer,Amount"


def test_a_column_that_says_voided_leaves_its_rows_out():
    result = Result(f"{PAID},Voided\n2026-02-13,Ada,41,120.00,No\n2026-02-14,Bo,42,80.00,Yes\n")
    assert [one.amount for one in result.payments] == [money("120.00")]
    assert result.not_ours == [((3,), Code.DELETED)]
    days = Result(f"{PAID},Void Date\n2026-02-13,Ada,41,9.00,\n2026-02-13,Bo,4,8.00,2026-02-14\n")
    assert [one.amount for one in days.payments] == [money("9.00")]
    bills = Result(f"{BILLED},Void\n41,2026-02-13,Ada,120.00,\n42,2026-02-14,Bo,80.00,X\n")
    assert [one.voided for one in bills.invoices] == [False, True]


def test_void_in_the_place_of_a_customer_is_nobody():
    result = Result(f"{BILLED}\n41,2026-02-13,Ada,120.00\n42,2026-02-14,VOID,0.00\n")
    assert [one.number for one in result.invoices] == ["41"]
    assert result.not_ours == [((3,), Code.DELETED)]


@pytest.mark.parametrize("name", ["Notes", "Reason", "What happened"])
@pytest.mark.parametrize("remark", ["VOID", "NSF - bank returned it", "Refund for late arrival"])
def test_a_remark_that_may_undo_its_payment_is_asked(name: str, remark: str):
    text = f"{PAID},{name}\n2026-02-13,Ada,41,120.00,\n2026-02-14,Ada,42,20.00,{remark}\n"
    result = Result(text)
    assert [(one.code, one.column, one.examples) for one in result.asked] == [
        (Code.TYPE, name, (remark,))
    ]
    assert [one.amount for one in result.payments] == [money("120.00")]
    assert len(Result(text, types={remark: "payment"}).payments) == 2
    assert [one.amount for one in Result(text, types={remark: "refund"}).refunds] == [
        money("20.00")
    ]
    assert Result(text.replace("20.00,", "-20.00,").replace("1-20", "120")).asked == []


def test_a_remark_that_may_undo_its_bill_is_asked():
    text = f"{BILLED},Memo\n41,2026-02-13,Ada,120.00,paid\n42,2026-02-14,Bo,80.00,VOID - again\n"
    result = Result(text)
    assert [one.examples for one in result.asked] == [("VOID - again",)]
    assert [one.voided for one in Result(text, types={"VOID - again": "void"}).invoices] == [
        False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["Write-off", "Account Credit", "Discount", "Bad debt"])
def test_a_way_of_paying_by_which_no_money_came_is_asked(method: str):
    text = f"{PAID},Payment Method\n2026-02-13,Ada,41,9.00,Check\n2026-02-14,Bo,42,8.00,{method}\n"
    result = Result(text)
    assert [one.examples for one in result.asked] == [(method,)]
    assert [one.method for one in result.payments] == ["Check"]
    assert Result(text, types={method: "not_ours"}).not_ours == [((3,), Code.OTHER_TYPE)]


def test_a_column_of_known_words_is_of_types_whatever_its_name():
    result = Result(
        f"{PAID},Entry\n2026-02-13,Ada,41,9.00,Payment\n2026-02-14,Ada,41,2.00,Refund\n"
    )
    assert [one.amount for one in result.payments] == [money("9.00")]
    assert [one.amount for one in result.refunds] == [money("2.00")]


def test_a_row_with_only_what_went_back_is_the_refund_of_its_own_day():
    result = Result(f"{PAID},Refunds\n2026-02-13,Ada,41,9.00,\n2026-02-14,Ada,41,,2.00\n")
    assert result.asked == []
    assert [(one.amount, f"{one.refunded_on}") for one in result.refunds] == [
        (money("2.00"), "2026-02-14")
    ]


def test_what_went_back_beside_an_invoice_and_a_dispute_beside_a_payment_are_noted():
    bill = f"{BILLED},Due date,Refunded\n41,2026-02-13,Ada,120.00,2026-02-14,20.00\n"
    [staged] = [one for one in Result(bill, kind="invoices").staged if one.documents]
    assert (staged.outcome, staged.reasons[0].code) == (Outcome.TAKEN, Code.GIVEN_BACK)
    paid = f"{PAID},Disputed Amount\n2026-02-13,Ada,41,120.00,120.00\n"
    [staged] = [one for one in Result(paid).staged if one.documents]
    assert (staged.outcome, staged.reasons[0].code) == (Outcome.TAKEN, Code.DISPUTE)


def test_an_invoice_that_was_refunded_is_not_taken_as_open():
    text = f"{BILLED},Status\n41,2026-02-13,Ada,120.00,Sent\n42,2026-02-14,Bo,80.00,Refunded\n"
    assert [one.examples for one in Result(text).asked] == [("Refunded",)]


@pytest.mark.parametrize("name", ["Payment ID", "Check #"])
def test_one_amount_on_several_rows_of_a_payment_is_asked(name: str):
    text = (
        f"{name},{PAID}\nP1,2026-02-13,Ada,41,500.00\nP1,2026-02-13,Ada,42,500.00\n"
        "P2,2026-02-14,Bo,43,80.00\n"
    )
    assert [one.code for one in Result(text).asked] == [Code.RECEIPT]
    each = Result(text, receipts="of_each").payments
    assert sum(one.amount for one in each) == money("1080.00")
    whole = Result(text, receipts="of_all", splits={"41,42=500.00": {"41": "300", "42": "200"}})
    assert [one.amount for one in whole.payments] == [money("500.00"), money("80.00")]
    assert [part.amount for part in whole.payments[0].allocations] == [money("300"), money("200")]


def test_a_number_of_each_row_of_a_ledger_is_no_invoice_of_its_payments():
    text = (
        "Client,Date,Type,Number,Amount\nAda,2026-02-13,Invoice,1041,100.00\n"
        "Ada,2026-02-20,Payment,501,100.00\n"
    )
    [payment] = Result(text).payments
    assert (payment.allocations, payment.reference) == ((), "501")
    [payment] = Result(text.replace("501", "1041")).payments
    assert [part.invoice_number for part in payment.allocations] == ["1041"]
    [payment] = Result(text.replace("Number", "Invoice #")).payments
    assert [part.invoice_number for part in payment.allocations] == ["501"]


@pytest.mark.parametrize("name", ["Reference", "Check #", "Payment ID"])
def test_rows_that_differ_are_not_joined_by_their_number(name: str):
    text = (
        f"{name},{PAID}\nAuto,2026-01-20,Ann,1,100.00\nAuto,2026-02-20,Ann,2,100.00\n"
        "Auto,2026-02-20,Bo,3,100.00\nAuto,2026-03-20,Ann,4,100.00\nAuto,2026-03-20,Ann,5,100.00\n"
    )
    assert [one.code for one in Result(text).asked] == [Code.RECEIPT]
    splits = {"4,5=100.00": {"4": "60", "5": "40"}}
    paid = Result(text, receipts="of_all", splits=splits).payments
    assert [(one.customer.name, f"{one.received_on:%m}") for one in paid] == [
        ("Ann", "01"), ("Ann", "02"), ("Bo", "02"), ("Ann", "03"),
    ]  # fmt: skip
    assert len({one.external_id for one in paid}) == 4


def test_a_number_that_may_be_an_earlier_invoice_is_asked_and_never_left_out():
    text = (
        "Client,Date,Type,Number,Amount\nAda,2026-02-13,Invoice,1043,100.00\n"
        "Ada,2026-02-20,Payment,1040,100.00\n"
    )
    result = Result(text)
    assert [(one.code, one.column) for one in result.asked] == [(Code.WHOSE_NUMBER, "Number")]
    assert result.payments == []
    [paid] = Result(text, columns={"Number": "invoices"}).payments
    assert [part.invoice_number for part in paid.allocations] == ["1040"]
    told = Result(text, columns={"Number": "reference"})
    assert (told.payments[0].allocations, told.payments[0].reference) == ((), "1040")
    assert [one.number for one in told.invoices] == ["1043"]
    [paid] = Result(text.replace("Number", "Applied to")).payments
    assert [part.invoice_number for part in paid.allocations] == ["1040"]


def test_a_column_that_says_void_comes_before_a_remark():
    text = f"{BILLED},Void,Memo\n41,2026-02-13,Ada,9.00,yes,void? ask Bo\n"
    [invoice] = Result(text, types={"void? ask Bo": "open"}).invoices
    assert invoice.voided


def test_reasons_in_a_column_called_voided_are_asked():
    text = f"{PAID},Voided\n2026-02-13,Ada,41,9.00,\n2026-02-14,Bo,42,8.00,duplicate\n"
    result = Result(text)
    assert [(one.column, one.examples) for one in result.asked] == [("Voided", ("duplicate",))]
    assert [one.amount for one in result.payments] == [money("9.00")]
    assert len(Result(text, types={"duplicate": "payment"}).payments) == 2
    assert len(Result(text, types={"duplicate": "refund"}).refunds) == 1
    told = Result(text, types={"duplicate": "not_ours"})
    assert told.not_ours == [((3,), Code.OTHER_TYPE)]
    beside = (
        text.replace("Voided", "Voided,Status").replace("00,", "00,,").replace(",\n", ",Paid\n")
    )
    assert ("duplicate",) in [one.examples for one in Result(beside).asked]
    bill = f"{BILLED},Voided\n41,2026-02-13,Ada,9.00,\n42,2026-02-14,Bo,8.00,duplicate\n"
    assert [one.examples for one in Result(bill).asked] == [("duplicate",)]
    assert [one.voided for one in Result(bill, types={"duplicate": "void"}).invoices] == [
        False, True,
    ]  # fmt: skip


def test_a_column_that_says_refund_is_not_lost_beside_a_type():
    text = (
        f"{PAID},Type,Is Refund\n2026-02-13,Ada,41,9.00,Card,No\n2026-02-14,Bo,42,8.00,Card,Yes\n"
    )
    result = Result(text)
    assert result.asked or [one.amount for one in result.refunds] == [money("8.00")]
    assert money("8.00") not in [one.amount for one in result.payments]


@pytest.mark.parametrize("text", ["1" * 16_000, "1041: 2" + "0" * 16_000, "(" * 16_000])
def test_a_long_cell_is_read_at_once(text: str):
    start = time.monotonic()
    assert Result(f"{PAID}\n2026-02-13,Ada,{text},9.00\n").payments == []
    assert time.monotonic() - start < 1


def test_a_split_that_stands_on_later_rows_is_not_lost():
    text = (
        f"Check #,{PAID}\n7,2026-02-13,Ada,41: 300.00,500.00\n7,2026-02-13,Ada,42: 200.00,500.00\n"
    )
    [paid] = Result(text, receipts="of_all").payments
    assert [(part.invoice_number, part.amount) for part in paid.allocations] == [
        ("41", money("300.00")), ("42", money("200.00")),
    ]  # fmt: skip
