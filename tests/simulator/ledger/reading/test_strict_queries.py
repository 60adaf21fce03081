"""What queries were refused, or answered otherwise, since 2025; and the earlier readings."""

import pytest

from tests.simulator.desk import Desk, Refused, sale


@pytest.fixture
def desk():
    desk = Desk("empty")
    desk.ada = desk.customer("Ada Archer")
    desk.clock.advance(60)
    desk.ben = desk.customer("Ben Boyd")
    return desk


def refused(desk, text):
    with pytest.raises(Refused) as caught:
        desk.query(text)
    return caught.value.code, caught.value.error["Detail"]


@pytest.mark.parametrize("entity", ["Customer", "Invoice", "TaxCode"])
def test_nothing_is_sorted_by_id(desk, entity):
    code, detail = refused(desk, f"SELECT * FROM {entity} ORDERBY Id")
    assert (code, detail) == ("4001", "QueryValidationError: property 'Id' is not sortable")
    assert (
        refused(desk, f"SELECT * FROM {entity} ORDERBY MetaData.CreateTime, Id DESC")[0] == "4001"
    )


def test_ids_are_sorted_by_where_switched(desk):
    desk.switches.set(order_by_id="allow")
    rows = desk.rows("SELECT * FROM Customer ORDERBY Id DESC")
    assert [row["Id"] for row in rows] == [desk.ben["Id"], desk.ada["Id"]]


@pytest.mark.parametrize("operator", [">", "<", ">=", "<=", "!=", "LIKE"])
def test_ids_are_compared_for_equality_alone(desk, operator):
    text = f"SELECT * FROM Customer WHERE Id {operator} '{desk.ada['Id']}'"
    code, detail = refused(desk, text)
    expected = f"QueryValidationError: operator '{operator}' is not supported for property Id"
    assert (code, detail) == ("4001", expected)
    desk.switches.set(id_ranges="allow")
    found = {">": "Ben", "!=": "Ben", ">=": "Ada Ben", "<=": "Ada", "LIKE": "Ada", "<": ""}
    names = sorted(row["DisplayName"].split()[0] for row in desk.rows(text))
    assert names == found[operator].split()


def test_equal_and_in_on_ids_are_fine(desk):
    ids = f"'{desk.ada['Id']}', '{desk.ben['Id']}'"
    assert len(desk.rows(f"SELECT * FROM Customer WHERE Id IN ({ids})")) == 2
    assert len(desk.rows(f"SELECT * FROM Customer WHERE Id = '{desk.ben['Id']}'")) == 1


def test_rows_of_one_stamp_come_in_another_order_each_time():
    desk = Desk("empty")
    ids = [desk.customer(f"Customer {number}")["Id"] for number in range(12)]
    text = "SELECT * FROM Customer ORDERBY MetaData.LastUpdatedTime MAXRESULTS 1000"
    orders = [[row["Id"] for row in desk.rows(text)] for _ in range(6)]
    assert all(sorted(order, key=int) == ids for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    desk.switches.set(equal_stamps="steady")
    assert [[row["Id"] for row in desk.rows(text)] for _ in range(3)] == [ids] * 3


def test_pages_by_time_keep_the_order_of_different_stamps(desk):
    desk.clock.advance(60)
    desk.change(desk.ada, "Customer", Notes="later")
    page = (
        "SELECT * FROM Customer ORDERBY MetaData.LastUpdatedTime {} STARTPOSITION {} MAXRESULTS 1"
    )
    names = [desk.rows(page.format("ASC", start))[0]["DisplayName"] for start in (1, 2)]
    assert names == ["Ben Boyd", "Ada Archer"]
    names = [desk.rows(page.format("DESC", start))[0]["DisplayName"] for start in (1, 2)]
    assert names == ["Ada Archer", "Ben Boyd"]
    assert desk.rows(page.format("ASC", 3)) == []


@pytest.mark.parametrize(
    ("operator", "moment", "names"),
    [
        (">", "2026-03-20T11:30:15-07:00", "Ben"),
        (">=", "2026-03-20T11:30:15-07:00", "Ada Ben"),
        (">=", "2026-03-20T11:30:15.1-07:00", "Ben"),
        ("<", "2026-03-20T11:31:15-07:00", "Ada"),
        ("<", "2026-03-20T11:31:15.1-07:00", "Ada Ben"),
        ("<=", "2026-03-20T18:31:15Z", "Ada Ben"),
        ("<=", "2026-03-20T11:31:14", "Ada"),
    ],
)
def test_stamps_are_compared_in_whole_seconds(desk, operator, moment, names):
    text = f"SELECT * FROM Customer WHERE MetaData.LastUpdatedTime {operator} '{moment}'"
    assert sorted(row["DisplayName"].split()[0] for row in desk.rows(text)) == names.split()
    count = desk.query(text.replace("*", "COUNT(*)", 1))
    assert count == {"totalCount": len(names.split())}


def test_entities_and_metadata_are_known_in_any_case(desk):
    text = "select * from customer where Metadata.LastUpdatedTime > '2026-03-20T11:30:15-07:00'"
    answer = desk.query(f"{text} orderby metadata.CreateTime")
    assert [row["DisplayName"] for row in answer["Customer"]] == ["Ben Boyd"]
    assert desk.query("SELECT COUNT(*) FROM CUSTOMER") == {"totalCount": 2}
    assert desk.query("SELECT * FROM estimate") == {}


def test_a_us_query_knows_no_letter_beyond_latin_1(desk):
    code, detail = refused(desk, "SELECT * FROM Customer WHERE DisplayName = 'Bob\u2019s'")
    assert code == "4000"
    assert detail == (
        'QueryParserError: Lexical error at line 1, column 48.  Encountered: "\\u2019" (8217), '
        'after : "E DisplayName = \'Bob"'
    )
    assert desk.rows("SELECT * FROM Customer WHERE DisplayName = 'José'") == []
    desk.switches.set(query_characters="accept")
    assert desk.rows("SELECT * FROM Customer WHERE DisplayName = 'Bob\u2019s'") == []
    assert Desk("canada").rows("SELECT * FROM Customer WHERE DisplayName = 'Bob\u2019s'") == []


def test_transactions_are_counted_in_the_answer(desk):
    desk.invoice(desk.ada)
    assert desk.query("SELECT * FROM Invoice")["totalCount"] == 1
    assert "totalCount" not in desk.query("SELECT * FROM Customer")
    desk.switches.set(shapes="lean")
    assert "totalCount" not in desk.query("SELECT * FROM Invoice")


def test_pseudo_codes_have_no_active_and_no_token():
    desk = Desk("us_manual")
    codes = {row["Id"]: row for row in desk.rows("SELECT * FROM TaxCode")}
    assert [*codes] == ["TAX", "NON", "CustomSalesTax", "2", "3", "4", "5"]
    assert {"Active", "SyncToken"} & codes["TAX"].keys() == set()
    assert {"Active", "SyncToken"} <= codes["2"].keys()
    assert "Active" not in desk.get("TaxCode", "NON")
    asked = "SELECT * FROM TaxCode WHERE Active IN (true, false)"
    found = sorted(row["Id"] for row in desk.rows(asked))
    assert found == ["2", "3", "4", "5", "CustomSalesTax"]
    assert desk.query(asked.replace("*", "COUNT(*)", 1)) == {"totalCount": 5}
    desk.switches.set(pseudo_tax_codes="whole")
    assert len(desk.rows(asked)) == 7
    assert desk.get("TaxCode", "NON")["Active"] is True


def test_report_rows_come_in_any_order():
    desk = Desk("us")
    asked = {"date_macro": "all"}
    lists = [desk.call("GET", "reports/TransactionList", **asked)["Rows"]["Row"] for _ in range(3)]
    assert len({str(rows) for rows in lists}) > 1
    assert len({str(sorted(map(str, rows))) for rows in lists}) == 1
    desk.switches.set(report_rows="sorted")
    rows = desk.call("GET", "reports/TransactionList", **asked)["Rows"]["Row"]
    dates = [row["ColData"][0]["value"] for row in rows]
    assert dates == sorted(dates)


def test_names_of_accounts_are_their_full_path():
    desk = Desk("empty")
    child = desk.create(
        "Account", Name="Windows", AccountType="Income", ParentRef={"value": "45"}, SubAccount=True
    )
    item = desk.create(
        "Item", Name="Panes", Type="Service", IncomeAccountRef={"value": child["Id"]}
    )
    assert item["IncomeAccountRef"]["name"] == "Cleaning Income:Windows"
    desk.switches.set(account_names="own")
    item = desk.change(item, "Item", IncomeAccountRef={"value": child["Id"]})
    assert item["IncomeAccountRef"]["name"] == "Windows"


def test_line_shapes_are_as_recorded_or_lean():
    desk = Desk("empty")
    ada = desk.customer()
    invoice = desk.post("Invoice", sale(ada, item="5"))
    line, subtotal = invoice["Line"]
    account = {"value": "45", "name": "Cleaning Income"}
    assert line["SalesItemLineDetail"]["ItemAccountRef"] == account
    assert (line["CustomExtensions"], subtotal["CustomExtensions"]) == ([], [])
    assert invoice["FreeFormAddress"] is True
    assert invoice["ShipFromAddr"]["Line2"] == "Fresno, CA  93701"
    assert invoice["MetaData"]["LastModifiedByRef"] == {"value": "9341450000000901"}
    back = desk.post("Invoice", invoice)
    assert (back["SyncToken"], back["Line"]) == ("0", invoice["Line"])  # nothing had changed
    item = desk.get("Item", "5")
    assert "SubItem" not in item
    desk.switches.set(shapes="lean")
    invoice = desk.post("Invoice", sale(ada, item="5"))
    assert "CustomExtensions" not in invoice["Line"][0]
    assert "ItemAccountRef" not in invoice["Line"][0]["SalesItemLineDetail"]
    assert {"ShipFromAddr", "FreeFormAddress"} & invoice.keys() == set()
    assert "LastModifiedByRef" not in invoice["MetaData"]
    assert desk.change(item, "Item", Description="x")["SubItem"] is False
