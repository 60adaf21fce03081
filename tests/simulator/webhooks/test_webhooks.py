"""Webhooks: both formats, the signature, retries on the simulated clock."""

import base64
import hashlib
import hmac
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from quickbooks import QuickBooks

from sync.simulator.server import Simulator, SimulatorError
from tests.simulator.conftest import Api

PATIENCE = 30


class Receiver:
    """An app's webhook address: keeps what came, answers as it is told."""

    def __init__(self):
        self.received = queue.Queue()
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.put((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks?app=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def next(self):
        return self.received.get(timeout=PATIENCE)

    def next_body(self):
        return json.loads(self.next()[2])

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def simulator(own_simulator):
    """Webhooks have one target for all companies, so each test has a simulator of its own."""
    return own_simulator


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def waiting(simulator):
    return simulator._call("GET", "/_simulator/webhooks")


def settled(simulator, attempts):
    """Wait until the simulator has taken note of so many attempts (None: of an answer)."""
    pause = threading.Event()
    while True:
        rows = waiting(simulator)
        if [row["attempts"] for row in rows] == ([] if attempts is None else [attempts]):
            return rows
        pause.wait(0.02)


def test_cloudevents_tell_what_changed(simulator, api, receiver):
    simulator.webhooks(url=receiver.url)
    customer = api.customer()
    path, headers, body = receiver.next()
    (event,) = json.loads(body)
    assert path == "/hooks?app=1"
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert len(event.pop("id")) == 36
    assert event.pop("source").startswith("intuit.")
    assert event.pop("time").endswith("Z")
    assert event == {
        "specversion": "1.0",
        "type": "qbo.customer.created.v1",
        "datacontenttype": "application/json",
        "intuitentityid": customer["Id"],
        "intuitaccountid": api.realm_id,
        "data": {},
    }


def test_content_type_by_switch_and_format(own_simulator, receiver):
    api = Api(own_simulator)
    own_simulator.webhooks(url=receiver.url)
    for how, said in (
        ("json", "application/json"),
        ("cloudevents", "application/cloudevents+json"),
    ):
        own_simulator.switch(webhook_content_type=how)
        api.customer(f"Customer {how}")
        assert receiver.next()[1]["Content-Type"] == said
    own_simulator.webhooks(format="legacy")
    api.customer("Customer of old")
    assert receiver.next()[1]["Content-Type"] == "application/json"
    api.close()


def test_legacy_format_tells_the_same_by_realm(simulator, api, receiver):
    simulator.webhooks(url=receiver.url, format="legacy")
    customer = api.customer()
    body = receiver.next_body()
    entities = body["eventNotifications"][0]["dataChangeEvent"]["entities"]
    assert entities[0].pop("lastUpdated").endswith("Z")
    assert body == {
        "eventNotifications": [
            {
                "realmId": api.realm_id,
                "dataChangeEvent": {
                    "entities": [{"name": "Customer", "id": customer["Id"], "operation": "Create"}]
                },
            }
        ]
    }


def test_signature_is_that_of_the_raw_body(simulator, api, receiver):
    simulator.webhooks(url=receiver.url, verifier_token="a token")
    api.customer()
    _, headers, body = receiver.next()
    digest = hmac.new(b"a token", body, hashlib.sha256).digest()
    assert headers["intuit-signature"] == base64.b64encode(digest).decode()
    quickbooks = QuickBooks(minorversion=75, verifier_token="a token")
    assert quickbooks.validate_webhook_signature(body.decode(), headers["intuit-signature"])


def test_update_void_and_delete_are_told(simulator, api, receiver):
    customer = api.customer()
    invoice = api.invoice(customer)
    other = api.invoice(customer)
    simulator.webhooks(url=receiver.url)
    note = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "seen"}
    assert api.post("invoice", note).status_code == 200
    assert types_of(receiver.next_body(), invoice) == ["qbo.invoice.updated.v1"]
    api.post("invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="void")
    assert types_of(receiver.next_body(), invoice) == ["qbo.invoice.voided.v1"]
    api.post("invoice", {"Id": other["Id"], "SyncToken": "0"}, operation="delete")
    assert types_of(receiver.next_body(), other) == ["qbo.invoice.deleted.v1"]


def types_of(events, document):
    return [event["type"] for event in events if event["intuitentityid"] == document["Id"]]


def test_refused_request_is_not_told(simulator, api, receiver):
    api.customer("Taken")
    simulator.webhooks(url=receiver.url)
    assert api.post("customer", {"DisplayName": "Taken"}).status_code == 400
    told = api.customer("Free")
    assert [event["intuitentityid"] for event in receiver.next_body()] == [told["Id"]]


def test_one_batch_makes_one_notification(simulator, api, receiver):
    simulator.webhooks(url=receiver.url)
    items = [
        {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"Many {n}"}}
        for n in range(5)
    ]
    api.post("batch", {"BatchItemRequest": items})
    assert len(receiver.next_body()) == 5


def test_notification_is_sent_again_as_documented_until_acknowledged(simulator, api, receiver):
    simulator.run_clock_at(0)
    receiver.status = 500
    simulator.webhooks(url=receiver.url)
    api.customer()
    first = receiver.next()[2]
    waits = [10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600]
    for attempt, wait in enumerate(waits, start=1):
        settled(simulator, attempt)
        simulator.advance(wait - 1)
        assert receiver.received.empty()
        simulator.advance(1)
        assert receiver.next()[2] == first
    receiver.status = 200
    settled(simulator, len(waits) + 1)
    simulator.advance(21600)
    assert receiver.next()[2] == first
    settled(simulator, None)


def test_later_notifications_are_held_back_where_asked(simulator, api, receiver):
    simulator.run_clock_at(0)
    receiver.status = 500
    simulator.webhooks(url=receiver.url, hold=True)
    first = api.customer("First")
    receiver.next()
    settled(simulator, 1)
    second = api.customer("Second")
    receiver.status = 200
    simulator.advance(10)
    assert [receiver.next_body()[0]["intuitentityid"] for _ in range(2)] == [
        first["Id"],
        second["Id"],
    ]


def test_notifications_may_be_reversed_and_repeated(simulator, api, receiver):
    simulator.webhooks(url=receiver.url, order="reversed", repeat=2)
    items = [
        {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"Many {n}"}}
        for n in range(3)
    ]
    answer = api.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]
    made = [item["Customer"]["Id"] for item in answer]
    first, second = receiver.next_body(), receiver.next_body()
    assert first == second
    assert [event["intuitentityid"] for event in first] == made[::-1]


def test_notification_survives_a_restart(tmp_path, receiver):
    with Simulator(tmp_path / "state.sqlite3") as simulator:
        tokens = simulator.grant()
        receiver.status = 500
        simulator.webhooks(url=receiver.url)
        simulator.run_clock_at(0)
        create_customer(simulator, tokens)
        first = receiver.next()[2]
        settled(simulator, 1)
        receiver.status = 200
        simulator.stop()
        simulator.start()
        simulator.advance(10)
        assert receiver.next()[2] == first


def create_customer(simulator, tokens):
    client = QuickBooks(minorversion=75, company_id=tokens["realm_id"])
    client.api_url_v3 = simulator.api_url
    client.session = BearerSession(tokens["access_token"])
    client.create_object("Customer", json.dumps({"DisplayName": "Restart"}))


class BearerSession:
    """What python-quickbooks needs of a session, with a token that is at hand."""

    def __init__(self, access_token):
        self.access_token = access_token

    def request(self, *args, **kwargs):
        import requests

        return requests.request(*args, timeout=30, **kwargs)


@pytest.mark.parametrize(
    "target",
    [
        {"url": "http://example.com/hooks"},
        {"url": "http://10.0.0.1/hooks"},
        {"url": "https://127.0.0.1/hooks"},
        {"url": "http://127.0.0.1:99999/hooks"},
        {"url": "http://[::1/hooks"},
        {"url": 5},
        {"format": "xml"},
        {"order": "random"},
        {"repeat": 0},
        {"colour": "red"},
    ],
)
def test_target_that_makes_no_sense_is_refused(simulator, target):
    with pytest.raises(SimulatorError, match="answered 400"):
        simulator.webhooks(**target)
