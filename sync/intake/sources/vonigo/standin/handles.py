"""The stand-in's own handles below /_standin/, and the page that a person sees in a browser."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sync.intake.sources.vonigo.standin.api import Api
from sync.intake.sources.vonigo.standin.office import FRANCHISES, Office
from sync.intake.sources.vonigo.standin.schema import CLIENT, INVOICE, PAYMENT
from sync.intake.sources.vonigo.standin.seed import sell

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Vonigo stand-in</title>
<style>body{{font:16px sans-serif;margin:2rem;max-width:60rem}}td,th{{padding:.3rem .8rem;
text-align:left}}form{{display:inline}}</style><h1>Vonigo stand-in</h1>
<p>A newcomer's Vonigo: enter a paid job, or refund a payment, and see it arrive in Paidup.</p>
{buttons}<h2>The last payments</h2><table><tr><th>Id<th>Franchise<th>Client<th>Received<th>Amount
<th>Status<th></tr>{rows}</table></html>"""


def routes(office: Office, api: Api) -> list[Route]:
    """Return the handles and the page."""

    def switches(request: Request) -> Response:
        office.switch(**dict(_typed(request.query_params)))
        return JSONResponse(office.switches)

    def calls(_request: Request) -> Response:
        return JSONResponse(dict(api.calls))

    def page(_request: Request) -> Response:
        return HTMLResponse(_page(office))

    def new(request: Request) -> Response:
        sell(office, int(request.path_params["franchise"]), _today(), is_paid=True)
        return RedirectResponse("/", status_code=303)

    def refund(request: Request) -> Response:
        number = int(request.path_params["payment"])
        thing = office.store.get(PAYMENT, number)
        if not thing["fields"]["Refund Amount"]:
            office.refund(number, thing["fields"]["Amount"], _today())
        return RedirectResponse("/", status_code=303)

    return [
        Route("/", page),
        Route("/new/{franchise:int}", new, methods=["POST"]),
        Route("/refund/{payment:int}", refund, methods=["POST"]),
        Route("/_standin/switches", switches, methods=["POST"]),
        Route("/_standin/calls", calls),
    ]


def _typed(given: Any) -> Any:
    for name, value in given.items():
        yield name, int(value) if value.isdigit() else value


def _today() -> Any:
    return datetime.now(UTC).date()


def _page(office: Office) -> str:
    with office.lock:
        payments = office.store.page("type = ?", [PAYMENT], "id DESC", 30, 0)
        names = {thing["id"]: thing["name"] for thing in office.store.all(CLIENT)}
        invoices = len(office.store.all(INVOICE))
    rows = "".join(_row(thing, names) for thing in payments)
    buttons = "".join(
        f'<form method="post" action="/new/{number}"><button>New paid job in {name}</button>'
        "</form> "
        for number, (name, *_) in FRANCHISES.items()
    )
    return _PAGE.format(buttons=f"{buttons}<p>{invoices} invoices are held.</p>", rows=rows)


def _row(thing: Any, names: dict[int, str]) -> str:
    fields = thing["fields"]
    client = next((number for kind, number in thing["related"] if kind == CLIENT), 0)
    said = (
        thing["id"], FRANCHISES[abs(thing["franchise"])][0], names.get(client, ""),
        fields["Payment Date"], fields["Amount"], fields["Status"],
    )  # fmt: skip
    cells = "".join(f"<td>{escape(str(each))}" for each in said)
    button = f'<form method="post" action="/refund/{thing["id"]}"><button>Refund</button></form>'
    return f"<tr>{cells}<td>{'' if fields['Refund Amount'] else button}</tr>"
