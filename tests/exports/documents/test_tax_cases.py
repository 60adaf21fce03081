"""Cases of sales tax that people reported: `tax_cases.toml` has them with their sources."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sync.quickbooks.documents import (
    InvoiceDocument,
    LineDocument,
    Rate,
    TaxedLine,
    expected_taxes,
    invoice_body,
    tax_lines,
)
from tests.simulator.desk import Desk

CASES = tomllib.loads(Path(__file__).with_name("tax_cases.toml").read_text())["case"]


def tax_code(desk, percent):
    """Make a code of one rate; return its id and the rate's."""
    rate = {
        "TaxRateName": "R",
        "RateValue": percent,
        "TaxAgencyId": "1",
        "TaxApplicableOn": "Sales",
    }
    made = desk.call("POST", "taxservice/taxcode", {"TaxCode": "C", "TaxRateDetails": [rate]})
    code = desk.get("TaxCode", made["TaxCodeId"])
    [detail] = code["SalesTaxRateList"]["TaxRateDetail"]
    return code["Id"], detail["TaxRateRef"]["value"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("mode", ["never", "documented"])
def test_a_reported_case(case, mode):
    desk = Desk(case["company"], tax_override=mode)
    customer = desk.customer()
    amounts = [Decimal(amount) for amount, times in case["amounts"] for _ in range(times)]
    ours, theirs = Decimal(case["ours"]), Decimal(case["theirs"])
    is_us = case["company"] == "us_ast"
    code, rate = (case["code"], "") if is_us else tax_code(desk, case["percent"])
    rates = () if is_us else (Rate(rate, Decimal(case["percent"])),)
    taxed = [TaxedLine(amount, rates) for amount in amounts]
    assert expected_taxes(taxed)["line"] == theirs
    body = invoice_body(
        InvoiceDocument(
            number="C-1",
            customer_id=customer["Id"],
            issued_on=date(2026, 5, 4),
            lines=tuple(LineDocument("1", "", None, None, each, code) for each in amounts),
            tax_total=ours,
            total=sum(amounts) + ours,
            tax_lines=tax_lines(taxed, ours) or (),
            global_tax="" if is_us else "TaxExcluded",
            marker="",
        )
    )
    kept = desk.post("Invoice", body)
    is_kept = mode == "documented" and not is_us
    assert kept["TxnTaxDetail"]["TotalTax"] == (ours if is_kept else theirs)
    assert kept["TotalAmt"] == sum(amounts) + (ours if is_kept else theirs)
