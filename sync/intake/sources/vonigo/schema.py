"""What a tenant calls the fields that are needed: found by name and type, or said by a person."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.intake.sources.interface import Question, SourceChanged
from sync.intake.sources.vonigo.client import NO_OPTIONS, Answered, Client
from sync.intake.sources.vonigo.values import id_of, text_of
from sync.words import stored

FRANCHISE, CLIENT, JOB, WORK_ORDER, INVOICE, PAYMENT, TAX, CHARGE = 1, 7, 10, 12, 13, 18, 36, 57
WORDS = {CLIENT: "client", INVOICE: "invoice", PAYMENT: "payment", CHARGE: "charge"}
CALLED = {
    CLIENT: stored("clients"), INVOICE: stored("invoices"), PAYMENT: stored("payments"),
    CHARGE: stored("charges"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field that is needed: what it may be called, and of what type it must be."""

    slot: str
    names: str
    """`a|b`: what most tenants call it first."""
    type: str = "tagInput"
    is_required: bool = True


DATE, SELECT = "tagDate", "tagSelect"
WANTED: Mapping[int, Sequence[Wanted]] = {
    CLIENT: (
        Wanted("email", "Email|E-mail", is_required=False),
        Wanted("phone", "Phone|Main Phone", "tagPhone", is_required=False),
    ),
    INVOICE: (
        Wanted("price", "Price|Total Price"),
        Wanted("subtotal", "Subtotal|Sub Total"),
        Wanted("tax", "Tax|Tax Amount|Total Tax"),
        Wanted("issued", "Date Issued|Issued Date|Invoice Date", DATE),
        Wanted("due", "Due Date|Date Due", DATE, is_required=False),
        Wanted("status", "Status|Invoice Status", SELECT, is_required=False),
    ),
    CHARGE: (
        Wanted("name", "Name|Charge Name|Item"),
        Wanted("description", "Description", is_required=False),
        Wanted("quantity", "Quantity|Qty"),
        Wanted("unit_price", "Unit Price|Price Per Unit"),
    ),
    PAYMENT: (
        Wanted("amount", "Amount|Payment Amount"),
        Wanted("method", "Payment Method|Method", SELECT),
        Wanted("received", "Payment Date|Date Received|Date Paid", DATE),
        Wanted("status", "Status|Payment Status", SELECT, is_required=False),
        Wanted("check", "Check Number|Check #", is_required=False),
        Wanted("refunded", "Refund Amount|Refunded Amount", is_required=False),
        Wanted("refunded_on", "Refund Date|Date Refunded", DATE, is_required=False),
        Wanted("tip", "Tip|Tip Amount", is_required=False),
    ),
}
Fields = dict[str, list[str]]  # field id → name, type


def key_of(object_type: int, slot: str) -> str:
    """Return how a person's answer about a field is named."""
    return f"{WORDS[object_type]}.{slot}"


def usual_name(object_type: int, slot: str) -> str:
    """Return what most tenants call a field."""
    names = next(wanted.names for wanted in WANTED[object_type] if wanted.slot == slot)
    return names.partition("|")[0]


def read_fields(client: Client, object_type: int) -> Fields:
    """Return the fields that a type of object has there."""
    said = client.call("system/objects/", method="1", objectID=str(object_type))
    rows = [row for row in said.get("Fields") or () if isinstance(row, dict)]
    found = {
        id_of(row.get("fieldID")): [text_of(row.get("field")), text_of(row.get("fieldType"))]
        for row in rows
    }
    found.pop("", None)
    return found


def read_options(client: Client, field_id: str) -> dict[str, str]:
    """Return what may be chosen in a field; a field of free text has no choices."""
    try:
        said = client.call("system/objects/", method="1", fieldID=field_id)
    except Answered as refused:
        if refused.number == NO_OPTIONS:
            return {}
        raise
    rows = [row for row in said.get("Options") or () if isinstance(row, dict)]
    found = {id_of(row.get("optionID")): text_of(row.get("name")) for row in rows}
    found.pop("", None)
    return found


def proposed(object_type: int, fields: Fields, wanted: Wanted) -> str:
    """Return the one field that has the name and the type, empty where none or several have."""
    names = {_plain(name) for name in wanted.names.split("|")}
    found = [
        field_id
        for field_id, (name, kind) in fields.items()
        if kind == wanted.type and _plain(name) in names
    ]
    return found[0] if len(found) == 1 else ""


def questions(
    object_type: int, fields: Fields, samples: Mapping[str, Sequence[str]]
) -> Iterator[Question]:
    """Yield for each field that is needed which one it is, with values that it has."""
    for wanted in WANTED[object_type]:
        answer = proposed(object_type, fields, wanted)
        choices = [
            (field_id, f"{name} ({field_id})")
            for field_id, (name, kind) in sorted(fields.items(), key=lambda each: each[1])
            if kind == wanted.type
        ]
        yield Question(
            key=key_of(object_type, wanted.slot),
            label=stored(
                "Which field of %(what)s is “%(name)s”",
                what=CALLED[object_type],
                name=usual_name(object_type, wanted.slot),
            ),
            choices=choices if wanted.is_required else [("", stored("None")), *choices],
            answer=answer,
            samples=samples.get(answer, ()),
            is_required=wanted.is_required,
        )


def require_unmoved(
    object_type: int, fields: Fields, answers: Mapping[str, str], known: Mapping[str, Any]
) -> None:
    """Raise SourceChanged where a field is no longer called what a person confirmed."""
    confirmed = (known.get("fields") or {}).get(str(object_type)) or {}
    for wanted in WANTED[object_type]:
        field_id = answers.get(key_of(object_type, wanted.slot), "")
        if not field_id or fields.get(field_id) == confirmed.get(field_id) is not None:
            continue
        words = stored(
            "Field %(id)s of %(what)s was “%(was)s” when it was confirmed, and is now “%(now)s”."
            " Nothing is taken in until somebody has tested the connection and confirmed the"
            " fields again.",
            id=field_id,
            what=CALLED[object_type],
            was=confirmed[field_id][0] if field_id in confirmed else "-",
            now=fields[field_id][0] if field_id in fields else "-",
        )
        raise SourceChanged(words)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9#]", "", name.casefold())
