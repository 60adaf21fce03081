"""What goes over the wire: exact JSON, Intuit's timestamps, and faults in their three shapes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

JSON_TYPE = "application/json;charset=UTF-8"
XML_TYPE = "application/xml;charset=UTF-8"
PACIFIC = ZoneInfo("America/Los_Angeles")  # Intuit's servers answer in Pacific time

Json = dict[str, Any]


def parse_json(text: str | bytes) -> Any:
    """Parse JSON keeping every number that has a fraction as an exact Decimal."""
    return json.loads(text, parse_float=Decimal)


class _Names(dict[str, str]):
    """Names of properties as JSON writes them; most are written over and over."""

    def __missing__(self, name: str) -> str:
        written = f"{encode_basestring(name)}:"
        if len(self) < REMEMBERED_NAMES:
            self[name] = written
        return written


REMEMBERED_NAMES = 4000  # there are a thousand properties; a client may send others
_names = _Names()


def to_json(value: Any) -> str:
    """Write JSON with Decimals as exact numbers; floats are refused because they are not exact."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict:
        parts = [
            _names[k] + (encode_basestring(v) if type(v) is str else to_json(v))
            for k, v in value.items()
        ]
        return "{" + ",".join(parts) + "}"
    if kind is list or kind is tuple:
        return "[" + ",".join([to_json(item) for item in value]) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no exact JSON form")


def long_time(moment: datetime) -> str:
    """The time of an answer, to the millisecond: 2020-09-29T06:58:50.262-07:00."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def short_time(moment: datetime) -> str:
    """The time in MetaData, to the second: 2020-09-29T05:58:07-07:00."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class FaultError:
    """One entry of a fault; `element` None leaves the key out, as Intuit often does."""

    code: str
    message: str
    detail: str | None
    element: str | None = None

    def business(self) -> Json:
        """The entry as a business fault spells it."""
        entry = {"Message": self.message, "Detail": self.detail, "code": self.code}
        return entry if self.element is None else entry | {"element": self.element}

    def gateway(self) -> Json:
        """The entry as the gateway spells it."""
        return {
            "message": self.message,
            "detail": self.detail,
            "code": self.code,
            "element": self.element,
        }


def business_fault(
    errors: Iterable[FaultError], now: datetime, kind: str = "ValidationFault"
) -> bytes:
    """Body of a fault of the accounting service itself: upper-case keys, ISO time."""
    return to_json({"Fault": fault_body(errors, kind), "time": long_time(now)}).encode()


def fault_body(errors: Iterable[FaultError], kind: str = "ValidationFault") -> Json:
    """The part under `Fault`, which a batch item carries without a time of its own."""
    return {"Error": [error.business() for error in errors], "type": kind}


def gateway_fault(error: FaultError, now: datetime, kind: str) -> bytes:
    """Body of a fault of the gateway: lower-case keys, epoch milliseconds, many nulls."""
    body: Json = {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error.gateway()], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(now.timestamp() * 1000),
        "status": None,
        "cdcresponse": [],
    }
    return to_json(body).encode()


def xml_fault(error: FaultError, now: datetime, kind: str) -> bytes:
    """Body of a fault as XML, which QuickBooks sends for a throttle even where JSON was asked."""
    element = "" if error.element is None else f" element={quoteattr(error.element)}"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<IntuitResponse time="{long_time(now)}" xmlns="http://schema.intuit.com/finance/v3">'
        f"<Fault type={quoteattr(kind)}><Error code={quoteattr(error.code)}{element}>"
        f"<Message>{escape(error.message)}</Message><Detail>{escape(error.detail or '')}</Detail>"
        "</Error></Fault></IntuitResponse>"
    ).encode()


THROTTLED = FaultError(
    "3001",
    "message=ThrottleExceeded; errorCode=003001; statusCode=429",
    "The request limit was reached.  Try again later",
)
FORBIDDEN = FaultError(
    "3100", "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403", None
)
NO_ACCESS = FaultError(
    "120",
    "Authorization Failure",
    "Authorization Failure : -11014-You do not have access to this company or your access has "
    "been removed.",
)
SYSTEM_FAILURE = FaultError(
    "10000",
    "An application error has occurred while processing your request",
    "System Failure Error: An unexpected failure occurred.",
)


def unauthenticated(detail: str) -> FaultError:
    """The gateway's 401 entry; `detail` must not carry the token itself."""
    return FaultError(
        "3200", "message=AuthenticationFailed; errorCode=003200; statusCode=401", detail
    )
