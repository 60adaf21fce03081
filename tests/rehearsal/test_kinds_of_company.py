"""In each kind of company: what Paidup exported is rehearsed as it is there, taxes included."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from sync.models import BusinessUnit, ReferenceEntry, TaxMapping
from tests.connected import connected_unit
from tests.factories import (
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)

CURRENCIES = {"canada": "CAD", "europe": "EUR"}
# Ours, by kind: code of a line and the tax of 100.00; automatic tax goes by the state.
TAXES = {
    "us": [("", "0.00", ""), ("", "8.00", "")],
    "us_ast": [("", "8.00", ""), ("", "8.00", "CA"), ("", "9.10", "AZ")],
    "us_manual": [("", "8.00", "")],
    "multicurrency": [("", "0.00", "")],
    "class_lines": [("", "0.00", ""), ("", "8.00", "")],
    "canada": [("GST", "5.00", ""), ("HST ON", "13.00", "")],
    "europe": [("23.0% S", "23.00", ""), ("13.5% R", "13.50", "")],
}


def enter(unit, position, code, tax, region):
    who = CustomerFactory(business_unit=unit, display_name=f"Client {position}", region=region)
    invoice = InvoiceFactory(
        business_unit=unit, customer=who, number=f"K-{position}", issued_on=date(2026, 2, 9),
        subtotal=Decimal("100.00"), tax_total=Decimal(tax), lines=[],
    )  # fmt: skip
    InvoiceLineFactory(
        invoice=invoice, amount=Decimal(100), unit_price=Decimal(100), taxable=tax != "0.00",
        tax_code=code,
    )  # fmt: skip
    PaymentFactory(invoice=invoice, amount=invoice.total, received_on=date(2026, 2, 10))


def map_taxes(unit):
    """Each of our codes is the code of its name there."""
    company = unit.quickbooks_company
    codes = ReferenceEntry.objects.filter(company=company, kind="TaxCode")
    names = {code: code for code, _, _ in TAXES[unit.code] if code}
    named = {(code, True): code for code in names}
    if unit.code in CURRENCIES:
        named |= {("", True): next(iter(names)), ("", False): "Exempt"}
    for (code, taxable), name in named.items():
        TaxMapping.objects.update_or_create(
            company=company, tax_code=code, taxable=taxable,
            defaults={"quickbooks_tax_code": codes.get(name=name)},
        )  # fmt: skip


def is_ours(document):
    return f"{document['number']} {document['invoice']}".strip().casefold().startswith("k-")


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("variant", TAXES)
def test_what_was_exported_is_rehearsed_as_it_is_there(variant, simulator, quickly, run_of):
    connected_unit(simulator, variant, currency=CURRENCIES.get(variant, "USD"))
    BusinessUnit.objects.update(export_start_date=date(2026, 1, 1), code=variant)
    unit = BusinessUnit.objects.get(code=variant)
    map_taxes(unit)
    call_command("connect_simulator", variant, realm=unit.quickbooks_company.realm_id, verbosity=0)
    for position in range(6):
        enter(unit, position, *TAXES[variant][position % len(TAXES[variant])])
    out = StringIO()
    call_command("export_payments", unit.code, "--wait", "--json", stdout=out)
    assert json.loads(out.getvalue())["exported"] == 6, out.getvalue()
    _, found = run_of(unit.code)("--json", month="2026-02")
    assert found["documents"]["rehearsed"] == {"Invoice": 6, "Payment": 6}
    assert (found["stopped"], found["left_out"], found["only_in_rehearsal"]) == ([], {}, [])
    # What the company was seeded with is only there.
    assert [row for row in found["differing"] if is_ours(row["document"])] == []
    assert not any(map(is_ours, found["only_in_books"]))
