"""Faults on demand: what the client sees, and what the ledger holds afterwards."""

import socket
import threading
from decimal import Decimal

import pytest
import requests

from sync.simulator import wire
from sync.simulator.server import SimulatorError
from sync.simulator.traffic.calls import Call
from sync.simulator.traffic.injection import Injector
from tests.simulator.conftest import Api


def names(simulator, api):
    return [
        customer["DisplayName"]
        for customer in simulator.documents(api.realm_id, "Customer")
        if customer["DisplayName"].startswith("Fault ")
    ]


def create(api, name="Fault 1", **params):
    return api.post("customer", {"DisplayName": name}, **params)


def last(simulator, api):
    entry = simulator.journal(api.realm_id)[-1]
    return entry["status"], entry["fault"], entry["carried_out"]


def test_refuse_does_nothing_and_answers_nothing(simulator, api):
    simulator.fault("refuse")
    with pytest.raises(requests.ConnectionError):
        create(api)
    assert names(simulator, api) == []
    assert last(simulator, api) == (None, "refuse", False)
    assert create(api).status_code == 200


def test_lose_does_it_and_answers_nothing(simulator, api):
    simulator.fault("lose")
    with pytest.raises(requests.ConnectionError):
        create(api)
    assert names(simulator, api) == ["Fault 1"]
    assert last(simulator, api) == (None, "lose", True)


def test_lose_sends_not_a_single_byte(simulator, api):
    simulator.fault("lose")
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as connection:
        body = b'{"DisplayName":"Fault 1"}'
        head = (
            f"POST /v3/company/{api.realm_id}/customer HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {api.headers['Authorization']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        try:
            received = connection.recv(1000)
        except ConnectionResetError:
            received = b""
    assert received == b""
    assert names(simulator, api) == ["Fault 1"]


def test_lost_answer_is_given_again_for_the_same_requestid(simulator, api):
    simulator.fault("lose")
    with pytest.raises(requests.ConnectionError):
        create(api, requestid="r-1")
    again = create(api, requestid="r-1")
    assert again.status_code == 200
    assert again.json()["Customer"]["DisplayName"] == "Fault 1"
    assert names(simulator, api) == ["Fault 1"]


def test_requestid_ignored_runs_the_repeat_again(simulator, api):
    customer = api.customer()
    body = api.invoice_body(customer)
    first = api.post("invoice", body, requestid="r-1").json()["Invoice"]["Id"]
    assert api.post("invoice", body, requestid="r-1").json()["Invoice"]["Id"] == first
    simulator.fault("requestid_ignored")
    assert api.post("invoice", body, requestid="r-1").json()["Invoice"]["Id"] != first


def test_cut_does_it_and_sends_half(simulator, api):
    simulator.fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        create(api)
    assert names(simulator, api) == ["Fault 1"]
    assert last(simulator, api) == (200, "cut", True)


def test_late_answer_is_of_a_request_done_at_once(simulator, api):
    simulator.fault("late", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            api.url("customer"), json={"DisplayName": "Fault 1"}, headers=api.headers, timeout=0.5
        )
    assert names(simulator, api) == ["Fault 1"]


def test_late_carries_it_out_although_the_client_has_gone(simulator, api):
    simulator.fault("late", do_after=1.0)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            api.url("customer"), json={"DisplayName": "Fault 1"}, headers=api.headers, timeout=0.2
        )
    assert await_entry(simulator, api) == (200, "late", True)
    assert names(simulator, api) == ["Fault 1"]


def await_entry(simulator, api):
    """Wait for the journal to show the request, which it does only when it is done."""
    pause = threading.Event()
    while not simulator.journal(api.realm_id):
        pause.wait(0.05)
    return last(simulator, api)


def test_nothing_is_left_undone_beyond_the_servers_limit(simulator):
    with pytest.raises(SimulatorError, match="beyond the server's own limit"):
        simulator.fault("late", do_after=121)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["Fault 1"])])
def test_status_is_html_before_or_after_doing(simulator, api, status, when, left):
    simulator.fault("status", status=status, when=when)
    answer = create(api)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")
    assert "intuit_tid" in answer.headers
    assert "QBO-Version" not in answer.headers
    assert names(simulator, api) == left
    assert last(simulator, api) == (status, "status", bool(left))


@pytest.mark.parametrize("form", ["xml", "json_upper", "json_lower", "empty"])
@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["Fault 1"])])
def test_throttle_before_or_after_doing(simulator, api, form, when, left):
    simulator.fault("throttle", form=form, when=when)
    assert create(api).status_code == 429
    assert names(simulator, api) == left


def test_throttle_may_carry_a_retry_after(simulator, api):
    simulator.fault("throttle", retry_after=7)
    assert create(api).headers["Retry-After"] == "7"
    simulator.fault("throttle")
    assert "Retry-After" not in create(api).headers


@pytest.mark.parametrize("status", [200, 400])
def test_fault_of_any_code_can_be_had(simulator, api, status):
    simulator.fault("fault", status=status, code="6190", message="Invalid Company Status")
    answer = create(api)
    (error,) = answer.json()["Fault"]["Error"]
    assert answer.status_code == status
    assert (error["code"], error["Message"]) == ("6190", "Invalid Company Status")
    assert names(simulator, api) == []


def test_batch_of_queries_alone_is_no_write(simulator, api):
    simulator.fault("status", match={"write": True})
    query = {"bId": "1", "Query": "SELECT * FROM Term MAXRESULTS 1"}
    assert api.post("batch", {"BatchItemRequest": [query]}).status_code == 200
    made = {"bId": "2", "operation": "create", "Customer": {"DisplayName": "Fault 1"}}
    assert api.post("batch", {"BatchItemRequest": [query, made]}).status_code == 503


def test_match_looks_into_a_batch(simulator, api):
    simulator.fault("status", match={"entity": "Customer", "operation": "create"})
    query = {"bId": "1", "Query": "SELECT * FROM Term MAXRESULTS 1"}
    made = {"bId": "2", "operation": "create", "Customer": {"DisplayName": "Fault 1"}}
    assert api.post("batch", {"BatchItemRequest": [query]}).status_code == 200
    assert api.post("batch", {"BatchItemRequest": [query, made]}).status_code == 503


def test_item_fails_alone_and_the_rest_of_the_batch_goes_on(simulator, api):
    simulator.fault("item", index=1)
    items = [
        {"bId": f"b{n}", "operation": "create", "Customer": {"DisplayName": f"Fault {n}"}}
        for n in range(3)
    ]
    answer = api.post("batch", {"BatchItemRequest": items})
    assert answer.status_code == 200
    faulty = {item["bId"]: "Fault" in item for item in answer.json()["BatchItemResponse"]}
    assert faulty == {"b0": False, "b1": True, "b2": False}
    assert names(simulator, api) == ["Fault 0", "Fault 2"]


def test_item_passes_by_what_is_no_batch(simulator, api):
    simulator.fault("item", index=0)
    assert create(api).status_code == 200
    assert simulator._call("GET", "/_simulator/faults")[0]["times"] == 1


def test_expire_token_ends_it_in_mid_run(simulator, api):
    simulator.fault("expire_token", after=1)
    assert create(api, "Fault 1").status_code == 200
    assert create(api, "Fault 2").status_code == 401
    assert create(api, "Fault 3").status_code == 401
    assert names(simulator, api) == ["Fault 1"]


def test_times_and_after_count_only_what_matches(simulator, api):
    simulator.fault("status", times=2, after=1, match={"endpoint": "customer", "write": True})
    answers = [create(api, "Fault 0").status_code, api.get("preferences").status_code]
    answers += [create(api, f"Fault {n}").status_code for n in (1, 2, 3)]
    assert answers == [200, 200, 503, 503, 200]
    assert names(simulator, api) == ["Fault 0", "Fault 3"]


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"endpoint": "invoice"}, False),
        ({"realm_id": "nowhere"}, False),
        ({"entity": "Customer"}, True),
        ({"entity": "Invoice"}, False),
        ({"entity": "Customer", "operation": "create"}, True),
        ({"operation": "update"}, False),
        ({"contains": "Fault 1"}, True),
        ({"contains": "Fault 2"}, False),
        ({"kind": "oauth"}, False),
    ],
)
def test_match_picks_the_request(simulator, api, match, hit):
    simulator.fault("status", match=match)
    assert (create(api).status_code == 503) is hit


def test_clear_drops_what_waits(simulator, api):
    simulator.fault("refuse", times=100)
    simulator.storm(1, {"refuse": 1.0})
    simulator.clear_faults()
    assert create(api).status_code == 200


@pytest.mark.parametrize(
    ("specification", "problem"),
    [
        ({"kind": "explode"}, "kind is one of"),
        ({"kind": "lose", "seconds": 1}, "lose has no seconds"),
        ({"kind": "lose", "match": {"colour": "red"}}, "lose has no colour"),
        ({"kind": "status", "status": 418}, "status is one of"),
        ({"kind": "status", "when": "never"}, "when is one of"),
        ({"kind": "throttle", "form": "csv"}, "form is one of"),
        ({"kind": "late", "seconds": "soon"}, "a length of time"),
        ({"kind": "late", "seconds": -1}, "a length of time"),
        ({"kind": "late", "do_after": float("inf")}, "a length of time"),
        ({"kind": "throttle", "retry_after": "soon"}, "a length of time"),
        ({"kind": "item", "index": "first"}, "a length of time"),
        ({"kind": "lose", "times": 0}, "times is a whole number"),
        ({"kind": "lose", "after": -1}, "after is a whole number"),
    ],
)
def test_fault_that_makes_no_sense_is_refused(specification, problem):
    injector = Injector(120)
    with pytest.raises(ValueError, match=problem):
        injector.arm(specification)
    assert injector.waiting() == []


@pytest.mark.parametrize(
    ("specification", "problem"),
    [
        ({"seed": 1, "rates": {"lose": 0.6, "cut": 0.6}}, "rates of a storm"),
        ({"seed": 1, "rates": {"lose": -0.1}}, "rates of a storm"),
        ({"seed": 1, "rates": {"explode": 0.1}}, "kind is one of"),
        ({"seed": 1, "rates": {}, "colour": "red"}, "a storm has no colour"),
    ],
)
def test_storm_that_makes_no_sense_is_refused(specification, problem):
    with pytest.raises(ValueError, match=problem):
        Injector(120).storm(specification)


RATES = {"lose": 0.2, "status": 0.2, "throttle": 0.2, "late": 0.1, "item": 0.1}


def a_call(endpoint="batch", kind="api"):
    return Call(kind, endpoint, "POST", "/", {}, {}, b"", 0.0, "1-0-0", "1")


def drawn(seed, calls=200, **storm):
    injector = Injector(120)
    injector.storm({"seed": seed, "rates": RATES, **storm})
    return [fault and fault.as_dict() for fault in map(injector.choose, [a_call()] * calls)]


def test_storm_is_the_same_again_from_the_same_seed():
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    kinds = {fault["kind"] for fault in drawn(7) if fault}
    assert kinds == set(RATES)
    forms = {fault["form"] for fault in drawn(7) if fault and fault["kind"] == "throttle"}
    assert forms == {"xml", "json_upper", "json_lower", "empty"}


def test_storm_draws_nothing_for_requests_it_is_not_meant_for():
    injector = Injector(120)
    injector.storm({"seed": 7, "rates": RATES, "match": {"endpoint": "batch"}})
    among_others = []
    for _ in range(50):
        assert injector.choose(a_call("query")) is None
        assert injector.choose(a_call(kind="oauth")) is None
        fault = injector.choose(a_call())
        among_others.append(fault and {**fault.as_dict(), "match": {}})
    assert among_others == drawn(7, 50)


def test_storm_options_hold_for_each_kind():
    faults = drawn(7, options={"status": {"status": 504, "when": "after"}})
    assert {(f["status"], f["when"]) for f in faults if f and f["kind"] == "status"} == {
        (504, "after")
    }


def test_storm_over_http_leaves_exactly_what_the_journal_says_was_done(simulator, api):
    simulator.storm(3, {"refuse": 0.2, "lose": 0.2, "status": 0.2, "cut": 0.2})
    for number in range(40):
        try:
            create(api, f"Fault {number}")
        except requests.RequestException:
            continue
    simulator.clear_faults()
    done = [
        wire.parse_json(entry["body"])["DisplayName"]
        for entry in simulator.journal(api.realm_id)
        if entry["carried_out"]
    ]
    assert sorted(names(simulator, api)) == sorted(done)
    assert 0 < len(done) < 40


def test_latency_is_added_per_call_item_and_sign_in(own_simulator):
    wanted = {"latency_ms": 20, "item_latency_ms": 10, "sign_in_latency_ms": 30}
    assert own_simulator.post("latency", **wanted) == {
        "latency_ms": Decimal("20.0"),
        "item_latency_ms": Decimal("10.0"),
        "sign_in_latency_ms": Decimal("30.0"),
        "server_limit_seconds": Decimal("120.0"),
    }
    api = Api(own_simulator)
    assert api.get("preferences").elapsed.total_seconds() >= 0.02
    items = [{"bId": str(n), "Query": "SELECT * FROM Term MAXRESULTS 1"} for n in range(5)]
    answer = api.post("batch", {"BatchItemRequest": items})
    api.close()
    assert answer.elapsed.total_seconds() >= 0.07
    found = requests.get(own_simulator.discovery_url, timeout=10)
    assert found.elapsed.total_seconds() >= 0.03
