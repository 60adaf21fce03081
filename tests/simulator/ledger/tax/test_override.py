"""Whose tax counts: the switch `tax_override` in each kind of company, on create and on update."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused, sale

OURS = Decimal("9.99")
# What is worked out of 100.00 by California's 8 % (automatic, and by group code 2), and by GST/PST.
THEIRS = {"us_ast": Decimal("8.00"), "us_manual": Decimal("8.00"), "canada": Decimal("12.00")}
CODES = {"us_ast": "TAX", "us_manual": "TAX", "canada": "3"}
MODES = ("documented", "never", "on_update", "code_and_total", "tax_lines", "bare_total")


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def line(rate, amount, *, percent_based=False):
    detail = {"TaxRateRef": {"value": rate}, "PercentBased": percent_based}
    return {"Amount": Decimal(amount), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


BARE = {"TotalTax": OURS}
LINES = {
    "us_ast": {"TotalTax": OURS, "TaxLine": [line("3", OURS)]},
    "us_manual": {"TotalTax": OURS, "TxnTaxCodeRef": {"value": "2"}, "TaxLine": [line("3", OURS)]},
    "canada": {"TotalTax": OURS, "TaxLine": [line("3", "4.16"), line("4", "5.83")]},
}


def company(variant, mode):
    desk = Desk("canada" if variant == "canada" else variant, tax_override=mode)
    return desk, desk.customer()


def charged(desk, customer, variant, detail, **fields):
    body = sale(customer, TaxCodeRef={"value": CODES[variant]}) | {"TxnTaxDetail": detail}
    try:
        invoice = desk.post("Invoice", body | fields)
    except Refused as refusal:
        return refusal.code
    assert invoice["TotalAmt"] == 100 + invoice["TxnTaxDetail"]["TotalTax"]
    shares = [each["Amount"] for each in invoice["TxnTaxDetail"].get("TaxLine", [])]
    assert sum(shares) == invoice["TxnTaxDetail"]["TotalTax"]
    return invoice["TxnTaxDetail"]["TotalTax"]


# The tax of a create by mode: of a bare total, of code and total, of tax lines.
ON_CREATE = {
    "us_ast": {
        "documented": ("8.00", "8.00", "8.00"),
        "never": ("8.00", "8.00", "8.00"),
        "on_update": ("8.00", "8.00", "8.00"),
        "code_and_total": ("8.00", "9.99", "8.00"),
        "tax_lines": ("8.00", "8.00", "9.99"),
        "bare_total": ("9.99", "9.99", "9.99"),
    },
    "us_manual": {
        "documented": ("0", "9.99", "9.99"),
        "never": ("0", "8.00", "8.00"),
        "on_update": ("0", "8.00", "8.00"),
        "code_and_total": ("0", "9.99", "9.99"),
        "tax_lines": ("0", "8.00", "9.99"),
        "bare_total": ("0", "9.99", "9.99"),
    },
    "canada": {
        "documented": ("6000", "6000", "9.99"),
        "never": ("6000", "6000", "12.00"),
        "on_update": ("6000", "6000", "12.00"),
        "code_and_total": ("6000", "9.99", "12.00"),
        "tax_lines": ("6000", "6000", "9.99"),
        "bare_total": ("9.99", "9.99", "9.99"),
    },
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("variant", [*ON_CREATE])
def test_the_tax_of_a_create(variant, mode):
    desk, ada = company(variant, mode)
    group = {"value": "3" if variant == "canada" else "2"}
    forms = (BARE, BARE | {"TxnTaxCodeRef": group}, LINES[variant])
    found = [charged(desk, ada, variant, form) for form in forms]
    expected = [value if value == "6000" else Decimal(value) for value in ON_CREATE[variant][mode]]
    assert found == expected


ON_UPDATE = {  # a sparse update with the total alone
    "us_ast": {"on_update": "9.99", "bare_total": "9.99"},
    "us_manual": {"on_update": "9.99", "bare_total": "9.99"},
    "canada": {"on_update": "9.99", "bare_total": "9.99"},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("variant", [*ON_UPDATE])
def test_the_tax_of_an_update_with_the_total_alone(variant, mode):
    desk, ada = company(variant, mode)
    body = sale(ada, TaxCodeRef={"value": CODES[variant]})
    if variant == "us_manual":
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": "2"}}
    invoice = desk.post("Invoice", body)
    assert invoice["TxnTaxDetail"]["TotalTax"] == THEIRS[variant]
    counts = ON_UPDATE[variant].get(mode)
    if variant == "canada" and counts is None:
        assert refused(desk.change, invoice, "Invoice", TxnTaxDetail=BARE) == "6000"
        assert desk.get("Invoice", invoice["Id"]) == invoice
        return
    changed = desk.change(invoice, "Invoice", TxnTaxDetail=BARE)
    expected = Decimal(counts) if counts else THEIRS[variant]
    assert (changed["TxnTaxDetail"]["TotalTax"], changed["Balance"]) == (expected, 100 + expected)
    noted = desk.change(changed, "Invoice", PrivateNote="seen")
    assert noted["TxnTaxDetail"] == changed["TxnTaxDetail"]  # what it rests on did not change


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("variant", ["us_ast", "us_manual"])
def test_tax_on_exempt_lines_is_never_charged(variant, mode):
    desk, ada = company(variant, mode)
    detail = LINES[variant] if mode != "tax_lines" else BARE
    body = sale(ada, TaxCodeRef={"value": "NON"}) | {"TxnTaxDetail": detail}
    invoice = desk.post("Invoice", body)
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]["TotalTax"]) == (Decimal("100.00"), 0)


def test_540_is_posted_where_585_90_was_sent():
    desk = Desk("us_ast")
    ada = desk.customer()
    body = sale(ada, "540.00", TaxCodeRef={"value": "NON"})
    invoice = desk.post("Invoice", body | {"TxnTaxDetail": {"TotalTax": Decimal("45.90")}})
    assert invoice["TotalAmt"] == Decimal("540.00")


def test_each_rate_once_and_only_of_the_codes_on_the_lines():
    desk, ada = company("canada", "documented")
    for lines in (
        [line("3", "5.00"), line("3", "4.99")],
        [line("3", "4.99"), line("5", "5.00")],
        [line("3", "4.99"), line("4", "4.99")],
    ):
        assert charged(desk, ada, "canada", {"TotalTax": OURS, "TaxLine": lines}) == "6000"
    assert charged(desk, ada, "canada", {"TaxLine": [line("3", "4.99")]}) == Decimal("11.99")
    by_percent = [line("3", "1.00", percent_based=True), line("4", "2.00", percent_based=True)]
    assert charged(desk, ada, "canada", {"TotalTax": 3, "TaxLine": by_percent}) == Decimal("12.00")


def test_a_bare_nothing_is_fine_where_nothing_is_taxed():
    desk, ada = company("canada", "documented")
    assert charged(desk, ada, "canada", {"TotalTax": 0}) == "6000"
    body = sale(ada, TaxCodeRef={"value": "5"}) | {"TxnTaxDetail": {"TotalTax": 0}}
    assert desk.post("Invoice", body)["TotalAmt"] == Decimal("100.00")
    off = {"GlobalTaxCalculation": "NotApplicable"}
    assert charged(desk, ada, "canada", {"TotalTax": 0}, **off) == 0
    assert charged(desk, ada, "canada", BARE, **off) == "6000"


def test_a_total_that_is_sent_back_with_other_lines_is_no_override():
    desk, ada = company("us_ast", "bare_total")
    invoice = desk.post("Invoice", sale(ada, TaxCodeRef={"value": "TAX"}) | {"TxnTaxDetail": BARE})
    assert invoice["TotalAmt"] == Decimal("109.99")
    invoice["Line"][0]["Amount"] = Decimal("200.00")
    assert desk.post("Invoice", invoice)["TotalAmt"] == Decimal("216.00")


def test_an_overridden_tax_that_is_sent_back_stays_until_lines_change():
    desk, ada = company("canada", "documented")
    body = sale(ada, TaxCodeRef={"value": "3"}) | {"TxnTaxDetail": LINES["canada"]}
    invoice = desk.post("Invoice", body)
    assert desk.post("Invoice", invoice) == invoice
    invoice["Line"][0]["Amount"] = Decimal("200.00")
    assert desk.post("Invoice", invoice)["TxnTaxDetail"]["TotalTax"] == Decimal("24.00")
