"""The same tenant as JSON lines of the stand-in's own: versions, deletions, no oddities."""

import json
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sync.intake.sources.vonigo.standin.office import PASSWORD, Office
from sync.intake.sources.vonigo.standin.schema import CHARGE, CLIENT, INVOICE, PAYMENT, WORK_ORDER
from sync.intake.sources.vonigo.standin.store import Thing

Line = dict[str, Any]
_TYPES = {"customers": CLIENT, "invoices": INVOICE, "payments": PAYMENT}


def routes(office: Office) -> list[Route]:
    """Return the address of the lines."""

    def lines(request: Request) -> Response:
        asked = request.query_params
        if request.headers.get("Authorization") != f"Bearer {PASSWORD}":
            return PlainTextResponse("", status_code=401)
        with office.lock:
            if office.switches["outages"]:
                office.switch(outages=office.switches["outages"] - 1)
                return PlainTextResponse("<html>", status_code=502)
            kind = _TYPES[request.path_params["stream"]]
            edited, number = (int(part) for part in asked.get("after", "0:0").split(":"))
            franchise = int(asked["franchise"])
            things = office.store.page(
                "type = ? AND franchise IN (?, ?) AND (edited, id) > (?, ?)",
                [kind, franchise, -franchise, edited, number],
                "edited, id", int(asked.get("limit", 500)), 0,
            )  # fmt: skip
            said = [json.dumps(_line(office, thing)) for thing in things]
        return PlainTextResponse("".join(f"{line}\n" for line in said))

    return [Route("/lines/{stream}", lines)]


def _line(office: Office, thing: Thing) -> Line:
    line: Line = {"id": str(thing["id"]), "version": thing["edited"]}
    if thing["franchise"] < 0:
        return line | {"deleted": True}
    made = {CLIENT: _customer, INVOICE: _invoice, PAYMENT: _payment}[thing["type"]]
    return line | made(office, thing)


def _customer(_office: Office, thing: Thing) -> Line:
    fields = thing["fields"]
    return {"name": thing["name"], "email": fields["Email"], "phone": fields["Phone"]}


def _invoice(office: Office, thing: Thing) -> Line:
    fields = thing["fields"]
    order = _related(thing, WORK_ORDER)
    charges = office.store.page("work_order = ? AND type = ?", [order, CHARGE], "id", 1000, 0)
    return {
        "number": thing["name"],
        "customer": str(_related(thing, CLIENT)),
        "issued_on": fields["Date Issued"],
        "due_on": fields["Due Date"],
        "discount": f"{Decimal(fields['Price']) - Decimal(fields['Subtotal']):.2f}",
        "tax": fields["Tax"],
        "total": f"{Decimal(fields['Subtotal']) + Decimal(fields['Tax']):.2f}",
        "void": fields["Status"] == "Cancelled",
        "lines": [
            {"service": each["fields"]["Name"], "quantity": each["fields"]["Quantity"],
             "unit_price": each["fields"]["Unit Price"]}
            for each in charges
        ],
    }  # fmt: skip


def _payment(_office: Office, thing: Thing) -> Line:
    fields = thing["fields"]
    invoice = _related(thing, INVOICE)
    is_void = fields["Status"] == "Voided"
    is_refunded = fields["Refund Amount"] and not is_void
    return {
        "customer": str(_related(thing, CLIENT)),
        "amount": fields["Amount"],
        "received_on": fields["Payment Date"],
        "method": fields["Payment Method"],
        "reference": fields["Check Number"],
        "invoice": str(invoice) if invoice else "",
        "void": is_void,
        "refunded": fields["Refund Amount"] if is_refunded else "",
        "refunded_on": fields["Refund Date"] if is_refunded else "",
    }


def _related(thing: Thing, kind: int) -> int:
    return next((number for of, number in thing["related"] if of == kind), 0)
