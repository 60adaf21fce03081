"""Companies as they are made, by variant and seed, and what a restart finds."""

import sqlite3
from decimal import Decimal

import pytest

from sync.simulator.ledger import Ledger
from sync.simulator.state.store import Store
from sync.simulator.state.switches import Switchboard
from sync.simulator.wire import parse_json, to_json
from tests.simulator.desk import Desk, StoppedClock

KINDS = ("Customer", "Vendor", "Employee", "Item", "Account", "Invoice", "Payment", "Deposit")


def test_the_sample_company_is_like_the_sandboxs():
    desk = Desk()
    by_subtype = {each["AccountSubType"]: each["Id"] for each in desk.all("Account")}
    assert by_subtype["UndepositedFunds"] == "4"
    assert {"Checking", "Savings", "AccountsReceivable", "Inventory", "SalesTaxPayable"} <= set(
        by_subtype
    )
    assert {each["Type"] for each in desk.all("Item")} == {"Service", "NonInventory", "Inventory"}
    assert len(desk.all("Customer")) > 36
    assert any("ParentRef" in each for each in desk.all("Customer"))
    codes = [each["Id"] for each in desk.all("TaxCode")]
    assert codes == ["CustomSalesTax", "NON", "TAX", "2", "3"]
    invoices = desk.all("Invoice")
    assert {each["Balance"] == 0 for each in invoices} == {True, False}
    assert any(0 < each["Balance"] < each["TotalAmt"] for each in invoices)
    assert any(each.get("PrivateNote") == "Voided" for each in invoices)
    for kind in ("CreditMemo", "RefundReceipt", "SalesReceipt", "Purchase", "JournalEntry"):
        assert desk.all(kind)
    assert any(each["UnappliedAmt"] for each in desk.all("Payment"))
    assert any(each["LinkedTxn"] for each in desk.all("Payment"))


def test_the_sample_books_tie_out():
    desk = Desk()
    owed = sum(each["Balance"] for each in desk.all("Invoice"))
    credit = sum(each["Balance"] for each in desk.all("CreditMemo"))
    early = sum(each["UnappliedAmt"] for each in desk.all("Payment"))
    assert sum(each["Balance"] for each in desk.all("Customer")) == owed - credit - early
    assert desk.get("Account", "84")["CurrentBalance"] == owed - credit - early


@pytest.mark.parametrize(
    "variant", ["us", "us_ast", "us_manual", "canada", "multicurrency", "class_lines", "messy"]
)
def test_an_invoice_and_its_payment_go_into_every_variant(variant):
    desk = Desk(variant)
    customer = desk.customer()
    code = {"canada": "5"}.get(variant, "NON")
    line = {
        "Amount": Decimal("150.00"),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": code}},
    }
    head = {"CustomerRef": {"value": customer["Id"]}, "CurrencyRef": customer["CurrencyRef"]}
    invoice = desk.create("Invoice", **head, Line=[line], DocNumber="PU-1")
    assert (invoice["TotalAmt"], invoice["DocNumber"]) == (Decimal("150.00"), "PU-1")
    applied = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
    part = {"Amount": Decimal("150.00"), "LinkedTxn": [applied]}
    desk.create("Payment", **head, TotalAmt=Decimal("150.00"), Line=[part])
    assert desk.get("Invoice", invoice["Id"])["Balance"] == 0


def test_variants_differ_where_they_say():
    section = {}
    for variant in ("us", "us_ast", "canada", "class_lines", "messy"):
        section[variant] = Desk(variant).call("GET", "preferences")["Preferences"]
    assert "PartnerTaxEnabled" not in section["us"]["TaxPrefs"]
    assert section["us_ast"]["TaxPrefs"]["PartnerTaxEnabled"] is True
    assert section["us"]["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert section["messy"]["SalesFormsPrefs"]["CustomTxnNumbers"] is False
    assert section["messy"]["AccountingInfoPrefs"]["BookCloseDate"] == "2026-01-01"
    assert section["canada"]["CurrencyPrefs"]["MultiCurrencyEnabled"] is True
    assert section["canada"]["CurrencyPrefs"]["HomeCurrency"]["value"] == "CAD"
    assert section["class_lines"]["AccountingInfoPrefs"]["ClassTrackingPerTxnLine"] is True


def test_a_seed_makes_the_same_company_again_and_another_seed_another():
    def names(seed):
        desk = Desk()
        desk.realm_id = desk.ledger.create_company(seed=seed).realm_id
        return [to_json(desk.all(kind)) for kind in KINDS]

    assert names(7) == names(7)
    assert names(7) != names(8)


def test_the_first_start_makes_its_companies_once():
    ledger = Ledger(Store(), StoppedClock(), Switchboard())
    ledger.first_start()
    ledger.first_start()
    assert [each.name for each in ledger.companies()] == [
        "Riverside LLC",
        "Harborview Cleaning Co",
        "Three Rivers Hauling",
        "Sunridge Lawn and Home",
        "Maple Crest Services Ltd",
    ]
    with pytest.raises(ValueError, match="variant"):
        ledger.create_company(variant="mars")
    with pytest.raises(ValueError, match="taken"):
        ledger.create_company(realm_id=ledger.companies()[0].realm_id)


def test_a_restart_finds_everything(tmp_path):
    path = tmp_path / "state.sqlite3"
    desk = Desk(path=path)
    invoice = desk.invoice(desk.customer(), DocNumber="N-1")
    first = desk.send("POST", "customer", {"DisplayName": "Kept"}, requestid="r-1")
    before = {kind: desk.all(kind) for kind in KINDS}
    again = Desk(path=path)  # the first connection is never closed, as after a kill -9
    assert {kind: again.all(kind) for kind in KINDS} == before
    assert again.get("Invoice", invoice["Id"]) == invoice
    assert again.send("POST", "customer", {"DisplayName": "Kept"}, requestid="r-1") == first
    assert int(again.invoice(again.customer("New"))["Id"]) == int(invoice["Id"]) + 1


def write_twice(store):
    with store.transaction() as connection:
        for _ in range(2):
            connection.execute("INSERT INTO ledger_sequence VALUES ('1', 'x', 'y')")


def test_a_transaction_that_breaks_leaves_nothing(tmp_path):
    store = Store(tmp_path / "state.sqlite3")
    with pytest.raises(sqlite3.IntegrityError):
        write_twice(store)
    count = store.connection.execute("SELECT count(*) FROM ledger_sequence").fetchone()
    assert count == (0,)
    store.close()


def test_switches_are_set_together_or_not_at_all():
    switches = Switchboard()
    with pytest.raises(ValueError, match="no switch"):
        switches.set(requestid="ignored", gravity="off")
    with pytest.raises(ValueError, match="batch_order is one of"):
        switches.set(batch_order="random")
    with pytest.raises(ValueError, match="whole number"):
        switches.set(tax_drift_cents="2")
    assert switches.as_dict() == Switchboard().as_dict()
    switches.set(requestid="ignored", tax_drift_cents=2)
    assert (switches.of().requestid, switches.of().tax_drift_cents) == ("ignored", 2)


def test_json_keeps_numbers_exactly():
    text = '{"a":0.10,"b":1234567890123.45,"c":[1,true,null,"é\\u0000\\""],"d":-0.001}'
    assert to_json(parse_json(text)) == text
    assert to_json({"t": (Decimal("1E+3"),)}) == '{"t":[1000]}'
    with pytest.raises(TypeError):
        to_json(0.1)


SALES = (
    "Invoice", "Payment", "SalesReceipt", "CreditMemo", "RefundReceipt", "Deposit", "Purchase",
    "JournalEntry",
)  # fmt: skip


@pytest.mark.parametrize("variant", ["us", "us_ast", "canada", "messy"])
@pytest.mark.parametrize("kind", [*SALES, "Customer", "Item", "Account", "Term"])
def test_an_empty_sparse_update_after_a_restart_changes_nothing(tmp_path, kind, variant):
    first = Desk(variant, path=tmp_path / "state.sqlite3")
    first.prefer("AccountingInfoPrefs", BookCloseDate=None)
    desk = Desk(variant, path=tmp_path / "state.sqlite3")
    kept = 0
    for before in desk.all(kind):
        body = {"Id": before["Id"], "SyncToken": before["SyncToken"], "sparse": True}
        answer = desk.send("POST", kind.lower(), body)
        if answer.status == 200:
            assert parse_json(answer.body)[kind] == before
            kept += 1
        assert answer.status in {200, 400}  # 400: what is deposited or void cannot be changed
    assert kept
