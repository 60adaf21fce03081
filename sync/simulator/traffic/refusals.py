"""Answers of the gateway in front of the accounting service: 401, 403, 429 and 5xx."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sync.simulator import wire
from sync.simulator.traffic.calls import Answer

THROTTLE_FORMS = ("xml", "json_upper", "json_lower", "empty")
CHALLENGE = (("WWW-Authenticate", 'Bearer realm="Intuit", error="invalid_token"'),)
REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


def unauthenticated(detail: str, now: datetime) -> Answer:
    """401 with the gateway's lower-case fault; the token itself is not echoed."""
    body = wire.gateway_fault(wire.unauthenticated(detail), now, "AUTHENTICATION")
    return Answer(401, body, headers=CHALLENGE, carried_out=False)


def forbidden(now: datetime) -> Answer:
    """403 as a token meets that was given for another company."""
    body = wire.gateway_fault(wire.FORBIDDEN, now, "SERVICE")
    return Answer(403, body, carried_out=False)


def throttled(form: str, retry_after: int, now: datetime) -> Answer:
    """429 in one of the four forms of THROTTLE_FORMS; `retry_after` 0 leaves that header out."""
    headers = (("Retry-After", str(retry_after)),) if retry_after else ()
    return replace(_THROTTLES[form](now), headers=headers)


def business_fault(options: Mapping[str, Any], now: datetime) -> Answer:
    """A business fault of any code, for those that no request can provoke."""
    error = wire.FaultError(
        str(options.get("code", "10000")),
        str(options.get("message", wire.SYSTEM_FAILURE.message)),
        options.get("detail", wire.SYSTEM_FAILURE.detail),
        options.get("element"),
    )
    body = wire.business_fault([error], now, str(options.get("type", "ValidationFault")))
    return Answer(int(options.get("status", 400)), body, carried_out=False)


def html_error(status: int) -> Answer:
    """A 5xx as a proxy on the way makes it: HTML, nothing of Intuit's shapes."""
    title = f"{status} {REASONS[status]}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(status, page.encode(), "text/html", carried_out=False)


def _xml(now: datetime) -> Answer:
    body = wire.xml_fault(wire.THROTTLED, now, "SERVICE")
    return Answer(429, body, wire.XML_TYPE, carried_out=False)


def _json_upper(now: datetime) -> Answer:
    body = wire.business_fault([wire.THROTTLED], now, "SERVICE")
    return Answer(429, body, carried_out=False)


def _json_lower(now: datetime) -> Answer:
    body = wire.gateway_fault(wire.THROTTLED, now, "SERVICE")
    return Answer(429, body, carried_out=False)


def _empty(_now: datetime) -> Answer:
    return Answer(429, content_type="text/plain", carried_out=False)


_THROTTLES: dict[str, Callable[[datetime], Answer]] = {
    "xml": _xml,
    "json_upper": _json_upper,
    "json_lower": _json_lower,
    "empty": _empty,
}
