"""Starting, stopping and killing; the journal; the simulator's own handles."""

import itertools
import json
import threading
from decimal import Decimal

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.simulator.server import Simulator, SimulatorError
from tests.simulator.conftest import Api


def test_first_start_offers_at_least_three_companies(simulator):
    companies = simulator._call("GET", "/_simulator/companies")
    assert companies[0]["name"] == "Riverside LLC"
    assert companies[0]["variant"] == "us"
    assert len({company["realm_id"] for company in companies}) >= 3


def test_every_answer_carries_an_intuit_tid_of_its_own(simulator, api):
    good, bad = api.get("preferences"), api.get("invoice/999999")
    assert (good.status_code, bad.status_code) == (200, 400)
    assert good.headers["intuit_tid"] != bad.headers["intuit_tid"]
    assert {"qbo-version", "service-time"} <= set(good.headers)
    assert not {"qbo-version", "service-time", "cache-control"} & set(bad.headers)
    assert good.headers["Content-Type"] == "application/json;charset=utf-8"
    assert bad.headers["Content-Type"] == "application/json"
    tids = [entry["intuit_tid"] for entry in simulator.journal(api.realm_id)]
    assert tids == [good.headers["intuit_tid"], bad.headers["intuit_tid"]]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_off(simulator, api, method):
    answer = requests.request(method, api.url("preferences"), headers=api.headers, timeout=30)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_grant_for_an_unknown_company_creates_it(simulator):
    granted = simulator.grant("424242")
    assert granted["client_id"] == "simulator-client"
    assert granted["client_secret"] == "simulator-secret"
    assert granted["realm_id"] == "424242"
    api = Api(simulator, "424242")
    assert api.query("SELECT count(*) FROM Customer")["totalCount"] > 0
    api.close()


def test_grant_without_a_company_is_for_the_sample_company(own_simulator):
    first = own_simulator._call("GET", "/_simulator/companies")[0]["realm_id"]
    assert own_simulator.grant()["realm_id"] == first


def test_companies_keep_their_books_apart(simulator, api):
    other = Api(simulator, simulator.create_company())
    customer = api.customer("Only Here")
    assert (
        other.get(f"customer/{customer['Id']}").json()
        != api.get(f"customer/{customer['Id']}").json()
    )
    assert "Customer" not in other.query("SELECT * FROM Customer WHERE DisplayName = 'Only Here'")
    other.close()


def test_journal_tells_each_request(simulator, api):
    api.customer("Ada Archer")
    api.query("SELECT * FROM Customer")
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "B1"}},
        {"bId": "2", "operation": "create", "Customer": {"DisplayName": "B2"}},
        {"bId": "3", "Query": "SELECT * FROM Term"},
    ]
    api.post("batch", {"BatchItemRequest": items}, requestid="r-9")
    created, queried, batched = simulator.journal(api.realm_id)
    assert created["method"] == "POST"
    assert created["path"] == f"/v3/company/{api.realm_id}/customer"
    assert created["kind"] == "api"
    assert created["status"] == 200
    assert created["counts"] == {"Customer": {"create": 1}}
    assert json.loads(created["body"]) == {"DisplayName": "Ada Archer"}
    assert queried["counts"] == {"Customer": {"query": 1}}
    assert batched["counts"] == {"Customer": {"create": 2}, "Query": {"query": 1}}
    assert batched["params"] == {"minorversion": "75", "requestid": "r-9"}


def test_journal_is_filtered_and_cleared(own_simulator):
    first, second = Api(own_simulator, "76"), Api(own_simulator, "77")
    for access in (first, second, first):
        access.get("preferences")
    first.close()
    second.close()
    assert [entry["realm_id"] for entry in own_simulator.journal()] == ["76", "77", "76"]
    assert [entry["realm_id"] for entry in own_simulator.journal("77")] == ["77"]
    assert [entry["realm_id"] for entry in own_simulator.journal(limit=2)] == ["77", "76"]
    own_simulator.clear_journal()
    assert own_simulator.journal() == []


def test_documents_are_exact(simulator, api):
    invoice = api.invoice(api.customer(), "70.10")
    held = [d for d in simulator.documents(api.realm_id, "Invoice") if d["Id"] == invoice["Id"]]
    assert [document["TotalAmt"] for document in held] == [Decimal("70.10")]


@pytest.mark.parametrize(
    ("handle", "values"),
    [
        ("grant", {"realm": "1"}),
        ("clock", {"advance": -1}),
        ("clock", {"rate": -1}),
        ("clock", {"speed": 2}),
        ("switches", {"requestid": "maybe"}),
        ("switches", {"unheard_of": "on"}),
        ("limits", {"per_hour": 3}),
        ("latency", {"ms": 3}),
        ("oauth", {"access_token_seconds": -5}),
        ("oauth", {"access_token_seconds": 10**400}),
        ("oauth", {"rotation": "monthly"}),
        ("oauth", {"colour": 1}),
        ("tokens/expire", {}),
        ("clients", {"client_id": "x"}),
        ("companies", {"variant": "martian"}),
        ("condition", {"realm_id": "1", "condition": "tired"}),
    ],
)
def test_handle_refuses_what_it_does_not_know(simulator, handle, values):
    with pytest.raises(SimulatorError, match="answered 400"):
        simulator.post(handle, **values)


def test_handle_refuses_what_is_no_json(simulator):
    answer = requests.post(f"{simulator.url}/_simulator/clock", data="{", timeout=30)
    assert answer.status_code == 400


def test_tokens_of_a_company_can_be_let_run_out(simulator, api):
    assert simulator.expire_tokens(api.realm_id) == 1
    assert api.get("preferences").status_code == 401


def test_condition_of_a_company_shows_in_its_answers(simulator, api):
    simulator.condition(api.realm_id, "lapsed")
    answer = api.post("customer", {"DisplayName": "Too Late"})
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "6190")
    simulator.condition(api.realm_id, "no_access")
    answer = api.get("preferences")
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (401, "120")


def test_restart_keeps_books_tokens_clock_switches_and_journal(tmp_path):
    with Simulator(tmp_path / "state.sqlite3") as simulator:
        api = Api(simulator)
        customer = api.customer("Kept")
        simulator.switch(over_apply="unapplied")
        simulator.run_clock_at(0)
        simulator.advance(500)
        clock = simulator._call("GET", "/_simulator/clock")
        journal = simulator.journal()
        simulator.stop()
        simulator.start()
        assert simulator._call("GET", "/_simulator/clock") == clock
        assert simulator._call("GET", "/_simulator/switches")["over_apply"] == "unapplied"
        assert simulator.journal() == journal
        assert api.get(f"customer/{customer['Id']}").json()["Customer"] == json.loads(
            json.dumps(customer, default=float)
        )
        api.close()


class Writer:
    """Creates customers without a pause until the simulator is gone."""

    def __init__(self, api, prefix):
        self.api = api
        self.prefix = prefix
        self.answered = {}
        self.unanswered = None
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        for number in itertools.count():
            name = f"{self.prefix}-{number}"
            try:
                answer = self.create(name)
            except requests.RequestException:
                self.unanswered = name
                return
            self.answered[answer.json()["Customer"]["Id"]] = name
            if len(self.answered) == 25:
                self.enough.set()

    def create(self, name):
        return self.api.post("customer", {"DisplayName": name}, requestid=name)


def test_kill_9_amid_writes_loses_nothing_that_was_answered(tmp_path):
    with Simulator(tmp_path / "state.sqlite3", subprocess=True) as simulator:
        realm_id = simulator.create_company()
        for attempt in range(3):
            apis = [Api(simulator, realm_id) for _ in range(2)]
            writers = [Writer(api, f"Kill {attempt}-{n}") for n, api in enumerate(apis)]
            assert all(writer.enough.wait(timeout=60) for writer in writers)
            simulator.kill()
            for writer in writers:
                writer.thread.join(timeout=60)
            simulator.start()
            held = names_by_id(simulator, realm_id)
            for writer in writers:
                assert writer.answered.items() <= held.items()
                assert writer.create(writer.unanswered).status_code == 200
            names = list(names_by_id(simulator, realm_id).values())
            assert [names.count(writer.unanswered) for writer in writers] == [1, 1]
            for api in apis:
                api.close()


def names_by_id(simulator, realm_id):
    documents = simulator.documents(realm_id, "Customer")
    return {customer["Id"]: customer["DisplayName"] for customer in documents}


def test_seed_makes_other_companies_and_the_same_ones_again(tmp_path):
    def names(state, seed):
        with Simulator(tmp_path / state, seed=seed) as simulator:
            documents = simulator.documents(simulator.grant()["realm_id"], "Customer")
            return [customer["DisplayName"] for customer in documents]

    assert names("a", 1) == names("b", 1)
    assert names("c", 2) != names("a", 1)


def test_kill_needs_a_process(simulator):
    with pytest.raises(SimulatorError, match="subprocess=True"):
        simulator.kill()


def test_redirect_uri_option_allows_only_what_it_names(tmp_path):
    asked = {
        "client_id": "simulator-client",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
    }
    with Simulator(redirect_uris=("http://localhost:8000/back",)) as simulator:
        answers = [
            requests.get(
                f"{simulator.url}/connect/oauth2",
                params={**asked, "redirect_uri": f"http://localhost:8000/{path}"},
                timeout=30,
            ).status_code
            for path in ("back", "elsewhere")
        ]
    assert answers == [200, 400]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = (
    "realm_id advance rate requestid per_minute form retry_after latency_ms server_limit_seconds"
    " access_token_seconds rotation client_id client_secret name variant seed url format repeat"
    " kind times after match options rates seconds do_after index status condition"
)
HANDLES = (
    "grant faults storm clock switches limits latency oauth tokens/expire clients companies"
    " webhooks condition"
)


@pytest.fixture(scope="module")
def poked_simulator():
    with Simulator() as simulator:
        yield simulator


@given(
    handle=st.sampled_from(HANDLES.split()),
    body=st.dictionaries(st.sampled_from(KEYS.split()), JSON, max_size=4) | JSON,
)
@example(handle="companies", body={"name": [None]})
@settings(max_examples=100, deadline=None)
def test_handle_answers_or_refuses_whatever_json_it_is_given(poked_simulator, handle, body):
    url = f"{poked_simulator.url}/_simulator/{handle}"
    answer = requests.post(url, data=json.dumps(body), timeout=30)
    assert answer.status_code in {200, 400}, answer.text
    assert requests.get(f"{poked_simulator.url}/_simulator/clock", timeout=30).status_code == 200
