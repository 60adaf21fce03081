"""Terms, sales tax, class and location: guessed, chosen, and as the company keeps them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
from django.conf import settings as site
from django.core.management import call_command
from django.urls import reverse

from sync import tasks
from sync.admin.connections.selects import NONE, SAME, field_name
from sync.connections.readiness import missing_setup
from sync.exports.rules.eligibility import explain
from sync.models import (
    BusinessUnit,
    CorporateDefault,
    Customer,
    ItemMapping,
    Payment,
    QuickBooksCompany,
    ReferenceEntry,
    SyncRecord,
    TaxMapping,
    TermMapping,
    UnitMapping,
)
from tests.connections.conftest import verify_now
from tests.factories import InvoiceFactory, InvoiceLineFactory, PaymentFactory
from tests.sampled import one_in

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


def change_settings(company, **groups):
    """Change settings in QuickBooks, as its own people do."""
    address = f"{site.QUICKBOOKS_API_URL}/company/{company.realm_id}/preferences"
    options = {
        "params": {"minorversion": "75"},
        "headers": {"Authorization": f"Bearer {company.access_token}"},
        "timeout": 10,
    }
    read = requests.get(address, **options).json()["Preferences"]
    body = {"Id": read["Id"], "SyncToken": read["SyncToken"], "sparse": True}
    body |= {name: {**read[name], **values} for name, values in groups.items()}
    answer = requests.post(address, json=body, **options)
    assert answer.status_code == 200, answer.text


# --- Terms ----------------------------------------------------------------------------------


@pytest.fixture
def dated(north):
    """Two invoices due in 30 days, one in 15 and one that says nothing."""
    return [sell(north, number=f"T-{n}", days=days) for n, days in enumerate((30, 30, 15, None))]


def test_usual_terms_are_proposed_with_what_they_rest_on(dated, connected, desk):
    row = TermMapping.objects.get()
    basis = "due in 30 days, as usual: 2 of the last 3 invoices"
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
    [why] = explain(Payment.objects.filter(invoice__number="M-9")).values()
    assert (why.code, why.words) == (
        "WOULD_BE_REFUSED",
        "Lines of this invoice are taxed at different places, and QuickBooks takes one sales tax "
        "an invoice. Bill them on invoices of their own.",
    )
    send_all(connected)
    assert "M-9" not in there(simulator, connected)
    assert not SyncRecord.objects.filter(invoice__number="M-9").exists()


def test_company_that_works_tax_out_itself_offers_no_rates(simulator, north, taxed, desk):
    # It goes by the place: 9.1 % in Tucson, and at home 8 %.
    Customer.objects.filter(invoices__number="M-1").update(region="AZ")
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


# --- Classes and locations, and selects of every kind of company ------------------------------


def classed(simulator, unit):
    """Return where our only invoice has classes, and its location."""
    [row] = there(simulator, unit).values()
    lines = [line["SalesItemLineDetail"] for line in row["Line"] if "SalesItemLineDetail" in line]
    on_lines = [line.get("ClassRef", {}).get("name") for line in lines]
    return row.get("ClassRef", {}).get("name"), on_lines, row.get("DepartmentRef", {}).get("name")


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("us", ("Hauling", [None, None], "Downtown")),
        ("class_lines", (None, ["Hauling", "Hauling"], "Downtown")),
    ],
)
def test_class_stands_where_the_company_keeps_it(simulator, north, desk, variant, expected):
    sell(north, number="C-1", lines=[("Mowing", False, ""), ("Tip", False, "")])
    realm = simulator.create_company(variant=variant, name=f"Company {variant}")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    names = {"class": expected[0] or expected[1][0], "department": expected[2]}
    save(desk, north, **{
        kind: ReferenceEntry.objects.get(kind=kind.capitalize(), name=name).pk
        for kind, name in names.items()
    })  # fmt: skip
    send_all(north)
    assert classed(simulator, north) == expected


def test_class_and_location_are_left_out_once_they_are_switched_off(simulator, connected, company):
    entries = ReferenceEntry.objects.filter(company=company)
    UnitMapping.objects.create(
        company=company,
        business_unit=connected,
        quickbooks_class=entries.filter(kind="Class").first(),
        department=entries.filter(kind="Department").first(),
    )
    sell(connected, number="C-1")
    off = {"ClassTrackingPerTxn": False, "TrackDepartments": False}
    change_settings(company, AccountingInfoPrefs=off)
    verify_now(company)
    send_all(connected)
    assert classed(simulator, connected) == (None, [None], None)


@pytest.mark.parametrize(
    "variant",
    one_in(4, ["us", "us_ast", "us_manual", "class_lines", "canada", "messy", "large"]),
)
def test_no_select_is_blank_by_default(simulator, north, desk, variant):
    lines = [("Mowing", True, "GST"), ("Gratuity", False, ""), ("Never heard of", True, "Odd")]
    currency = "CAD" if variant == "canada" else "USD"
    BusinessUnit.objects.update(currency=currency)
    invoice = sell(north, lines=lines, currency=currency)
    PaymentFactory(invoice=invoice, method="Barter")
    realm = simulator.create_company(variant=variant, name=f"Company {variant}")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    form = shown(desk, north).context["form"]
    assert [name for name in form.fields if form[name].value() in {"", None}] == []


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
