"""The handles by which a company is set up like another one, as it was read."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sync.simulator import wire
from sync.simulator.simulation import Simulation

Act = Callable[[Simulation, dict[str, Any]], dict[str, Any]]


def routes(simulation: Simulation) -> list[BaseRoute]:
    """Every handle, bound to one simulation; amounts stay exact."""
    acts: dict[str, Act] = {"bare": bare, "load": load, "places": places}
    return [
        Route(f"/_simulator/{name}", _endpoint(simulation, act), methods=["POST"])
        for name, act in acts.items()
    ]


def bare(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST bare {"name", "country", "currency", "switches"?}: a company with nothing in it."""
    ledger = simulation.ledger
    realm_id = ledger.free_realm()
    simulation.switches.set(realm_id, None, **given.get("switches") or {})
    simulation.keep_switches()
    ledger.create_bare(realm_id, *(str(given[name]) for name in ("name", "country", "currency")))
    return {"realm_id": realm_id}


def load(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST load {"realm_id", "entity", "rows"}: entries of a list, under the ids they have."""
    realm_id, entity = str(given["realm_id"]), str(given["entity"])
    return {"placed": simulation.ledger.place(realm_id, entity, list(given["rows"]))}


def places(simulation: Simulation, given: dict[str, Any]) -> dict[str, Any]:
    """POST places {"realm_id", "codes": {tax code: state}}: where automatic tax charges a code."""
    codes = {str(code): str(state) for code, state in given["codes"].items()}
    simulation.ledger.place_taxes(str(given["realm_id"]), codes)
    return {}


def _endpoint(simulation: Simulation, act: Act) -> Callable[..., Any]:
    async def endpoint(request: Request) -> Response:
        try:
            told, status = act(simulation, dict(wire.parse_json(await request.body()))), 200
        except (ValueError, TypeError, AttributeError) as problem:
            told, status = {"error": str(problem)}, 400
        except KeyError as missing:
            told, status = {"error": f"{missing.args[0]} is missing"}, 400
        return Response(wire.to_json(told), status, media_type="application/json")

    return endpoint
