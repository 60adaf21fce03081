"""Batch: up to 30 operations in one request, each answered by itself."""

import random
from collections.abc import Mapping
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.faults import RequestFault
from sync.simulator.ledger.books.schema import KINDS
from sync.simulator.ledger.reading.changes import changes_since
from sync.simulator.ledger.reading.search import run_query
from sync.simulator.ledger.writing.operations import create, delete, update, void
from sync.simulator.wire import FaultError, Json, fault_body, to_json

MOST_ITEMS = 30
LONGEST_IDS = 50  # requestid and bId together
NOT_ENTITIES = {"bId", "operation", "optionsData", "Query", "CDCQuery"}


def run_batch(
    books: Books, body: Any, request_id: str | None, planned: Mapping[str, Any] | None
) -> str:
    """The answers to all items as JSON text; `planned` makes chosen items fail."""
    items = _items(body, request_id)
    order = list(range(len(items)))
    if books.switches.batch_order == "reversed":
        order.reverse()
    elif books.switches.batch_order == "shuffled":
        random.Random(f"{request_id}{len(items)}").shuffle(order)  # noqa: S311
    answers = [_answer(books, items[place], place, planned) for place in order]
    return f'{{"BatchItemResponse":[{",".join(answers)}]'


def _items(body: Any, request_id: str | None) -> list[Json]:
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise faults.required("BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise faults.business(f"A batch may have at most {MOST_ITEMS} items, not {len(items)}.")
    seen = set()
    for item in items:
        name = item.get("bId") if isinstance(item, dict) else None
        if name in (None, ""):
            raise faults.required("bId")
        if name in seen:
            raise faults.business(f"The bId {name} is used more than once in the batch.")
        seen.add(name)
        size = len(request_id or "") + len(str(name))
        if request_id and size > LONGEST_IDS:
            raise faults.length("bId", 1, LONGEST_IDS - len(request_id), len(str(name)))
    return items


def _answer(books: Books, item: Json, place: int, planned: Mapping[str, Any] | None) -> str:
    tail = f'"bId":{to_json(str(item["bId"]))}}}'
    try:
        if _is_planned(item, place, planned):
            raise _planned_fault(planned or {})
        answer = _perform(books, item)
    except RequestFault as fault:
        books.drop()
        return f'{{"Fault":{to_json(fault_body([fault.error], fault.kind))},{tail}'
    books.keep()
    return f"{{{answer},{tail}"


def _is_planned(item: Json, place: int, planned: Mapping[str, Any] | None) -> bool:
    if planned is None:
        return False
    if "index" in planned and planned["index"] != place:
        return False
    return "entity" not in planned or planned["entity"] in item


def _planned_fault(planned: Mapping[str, Any]) -> RequestFault:
    error = FaultError(
        str(planned.get("code", "6000")),
        str(
            planned.get(
                "message", "A business validation error has occurred while processing your request"
            )
        ),
        str(planned.get("detail", "Business Validation Error: This item was made to fail.")),
        "",
    )
    return RequestFault(error)


def _perform(books: Books, item: Json) -> str:
    if "Query" in item:
        return f'"QueryResponse":{run_query(books, str(item["Query"]))}'
    if "CDCQuery" in item:
        asked = item["CDCQuery"] if isinstance(item["CDCQuery"], dict) else {}
        entities, since = str(asked.get("Entities", "")), str(asked.get("ChangedSince", ""))
        return f'"CDCResponse":{changes_since(books, entities, since)}'
    kind = next((name for name in item if name not in NOT_ENTITIES), None)
    if kind is None:
        raise faults.required("operation")
    if kind not in KINDS:
        raise faults.unknown_field(kind, "BatchItemRequest", sorted({*KINDS, *NOT_ENTITIES}))
    document = _operate(books, kind, item)
    return f'"{kind}":{answer_text(books, document)}'


def _operate(books: Books, kind: str, item: Json) -> Document:
    include = options(str(item.get("optionsData") or ""))
    operation, body = item.get("operation"), item[kind]
    if operation == "update" and "void" in include:
        operation = "void"
    match operation:
        case "create":
            return create(books, kind, body, include)
        case "update":
            return update(books, kind, body, include)
        case "delete":
            return delete(books, kind, body)
        case "void":
            return void(books, kind, body)
        case None | "":
            raise faults.required("operation")
    raise faults.unsupported_operation(f"batch {operation} {kind}")


def options(text: str) -> frozenset[str]:
    """The options of an `include` parameter or of `optionsData`."""
    text = text.removeprefix("include=")
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


def answer_text(books: Books, document: Document) -> str:
    """A written document as the answer shows it; of a deleted one only the envelope."""
    if document.state == "deleted":
        return to_json({"domain": "QBO", "status": "Deleted", "Id": document.id})
    return books.text(document)
