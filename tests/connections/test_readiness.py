"""Mappings and readiness: what a word becomes, and what stops a unit's exports, in words."""

from datetime import date

import pytest

from sync.connections.readiness import missing_setup
from sync.mappings.mappings import Mappings
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemMappingFactory,
    MethodMappingFactory,
    QuickBooksCompanyFactory,
    ReferenceEntryFactory,
    TaxMappingFactory,
    UnitMappingFactory,
)

NUMBERS = (
    "QuickBooks assigns its own invoice numbers. Switch on Custom transaction numbers in "
    "QuickBooks under Gear > Account and settings > Sales > Sales form content, then verify again."
)


@pytest.fixture
def company(db):
    return QuickBooksCompanyFactory()


@pytest.fixture
def ready(company):
    """A unit that misses nothing."""
    ItemMappingFactory(company=company)
    MethodMappingFactory(company=company)
    for taxable, name in ((True, "TAX"), (False, "NON")):
        TaxMappingFactory(
            company=company,
            taxable=taxable,
            quickbooks_tax_code__qbo_id=name,
            quickbooks_tax_code__name=name,
        )
    unit = BusinessUnitFactory(name="Riverside", quickbooks_company=company)
    invoice = InvoiceFactory(business_unit=unit, lines=[])
    InvoiceLineFactory(invoice=invoice, taxable=True)
    InvoiceLineFactory(invoice=invoice, taxable=False)
    return unit


def of(unit):
    return Mappings.of(unit.quickbooks_company, unit)


def without(company, group, name):
    company.preferences = {**company.preferences, group: {name: False}}
    company.save()


def test_ready_unit_misses_nothing(ready):
    assert missing_setup(ready) == []


def test_unconnected_unit_misses_its_connection(db, ready, company):
    assert missing_setup(BusinessUnitFactory(name="Lone")) == [
        "Lone is not connected to QuickBooks."
    ]
    company.status = "needs_reconnect"
    company.save()
    ready.refresh_from_db()
    assert missing_setup(ready) == ["The connection to Riverside LLC has ended: reconnect it."]


def test_company_that_was_never_verified(ready, company):
    company.verified_at = None
    company.save()
    ready.refresh_from_db()
    assert missing_setup(ready) == [
        "Riverside LLC has not been verified yet: wait for it, or choose Verify again."
    ]


def test_custom_transaction_numbers_with_the_steps(ready, company):
    without(company, "SalesFormsPrefs", "CustomTxnNumbers")
    ready.refresh_from_db()
    assert missing_setup(ready) == [NUMBERS]
    assert "Gear > Account and settings > Sales" in NUMBERS


def test_start_date(ready):
    ready.export_start_date = None
    assert missing_setup(ready) == [
        "No start date is set: say from which invoice date payments may be exported."
    ]


def test_currency_that_the_company_does_not_keep(ready, company):
    ready.currency = "CAD"
    assert missing_setup(ready) == [
        "Riverside bills in CAD, but Riverside LLC keeps its books in USD only. Connect a company "
        "in CAD, or switch on multicurrency in QuickBooks and verify again."
    ]
    company.preferences = {
        **company.preferences,
        "CurrencyPrefs": {"MultiCurrencyEnabled": True},
    }
    company.save()
    ready.refresh_from_db()
    ready.currency = "CAD"
    assert missing_setup(ready) == []


def test_missing_mappings_are_named(ready, company):
    company.itemmapping_set.all().delete()
    company.methodmapping_set.all().delete()
    company.taxmapping_set.all().delete()
    InvoiceFactory(business_unit=ready, discount_total=10)
    assert missing_setup(ready) == [
        "No item is chosen for services that have no item of their own.",
        "No deposit account is chosen for payments.",
        "No tax code is chosen for taxable lines.",
        "No tax code is chosen for exempt lines.",
        "No account is chosen for discounts.",
    ]


def test_tax_and_discounts_are_missed_only_where_the_unit_has_such(company):
    ItemMappingFactory(company=company)
    MethodMappingFactory(company=company)
    unit = BusinessUnitFactory(quickbooks_company=company)
    assert missing_setup(unit) == []
    InvoiceLineFactory(invoice=InvoiceFactory(business_unit=unit, lines=[]), taxable=True)
    assert missing_setup(unit) == ["No tax code is chosen for taxable lines."]


def test_inactive_entries_are_named_with_what_points_at_them(ready, company):
    def inactive(kind, name):
        return ReferenceEntryFactory(company=company, kind=kind, name=name, active=False)

    ItemMappingFactory(company=company, service="Mowing", item=inactive("Item", "Lawn"))
    MethodMappingFactory(
        company=company, method="Visa", payment_method=inactive("PaymentMethod", "Visa")
    )
    UnitMappingFactory(
        company=company, business_unit=ready, quickbooks_class=inactive("Class", "West")
    )
    company.discount_account = inactive("Account", "Discounts")
    company.save()
    ready.refresh_from_db()
    ended = ", which is inactive in QuickBooks: choose another."
    assert missing_setup(ready) == [
        f"Service Mowing is set to Lawn{ended}",
        f"Payment method Visa is set to Visa{ended}",
        f"The unit's class is set to West{ended}",
        f"The discount account is set to Discounts{ended}",
    ]


def test_queries_do_not_grow_with_words(ready, company, django_assert_num_queries):
    def asked():
        unit = type(ready).objects.select_related("quickbooks_company").get(pk=ready.pk)
        assert missing_setup(unit) == []

    with django_assert_num_queries(9):
        asked()
    for number in range(5):
        ItemMappingFactory(company=company, service=f"Service {number}")
        MethodMappingFactory(company=company, method=f"Method {number}")
    with django_assert_num_queries(9):
        asked()


# --- Mappings -------------------------------------------------------------------------------


def test_a_word_has_its_own_row_or_takes_the_defaults(ready, company):
    own = ItemMappingFactory(company=company, service="Mowing")
    mappings = of(ready)
    assert mappings.item_id("Mowing") == own.item.qbo_id
    assert mappings.item_id("Hauling") == mappings.item_id("") != own.item.qbo_id
    visa = MethodMappingFactory(company=company, method="Visa")
    mappings = of(ready)
    assert mappings.method("Visa") == (visa.payment_method.qbo_id, visa.deposit_account.qbo_id)
    assert mappings.method("Cash") == mappings.method("")
    assert mappings.tax_code_id("", True) == "TAX"
    assert mappings.tax_code_id("", False) == mappings.tax_code_id("CA", False) == "NON"


@pytest.mark.parametrize(
    ("country", "tax", "expected"),
    [
        ("US", {"UsingSalesTax": True, "PartnerTaxEnabled": True}, "TAX"),
        ("US", {"UsingSalesTax": True}, None),
        ("CA", {"UsingSalesTax": True}, None),
    ],
)
def test_a_tax_word_takes_the_default_only_where_codes_name_no_rates(
    ready, company, country, tax, expected
):
    company.country, company.preferences = country, {"TaxPrefs": tax}
    company.save()
    ready.refresh_from_db()
    assert of(ready).tax_code_id("CA 8.5 %", True) == expected
    assert of(ready).tax_code_id("CA 8.5 %", False) == "NON"


def test_a_method_may_have_no_payment_method(company):
    unit = BusinessUnitFactory(quickbooks_company=company)
    row = MethodMappingFactory(company=company, payment_method=None)
    assert of(unit).method("Cash") == ("", row.deposit_account.qbo_id)


def test_inactive_entries_stop_their_word_and_never_fall_to_the_default(ready, company):
    lawn = ReferenceEntryFactory(company=company, name="Lawn", active=False)
    ItemMappingFactory(company=company, service="Mowing", item=lawn)
    MethodMappingFactory(
        company=company,
        method="Visa",
        deposit_account__active=False,
        payment_method=None,
    )
    mappings = of(ready)
    assert mappings.item_id("Mowing") is None
    assert mappings.method("Visa") is None
    assert mappings.item_id("Hauling") is not None


def test_nothing_is_mapped_in_a_company_without_rows(company):
    unit = BusinessUnitFactory(quickbooks_company=company, export_start_date=date(2026, 1, 1))
    mappings = of(unit)
    assert mappings.item_id("Mowing") is None
    assert mappings.method("Cash") is None
    assert mappings.tax_code_id("", True) is None
    assert mappings.discount_account_id is None
    assert (mappings.class_id, mappings.department_id) == ("", "")


def test_class_of_another_unit_is_not_this_ones(ready, company):
    UnitMappingFactory(company=company, business_unit=BusinessUnitFactory())
    assert of(ready).class_id == ""
    own = UnitMappingFactory(company=company, business_unit=ready)
    assert of(ready).class_id == own.quickbooks_class.qbo_id
