"""Each row of the fault table, raised by a request that deserves it and by nothing else."""

from decimal import Decimal

import pytest

from sync.simulator.wire import parse_json
from tests.simulator.desk import Desk, Refused, receipt, sale


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def ada(desk):
    return desk.customer()


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value


def counts(desk):
    kinds = ("Customer", "Invoice", "Payment", "CreditMemo", "Deposit", "Item", "Account")
    return {kind: len(desk.all(kind)) for kind in kinds}


def test_a_business_fault_has_the_recorded_shape(desk):
    caught = refused(desk.create, "Customer", DisplayName=desk.all("Customer")[0]["DisplayName"])
    assert caught.status == 400
    assert caught.body == {
        "Fault": {
            "Error": [
                {
                    "Message": "Duplicate Name Exists Error",
                    "Detail": "The name supplied already exists. : Another customer, vendor or "
                    "employee is already using this name. Please use a different name.",
                    "code": "6240",
                    "element": "",
                }
            ],
            "type": "ValidationFault",
        },
        "time": "2026-03-20T11:30:15.250-07:00",
    }


def test_500_for_a_resource_that_does_not_exist(desk):
    for method, path in (("GET", "nonsense/1"), ("POST", "nonsense"), ("GET", "invoice")):
        caught = refused(desk.call, method, path)
        assert (caught.status, caught.code) == (400, "500")
        assert caught.error["Message"] == "Unsupported Operation"
        assert caught.error["Detail"].startswith("Operation Could not find resource for relative :")


def test_500_for_deleting_a_list_entry(desk, ada):
    caught = refused(desk.delete, "Customer", ada)
    assert (caught.status, caught.code) == (400, "500")
    assert desk.get("Customer", ada["Id"]) == ada


def test_610_for_what_does_not_exist(desk):
    caught = refused(desk.get, "Invoice", "99999")
    assert (caught.status, caught.code) == (400, "610")
    assert caught.error == {
        "Message": "Object Not Found",
        "Detail": "Object Not Found : Something you're trying to use has been made inactive. Check "
        "the fields with accounts, customers, items, vendors or employees.",
        "code": "610",
        "element": "",
    }


def test_610_for_what_was_deleted(desk, ada):
    invoice = desk.invoice(ada)
    desk.delete("Invoice", invoice)
    assert refused(desk.get, "Invoice", invoice["Id"]).code == "610"
    caught = refused(desk.change, invoice, "Invoice", PrivateNote="late")
    assert caught.code == "610"
    assert "Another user has deleted this transaction" in caught.error["Detail"]


def test_610_for_an_inactive_reference(desk, ada):
    desk.change(ada, "Customer", Active=False)
    before = counts(desk)
    assert refused(desk.invoice, ada).code == "610"
    assert counts(desk) == before


@pytest.mark.parametrize(
    ("body", "field", "owner"),
    [
        ({"BadJson": True}, "BadJson", "Invoice"),
        ({"Line": [{"Wrong": 1}]}, "Wrong", "Line"),
        ({"CustomerRef": {"value": "1", "id": "2"}}, "id", "ReferenceType"),
        ({"BillAddr": {"Street": "x"}}, "Street", "PhysicalAddress"),
    ],
)
def test_2010_for_an_unknown_field(desk, body, field, owner):
    caught = refused(desk.post, "Invoice", body)
    assert (caught.status, caught.code) == (400, "2010")
    assert caught.error["Message"] == "Request has invalid or unsupported property"
    start = (
        f'Property Name:Unrecognized field "{field}" (class com.intuit.schema.finance.v3.{owner}),'
        " not marked as ignorable ("
    )
    assert caught.error["Detail"].startswith(start)


@pytest.mark.parametrize(
    "raw", [b"{", b"", b"[]", b'"text"', b'{"TotalAmt": }', b'{"Deposit": "much"}', b'{"Line": 5}']
)
def test_2010_for_what_cannot_be_read(desk, raw):
    assert refused(desk.call, "POST", "invoice", raw).code in {"2010", "2020"}
    assert desk.send("POST", "invoice", raw).status == 400


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "20260101", "01/02/2026"])
def test_2010_for_a_date_that_is_none(desk, ada, day):
    assert refused(desk.invoice, ada, TxnDate=day).code == "2010"


@pytest.mark.parametrize("missing", ["Line", "CustomerRef"])
def test_2020_for_an_invoice_without(desk, ada, missing):
    body = sale(ada)
    del body[missing]
    caught = refused(desk.post, "Invoice", body)
    assert caught.code == "2020"
    assert caught.error["Message"] == (
        "Required param missing, need to supply the required value for the API"
    )
    assert caught.error["Detail"] == f"Required parameter {missing} is missing in the request"


def test_2020_for_a_line_without_a_type(desk, ada):
    body = sale(ada)
    del body["Line"][0]["DetailType"]
    caught = refused(desk.post, "Invoice", body)
    assert caught.error["Detail"] == "Required parameter Line.DetailType is missing in the request"


def test_2020_for_an_update_without_a_token(desk, ada):
    caught = refused(desk.post, "Customer", {"Id": ada["Id"], "sparse": True, "Notes": "x"})
    assert caught.code == "2020"
    assert caught.error["element"] == "SyncToken"


def test_2030_for_an_id_that_is_no_number(desk):
    caught = refused(desk.get, "Customer", "1.5")
    assert caught.error == {
        "Message": "Invalid ID",
        "Detail": "Id should be a valid number. Supplied value:1.5",
        "code": "2030",
        "element": "Id",
    }


def test_2040_for_a_colon_tab_or_newline_in_a_name(desk):
    for name in ("Smith: John", "Smith\tJohn", "Smith\nJohn"):
        assert refused(desk.customer, name).code == "2040"


@pytest.mark.parametrize(
    ("kind", "fields", "element", "longest"),
    [
        ("Invoice", {"DocNumber": "9" * 25}, "DocNumber", 21),
        ("Invoice", {"PrivateNote": "n" * 4001}, "PrivateNote", 4000),
        ("Customer", {"DisplayName": "n" * 501}, "DisplayName", 500),
        ("Customer", {"DisplayName": "a", "GivenName": "n" * 101}, "GivenName", 100),
        ("Item", {"Name": "n" * 101}, "Name", 100),
        ("PaymentMethod", {"Name": "n" * 32}, "Name", 31),
    ],
)
def test_2050_for_a_text_too_long(desk, kind, fields, element, longest):
    caught = refused(desk.post, kind, fields)
    supplied = len(fields[element])
    assert caught.code == "2050"
    assert caught.error["element"] == element
    assert caught.error["Detail"] == f"Min:0 Max:{longest} supported. Supplied length:{supplied}"


def test_2170_for_a_value_outside_an_enumeration(desk, ada):
    assert refused(desk.invoice, ada, EmailStatus="Posted").code == "2170"


def test_2210_for_an_address_without_an_at_sign(desk):
    assert refused(desk.customer, PrimaryEmailAddr={"Address": "ada.example"}).code == "2210"


def test_2240_for_negative_money_on_a_payment(desk, ada):
    invoice = desk.invoice(ada)
    caught = refused(desk.payment, ada, "-1.00")
    assert caught.code == "2240"
    assert caught.error["Detail"].startswith("Number out of range. Min:0 Max:999,999,999")
    assert refused(desk.payment, ada, "10.00", (invoice, "-10.00")).code == "2240"


@pytest.mark.parametrize(
    ("kind", "fields", "group"),
    [
        ("Invoice", {"CustomerRef": {"value": "987"}}, "Names"),
        ("Item", {"Name": "New", "IncomeAccountRef": {"value": "987"}}, "Accounts"),
    ],
)
def test_2500_for_a_reference_to_nothing(desk, ada, kind, fields, group):
    body = (sale(ada) | fields) if kind == "Invoice" else fields
    caught = refused(desk.post, kind, body)
    assert caught.code == "2500"
    assert caught.error["Message"] == "Invalid Reference Id"
    assert caught.error["Detail"] == f"Invalid Reference Id : {group} element id 987 not found"


def test_5010_for_an_old_token(desk, ada):
    desk.change(ada, "Customer", Notes="first")
    caught = refused(desk.change, ada, "Customer", Notes="second")
    assert caught.code == "5010"
    assert caught.error["Message"] == "Stale Object Error"
    assert "were working on this at the same time" in caught.error["Detail"]
    assert desk.get("Customer", ada["Id"])["Notes"] == "first"


def test_6000_for_paying_more_than_is_due(desk, ada):
    invoice = desk.invoice(ada, "100.00")
    before = counts(desk)
    caught = refused(desk.payment, ada, "150.00", (invoice, "150.00"))
    assert caught.code == "6000"
    assert caught.error["Detail"].startswith("Business Validation Error: ")
    assert counts(desk) == before
    assert desk.get("Invoice", invoice["Id"])["Balance"] == Decimal("100.00")


def test_6000_for_applying_more_than_was_received(desk, ada):
    invoice = desk.invoice(ada, "100.00")
    assert refused(desk.payment, ada, "50.00", (invoice, "60.00")).code == "6000"


def test_6000_for_paying_another_customers_invoice(desk, ada):
    ben = desk.customer("Ben Boyd")
    invoice = desk.invoice(ben)
    assert refused(desk.payment, ada, "100.00", (invoice, "100.00")).code == "6000"


def test_6070_for_an_amount_that_is_not_quantity_times_price(desk, ada):
    body = sale(ada, "100.00", Qty=3, UnitPrice=Decimal("33.00"))
    caught = refused(desk.post, "Invoice", body)
    assert caught.code == "6070"
    assert caught.error["Detail"] == (
        "Amount is not equal to UnitPrice * Qty. Supplied value:100.00"
    )


def test_6100_for_another_tax_code_on_a_us_line(desk, ada):
    assert refused(desk.post, "Invoice", sale(ada, TaxCodeRef={"value": "2"})).code == "6100"


def test_6160_for_the_custom_sales_tax_pseudo_code(desk, ada):
    body = sale(ada) | {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "CustomSalesTax"}}}
    assert refused(desk.post, "Invoice", body).code == "6160"


def test_6140_for_a_number_that_is_taken(desk, ada):
    first = desk.invoice(ada, DocNumber="PU-7")
    caught = refused(desk.invoice, ada, DocNumber="PU-7")
    assert caught.error == {
        "Message": "Duplicate Document Number Error",
        "Detail": "Duplicate Document Number Error : You must specify a different number. This "
        "number has already been used. DocNumber=PU-7 is assigned to TxnType=Invoice with "
        f"TxnId={first['Id']}",
        "code": "6140",
        "element": "",
    }


def test_6190_for_a_company_whose_subscription_ended(desk, ada):
    desk.ledger.set_condition(desk.realm_id, "lapsed")
    caught = refused(desk.invoice, ada)
    assert (caught.status, caught.code) == (400, "6190")
    assert caught.error["Message"] == "Invalid Company Status"
    assert desk.get("Customer", ada["Id"]) == ada


def test_6210_for_a_date_in_closed_books(desk, ada):
    invoice = desk.invoice(ada, TxnDate="2026-01-15")
    desk.prefer("AccountingInfoPrefs", BookCloseDate="2026-01-31")
    for call in (
        lambda: desk.invoice(ada, TxnDate="2026-01-31"),
        lambda: desk.payment(ada, "5.00", TxnDate="2026-01-01"),
        lambda: desk.change(invoice, "Invoice", PrivateNote="x"),
        lambda: desk.change(invoice, "Invoice", TxnDate="2026-02-15"),
        lambda: desk.delete("Invoice", invoice),
        lambda: desk.void("Invoice", invoice),
    ):
        caught = refused(call)
        assert caught.code == "6210"
        assert caught.error["Message"] == (
            "Account Period Closed, Cannot Update Through Services API"
        )
    assert desk.invoice(ada, TxnDate="2026-02-01")["TxnDate"] == "2026-02-01"


def test_6240_across_customers_vendors_and_employees(desk, ada):
    for kind in ("Customer", "Vendor", "Employee"):
        assert refused(desk.create, kind, DisplayName="ADA ARCHER").code == "6240"
    assert refused(desk.create, "Term", Name="Net 30", DueDays=30).code == "6240"


def test_6270_for_an_inventory_item_sold_before_its_start(desk, ada):
    body = sale(ada, item="18") | {"TxnDate": "2001-01-01"}
    assert refused(desk.post, "Invoice", body).code == "6270"


def test_6540_for_a_payment_that_was_deposited(desk, ada):
    invoice = desk.invoice(ada)
    payment = desk.payment(ada, "100.00", (invoice, "100.00"))
    linked = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    line = {"Amount": Decimal("100.00"), "LinkedTxn": [linked]}
    desk.create("Deposit", DepositToAccountRef={"value": "35"}, Line=[line])
    payment = desk.get("Payment", payment["Id"])
    for call in (
        lambda: desk.change(payment, "Payment", TotalAmt=Decimal("90.00"), Line=[]),
        lambda: desk.delete("Payment", payment),
        lambda: desk.void("Payment", payment),
    ):
        assert refused(call).code == "6540"
    assert desk.get("Payment", payment["Id"]) == payment


def test_120_for_a_user_who_is_no_administrator_now(desk):
    desk.ledger.set_condition(desk.realm_id, "no_access")
    caught = refused(desk.get, "Customer", "1")
    assert (caught.status, caught.code) == (401, "120")


def test_4000_and_4001_for_queries(desk):
    caught = refused(desk.query, "SELECT * FROM Custmoer")
    assert (caught.status, caught.code) == (400, "4001")
    assert caught.error["Message"] == "Invalid query"
    assert caught.error["Detail"] == ("QueryValidationError: invalid context declaration: Custmoer")
    caught = refused(desk.query, "SELECT * FORM Customer")
    assert (caught.status, caught.code) == (400, "4000")
    assert caught.error["Message"] == "Error parsing query"
    assert caught.error["Detail"].startswith("QueryParserError: Encountered ")


def test_faults_of_batch_items_come_with_http_200(desk, ada):
    answers = desk.batch(
        ("1", "create", "Invoice", sale(ada)),
        ("2", "delete", "Invoice", {"Id": "99999", "SyncToken": "0"}),
        ("3", "create", "Payment", receipt(ada, "-5.00")),
    )
    assert "Invoice" in answers["1"]
    assert answers["2"]["Fault"] == {
        "Error": [
            {
                "Message": "Object Not Found",
                "Detail": "Object Not Found : Something you're trying to use has been made "
                "inactive. Check the fields with accounts, customers, items, vendors or "
                "employees.",
                "code": "610",
                "element": "",
            }
        ],
        "type": "ValidationFault",
    }
    assert answers["3"]["Fault"]["Error"][0]["code"] == "2240"


def test_a_refused_request_leaves_no_trace(desk, ada):
    before = {kind: desk.all(kind) for kind in ("Customer", "Account", "Invoice", "Item")}
    body = sale(ada)
    body["Line"].append(body["Line"][0] | {"Amount": Decimal("-500.00")})
    assert refused(desk.post, "Invoice", body).code == "6000"
    assert {kind: desk.all(kind) for kind in before} == before
    assert parse_json(desk.send("GET", f"customer/{ada['Id']}").body)["Customer"] == ada
