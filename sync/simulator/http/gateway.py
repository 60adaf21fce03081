"""The accounting API's front door: token, company, limits, latency, then the ledger."""

import asyncio
import time

from sync.simulator.http.exchange import Connection, exchange, read_call
from sync.simulator.ledger import ApiRequest
from sync.simulator.oauth.authority import ACCOUNTING, Bearer, TokenRefused
from sync.simulator.simulation import Simulation
from sync.simulator.traffic.calls import Answer, Call
from sync.simulator.traffic.injection import Fault
from sync.simulator.traffic.refusals import forbidden, throttled, unauthenticated
from sync.simulator.wire import JSON_TYPE

METHODS = frozenset({"GET", "POST"})
QBO_VERSION = "1963.173"
# As recorded: good answers name a character set and forbid caching, faults do neither.
GOOD_JSON_TYPE = "application/json;charset=utf-8"
NO_CACHE = (
    ("Expires", "0"),
    ("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private"),
)


async def serve_api(simulation: Simulation, connection: Connection) -> None:
    """Serve one request below /v3/company/."""
    call = await read_call(simulation, connection, kind="api")
    if call is not None:
        await exchange(simulation, call, answer_api, connection)


async def answer_api(simulation: Simulation, call: Call, fault: Fault | None) -> Answer:
    """Let an API call through to the ledger, or turn it away as the gateway would."""
    now = simulation.clock.now()
    if call.method not in METHODS:
        return Answer(405, headers=(("Allow", "GET, POST"),), carried_out=False)
    token = bearer_token(call)
    if fault and fault.kind == "expire_token":
        simulation.authority.expire(token)
    try:
        bearer = simulation.authority.bearer(token)
    except TokenRefused as refused:
        return unauthenticated(str(refused), now)
    if bearer.realm_id != call.realm_id or ACCOUNTING not in bearer.scopes:
        return forbidden(now)
    return await _within_limits(simulation, call, fault, bearer)


def bearer_token(call: Call) -> str:
    """Give the token of the Authorization header, or an empty text."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _within_limits(
    simulation: Simulation, call: Call, fault: Fault | None, bearer: Bearer
) -> Answer:
    realm_id = str(bearer.realm_id)
    items = len(call.items)
    weight = items if simulation.switches.of(realm_id).batch_counts == "per_item" else 1
    limit = simulation.limits.enter(
        realm_id, bearer.client_id, is_batch=call.endpoint == "batch", weight=max(weight, 1)
    )
    if limit:
        now = simulation.clock.now()
        return throttled(simulation.throttle_form, simulation.retry_after, now)
    try:
        delay = (simulation.latency_ms + simulation.item_latency_ms * items) / 1000
        if delay:
            await asyncio.sleep(min(delay, simulation.injector.server_limit_seconds))
        return _from_ledger(simulation, call, fault)
    finally:
        simulation.limits.leave(realm_id, bearer.client_id)


def _from_ledger(simulation: Simulation, call: Call, fault: Fault | None) -> Answer:
    began = time.perf_counter()
    response = simulation.ledger.handle(
        ApiRequest(
            method=call.method,
            realm_id=str(call.realm_id),
            path=call.tail,
            params=call.params,
            content_type=call.headers.get("content-type", ""),
            body=call.body,
            item_fault=fault.options if fault and fault.kind == "item" else None,
            ignore_requestid=bool(fault and fault.kind == "requestid_ignored"),
        )
    )
    spent = round((time.perf_counter() - began) * 1000)
    if response.status != 200:
        return Answer(response.status, response.body)
    is_json = response.content_type == JSON_TYPE
    content_type = GOOD_JSON_TYPE if is_json else response.content_type
    headers = (
        ("QBO-Version", QBO_VERSION),
        ("Service-Time", f"total={spent}, db={spent}"),
        *NO_CACHE,
    )
    return Answer(200, response.body, content_type, headers)
