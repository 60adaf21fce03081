"""Random invoices in every kind of company: equal to the cent there, or stopped with both figures.

TOTALS=n invoices in all, under every reading of whose tax counts; without it a few under some.
SEED=s.
"""

import os
import random
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from sync.exports.delivery.relay import drain
from sync.exports.remedies import decide
from sync.exports.rules.eligibility import explain
from sync.models import (
    Customer,
    ExportRun,
    ExportRunItem,
    Invoice,
    InvoiceLine,
    Payment,
    ReferenceEntry,
    SyncRecord,
    TaxMapping,
    TaxMode,
    UnitSetup,
)
from sync.simulator.state.switches import CHOICES
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.moments import Moments
from tests.factories import BusinessUnitFactory, InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)

IS_WHOLE = "TOTALS" in os.environ
TOTALS = int(os.environ.get("TOTALS", "500"))
SEED = int(os.environ.get("SEED", "1"))
CENT = Decimal("0.01")
# Our tax codes and what they charge. In the United States an invoice is taxed at one place, and its
# lines are taxable or not; elsewhere each line has a code.
COMPANIES = {
    "us_ast": ("us_ast", [("", "8"), ("", "9.1"), ("", "7.875"), ("", "0")]),
    "us_manual": (
        "us_manual",
        [("California", "8"), ("Tucson", "9.1"), ("Modesto", "7.875"), ("", "6.35")],
    ),
    "class_lines": ("class_lines", [("", "8"), ("", "4.5")]),
    "gst": ("canada", [("GST", "5"), ("Zero-rated", "0")]),
    "gst_pst": ("canada", [("GST/PST BC", "12"), ("GST", "5")]),
    "hst": ("canada", [("HST ON", "13"), ("Zero-rated", "0")]),
    "inclusive": ("europe", [("23.0% S", "23"), ("13.5% R", "13.5"), ("0.0% Z", "0")]),
}
EVERY = [(company, mode) for company in COMPANIES for mode in CHOICES["tax_override"]]
# Without TOTALS: each company as it is documented, and some where less or more is kept.
SOME = [(company, "documented") for company in COMPANIES] + [
    *[("us_ast", "on_update"), ("us_ast", "bare_total"), ("us_manual", "never"), ("gst", "never")],
]
CASES = EVERY if IS_WHOLE else SOME
SERVICES = ["Mowing", "Standard Clean", "Tip", "Trip Charge", "Disposal Fee", "Something new"]


CURRENCIES = {"canada": "CAD", "europe": "EUR"}


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.switch(tax_override="documented", tax_drift_cents=0)


@pytest.fixture
def company():
    return "us_ast"


@pytest.fixture
def unit(simulator, company):
    variant, rates = COMPANIES[company]
    currency = CURRENCIES.get(variant, "USD")
    unit = BusinessUnitFactory(code=company.replace("_", "-"), currency=currency)
    # The words that mappings are guessed for.
    seeded = InvoiceFactory(business_unit=unit, number="WORDS", lines=[])
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=seeded, service=service, amount=0, tax_code=code, taxable=bool(code))
        for service in SERVICES
        for code in sorted({"", *(code for code, _ in rates)})
    )
    PaymentFactory(invoice=seeded, amount=1, method="Check")
    realm_id = simulator.create_company(variant=variant, name=f"Company {variant}")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    unit.refresh_from_db()
    if company == "inclusive":  # of several rates none is guessed to be the usual one
        usual = ReferenceEntry.objects.get(
            company=unit.quickbooks_company, name="23.0% S", kind="TaxCode"
        )
        TaxMapping.objects.create(company=usual.company, taxable=True, quickbooks_tax_code=usual)
        steps = ("confirmed_at", "accepted_at", "trial_skipped_at", "finished_at")
        UnitSetup.objects.update(**dict.fromkeys(steps, timezone.now()))
    return unit


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def invent(unit, company, count, chance):
    """Make fully paid invoices of random lines, discounts and taxes, each paid in up to three."""
    customers = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"T{n}", display_name=f"{unit.code} customer {n}")
        for n in range(20)
    )
    drafts = [_draft(company, chance) for _ in range(count)]
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


def _draft(company, chance):
    variant, rates = COMPANIES[company]
    by_line, in_price = variant in {"canada", "europe"}, company == "inclusive"
    of_invoice = chance.choice(rates)
    lines, taxes = [], Decimal(0)
    for _ in range(chance.randint(1, 6)):
        quantity = Decimal(chance.choice([1, 1, 2, 3])) + Decimal(chance.randint(0, 3)) / 4
        price = Decimal(chance.randint(1, 90_000)) / chance.choice([100, 100, 1000])
        amount = max(cents(quantity * price), CENT)
        code, rate = chance.choice(rates) if by_line else of_invoice
        taxable = by_line or chance.random() < 0.6
        line = {
            "service": chance.choice(SERVICES),
            "quantity": quantity,
            "unit_price": price,
            "amount": amount,
            "taxable": taxable,
            "tax_code": code if taxable else "",
        }
        lines.append(line | _tax_inside(line, Decimal(rate), chance) if in_price else line)
        taxes += lines[-1].get("tax_amount", amount * Decimal(rate if taxable else 0) / 100)
    subtotal = sum(line["amount"] for line in lines)
    discount = cents(subtotal * chance.choice([0, 0, 0, 5, 10, 33]) / 100)
    tax = taxes if in_price else cents(taxes * (subtotal - discount) / subtotal)
    sums = {
        "subtotal": subtotal,
        "discount_total": Decimal(0) if in_price else discount,
        "tax_total": tax,
        "prices_include_tax": in_price,
    }
    return sums | {"total": subtotal - sums["discount_total"] + tax}, lines


def _tax_inside(line, rate, chance):
    """What of a price is tax; one source in eight is a cent off."""
    net = cents(line["amount"] * 100 / (100 + rate))
    if rate and net > CENT and chance.random() < 0.12:
        net -= CENT
    tax = line["amount"] - net
    return {"amount": net, "tax_amount": tax, "quantity": Decimal(1), "unit_price": Decimal(0)}


def _parts(total, chance):
    cut = [cents(total * chance.randint(1, 90) / 100) for _ in range(chance.randint(0, 2))]
    first = [part for part in cut[:1] if 0 < part < total]
    return [*first, total - sum(first)]


FIGURES = re.compile(r"\d+\.\d\d here and (would be \d+\.\d\d there|cannot be told)")


def let_go_on(unit):
    """Have a run go on that paused after three in a row whose tax came out otherwise."""
    while run := ExportRun.objects.filter(state=ExportRun.State.PAUSED).first():
        decide.go_on(run, None)
        run.refresh_from_db()
        drain(run, HANDLERS)


@pytest.mark.parametrize(("company", "mode"), CASES)
def test_equal_to_the_cent_or_stopped_before_it_is_there(
    simulator, unit, company, mode, export, monkeypatch
):
    simulator.switch(tax_override=mode)
    moments = Moments(simulator, unit, monkeypatch)
    count = TOTALS // len(EVERY)
    invoices = invent(unit, company, count, random.Random(f"{SEED} {company}"))
    export(status=None)
    let_go_on(unit)
    there = ledger.invoices(simulator, unit)
    paid = Counter(number for *_, number in ledger.payments(simulator, unit))
    records = {r.invoice_id: r for r in SyncRecord.objects.filter(kind="invoice")}
    stopped = dict(
        ExportRunItem.objects.exclude(reason="").values_list("payment__invoice", "reason")
    )
    wrong = Counter()
    for invoice in invoices:
        record = records.get(invoice.pk)
        if record is None:  # it never was there
            assert invoice.number not in there
            why = stopped.get(invoice.pk) or explain(invoice.payments.all())
            assert FIGURES.search(str(why)), why
        elif record.state == "exported":
            assert there[invoice.number] == (invoice.total, Decimal("0.00"), "2026-05-04")
        else:
            assert record.state == "mismatch"
            figures = rf"the tax is {invoice.tax_total} here and \d+\.\d\d in QuickBooks"
            assert re.search(figures, record.error)
            assert not paid[invoice.number]
            wrong[record.tax_mode.key] += 1
    assert set(wrong.values()) <= {1}
    assert wrong.keys() == {mode.key for mode in TaxMode.objects.filter(keeps="nothing")}
    keys = {r.invoice.number: r.tax_mode and r.tax_mode.key for r in records.values()}
    at_once = moments.most_wrong({each.number: each.total for each in invoices}, keys)
    assert set(at_once.values()) <= {1}, at_once
    if mode in KEPT[COMPANIES[company][0]]:
        assert not wrong
        assert len(there) == count
        ledger.assert_equal_to_ours(simulator, unit)


# Where each kind of company keeps any tax of ours, in the form in which it is sent to it.
KEPT = {
    "us_ast": {"on_update", "code_and_total", "bare_total"},
    "us_manual": {"documented", "on_update", "code_and_total", "bare_total"},
    "class_lines": {"documented", "on_update", "code_and_total", "bare_total"},
    "canada": {"documented", "tax_lines", "on_update", "bare_total"},
    "europe": {"documented", "tax_lines", "on_update", "bare_total"},
}


def test_messy_company_is_stopped_before_anything_goes(simulator, db):
    unit = BusinessUnitFactory(code="messy")
    payment = PaymentFactory(invoice__business_unit=unit)
    realm_id = simulator.create_company(variant="messy", name="Old Mill Services")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    assert explain([payment])[payment.pk].words.startswith("Set-up of Riverside")
    assert "QuickBooks assigns its own invoice numbers." in explain([payment])[payment.pk].words
    unit.refresh_from_db()
    assert ledger.nothing(simulator, unit)
