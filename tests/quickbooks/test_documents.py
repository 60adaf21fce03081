from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.quickbooks import library
from sync.quickbooks.documents import (
    CustomerDocument,
    Difference,
    DocumentError,
    InvoiceDocument,
    LineDocument,
    PaymentDocument,
    check_customer,
    check_invoice,
    check_payment,
    customer_body,
    dump,
    has_marker,
    invoice_body,
    marker_in,
    marker_of,
    name_problem,
    payment_body,
    unit_code_in,
    uuid_in,
)
from sync.quickbooks.documents.bodies import ASKS_NOBODY
from sync.quickbooks.documents.rates import home_total, rate_of

UUID_TEXT = "0f0e1d2c-3b4a-4958-8776-655443322110"
MARKER = f"Paidup RIV {UUID_TEXT}"

LINE = LineDocument(
    item_id="3",
    description="House cleaning",
    quantity=Decimal("2.00"),
    unit_price=Decimal("75.00"),
    amount=Decimal("150.00"),
    tax_code_id="TAX",
)
INVOICE = InvoiceDocument(
    number="1042",
    customer_id="58",
    issued_on=date(2026, 3, 28),
    lines=(LINE,),
    tax_total=Decimal("0.00"),
    total=Decimal("150.00"),
    marker=MARKER,
)
PAYMENT = PaymentDocument(
    customer_id="58",
    amount=Decimal("70.00"),
    applied=Decimal("70.00"),
    invoice_id="266",
    received_on=date(2026, 3, 29),
    marker=MARKER,
)
CUSTOMER = CustomerDocument(display_name="Zoë O'Neil", marker=MARKER)

INVOICE_ANSWER = {
    "Id": "266",
    "DocNumber": "1042",
    "TxnDate": "2026-03-28",
    "CustomerRef": {"value": "58", "name": "Zoë O'Neil"},
    "TxnTaxDetail": {"TotalTax": 0},
    "TotalAmt": Decimal("150.00"),
    "Balance": Decimal("150.0"),
}
PAYMENT_ANSWER = {
    "Id": "881",
    "TxnDate": "2026-03-29",
    "CustomerRef": {"value": "58"},
    "TotalAmt": Decimal("70.00"),
    "UnappliedAmt": 0,
    "Line": [
        {"Amount": Decimal("70.0"), "LinkedTxn": [{"TxnId": "266", "TxnType": "Invoice"}]},
    ],
}


# Bodies


def test_customer_with_a_name_only_sends_nothing_else_but_the_marker():
    assert customer_body(CUSTOMER) == {"DisplayName": "Zoë O'Neil", "Notes": MARKER}


def test_customer_in_full():
    doc = CustomerDocument(
        display_name="Oak Lane LLC",
        marker=MARKER,
        given_name="Ann",
        family_name="Lee",
        company_name="Oak Lane",
        email="ann@oaklane.example",
        phone="555-0100",
        line1="1 Oak Lane",
        city="Riverside",
        region="CA",
        postal_code="92501",
        country="USA",
        currency="USD",
    )
    assert customer_body(doc) == {
        "DisplayName": "Oak Lane LLC",
        "GivenName": "Ann",
        "FamilyName": "Lee",
        "CompanyName": "Oak Lane",
        "PrimaryEmailAddr": {"Address": "ann@oaklane.example"},
        "PrimaryPhone": {"FreeFormNumber": "555-0100"},
        "BillAddr": {
            "Line1": "1 Oak Lane",
            "City": "Riverside",
            "CountrySubDivisionCode": "CA",
            "PostalCode": "92501",
            "Country": "USA",
        },
        "CurrencyRef": {"value": "USD"},
        "Notes": MARKER,
    }


def test_customer_with_a_name_quickbooks_refuses_is_not_composed():
    with pytest.raises(DocumentError) as refused:
        customer_body(replace(CUSTOMER, display_name="Oak: Lane"))
    assert "Oak" not in str(refused.value)


def test_invoice_sends_only_what_we_mean():
    assert invoice_body(INVOICE) == {
        "DocNumber": "1042",
        "CustomerRef": {"value": "58"},
        "TxnDate": "2026-03-28",
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("150.00"),
                "Description": "House cleaning",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "3"},
                    "Qty": Decimal("2.00"),
                    "UnitPrice": Decimal("75.00"),
                    "TaxCodeRef": {"value": "TAX"},
                },
            }
        ],
        "TxnTaxDetail": {"TotalTax": Decimal("0.00")},
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
        "AllowIPNPayment": False,
        "EmailStatus": "NotSet",
        "PrivateNote": MARKER,
    }


def test_invoice_in_full():
    doc = replace(
        INVOICE,
        due_on=date(2026, 4, 27),
        term_id="8",
        lines=(
            replace(LINE, class_id="9"),
            LineDocument("4", "", None, None, Decimal("10.00"), "NON"),
        ),
        discount=Decimal("16.00"),
        discount_account_id="77",
        tax_total=Decimal("11.55"),
        tax_code_id="2",
        total=Decimal("155.55"),
        class_id="5",
        department_id="6",
        currency="CAD",
        global_tax="TaxExcluded",
    )
    body = invoice_body(doc)
    assert body["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "9"}
    assert body["Line"][1:] == [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": Decimal("10.00"),
            "SalesItemLineDetail": {"ItemRef": {"value": "4"}, "TaxCodeRef": {"value": "NON"}},
        },
        {
            "DetailType": "DiscountLineDetail",
            "Amount": Decimal("16.00"),
            "DiscountLineDetail": {"PercentBased": False, "DiscountAccountRef": {"value": "77"}},
        },
    ]
    del body["Line"]
    assert body == {
        "DocNumber": "1042",
        "CustomerRef": {"value": "58"},
        "TxnDate": "2026-03-28",
        "SalesTermRef": {"value": "8"},
        "DueDate": "2026-04-27",
        "TxnTaxDetail": {"TotalTax": Decimal("11.55"), "TxnTaxCodeRef": {"value": "2"}},
        "ClassRef": {"value": "5"},
        "DepartmentRef": {"value": "6"},
        "CurrencyRef": {"value": "CAD"},
        "GlobalTaxCalculation": "TaxExcluded",
        **ASKS_NOBODY,
        "PrivateNote": MARKER,
    }


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("3", "33.33"), ("1.5", "66.66"), (None, "100.00"), ("1", None)],
)
def test_quantity_and_price_that_do_not_make_the_amount_are_left_out(quantity, price):
    line = replace(
        LINE,
        quantity=None if quantity is None else Decimal(quantity),
        unit_price=None if price is None else Decimal(price),
        amount=Decimal("100.00"),
    )
    body = invoice_body(replace(INVOICE, lines=(line,), total=Decimal("100.00")))
    assert body["Line"][0]["SalesItemLineDetail"] == {
        "ItemRef": {"value": "3"},
        "TaxCodeRef": {"value": "TAX"},
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "1" * 22}, "22 characters"),
        ({"number": ""}, "0 characters"),
        ({"lines": ()}, "no lines"),
        ({"total": Decimal("150.01")}, "150.01.*150.00"),
        ({"tax_total": Decimal("0.01")}, "150.00.*150.01"),
        ({"discount": Decimal("0.01")}, "150.00.*149.99"),
    ],
)
def test_invoice_that_cannot_stand_is_not_composed(change, words):
    with pytest.raises(DocumentError, match=words):
        invoice_body(replace(INVOICE, **change))


def test_payment_applied_in_full():
    assert payment_body(PAYMENT) == {
        "CustomerRef": {"value": "58"},
        "TotalAmt": Decimal("70.00"),
        "TxnDate": "2026-03-29",
        "Line": [
            {"Amount": Decimal("70.00"), "LinkedTxn": [{"TxnId": "266", "TxnType": "Invoice"}]}
        ],
        "PrivateNote": MARKER,
    }


def test_payment_in_full_with_what_an_overpayment_leaves():
    doc = replace(
        PAYMENT,
        applied=Decimal("50.00"),
        method_id="2",
        deposit_account_id="4",
        reference="CHK 1881",
        currency="USD",
    )
    assert payment_body(doc) == {
        "CustomerRef": {"value": "58"},
        "TotalAmt": Decimal("70.00"),
        "TxnDate": "2026-03-29",
        "Line": [
            {"Amount": Decimal("50.00"), "LinkedTxn": [{"TxnId": "266", "TxnType": "Invoice"}]}
        ],
        "PaymentMethodRef": {"value": "2"},
        "DepositToAccountRef": {"value": "4"},
        "PaymentRefNum": "CHK 1881",
        "CurrencyRef": {"value": "USD"},
        "PrivateNote": MARKER,
    }


def test_payment_that_applies_nothing_has_no_lines():
    body = payment_body(replace(PAYMENT, applied=Decimal("0.00")))
    assert "Line" not in body
    assert body["TotalAmt"] == Decimal("70.00")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": Decimal("0.00"), "applied": Decimal("0.00")}, "0.00"),
        ({"amount": Decimal("-1.00"), "applied": Decimal("0.00")}, "-1.00"),
        ({"applied": Decimal("70.01")}, "70.01"),
        ({"applied": Decimal("-0.01")}, "-0.01"),
        ({"invoice_id": ""}, "not in QuickBooks yet"),
    ],
)
def test_payment_that_cannot_stand_is_not_composed(change, words):
    with pytest.raises(DocumentError, match=words):
        payment_body(replace(PAYMENT, **change))


def test_long_reference_goes_by_its_end_and_whole_in_the_note():
    reference = "Interac e-Transfer 20260120111122223333"
    body = payment_body(replace(PAYMENT, reference=reference))
    assert body["PaymentRefNum"] == " 20260120111122223333"
    assert body["PrivateNote"] == f"{MARKER} Reference: {reference}"
    short = payment_body(replace(PAYMENT, reference="x" * 21))
    assert (short["PaymentRefNum"], short["PrivateNote"]) == ("x" * 21, MARKER)


@pytest.mark.parametrize("name", ["given_name", "family_name", "company_name"])
@pytest.mark.parametrize("sign", [":", "\t", "\n", "\r"])
def test_parts_of_a_name_that_quickbooks_refuses_are_refused_before(name, sign):
    with pytest.raises(DocumentError, match=name.replace("_", " ")):
        customer_body(replace(CUSTOMER, **{name: f"Bob{sign}Smith"}))


@pytest.mark.parametrize("email", ["bob@localhost", "bob", "@example.com", "bob@.com", "a b@c.de"])
def test_addresses_that_quickbooks_refuses_are_refused_before(email):
    with pytest.raises(DocumentError, match="e-mail address") as refused:
        customer_body(replace(CUSTOMER, email=email))
    assert email not in str(refused.value)


@pytest.mark.parametrize("email", ["bob@example.com", "a@b.co.uk, c@d.example", "żak@ßß.example"])
def test_addresses_that_quickbooks_takes_go(email):
    body = customer_body(replace(CUSTOMER, email=email))
    assert body["PrimaryEmailAddr"]["Address"] == email


def test_property_that_quickbooks_does_not_have_is_refused():
    with pytest.raises(library.UnknownPropertyError, match="Invoice has no DocNumbr"):
        library.part(library.Invoice, DocNumbr="1")


# JSON


def test_dump_writes_exact_numbers_and_utf_8():
    body = {"A": Decimal("150.00"), "B": "Zoë “x”\n", "C": [1, True, None], "D": {}, "E": ()}
    assert dump(body) == ('{"A":150.00,"B":"Zoë “x”\\n","C":[1,true,null],"D":{},"E":[]}'.encode())


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_dump_keeps_every_amount_exactly(amount):
    written = dump({"Amount": amount})
    read = json.loads(written, parse_float=Decimal, parse_int=Decimal)["Amount"]
    assert read == amount
    assert b'"' not in written.removeprefix(b'{"Amount":')


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_dump_keeps_every_digit_of_a_price(price):
    read = json.loads(dump({"P": price}), parse_float=Decimal, parse_int=Decimal)["P"]
    assert read == price


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b", "é"]), inner),
)


@given(json_values)
def test_dump_is_what_a_json_reader_reads_and_the_same_each_time(value):
    written = dump({"v": value})
    assert json.loads(written) == {"v": value}
    assert dump({"v": value}) == written


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.5, TypeError),
        (date(2026, 1, 1), TypeError),
        (b"x", TypeError),
        (Decimal("NaN"), ValueError),
        (Decimal("Infinity"), ValueError),
        ({1: "x"}, TypeError),
    ],
)
def test_dump_refuses_what_is_not_exact(value, error):
    with pytest.raises(error):
        dump({"v": value})


# Read-back


def test_equal_documents_have_no_difference():
    assert check_invoice(INVOICE, INVOICE_ANSWER) == []
    assert check_payment(PAYMENT, PAYMENT_ANSWER) == []
    assert check_customer(CUSTOMER, {"DisplayName": "Zoë O'Neil", "Active": True}) == []


@pytest.mark.parametrize(
    ("change", "field", "ours", "theirs"),
    [
        ({"TotalAmt": Decimal("150.01")}, "TotalAmt", "150.00", "150.01"),
        ({"TotalAmt": Decimal("150.001")}, "TotalAmt", "150.00", "150.001"),
        ({"TotalAmt": None}, "TotalAmt", "150.00", ""),
        ({"TotalAmt": "odd"}, "TotalAmt", "150.00", "NaN"),
        ({"TxnTaxDetail": {"TotalTax": Decimal("9.10")}}, "TotalTax", "0.00", "9.10"),
        ({"Balance": 0}, "Balance", "150.00", "0.00"),
        ({"DocNumber": "1043"}, "DocNumber", "1042", "1043"),
        ({"DocNumber": None}, "DocNumber", "1042", ""),
        ({"CustomerRef": {"value": "59"}}, "CustomerRef", "58", "59"),
        ({"CustomerRef": None}, "CustomerRef", "58", ""),
        ({"TxnDate": "2026-03-29"}, "TxnDate", "2026-03-28", "2026-03-29"),
    ],
)
def test_each_figure_of_an_invoice_is_compared(change, field, ours, theirs):
    assert check_invoice(INVOICE, INVOICE_ANSWER | change) == [Difference(field, ours, theirs)]


@pytest.mark.parametrize(
    ("change", "ours", "theirs"),
    [
        ({"AllowOnlinePayment": True}, "False", "True"),
        ({"AllowOnlineCreditCardPayment": True}, "False", "True"),
        ({"AllowOnlineACHPayment": True}, "False", "True"),
        ({"AllowIPNPayment": True}, "False", "True"),
        ({"EmailStatus": "NeedToSend"}, "NotSet", "NeedToSend"),
    ],
)
def test_an_invoice_of_ours_that_asks_for_money_differs(change, ours, theirs):
    answer = INVOICE_ANSWER | {"PrivateNote": MARKER} | change
    assert check_invoice(INVOICE, answer) == [Difference(*change, ours, theirs)]
    assert check_invoice(INVOICE, INVOICE_ANSWER | change) == []  # what others wrote is theirs


def test_an_invoice_that_somebody_mailed_later_does_not_differ():
    answer = INVOICE_ANSWER | {"PrivateNote": MARKER, "EmailStatus": "EmailSent"}
    assert check_invoice(INVOICE, answer | {"AllowOnlinePayment": False}) == []


def test_due_date_is_compared_where_we_sent_one():
    doc = replace(INVOICE, due_on=date(2026, 4, 27))
    assert check_invoice(doc, INVOICE_ANSWER | {"DueDate": "2026-04-27"}) == []
    assert check_invoice(doc, INVOICE_ANSWER | {"DueDate": "2026-05-01"}) == [
        Difference("DueDate", "2026-04-27", "2026-05-01")
    ]
    assert check_invoice(INVOICE, INVOICE_ANSWER | {"DueDate": "2026-05-01"}) == []


@pytest.mark.parametrize(
    ("change", "field", "ours", "theirs"),
    [
        ({"TotalAmt": Decimal("70.5")}, "TotalAmt", "70.00", "70.50"),
        ({"UnappliedAmt": Decimal("70.00")}, "UnappliedAmt", "0.00", "70.00"),
        ({"Line": []}, "Line", "Invoice 266: 70.00", ""),
        (
            {"Line": [{"Amount": 70, "LinkedTxn": [{"TxnId": "267", "TxnType": "Invoice"}]}]},
            "Line",
            "Invoice 266: 70.00",
            "Invoice 267: 70.00",
        ),
        (
            {
                "Line": [
                    *PAYMENT_ANSWER["Line"],
                    {"Amount": 5, "LinkedTxn": [{"TxnId": "9", "TxnType": "CreditMemo"}]},
                ]
            },
            "Line",
            "Invoice 266: 70.00",
            "CreditMemo 9: 5.00, Invoice 266: 70.00",
        ),
        ({"CustomerRef": {"value": "59"}}, "CustomerRef", "58", "59"),
        ({"TxnDate": "2026-03-30"}, "TxnDate", "2026-03-29", "2026-03-30"),
    ],
)
def test_each_figure_of_a_payment_is_compared(change, field, ours, theirs):
    assert check_payment(PAYMENT, PAYMENT_ANSWER | change) == [Difference(field, ours, theirs)]


def test_unapplied_rest_is_expected():
    doc = replace(PAYMENT, amount=Decimal("100.00"))
    answer = PAYMENT_ANSWER | {"TotalAmt": 100, "UnappliedAmt": 30}
    assert check_payment(doc, answer) == []


def test_payment_that_applies_nothing_expects_no_lines():
    doc = replace(PAYMENT, applied=Decimal(0), invoice_id="")
    answer = {k: v for k, v in PAYMENT_ANSWER.items() if k != "Line"} | {"UnappliedAmt": 70}
    assert check_payment(doc, answer) == []


@pytest.mark.parametrize(
    ("currency", "theirs", "differs"),
    [("USD", "CAD", True), ("USD", "USD", False), ("", "CAD", False), ("USD", None, False)],
)
def test_currency_is_compared_where_both_say_one(currency, theirs, differs):
    answer = INVOICE_ANSWER | ({"CurrencyRef": {"value": theirs}} if theirs else {})
    found = check_invoice(replace(INVOICE, currency=currency), answer)
    assert found == ([Difference("CurrencyRef", currency, theirs)] if differs else [])


def test_inactive_or_renamed_customer_differs():
    answer = {"DisplayName": "Zoë O'Neil (deleted)", "Active": False}
    assert check_customer(CUSTOMER, answer) == [
        Difference("DisplayName", "Zoë O'Neil", "Zoë O'Neil (deleted)"),
        Difference("Active", "True", "False"),
    ]


# Marker


def test_marker_is_unit_and_uuid():
    uuid = uuid_in(MARKER, "4620")
    assert uuid not in {None, UUID(UUID_TEXT)}
    assert marker_of("RIV", "4620", uuid) == MARKER
    assert marker_of("RIV", "4621", uuid) != MARKER
    assert (uuid_in("Paidup RIV 1", "4620"), unit_code_in(MARKER)) == (None, "RIV")
    assert marker_in({"PrivateNote": f"mine. {MARKER}!"}) == MARKER == marker_in({"Notes": MARKER})
    assert marker_in({"PrivateNote": "Paidup RIV", "Notes": None}) == ""


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        ({"PrivateNote": MARKER}, True),
        ({"PrivateNote": f"Voided. {MARKER}\nseen by Ann"}, True),
        ({"Notes": MARKER}, True),
        ({"PrivateNote": MARKER.replace("0f0e", "0f0f")}, False),
        ({"PrivateNote": MARKER.replace("RIV", "XRIV")}, False),
        ({"PrivateNote": None}, False),
        ({"PrivateNote": "Voided"}, False),
        ({"CustomerMemo": {"value": MARKER}}, False),
        ({}, False),
    ],
)
def test_marker_tells_ours_from_theirs(document, ours):
    assert has_marker(document, MARKER) is ours


def test_empty_marker_marks_nothing():
    assert not has_marker({"PrivateNote": ""}, "")


# Names


@pytest.mark.parametrize("name", ["Ann", "Zoë O'Neil", "A & B, Inc.", "x" * 500, "Ørsted ½ ÿ"])
def test_usual_names_have_no_problem(name):
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "named", "cause"),
    [
        ("Oak: Lane", "Oak: Lane", "a colon"),
        ("Oak\tLane", "Oak Lane", "a tab"),
        ("Oak\nLane", "Oak Lane", "a line break"),
        ("Oak\rLane", "Oak Lane", "a line break"),
        ("y" * 501, "y" * 40, "501 characters"),
        ("Łukasz", "Łukasz", "Ł"),
        ("Bell\x07", "Bell", "U+0007"),
        ("   ", "", "no name"),
        ("", "", "no name"),
    ],
)
def test_name_that_quickbooks_refuses_is_named_with_its_cause(name, named, cause):
    words = name_problem(name)
    assert named in words
    assert cause in words
    assert words.endswith(".")


def test_other_countries_store_every_letter():
    assert name_problem("Łukasz", latin1_only=False) is None
    assert name_problem("Łu:kasz", latin1_only=False) is not None


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        (Decimal("1.09"), "1.09"),
        (Decimal("1.0900"), "1.0900"),
        (Decimal("5.5E-5"), "0.000055"),
        (1, "1"),
        ("1.5", "1.5"),
        (0, ""),
        (Decimal(-1), ""),
        (None, ""),
        ("", ""),
        ("NaN", ""),
        ("one", ""),
        (Decimal("1E+50"), ""),
    ],
)
def test_a_rate_keeps_its_digits_and_what_is_none_is_none(told, rate):
    assert rate_of(told) == rate


@pytest.mark.parametrize(
    ("total", "rate", "theirs", "expected"),
    [
        ("150.00", "1.09", "163.50", "163.50"),
        ("150.00", "1.09", "163.51", "163.50"),
        ("150.00", "1.09", None, "163.50"),
        ("0.50", "1.09", "0.54", "0.54"),
        ("0.50", "1.09", "0.55", "0.55"),
        ("0.50", "1.09", "0.56", "0.54"),
        ("0.10", "1.14", "0.12", "0.11"),
    ],
)
def test_a_total_in_the_home_currency_is_rounded_to_the_cent(total, rate, theirs, expected):
    found = home_total(Decimal(total), Decimal(rate), theirs and Decimal(theirs))
    assert found == Decimal(expected)
