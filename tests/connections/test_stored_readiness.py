"""What a unit lacks is stored, and never counts once anything that it rests on changed."""

from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from sync.connections import stored_readiness
from sync.connections.readiness import missing_in
from sync.models import (
    BusinessUnit,
    Invoice,
    InvoiceLine,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    TermMapping,
    UnitMapping,
    UnitReadiness,
    UnitSetup,
    triggers,
)
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    """A unit that lacks nothing, with a line that is exempt and none that is taxed."""
    company = QuickBooksCompanyFactory()
    ItemMappingFactory(company=company)
    MethodMappingFactory(company=company)
    TaxMappingFactory(company=company, taxable=False)
    unit = BusinessUnitFactory(name="Riverside", quickbooks_company=company)
    UnitMappingFactory(company=company, business_unit=unit)
    TermMapping.objects.create(
        company=company,
        business_unit=unit,
        term=ReferenceEntryFactory(company=company, kind="Term"),
    )
    InvoiceFactory(business_unit=unit)
    bystander = BusinessUnitFactory(quickbooks_company=QuickBooksCompanyFactory())
    assert stored_readiness.renew_outdated() == 2
    assert first_word(unit) == ""
    assert first_word(bystander) == "No item is chosen for services that have no item of their own."
    return unit


def first_word(unit):
    """Return the first thing that a unit lacks by what is stored, which is as found now."""
    stored = stored_readiness.lacking([unit.pk])
    [now] = missing_in([BusinessUnit.objects.get(pk=unit.pk)]).values()
    if unit.pk in stored:
        assert stored[unit.pk] == now
    return next(iter(now.words), "")


def sql(statement):
    """Return what runs one statement as anybody might who has the database open."""

    def run():
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


def inactive(mapping, field):
    def run():
        entry = getattr(mapping.objects.get(), field)
        ReferenceEntry.objects.filter(pk=entry.pk).update(active=False)

    return run


def of_company(**values):
    return lambda: QuickBooksCompany.objects.update(**values)


def of_unit(**values):
    return lambda: BusinessUnit.objects.update(**values)


def a_taxable_line():
    line = InvoiceLineFactory.build(invoice=Invoice.objects.first(), taxable=True)
    InvoiceLine.objects.bulk_create([line])


COMPANY = "UPDATE sync_quickbookscompany SET"
CHANGES = {
    "status": (sql(f"{COMPANY} status = 'disconnected'"), "Riverside is not connected"),
    "verified": (of_company(verified_at=None), "Riverside LLC has not been verified"),
    "refused": (of_company(refusal="No."), "No. When that is put right"),
    "preferences": (sql(f"{COMPANY} preferences = '{{}}'"), "QuickBooks assigns its own"),
    "home": (of_company(home_currency="CAD"), "Riverside bills in USD"),
    "currency": (sql("UPDATE sync_businessunit SET currency = 'EUR'"), "Riverside bills in EUR"),
    "start": (of_unit(export_start_date=None), "No start date"),
    "unit moved": (
        lambda: BusinessUnit.objects.update(quickbooks_company=QuickBooksCompanyFactory()),
        "Confirm that Riverside LLC",
    ),
    "unit left": (of_unit(quickbooks_company=None), "Riverside is not connected"),
    "setup": (lambda: UnitSetup.objects.update(finished_at=None), "Export one invoice"),
    "setup gone": (sql("DELETE FROM sync_unitsetup"), "Confirm that Riverside LLC"),
    "item": (lambda: ItemMapping.objects.all().delete(), "No item is chosen"),
    "method": (sql("DELETE FROM sync_methodmapping"), "No deposit account"),
    "tax": (sql("DELETE FROM sync_taxmapping"), "No tax code is chosen for exempt"),
    "tax word": (lambda: TaxMapping.objects.update(tax_code="HST"), "No tax code is chosen for"),
    "item inactive": (inactive(ItemMapping, "item"), "Any other service is set"),
    "account inactive": (inactive(MethodMapping, "deposit_account"), "The deposit account"),
    "class inactive": (inactive(UnitMapping, "quickbooks_class"), "The unit's class"),
    "terms inactive": (inactive(TermMapping, "term"), "The unit's terms"),
    "first taxable line": (a_taxable_line, "No tax code is chosen for taxable"),
    "line taxed": (lambda: InvoiceLine.objects.update(taxable=True), "No tax code is chosen for"),
    "first discount": (
        sql("UPDATE sync_invoice SET discount_total = 10, total = total - 10"),
        "No account is chosen for discounts",
    ),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_whatever_changes_it_is_told_at_once(unit, change, words):
    change()
    assert first_word(unit).startswith(words)
    call_command("prove_sums")


def test_a_person_who_changes_the_unit_finds_it_told(unit, client, admin_user):
    client.force_login(admin_user, backend="django.contrib.auth.backends.ModelBackend")
    data = {"name": "Hill", "timezone": "America/Chicago", "export_start_date": ""}
    client.post(unit.get_absolute_url(), data)
    assert BusinessUnit.objects.get(pk=unit.pk).name == "Hill"
    assert first_word(unit).startswith("No start date is set")


def test_words_follow_the_names_they_say(unit):
    BusinessUnit.objects.filter(pk=unit.pk).update(currency="CAD")
    assert "Riverside LLC" in first_word(unit)
    sql("UPDATE sync_quickbookscompany SET name = 'Hill LLC'")()
    BusinessUnit.objects.update(name="Hill")
    assert first_word(unit).startswith("Hill bills in CAD, but Hill LLC keeps")
    inactive(ItemMapping, "item")()
    BusinessUnit.objects.update(currency="USD")
    ReferenceEntry.objects.update(name="Mowing")
    assert "set to Mowing" in first_word(unit)


def test_an_invoice_that_moves_brings_its_lines(unit):
    other = InvoiceFactory()
    InvoiceLineFactory(invoice=other, taxable=True)
    type(other).objects.filter(pk=other.pk).update(
        business_unit=unit, customer_id=other.customer_id
    )
    assert first_word(unit) == "No tax code is chosen for taxable lines."


def test_what_is_stored_is_read_by_one_query(unit, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert stored_readiness.lacking()[unit.pk].words == []
    assert stored_readiness.renew_outdated() == 0


def test_queries_do_not_grow_with_outdated_units(unit, django_assert_max_num_queries):
    for _ in range(3):
        BusinessUnitFactory(quickbooks_company=QuickBooksCompanyFactory())
    QuickBooksCompany.objects.update(name="Hill LLC")
    with django_assert_max_num_queries(20):
        assert len(stored_readiness.lacking()) == 5
    with django_assert_max_num_queries(1):
        stored_readiness.lacking()


def test_what_changes_while_it_is_found_outdates_it(unit, monkeypatch):
    """A change that comes after the numbers were read is not covered by what is stored."""
    found = stored_readiness.readiness.missing_in

    def slowly(units):
        answer = found(units)
        ItemMapping.objects.all().delete()
        return answer

    BusinessUnit.objects.update(export_start_date=date(2020, 1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(stored_readiness.readiness, "missing_in", slowly)
        stored_readiness.renew_outdated()
    assert first_word(unit).startswith("No item is chosen")


def test_a_unit_without_a_row_gets_one_with_what_it_has(unit):
    InvoiceLine.objects.update(taxable=True)
    UnitReadiness.objects.all().delete()
    assert first_word(unit) == "No tax code is chosen for taxable lines."
    assert not UnitReadiness.objects.get(pk=unit.pk).has_exempt_lines


def test_the_proof_names_what_was_made_to_lie(unit):
    UnitReadiness.objects.filter(pk=unit.pk).update(lacking=["Something"])
    with pytest.raises(CommandError, match="Readiness that is wrong: 1 units"):
        call_command("prove_sums")
    stored = UnitReadiness.objects.filter(pk=unit.pk)
    stored.update(lacking=[], has_exempt_lines=False)
    assert stored_readiness.wrong() == [unit.pk]


def test_a_trigger_that_was_missing_is_put_back_with_its_rows():
    ours = [each for name, each in triggers.present().items() if "_readiness" in name]
    triggers.drop(ours)
    unit = BusinessUnitFactory(quickbooks_company=QuickBooksCompanyFactory())
    assert not UnitReadiness.objects.exists()
    triggers.install()
    assert UnitReadiness.objects.get().pk == unit.pk
