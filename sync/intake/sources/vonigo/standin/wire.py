"""How the stand-in writes an object down, and its two clocks."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sync.intake.sources.vonigo.standin.office import FRANCHISES, Office
from sync.intake.sources.vonigo.standin.schema import (
    DATE,
    FIELDS,
    FRANCHISE,
    INVOICE,
    OPTIONS,
    PAYMENT,
    SELECT,
    TAX,
    TAXES,
    field_id,
)
from sync.intake.sources.vonigo.standin.store import Thing

EXACT = "\x01"  # around a text that is to be a number in JSON, as it stands


def written(office: Office, thing: Thing) -> dict[str, Any]:
    """Return an object as a list has it."""
    zone = ZoneInfo(FRANCHISES[thing["franchise"]][1])
    say = _say(office)
    related = [each for each in thing["related"] if _is_told(office, each[0])]
    if office.switches["tells_franchise"] == "yes":
        related = [*related, [FRANCHISE, thing["franchise"]]]
    counted = {"countReceipts": "1"} if office.switches["receipts"] == "counted" else {}
    return counted | {
        "objectID": str(thing["id"]),
        "name": thing["name"],
        "dateCreated": say(local_seconds(thing["created"], zone)),
        "dateLastEdited": say(local_seconds(thing["edited"], zone)),
        "isActive": "true" if thing["active"] else "false",
        "Fields": [
            _field(office, thing, name, zone)
            for name in FIELDS.get(thing["type"], ())
            if name in thing["fields"]
        ],
        "Relations": [
            {"objectTypeID": kind, "objectID": number, "name": _name(kind, number),
             "relationType": "parent"}
            for kind, number in related
        ],
    }  # fmt: skip


def local_seconds(microseconds: int, zone: ZoneInfo) -> int:
    """Return a moment by the franchise's clock, written as if that were UTC."""
    local = datetime.fromtimestamp(microseconds / 1_000_000, zone)
    return int(local.replace(tzinfo=UTC).timestamp())


def _is_told(office: Office, kind: int) -> bool:
    return kind != INVOICE or office.switches["tells_invoice"] == "yes"


def _field(office: Office, thing: Thing, name: str, zone: ZoneInfo) -> dict[str, Any]:
    kind, value = thing["type"], thing["fields"][name]
    option = 0
    if FIELDS[kind][name][1] == SELECT:
        option = OPTIONS[kind, name].get(value, 0)
    elif FIELDS[kind][name][1] == DATE and value:
        clock = office.switches["received_clock"] if kind == PAYMENT else "local"
        value = _say(office)(_midnight(value, zone if clock == "utc" else UTC))
    elif office.switches["numbers"] == "numbers" and _is_number(value):
        value = float(value)
    elif office.switches["numbers"] == "exact" and _is_number(value):
        value = f"{EXACT}{value}{EXACT}"
    return {
        "fieldID": field_id(kind, name, office.moved),
        "fieldValue": value,
        "optionID": option,
    }


def _midnight(day: str, zone: Any) -> int:
    try:
        return int(datetime.combine(date.fromisoformat(day), time(), tzinfo=zone).timestamp())
    except ValueError:  # what a test spoilt is told as it stands
        return -1


def _name(kind: int, number: int) -> str:
    return TAXES.get(number, "") if kind == TAX else ""


def _say(office: Office) -> Any:
    return str if office.switches["numbers"] == "strings" else int


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()
