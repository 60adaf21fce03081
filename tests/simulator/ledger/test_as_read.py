"""A company set up like another: the same ids, exact amounts, and documents entered on them."""

from decimal import Decimal

import pytest

from sync.simulator.server import SimulatorError
from sync.simulator.wire import to_json
from tests.simulator.conftest import Api

LISTS = ("CompanyInfo", "Preferences", "Account", "Item", "TaxCode", "TaxRate", "Customer")


def post(simulator, handle, **given):
    return simulator._call("POST", f"/_simulator/{handle}", to_json(given).encode())


def like(simulator, variant):
    """A bare company with the lists of a new one of that kind; return both realms."""
    other = simulator.create_company(variant=variant)
    given = {"name": "Like it", "country": "US", "currency": "USD"}
    realm = post(simulator, "bare", **given)["realm_id"]
    for entity in LISTS:
        rows = simulator.documents(other, entity)
        assert post(simulator, "load", realm_id=realm, entity=entity, rows=rows) == {
            "placed": len(rows)
        }
    return other, realm


def test_it_has_the_lists_as_they_were_read_and_takes_documents(simulator):
    other, realm = like(simulator, "us_ast")
    for entity in LISTS:
        assert simulator.documents(realm, entity) == simulator.documents(other, entity)
    api = Api(simulator, realm)
    made = api.create("Customer", DisplayName="Somebody new")
    assert int(made["Id"]) > max(int(each["Id"]) for each in simulator.documents(other, "Customer"))
    assert api.invoice(made)["TotalAmt"] == Decimal("162.00")  # 8 % at home


def test_automatic_tax_goes_by_the_state_that_a_code_was_charged_in(simulator):
    _, realm = like(simulator, "us_ast")
    api = Api(simulator, realm)
    customer = api.create("Customer", DisplayName="In Texas")
    line = api.invoice_body(customer, "100.00")["Line"][0]
    detail = line["SalesItemLineDetail"] | {"TaxCodeRef": {"value": "TAX"}}
    body = {
        "CustomerRef": {"value": customer["Id"]}, "ShipAddr": {"CountrySubDivisionCode": "TX"},
        "Line": [line | {"SalesItemLineDetail": detail}],
    }  # fmt: skip
    assert api.create("Invoice", **body)["TxnTaxDetail"]["TotalTax"] == Decimal("8.00")  # at home
    post(simulator, "places", realm_id=realm, codes={"3": "TX"})
    assert api.create("Invoice", **body)["TxnTaxDetail"]["TotalTax"] == Decimal("9.10")


def test_no_other_company_is_touched_and_no_document_is_placed(simulator):
    other, realm = like(simulator, "us")
    before = simulator.documents(other, "Account")
    for given, words in (
        ({"realm_id": other, "entity": "Account", "rows": [{"Id": "1"}]}, "no company that was"),
        ({"realm_id": realm, "entity": "Invoice", "rows": [{"Id": "1"}]}, "no list that can be"),
        ({"realm_id": realm, "entity": "Account", "rows": [{}]}, "an Account without|without an"),
        ({"realm_id": realm, "entity": "Account"}, "rows is missing"),
    ):
        with pytest.raises(SimulatorError, match=words):
            post(simulator, "load", **given)
    with pytest.raises(SimulatorError, match="there is no tax code 99"):
        post(simulator, "places", realm_id=realm, codes={"99": "TX"})
    assert simulator.documents(other, "Account") == before
