"""The simulator's own handles below /_simulator/, for tests and people at a terminal."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sync.simulator import wire
from sync.simulator.simulation import Simulation
from sync.simulator.traffic.injection import duration
from sync.simulator.traffic.refusals import THROTTLE_FORMS

Action = Callable[[Simulation, dict[str, Any]], Any]


def routes(simulation: Simulation) -> list[BaseRoute]:
    """Every handle, bound to one simulation."""
    posts: dict[str, Action] = {
        "grant": grant,
        "faults": faults,
        "storm": storm,
        "clock": clock,
        "switches": switches,
        "limits": limits,
        "latency": latency,
        "oauth": oauth,
        "tokens/expire": expire_tokens,
        "clients": clients,
        "companies": companies,
        "merge": merge,
        "retire": retire,
        "condition": condition,
        "webhooks": webhooks,
    }
    gets: dict[str, Callable[[Simulation], Any]] = {
        "faults": lambda held: held.injector.waiting(),
        "clock": _clock,
        "limits": lambda held: held.limits.as_dict(),
        "oauth": lambda held: asdict(held.authority.lifetimes),
        "companies": _companies,
        "webhooks": lambda held: held.webhooks.waiting(),
    }
    return [
        Route("/_simulator/journal", _journal(simulation), methods=["GET", "DELETE"]),
        Route("/_simulator/switches", _switches(simulation), methods=["GET"]),
        Route("/_simulator/state/{realm_id}/{entity}", _state(simulation), methods=["GET"]),
        *(Route(f"/_simulator/{n}", _get(simulation, a), methods=["GET"]) for n, a in gets.items()),
        *(
            Route(f"/_simulator/{n}", _post(simulation, a), methods=["POST"])
            for n, a in posts.items()
        ),
        Route("/_simulator/faults", _clear_faults(simulation), methods=["DELETE"]),
    ]


def grant(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST grant {"realm_id"?}: tokens without a person; an unknown realm is created."""
    realm_id = given.pop("realm_id", None)
    _nothing_else(given)
    issued = simulation.grant(None if realm_id is None else str(realm_id))
    return {
        "client_id": simulation.settings.client_id,
        "client_secret": simulation.settings.client_secret,
        "realm_id": issued.realm_id,
        "access_token": issued.access_token,
        "refresh_token": issued.refresh_token,
    }


def faults(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST faults {"kind", "times"?, "match"?, "after"?, ...}: the next requests that match."""
    return simulation.injector.arm(given).as_dict()


def storm(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST storm {"seed", "rates", "match"?, "options"?}: repeatable faults at random."""
    simulation.injector.storm(given)
    return {}


def clock(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST clock {"advance"?: seconds, "rate"?: simulated seconds per real second}."""
    advance, rate = given.pop("advance", None), given.pop("rate", None)
    _nothing_else(given)
    if advance is not None:
        simulation.clock.advance(float(advance))
    if rate is not None:
        simulation.clock.run_at(float(rate))
    simulation.keep_clock()
    return _clock(simulation)


def switches(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST switches {"realm_id"?, "preset"?, name: value}: what Intuit's texts leave open."""
    realm_id = given.pop("realm_id", None)
    realm_id = None if realm_id is None else str(realm_id)
    simulation.switches.set(realm_id, **given)
    simulation.keep_switches()
    return simulation.switches.as_dict(realm_id)


def limits(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST limits {figure: n, "form"?, "retry_after"?}: 0 is no limit; the others are the 429's."""
    form = given.pop("form", simulation.throttle_form)
    retry_after = int(duration(given.pop("retry_after", simulation.retry_after)))
    if form not in THROTTLE_FORMS:
        raise ValueError(f"form is one of {', '.join(THROTTLE_FORMS)}")
    simulation.limits.set(**given)
    simulation.throttle_form, simulation.retry_after = form, retry_after
    return {**simulation.limits.as_dict(), "form": form, "retry_after": retry_after}


def latency(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST latency {"latency_ms"?, "item_latency_ms"?, "sign_in_latency_ms"?, ...}: real time."""
    injector = simulation.injector
    whole = duration(given.pop("latency_ms", simulation.latency_ms))
    item = duration(given.pop("item_latency_ms", simulation.item_latency_ms))
    sign_in = duration(given.pop("sign_in_latency_ms", simulation.sign_in_latency_ms))
    limit = duration(given.pop("server_limit_seconds", injector.server_limit_seconds))
    _nothing_else(given)
    simulation.latency_ms, simulation.item_latency_ms = whole, item
    simulation.sign_in_latency_ms = sign_in
    injector.server_limit_seconds = limit
    return {
        "latency_ms": simulation.latency_ms,
        "item_latency_ms": simulation.item_latency_ms,
        "sign_in_latency_ms": simulation.sign_in_latency_ms,
        "server_limit_seconds": injector.server_limit_seconds,
    }


def oauth(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST oauth {lifetime: seconds, ...}: how long tokens issued from now on live."""
    simulation.authority.set(**given)
    return {}


def expire_tokens(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST tokens/expire {"realm_id", "kind"?: access|refresh}: they run out now."""
    realm_id, kind = str(given.pop("realm_id")), given.pop("kind", "access")
    _nothing_else(given)
    if kind not in {"access", "refresh"}:
        raise ValueError("kind is access or refresh")
    return {"expired": simulation.authority.expire_company(realm_id, kind)}


def clients(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST clients {"client_id", "client_secret"}: registers another app."""
    client_id, secret = str(given.pop("client_id")), str(given.pop("client_secret"))
    _nothing_else(given)
    simulation.authority.add_client(client_id, secret)
    return {"client_id": client_id}


def companies(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST companies {"realm_id"?, "name"?, "variant"?, "seed"?, "preset"?, "switches"?}."""
    ledger = simulation.ledger
    if not isinstance(given.get("name"), str | None):
        raise TypeError("a company's name is text")
    own = {"preset": given.pop("preset", None), **given.pop("switches", {})}
    realm_id = str(given.pop("realm_id", None) or ledger.free_realm())
    if ledger.company(realm_id) is None:
        simulation.switches.set(realm_id, **own)
        simulation.keep_switches()
    company = ledger.create_company(realm_id, **given)
    return {"realm_id": company.realm_id, "name": company.name, "variant": company.variant}


def merge(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST merge {"realm_id", "entity", "merged", "survivor"}: one entry of a list into another."""
    names = ("realm_id", "entity", "merged", "survivor")
    realm_id, entity, merged, survivor = (str(given.pop(name)) for name in names)
    _nothing_else(given)
    return {"survivor": simulation.ledger.merge(realm_id, entity, merged, survivor)}


def retire(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST retire {"realm_id", "code"}: a tax code becomes inactive."""
    simulation.ledger.retire(str(given.pop("realm_id")), str(given.pop("code")))
    _nothing_else(given)
    return {}


def condition(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST condition {"realm_id", "condition"}: ok, lapsed, no_access."""
    simulation.ledger.set_condition(str(given.pop("realm_id")), str(given.pop("condition")))
    _nothing_else(given)
    return {}


def webhooks(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST webhooks {"url"?, "verifier_token"?, "format"?, "order"?, "hold"?, "repeat"?}."""
    simulation.webhooks.set(**given)
    return {}


def _clock(simulation: Simulation) -> dict[str, Any]:
    return {"now": simulation.clock.now().isoformat(), "rate": simulation.clock.rate}


def _companies(simulation: Simulation) -> list[dict[str, Any]]:
    return [
        {"realm_id": company.realm_id, "name": company.name, "variant": company.variant}
        for company in simulation.ledger.companies()
    ]


def _nothing_else(given: Mapping[str, Any]) -> None:
    if given:
        raise ValueError(f"not known here: {', '.join(sorted(given))}")


def _reply(value: Any, status: int = 200) -> Response:
    return Response(wire.to_json(value), status, media_type="application/json")


def _get(simulation: Simulation, read: Callable[[Simulation], Any]) -> Callable[..., Any]:
    async def endpoint(_request: Request) -> Response:
        return Response(json.dumps(read(simulation)), media_type="application/json")

    return endpoint


def _post(simulation: Simulation, act: Action) -> Callable[..., Any]:
    async def endpoint(request: Request) -> Response:
        try:
            given = dict(json.loads(await request.body() or b"{}"))
            return Response(json.dumps(act(simulation, given)), media_type="application/json")
        except (ValueError, TypeError) as problem:
            return _reply({"error": str(problem)}, 400)
        except KeyError as missing:
            return _reply({"error": f"{missing.args[0]} is missing"}, 400)

    return endpoint


def _clear_faults(simulation: Simulation) -> Callable[..., Any]:
    async def endpoint(_request: Request) -> Response:
        simulation.injector.clear()
        return _reply({})

    return endpoint


def _switches(simulation: Simulation) -> Callable[..., Any]:
    async def endpoint(request: Request) -> Response:
        return _reply(simulation.switches.as_dict(request.query_params.get("realm_id")))

    return endpoint


def _state(simulation: Simulation) -> Callable[..., Any]:
    async def endpoint(request: Request) -> Response:
        realm_id, entity = request.path_params["realm_id"], request.path_params["entity"]
        return _reply(simulation.ledger.documents(realm_id, entity))

    return endpoint


def _journal(simulation: Simulation) -> Callable[..., Any]:
    async def endpoint(request: Request) -> Response:
        if request.method == "DELETE":
            simulation.journal.clear()
            return _reply({})
        asked = request.query_params
        limit = asked.get("limit")
        if limit is not None and not limit.isdecimal():
            return _reply({"error": "limit is a whole number"}, 400)
        entries = simulation.journal.entries(
            realm_id=asked.get("realm_id"),
            kind=asked.get("kind"),
            limit=int(limit) if limit is not None else None,
        )

        async def pieces() -> AsyncIterator[str]:
            yield "["
            for position, entry in enumerate(entries):
                yield ("," if position else "") + json.dumps(entry)
            yield "]"

        return StreamingResponse(pieces(), media_type="application/json")

    return endpoint
