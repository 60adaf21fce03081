"""The whole room over real HTTP against the stand-in for Intuit."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from sync.management.commands.simulator import NOT_YET_STRICT
from sync.quickbooks import oauth
from sync.quickbooks.batches import BatchItem, compose, results
from sync.quickbooks.client import Client, OutcomeUnknown, QuickBooksFault, where_in
from sync.quickbooks.documents import (
    CustomerDocument,
    InvoiceDocument,
    LineDocument,
    PaymentDocument,
    check_customer,
    check_invoice,
    check_payment,
    customer_body,
    dump,
    has_marker,
    invoice_body,
    marker_of,
    payment_body,
)
from sync.quickbooks.faults import Outcome, fault_of
from sync.quickbooks.links import deep_link
from sync.simulator.server import Simulator


@pytest.fixture(scope="module")
def simulator():
    with Simulator(switches=NOT_YET_STRICT) as running:
        yield running


@pytest.fixture
def company(simulator, settings):
    """A company of this test's own, and the settings that lead to it."""
    simulator.clear_faults()
    settings.QUICKBOOKS_ENVIRONMENT = "simulator"
    settings.QUICKBOOKS_API_URL = simulator.api_url
    settings.QUICKBOOKS_DISCOVERY_URL = simulator.discovery_url
    settings.QUICKBOOKS_CLIENT_ID = simulator.client_id
    settings.QUICKBOOKS_CLIENT_SECRET = simulator.client_secret
    settings.QUICKBOOKS_SEND_DEADLINE = 30.0
    realm_id = simulator.create_company()
    with Client(realm_id, simulator.grant(realm_id)["access_token"]) as client:
        yield client


def new_marker() -> str:
    return marker_of("RIV", "1", uuid4())


def request_id() -> str:
    return str(uuid4())


def new_customer(company, name: str = "Zoë O'Neil") -> tuple[CustomerDocument, dict]:
    doc = CustomerDocument(
        display_name=name,
        marker=new_marker(),
        email="zoe@oneil.example",
        phone="555-0100",
        line1="1 Oak Lane",
        city="Riverside",
        region="CA",
        postal_code="92501",
    )
    answer = company.send("Customer", dump(customer_body(doc)), request_id())
    assert fault_of(answer) is None
    return doc, answer.data["Customer"]


def an_invoice(company, customer_id: str, number: str = "RIV-1042") -> InvoiceDocument:
    item = next(company.select("Item", "Type = 'Service'"))
    line = LineDocument(
        item["Id"], "House cleaning", Decimal(2), Decimal("75.00"), Decimal("150.00"), "NON"
    )
    return InvoiceDocument(
        number=number,
        customer_id=customer_id,
        issued_on=date(2026, 3, 28),
        due_on=date(2026, 4, 27),
        lines=(line,),
        tax_total=Decimal("0.00"),
        total=Decimal("150.00"),
        marker=new_marker(),
    )


def a_payment(customer_id: str, invoice_id: str, amount: str) -> PaymentDocument:
    return PaymentDocument(
        customer_id=customer_id,
        amount=Decimal(amount),
        applied=Decimal(amount),
        invoice_id=invoice_id,
        received_on=date(2026, 3, 29),
        marker=new_marker(),
    )


def put(company, entity: str, body: dict) -> dict:
    answer = company.send(entity, dump(body), request_id())
    assert fault_of(answer) is None
    return answer.data[entity]


def test_handshake_from_consent_to_revocation(company, simulator):
    back = urlsplit(simulator.approve(oauth.authorize_url("the-state"), company.company_id))
    said = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert (said["state"], said["realmId"]) == ("the-state", company.company_id)

    first = oauth.exchange(said["code"])
    assert first.access_expires_in == 3600
    assert first.hard_expires_in > first.refresh_expires_in > 0
    with pytest.raises(oauth.OAuthRefused) as reused:
        oauth.exchange(said["code"])
    assert reused.value.error == "invalid_grant"

    second = oauth.refresh(first.refresh_token)
    assert second.access_token != first.access_token
    with Client(said["realmId"], second.access_token) as client:
        assert client.company_info()["CompanyName"]
        assert "SalesFormsPrefs" in client.preferences()

    oauth.revoke(second.refresh_token)
    with pytest.raises(oauth.OAuthRefused) as revoked:
        oauth.refresh(second.refresh_token)
    assert revoked.value.error == "invalid_grant"
    with (
        Client(said["realmId"], second.access_token) as client,
        pytest.raises(QuickBooksFault) as refused,
    ):
        client.company_info()
    assert refused.value.fault.outcome is Outcome.REAUTHORIZE


def test_customer_invoice_and_three_payments_read_back_as_sent(company):
    customer_doc, customer = new_customer(company)
    assert check_customer(customer_doc, customer) == []
    assert has_marker(customer, customer_doc.marker)

    invoice_doc = an_invoice(company, customer["Id"])
    invoice = put(company, "Invoice", invoice_body(invoice_doc))
    assert check_invoice(invoice_doc, invoice) == []
    assert has_marker(invoice, invoice_doc.marker)

    payments = [a_payment(customer["Id"], invoice["Id"], amount) for amount in ("70", "30", "50")]
    items = [
        BatchItem(f"p{n}", "create", "Payment", payment_body(doc)) for n, doc in enumerate(payments)
    ]
    made = results(company.send_batch(compose(items), request_id()))
    assert {bid: result.fault for bid, result in made.items()} == {
        "p0": None,
        "p1": None,
        "p2": None,
    }
    for n, doc in enumerate(payments):
        assert check_payment(doc, made[f"p{n}"].entity) == []

    after = company.read("Invoice", invoice["Id"])
    assert (after["TotalAmt"], after["Balance"]) == (Decimal("150.00"), Decimal(0))
    assert {link["TxnId"] for link in after["LinkedTxn"]} == {
        result.entity["Id"] for result in made.values()
    }


def test_overpayment_leaves_the_rest_unapplied(company):
    _, customer = new_customer(company)
    invoice = put(company, "Invoice", invoice_body(an_invoice(company, customer["Id"])))
    doc = replace(a_payment(customer["Id"], invoice["Id"], "170.55"), applied=Decimal("150.00"))
    payment = put(company, "Payment", payment_body(doc))
    assert check_payment(doc, payment) == []
    assert payment["UnappliedAmt"] == Decimal("20.55")


def test_each_document_is_found_by_its_awkward_name_or_number(company):
    name = "Zoë O'Neil & Sons \\ Co"
    _, customer = new_customer(company, name)
    invoice = put(company, "Invoice", invoice_body(an_invoice(company, customer["Id"])))
    found = company.query(f"SELECT * FROM Customer WHERE {where_in('DisplayName', ['x', name])}")
    assert [row["Id"] for row in found["Customer"]] == [customer["Id"]]
    rows = list(company.select("Invoice", where_in("DocNumber", ["RIV-1042", "none'"])))
    assert [row["Id"] for row in rows] == [invoice["Id"]]
    assert company.count("Invoice", where_in("DocNumber", ["RIV-1042"])) == 1
    assert company.count("Invoice", where_in("DocNumber", ["absent"])) == 0


def test_lost_answer_is_unknown_and_the_same_request_makes_no_second_document(company, simulator):
    _, customer = new_customer(company)
    body, same = dump(invoice_body(an_invoice(company, customer["Id"]))), request_id()
    simulator.fault("lose", match={"realm_id": company.company_id, "endpoint": "invoice"})
    with pytest.raises(OutcomeUnknown):
        company.send("Invoice", body, same)
    assert company.count("Invoice", where_in("DocNumber", ["RIV-1042"])) == 1
    answer = company.send("Invoice", body, same)
    assert fault_of(answer) is None
    assert company.count("Invoice", where_in("DocNumber", ["RIV-1042"])) == 1


def test_taken_number_and_taken_name_are_duplicates(company):
    _, customer = new_customer(company)
    put(company, "Invoice", invoice_body(an_invoice(company, customer["Id"])))
    again = dump(invoice_body(an_invoice(company, customer["Id"])))
    fault = fault_of(company.send("Invoice", again, request_id()))
    assert (fault.outcome, fault.code, fault.unlisted) == (Outcome.DUPLICATE, "6140", False)
    twin = dump(customer_body(CustomerDocument("Zoë O'Neil", new_marker())))
    fault = fault_of(company.send("Customer", twin, request_id()))
    assert (fault.outcome, fault.code, fault.unlisted) == (Outcome.DUPLICATE, "6240", False)


def test_expired_token_asks_for_a_fresh_one(company, simulator):
    simulator.expire_tokens(company.company_id)
    with pytest.raises(QuickBooksFault) as refused:
        company.company_info()
    assert refused.value.fault.outcome is Outcome.REAUTHORIZE
    assert refused.value.fault.code == "3200"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_error_of_a_write_is_unknown(company, simulator, status):
    match = {"realm_id": company.company_id, "endpoint": "batch"}
    simulator.fault("status", match=match, status=status)
    answer = company.send_batch(
        compose([BatchItem("1", "create", "Customer", {"DisplayName": "A"})]), request_id()
    )
    assert (answer.status, fault_of(answer).outcome) == (status, Outcome.UNKNOWN)


def test_deleted_and_voided_documents_are_seen_as_such(company):
    began = datetime.now(UTC) - timedelta(minutes=1)
    _, customer = new_customer(company)
    kept = put(company, "Invoice", invoice_body(an_invoice(company, customer["Id"], "A-1")))
    gone = put(company, "Invoice", invoice_body(an_invoice(company, customer["Id"], "A-2")))
    paid = put(company, "Payment", payment_body(a_payment(customer["Id"], kept["Id"], "50")))

    def end(entity: str, document: dict, operation: str) -> dict:
        body = dump({"Id": document["Id"], "SyncToken": document["SyncToken"], "sparse": True})
        answer = company.send(entity, body, request_id(), operation)
        assert fault_of(answer) is None
        return answer.data[entity]

    assert end("Invoice", gone, "delete")["status"] == "Deleted"
    assert end("Payment", paid, "void")["TotalAmt"] == 0
    kept = company.read("Invoice", kept["Id"])
    assert kept["Balance"] == Decimal("150.00")
    assert end("Invoice", kept, "void")["TotalAmt"] == 0

    changed = company.changes(["Invoice", "Customer"], began)
    deleted = [row["Id"] for row in changed["Invoice"] if row.get("status") == "Deleted"]
    assert deleted == [gone["Id"]]
    assert customer["Id"] in {row["Id"] for row in changed["Customer"]}


def test_link_opens_the_document(company):
    _, customer = new_customer(company)
    link = deep_link(company.company_id, "Customer", customer["Id"])
    with urllib.request.urlopen(link, timeout=10) as page:
        assert page.status == 200
        assert "Zo" in page.read().decode()
