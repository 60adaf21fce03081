"""Invoices and their kin: what QuickBooks computes, numbers, changes, voids and deletes."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused, sale


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def ada(desk):
    return desk.customer()


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_the_smallest_invoice_answers_as_recorded(desk):
    customer = desk.get("Customer", "1")
    body = {
        "Line": [
            {
                "Amount": Decimal("100.0"),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {"ItemRef": {"value": "1", "name": "Services"}},
            }
        ],
        "CustomerRef": {"value": "1"},
    }
    last = max(int(each["Id"]) for kind in ("Invoice", "Purchase") for each in desk.all(kind))
    answer = desk.call("POST", "invoice", body)
    address = desk.call("GET", "companyinfo/1")["CompanyInfo"]["CompanyAddr"]
    ship_from = {"Id": "1", "Line1": address["Line1"], "Line2": "Fresno, CA  93701"}
    assert answer == {
        "Invoice": {
            "AllowIPNPayment": False,
            "AllowOnlinePayment": False,
            "AllowOnlineCreditCardPayment": False,
            "AllowOnlineACHPayment": False,
            "domain": "QBO",
            "sparse": False,
            "Id": str(last + 2),  # a journal entry is the last sample transaction
            "SyncToken": "0",
            "MetaData": {
                "CreateTime": "2026-03-20T11:30:15-07:00",
                "LastModifiedByRef": {"value": "9341450000000901"},
                "LastUpdatedTime": "2026-03-20T11:30:15-07:00",
            },
            "CustomField": [{"DefinitionId": "1", "Name": "Crew", "Type": "StringType"}],
            "TxnDate": "2026-03-20",
            "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
            "LinkedTxn": [],
            "Line": [
                {
                    "Id": "1",
                    "LineNum": 1,
                    "Amount": Decimal("100.00"),
                    "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": {
                        "ItemRef": {"value": "1", "name": "Services"},
                        "ItemAccountRef": {"value": "1", "name": "Services"},
                        "TaxCodeRef": {"value": "NON"},
                    },
                    "CustomExtensions": [],
                },
                {
                    "Amount": Decimal("100.00"),
                    "DetailType": "SubTotalLineDetail",
                    "SubTotalLineDetail": {},
                    "CustomExtensions": [],
                },
            ],
            "TxnTaxDetail": {"TotalTax": 0},
            "FreeFormAddress": True,
            "ShipFromAddr": ship_from,
            "CustomerRef": {"value": "1", "name": customer["DisplayName"]},
            "BillAddr": customer["BillAddr"],
            "ShipAddr": customer["ShipAddr"],
            "DueDate": "2026-04-19",
            "TotalAmt": Decimal("100.00"),
            "ApplyTaxAfterDiscount": False,
            "PrintStatus": "NeedToPrint",
            "EmailStatus": "NotSet",
            "Balance": Decimal("100.00"),
        },
        "time": "2026-03-20T11:30:15.250-07:00",
    }


def test_amounts_are_written_with_two_places_and_quantities_plainly(desk, ada):
    body = sale(ada, "337.5", Qty=Decimal("4.50"), UnitPrice=Decimal("75.00"))
    raw = desk.send("POST", "invoice", body).body
    assert b'"Amount":337.50' in raw
    assert b'"Qty":4.5,"UnitPrice":75,' in raw
    assert b'"TotalAmt":337.50' in raw
    assert b'"TotalTax":0' in raw


def test_text_numbers_and_blank_values_are_read_as_the_library_sends_them(desk, ada):
    body = sale(ada) | {"TotalAmt": "", "TxnDate": "", "DueDate": "", "ExchangeRate": 1}
    body["Line"][0] |= {"Amount": "10.10", "LineNum": 0, "LinkedTxn": [], "CustomField": []}
    body["Line"][0]["SalesItemLineDetail"] |= {"Qty": 0, "UnitPrice": "0", "ServiceDate": ""}
    body |= {"GlobalTaxCalculation": "TaxExcluded", "AllowIPNPayment": True, "Deposit": 0}
    invoice = desk.post("Invoice", body)
    assert invoice["TotalAmt"] == Decimal("10.10")
    assert (invoice["TxnDate"], invoice["DueDate"]) == ("2026-03-20", "2026-04-19")
    assert invoice["AllowIPNPayment"] is False
    assert not {"ExchangeRate", "GlobalTaxCalculation", "Deposit"} & invoice.keys()


def test_read_only_values_sent_are_overwritten(desk, ada):
    invoice = desk.invoice(ada, Balance=Decimal(1), TotalAmt=Decimal(2), Id="", LinkedTxn=[{}])
    assert (invoice["TotalAmt"], invoice["Balance"]) == (Decimal("100.00"), Decimal("100.00"))
    assert invoice["LinkedTxn"] == []


def test_due_date_follows_the_customers_term(desk):
    customer = desk.customer(SalesTermRef={"value": "2"})
    invoice = desk.invoice(customer, TxnDate="2026-01-20")
    assert invoice["DueDate"] == "2026-02-04"
    assert invoice["SalesTermRef"] == {"value": "2", "name": "Net 15"}
    assert desk.invoice(customer, DueDate="2026-12-31")["DueDate"] == "2026-12-31"


def test_percent_discount(desk, ada):
    body = sale(ada, "80.00")
    detail = {"PercentBased": True, "DiscountPercent": Decimal("12.5")}
    body["Line"].append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail})
    invoice = desk.post("Invoice", body)
    assert invoice["TotalAmt"] == Decimal("70.00")
    last = invoice["Line"][-1]
    assert (last["DetailType"], last["Amount"]) == ("DiscountLineDetail", Decimal("10.00"))
    account = {"value": "86", "name": "Discounts Given"}
    assert last["DiscountLineDetail"]["DiscountAccountRef"] == account
    desk.prefer("SalesFormsPrefs", AllowDiscount=False)
    assert refused(desk.post, "Invoice", body) == "6000"


def test_a_line_without_an_item_is_only_documentation(desk, ada):
    body = sale(ada, "80.00")
    body["Line"].append(
        {"Amount": Decimal(5), "Description": "note", "DetailType": "SalesItemLineDetail"}
        | {"SalesItemLineDetail": {}}
    )
    invoice = desk.post("Invoice", body)
    assert invoice["TotalAmt"] == Decimal("80.00")
    assert invoice["Line"][1]["DetailType"] == "DescriptionOnly"


def test_a_deposit_on_the_invoice_lowers_its_balance(desk, ada):
    invoice = desk.invoice(ada, "80.00", Deposit=Decimal(30))
    assert (invoice["TotalAmt"], invoice["Balance"]) == (Decimal("80.00"), Decimal("50.00"))
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("50.00")
    desk.prefer("SalesFormsPrefs", AllowDeposit=False)
    assert refused(desk.invoice, ada, Deposit=Decimal(30)) == "6000"


def test_numbers_of_our_own_are_kept_and_absent_ones_stay_absent(desk, ada):
    assert desk.invoice(ada, DocNumber="PU-100")["DocNumber"] == "PU-100"
    assert "DocNumber" not in desk.invoice(ada)
    assert desk.invoice(ada, DocNumber="AUTO_GENERATE")["DocNumber"] == "PU-101"
    again = sale(ada) | {"DocNumber": "PU-100"}
    assert desk.post("Invoice", again, include="allowduplicatedocnum")["DocNumber"] == "PU-100"


def test_numbers_are_given_where_custom_numbers_are_off(desk, ada):
    desk.prefer("SalesFormsPrefs", CustomTxnNumbers=False)
    desk.invoice(ada, DocNumber="B-0099")
    assert [desk.invoice(ada)["DocNumber"] for _ in range(2)] == ["B-0100", "B-0101"]


def test_a_number_may_be_used_by_each_kind_unless_switched(desk, ada):
    desk.invoice(ada, DocNumber="N-1")
    memo = sale(ada) | {"DocNumber": "N-1"}
    assert desk.post("CreditMemo", memo)["DocNumber"] == "N-1"
    desk.switches.set(doc_number_scope="all")
    assert refused(desk.post, "SalesReceipt", memo) == "6140"


def test_a_deleted_invoice_frees_its_number(desk, ada):
    desk.delete("Invoice", desk.invoice(ada, DocNumber="N-1"))
    assert desk.invoice(ada, DocNumber="N-1")["DocNumber"] == "N-1"


def test_a_refused_item_does_not_move_the_automatic_number(desk, ada):
    desk.prefer("SalesFormsPrefs", CustomTxnNumbers=False)
    desk.invoice(ada, DocNumber="500")
    bad = sale(ada, TaxCodeRef={"value": "2"})
    answers = desk.batch(("1", "create", "Invoice", bad), ("2", "create", "Invoice", sale(ada)))
    assert answers["1"]["Fault"]["Error"][0]["code"] == "6100"
    assert answers["2"]["Invoice"]["DocNumber"] == "501"


def test_sparse_update_changes_only_what_it_names(desk, ada):
    invoice = desk.invoice(ada, PrivateNote="first", DocNumber="N-1")
    changed = desk.change(invoice, "Invoice", CustomerMemo={"value": "thanks"})
    assert changed.pop("CustomerMemo") == {"value": "thanks"}
    assert changed.pop("SyncToken") == "1"
    del invoice["SyncToken"]
    assert changed == invoice


def test_sparse_update_without_a_change_keeps_the_token(desk, ada):
    invoice = desk.invoice(ada, PrivateNote="same")
    desk.clock.advance(60)
    assert desk.change(invoice, "Invoice", PrivateNote="same") == invoice


def test_blank_values_clear_a_property(desk, ada):
    invoice = desk.invoice(ada, PrivateNote="first")
    assert "PrivateNote" not in desk.change(invoice, "Invoice", PrivateNote="")


def test_full_update_clears_what_it_leaves_out(desk, ada):
    invoice = desk.invoice(ada, PrivateNote="first", DocNumber="N-1", TxnDate="2026-01-02")
    body = sale(ada, "55.00") | {"Id": invoice["Id"], "SyncToken": "0"}
    changed = desk.post("Invoice", body)
    assert "PrivateNote" not in changed
    assert (changed["DocNumber"], changed["TxnDate"]) == ("N-1", "2026-01-02")
    assert (changed["TotalAmt"], changed["Balance"]) == (Decimal("55.00"), Decimal("55.00"))
    assert changed["Line"][0]["Id"] == "2"  # a new line takes the next line id


def test_update_keeps_line_ids_that_are_sent_back(desk, ada):
    invoice = desk.invoice(ada)
    lines = [invoice["Line"][0] | {"Description": "more"}, sale(ada, "5.00")["Line"][0]]
    changed = desk.change(invoice, "Invoice", Line=lines)
    assert [line.get("Id") for line in changed["Line"]] == ["1", "2", None]
    assert changed["TotalAmt"] == Decimal("105.00")


def test_void_zeroes_amounts_and_says_so(desk, ada):
    invoice = desk.invoice(ada, "100.00", PrivateNote="marker", DocNumber="N-1")
    desk.clock.advance(60)
    gone = desk.void("Invoice", invoice)
    assert (gone["TotalAmt"], gone["Balance"], gone["SyncToken"]) == (0, 0, "1")
    assert [line["Amount"] for line in gone["Line"]] == [0, 0]
    assert gone["PrivateNote"] == "Voided - marker"
    assert gone["MetaData"]["LastUpdatedTime"] == "2026-03-20T11:31:15-07:00"
    assert desk.get("Customer", ada["Id"])["Balance"] == 0
    assert desk.void("Invoice", gone) == gone


def test_void_without_a_note_reads_voided(desk, ada):
    assert desk.void("Invoice", desk.invoice(ada))["PrivateNote"] == "Voided"


def test_delete_answers_as_recorded(desk, ada):
    invoice = desk.invoice(ada)
    head = {"Id": invoice["Id"], "SyncToken": "0"}
    answer = desk.call("POST", "invoice", head, operation="delete")
    assert answer["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    assert desk.get("Customer", ada["Id"])["Balance"] == 0


def test_voiding_a_paid_invoice_leaves_the_payment_unapplied(desk, ada):
    desk.switches.set(void_paid="unlink")
    invoice = desk.invoice(ada)
    payment = desk.payment(ada, "100.00", (invoice, "100.00"))
    desk.void("Invoice", desk.get("Invoice", invoice["Id"]))
    payment = desk.get("Payment", payment["Id"])
    assert (payment["Line"], payment["UnappliedAmt"]) == ([], Decimal("100.00"))
    assert desk.get("Invoice", invoice["Id"])["LinkedTxn"] == []
    assert desk.get("Customer", ada["Id"])["Balance"] == Decimal("-100.00")


def test_voiding_a_paid_invoice_is_refused_and_deleting_it_frees_the_payment(desk, ada):
    invoice = desk.invoice(ada)
    payment = desk.payment(ada, "100.00", (invoice, "100.00"))
    before = desk.get("Invoice", invoice["Id"])
    assert refused(desk.void, "Invoice", before) == "6000"
    assert desk.get("Invoice", invoice["Id"]) == before
    desk.switches.set(delete_paid="refuse")
    assert refused(desk.delete, "Invoice", before) == "6000"
    desk.switches.set(delete_paid="unlink")
    desk.delete("Invoice", before)
    assert refused(desk.get, "Invoice", invoice["Id"]) == "610"
    assert desk.get("Payment", payment["Id"])["UnappliedAmt"] == Decimal("100.00")


def test_online_payment_is_the_companys_unless_the_invoice_says_no(desk, ada):
    names = ("AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")
    assert [desk.invoice(ada)[name] for name in names] == [False] * 3
    desk.prefer("SalesFormsPrefs", ETransactionPaymentEnabled=True)
    assert [desk.invoice(ada)[name] for name in names] == [True] * 3
    denied = desk.invoice(ada, **dict.fromkeys(names, False))
    assert [denied[name] for name in names] == [False] * 3


def test_features_that_are_off_are_refused_or_dropped(desk, ada):
    line_class = sale(ada, ClassRef={"value": "1"})
    assert refused(desk.post, "Invoice", line_class) == "6000"
    assert desk.invoice(ada, ClassRef={"value": "1"})["ClassRef"]["name"] == "Cleaning"
    desk.prefer("AccountingInfoPrefs", TrackDepartments=False)
    assert refused(desk.invoice, ada, DepartmentRef={"value": "1"}) == "6000"
    desk.switches.set(disabled_features="ignore")
    assert "DepartmentRef" not in desk.invoice(ada, DepartmentRef={"value": "1"})


def test_classes_on_lines_where_the_company_tracks_them_there():
    desk = Desk("class_lines")
    ada = desk.customer()
    invoice = desk.post("Invoice", sale(ada, ClassRef={"value": "2"}))
    detail = invoice["Line"][0]["SalesItemLineDetail"]
    assert detail["ClassRef"] == {"value": "2", "name": "Hauling"}
    assert refused(desk.invoice, ada, ClassRef={"value": "1"}) == "6000"


def test_custom_fields_keep_their_definitions(desk, ada):
    field = {"DefinitionId": "1", "StringValue": "North", "Type": "StringType", "Name": "Crew"}
    invoice = desk.invoice(ada, CustomField=[field])
    assert invoice["CustomField"] == [field]
    assert refused(desk.invoice, ada, CustomField=[field | {"StringValue": "x" * 32}]) == "2050"


def test_inventory_moves_with_sales(desk, ada):
    before = desk.get("Item", "18")["QtyOnHand"]
    body = sale(ada, "109.90", item="18", Qty=2, UnitPrice=Decimal("54.95"))
    invoice = desk.post("Invoice", body)
    assert desk.get("Item", "18")["QtyOnHand"] == before - 2
    desk.delete("Invoice", invoice)
    assert desk.get("Item", "18")["QtyOnHand"] == before


def test_sales_receipt_and_refund_move_the_bank_not_the_customer(desk, ada):
    bank = desk.get("Account", "35")["CurrentBalance"]
    desk.post("SalesReceipt", sale(ada, "60.00") | {"DepositToAccountRef": {"value": "35"}})
    assert desk.get("Account", "35")["CurrentBalance"] == bank + 60
    desk.post("RefundReceipt", sale(ada, "15.00") | {"DepositToAccountRef": {"value": "35"}})
    assert desk.get("Account", "35")["CurrentBalance"] == bank + 45
    assert desk.get("Customer", ada["Id"])["Balance"] == 0


def test_email_and_pdf(desk, ada):
    invoice = desk.invoice(ada)
    assert refused(desk.call, "POST", f"invoice/{invoice['Id']}/send") == "2020"
    sent = desk.call("POST", f"invoice/{invoice['Id']}/send", sendTo="a@example.com")["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "a@example.com"})
    pdf = desk.send("GET", f"invoice/{invoice['Id']}/pdf")
    assert (pdf.content_type, pdf.body[:8]) == ("application/pdf", b"%PDF-1.4")
    assert refused(desk.invoice, ada, EmailStatus="NeedToSend") == "2020"


def test_sub_customers_add_up(desk, ada):
    child = desk.customer("Unit 1", ParentRef={"value": ada["Id"]})
    desk.invoice(child, "40.00")
    assert desk.get("Customer", ada["Id"])["Balance"] == 0
    assert desk.get("Customer", ada["Id"])["BalanceWithJobs"] == Decimal("40.00")
    ben = desk.customer("Ben")
    desk.change(desk.get("Customer", child["Id"]), "Customer", ParentRef={"value": ben["Id"]})
    assert desk.get("Customer", ada["Id"])["BalanceWithJobs"] == 0
    assert desk.get("Customer", ben["Id"])["BalanceWithJobs"] == Decimal("40.00")
