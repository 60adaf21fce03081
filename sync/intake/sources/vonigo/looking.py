"""A look at a tenant before anything is pulled: its fields, clocks and statuses, with samples."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sync.intake.sources.interface import Account, Look, Question, Unreadable
from sync.intake.sources.vonigo import clocks, schema
from sync.intake.sources.vonigo.client import Client
from sync.intake.sources.vonigo.mapping import MONEY, REFUNDED, VOID
from sync.intake.sources.vonigo.records import Record
from sync.intake.sources.vonigo.values import id_of, text_of, whole_of
from sync.words import stored

SAMPLE = "50"
_LISTS = {
    schema.CLIENT: "clients", schema.INVOICE: "invoices", schema.PAYMENT: "payments",
    schema.CHARGE: "charges",
}  # fmt: skip
_DATES = {schema.INVOICE: ("issued", "due"), schema.PAYMENT: ("received", "refunded_on")}
_CLOCKS = [
    ("local", stored("the franchise's own clock")),
    ("utc", stored("real UTC, to be turned into the franchise's time")),
]
_MEANINGS = {
    schema.INVOICE: [(MONEY, stored("it stands")), (VOID, stored("it is void"))],
    schema.PAYMENT: [
        (MONEY, stored("the money came")),
        (REFUNDED, stored("all of it was refunded")),
        (VOID, stored("no money came, or it was voided")),
    ],
}  # fmt: skip
_PLAIN = {
    schema.INVOICE: {"open": MONEY, "paid": MONEY, "partially paid": MONEY, "sent": MONEY,
                     "void": VOID, "voided": VOID, "cancelled": VOID, "canceled": VOID},
    schema.PAYMENT: {"completed": MONEY, "paid online": MONEY, "paid": MONEY,
                     "partially refunded": MONEY, "refunded": REFUNDED, "void": VOID,
                     "voided": VOID, "cancelled": VOID, "canceled": VOID, "declined": VOID,
                     "failed": VOID},
}  # fmt: skip


def look_into(client: Client, account: Account, now: datetime) -> Look:
    """Return what is to be confirmed, and what was found besides."""
    questions: list[Question] = []
    fields: dict[str, schema.Fields] = {}
    findings: list[str] = []
    tells_franchise = True
    for object_type, name in _LISTS.items():
        fields[str(object_type)] = of_type = schema.read_fields(client, object_type)
        rows = _rows(client, name)
        asked = list(schema.questions(object_type, of_type, _samples(rows)))
        questions += asked
        # What a person said before counts, then what is proven.
        said = {each.key: account.answers.get(each.key) or each.answer for each in asked}
        records = [Record(object_type, row, said) for row in rows]
        questions += _clocks(object_type, records, said, account, now)
        questions += _statuses(client, object_type, said)
        if object_type != schema.CHARGE:
            if object_type == schema.PAYMENT:
                questions += _invoice_of(records)
            tells_franchise &= all(record.related(schema.FRANCHISE) for record in records)
        findings += _receipts(object_type, rows)
    if not tells_franchise:
        choices = [("session", stored("all that is listed is this franchise's"))]
        label = stored("Some objects do not say which franchise they belong to")
        questions.append(Question("franchise", label, choices, is_required=False))
    findings += _filters(client, account, now)
    offset = _offset(client, account.place)
    findings += _clock_words(offset, account, now)
    return Look(questions, findings, {"fields": fields, "offset": offset})


def franchises(client: Client) -> list[dict[str, Any]]:
    """Return the tenant's franchises as they are listed."""
    said = client.call("resources/franchises/", method="0", pageNo="1", pageSize="500")
    return [row for row in said.get("Franchises") or () if isinstance(row, dict)]


def _invoice_of(payments: Sequence[Record]) -> Iterator[Question]:
    """Ask how a payment is told to be an invoice's; what it names itself proves it."""
    choices = [
        ("relation", stored("it names its invoice")),
        ("job", stored("both have the same job")),
    ]
    answer = ""
    if any(payment.related(schema.INVOICE) for payment in payments):
        answer = "relation"
    elif any(payment.related(schema.JOB) for payment in payments):
        answer = "job"
    label = stored("How a payment is told to be an invoice's")
    yield Question("payment.invoice", label, choices, answer)


def _receipts(object_type: int, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Tell of receipts that are counted: no list shows them, so what they say is not known."""
    counted = [row for row in rows if whole_of(row.get("countReceipts"))]
    if counted:
        yield stored(
            "%(counted)s of %(all)s %(what)s say that they have receipts. Vonigo lists none:"
            " compare one of these with what is taken in before you start.",
            counted=len(counted),
            all=len(rows),
            what=schema.CALLED[object_type],
        )


def _offset(client: Client, place: str) -> int | None:
    """Return how many hours the franchise's clock is ahead of UTC, None where it does not say."""
    rows = [row for row in franchises(client) if id_of(row.get("franchiseID")) == place]
    return whole_of(rows[0].get("gmtOffsetFranchise")) if rows else None


def _clock_words(offset: int | None, account: Account, now: datetime) -> Iterator[str]:
    of_unit = {
        (moment.astimezone(account.zone).utcoffset() or timedelta()) // timedelta(hours=1)
        for moment in (now, now + timedelta(days=182))
    }
    if offset is not None and offset not in of_unit:
        yield stored(
            "The franchise's clock is GMT%(offset)s, and the unit's time zone is %(zone)s: one of"
            " them is wrong.",
            offset=f"{offset:+d}",
            zone=str(account.zone),
        )


def _rows(client: Client, name: str, **more: str) -> list[dict[str, Any]]:
    name = name.capitalize()
    said = client.call(
        f"data/{name}/", method="0", isCompleteObject="true", pageNo="1", pageSize=SAMPLE, **more
    )
    return [row for row in said.get(name) or () if isinstance(row, dict)]


def _samples(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        for field in row.get("Fields") or ():
            value = text_of(field.get("fieldValue")) if isinstance(field, dict) else ""
            samples = found.setdefault(id_of(field.get("fieldID")), []) if value else []
            if value and value not in samples:
                samples.append(value[:60])
    return found


def _clocks(
    object_type: int,
    records: Sequence[Record],
    said: Mapping[str, str],
    account: Account,
    now: datetime,
) -> Iterator[Question]:
    for slot in _DATES.get(object_type, ()):
        if not said.get(key := schema.key_of(object_type, slot)):
            continue
        values = [value for record in records if (value := _value(record, slot))]
        proven = clocks.proven(values, account.zone, now)
        yield Question(
            key=f"clock.{key}",
            label=stored(
                "Which clock is “%(name)s” of %(what)s written in",
                name=schema.usual_name(object_type, slot),
                what=schema.CALLED[object_type],
            ),
            choices=_CLOCKS,
            answer=proven or "",
            samples=[f"{clocks.written(value):%Y-%m-%d %H:%M}" for value in values[:3]],
        )


def _value(record: Record, slot: str) -> Any:
    try:
        value = record.value(slot)
        return value if clocks.written(value) else None
    except Unreadable:
        return None


def _statuses(client: Client, object_type: int, said: Mapping[str, str]) -> Iterator[Question]:
    if object_type not in _MEANINGS:
        return
    field_id = said.get(key := schema.key_of(object_type, "status"))
    options = schema.read_options(client, field_id) if field_id else {}
    for option_id, name in options.items():
        yield Question(
            key=f"{key}.{option_id}",
            label=stored(
                "What the status “%(name)s” of %(what)s means",
                name=name,
                what=schema.CALLED[object_type],
            ),
            choices=_MEANINGS[object_type],
            answer=_PLAIN[object_type].get(name.casefold(), ""),
        )


def _filters(client: Client, account: Account, now: datetime) -> Iterator[str]:
    start, end = now + timedelta(days=366), now + timedelta(days=367)
    window = {
        "dateMode": "2",
        "dateStart": str(clocks.as_local_seconds(start, account.zone)),
        "dateEnd": str(clocks.as_local_seconds(end, account.zone)),
    }
    if _rows(client, "payments", **window):
        yield stored("Vonigo ignores the date filter here: every pull reads everything.")
