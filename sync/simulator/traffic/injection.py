"""Faults on demand: each is "the next N requests that match", or drawn in a repeatable storm."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.simulator.traffic.calls import Call
from sync.simulator.traffic.refusals import REASONS, THROTTLE_FORMS

KINDS: dict[str, frozenset[str]] = {
    "refuse": frozenset(),
    "lose": frozenset(),
    "late": frozenset({"seconds", "do_after"}),
    "cut": frozenset(),
    "status": frozenset({"status", "when"}),
    "throttle": frozenset({"form", "when", "retry_after"}),
    "fault": frozenset({"status", "code", "message", "detail", "element", "type", "when"}),
    "item": frozenset({"index", "entity", "code", "message", "detail"}),
    "expire_token": frozenset(),
    "requestid_ignored": frozenset(),
}
MATCHES: dict[str, Callable[[Call, Any], bool]] = {
    "kind": lambda call, value: call.kind == value,
    "method": lambda call, value: call.method == str(value).upper(),
    "realm_id": lambda call, value: call.realm_id == value,
    "endpoint": lambda call, value: call.endpoint == str(value).lower(),
    "entity": lambda call, value: value in call.operation_counts(),
    "operation": lambda call, value: any(
        value in operations for operations in call.operation_counts().values()
    ),
    "write": lambda call, value: call.is_write is value,
    "contains": lambda call, value: str(value).encode() in call.body,
    "agent": lambda call, value: str(value) in call.headers.get("user-agent", ""),
}
WHENS = ("before", "after")
DURATIONS = frozenset({"seconds", "do_after", "retry_after", "index"})
LONGEST = 1e6


@dataclass(slots=True)
class Fault:
    """One fault waiting for the requests it is meant for; `after` is how many it lets pass."""

    kind: str
    times: int = 1
    match: Mapping[str, Any] = field(default_factory=dict)
    after: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def fits(self, call: Call) -> bool:
        """Say whether the request is one of those; API calls unless `match` says otherwise."""
        if "kind" not in self.match and call.kind != "api":
            return False
        if self.kind == "item" and call.endpoint != "batch":
            return False
        return all(MATCHES[name](call, value) for name, value in self.match.items())

    def as_dict(self) -> dict[str, Any]:
        """The fault as the administrative endpoint shows it."""
        return {
            "kind": self.kind,
            "times": self.times,
            "match": dict(self.match),
            "after": self.after,
            **self.options,
        }


@dataclass(slots=True)
class Storm:
    """Faults drawn for each matching request, the same ones again from the same seed."""

    seed: int
    rates: Mapping[str, float]
    match: Mapping[str, Any]
    options: Mapping[str, Mapping[str, Any]]
    drawn: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.drawn = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def draw(self, call: Call) -> Fault | None:
        """Draw what befalls this request, or nothing; only matching requests cost a draw."""
        if not Fault("lose", match=self.match).fits(call):
            return None
        point, detail = self.drawn.random(), self.drawn.random()
        for kind, rate in self.rates.items():
            if point < rate:
                fault = Fault(kind, match=self.match, options=self._options(kind, detail))
                return fault if fault.fits(call) else None
            point -= rate
        return None

    def _options(self, kind: str, detail: float) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        when = WHENS[int(detail * 16) % 2]
        if kind == "status":
            drawn = {"status": tuple(REASONS)[int(detail * 4)], "when": when}
        elif kind == "throttle":
            drawn = {"form": THROTTLE_FORMS[int(detail * 4)], "when": when}
        elif kind == "late":
            drawn = {"seconds": round(detail, 2)}
        elif kind == "item":
            drawn = {"index": int(detail * 30)}
        return drawn | dict(self.options.get(kind, {}))


class Injector:
    """Chooses the fault, if any, that one request meets."""

    def __init__(self, server_limit_seconds: float) -> None:
        self.server_limit_seconds = server_limit_seconds
        self._faults: list[Fault] = []
        self._storm: Storm | None = None

    def arm(self, specification: Mapping[str, Any]) -> Fault:
        """Add a fault from its JSON form; ValueError says what is wrong with it."""
        fault = _fault_from(specification)
        if float(fault.options.get("do_after", 0)) > self.server_limit_seconds:
            raise ValueError("do_after lies beyond the server's own limit")
        self._faults.append(fault)
        return fault

    def storm(self, specification: Mapping[str, Any]) -> None:
        """Begin a storm from its JSON form; ValueError says what is wrong with it."""
        unknown = set(specification) - {"seed", "rates", "match", "options"}
        if unknown:
            raise ValueError(f"a storm has no {', '.join(sorted(unknown))}")
        rates = dict(specification["rates"])
        options = dict(specification.get("options", {}))
        match = dict(specification.get("match", {}))
        for kind in {*rates, *options}:
            _check(kind, match, dict(options.get(kind, {})))
        if min(rates.values(), default=0) < 0 or sum(rates.values()) > 1:
            raise ValueError("the rates of a storm lie between 0 and 1, also together")
        self._storm = Storm(int(specification["seed"]), rates, match, options)

    def clear(self) -> None:
        """Drop every waiting fault and the storm."""
        self._faults.clear()
        self._storm = None

    def waiting(self) -> list[dict[str, Any]]:
        """Every fault that has not yet met all its requests."""
        return [fault.as_dict() for fault in self._faults]

    def choose(self, call: Call) -> Fault | None:
        """Take the first waiting fault that fits this request, else what the storm draws."""
        for fault in self._faults:
            if not fault.fits(call):
                continue
            if fault.after:
                fault.after -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
            return fault
        return self._storm.draw(call) if self._storm else None


def duration(value: Any) -> float:
    """Read a length of time, or a count: finite and not below zero; ValueError otherwise."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= LONGEST:
        raise ValueError(f"a length of time, or an index, is a number from 0 to {LONGEST:.0f}")
    return float(value)


def _fault_from(specification: Mapping[str, Any]) -> Fault:
    given = dict(specification)
    kind = str(given.pop("kind", ""))
    times, after = given.pop("times", 1), given.pop("after", 0)
    match = dict(given.pop("match", None) or {})
    for name, value, least in (("times", times, 1), ("after", after, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} is a whole number from {least}")
    _check(kind, match, given)
    return Fault(kind, times, match, after, given)


def _check(kind: str, match: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    unknown = (set(options) - KINDS[kind]) | (set(match) - set(MATCHES))
    if unknown:
        raise ValueError(f"{kind} has no {', '.join(sorted(unknown))}")
    for name in DURATIONS & set(options):
        duration(options[name])
    choices: dict[str, tuple[object, ...]] = {
        "when": WHENS,
        "form": THROTTLE_FORMS,
        "status": (200, 400, 401, 403, 500) if kind == "fault" else tuple(REASONS),
    }
    for name, allowed in choices.items():
        if name in options and options[name] not in allowed:
            raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}")
