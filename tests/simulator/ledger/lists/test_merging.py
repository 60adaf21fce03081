"""Two entries of a list become one: the merged id is gone, its documents are the survivor's."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused, sale


@pytest.fixture
def desk():
    return Desk("empty")


def merge(desk, kind, gone, left):
    return desk.ledger.merge(desk.realm_id, kind, gone["Id"], left["Id"])


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_a_merged_customers_documents_and_balance_are_the_survivors(desk):
    ada, ben = desk.customer("Ada"), desk.customer("Ben")
    child = desk.customer("Unit", ParentRef={"value": ben["Id"]})
    invoice = desk.invoice(ben, "100.00")
    payment = desk.payment(ben, "30.00", (invoice, "30.00"))
    below = desk.invoice(child, "7.00")
    told = []
    desk.ledger.on_change = lambda realm, kind, id_, what, at: told.append((kind, id_, what))
    desk.clock.advance(60)
    merge(desk, "Customer", ben, ada)
    assert told == [("Customer", ben["Id"], "Merge"), ("Customer", ada["Id"], "Update")]
    for kind, document in (("Invoice", invoice), ("Payment", payment)):
        shown = desk.get(kind, document["Id"])
        assert shown["CustomerRef"] == {"value": ada["Id"], "name": "Ada"}
        assert shown["MetaData"] == document["MetaData"]
    assert desk.get("Invoice", below["Id"])["CustomerRef"]["value"] == child["Id"]
    child = desk.get("Customer", child["Id"])
    assert (child["ParentRef"], child["FullyQualifiedName"]) == ({"value": ada["Id"]}, "Ada:Unit")
    ada = desk.get("Customer", ada["Id"])
    assert (ada["Balance"], ada["BalanceWithJobs"]) == (Decimal("70.00"), Decimal("77.00"))
    assert refused(desk.get, "Customer", ben["Id"]) == "610"
    assert refused(desk.change, ben, "Customer", Notes="x") == "610"
    assert refused(desk.invoice, ben) == "2500"
    named = desk.rows("SELECT * FROM Customer WHERE Active IN (true, false)")
    assert [row["DisplayName"] for row in named] == ["Ada", "Unit"]
    assert desk.customer("Ben")["DisplayName"] == "Ben"  # the name is free
    paid = desk.payment(ada, "70.00", (desk.get("Invoice", invoice["Id"]), "70.00"))
    assert desk.get("Customer", ada["Id"])["BalanceWithJobs"] == Decimal("7.00")
    assert paid["UnappliedAmt"] == 0


def test_a_merged_entry_may_stay_as_an_inactive_one(desk):
    desk.switches.set(merged_entries="inactive")
    ada, ben = desk.customer("Ada"), desk.customer("Ben")
    invoice = desk.invoice(ben)
    merge(desk, "Customer", ben, ada)
    shown = desk.get("Customer", ben["Id"])
    assert (shown["Active"], shown["SyncToken"]) == (False, "1")
    assert shown["DisplayName"] == "Ben (deleted)"
    assert desk.get("Invoice", invoice["Id"])["CustomerRef"]["value"] == ada["Id"]
    assert refused(desk.invoice, ben) == "610"


def test_items_move_on_lines_and_stock_is_added(desk):
    ada = desk.customer()
    stock = {kind: desk.get("Item", id_) for kind, id_ in (("seed", "18"), ("food", "19"))}
    invoice = desk.invoice(ada, "76.50")
    body = sale(ada, "54.95", item="18", Qty=Decimal(1), UnitPrice=Decimal("54.95"))
    sold = desk.post("Invoice", body)
    merge(desk, "Item", stock["seed"], stock["food"])
    line = desk.get("Invoice", sold["Id"])["Line"][0]["SalesItemLineDetail"]
    assert line["ItemRef"] == {"value": "19", "name": "Fertilizer, 40 lb"}
    assert desk.get("Item", "19")["QtyOnHand"] == Decimal(799)
    assert desk.get("Invoice", invoice["Id"])["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {
        "value": "1",
        "name": "Services",
    }
    assert refused(desk.post, "Invoice", body) == "2500"


def test_accounts_move_with_what_they_hold(desk):
    ada = desk.customer()
    payment = desk.payment(ada, "25.00", DepositToAccountRef={"value": "36"})
    before = desk.get("Account", "35")["CurrentBalance"]
    merge(desk, "Account", {"Id": "36"}, {"Id": "35"})
    assert desk.get("Payment", payment["Id"])["DepositToAccountRef"] == {"value": "35"}
    assert desk.get("Account", "35")["CurrentBalance"] == before + Decimal("25.00")
    assert refused(desk.get, "Account", "36") == "610"
    merge(desk, "Account", {"Id": "47"}, {"Id": "45"})
    income = {"value": "45", "name": "Cleaning Income"}
    assert desk.get("Item", "11")["IncomeAccountRef"] == income


def test_a_customer_in_journal_entries_and_expenses_moves_too(desk):
    ada, ben = desk.customer("Ada"), desk.customer("Ben")
    party = {"Type": "Customer", "EntityRef": {"value": ben["Id"]}}
    lines = [
        {
            "Amount": Decimal(40),
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}} | own,
        }
        for side, account, own in (("Debit", "84", {"Entity": party}), ("Credit", "1", {}))
    ]
    entry = desk.create("JournalEntry", Line=lines)
    desk.payment(ben, "15.00", (entry, "15.00", "JournalEntry"))
    merge(desk, "Customer", ben, ada)
    entity = desk.get("JournalEntry", entry["Id"])["Line"][0]["JournalEntryLineDetail"]["Entity"]
    assert entity["EntityRef"] == {"value": ada["Id"], "name": "Ada"}
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("25.00")
    desk.payment(ada, "25.00", (entry, "25.00", "JournalEntry"))
    assert refused(desk.payment, ada, "1.00", (entry, "1.00", "JournalEntry")) == "6000"


def test_what_cannot_be_merged_changes_nothing(desk):
    ada = desk.customer("Ada")
    before = desk.all("Customer"), desk.all("Account"), desk.all("Item")
    for kind, gone, left in (
        ("Customer", ada, ada),
        ("Customer", ada, {"Id": "99"}),
        ("Account", {"Id": "35"}, {"Id": "45"}),
        ("Item", {"Id": "1"}, {"Id": "18"}),
        ("PaymentMethod", {"Id": "1"}, {"Id": "2"}),
    ):
        with pytest.raises(ValueError, match=r"merged|Object Not Found"):
            merge(desk, kind, gone, left)
    assert (desk.all("Customer"), desk.all("Account"), desk.all("Item")) == before
