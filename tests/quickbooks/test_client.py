"""The client against servers that misbehave byte by byte."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sync.quickbooks.client import (
    ChangesTruncated,
    Client,
    NotSent,
    OutcomeUnknown,
    QuickBooksFault,
)
from sync.quickbooks.faults import Outcome, fault_of
from tests.quickbooks.wire import answers, config_for, http, wire

TOKEN = "AB0123456789abcdefghijklmnopqrstuvwxyz"
CREATED = http("200 OK", b'{"Invoice":{"Id":"7","TotalAmt":150.10}}', "intuit_tid: 1-abc")


def client_of(server, **more) -> Client:
    deadline = more.pop("deadline", 5.0)
    return Client("4620816365", TOKEN, config=config_for(server.port, deadline=deadline), **more)


def write(client: Client):
    return client.send("Invoice", b'{"DocNumber":"1042"}', "req-1")


def request_line(request: bytes) -> str:
    return request.split(b"\r\n", 1)[0].decode()


def header(request: bytes, name: str) -> str:
    head = request.partition(b"\r\n\r\n")[0].decode()
    found = [line for line in head.split("\r\n") if line.lower().startswith(f"{name}: ")]
    return found[0].partition(": ")[2]


def body(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_write_returns_status_body_tid_and_exact_numbers():
    with wire(answers(CREATED)) as server, client_of(server) as client:
        answer = write(client)
        assert answer.status == 200
        assert answer.body == b'{"Invoice":{"Id":"7","TotalAmt":150.10}}'
        assert answer.intuit_tid == "1-abc"
        assert answer.data == {"Invoice": {"Id": "7", "TotalAmt": Decimal("150.10")}}
        assert str(answer.data["Invoice"]["TotalAmt"]) == "150.10"
        assert client.calls == 1


def test_write_sends_our_bytes_with_token_version_and_request_id():
    with wire(answers(CREATED)) as server, client_of(server) as client:
        write(client)
        (request,) = server.requests
        assert request_line(request) == (
            "POST /v3/company/4620816365/invoice?minorversion=75&requestid=req-1 HTTP/1.1"
        )
        assert header(request, "authorization") == f"Bearer {TOKEN}"
        assert header(request, "content-type") == "application/json"
        assert header(request, "accept") == "application/json"
        assert body(request) == b'{"DocNumber":"1042"}'


@pytest.mark.parametrize(
    ("entity", "operation", "query"),
    [
        ("Invoice", "delete", "operation=delete"),
        ("Invoice", "void", "operation=void"),
        ("Payment", "delete", "operation=delete"),
        ("Payment", "void", "operation=update&include=void"),
    ],
)
def test_removing_write_names_its_operation(entity, operation, query):
    with wire(answers(CREATED)) as server, client_of(server) as client:
        client.send(entity, b"{}", "req-2", operation)
        assert request_line(server.requests[0]) == (
            f"POST /v3/company/4620816365/{entity.lower()}"
            f"?minorversion=75&requestid=req-2&{query} HTTP/1.1"
        )


def test_batch_goes_with_its_request_id():
    with wire(answers(http("200 OK", b"{}"))) as server, client_of(server) as client:
        client.send_batch(b'{"BatchItemRequest":[]}', "req-3")
        (request,) = server.requests
        assert request_line(request) == (
            "POST /v3/company/4620816365/batch?minorversion=75&requestid=req-3 HTTP/1.1"
        )
        assert body(request) == b'{"BatchItemRequest":[]}'


@pytest.mark.parametrize(
    ("raw", "outcome", "throttled"),
    [
        (http("429 Too Many Requests"), Outcome.UNKNOWN, True),
        (http("429 Too Many Requests", b"<IntuitResponse/>"), Outcome.UNKNOWN, True),
        (http("503 Service Unavailable", b"<html>busy</html>"), Outcome.UNKNOWN, False),
        (http("302 Found", b"", "Location: http://127.0.0.1:1/"), Outcome.UNKNOWN, False),
        (http("400 Bad Request", b"<html>no</html>"), Outcome.REJECTED, False),
        (http("200 OK", b""), Outcome.UNKNOWN, False),
    ],
    ids=["429-empty", "429-xml", "503-html", "302", "400-html", "200-empty"],
)
def test_write_returns_whatever_was_answered(raw, outcome, throttled):
    with wire(answers(raw)) as server, client_of(server) as client:
        answer = write(client)
        fault = fault_of(answer)
        assert answer.status == int(raw[9:12])
        assert (fault.outcome, fault.throttled) == (outcome, throttled)
        assert len(server.requests) == 1


def test_connection_refused_is_not_sent():
    with Client("1", TOKEN, config=config_for(closed_port())) as client:
        with pytest.raises(NotSent):
            write(client)
        assert client.calls == 0


def test_host_that_cannot_be_a_name_is_not_sent():
    config = replace(config_for(1), api_url=f"http://{'a' * 64}.test/v3")
    with Client("1", TOKEN, config=config) as client, pytest.raises(NotSent):
        write(client)


def test_server_that_never_finishes_its_handshake_is_not_sent():
    # A listener whose queue nobody serves: TCP connects, TLS never begins.
    with socket.create_server(("127.0.0.1", 0)) as mute:
        config = config_for(mute.getsockname()[1], deadline=0.3)
        config = replace(config, api_url=config.api_url.replace("http://", "https://"))
        with Client("1", TOKEN, config=config) as client, pytest.raises(NotSent):
            write(client)


def test_connection_cut_after_the_request_is_unknown_and_not_sent_again():
    with wire(lambda connection, request: False) as server, client_of(server) as client:
        with pytest.raises(OutcomeUnknown):
            write(client)
        assert len(server.requests) == 1
        assert client.calls == 1


def test_read_is_not_sent_again_either():
    with wire(lambda connection, request: False) as server, client_of(server) as client:
        with pytest.raises(OutcomeUnknown):
            client.read("Invoice", "7")
        assert (server.connections, len(server.requests), client.calls) == (1, 1, 1)


def test_answer_cut_half_way_is_unknown():
    def half(connection, request):
        connection.sendall(CREATED[:-10])
        return False

    with wire(half) as server, client_of(server) as client:
        with pytest.raises(OutcomeUnknown):
            write(client)
        assert len(server.requests) == 1


class Drip:
    """Sends `before`, then a byte of nothing much every 50 ms, for ten seconds at most."""

    def __init__(self, before: bytes) -> None:
        self.before = before
        self.was_left = False

    def __call__(self, connection, request) -> bool:
        connection.sendall(self.before)
        connection.settimeout(0.05)
        for _ in range(200):
            try:
                connection.sendall(b"x")
                self.was_left = not connection.recv(1)
            except TimeoutError:
                continue
            except OSError:
                self.was_left = True
            return False
        return False


@pytest.mark.parametrize(
    "before",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
    ids=["headers", "body"],
)
def test_dripping_server_does_not_outlive_the_deadline(before):
    dripping = Drip(before)
    with wire(dripping) as server, client_of(server, deadline=0.6) as client:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            write(client)
        assert time.monotonic() - started >= 0.6
        client.close()
        assert server.hung_up.wait(20)
        # Had the client waited for each byte anew, the drip would have run dry instead.
        assert dripping.was_left
        assert len(server.requests) == 1


def test_silent_server_is_left_at_the_deadline():
    with (
        wire(lambda connection, request: connection.recv(1) != b"") as server,
        client_of(server, deadline=0.3) as client,
    ):
        with pytest.raises(OutcomeUnknown):
            write(client)
        assert client.calls == 1


def test_server_that_does_not_read_is_left_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        config = config_for(deaf.getsockname()[1], deadline=0.5)
        with Client("1", TOKEN, config=config) as client, pytest.raises(OutcomeUnknown):
            client.send_batch(b"x" * 20_000_000, "req-1")


def test_connection_is_kept_between_requests():
    with wire(answers(CREATED)) as server, client_of(server) as client:
        for _ in range(3):
            write(client)
        assert (server.connections, len(server.requests), client.calls) == (1, 3, 3)


def test_kept_connection_that_the_server_closed_is_opened_anew():
    def once(connection, request):
        connection.sendall(CREATED)
        return False

    with wire(once) as server, client_of(server) as client:
        write(client)
        assert server.hung_up.wait(5)
        assert write(client).status == 200
        assert (server.connections, len(server.requests)) == (2, 2)


def test_kept_connection_that_dies_under_a_request_is_unknown_and_not_sent_again():
    seen = []

    def second_dies(connection, request):
        seen.append(request)
        if len(seen) == 2:
            return False
        connection.sendall(CREATED)
        return True

    with wire(second_dies) as server, client_of(server) as client:
        write(client)
        with pytest.raises(OutcomeUnknown):
            write(client)
        assert (server.connections, len(server.requests)) == (1, 2)
        assert write(client).status == 200


class LeaseLost(Exception):
    pass


@pytest.mark.parametrize("kind", [LeaseLost, TimeoutError, ConnectionError])
def test_gate_that_refuses_lets_nothing_out(kind):
    def gate():
        raise kind("no")

    with wire(answers(CREATED)) as server, client_of(server, gate=gate) as client:
        with pytest.raises(kind, match="no"):
            write(client)
        with pytest.raises(kind, match="no"):
            client.query("SELECT * FROM Invoice")
        assert (server.connections, server.requests, client.calls) == (0, [], 0)


STAMP, LATER = "2026-05-01T10:00:00-07:00", "2026-05-01T10:00:01-07:00"


def page(rows):
    told = {"QueryResponse": {"Item": rows}, "time": "2026-05-02T00:00:00Z"}
    return http("200 OK", json.dumps(told).encode())


def test_gate_is_passed_before_every_request_of_a_list():
    passed = []
    first = [{"Id": str(n), "MetaData": {"LastUpdatedTime": STAMP}} for n in range(999)]
    later = {"Id": "999", "MetaData": {"LastUpdatedTime": LATER}}
    more = {"Id": "1000", "MetaData": {"LastUpdatedTime": LATER}}
    count = http("200 OK", b'{"QueryResponse":{"totalCount":1001},"time":"2026-05-02T00:00:00Z"}')
    play = answers(page([*first, later]), count, page([later, more]), page([]), count)
    with (
        wire(play) as server,
        client_of(server, gate=lambda: passed.append(len(server.requests))) as client,
    ):
        rows = list(client.select("Item", "Active IN (true,false)"))
    assert [row["Id"] for row in rows] == [str(n) for n in range(1001)]
    assert passed == [0, 1, 2, 3, 4]
    items, ends = "FROM Item WHERE Active IN (true,false)", "STARTPOSITION 1 MAXRESULTS 1000"
    order = f"ORDERBY MetaData.LastUpdatedTime {ends}"
    assert [body(request).decode() for request in server.requests] == [
        f"SELECT * {items} {order}",
        f"SELECT count(*) {items}",
        f"SELECT * {items} AND MetaData.LastUpdatedTime >= '{LATER}' {order}",
        f"SELECT * {items} AND MetaData.LastUpdatedTime >= '2026-05-01T23:59:00+00:00' {order}",
        f"SELECT count(*) {items}",
    ]


def test_query_goes_as_a_body_so_that_no_name_is_in_an_address():
    play = answers(http("200 OK", b'{"QueryResponse":{},"time":"x"}'))
    with wire(play) as server, client_of(server) as client:
        statement = "SELECT * FROM Customer WHERE DisplayName = 'Zoë O\\'Neil'"
        assert client.query(statement) == {}
        (request,) = server.requests
        assert request_line(request) == (
            "POST /v3/company/4620816365/query?minorversion=75 HTTP/1.1"
        )
        assert header(request, "content-type") == "application/text"
        assert body(request) == statement.encode()


def test_count_and_single_reads():
    play = answers(
        http("200 OK", b'{"QueryResponse":{"totalCount":6},"time":"x"}'),
        http("200 OK", b'{"Invoice":{"Id":"7"},"time":"x"}'),
        http("200 OK", b'{"CompanyInfo":{"CompanyName":"Riverside"},"time":"x"}'),
        http("200 OK", b'{"Preferences":{"Id":"1"},"time":"x"}'),
    )
    with wire(play) as server, client_of(server) as client:
        assert client.count("Invoice", "Balance > '0'") == 6
        assert client.read("Invoice", "7") == {"Id": "7"}
        assert client.company_info() == {"CompanyName": "Riverside"}
        assert client.preferences() == {"Id": "1"}
        assert body(server.requests[0]) == b"SELECT count(*) FROM Invoice WHERE Balance > '0'"
        base = "/v3/company/4620816365"
        assert [request_line(request) for request in server.requests[1:]] == [
            f"GET {base}/invoice/7?minorversion=75 HTTP/1.1",
            f"GET {base}/companyinfo/4620816365?minorversion=75 HTTP/1.1",
            f"GET {base}/preferences?minorversion=75 HTTP/1.1",
        ]


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.query("SELECT * FROM Invoice"),
        lambda client: client.count("Invoice"),
        lambda client: client.read("Invoice", "7"),
        lambda client: client.changes(["Invoice"], datetime(2026, 1, 1, tzinfo=UTC)),
    ],
    ids=["query", "count", "read", "changes"],
)
@pytest.mark.parametrize("nothing", [b'{"time":"x"}', b"[]", b"", b"<html/>"])
def test_success_that_does_not_answer_is_a_fault_and_never_nothing_there(read, nothing):
    with wire(answers(http("200 OK", nothing))) as server, client_of(server) as client:
        with pytest.raises(QuickBooksFault) as raised:
            read(client)
        assert raised.value.fault.outcome is Outcome.UNKNOWN


def test_count_without_a_figure_is_a_fault():
    play = answers(http("200 OK", b'{"QueryResponse":{}}'))
    with wire(play) as server, client_of(server) as client, pytest.raises(QuickBooksFault):
        client.count("Invoice")


CHANGES = {
    "CDCResponse": [
        {
            "QueryResponse": [
                {"Invoice": [{"Id": "1"}, {"Id": "2", "status": "Deleted"}], "maxResults": 2},
                {"Payment": [{"Id": "9"}]},
                {},
            ]
        }
    ],
    "time": "x",
}


def test_changes_are_sorted_by_entity():
    play = answers(http("200 OK", json.dumps(CHANGES).encode()))
    with wire(play) as server, client_of(server) as client:
        since = datetime(2026, 3, 1, 12, 30, 15, 999, tzinfo=UTC)
        assert client.changes(["Invoice", "Payment", "Customer"], since) == {
            "Invoice": [{"Id": "1"}, {"Id": "2", "status": "Deleted"}],
            "Payment": [{"Id": "9"}],
            "Customer": [],
        }
        assert request_line(server.requests[0]) == (
            "GET /v3/company/4620816365/cdc?minorversion=75"
            "&entities=Invoice%2CPayment%2CCustomer"
            "&changedSince=2026-03-01T12%3A30%3A15%2B00%3A00 HTTP/1.1"
        )


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ([], Outcome.UNKNOWN),
        ([{}], Outcome.UNKNOWN),
        (["odd"], Outcome.UNKNOWN),
        ([{"Fault": {"Error": [{"Message": "Invalid query", "code": "4001"}]}}], Outcome.REJECTED),
    ],
)
def test_changes_without_a_list_are_a_fault(response, outcome):
    play = answers(http("200 OK", json.dumps({"CDCResponse": response}).encode()))
    with wire(play) as server, client_of(server) as client:
        with pytest.raises(QuickBooksFault) as raised:
            client.changes(["Invoice"], datetime(2026, 1, 1, tzinfo=UTC))
        assert raised.value.fault.outcome is outcome


@pytest.mark.parametrize(("number", "truncated"), [(999, False), (1000, True)])
def test_changes_that_fill_an_answer_may_be_more(number, truncated):
    rows = [{"Id": str(n)} for n in range(number)]
    full = {"CDCResponse": [{"QueryResponse": [{"Invoice": rows}]}]}
    play = answers(http("200 OK", json.dumps(full).encode()))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with wire(play) as server, client_of(server) as client:
        if truncated:
            with pytest.raises(ChangesTruncated):
                client.changes(["Invoice"], since)
        else:
            assert client.changes(["Invoice"], since) == {"Invoice": rows}


def test_changes_since_a_naive_time_are_refused():
    with (
        Client("1", TOKEN, config=config_for(closed_port())) as client,
        pytest.raises(ValueError, match="aware"),
    ):
        client.changes(["Invoice"], datetime(2026, 1, 1))


def test_refused_read_raises_the_fault_without_token_or_detail():
    detail = json.dumps(
        {
            "fault": {
                "error": [
                    {
                        "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                        "detail": f"Token expired: {TOKEN}",
                        "code": "3200",
                    }
                ],
                "type": "AUTHENTICATION",
            }
        }
    ).encode()
    play = answers(http("401 Unauthorized", detail, "intuit_tid: 1-xyz"))
    with wire(play) as server, client_of(server) as client:
        with pytest.raises(QuickBooksFault) as raised:
            client.query("SELECT * FROM Customer WHERE DisplayName = 'Ann'")
        assert raised.value.fault.outcome is Outcome.REAUTHORIZE
        assert raised.value.fault.detail == "Token expired: [removed]"
        assert str(raised.value) == "reauthorize: HTTP 401, code 3200, intuit_tid 1-xyz"


def test_broken_request_leaves_no_token_or_body_in_the_exception():
    with (
        wire(lambda connection, request: False) as server,
        client_of(server) as client,
        pytest.raises(OutcomeUnknown) as raised,
    ):
        client.send("Customer", b'{"DisplayName":"Ann"}', "req-1")
    error = raised.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert str(error) == "ConnectionError"


def test_netrc_and_proxies_of_the_environment_do_not_move_the_token(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    with wire(answers(CREATED)) as server, client_of(server) as client:
        write(client)
        assert header(server.requests[0], "authorization") == f"Bearer {TOKEN}"


def test_writing_helpers_of_the_library_have_no_road_out():
    with wire(answers(CREATED)) as server, client_of(server) as client:
        with pytest.raises(TypeError):
            client.create_object("Invoice", "{}")
        with pytest.raises(TypeError):
            client.delete_object("Invoice", "{}")
        assert server.requests == []


def test_two_clients_keep_their_companies_apart():
    with wire(answers(http("200 OK", b'{"Invoice":{"Id":"1"}}'))) as server:
        config = config_for(server.port)
        with (
            Client("111", "token-a", config=config) as first,
            Client("222", "token-b", config=config) as second,
        ):
            first.read("Invoice", "1")
            second.read("Invoice", "1")
            first.read("Invoice", "1")
        seen = [
            (request_line(r).split("/")[3], header(r, "authorization")) for r in server.requests
        ]
        assert seen == [
            ("111", "Bearer token-a"),
            ("222", "Bearer token-b"),
            ("111", "Bearer token-a"),
        ]
