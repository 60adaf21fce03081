"""What a document puts where: nothing of its total is left out, and nothing is counted twice."""

from decimal import Decimal

import pytest

from sync.quickbooks.documents import Chart, DocumentError, Group, charged_place, postings_of

CHART = Chart("USD", income={"5": "45"}, discounts="86")
HEAD = {"Id": "9", "TxnDate": "2026-05-04"}
WHO = {"CustomerRef": {"value": "1", "name": "Ada"}}


def line(amount, item="5", **detail):
    inner = {"ItemRef": {"value": item}, **detail}
    return {
        "Amount": Decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner
    }  # fmt: skip


def discount(amount, **detail):
    return {
        "Amount": Decimal(amount), "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail
    }  # fmt: skip


def taxed(rate, amount):
    detail = {"TaxRateRef": {"value": rate}}
    return {"Amount": Decimal(amount), "TaxLineDetail": detail}


def sale(entity, total, *lines, **more):
    row = HEAD | WHO | {"DocNumber": "1042", "TotalAmt": Decimal(total), "Line": list(lines)}
    return postings_of(entity, row | more, CHART)


def parts(posting):
    return {(part.group.value, part.key): str(part.amount) for part in posting.parts}


def test_an_invoice_by_account_rate_and_day():
    tax = {"TotalTax": Decimal("8.01"), "TaxLine": [taxed("3", "5.00"), taxed("4", "3.00")]}
    [made] = sale(
        "Invoice", "153.01", line("100.00"), line("55.00", "6", ItemAccountRef={"value": "46"}),
        discount("10.00"), {"DetailType": "SubTotalLineDetail", "Amount": Decimal("155.00")},
        TxnTaxDetail=tax,
    )  # fmt: skip
    assert (made.is_sale, made.number, made.customer, made.day) == (
        True, "1042", "Ada", "2026-05-04"
    )  # fmt: skip
    assert parts(made) == {
        ("documents", "Invoice"): "153.01",
        ("income", "45"): "100.00",
        ("income", "46"): "55.00",
        ("income", "86"): "-10.00",
        ("tax", "3"): "5.00",
        ("tax", "4"): "3.00",
        ("tax", ""): "0.01",
        ("sold", "2026-05-04"): "153.01",
    }


def test_what_no_line_names_is_income_all_the_same():
    [made] = sale("Invoice", "112.50", line("100.00"), line("12.50", "unknown"))
    assert parts(made)["income", ""] == "12.50"
    [made] = sale("Invoice", "112.50", line("100.00"))
    assert parts(made)["income", ""] == "12.50"


def test_bundles_are_taken_apart_and_counted_once():
    bundle = {
        "Amount": Decimal("70.00"),
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": {"Line": [line("40.00"), line("30.00")]},
    }
    [made] = sale("Invoice", "70.00", bundle)
    assert parts(made)["income", "45"] == "70.00"
    assert ("income", "") not in parts(made)


def test_a_receipt_is_a_sale_and_its_money():
    made = sale(
        "SalesReceipt", "50.00", line("50.00"),
        PaymentMethodRef={"value": "2"}, DepositToAccountRef={"value": "35"},
    )  # fmt: skip
    assert [each.is_sale for each in made] == [True, False]
    assert made[1].invoice == "1042"
    assert parts(made[1]) == {
        ("method", "2"): "50.00", ("deposited", "35"): "50.00", ("received", "2026-05-04"): "50.00",
    }  # fmt: skip


def test_what_is_given_back_is_taken_off():
    [credit] = sale("CreditMemo", "20.00", line("20.00"))
    assert (credit.amount, parts(credit)["income", "45"]) == (Decimal("-20.00"), "-20.00")
    back = sale("RefundReceipt", "20.00", line("20.00"), DepositToAccountRef={"value": "35"})
    assert [str(each.amount) for each in back] == ["-20.00", "-20.00"]
    assert parts(back[1])["deposited", "35"] == "-20.00"


def test_the_currency_is_the_company_s_unless_it_is_named():
    assert [each.currency for each in sale("Invoice", "5.00", line("5.00"))] == ["USD"]
    [made] = sale("Invoice", "5.00", line("5.00"), CurrencyRef={"value": "CAD"})
    assert made.currency == "CAD"


def test_a_deposit_on_an_invoice_is_money():
    made = sale("Invoice", "50.00", line("50.00"), Deposit=Decimal("15.00"))
    assert [str(each.amount) for each in made] == ["50.00", "15.00"]


def pays(amount, *applied, **more):
    lines = [
        {"Amount": Decimal(part), "LinkedTxn": [{"TxnId": id_, "TxnType": kind}]}
        for part, id_, kind in applied
    ]
    return postings_of(
        "Payment", HEAD | WHO | {"TotalAmt": Decimal(amount), "Line": lines} | more, CHART
    )


def test_a_payment_is_taken_apart_by_what_it_pays():
    made = pays("100.00", ("60.00", "7", "Invoice"), ("30.00", "8", "Invoice"))
    assert [(str(each.amount), each.pays) for each in made] == [
        ("60.00", "7"), ("30.00", "8"), ("10.00", "")
    ]  # fmt: skip
    assert parts(made[0])["documents", "Payment"] == "60.00"
    made = pays("80.00", ("100.00", "7", "Invoice"), ("20.00", "9", "CreditMemo"))
    assert [str(each.amount) for each in made] == ["100.00", "-20.00"]


def test_the_number_that_a_payment_tells_of_its_invoice_is_taken():
    told = {"any": [{"value": {"Name": "txnReferenceNumber", "Value": "1042"}}]}
    applied = {"Amount": Decimal("5.00"), "LinkedTxn": [{"TxnId": "7", "TxnType": "Invoice"}]}
    [made] = pays("5.00", Line=[applied | {"LineEx": told}])
    assert made.invoice == "1042"


def test_what_was_voided_is_nothing_and_what_cannot_be_read_is_not():
    assert sale("Invoice", "0.00", line("0.00"), PrivateNote="Voided") == []
    assert pays("0.00") == []
    with pytest.raises(DocumentError, match="The Amount of Invoice 1042 in QuickBooks"):
        sale("Invoice", "1.00", line("0.333"))
    with pytest.raises(DocumentError, match="The TotalAmt of Payment 9 in QuickBooks"):
        postings_of("Payment", HEAD | WHO, CHART)


def test_a_place_is_where_an_invoice_was_charged_by_a_code():
    detail = {"TxnTaxCodeRef": {"value": "3"}}
    row = {"TxnTaxDetail": detail, "ShipAddr": {"CountrySubDivisionCode": "AZ"}}
    assert charged_place(row) == ("3", "AZ")
    assert charged_place(row | {"ShipAddr": {}}) is None
    assert charged_place({}) is None


def test_every_group_is_met_by_some_document():
    met = {part.group for each in sale("SalesReceipt", "5.00", line("5.00")) for part in each.parts}
    assert set(Group) - met == {Group.TAX}
