"""How refunds, bounced payments and applied credits look: what bookkeepers enter by hand."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused, receipt, sale

CHECKING, FUNDS, RECEIVABLE = {"value": "35"}, {"value": "4"}, {"value": "84"}


@pytest.fixture
def desk():
    return Desk("empty")


@pytest.fixture
def ada(desk):
    return desk.customer()


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def paid_out(desk, customer, amount, kind="Cash"):
    """An expense or check to Accounts Receivable, in a customer's name."""
    detail = {"AccountRef": RECEIVABLE, "CustomerRef": {"value": customer["Id"]}}
    line = {
        "Amount": Decimal(amount),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": detail,
    }
    party = {"value": customer["Id"], "type": "Customer"}
    body = {"PaymentType": kind, "AccountRef": CHECKING, "EntityRef": party, "Line": [line]}
    return desk.create("Purchase", **body)


def test_a_credit_is_applied_by_a_payment_of_nothing(desk, ada):
    desk.prefer("SalesFormsPrefs", AutoApplyCredit=True)
    memo = desk.create("CreditMemo", **sale(ada, "40.00"))
    invoice = desk.invoice(ada, "100.00")
    (link,) = desk.all("Payment")
    assert (link["TotalAmt"], link["UnappliedAmt"]) == (0, 0)
    assert link["PrivateNote"] == "Created by QB Online to link credits to charges."
    assert {"DepositToAccountRef", "LinkedTxn"} & link.keys() == set()
    assert link["Line"] == [
        {"Amount": Decimal("40.00"), "LinkedTxn": [{"TxnId": each["Id"], "TxnType": kind}]}
        for each, kind in ((invoice, "Invoice"), (memo, "CreditMemo"))
    ]
    memo = desk.get("CreditMemo", memo["Id"])
    assert (memo["Balance"], memo["RemainingCredit"]) == (0, 0)
    assert "LinkedTxn" not in memo
    assert desk.get("Invoice", invoice["Id"])["Balance"] == Decimal("60.00")


def test_a_person_links_a_credit_by_a_payment_of_nothing_too(desk, ada):
    memo = desk.create("CreditMemo", **sale(ada, "40.00"))
    invoice = desk.invoice(ada, "100.00")
    applied = ((invoice, "40.00"), (memo, "40.00", "CreditMemo"))
    link = desk.payment(ada, "0", *applied)
    assert "DepositToAccountRef" not in link
    assert refused(desk.void, "CreditMemo", desk.get("CreditMemo", memo["Id"])) == "6000"
    desk.delete("CreditMemo", desk.get("CreditMemo", memo["Id"]))
    assert desk.get("Invoice", invoice["Id"])["Balance"] == Decimal("100.00")
    assert desk.get("Payment", link["Id"])["Line"] == []


def test_a_credit_memo_shows_its_links_where_switched(desk, ada):
    desk.switches.set(credit_memo_links="shown")
    memo = desk.create("CreditMemo", **sale(ada, "40.00"))
    invoice = desk.invoice(ada, "100.00")
    link = desk.payment(ada, "0", (invoice, "40.00"), (memo, "40.00", "CreditMemo"))
    expected = [{"TxnId": link["Id"], "TxnType": "Payment"}]
    assert desk.get("CreditMemo", memo["Id"])["LinkedTxn"] == expected


@pytest.mark.parametrize(("kind", "shown"), [("Cash", "Expense"), ("Check", "Check")])
def test_a_bounced_payment_loses_its_invoice_and_gains_the_expense(desk, ada, kind, shown):
    invoice = desk.invoice(ada, "50.00")
    payment = desk.payment(ada, "50.00", (invoice, "50.00"))
    expense = paid_out(desk, ada, "50.00", kind)
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("50.00")
    lines = receipt(ada, "50.00", (expense, "50.00", shown))["Line"]
    changed = desk.change(payment, "Payment", Line=lines)
    assert [line["LinkedTxn"] for line in changed["Line"]] == [
        [{"TxnId": expense["Id"], "TxnType": shown}]
    ]
    invoice = desk.get("Invoice", invoice["Id"])
    assert (invoice["Balance"], invoice["LinkedTxn"]) == (Decimal("50.00"), [])
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("50.00")


def test_an_overpayment_is_paid_out_by_a_line_of_the_payment(desk, ada):
    invoice = desk.invoice(ada, "55.00")
    payment = desk.payment(ada, "65.00", (invoice, "55.00"))
    check = paid_out(desk, ada, "10.00", "Check")
    lines = [*payment["Line"], *receipt(ada, "65.00", (check, "10.00", "Check"))["Line"]]
    changed = desk.change(payment, "Payment", Line=lines)
    assert (changed["UnappliedAmt"], changed["SyncToken"]) == (0, "1")
    assert desk.get("Invoice", invoice["Id"])["Balance"] == 0
    assert desk.get("Customer", ada["Id"])["Balance"] == 0


def test_an_update_of_a_payment_in_closed_books_does_nothing_and_says_so_not(desk, ada):
    invoice = desk.invoice(ada, "50.00", TxnDate="2026-01-10")
    payment = desk.payment(ada, "50.00", (invoice, "50.00"), TxnDate="2026-01-10")
    desk.prefer("AccountingInfoPrefs", BookCloseDate="2026-01-31")
    payment = desk.get("Payment", payment["Id"])
    assert desk.change(payment, "Payment", PrivateNote="late", Line=[]) == payment
    assert desk.get("Payment", payment["Id"]) == payment
    assert desk.get("Invoice", invoice["Id"])["Balance"] == 0
    assert refused(desk.change, payment | {"SyncToken": "9"}, "Payment", Line=[]) == "5010"
    assert refused(desk.delete, "Payment", payment) == "6210"
    desk.switches.set(closed_payment_update="refuse")
    assert refused(desk.change, payment, "Payment", PrivateNote="late") == "6210"


def test_voiding_notes_it_before_what_was_noted(desk, ada):
    payment = desk.payment(ada, "5.00", PrivateNote="till 2")
    voided = desk.void("Payment", payment)
    assert (voided["TotalAmt"], voided["UnappliedAmt"], voided["Line"]) == (0, 0, [])
    assert voided["PrivateNote"] == "Voided - till 2"
    assert desk.void("Invoice", desk.invoice(ada))["PrivateNote"] == "Voided"
