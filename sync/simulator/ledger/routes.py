"""Which address of the API does what: the way of one request through the ledger."""

from collections.abc import Callable
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.faults import RequestFault
from sync.simulator.ledger.books.schema import KINDS
from sync.simulator.ledger.books.types import ApiRequest, ApiResponse
from sync.simulator.ledger.extras import pdf_of, send, tax_service
from sync.simulator.ledger.reading.changes import changes_since
from sync.simulator.ledger.reading.pseudo_codes import shown
from sync.simulator.ledger.reading.rates import read_rate, write_rate
from sync.simulator.ledger.reading.reports import run_report
from sync.simulator.ledger.reading.search import run_query
from sync.simulator.ledger.writing.batch import answer_text, options, run_batch
from sync.simulator.ledger.writing.operations import SINGLE, create, delete, update, void
from sync.simulator.wire import long_time, parse_json, to_json

KIND_OF_PATH = {kind.lower(): kind for kind in KINDS}


def route(books: Books, request: ApiRequest) -> ApiResponse:
    """Do what a request asks; a fault says why not."""
    head = request.path[0].lower() if request.path else ""
    special = SPECIAL.get(head)
    if special is not None:
        return special(books, request)
    kind = KIND_OF_PATH.get(head)
    if kind is None:
        raise _no_resource(request)
    if request.method == "POST":
        return _post(books, request, kind)
    if request.method == "GET" and (len(request.path) > 1 or kind in SINGLE):
        return _get(books, request, kind)
    raise _no_resource(request)


def _no_resource(request: ApiRequest) -> RequestFault:
    path = "/".join(["", "v3", "company", request.realm_id, *request.path])
    return faults.unsupported_operation(path)


def _get(books: Books, request: ApiRequest, kind: str) -> ApiResponse:
    id_ = "1" if kind in SINGLE else request.path[1]
    if kind not in {"TaxCode"} and not id_.isdigit():
        raise faults.invalid_id(id_)
    document = books.live(kind, id_)
    if document is None:
        raise faults.not_found()
    if request.path[2:] == ("pdf",):
        return ApiResponse(200, pdf_of(document), "application/pdf")
    if request.path[2:]:
        raise _no_resource(request)
    return _answer(books, f'"{kind}":{_shown(books, document, request)}')


def _shown(books: Books, document: Document, request: ApiRequest) -> str:
    wanted = request.params.get("include", "").lower() == "invoicelink"
    online = document.body.get("AllowOnlineCreditCardPayment") and document.body.get("BillEmail")
    if not (wanted and online):
        return shown(books, document)
    link = f"https://connect.intuit.com/portal/app/CommerceNetwork/view/scs-v1-{document.id}"
    return books.text(Document(document.kind, document.id, document.body | {"InvoiceLink": link}))


def _post(books: Books, request: ApiRequest, kind: str) -> ApiResponse:
    if request.path[2:] == ("send",):
        document = send(books, kind, request.path[1], request.params.get("sendTo"))
        return _answer(books, f'"{kind}":{books.text(document)}')
    if len(request.path) > 1:
        raise _no_resource(request)
    body = read_body(request)
    document = _write(books, request, kind, body)
    return _answer(books, f'"{kind}":{answer_text(books, document)}')


def _write(books: Books, request: ApiRequest, kind: str, body: Any) -> Document:
    operation = request.params.get("operation", "").lower()
    include = options(request.params.get("include", ""))
    if operation == "delete":
        return delete(books, kind, body)
    if operation == "void" or "void" in include:
        return void(books, kind, body)
    if operation not in {"", "update", "create"}:
        raise faults.unsupported_operation(f"{operation} {kind}")
    has_id = isinstance(body, dict) and body.get("Id") not in (None, "", 0, "0")
    if kind in SINGLE or operation == "update" or has_id:
        return update(books, kind, body, include)
    return create(books, kind, body, include)


def read_body(request: ApiRequest) -> Any:
    """The request's JSON, or a fault where it is none."""
    try:
        return parse_json(request.body)
    except ValueError as error:
        raise faults.unreadable(f"Unexpected character ({error})") from None


def _answer(books: Books, content: str) -> ApiResponse:
    return ApiResponse(200, f'{{{content},"time":"{long_time(books.now)}"}}'.encode())


def _query(books: Books, request: ApiRequest) -> ApiResponse:
    text = request.params.get("query") or ""
    if request.method == "POST" and not text:
        text = request.body.decode("utf-8", "replace")
    if not text.strip():
        raise faults.required("query")
    return _answer(books, f'"QueryResponse":{run_query(books, text)}')


def _batch(books: Books, request: ApiRequest) -> ApiResponse:
    if request.method != "POST":
        raise _no_resource(request)
    request_id = request.params.get("requestid")
    text = run_batch(books, read_body(request), request_id, request.item_fault)
    return ApiResponse(200, f'{text},"time":"{long_time(books.now)}"}}'.encode())


def _cdc(books: Books, request: ApiRequest) -> ApiResponse:
    params = request.params
    found = changes_since(books, params.get("entities", ""), params.get("changedSince", ""))
    return _answer(books, f'"CDCResponse":{found}')


def _report(books: Books, request: ApiRequest) -> ApiResponse:
    if request.method != "GET" or len(request.path) != 2:
        raise _no_resource(request)
    return ApiResponse(200, run_report(books, request.path[1], request.params).encode())


def _tax_service(books: Books, request: ApiRequest) -> ApiResponse:
    if request.method != "POST" or len(request.path) != 2:
        raise _no_resource(request)
    return ApiResponse(200, tax_service(books, read_body(request)).encode())


def _exchange_rate(books: Books, request: ApiRequest) -> ApiResponse:
    if len(request.path) > 1 or request.method not in {"GET", "POST"}:
        raise _no_resource(request)
    is_write = request.method == "POST"
    body = write_rate(books, read_body(request)) if is_write else read_rate(books, request.params)
    return _answer(books, f'"ExchangeRate":{to_json(body)}')


SPECIAL: dict[str, Callable[[Books, ApiRequest], ApiResponse]] = {
    "query": _query,
    "batch": _batch,
    "cdc": _cdc,
    "reports": _report,
    "taxservice": _tax_service,
    "exchangerate": _exchange_rate,
}
