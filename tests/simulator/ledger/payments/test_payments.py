"""Payments: what they apply to, deposits, credits, and credits applied by themselves."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused, sale


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def ada(desk):
    return desk.customer()


def balance(desk, kind, document):
    return desk.get(kind, document["Id"])["Balance"]


def test_the_published_overpayment(desk, ada):
    invoice = desk.invoice(ada, "55.00", DocNumber="1070")
    payment = desk.payment(
        ada, "65.00", (invoice, "55.00"), PaymentMethodRef={"value": "2"}, PaymentRefNum="123"
    )
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (Decimal("65.00"), Decimal("10.00"))
    assert payment["DepositToAccountRef"] == {"value": "4"}
    assert payment["PaymentMethodRef"] == {"value": "2"}
    assert payment["CustomerRef"] == {"value": ada["Id"], "name": "Ada Archer"}
    assert payment["ProcessPayment"] is False
    line = payment["Line"][0]
    assert line["LinkedTxn"] == [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    values = [each["value"] for each in line["LineEx"]["any"]]
    assert values == [
        {"Name": "txnId", "Value": invoice["Id"]},
        {"Name": "txnOpenBalance", "Value": "55.00"},
        {"Name": "txnReferenceNumber", "Value": "1070"},
    ]
    assert balance(desk, "Customer", ada) == Decimal("-10.00")


def test_a_payment_shows_on_its_invoice_and_bumps_it(desk, ada):
    invoice = desk.invoice(ada)
    desk.clock.advance(30)
    payment = desk.payment(ada, "40.00", (invoice, "40.00"))
    shown = desk.get("Invoice", invoice["Id"])
    assert (shown["Balance"], shown["TotalAmt"]) == (Decimal("60.00"), Decimal("100.00"))
    assert shown["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert shown["SyncToken"] == "1"
    assert shown["MetaData"]["LastUpdatedTime"] == "2026-03-20T11:30:45-07:00"


def test_a_payment_may_leave_the_invoices_token_by_switch(desk, ada):
    desk.switches.set(applied_payment="keep")
    invoice = desk.invoice(ada)
    desk.payment(ada, "40.00", (invoice, "40.00"))
    assert desk.get("Invoice", invoice["Id"])["SyncToken"] == "0"


def test_two_lines_for_one_invoice_together_may_not_exceed_it(desk, ada):
    invoice = desk.invoice(ada, "100.00")
    with pytest.raises(Refused) as caught:
        desk.payment(ada, "120.00", (invoice, "60.00"), (invoice, "60.00"))
    assert caught.value.code == "6000"
    desk.payment(ada, "100.00", (invoice, "60.00"), (invoice, "40.00"))
    assert balance(desk, "Invoice", invoice) == 0


def test_more_than_due_becomes_unapplied_by_switch(desk, ada):
    desk.switches.set(over_apply="unapplied")
    invoice = desk.invoice(ada, "55.00")
    payment = desk.payment(ada, "65.00", (invoice, "65.00"))
    assert payment["Line"][0]["Amount"] == Decimal("55.00")
    assert payment["UnappliedAmt"] == Decimal("10.00")


def test_sparse_update_keeps_lines_and_full_update_drops_them(desk, ada):
    invoice = desk.invoice(ada)
    payment = desk.payment(ada, "100.00", (invoice, "100.00"))
    kept = desk.change(payment, "Payment", PrivateNote="x")
    assert len(kept["Line"]) == 1
    full = {"Id": kept["Id"], "SyncToken": kept["SyncToken"], "TotalAmt": Decimal(100)}
    dropped = desk.post("Payment", full | {"CustomerRef": {"value": ada["Id"]}})
    assert (dropped["Line"], dropped["UnappliedAmt"]) == ([], Decimal("100.00"))
    assert balance(desk, "Invoice", invoice) == Decimal("100.00")


def test_void_gives_the_invoice_its_balance_back(desk, ada):
    invoice = desk.invoice(ada)
    payment = desk.payment(ada, "100.00", (invoice, "100.00"))
    gone = desk.void("Payment", payment)
    assert (gone["TotalAmt"], gone["UnappliedAmt"], gone["Line"]) == (0, 0, [])
    assert gone["PrivateNote"] == "Voided"
    shown = desk.get("Invoice", invoice["Id"])
    assert (shown["Balance"], shown["LinkedTxn"]) == (Decimal("100.00"), [])


def test_the_deposit_account_must_hold_money(desk, ada):
    with pytest.raises(Refused) as caught:
        desk.payment(ada, "5.00", DepositToAccountRef={"value": "45"})
    assert caught.value.code == "6000"
    bank = desk.get("Account", "35")["CurrentBalance"]
    desk.payment(ada, "5.00", DepositToAccountRef={"value": "35"})
    assert desk.get("Account", "35")["CurrentBalance"] == bank + 5


def test_undeposited_funds_is_found_though_renamed():
    desk = Desk("messy")
    assert desk.get("Account", "4")["Name"] == "Payments to deposit"
    payment = desk.payment(desk.customer(), "5.00")
    assert payment["DepositToAccountRef"] == {"value": "4"}


def test_a_deposit_takes_payments_to_the_bank(desk, ada):
    funds = desk.get("Account", "4")["CurrentBalance"]
    payments = [desk.payment(ada, amount) for amount in ("10.00", "20.00")]
    lines = [
        {
            "Amount": each["TotalAmt"],
            "LinkedTxn": [{"TxnId": each["Id"], "TxnType": "Payment", "TxnLineId": "0"}],
        }
        for each in payments
    ]
    deposit = desk.create("Deposit", DepositToAccountRef={"value": "35"}, Line=lines)
    assert deposit["TotalAmt"] == Decimal("30.00")
    assert desk.get("Account", "4")["CurrentBalance"] == funds
    for payment in payments:
        shown = desk.get("Payment", payment["Id"])
        assert shown["LinkedTxn"] == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
        assert shown["SyncToken"] == "0"
    with pytest.raises(Refused) as caught:
        desk.create("Deposit", DepositToAccountRef={"value": "35"}, Line=lines[:1])
    assert caught.value.code == "6000"
    less = desk.change(deposit, "Deposit", Line=deposit["Line"][:1])
    assert less["TotalAmt"] == Decimal("10.00")
    assert "LinkedTxn" not in desk.get("Payment", payments[1]["Id"])
    desk.delete("Deposit", less)
    assert "LinkedTxn" not in desk.get("Payment", payments[0]["Id"])


def test_a_deposited_payment_may_still_be_noted_and_applied(desk, ada):
    payment = desk.payment(ada, "10.00")
    link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    line = {"Amount": Decimal(10), "LinkedTxn": [link]}
    desk.create("Deposit", DepositToAccountRef={"value": "35"}, Line=[line])
    payment = desk.get("Payment", payment["Id"])
    assert desk.change(payment, "Payment", PrivateNote="seen")["PrivateNote"] == "seen"


def test_a_credit_memo_pays_an_invoice(desk, ada):
    invoice = desk.invoice(ada, "100.00")
    memo = desk.post("CreditMemo", sale(ada, "30.00"))
    payment = desk.payment(ada, "70.00", (invoice, "100.00"), (memo, "30.00", "CreditMemo"))
    assert payment["UnappliedAmt"] == 0
    assert balance(desk, "Invoice", invoice) == 0
    shown = desk.get("CreditMemo", memo["Id"])
    assert (shown["Balance"], shown["RemainingCredit"]) == (0, 0)
    assert balance(desk, "Customer", ada) == 0


@pytest.mark.parametrize("paid_type", ["Check", "Expense"])
def test_an_expense_to_receivables_settles_a_credit(desk, ada, paid_type):
    """The published way to refund an overpayment: money out to A/R, linked by a payment of 0."""
    memo = desk.post("CreditMemo", sale(ada, "30.00"))
    detail = {"AccountRef": {"value": "84"}, "CustomerRef": {"value": ada["Id"]}}
    line = {
        "Amount": Decimal("30.00"),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": detail,
    }
    kind = {"Check": "Check", "Expense": "Cash"}[paid_type]
    party = {"value": ada["Id"], "type": "Customer"}
    head = {"PaymentType": kind, "AccountRef": {"value": "35"}, "EntityRef": party}
    expense = desk.create("Purchase", **head, Line=[line])
    assert balance(desk, "Customer", ada) == 0
    desk.payment(ada, "0.00", (expense, "30.00", paid_type), (memo, "30.00", "CreditMemo"))
    assert desk.get("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    linked = desk.get("Purchase", expense["Id"])["LinkedTxn"]
    assert [each["TxnType"] for each in linked] == ["Payment"]
    other = desk.post("CreditMemo", sale(ada, "5.00"))
    with pytest.raises(Refused) as caught:
        desk.payment(ada, "0.00", (expense, "5.00", paid_type), (other, "5.00", "CreditMemo"))
    assert caught.value.code == "6000"


def test_a_journal_entry_is_paid_like_an_invoice(desk, ada):
    entity = {"Type": "Customer", "EntityRef": {"value": ada["Id"]}}
    details = [
        {"PostingType": "Debit", "AccountRef": {"value": "84"}, "Entity": entity},
        {"PostingType": "Credit", "AccountRef": {"value": "1"}},
    ]
    lines = [
        {"Amount": Decimal(50), "DetailType": "JournalEntryLineDetail"}
        | {"JournalEntryLineDetail": detail}
        for detail in details
    ]
    entry = desk.create("JournalEntry", Line=lines)
    assert balance(desk, "Customer", ada) == Decimal("50.00")
    payment = desk.payment(ada, "50.00", (entry, "50.00", "JournalEntry"))
    assert (payment["UnappliedAmt"], balance(desk, "Customer", ada)) == (0, 0)
    with pytest.raises(Refused) as caught:
        desk.payment(ada, "1.00", (entry, "1.00", "JournalEntry"))
    assert caught.value.code == "6000"
    with pytest.raises(Refused) as caught:
        desk.create("JournalEntry", Line=lines[:1])
    assert caught.value.code == "6000"


def test_credits_are_applied_by_themselves_where_preferred(desk, ada):
    memo = desk.post("CreditMemo", sale(ada, "30.00"))
    early = desk.payment(ada, "20.00")
    desk.prefer("SalesFormsPrefs", AutoApplyCredit=True, AutoApplyPayments=True)
    invoice = desk.invoice(ada, "100.00")
    assert (invoice["TotalAmt"], invoice["Balance"]) == (Decimal("100.00"), Decimal("50.00"))
    assert desk.get("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    assert desk.get("Payment", early["Id"])["UnappliedAmt"] == 0
    made = desk.rows(f"SELECT * FROM Payment WHERE CustomerRef = '{ada['Id']}'")[0]
    assert made["PrivateNote"] == "Created by QB Online to link credits to charges."
    assert made["TotalAmt"] == 0
    linked = {each["TxnId"] for each in invoice["LinkedTxn"]}
    assert linked == {made["Id"], early["Id"]}


def test_credits_stay_where_not_preferred(desk, ada):
    desk.post("CreditMemo", sale(ada, "30.00"))
    assert desk.invoice(ada, "100.00")["Balance"] == Decimal("100.00")


def test_the_customer_of_a_linked_invoice_stays(desk, ada):
    ben = desk.customer("Ben")
    invoice = desk.invoice(ada)
    desk.payment(ada, "10.00", (invoice, "10.00"))
    shown = desk.get("Invoice", invoice["Id"])
    with pytest.raises(Refused) as caught:
        desk.change(shown, "Invoice", CustomerRef={"value": ben["Id"]})
    assert caught.value.code == "6000"
