"""Throttling with the published figures, counted on the simulated clock."""

import socket
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes

from sync.simulator.server import Simulator
from sync.simulator.traffic.limits import OFF, Figures, Limits
from tests.simulator.conftest import Api


class Time:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def time():
    return Time()


def enter(limits, times=1, *, realm="1", client="app", is_batch=False, weight=1, leave=True):
    answers = []
    for _ in range(times):
        answers.append(limits.enter(realm, client, is_batch=is_batch, weight=weight))
        if answers[-1] is None and leave:
            limits.leave(realm, client)
    return answers


def test_figures_are_those_published():
    assert Figures() == Figures(
        per_minute=500,
        per_second_app=10,
        concurrent_app=10,
        batches_per_minute_app=40,
        batches_per_minute=120,
    )


def test_ten_a_second_for_each_app_of_a_company(time):
    limits = Limits(time, Figures())
    assert enter(limits, 11) == [None] * 10 + ["per_second_app"]
    assert enter(limits, client="another") == [None]
    assert enter(limits, realm="2") == [None]
    time.seconds += 0.999
    assert enter(limits) == ["per_second_app"]
    time.seconds += 0.001
    assert enter(limits) == [None]


def test_ten_at_a_time_for_each_app_of_a_company(time):
    limits = Limits(time, Figures(per_second_app=0))
    assert enter(limits, 11, leave=False) == [None] * 10 + ["concurrent_app"]
    assert enter(limits, client="another", leave=False) == [None]
    limits.leave("1", "app")
    assert enter(limits, 2, leave=False) == [None, "concurrent_app"]


def test_five_hundred_a_minute_for_a_company_over_all_its_apps(time):
    limits = Limits(time, Figures(per_second_app=0))
    assert enter(limits, 300) + enter(limits, 200, client="another") == [None] * 500
    assert enter(limits, client="third") == ["per_minute"]
    time.seconds += 59.9
    assert enter(limits) == ["per_minute"]
    time.seconds += 0.1
    assert enter(limits) == [None]


def test_window_slides_rather_than_starts_again(time):
    limits = Limits(time, Figures(per_minute=4, per_second_app=0))
    enter(limits, 3)
    time.seconds += 50
    assert enter(limits, 2) == [None, "per_minute"]
    time.seconds += 10
    assert enter(limits, 4) == [None, None, None, "per_minute"]


def test_forty_batches_a_minute_for_each_app_and_120_for_the_company(time):
    limits = Limits(time, Figures(per_second_app=0))
    for client in ("first", "second", "third"):
        assert enter(limits, 41, client=client, is_batch=True) == [None] * 40 + [
            "batches_per_minute_app"
        ]
    assert enter(limits, client="fourth", is_batch=True) == ["batches_per_minute"]
    assert enter(limits, client="fourth") == [None]


def test_refused_requests_do_not_count(time):
    limits = Limits(time, Figures(per_second_app=2))
    enter(limits, 50)
    time.seconds += 1
    assert enter(limits, 2) == [None, None]


def test_weight_counts_against_the_minute(time):
    limits = Limits(time, Figures(per_minute=100, per_second_app=0))
    assert enter(limits, 4, weight=30, is_batch=True) == [None, None, None, "per_minute"]
    assert enter(limits, 11) == [None] * 10 + ["per_minute"]


def test_off_lets_everything_in(time):
    assert enter(Limits(time, OFF), 2000, is_batch=True, leave=False) == [None] * 2000


@pytest.mark.parametrize("values", [{"per_hour": 1}, {"per_minute": -1}, {"per_minute": 1.5}])
def test_set_refuses_what_is_no_limit_and_changes_nothing(time, values):
    limits = Limits(time, Figures())
    with pytest.raises(ValueError, match=next(iter(values))):
        limits.set(per_second_app=3, **values)
    assert limits.figures == Figures()


@pytest.fixture
def limited():
    """A simulator with Intuit's limits, whose clock stands still."""
    with Simulator(limits="intuit") as simulator:
        simulator.run_clock_at(0)
        yield simulator


def statuses(api, times):
    return [api.get("preferences").status_code for _ in range(times)]


def test_limits_are_on_unless_switched_off(limited):
    api = Api(limited)
    assert statuses(api, 12) == [200] * 10 + [429] * 2
    limited.advance(1)
    assert statuses(api, 1) == [200]
    carried_out = [entry["carried_out"] for entry in limited.journal(api.realm_id)]
    assert carried_out == [True] * 10 + [False] * 2 + [True]
    api.close()


def test_minute_is_counted_over_http(limited):
    limited.limits(per_second_app=0)
    api = Api(limited)
    assert statuses(api, 501) == [200] * 500 + [429]
    limited.advance(60)
    assert statuses(api, 1) == [200]
    api.close()


def test_batches_are_counted_over_http_for_each_app(limited):
    limited.limits(per_second_app=0)
    api = Api(limited)
    batch = {"BatchItemRequest": [{"bId": "1", "Query": "SELECT * FROM Term MAXRESULTS 1"}]}
    assert [api.post("batch", batch).status_code for _ in range(41)] == [200] * 40 + [429]
    limited.post("clients", client_id="another", client_secret="its own")
    api.headers["Authorization"] = f"Bearer {token_of_another(limited, api.realm_id)}"
    assert api.post("batch", batch).status_code == 200
    api.close()


def test_ten_at_a_time_are_counted_over_http(limited):
    limited.limits(per_second_app=0, concurrent_app=1)
    limited.latency(latency_ms=60_000)
    api = Api(limited)
    with socket.create_connection(("127.0.0.1", limited.port), timeout=30) as held:
        head = (
            f"GET /v3/company/{api.realm_id}/preferences HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {api.headers['Authorization']}\r\n\r\n"
        )
        held.sendall(head.encode())
        limited.latency(latency_ms=0)  # read after the request above, which is still under way
        assert api.get("preferences").status_code == 429
    api.close()


def token_of_another(simulator, realm_id):
    client = AuthClient(
        "another", "its own", "http://127.0.0.1:8000/callback", simulator.discovery_url
    )
    back = simulator.approve(client.get_authorization_url([Scopes.ACCOUNTING]), realm_id)
    client.get_bearer_token(dict(parse_qsl(urlsplit(back).query))["code"])
    return client.access_token


def test_items_count_singly_where_the_switch_says_so(limited):
    limited.limits(per_minute=5, per_second_app=0)
    limited.switch(batch_counts="per_item")
    api = Api(limited)
    items = [{"bId": str(n), "Query": "SELECT * FROM Term MAXRESULTS 1"} for n in range(3)]
    batches = [api.post("batch", {"BatchItemRequest": items}).status_code for _ in range(2)]
    assert batches == [200, 429]
    limited.switch(batch_counts="once")
    assert api.post("batch", {"BatchItemRequest": items}).status_code == 200
    api.close()


MESSAGE = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
DETAIL = "The request limit was reached.  Try again later"


def throttled(simulator, form):
    simulator.limits(per_second_app=1, form=form)
    api = Api(simulator)
    assert api.get("preferences").status_code == 200
    answer = api.get("preferences")
    api.close()
    assert answer.status_code == 429
    assert "intuit_tid" in answer.headers
    assert "Retry-After" not in answer.headers
    return answer


def test_429_is_xml_by_default(limited):
    api = Api(limited)
    statuses(api, 10)
    answer = api.get("preferences")
    api.close()
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert f"<Message>{MESSAGE}</Message><Detail>{DETAIL}</Detail>" in answer.text
    assert '<Fault type="SERVICE"><Error code="3001">' in answer.text


def test_429_with_upper_case_json(limited):
    body = throttled(limited, "json_upper").json()
    assert body["Fault"] == {
        "Error": [{"Message": MESSAGE, "Detail": DETAIL, "code": "3001"}],
        "type": "SERVICE",
    }


def test_429_with_lower_case_json(limited):
    body = throttled(limited, "json_lower").json()
    assert body["fault"] == {
        "error": [{"message": MESSAGE, "detail": DETAIL, "code": "3001", "element": None}],
        "type": "SERVICE",
    }


def test_429_with_nothing(limited):
    assert throttled(limited, "empty").content == b""


def test_unknown_form_is_refused(limited):
    answer = requests.post(f"{limited.url}/_simulator/limits", json={"form": "csv"}, timeout=30)
    assert answer.status_code == 400
    assert "form is one of" in answer.json()["error"]
