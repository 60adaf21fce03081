"""The query language: what it finds, in which order and pages, and what it refuses."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused


@pytest.fixture(scope="module")
def desk():
    made = Desk("empty")
    ada = made.customer("Ada O'Brien", CompanyName="100% Clean", GivenName="Ada")
    ben = made.customer("Ben Boyd", GivenName="ben")
    cleo = made.customer("Cleo Cruz")
    made.change(cleo, "Customer", Active=False)
    for number, (who, amount, day) in enumerate(
        [(ada, "100.00", "2026-01-05"), (ada, "250.50", "2026-02-05"), (ben, "75.00", "2026-03-05")]
    ):
        made.invoice(who, amount, DocNumber=f"Q-{number}", TxnDate=day)
        made.clock.advance(3600)
    made.ada, made.ben, made.cleo = ada, ben, cleo
    return made


def numbers(desk, where, tail=""):
    rows = desk.rows(f"SELECT * FROM Invoice WHERE {where} {tail}")
    return sorted(row["DocNumber"] for row in rows)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("DocNumber = 'Q-1'", ["Q-1"]),
        ("DocNumber = 'q-1'", ["Q-1"]),
        ("DocNumber IN ('Q-0', 'Q-2', 'Q-9')", ["Q-0", "Q-2"]),
        ("DocNumber in ('Q-0')", ["Q-0"]),
        ("DocNumber LIKE 'Q-%'", ["Q-0", "Q-1", "Q-2"]),
        ("DocNumber LIKE '%2'", ["Q-2"]),
        ("DocNumber LIKE 'Q_0'", []),
        ("DocNumber != 'Q-1'", ["Q-0", "Q-2"]),
        ("DocNumber > 'Q-0'", ["Q-1", "Q-2"]),
        ("TotalAmt > '99.99'", ["Q-0", "Q-1"]),
        ("TotalAmt > 100.00", ["Q-1"]),
        ("TotalAmt >= '100'", ["Q-0", "Q-1"]),
        ("TotalAmt IN ('75', '250.5')", ["Q-1", "Q-2"]),
        ("Balance = '75.00'", ["Q-2"]),
        ("TxnDate = '2026-02-05'", ["Q-1"]),
        ("TxnDate >= '2026-01-05' AND TxnDate < '2026-03-05'", ["Q-0", "Q-1"]),
        ("TxnDate <= '2026-01-05'", ["Q-0"]),
        ("MetaData.CreateTime > '2026-03-20T11:30:15-07:00'", ["Q-1", "Q-2"]),
        ("MetaData.CreateTime >= '2026-03-20T18:30:15Z'", ["Q-0", "Q-1", "Q-2"]),
        ("MetaData.LastUpdatedTime < '2026-03-20T12:00:00'", ["Q-0"]),
        ("EmailStatus = 'NotSet' AND PrintStatus = 'NeedToPrint'", ["Q-0", "Q-1", "Q-2"]),
    ],
)
def test_conditions(desk, where, expected):
    assert numbers(desk, where) == expected


def test_a_customers_invoices(desk):
    assert numbers(desk, f"CustomerRef = '{desk.ada['Id']}'") == ["Q-0", "Q-1"]
    assert numbers(desk, f"CustomerRef = {desk.ada['Id']}") == ["Q-0", "Q-1"]
    wanted = f"CustomerRef IN ('{desk.ada['Id']}', '{desk.ben['Id']}') AND TotalAmt < '100.01'"
    assert numbers(desk, wanted) == ["Q-0", "Q-2"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (r"DisplayName = 'Ada O\'Brien'", ["Ada O'Brien"]),
        (r"DisplayName LIKE '%O\'B%'", ["Ada O'Brien"]),
        ("CompanyName LIKE '100%'", ["Ada O'Brien"]),
        ("GivenName = 'BEN'", ["Ben Boyd"]),
        ("Active = true", ["Ada O'Brien", "Ben Boyd"]),
        ("Active = false", ["Cleo Cruz (deleted)"]),
        ("Active IN (true, false)", ["Ada O'Brien", "Ben Boyd", "Cleo Cruz (deleted)"]),
        ("Active IN ( true , false ) AND DisplayName > 'B'", ["Ben Boyd", "Cleo Cruz (deleted)"]),
        ("Balance > '300'", ["Ada O'Brien"]),
        ("Job = false", ["Ada O'Brien", "Ben Boyd"]),
    ],
)
def test_conditions_on_customers(desk, where, expected):
    rows = desk.rows(f"SELECT * FROM Customer WHERE {where}")
    assert [row["DisplayName"] for row in rows] == expected


def test_ids_are_text_or_numbers(desk):
    for written in (f"'{desk.ben['Id']}'", desk.ben["Id"]):
        rows = desk.rows(f"SELECT * FROM Customer WHERE Id = {written}")
        assert [row["DisplayName"] for row in rows] == ["Ben Boyd"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ORDERBY TotalAmt", ["Q-2", "Q-0", "Q-1"]),
        ("ORDERBY TotalAmt DESC", ["Q-1", "Q-0", "Q-2"]),
        ("ORDER BY DocNumber ASC", ["Q-0", "Q-1", "Q-2"]),
        ("orderby CustomerRef desc, TxnDate asc", ["Q-2", "Q-0", "Q-1"]),
        ("ORDERBY MetaData.LastUpdatedTime DESC", ["Q-2", "Q-1", "Q-0"]),
        ("", ["Q-2", "Q-1", "Q-0"]),
    ],
)
def test_order(desk, order, expected):
    rows = desk.rows(f"select * from Invoice {order}")
    assert [row["DocNumber"] for row in rows] == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("MAXRESULTS 2", ["Q-0", "Q-1"]),
        ("STARTPOSITION 2 MAXRESULTS 1", ["Q-1"]),
        ("MAXRESULTS 1 STARTPOSITION 3", ["Q-2"]),
        ("STARTPOSITION 3", ["Q-2"]),
        ("STARTPOSITION '2' MAXRESULTS '1'", ["Q-1"]),
    ],
)
def test_pages(desk, page, expected):
    answer = desk.query(f"SELECT * FROM Invoice ORDERBY DocNumber {page}")
    assert [row["DocNumber"] for row in answer["Invoice"]] == expected
    assert answer["maxResults"] == len(expected)
    unordered = desk.rows(f"SELECT * FROM Invoice {page}")
    assert len(unordered) == len(expected)


def test_an_empty_answer_has_no_keys(desk):
    assert desk.query("SELECT * FROM Invoice WHERE DocNumber = 'none'") == {}
    assert desk.query("SELECT * FROM Invoice STARTPOSITION 50") == {}
    assert desk.query("SELECT * FROM Estimate") == {}


def test_count(desk):
    assert desk.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 3}
    assert desk.query("select count(*) from Invoice where TotalAmt > '80'") == {"totalCount": 2}
    assert desk.query("select count( * ) from Customer") == {"totalCount": 2}


def test_one_hundred_rows_without_maxresults():
    desk = Desk("empty")
    for number in range(105):
        desk.create("PaymentMethod", Name=f"Method {number:03}")
    assert desk.query("SELECT * FROM PaymentMethod WHERE Name LIKE 'Method%'")["maxResults"] == 100


def test_named_columns_give_sparse_rows(desk):
    row = desk.rows("SELECT DisplayName FROM Customer WHERE GivenName = 'Ada'")[0]
    expected = {"Id": desk.ada["Id"], "DisplayName": "Ada O'Brien"}
    assert row == expected | {"domain": "QBO", "sparse": True}
    assert desk.rows("SELECT *, Sku FROM Item")[0]["Type"] == "Service"


def test_get_and_post_answer_alike(desk):
    text = "SELECT * FROM Customer WHERE GivenName = 'ben'"
    assert desk.call("GET", "query", query=text)["QueryResponse"] == desk.query(text)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("SELECT * FROM Custmoer", "invalid context declaration: Custmoer"),
        (
            "SELECT * FROM Customer WHERE Colour = 'x'",
            "Property Colour not found for Entity Customer",
        ),
        ("SELECT * FROM Customer ORDERBY Colour", "Property Colour not found for Entity Customer"),
        ("SELECT Colour FROM Customer", "Property Colour not found for Entity Customer"),
        (
            "SELECT * FROM Customer WHERE PrimaryEmailAddr = 'x'",
            "property 'PrimaryEmailAddr' is not queryable",
        ),
        (
            "SELECT * FROM Invoice WHERE PrivateNote = 'x'",
            "property 'PrivateNote' is not queryable",
        ),
        ("SELECT * FROM Payment WHERE DocNumber = 'x'", "property 'DocNumber' is not queryable"),
        ("SELECT * FROM Invoice WHERE Line = '1'", "property 'Line' is not queryable"),
        (
            "SELECT * FROM Customer STARTPOSITION 0",
            "value 0 is too small. Min allowed value is 1",
        ),
        ("SELECT * FROM Customer MAXRESULTS 0", "value 0 is too small. Min allowed value is 1"),
        (
            "SELECT * FROM Customer MAXRESULTS 1001",
            "value 1001 is too large. Max allowed value is 1000",
        ),
        (
            "SELECT * FROM Invoice WHERE TotalAmt > 'much'",
            "Invalid number 'much' for property TotalAmt",
        ),
        ("SELECT * FROM Invoice WHERE MetaData.CreateTime > 'now'", "Invalid date 'now'"),
    ],
)
def test_4001(desk, text, detail):
    with pytest.raises(Refused) as caught:
        desk.query(text)
    assert (caught.value.status, caught.value.code) == (400, "4001")
    assert caught.value.error["Detail"] == f"QueryValidationError: {detail}"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "UPDATE Customer",
        "SELECT * Customer",
        "SELECT * FROM Customer WHERE",
        "SELECT * FROM Customer WHERE DisplayName",
        "SELECT * FROM Customer WHERE DisplayName = Ada",
        "SELECT * FROM Customer WHERE DisplayName = 'Ada' OR GivenName = 'Ada'",
        "SELECT * FROM Customer WHERE DisplayName = 'O'Brien'",
        "SELECT * FROM Customer WHERE DisplayName = 'open",
        "SELECT * FROM Customer WHERE DisplayName <> 'Ada'",
        "SELECT * FROM Customer WHERE Id IN ('1'",
        "SELECT * FROM Customer WHERE Id IN ()",
        "SELECT * FROM Customer GROUP BY Id",
        "SELECT * FROM Customer, Vendor",
        "SELECT * FROM Customer ORDERBY",
        "SELECT * FROM Customer MAXRESULTS many",
        "SELECT count(Id) FROM Customer",
        "SELECT * FROM Customer; DROP",
    ],
)
def test_4000(desk, text):
    with pytest.raises(Refused) as caught:
        desk.query(text)
    assert (caught.value.status, caught.value.code) == (400, "4000")
    assert caught.value.error["Detail"].startswith("QueryParserError: Encountered ")


def test_a_query_in_a_batch(desk):
    items = [
        {"bId": "1", "Query": "SELECT * FROM Invoice WHERE TotalAmt > '200.00'"},
        {"bId": "2", "Query": "SELECT * FROM Nothing"},
    ]
    first, second = desk.call("POST", "batch", {"BatchItemRequest": items})["BatchItemResponse"]
    assert first["QueryResponse"]["Invoice"][0]["TotalAmt"] == Decimal("250.50")
    assert (first["QueryResponse"]["startPosition"], first["bId"]) == (1, "1")
    assert second["Fault"]["Error"][0]["code"] == "4001"


def test_tax_codes_come_with_the_pseudo_codes_beyond_the_page():
    desk = Desk()
    rows = desk.rows("SELECT * FROM TaxCode MAXRESULTS 1")
    assert [row["Id"] for row in rows] == ["TAX", "NON", "CustomSalesTax", "2"]
    rows = desk.rows("SELECT * FROM TaxCode WHERE Name = 'Tucson'")
    assert [row["Id"] for row in rows] == ["3"]
