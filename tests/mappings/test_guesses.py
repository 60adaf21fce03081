"""Guesses: what a usual list leads to, and where there is no telling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.mappings import guesses
from sync.models import ReferenceEntry


def listed(*names, kind="Item", entry_type="Service", **extra):
    """Return entries of these names, unsaved; the leaf name is what QuickBooks calls Name."""
    return [
        ReferenceEntry(
            kind=kind,
            qbo_id=str(number),
            name=name,
            type=entry_type,
            data={"Name": name.rsplit(":", 1)[-1], **extra},
        )
        for number, name in enumerate(names, start=1)
    ]


def named(guess):
    return guess and (guess.entry.name, guess.basis)


@pytest.mark.parametrize(
    ("service", "names", "expected"),
    [
        ("Mowing", ["Hauling", "mowing"], "mowing"),
        ("Window-cleaning", ["Window Cleaning"], "Window Cleaning"),
        ("Mowing", ["Lawn:Mowing"], "Lawn:Mowing"),
        ("Mowing", ["Lawn:Mowing", "Mowing"], "Mowing"),
        ("Mowing", ["Lawn:Mowing", "Garden:Mowing"], None),
        ("Mowing", ["Mowing and more"], None),
        ("Mowing", [], None),
    ],
)
def test_item_of_a_service(service, names, expected):
    guess = guesses.item(service, listed(*names))
    assert named(guess) == (expected and (expected, "same name"))


@pytest.mark.parametrize(
    ("service", "names", "expected"),
    [
        ("Gratuity", ["Services", "Tips"], "Tips"),
        ("tips", ["Tip"], "Tip"),
        ("Call-out fee", ["Trip Charge"], "Trip Charge"),
        ("Late charge", ["Late Fee"], "Late Fee"),
        ("Dump fee", ["Disposal"], "Disposal"),
        ("Card fee", ["Convenience Fee"], "Convenience Fee"),
        ("Gratuity", ["Services"], None),
    ],
)
def test_tips_and_fees_go_by_other_words_for_them(service, names, expected):
    guess = guesses.item(service, listed(*names))
    assert named(guess) == (expected and (expected, "another word for the same"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([30, 30, 15], ("Net 30", "due in 30 days, as usual: 2 of the last 3 invoices")),
        ([0], ("Due on receipt", "due in 0 days, as the last invoice")),
        ([30, 15], None),
        ([45, 45], None),
        ([], None),
    ],
)
def test_terms_are_those_of_most_due_dates(days, expected):
    entries = listed("Due on receipt", "Net 15", "Net 30", "By the 5th", kind="Term")
    for entry, due in zip(entries, (0, 15, 30, None), strict=True):
        entry.data = {} if due is None else {"DueDays": due}
    assert named(guesses.terms(days, entries)) == expected


def test_item_that_is_not_sold_is_no_guess():
    assert guesses.item("Mowing", listed("Mowing", entry_type="Category")) is None
    assert guesses.item("Mowing", listed("Mowing", entry_type="Inventory")) is None
    assert named(guesses.item("Mulch", listed("Mulch", entry_type="NonInventory"))) is not None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Hours", "Sales", "Services"], ("Services", "an item called Services")),
        (["Hours", "Sales"], ("Sales", "an item called Sales")),
        (["Hours", "Mowing"], ("Hours", "the first service in the list")),
        ([], None),
    ],
)
def test_default_item(names, expected):
    assert named(guesses.default_item(listed(*names))) == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["Mowing", "Lawn:Mowing", "Tip", "Gratuity", "Services", "Bags", "Own"]
            ),
            st.sampled_from(["Service", "NonInventory", "Category"]),
        )
    ),
    st.sampled_from(["Mowing", "Tips", "Own"]),
)
def test_few_of_many_items_lead_to_the_same_guesses(rows, word):
    items = [entry for name, kind in rows for entry in listed(name, entry_type=kind)]
    few = guesses.items_to_guess_from([word], iter(items))
    assert guesses.item(word, few) == guesses.item(word, items)
    assert guesses.named(word, few) == guesses.named(word, items)
    assert guesses.default_item(few) == guesses.default_item(items)


def test_of_many_items_few_are_kept():
    items = listed("Hours", *(f"Item {number}" for number in range(50)), "Lawn:Mowing", "Tip")
    assert guesses.items_to_guess_from(["mowing"], items) == [items[0], *items[-2:]]


def test_default_item_is_never_a_thing_that_is_merely_first():
    assert guesses.default_item(listed("Bags", entry_type="NonInventory")) is None


@pytest.mark.parametrize(
    ("word", "names", "expected"),
    [
        ("check", ["Cash", "Check"], "Check"),
        ("Cheque", ["Cash", "Check"], "Check"),
        ("Check", ["Cheque"], "Cheque"),
        ("Visa", ["Visa", "Credit Card"], "Visa"),
        ("VISA", ["Credit Card"], "Credit Card"),
        ("credit-card", ["Credit Card"], "Credit Card"),
        ("Stripe", ["Card"], "Card"),
        ("Bank transfer", ["ACH"], "ACH"),
        ("ACH", ["Bank Transfer"], "Bank Transfer"),
        ("Credit Card", ["Visa", "MasterCard"], None),
        ("Zelle", ["Cash", "Check"], None),
        ("Cash", ["Check"], None),
    ],
)
def test_payment_method(word, names, expected):
    guess = guesses.payment_method(word, listed(*names, kind="PaymentMethod", entry_type=""))
    assert (guess and guess.entry.name) == expected


def test_only_kind_of_card_is_a_guess_for_a_card():
    cards = listed("Visa", kind="PaymentMethod", entry_type="CREDIT_CARD")
    assert named(guesses.payment_method("Credit card", cards)) == (
        "Visa",
        "the only kind of card in the list",
    )
    assert guesses.payment_method("Cheque", cards) is None


def test_undeposited_funds_are_found_by_what_they_are():
    accounts = listed("Undeposited Funds", "Payments to deposit", kind="Account", entry_type="Bank")
    accounts[1].subtype = "UndepositedFunds"
    assert guesses.deposit_account(accounts).entry is accounts[1]
    assert guesses.deposit_account(accounts[:1]) is None
    accounts[0].subtype = "UndepositedFunds"
    assert guesses.deposit_account(accounts) is None


def test_discount_account_by_setting_kind_or_name():
    accounts = listed("Sales", "Rebates", "Coupon discounts", kind="Account", entry_type="Income")
    assert guesses.discount_account(accounts, "2").entry is accounts[1]
    assert guesses.discount_account(accounts).entry is accounts[2]
    accounts[0].subtype = "DiscountsRefundsGiven"
    assert guesses.discount_account(accounts).entry is accounts[0]
    assert guesses.discount_account(listed("Sales", kind="Account", entry_type="Income")) is None


def codes(**taxable):
    """Return tax codes; True has a rate, False has none and is not taxable."""
    made = []
    for number, (name, is_taxable) in enumerate(taxable.items(), start=1):
        rates = {"TaxRateDetail": [{"TaxRateRef": {"value": "1"}}]} if is_taxable else {}
        data = {"Taxable": is_taxable, "SalesTaxRateList": rates}
        made.append(ReferenceEntry(kind="TaxCode", qbo_id=str(number), name=name, data=data))
    return made


def test_us_codes_go_by_id_alone():
    listed_codes = codes(TAX=True, NON=False)
    assert guesses.tax_code(listed_codes, taxable=True, is_us=True) is None
    listed_codes[0].qbo_id, listed_codes[1].qbo_id = "TAX", "NON"
    assert guesses.tax_code(listed_codes, taxable=True, is_us=True).entry.name == "TAX"
    assert guesses.tax_code(listed_codes, taxable=False, is_us=True).entry.name == "NON"


@pytest.mark.parametrize(
    ("listed_codes", "taxable", "expected"),
    [
        ({"GST": True, "HST ON": True, "Exempt": False}, True, "GST"),
        ({"GST": True, "HST ON": True, "Exempt": False}, False, "Exempt"),
        ({"Exempt": True, "Zero-rated": True, "GST": True}, False, "Exempt"),
        ({"Zero-rated": True, "GST": True}, False, "Zero-rated"),
        ({"Quebec": True, "Old": False}, True, "Quebec"),
        ({"Quebec": True, "Ontario": True}, True, None),
        ({}, True, None),
        ({"GST": True}, False, None),
    ],
)
def test_other_countries_codes_go_by_name_and_kind(listed_codes, taxable, expected):
    guess = guesses.tax_code(codes(**listed_codes), taxable=taxable, is_us=False)
    assert (guess and guess.entry.name) == expected


def test_code_for_purchases_only_is_no_guess_for_sales():
    purchase = codes(GST=True)
    purchase[0].data["SalesTaxRateList"] = {}
    assert guesses.tax_code(purchase, taxable=True, is_us=False) is None
