"""Simulators over real HTTP, and a bare client that hides nothing of what they answer."""

from decimal import Decimal

import pytest
import requests

from sync.simulator import wire
from sync.simulator.server import Simulator


class Api:
    """One app's access to one simulated company."""

    def __init__(self, simulator, realm_id=None):
        self.simulator = simulator
        self.tokens = simulator.grant(realm_id)
        self.realm_id = self.tokens["realm_id"]
        self.session = requests.Session()
        self.headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept": "application/json",
        }

    def url(self, path):
        return f"{self.simulator.api_url}/company/{self.realm_id}/{path}"

    def get(self, path, **params):
        params = {"minorversion": 75, **params}
        return self.session.get(self.url(path), params=params, headers=self.headers, timeout=30)

    def post(self, path, body, *, content_type="application/json", **params):
        data = body if isinstance(body, str | bytes) else wire.to_json(body).encode()
        return self.session.post(
            self.url(path),
            params={"minorversion": 75, **params},
            data=data,
            headers={**self.headers, "Content-Type": content_type},
            timeout=30,
        )

    def query(self, text):
        answer = self.post("query", text, content_type="application/text")
        return wire.parse_json(answer.content)["QueryResponse"]

    def create(self, entity, **fields):
        answer = self.post(entity.lower(), fields)
        assert answer.status_code == 200, answer.text
        return wire.parse_json(answer.content)[entity]

    def customer(self, name="Ada Archer"):
        return self.create("Customer", DisplayName=name)

    def invoice(self, customer, amount="150.00", **fields):
        return self.create("Invoice", **self.invoice_body(customer, amount), **fields)

    def invoice_body(self, customer, amount="150.00"):
        item = self.query("SELECT * FROM Item WHERE Type = 'Service' MAXRESULTS 1")["Item"][0]
        line = {
            "Amount": Decimal(amount),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}},
        }
        return {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}

    def payment_body(self, customer, invoice, amount):
        linked = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
        return {
            "CustomerRef": {"value": customer["Id"]},
            "TotalAmt": Decimal(amount),
            "Line": [{"Amount": Decimal(amount), "LinkedTxn": [linked]}],
        }

    def payment(self, customer, invoice, amount):
        return self.create("Payment", **self.payment_body(customer, invoice, amount))

    def close(self):
        self.session.close()


@pytest.fixture(scope="session")
def shared_simulator():
    """One simulator for all tests that change nothing beyond companies of their own."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator):
    """The shared simulator; faults on demand that a test leaves behind are dropped."""
    yield shared_simulator
    shared_simulator.clear_faults()


@pytest.fixture
def own_simulator():
    """A simulator of this test alone, whose clock, switches, limits and journal it may change."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def api(simulator):
    """Access to a new company of this test's simulator."""
    access = Api(simulator, simulator.create_company())
    yield access
    access.close()
