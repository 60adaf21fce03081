"""Terms and sales tax of an invoice: guessed, chosen, and never against what the invoice says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from sync import tasks
from sync.admin.connections_selects import NONE, SAME, field_name
from sync.connections.readiness import missing_setup
from sync.models import (
    BusinessUnit,
    CorporateDefault,
    ItemMapping,
    QuickBooksCompany,
    ReferenceEntry,
    SyncRecord,
    TaxMapping,
    TermMapping,
    UnitMapping,
)
from tests.connections.conftest import verify_now
from tests.factories import InvoiceFactory, InvoiceLineFactory, PaymentFactory

NAME = "admin:sync_businessunit_quickbooks"
DAY = date(2026, 5, 4)


@pytest.fixture
def desk(client, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(desk, unit):
    return desk.get(reverse(NAME, args=[unit.pk]))


def save(desk, unit, **changes):
    """Save the page as it is shown, but for the changes."""
    form = shown(desk, unit).context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    saved = desk.post(reverse(NAME, args=[unit.pk]), {**data, **changes})
    assert saved.status_code == 302, saved.context["form"].errors


def sell(unit, *, days=30, lines=(("Mowing", True, ""),), tax="0.00", **values):
    """One invoice of $100 a line, due so many days later and paid."""
    subtotal = Decimal(100 * len(lines))
    invoice = InvoiceFactory(
        business_unit=unit,
        issued_on=DAY,
        due_on=None if days is None else DAY + timedelta(days=days),
        subtotal=subtotal,
        tax_total=Decimal(tax),
        lines=[],
        **values,
    )
    for service, taxable, code in lines:
        amount = Decimal("100.00")
        InvoiceLineFactory(
            invoice=invoice, service=service, taxable=taxable, tax_code=code,
            amount=amount, unit_price=amount,
        )  # fmt: skip
    PaymentFactory(invoice=invoice, amount=subtotal + Decimal(tax))
    return invoice


def send_all(unit):
    call_command("export_payments", unit.code, "--wait", "--json", verbosity=0)


def there(simulator, unit):
    """Return our invoices in QuickBooks by number."""
    realm_id = BusinessUnit.objects.get(pk=unit.pk).quickbooks_company.realm_id
    rows = simulator.documents(realm_id, "Invoice")
    return {row["DocNumber"]: row for row in rows if "-" in row["DocNumber"]}


# --- Terms ----------------------------------------------------------------------------------


@pytest.fixture
def dated(north):
    """Two invoices due in 30 days, one in 15 and one that says nothing."""
    return [sell(north, number=f"T-{n}", days=days) for n, days in enumerate((30, 30, 15, None))]


def test_usual_terms_are_proposed_with_what_they_rest_on(dated, connected, desk):
    row = TermMapping.objects.get()
    basis = "2 of the last 3 invoices are due 30 days after their date"
    assert (row.term.name, row.basis) == ("Net 30", basis)
    page = shown(desk, connected)
    field = page.context["form"]["term"]
    assert (field.label, field.value()) == ("Terms on invoices", str(row.term_id))
    assert f"Proposed: {basis}" in page.content.decode()


def test_no_terms_are_proposed_where_none_are_usual(north, connected, company, desk):
    for days in (30, 15, 7):
        sell(north, days=days)
    verify_now(company)
    assert not TermMapping.objects.exists()
    assert shown(desk, connected).context["form"]["term"].value() == NONE


def test_terms_are_sent_where_they_give_the_due_date_and_never_move_it(simulator, dated, connected):
    send_all(connected)
    found = {
        number: (row["DueDate"], row.get("SalesTermRef", {}).get("name"))
        for number, row in there(simulator, connected).items()
    }
    assert found == {
        "T-0": ("2026-06-03", "Net 30"),
        "T-1": ("2026-06-03", "Net 30"),
        "T-2": ("2026-05-19", None),
        "T-3": ("2026-06-03", "Net 30"),
    }
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


def test_no_terms_is_a_choice_that_stays(simulator, dated, connected, company, desk):
    save(desk, connected, term=NONE)
    verify_now(company)
    assert (TermMapping.objects.get().term, TermMapping.objects.get().basis) == (None, "")
    assert shown(desk, connected).context["form"]["term"].value() == NONE
    send_all(connected)
    assert [r for r in there(simulator, connected).values() if "SalesTermRef" in r] == []


def test_terms_that_were_made_inactive_stop_the_unit(dated, connected):
    ReferenceEntry.objects.filter(kind="Term", name="Net 30").update(active=False)
    assert missing_setup(BusinessUnit.objects.get(pk=connected.pk)) == [
        "The unit's terms is set to Net 30, which is inactive in QuickBooks: choose another."
    ]


def test_corporate_default_names_terms_and_discount_account(simulator, north, realm, desk):
    CorporateDefault.objects.create(kind="terms", name="Net 60")
    CorporateDefault.objects.create(kind="discount", name="Services")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    company = QuickBooksCompany.objects.get()
    assert TermMapping.objects.get().term.name == "Net 60"
    assert (company.discount_account.name, company.discount_basis) == (
        "Services",
        "the corporate default",
    )
    other = ReferenceEntry.objects.get(kind="Account", name="Sales of Product Income")
    north.refresh_from_db()
    save(desk, north, term=NONE, discount=other.pk)
    CorporateDefault.objects.filter(kind="discount").update(name="Discounts Given")
    tasks.spread_defaults()
    company.refresh_from_db()
    assert (company.discount_account, company.discount_basis) == (other, "")
    assert TermMapping.objects.get().term is None


# --- Sales tax in the United States, worked out by hand --------------------------------------


@pytest.fixture
def realm(simulator):
    return simulator.create_company(variant="us_manual", name="Northern Lights LLC")


@pytest.fixture
def taxed(north):
    """Invoices of two places, and one without a word for its tax."""
    lines = [("Mowing", True, "tucson"), ("Mowing", False, "")]
    return [
        sell(north, number="M-1", lines=lines, tax="9.10"),
        sell(north, number="M-2", lines=[("Mowing", True, "")], tax="8.00"),
        sell(north, number="M-3", lines=[("Mowing", False, "resale")]),
    ]


def test_rates_of_a_us_company_are_proposed_and_offered(taxed, connected, desk):
    rows = TaxMapping.objects.select_related("quickbooks_tax_code")
    assert {(r.tax_code, r.taxable, r.quickbooks_tax_code.name, r.basis) for r in rows} == {
        ("", True, "California", "the company's own setting for sales tax"),
        ("", False, "NON", "QuickBooks' own code for exempt lines"),
        ("tucson", True, "Tucson", "same name"),
    }
    form = shown(desk, connected).context["form"]
    usual = [text for _, text in form[field_name("tax", "", "True")].field.choices]
    assert usual == ["California", "Modesto", "Resale", "TAX", "Tucson"]
    exempt = [text for _, text in form[field_name("tax", "", "False")].field.choices]
    assert exempt == ["NON"]


def test_invoice_names_its_rate_and_its_lines_only_whether_they_are_taxed(
    simulator, taxed, connected
):
    send_all(connected)
    found = there(simulator, connected)
    codes = {
        number: (
            row["TxnTaxDetail"].get("TxnTaxCodeRef", {}).get("value"),
            row["TxnTaxDetail"]["TotalTax"],
            [
                line["SalesItemLineDetail"]["TaxCodeRef"]["value"]
                for line in row["Line"]
                if line["DetailType"] == "SalesItemLineDetail"
            ],
        )
        for number, row in found.items()
    }
    assert codes == {
        "M-1": ("3", Decimal("9.10"), ["TAX", "NON"]),
        "M-2": ("2", 8, ["TAX"]),
        "M-3": (None, 0, ["NON"]),
    }


def test_two_rates_on_one_invoice_are_refused_with_what_to_do(simulator, north, connected, company):
    lines = [("Mowing", True, "Tucson"), ("Mowing", True, "Modesto")]
    sell(north, number="M-9", lines=lines, tax="17.00")
    verify_now(company)
    with pytest.raises(SystemExit):
        send_all(connected)
    [record] = SyncRecord.objects.filter(kind="invoice")
    assert record.state == "failed"
    assert record.error == (
        "Lines of this invoice are taxed at different places, and QuickBooks takes one sales tax "
        "an invoice. Bill them on invoices of their own."
    )
    assert "M-9" not in there(simulator, connected)


def test_company_that_works_tax_out_itself_offers_no_rates(simulator, north, taxed, desk):
    realm = simulator.create_company(variant="us_ast", name="Automatic LLC")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    rows = TaxMapping.objects.select_related("quickbooks_tax_code")
    assert {(r.tax_code, r.quickbooks_tax_code.qbo_id) for r in rows} == {("", "TAX"), ("", "NON")}
    form = shown(desk, north).context["form"]
    names = [name for name in form.fields if name.startswith("tax-")]
    assert [len(form.fields[name].choices) for name in names] == [1, 1]
    send_all(north)
    assert there(simulator, north)["M-1"]["TotalAmt"] == Decimal("209.10")


# --- What a person took back ----------------------------------------------------------------


def test_what_a_person_took_back_is_not_proposed_again(simulator, north, desk):
    sell(north, lines=[("Mowing", True, "tucson")], tax="9.10")
    realm = simulator.create_company(variant="class_lines", name="Per Line LLC")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    company = north.quickbooks_company
    group = ReferenceEntry.objects.filter(company=company, kind="Class").first()
    BusinessUnit.objects.update(name=group.name)
    verify_now(company)
    assert ItemMapping.objects.filter(service="Mowing").exists()
    assert UnitMapping.objects.get().quickbooks_class == group
    save(
        desk, north, discount=NONE,
        **{"class": NONE, field_name("item", "Mowing"): SAME},
    )  # fmt: skip
    verify_now(company)
    company.refresh_from_db()
    assert not ItemMapping.objects.filter(service="Mowing").exists()
    assert not UnitMapping.objects.exists()
    assert company.discount_account is None
