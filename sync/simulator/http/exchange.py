"""One request from its first byte to its last: read, faults on demand, journal, answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope, Send

from sync.simulator.simulation import Simulation
from sync.simulator.state.journal import Entry
from sync.simulator.traffic.calls import Answer, Call, batch_items, new_tid
from sync.simulator.traffic.injection import Fault
from sync.simulator.traffic.refusals import business_fault, html_error, throttled


@dataclass(frozen=True, slots=True)
class Connection:
    """The three things by which ASGI hands over a request."""

    scope: Scope
    receive: Receive
    send: Send


Handler = Callable[[Simulation, Call, Fault | None], Awaitable[Answer]]
TRANSPORT = "simulator.transport"
SILENT = frozenset({"refuse", "lose"})


async def exchange(
    simulation: Simulation, call: Call, handler: Handler, connection: Connection
) -> None:
    """Answer one call, or do to it what was asked for on demand."""
    fault = simulation.injector.choose(call)
    began = asyncio.get_running_loop().time()
    answer = await _answer(simulation, call, handler, fault)
    _record(simulation, call, answer, fault)
    if fault and fault.kind == "late":
        spent = asyncio.get_running_loop().time() - began
        await asyncio.sleep(float(fault.options.get("seconds", 0)) - spent)
    if fault and fault.kind in SILENT:
        await _abort(connection)
    elif fault and fault.kind == "cut":
        await _send_half(call, answer, connection)
    else:
        await _send_whole(call, answer, connection)


async def read_call(
    simulation: Simulation, connection: Connection, *, kind: str, endpoint: str = ""
) -> Call | None:
    """Read the whole request; None where the client went away in the middle of it."""
    received_at = simulation.clock.timestamp()
    scope = connection.scope
    body = await _read_body(connection.receive)
    if body is None:
        return None
    path: str = scope["path"]
    parts = path.split("/")
    tail = tuple(part for part in parts[4:] if part) if kind == "api" else ()
    query: bytes = scope["query_string"]
    return Call(
        kind=kind,
        endpoint=endpoint or (tail[0].lower() if tail else ""),
        method=scope["method"],
        path=path,
        params=dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        body=body,
        received_at=received_at,
        intuit_tid=new_tid(),
        realm_id=parts[3] if kind == "api" else None,
        tail=tail,
        items=batch_items(body) if tail == ("batch",) else (),
    )


async def _read_body(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _answer(
    simulation: Simulation, call: Call, handler: Handler, fault: Fault | None
) -> Answer:
    """Carry the call out, unless a fault keeps it from being done; then maybe hide the answer."""
    options: Mapping[str, object] = fault.options if fault else {}
    if fault and fault.kind == "refuse":
        return Answer(0, carried_out=False)
    instead = _instead(simulation, fault)
    if instead and options.get("when", "before") == "before":
        return instead
    if fault and fault.kind == "late":
        await asyncio.sleep(float(fault.options.get("do_after", 0)))
    answer = await handler(simulation, call, fault)
    return replace(instead, carried_out=answer.carried_out) if instead else answer


def _instead(simulation: Simulation, fault: Fault | None) -> Answer | None:
    if fault and fault.kind == "status":
        return html_error(int(fault.options.get("status", 503)))
    now = simulation.clock.now()
    if fault and fault.kind == "throttle":
        form = str(fault.options.get("form", simulation.throttle_form))
        return throttled(form, int(fault.options.get("retry_after", simulation.retry_after)), now)
    if fault and fault.kind == "fault":
        return business_fault(fault.options, now)
    return None


def _record(simulation: Simulation, call: Call, answer: Answer, fault: Fault | None) -> None:
    simulation.journal.record(
        Entry(
            at=datetime.fromtimestamp(call.received_at, UTC).isoformat(timespec="milliseconds"),
            kind=call.kind,
            method=call.method,
            path=call.path,
            realm_id=call.realm_id,
            params=call.params,
            status=None if fault and fault.kind in SILENT else answer.status,
            intuit_tid=call.intuit_tid,
            counts=call.operation_counts(),
            body=call.body.decode("utf-8", "replace") if call.kind == "api" and call.body else None,
            fault=fault.kind if fault else None,
            carried_out=answer.carried_out,
        )
    )


def _head(call: Call, answer: Answer) -> Message:
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        ("intuit_tid", call.intuit_tid),
        *answer.headers,
    ]
    return {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }


async def _send_whole(call: Call, answer: Answer, connection: Connection) -> None:
    await connection.send(_head(call, answer))
    await connection.send({"type": "http.response.body", "body": answer.body})


async def _send_half(call: Call, answer: Answer, connection: Connection) -> None:
    half = answer.body[: len(answer.body) // 2]
    await connection.send(_head(call, answer))
    await connection.send({"type": "http.response.body", "body": half, "more_body": True})
    # Closing lets out what was written, and then ends the connection.
    connection.scope["extensions"][TRANSPORT].close()
    await _until_gone(connection)


async def _abort(connection: Connection) -> None:
    connection.scope["extensions"][TRANSPORT].abort()
    await _until_gone(connection)


async def _until_gone(connection: Connection) -> None:
    while (await connection.receive())["type"] != "http.disconnect":
        pass
