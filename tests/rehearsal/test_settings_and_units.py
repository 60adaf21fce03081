"""What a rehearsal takes from the company as it is now, and from every unit that posts to it."""

from datetime import date

import pytest

from tests.exports.conftest import Bookkeeper
from tests.factories import BusinessUnitFactory, InvoiceFactory, PaymentFactory
from tests.rehearsal.world import build

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_all_units_of_the_company_go(simulator, mapped, quickly, run):
    build(simulator, mapped, 5)
    other = BusinessUnitFactory(code="lakeshore", quickbooks_company=mapped.quickbooks_company)
    invoice = InvoiceFactory(business_unit=other, number="LAKE-1", issued_on=date(2026, 5, 4))
    PaymentFactory(invoice=invoice, method="Cash", received_on=date(2026, 5, 6))
    status, found = run("--json")
    assert (status, found["units"]) == (1, ["riverside", "lakeshore"])
    only = [(each["kind"], each["number"], each["invoice"]) for each in found["only_in_rehearsal"]]
    assert only == [("Invoice", "LAKE-1", ""), ("Payment", "", "LAKE-1")]
    assert found["only_in_books"] == []


def test_a_setting_that_changed_there_since_stops_it_here_too(simulator, mapped, quickly, run):
    build(simulator, mapped, 5)
    book = Bookkeeper(simulator, mapped.quickbooks_company.realm_id)
    prefs = book.documents("Preferences")[0]
    book.edit("Preferences", prefs, SalesFormsPrefs={"CustomTxnNumbers": False})
    status, found = run("--json")
    assert (status, found["documents"]["rehearsed"]) == (1, {})
    assert found["left_out"] == {"Set-up not finished": 5}
    assert "QuickBooks assigns its own invoice numbers" in found["halted"][0]
