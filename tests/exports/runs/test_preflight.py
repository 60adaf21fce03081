"""A unit of work goes whole or not at all: what would be refused of any part is known first."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from sync.exports.delivery.relay import drain
from sync.exports.rules.eligibility import explain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.mappings import local_terms
from sync.models import (
    Customer,
    InvoiceLine,
    MethodMapping,
    Payment,
    QuickBooksCompany,
    SyncRecord,
    TaxMapping,
)
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
    ReferenceEntryFactory,
)
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(unit):
    """An invoice beside the one that cannot go."""
    customer = CustomerFactory(business_unit=unit, display_name="Okafor, Ngozi")
    invoice = InvoiceFactory(business_unit=unit, customer=customer, number="R-2000")
    PaymentFactory(invoice=invoice, received_on="2026-05-09")
    return invoice


def set_discount(paid):
    company = paid.business_unit.quickbooks_company
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = False
    QuickBooksCompany.objects.filter(pk=company.pk).update(preferences=company.preferences)
    InvoiceLine.objects.filter(invoice=paid).update(amount=Decimal("160.00"), unit_price=160)
    type(paid).objects.filter(pk=paid.pk).update(
        subtotal=Decimal("160.00"), discount_total=Decimal("10.00")
    )


def set_email(paid):
    Customer.objects.filter(pk=paid.customer_id).update(email="bob@localhost")


def set_company_name(paid):
    Customer.objects.filter(pk=paid.customer_id).update(company_name="Smith: Sons")


def set_given_name(paid):
    Customer.objects.filter(pk=paid.customer_id).update(given_name="Bob: Junior")


def set_method(paid):
    usual = MethodMapping.objects.get(method="")
    MethodMapping.objects.create(
        company=usual.company, method="Check", deposit_account=usual.deposit_account
    )
    usual.delete()
    Payment.objects.filter(invoice=paid, amount=Decimal("30.00")).update(method="Barter")


def take_lines(paid):
    InvoiceLine.objects.filter(invoice=paid).delete()
    type(paid).objects.filter(pk=paid.pk).update(
        subtotal=Decimal(0), tax_total=Decimal("150.00"), total=Decimal("150.00")
    )


def tax_at_two_places(paid):
    company = paid.business_unit.quickbooks_company
    for place in ("Tucson", "Phoenix"):
        code = ReferenceEntryFactory(company=company, kind="TaxCode", qbo_id=place, name=place)
        TaxMapping.objects.create(
            company=company, tax_code=place, taxable=True, quickbooks_tax_code=code
        )
    InvoiceLine.objects.filter(invoice=paid).update(tax_code="Tucson", taxable=True)
    InvoiceLineFactory(
        invoice=paid, amount=Decimal(0), unit_price=0, tax_code="Phoenix", taxable=True
    )


CASES = {
    "a colon in the given name": (
        set_given_name,
        "WOULD_BE_REFUSED",
        "The customer's given name has a colon, a tab or a line break in it, which QuickBooks does"
        " not allow. Take it out.",
    ),
    "a payment method without a mapping": (
        set_method,
        "NOT_MAPPED",
        "The payment method “Barter” has no counterpart in QuickBooks. Map it.",
    ),
    "no lines": (
        take_lines,
        "WOULD_BE_REFUSED",
        "The invoice has 150.00 of tax, but no line of it is taxed, and QuickBooks charges no tax"
        " on exempt lines. Say which lines are taxed, or correct the tax.",
    ),
    "taxes of two places": (
        tax_at_two_places,
        "WOULD_BE_REFUSED",
        "Lines of this invoice are taxed at different places, and QuickBooks takes one sales tax"
        " an invoice. Bill them on invoices of their own.",
    ),
    "discounts switched off there": (
        set_discount,
        "WOULD_BE_REFUSED",
        "The QuickBooks company takes no discounts on invoices: switch them on there, under"
        " Account and settings, Sales, and check the connection.",
    ),
    "an e-mail address that QuickBooks refuses": (
        set_email,
        "WOULD_BE_REFUSED",
        "QuickBooks does not take the customer's e-mail address: it needs an @ and, after it, a"
        " dot. Correct the address.",
    ),
    "a colon in the company name": (
        set_company_name,
        "WOULD_BE_REFUSED",
        "The customer's company name has a colon, a tab or a line break in it, which QuickBooks"
        " does not allow. Take it out.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_would_be_refused_stays_whole_and_the_rest_goes(
    simulator, unit, paid, other, export, case
):
    spoil, code, words = CASES[case]
    spoil(paid)
    halted = explain(paid.payments.all()).values()
    assert {(why.code, why.words) for why in halted} == {(code, words)}
    report = export()
    assert (report["ready"], report["blocked"], report["exported"]) == (1, {code: 3}, 1)
    assert list(ledger.invoices(simulator, unit)) == ["R-2000"]
    assert len(ledger.payments(simulator, unit)) == 1
    assert set(SyncRecord.objects.values_list("kind", "state")) == {
        ("customer", "exported"),
        ("invoice", "exported"),
        ("payment", "exported"),
    }


@pytest.mark.parametrize("case", one_in(3, CASES))
def test_what_is_spoilt_after_the_press_is_taken_back_before_anything_of_it_left(
    simulator, unit, paid, other, case
):
    spoil, code, _ = CASES[case]
    run = runs.confirm(prepare_ready(unit, None), None)
    spoil(paid)
    drain(run, HANDLERS)
    assert list(ledger.invoices(simulator, unit)) == ["R-2000"]
    skipped = set(run.items.filter(payment__invoice=paid).values_list("choice", "reason_code"))
    assert skipped in ({("skipped", code)}, {("skipped", "CHANGED")})
    assert not SyncRecord.objects.filter(invoice=paid).exists()
    assert not SyncRecord.objects.filter(payment__invoice=paid).exists()


def test_a_dry_run_counts_what_cannot_go_and_leaves_no_run(unit, paid, export):
    set_email(paid)
    report = export("--dry-run")
    assert (report["ready"], report["blocked"]) == (0, {"WOULD_BE_REFUSED": 3})
    assert not unit.exportrun_set.exists()


def test_a_long_reference_goes_shortened_with_the_whole_in_the_note(simulator, unit, paid, export):
    reference = "Interac e-Transfer 20260120111122223333"
    Payment.objects.filter(invoice=paid, amount=50).update(reference=reference)
    assert export()["exported"] == 3
    realm = unit.quickbooks_company.realm_id
    [there] = [
        row
        for row in ledger.ours_only(simulator.documents(realm, "Payment"))
        if ledger.money(row["TotalAmt"]) == Decimal("50.00")
    ]
    assert there["PaymentRefNum"] == reference[-21:]
    assert there["PrivateNote"].endswith(f" Reference: {reference}")


def test_a_customer_that_is_there_already_is_not_asked_for_its_address(
    simulator, unit, paid, export
):
    assert export()["exported"] == 3
    set_email(paid)
    later = InvoiceFactory(business_unit=unit, customer=paid.customer, number="R-3000")
    PaymentFactory(invoice=later)
    assert export()["exported"] == 1


def test_a_tax_word_that_nobody_mapped_never_takes_the_default_rate(simulator, db):
    unit = BusinessUnitFactory(code="north", currency="CAD")
    realm = simulator.create_company(variant="canada", name="North Ltd")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    unit.refresh_from_db()
    invoice = InvoiceFactory(
        business_unit=unit, subtotal=Decimal("100.00"), tax_total=Decimal("13.00"), lines=[]
    )
    InvoiceLineFactory(
        invoice=invoice, amount=Decimal("100.00"), taxable=True, tax_code="HST ON 13%"
    )
    PaymentFactory(invoice=invoice, amount=Decimal("113.00"))
    [why] = explain(invoice.payments.all()).values()
    assert (why.code, why.words) == (
        "NOT_MAPPED",
        "The tax code “HST ON 13%” has no counterpart in QuickBooks. Map it.",
    )
    assert ("HST ON 13%", True) in local_terms.used_by([unit]).tax_codes
