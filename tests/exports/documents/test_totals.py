"""Random invoices in every kind of company: equal to the cent there, or stopped with both figures.

TOTALS=n invoices in all (500 unless given), SEED=s.
"""

import os
import random
import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.core.management import call_command

from sync.exports.rules.reasons import explain
from sync.models import Customer, Invoice, InvoiceLine, Payment, SyncRecord
from tests.exports import ledger
from tests.factories import BusinessUnitFactory, InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)

TOTALS = int(os.environ.get("TOTALS", "500"))
SEED = int(os.environ.get("SEED", "1"))
CENT = Decimal("0.01")
# Our tax codes and what they charge. In Canada each line has one; in the United States an invoice
# is taxed at one place, and its lines are taxable or not.
RATES = {
    "us_ast": [("", "8"), ("", "9.1"), ("", "7.875"), ("", "0")],
    "us_manual": [("California", "8"), ("Tucson", "9.1"), ("Modesto", "7.875"), ("", "6.35")],
    "class_lines": [("", "8"), ("", "4.5")],
    "canada": [("GST", "5"), ("GST/PST BC", "12"), ("HST ON", "13"), ("Zero-rated", "0")],
}
SERVICES = ["Mowing", "Standard Clean", "Tip", "Trip Charge", "Disposal Fee", "Something new"]


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.switch(tax_override="bare_total", tax_drift_cents=0)


@pytest.fixture
def variant(request):
    return getattr(request, "param", "us_ast")


@pytest.fixture
def unit(simulator, variant):
    currency = "CAD" if variant == "canada" else "USD"
    unit = BusinessUnitFactory(code=variant.replace("_", "-"), currency=currency)
    # The words that mappings are guessed for.
    seeded = InvoiceFactory(business_unit=unit, number="WORDS", lines=[])
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=seeded, service=service, amount=0, tax_code=code, taxable=bool(code))
        for service in SERVICES
        for code in sorted({"", *(code for code, _ in RATES.get(variant, []))})
    )
    PaymentFactory(invoice=seeded, amount=1, method="Check")
    realm_id = simulator.create_company(variant=variant, name=f"Company {variant}")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    unit.refresh_from_db()
    return unit


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def invent(unit, variant, count, chance):
    """Make fully paid invoices of random lines, discounts and taxes, each paid in up to three."""
    customers = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"T{n}", display_name=f"{unit.code} customer {n}")
        for n in range(20)
    )
    drafts = [_draft(variant, chance) for _ in range(count)]
    invoices = Invoice.objects.bulk_create(
        Invoice(
            business_unit=unit,
            customer=chance.choice(customers),
            number=f"{unit.code[:8]}-{n}",
            issued_on="2026-05-04",
            currency=unit.currency,
            **sums,
        )
        for n, (sums, _) in enumerate(drafts)
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=invoice, position=position, **line)
        for invoice, (_, lines) in zip(invoices, drafts, strict=True)
        for position, line in enumerate(lines, 1)
    )
    Payment.objects.bulk_create(
        Payment(
            business_unit=unit,
            customer=invoice.customer,
            invoice=invoice,
            method="Check",
            amount=part,
            currency=unit.currency,
            received_on="2026-05-10",
        )
        for invoice in invoices
        for part in _parts(invoice.total, chance)
    )
    return invoices


def _draft(variant, chance):
    rates, by_line = RATES[variant], variant == "canada"
    of_invoice = chance.choice(rates)
    lines, taxes = [], Decimal(0)
    for _ in range(chance.randint(1, 6)):
        quantity = Decimal(chance.choice([1, 1, 2, 3])) + Decimal(chance.randint(0, 3)) / 4
        price = Decimal(chance.randint(1, 90_000)) / chance.choice([100, 100, 1000])
        amount = max(cents(quantity * price), CENT)
        code, rate = chance.choice(rates) if by_line else of_invoice
        taxable = by_line or chance.random() < 0.6
        lines.append(
            {
                "service": chance.choice(SERVICES),
                "quantity": quantity,
                "unit_price": price,
                "amount": amount,
                "taxable": taxable,
                "tax_code": code if taxable else "",
            }
        )
        taxes += amount * Decimal(rate if taxable else 0) / 100
    subtotal = sum(line["amount"] for line in lines)
    discount = cents(subtotal * chance.choice([0, 0, 0, 5, 10, 33]) / 100)
    tax = cents(taxes * (subtotal - discount) / subtotal)
    sums = {
        "subtotal": subtotal,
        "discount_total": discount,
        "tax_total": tax,
        "total": subtotal - discount + tax,
    }
    return sums, lines


def _parts(total, chance):
    cut = [cents(total * chance.randint(1, 90) / 100) for _ in range(chance.randint(0, 2))]
    first = [part for part in cut[:1] if 0 < part < total]
    return [*first, total - sum(first)]


@pytest.mark.parametrize("variant", list(RATES), indirect=True)
def test_totals_agree_to_the_cent(simulator, unit, variant, export):
    invoices = invent(unit, variant, TOTALS // len(RATES), random.Random(f"{SEED} {variant}"))
    report = export()
    assert (report["failed"], report["uncertain"], report["mismatch"]) == (0, 0, 0)
    there = ledger.invoices(simulator, unit)
    assert there == {i.number: (i.total, Decimal("0.00"), "2026-05-04") for i in invoices}
    ledger.assert_equal_to_ours(simulator, unit)
    paid = sum(amount for amount, *_ in ledger.payments(simulator, unit))
    assert paid == sum(invoice.total for invoice in invoices)


@pytest.mark.parametrize("variant", ["us_ast"], indirect=True)
def test_what_quickbooks_taxes_otherwise_is_stopped_with_both_figures(
    simulator, unit, variant, export
):
    """QuickBooks works the tax out alone and ignores ours."""
    invent(unit, variant, 40, random.Random(f"{SEED} differing"))
    simulator.switch(tax_override="never")
    export(status=1)
    there = ledger.invoices(simulator, unit)
    paid_there = {number for *_, number in ledger.payments(simulator, unit)}
    stopped = 0
    for record in SyncRecord.objects.filter(kind="invoice").exclude(qbo_id=""):
        invoice, (theirs, _, _) = record.invoice, there[record.invoice.number]
        if record.state == "exported":
            assert theirs == invoice.total
        else:
            stopped += 1
            assert record.state == "mismatch"
            assert re.search(
                r"the (total|tax) is \d+\.\d\d here and \d+\.\d\d in QuickBooks", record.error
            )
            assert invoice.number not in paid_there
    assert stopped >= 3


@pytest.mark.parametrize("variant", ["messy"], indirect=True)
def test_messy_company_is_stopped_before_anything_goes(simulator, variant, db):
    unit = BusinessUnitFactory(code="messy")
    payment = PaymentFactory(invoice__business_unit=unit)
    realm_id = simulator.create_company(variant="messy", name="Old Mill Services")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    assert explain([payment])[payment.pk].words.startswith("Set-up of Riverside")
    assert "QuickBooks assigns its own invoice numbers." in explain([payment])[payment.pk].words
    unit.refresh_from_db()
    assert ledger.nothing(simulator, unit)
