"""Tax by the codes of the lines: rounded line by line, and prices that include it."""

from decimal import Decimal

from tests.simulator.desk import Desk, sale


def many(customer, count, amount, code, quantities=None):
    body = sale(customer, amount, TaxCodeRef={"value": code})
    (first,) = body["Line"]
    body["Line"] = []
    for position in range(count):
        quantity = (quantities or {}).get(position, 1)
        detail = first["SalesItemLineDetail"] | {"Qty": quantity, "UnitPrice": Decimal(amount)}
        line = first | {"Amount": Decimal(amount) * quantity, "SalesItemLineDetail": detail}
        body["Line"].append(line)
    return body


def test_tax_is_rounded_on_each_line_and_then_added():
    """31 lines of 1.59, two with quantity 11, 12 %: 9.71 (Intuit's staff)."""
    desk = Desk("canada")
    ada = desk.customer()
    rate = {
        "TaxRateName": "Twelve",
        "RateValue": "12",
        "TaxAgencyId": "1",
        "TaxApplicableOn": "Sales",
    }
    code = desk.call("POST", "taxservice/taxcode", {"TaxCode": "Twelve", "TaxRateDetails": [rate]})[
        "TaxCodeId"
    ]
    body = many(ada, 31, "1.59", code, {4: 11, 20: 11})
    invoice = desk.post("Invoice", body)
    assert invoice["TxnTaxDetail"]["TotalTax"] == Decimal("9.71")
    assert invoice["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == Decimal(
        "81.09"
    )
    desk.switches.set(tax_rounding="per_document")
    assert desk.post("Invoice", body)["TxnTaxDetail"]["TotalTax"] == Decimal("9.73")


def test_each_rate_of_a_code_is_rounded_by_itself():
    desk = Desk("canada")
    invoice = desk.post("Invoice", many(desk.customer(), 3, "0.50", "3"))
    taxes = [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]]
    assert taxes == [Decimal("0.09"), Decimal("0.12")]  # 0.025 and 0.035 on each line
    assert invoice["TotalAmt"] == Decimal("1.71")


def test_prices_that_include_the_tax():
    desk = Desk("europe")
    ada = desk.customer()
    detail = {"TaxCodeRef": {"value": "3"}, "TaxInclusiveAmt": Decimal("123.00")}
    body = sale(ada, "100.00", **detail) | {"GlobalTaxCalculation": "TaxInclusive"}
    odd = sale(ada, "8.00", TaxCodeRef={"value": "4"}, TaxInclusiveAmt=Decimal("9.99"))["Line"]
    body["Line"] += odd
    invoice = desk.post("Invoice", body)
    first, second, subtotal = invoice["Line"]
    assert (first["Amount"], second["Amount"]) == (Decimal("100.00"), Decimal("8.80"))
    assert second["SalesItemLineDetail"]["TaxInclusiveAmt"] == Decimal("9.99")
    assert subtotal["Amount"] == Decimal("108.80")
    taxes = [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]]
    assert taxes == [Decimal("23.00"), Decimal("1.19")]
    assert invoice["TotalAmt"] == Decimal("132.99")  # 123.00 and 9.99
    assert invoice["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert invoice["GlobalTaxCalculation"] == "TaxInclusive"


def test_the_last_rate_takes_what_is_left_of_a_price():
    desk = Desk("canada")
    detail = {"TaxCodeRef": {"value": "3"}, "TaxInclusiveAmt": Decimal("1.00")}
    body = sale(desk.customer(), "0.89", **detail) | {"GlobalTaxCalculation": "TaxInclusive"}
    invoice = desk.post("Invoice", body)
    taxes = [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]]
    assert (invoice["TotalAmt"], taxes) == (Decimal("1.00"), [Decimal("0.04"), Decimal("0.07")])


def test_a_net_amount_alone_where_prices_include_tax():
    desk = Desk("europe")
    body = sale(desk.customer(), "100.00", TaxCodeRef={"value": "3"})
    invoice = desk.post("Invoice", body | {"GlobalTaxCalculation": "TaxInclusive"})
    detail = invoice["Line"][0]["SalesItemLineDetail"]
    assert (invoice["TotalAmt"], detail["TaxInclusiveAmt"]) == (Decimal("123.00"),) * 2
    back = desk.post("Invoice", invoice)
    assert (back["TotalAmt"], back["SyncToken"]) == (Decimal("123.00"), "0")


def test_discounts_lower_the_tax_line_by_line():
    desk = Desk("canada")
    body = many(desk.customer(), 2, "50.00", "2")
    off = {"DetailType": "DiscountLineDetail", "Amount": Decimal(10), "DiscountLineDetail": {}}
    body["Line"].append(off)
    invoice = desk.post("Invoice", body)
    assert invoice["TxnTaxDetail"]["TotalTax"] == Decimal("4.50")
    assert invoice["TotalAmt"] == Decimal("94.50")
