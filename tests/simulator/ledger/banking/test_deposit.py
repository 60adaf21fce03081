"""Bank deposits as recorded: bare lines for payments, negative ones for refunds."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk

CHECKING = {"value": "35"}


@pytest.fixture
def desk():
    return Desk("empty")


def taking(payment):
    link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    return {"Amount": payment["TotalAmt"], "LinkedTxn": [link]}


def refund_line(customer, amount, account):
    entity = {"value": customer["Id"], "type": "CUSTOMER"}
    detail = {"AccountRef": {"value": account}, "Entity": entity}
    return {
        "Amount": Decimal(amount),
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": detail,
    }


def test_a_payments_line_is_its_amount_and_its_link(desk):
    ada = desk.customer()
    payment = desk.payment(ada, "30.00")
    desk.clock.advance(60)
    told = []
    desk.ledger.on_change = lambda realm, kind, id_, what, at: told.append((kind, id_, what))
    lines = [taking(payment), refund_line(ada, "-10.00", "1")]
    deposit = desk.create("Deposit", DepositToAccountRef=CHECKING, Line=lines)
    assert deposit["TotalAmt"] == Decimal("20.00")
    assert deposit["Line"] == [
        {"Amount": Decimal("30.00"), "LinkedTxn": lines[0]["LinkedTxn"]},
        {
            "Amount": Decimal("-10.00"),
            "DetailType": "DepositLineDetail",
            "DepositLineDetail": {
                "AccountRef": {"value": "1", "name": "Services"},
                "Entity": {"value": ada["Id"], "name": "Ada Archer", "type": "CUSTOMER"},
            },
            "Id": "1",
            "LineNum": 1,
        },
    ]
    shown = desk.get("Payment", payment["Id"])
    assert shown.pop("LinkedTxn") == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
    assert shown == payment  # neither token nor time
    assert told == [("Deposit", deposit["Id"], "Create")]
    desk.switches.set(deposited_payment="tell")
    desk.delete("Deposit", deposit)
    assert ("Payment", payment["Id"], "Update") in told
    assert desk.get("Payment", payment["Id"]) == payment


def test_a_deposited_payment_is_touched_where_switched(desk):
    desk.switches.set(deposited_payment="bump", shapes="lean")
    payment = desk.payment(desk.customer(), "30.00")
    deposit = desk.create("Deposit", DepositToAccountRef=CHECKING, Line=[taking(payment)])
    assert deposit["Line"][0]["DetailType"] == "DepositLineDetail"
    assert deposit["Line"][0]["Id"] == "1"
    assert desk.get("Payment", payment["Id"])["SyncToken"] == "1"


def test_a_refund_line_to_receivable_is_the_customers(desk):
    ada = desk.customer()
    payment = desk.payment(ada, "30.00")
    lines = [taking(payment), refund_line(ada, "-10.00", "84")]
    deposit = desk.create("Deposit", DepositToAccountRef=CHECKING, Line=lines)
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("-20.00")
    assert desk.get("Account", "4")["CurrentBalance"] == 0
    desk.delete("Deposit", deposit)
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("-30.00")
    assert desk.get("Account", "4")["CurrentBalance"] == Decimal("30.00")
