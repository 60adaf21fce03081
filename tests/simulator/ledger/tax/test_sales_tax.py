"""Sales tax of all kinds, currencies, and the reports that tie the books out."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused, sale


def taxed(customer, amount="100.00", code="TAX", **detail):
    return sale(customer, amount, TaxCodeRef={"value": code}) | (
        {"TxnTaxDetail": detail} if detail else {}
    )


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_us_lines_are_not_taxed_without_a_code():
    desk = Desk("us")
    invoice = desk.post("Invoice", taxed(desk.customer()))
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]) == (Decimal("100.00"), {"TotalTax": 0})


def test_us_manual_rate():
    desk = Desk("us_manual")
    invoice = desk.post("Invoice", taxed(desk.customer(), TxnTaxCodeRef={"value": "3"}))
    detail = invoice["TxnTaxDetail"]
    assert (invoice["TotalAmt"], detail["TotalTax"]) == (Decimal("109.10"), Decimal("9.10"))
    assert [line["Amount"] for line in detail["TaxLine"]] == [Decimal("7.10"), Decimal("2.00")]
    assert detail["TaxLine"][0]["TaxLineDetail"] == {
        "TaxRateRef": {"value": "1"},
        "PercentBased": True,
        "TaxPercent": Decimal("7.1"),
        "NetAmountTaxable": Decimal("100.00"),
    }


def test_us_manual_amount_is_honoured():
    desk = Desk("us")
    body = taxed(desk.customer(), TxnTaxCodeRef={"value": "2"}, TotalTax=Decimal("7.77"))
    invoice = desk.post("Invoice", body)
    assert (invoice["TotalAmt"], invoice["Balance"]) == (Decimal("107.77"), Decimal("107.77"))
    assert [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]] == [Decimal("7.77")]


def test_discount_before_or_after_tax():
    desk = Desk("us")
    ada = desk.customer()
    for after, tax in ((False, "8.00"), (True, "7.20")):
        body = taxed(ada, TxnTaxCodeRef={"value": "2"}) | {"ApplyTaxAfterDiscount": after}
        body["Line"].append(
            {"DetailType": "DiscountLineDetail", "Amount": Decimal(10), "DiscountLineDetail": {}}
        )
        invoice = desk.post("Invoice", body)
        assert invoice["TxnTaxDetail"]["TotalTax"] == Decimal(tax)
        assert invoice["TotalAmt"] == Decimal(90) + Decimal(tax)


@pytest.fixture
def automatic():
    return Desk("us_ast")


def test_automatic_tax_takes_lines_without_a_code_as_taxable(automatic):
    invoice = automatic.invoice(automatic.customer())
    assert invoice["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "TAX"}
    assert invoice["TotalAmt"] == Decimal("108.00")
    assert invoice["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}


def test_automatic_tax_goes_by_the_ship_to_state_and_the_customer(automatic):
    tucson = automatic.customer("Tucson", ShipAddr={"CountrySubDivisionCode": "AZ"})
    assert automatic.invoice(tucson)["TotalAmt"] == Decimal("109.10")
    exempt = automatic.customer("Exempt", Taxable=False)
    assert automatic.invoice(exempt)["TotalAmt"] == Decimal("100.00")
    none = automatic.post("Invoice", taxed(tucson, code="NON"))
    assert none["TotalAmt"] == Decimal("100.00")


def test_automatic_tax_honours_an_amount_unless_switched(automatic):
    automatic.switches.set(tax_override="bare_total")
    tucson = automatic.customer("Tucson", ShipAddr={"CountrySubDivisionCode": "AZ"})
    body = taxed(tucson, TotalTax=Decimal("9.09"))
    invoice = automatic.post("Invoice", body)
    shares = [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]]
    assert (invoice["TotalAmt"], shares) == (
        Decimal("109.09"),
        [Decimal("7.09"), Decimal("2.00")],
    )
    automatic.switches.set(tax_override="documented", tax_drift_cents=1)
    assert automatic.post("Invoice", body)["TotalAmt"] == Decimal("109.11")


def test_sending_back_what_was_read_does_not_pin_the_tax(automatic):
    invoice = automatic.invoice(automatic.customer())
    invoice["Line"][0]["Amount"] = Decimal("200.00")
    changed = automatic.post("Invoice", invoice)
    assert changed["TxnTaxDetail"]["TotalTax"] == Decimal("16.00")


def test_canadian_rates_stand_on_lines():
    desk = Desk("canada")
    ada = desk.customer()
    invoice = desk.post("Invoice", taxed(ada, code="3"))
    assert invoice["TotalAmt"] == Decimal("112.00")
    assert invoice["GlobalTaxCalculation"] == "TaxExcluded"
    assert [each["Amount"] for each in invoice["TxnTaxDetail"]["TaxLine"]] == [5, 7]
    assert invoice["CurrencyRef"] == {"value": "CAD", "name": "Canadian Dollar"}
    assert refused(desk.invoice, ada) == "6000"  # no code on the line
    assert refused(desk.post, "Invoice", taxed(ada, code="TAX")) == "2500"
    free = desk.post("Invoice", taxed(ada, code="3") | {"GlobalTaxCalculation": "NotApplicable"})
    assert free["TotalAmt"] == Decimal("100.00")


def test_documents_in_the_customers_currency():
    desk = Desk("multicurrency")
    anke = desk.customer("Anke", CurrencyRef={"value": "EUR"})
    invoice = desk.invoice(anke, "200.00", ExchangeRate=Decimal("1.1"))
    assert invoice["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert (invoice["TotalAmt"], invoice["HomeTotalAmt"]) == (Decimal("200.00"), Decimal("220.00"))
    assert refused(desk.payment, anke, "50.00") == "2020"
    euro = {"value": "EUR"}
    payment = desk.payment(anke, "50.00", (invoice, "50.00"), CurrencyRef=euro)
    assert payment["ExchangeRate"] == 1
    shown = desk.get("Invoice", invoice["Id"])
    assert (shown["Balance"], shown["HomeBalance"]) == (Decimal("150.00"), Decimal("165.00"))
    assert refused(desk.invoice, anke, CurrencyRef={"value": "USD"}) == "6000"
    head = {"Id": anke["Id"], "SyncToken": "0", "sparse": True}
    assert refused(desk.post, "Customer", head | {"CurrencyRef": {"value": "USD"}}) == "6000"


def test_one_currency_where_multicurrency_is_off():
    desk = Desk("us")
    ada = desk.customer()
    assert refused(desk.invoice, ada, CurrencyRef={"value": "EUR"}) == "6000"
    assert refused(desk.customer, "Anke", CurrencyRef={"value": "EUR"}) == "6000"
    payment = desk.payment(ada, "5.00", CurrencyRef={"value": "USD"}, ExchangeRate=1)
    assert "ExchangeRate" not in payment


def rows(report):
    return [
        [cell["value"] for cell in row["ColData"]]
        for row in report["Rows"]["Row"]
        if "ColData" in row
    ]


def test_customer_balance_report():
    desk = Desk("empty", report_rows="sorted")
    ada, ben, cleo = (desk.customer(name) for name in ("Ada", "Ben", "Cleo"))
    unit = desk.customer("Unit 1", ParentRef={"value": ada["Id"]})
    desk.invoice(unit, "40.00")
    desk.payment(ben, "15.00")
    desk.invoice(cleo, "10.00")
    desk.payment(cleo, "10.00")
    report = desk.call("GET", "reports/CustomerBalance")
    assert report["Header"]["ReportName"] == "CustomerBalance"
    assert rows(report) == [["Ada:Unit 1", "40.00"], ["Ben", "-15.00"]]
    total = report["Rows"]["Row"][-1]
    assert total["Summary"]["ColData"] == [{"value": "TOTAL"}, {"value": "25.00"}]
    assert total["group"] == "GrandTotal"
    only = desk.call("GET", "reports/CustomerBalance", customer=ben["Id"])
    assert rows(only) == [["Ben", "-15.00"]]


def test_transaction_list_report():
    desk = Desk("empty", report_rows="sorted")
    ada = desk.customer()
    invoice = desk.invoice(ada, "40.00", TxnDate="2026-03-02", DocNumber="N-1", PrivateNote="m")
    desk.payment(ada, "40.00", (invoice, "40.00"), TxnDate="2026-03-03", PaymentRefNum="77")
    desk.post("CreditMemo", sale(ada, "5.00") | {"TxnDate": "2026-04-01"})
    report = desk.call(
        "GET", "reports/TransactionList", start_date="2026-03-01", end_date="2026-03-31"
    )
    assert rows(report) == [
        ["2026-03-02", "Invoice", "N-1", "Yes", "Ada Archer", "m", "", "", "40.00"],
        ["2026-03-03", "Payment", "77", "Yes", "Ada Archer", "", "Undeposited Funds", "", "40.00"],
    ]
    everything = desk.call("GET", "reports/TransactionList", date_macro="all")
    assert [row[8] for row in rows(everything)] == ["40.00", "40.00", "-5.00"]
    with pytest.raises(Refused) as caught:
        desk.call("GET", "reports/Imaginary")
    assert caught.value.code == "500"
