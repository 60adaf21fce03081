"""What changed at Intuit in 2025 and 2026: behaviours that have no test of their own elsewhere.

docs/quickbooks-facts.md names the test of every row.
"""

import re
from pathlib import Path

import pytest

from sync.company import tokens
from sync.company.sessions import open_session
from sync.models import ReferenceEntry
from sync.quickbooks.documents import dump
from tests.connected import connected_unit

FACTS = Path("docs/quickbooks-facts.md")
ROOMS = ("exports", "discrepancies", "connections", "mappings", "company", "intake", "admin")
UNDEPOSITED = "4"


@pytest.mark.parametrize("names", ["full_path", "own"])
def test_an_account_is_known_by_its_id_whatever_it_is_called(simulator, unit, paid, export, names):
    company = unit.quickbooks_company
    simulator.switch(realm_id=company.realm_id, account_names=names)
    with open_session(company.pk) as session:
        held = session.client.read("Account", UNDEPOSITED)
        parent = {"Name": "Clearing", "AccountType": held["AccountType"]}
        above = session.client.send("Account", dump(parent), "parent").data["Account"]
        moved = {**held, "Name": "On its way", "SubAccount": True}
        moved["ParentRef"] = {"value": above["Id"]}
        assert session.client.send("Account", dump(moved), "moved").status == 200
    assert export()["exported"] == 3
    made = simulator.documents(company.realm_id, "Payment")[-3:]
    assert [each["DepositToAccountRef"]["value"] for each in made] == [UNDEPOSITED] * 3
    assert [each["TotalAmt"] for each in made] == [70, 30, 50]


@pytest.mark.parametrize("rotation", ["daily", "always"])
def test_a_refresh_value_that_stays_the_same_and_one_that_changes(simulator, unit, rotation):
    company = unit.quickbooks_company
    simulator.oauth(rotation=rotation)
    try:
        before = [company.access_token, company.refresh_token]
        for _ in range(3):
            assert tokens.renew(company) == company.access_token
            assert company.is_connected
        changed = [company.access_token != before[0], company.refresh_token != before[1]]
        assert changed == [True, rotation == "always"]
    finally:
        simulator.oauth(rotation="always")


@pytest.mark.django_db
@pytest.mark.parametrize("codes", ["bare", "whole"])
def test_tax_and_non_are_read_with_and_without_active(simulator, codes):
    simulator.switch(pseudo_tax_codes=codes)
    try:
        unit = connected_unit(simulator, "us_manual")
    finally:
        simulator.switch(pseudo_tax_codes="bare")
    rows = ReferenceEntry.objects.filter(
        company=unit.quickbooks_company, kind="TaxCode", qbo_id__in=["TAX", "NON"]
    )
    assert sorted(rows.values_list("qbo_id", "active")) == [("NON", True), ("TAX", True)]


@pytest.mark.parametrize("word", ['"void"', r"\.report\("])
def test_nothing_is_voided_and_no_report_is_read(word):
    """Both change under us; the probe alone asks for them."""
    files = [file for room in ROOMS for file in Path("sync", room).rglob("*.py")]
    sends = re.compile(rf"client.*{word}|operation=.*{word}|{word}.*client")
    assert len(files) > 200
    assert [str(file) for file in files if sends.search(file.read_text())] == []


def test_every_fact_names_what_tests_it():
    """Each row of section 11 is in the table, and each test file that a row names is there."""
    text = FACTS.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(rows) >= 26
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text))
    assert len(named) >= 20
    for file, test in named:
        assert Path(file).exists(), file
        assert not test or f"def {test}(" in Path(file).read_text(), test
