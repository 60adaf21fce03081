"""Names, trees, accounts and preferences: the lists that documents refer to."""

import pytest

from tests.simulator.desk import Desk, Refused, sale


@pytest.fixture
def desk():
    return Desk("empty")


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_the_smallest_customer_answers_as_recorded(desk):
    answer = desk.call("POST", "customer", {"DisplayName": "Doe5, Jane"})
    assert answer["Customer"] == {
        "Taxable": True,
        "Job": False,
        "BillWithParent": False,
        "Balance": 0,
        "BalanceWithJobs": 0,
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "PreferredDeliveryMethod": "Print",
        "IsProject": False,
        "domain": "QBO",
        "sparse": False,
        "Id": answer["Customer"]["Id"],
        "SyncToken": "0",
        "MetaData": {
            "CreateTime": "2026-03-20T11:30:15-07:00",
            "LastUpdatedTime": "2026-03-20T11:30:15-07:00",
        },
        "FullyQualifiedName": "Doe5, Jane",
        "DisplayName": "Doe5, Jane",
        "PrintOnCheckName": "Doe5, Jane",
        "Active": True,
        "DefaultTaxCodeRef": {"value": "2"},
    }


def test_a_display_name_is_made_of_the_name_parts(desk):
    made = desk.create("Customer", Title="Ms", GivenName="Ada", FamilyName="Archer")
    assert made["DisplayName"] == "Ms Ada Archer"
    assert refused(desk.create, "Customer", Notes="nobody") == "2020"


def test_an_inactive_name_is_marked_and_free_again(desk):
    first = desk.customer("Ada")
    gone = desk.change(first, "Customer", Active=False)
    assert (gone["DisplayName"], gone["FullyQualifiedName"]) == ("Ada (deleted)",) * 2
    second = desk.customer("Ada")
    again = desk.change(second, "Customer", Active=False)
    assert again["DisplayName"] == "Ada (deleted 2)"
    back = desk.change(gone, "Customer", Active=True)
    assert back["DisplayName"] == "Ada"
    assert desk.change(back, "Customer", Active=True) == back


def test_inactive_names_may_stay_plain_by_switch(desk):
    desk.switches.set(deactivated_names="plain")
    gone = desk.change(desk.customer("Ada"), "Customer", Active=False)
    assert (gone["DisplayName"], gone["Active"]) == ("Ada", False)


def test_a_new_name_shows_on_documents_and_below(desk):
    parent = desk.customer("Old Name")
    child = desk.customer("Unit", ParentRef={"value": parent["Id"]})
    grandchild = desk.customer("Room", ParentRef={"value": child["Id"]})
    invoice = desk.invoice(parent)
    desk.change(parent, "Customer", DisplayName='New "Name"')
    assert desk.get("Invoice", invoice["Id"])["CustomerRef"]["name"] == 'New "Name"'
    assert desk.get("Invoice", invoice["Id"])["SyncToken"] == "0"
    assert desk.get("Customer", child["Id"])["ParentRef"] == {"value": parent["Id"]}
    full = desk.get("Customer", grandchild["Id"])["FullyQualifiedName"]
    assert full == 'New "Name":Unit:Room'


def test_a_new_item_name_leaves_an_account_of_the_same_name_alone(desk):
    invoice = desk.invoice(desk.customer())
    desk.change(desk.get("Item", "1"), "Item", Name="Work")
    line = desk.get("Invoice", invoice["Id"])["Line"][0]
    assert line["SalesItemLineDetail"]["ItemRef"]["name"] == "Work"
    assert desk.get("Item", "1")["IncomeAccountRef"] == {"value": "1", "name": "Services"}


def test_trees_have_limits(desk):
    parent = desk.customer("Level 0")
    top = parent
    for level in range(1, 5):
        parent = desk.customer(f"Level {level}", ParentRef={"value": parent["Id"]})
        assert parent["Level"] == level
    assert refused(desk.customer, "Level 5", ParentRef={"value": parent["Id"]}) == "6000"
    assert refused(desk.change, top, "Customer", ParentRef={"value": parent["Id"]}) == "6000"


def test_items_of_one_name_below_different_parents(desk):
    account = {"IncomeAccountRef": {"value": "45"}}
    parents = [desk.create("Item", Name=name, Type="Category") for name in ("North", "South")]
    for parent in parents:
        made = desk.create("Item", Name="Visit", ParentRef={"value": parent["Id"]}, **account)
        assert made["FullyQualifiedName"] == f"{parent['Name']}:Visit"
        assert (made["SubItem"], made["Level"]) == (True, 1)
    again = {"Name": "visit", "ParentRef": {"value": parents[0]["Id"]}}
    assert refused(desk.create, "Item", **again, **account) == "6240"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Name": "A"}, "2020"),
        ({"Name": "A", "IncomeAccountRef": {"value": "35"}}, "6000"),
        ({"Name": "A:B", "IncomeAccountRef": {"value": "1"}}, "2040"),
        ({"Name": "A", "Type": "Inventory", "IncomeAccountRef": {"value": "79"}}, "2020"),
        ({"Name": "A", "Type": "Thing"}, "2170"),
        ({"Name": "A", "IncomeAccountRef": {"value": "1"}, "UnitPrice": "free"}, "2010"),
    ],
)
def test_items_that_are_refused(desk, fields, expected):
    assert refused(desk.create, "Item", **fields) == expected


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("Account", {"Name": "A"}, "2020"),
        ("Account", {"Name": "A", "AccountType": "Purse"}, "2170"),
        ("Account", {"Name": 'A "B"', "AccountType": "Bank"}, "2040"),
        ("Account", {"Name": "checking", "AccountType": "Bank"}, "6240"),
        (
            "Account",
            {"Name": "A", "AccountType": "Bank", "ParentRef": {"value": "42"}},
            "6000",
        ),
        ("Term", {"Name": "A"}, "2020"),
        ("Term", {"Name": "A", "DueDays": 1000}, "2240"),
        ("PaymentMethod", {"Name": "A", "Type": "GOLD"}, "2170"),
        ("PaymentMethod", {}, "2020"),
        ("Class", {"Name": "cleaning"}, "6240"),
        ("Preferences", {}, "2010"),
    ],
)
def test_other_entries_that_are_refused(desk, kind, fields, expected):
    if kind == "Preferences":
        section = {"AccountingInfoPrefs": {"BookCloseDate": "soon"}}
        assert refused(desk.post, kind, section) == expected
    else:
        assert refused(desk.create, kind, **fields) == expected


def test_an_account_has_its_classification_and_usual_subtype(desk):
    made = desk.create("Account", Name="Stripe", AccountType="Bank")
    assert (made["Classification"], made["AccountSubType"]) == ("Asset", "Checking")
    below = desk.create(
        "Account", Name="Payouts", AccountType="Bank", ParentRef={"value": made["Id"]}
    )
    assert (below["FullyQualifiedName"], below["SubAccount"]) == ("Stripe:Payouts", True)
    desk.payment(desk.customer(), "8.00", DepositToAccountRef={"value": below["Id"]})
    above = desk.get("Account", made["Id"])
    assert (above["CurrentBalance"], above["CurrentBalanceWithSubAccounts"]) == (0, 8)


def test_class_tracking_is_per_transaction_or_per_line(desk):
    changed = desk.prefer("AccountingInfoPrefs", ClassTrackingPerTxnLine=True)
    settings = changed["AccountingInfoPrefs"]
    assert (settings["ClassTrackingPerTxn"], settings["ClassTrackingPerTxnLine"]) == (False, True)


def test_preferences_keep_what_a_client_may_not_set(desk):
    changed = desk.prefer("CurrencyPrefs", HomeCurrency={"value": "EUR"})
    assert changed["CurrencyPrefs"]["HomeCurrency"]["value"] == "USD"
    dated = desk.prefer("AccountingInfoPrefs", BookCloseDate="2026-01-31")
    assert dated["AccountingInfoPrefs"]["BookCloseDate"] == "2026-01-31"
    assert dated["SalesFormsPrefs"] == changed["SalesFormsPrefs"]
    assert (
        "BookCloseDate"
        not in desk.prefer("AccountingInfoPrefs", BookCloseDate="")["AccountingInfoPrefs"]
    )


def test_us_companies_store_no_letter_beyond_latin_1(desk):
    given = {"Notes": "№ 7 👍", "BillAddr": {"Line1": "Bob\u2019s"}, "GivenName": "José"}
    made = desk.customer("Łódź Café", **given)
    assert (made["DisplayName"], made["Notes"]) == ("?ód? Café", "? 7 ?")
    assert (made["BillAddr"]["Line1"], made["GivenName"]) == ("Bob?s", "José")
    body = sale(made)
    body["Line"][0]["Description"] = "2 \u2013 3"
    invoice = desk.post("Invoice", body | {"PrivateNote": "\u201cpaid\u201d"})
    assert (invoice["PrivateNote"], invoice["Line"][0]["Description"]) == ("?paid?", "2 ? 3")
    payment = desk.payment(made, "5.00", PaymentRefNum="chq №5")
    assert desk.change(payment, "Payment", PaymentRefNum="Ω")["PaymentRefNum"] == "?"
    with pytest.raises(Refused) as caught:
        desk.customer("Ńód? Café".replace("Ń", "Š"))
    assert caught.value.code == "6240"


def test_letters_written_as_escapes_are_no_exception(desk):
    raw = rb'{"DisplayName": "Bob\u2019s", "Notes": "caf\u00e9"}'
    made = desk.call("POST", "customer", raw)["Customer"]
    assert (made["DisplayName"], made["Notes"]) == ("Bob?s", "café")


def test_letters_are_kept_where_switched_and_elsewhere(desk):
    desk.switches.set(us_characters="accept")
    assert desk.customer("Łódź Ltd")["DisplayName"] == "Łódź Ltd"
    assert Desk("canada").customer("Łódź Ltd")["DisplayName"] == "Łódź Ltd"
