"""What we expect QuickBooks to work out is what the simulator works out by itself.

The two share no code: ours reads rates from lists, the simulator computes from its own books.
"""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.quickbooks.documents import (
    Address,
    InvoiceDocument,
    LineDocument,
    Rate,
    TaxedLine,
    expected_taxes,
    invoice_body,
    less_discount,
    splits_alike,
    tax_lines,
    us_line_code,
)
from tests.simulator.desk import Desk

# What each code of the simulated companies charges, written down here by hand.
CODES = {
    "us_ast": {"TAX": (("3", "8"),), "NON": ()},
    "us_manual": {"TAX": (("1", "7.1"), ("2", "2")), "NON": ()},
    "canada": {
        "2": (("3", "5"),),
        "3": (("3", "5"), ("4", "7")),
        "4": (("5", "13"),),
        "5": (),
        "6": (("6", "0"),),
    },
    "europe": {"2": (), "3": (("3", "23"),), "4": (("4", "13.5"),), "5": (("5", "0"),)},
}
ROUNDINGS = {"per_line": "line", "per_document": "document"}
_desks = {}

amounts = st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2)
percents = st.sampled_from([0, 0, 5, 33])


def desk_of(variant):
    if variant not in _desks:
        desk = Desk(variant, tax_override="never")
        _desks[variant] = desk, desk.customer()
    return _desks[variant]


def rates_of(variant, code):
    return tuple(Rate(id_, Decimal(percent)) for id_, percent in CODES[variant][code])


@st.composite
def sold(draw):
    variant = draw(st.sampled_from(sorted(CODES)))
    codes = st.sampled_from(sorted(CODES[variant]))
    lines = draw(st.lists(st.tuples(amounts, codes), min_size=1, max_size=8))
    return variant, lines, draw(percents), draw(st.sampled_from(sorted(ROUNDINGS)))


@given(sold())
@settings(max_examples=120, deadline=None)
def test_what_is_expected_is_what_is_worked_out(case):
    variant, lines, percent, rounding = case
    desk, customer = desk_of(variant)
    desk.switches.set(tax_rounding=rounding)
    subtotal = sum(amount for amount, _ in lines)
    discount = (subtotal * percent / 100).quantize(Decimal("0.01"))
    is_us = variant.startswith("us")
    taxed = [TaxedLine(amount, rates_of(variant, code)) for amount, code in lines]
    expected = expected_taxes(taxed if is_us else less_discount(taxed, discount))
    document = InvoiceDocument(
        number=f"P-{desk.ledger.companies()[0].realm_id[-4:]}",
        customer_id=customer["Id"],
        issued_on=desk.clock.now().date(),
        lines=tuple(LineDocument("1", "", None, None, amount, code) for amount, code in lines),
        tax_total=Decimal(0),
        total=subtotal - discount,
        discount=discount,
        tax_code_id="3" if variant == "us_manual" else "",
        global_tax="" if is_us else "TaxExcluded",
        marker="",
    )
    body = invoice_body(document)
    del body["DocNumber"]
    if not is_us:
        del body["TxnTaxDetail"]
    there = desk.post("Invoice", body)
    # In the United States the simulator rounds each rate once, whatever the switch says.
    rounds = "document" if is_us else ROUNDINGS[rounding]
    assert there["TxnTaxDetail"]["TotalTax"] == expected[rounds]


@given(st.lists(st.tuples(amounts, st.sampled_from(sorted(CODES["europe"]))), min_size=1))
@settings(max_examples=60, deadline=None)
def test_prices_with_their_tax_are_split_as_quickbooks_splits_them(lines):
    desk, customer = desk_of("europe")
    posted, taxed = [], []
    for gross, code in lines:
        rates = rates_of("europe", code)
        percent = sum((rate.percent for rate in rates), Decimal(0))
        net = (gross * 100 / (100 + percent)).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert splits_alike(net, gross - net, rates)
        assert not splits_alike(net - Decimal("0.01"), gross - net + Decimal("0.01"), rates)
        posted.append(LineDocument("1", "", None, None, net, code, inclusive_amount=gross))
        taxed.append(TaxedLine(net, rates, gross - net))
    tax = sum(line.inclusive for line in taxed)
    assert set(expected_taxes(taxed).values()) == {tax if any(r.rates for r in taxed) else 0}
    document = InvoiceDocument(
        number="P",
        customer_id=customer["Id"],
        issued_on=desk.clock.now().date(),
        lines=tuple(posted),
        tax_total=tax,
        total=sum((gross for gross, _ in lines), Decimal(0)),
        tax_lines=tax_lines(taxed, tax),
        global_tax="TaxInclusive",
        marker="",
    )
    body = invoice_body(document)
    del body["DocNumber"]
    there = desk.post("Invoice", body)
    assert (there["TotalAmt"], there["TxnTaxDetail"]["TotalTax"]) == (document.total, tax)


@given(
    st.lists(st.tuples(amounts, st.sampled_from(["2", "3", "4", "5"])), min_size=1, max_size=6),
    st.integers(-50, 50),
)
@settings(max_examples=80, deadline=None)
def test_tax_lines_come_to_our_total(lines, off):
    taxed = [TaxedLine(amount, rates_of("canada", code)) for amount, code in lines]
    expected = expected_taxes(taxed)["line"]
    total = max(expected + Decimal(off) / 100, Decimal(0))
    made = tax_lines(taxed, total)
    if not expected:
        assert made == (None if total else ())
        return
    assert sum(line.amount for line in made) == total
    assert len({line.rate_id for line in made}) == len(made)
    if off == 0:
        assert {line.rate_id: line.amount for line in made if line.amount} == {
            id_: tax for id_, tax in per_rate(taxed).items() if tax
        }


def per_rate(taxed):
    found = {}
    for line in taxed:
        for rate in line.rates:
            tax = (line.net * rate.percent / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
            found[rate.id] = found.get(rate.id, 0) + tax
    return found


def test_automated_tax_goes_by_the_place_that_it_is_shipped_to():
    desk = Desk("us_ast")
    customer = desk.customer("Tess", BillAddr={"CountrySubDivisionCode": "CA"})
    document = InvoiceDocument(
        number="P",
        customer_id=customer["Id"],
        issued_on=desk.clock.now().date(),
        lines=(LineDocument("1", "", None, None, Decimal("100.00"), us_line_code("TAX")),),
        tax_total=Decimal("9.10"),
        total=Decimal("109.10"),
        ship_to=Address(city="Tucson", region="AZ"),
        marker="",
    )
    there = desk.post("Invoice", invoice_body(document))
    assert there["TxnTaxDetail"]["TotalTax"] == Decimal("9.10")
    assert there["TxnTaxDetail"]["TxnTaxCodeRef"]["value"] == "3"
