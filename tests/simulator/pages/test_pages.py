"""The pages that a person sees: the consent page and the look around the books."""

import pytest
import requests


def page(simulator, path):
    answer = requests.get(f"{simulator.url}{path}", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    return answer.text


def paid_example(api):
    customer = api.customer("O'Brien & Søns <Hauling>")
    invoice = api.invoice(customer, "150.00", DocNumber="DEMO-1", PrivateNote="marker 17")
    payments = [api.payment(customer, invoice, amount) for amount in ("70.00", "30.00")]
    return customer, invoice, payments


def test_home_lists_every_company_with_what_it_holds(simulator):
    text = page(simulator, "/")
    for company in simulator._call("GET", "/_simulator/companies"):
        assert company["name"].replace("'", "&#39;").replace("&", "&amp;") in text or (
            company["name"] in text
        )
        assert f"/companies/{company['realm_id']}/invoices" in text


def test_invoices_show_balance_and_linked_payments(simulator, api):
    _, invoice, payments = paid_example(api)
    text = page(simulator, f"/companies/{api.realm_id}/invoices")
    row = text.split(f'id="invoice-{invoice["Id"]}"')[1].split("</tr>")[0]
    assert "DEMO-1" in row
    assert "150.00 USD" in row
    assert "50.00 USD" in row
    assert "Partly paid" in row
    assert "marker 17" in row
    for payment in payments:
        assert f"/companies/{api.realm_id}/Payment/{payment['Id']}" in row


def test_payments_show_what_they_pay(simulator, api):
    _, invoice, payments = paid_example(api)
    text = page(simulator, f"/companies/{api.realm_id}/payments")
    row = text.split(f'id="payment-{payments[0]["Id"]}"')[1].split("</tr>")[0]
    assert "70.00 USD" in row
    assert "0.00 USD" in row
    assert f"/companies/{api.realm_id}/Invoice/{invoice['Id']}" in row


def test_names_are_escaped(simulator, api):
    customer, _, _ = paid_example(api)
    text = page(simulator, f"/companies/{api.realm_id}/customers")
    assert "O&#39;Brien &amp; Søns &lt;Hauling&gt;" in text
    row = text.split(f'id="customer-{customer["Id"]}"')[1].split("</tr>")[0]
    assert "50.00 USD" in row


def test_document_shows_its_facts_lines_and_links(simulator, api):
    customer, invoice, payments = paid_example(api)
    text = page(simulator, f"/companies/{api.realm_id}/Invoice/{invoice['Id']}")
    assert "<dt>Number</dt><dd>DEMO-1</dd>" in text
    assert "<dt>Total</dt><dd>150.00 USD</dd>" in text
    assert "<dt>Open balance</dt><dd>50.00 USD</dd>" in text
    assert "<td>Subtotal</td>" in text
    for payment in payments:
        assert f'href="/companies/{api.realm_id}/Payment/{payment["Id"]}"' in text
    assert "&#34;TotalAmt&#34;: 150.00" in text
    paid = page(simulator, f"/companies/{api.realm_id}/Payment/{payments[0]['Id']}")
    assert "<dt>Unapplied</dt><dd>0.00 USD</dd>" in paid
    assert f'href="/companies/{api.realm_id}/Invoice/{invoice["Id"]}"' in paid
    named = page(simulator, f"/companies/{api.realm_id}/Customer/{customer['Id']}")
    assert "<dt>Open balance</dt><dd>50.00 USD</dd>" in named


@pytest.mark.parametrize(
    "entity",
    ["Account", "Item", "TaxCode", "Preferences", "CompanyInfo", "Deposit", "CreditMemo", "Term"],
)
def test_every_kind_of_document_has_a_page(simulator, api, entity):
    first = simulator.documents(api.realm_id, entity)[0]
    text = page(simulator, f"/companies/{api.realm_id}/{entity}/{first['Id']}")
    assert f"<h2>{entity} {first['Id']}</h2>" in text


def test_journal_shows_requests_and_faults_on_demand(simulator, api):
    simulator.fault("status", status=502)
    api.get("preferences", requestid="r-5")
    text = page(simulator, f"/journal?realm_id={api.realm_id}")
    assert f"GET /v3/company/{api.realm_id}/preferences" in text
    assert "requestid r-5" in text
    assert "502" in text
    assert "not carried out" in text


@pytest.mark.parametrize(
    "path", ["/companies/0/invoices", "/companies/{realm}/bills", "/companies/{realm}/Invoice/0"]
)
def test_what_is_not_there_is_404(own_simulator, path):
    realm_id = own_simulator.grant()["realm_id"]
    answer = requests.get(own_simulator.url + path.format(realm=realm_id), timeout=30)
    assert answer.status_code == 404


def test_long_lists_are_paged(simulator, api):
    items = [
        {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"Paged {n}"}}
        for n in range(30)
    ]
    for batch in range(4):
        for item in items:
            item["Customer"]["DisplayName"] += f"-{batch}"
        api.post("batch", {"BatchItemRequest": items})
    first = page(simulator, f"/companies/{api.realm_id}/customers")
    second = page(simulator, f"/companies/{api.realm_id}/customers?page=2")
    assert first.count("<tr id=") == 100
    assert "page 1 of 2" in first
    assert "page 2 of 2" in second
    assert page(simulator, f"/companies/{api.realm_id}/customers?page=99") == second
