"""Pages where a person looks around the simulated companies: what did the export do?"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sync.simulator.ledger import Company
from sync.simulator.pages.layout import facts, indented, lines
from sync.simulator.pages.rendering import page
from sync.simulator.simulation import Simulation

PER_PAGE = 100
TABS = {"customers": "Customer", "invoices": "Invoice", "payments": "Payment"}
JOURNAL_ROWS = 200


def routes(simulation: Simulation) -> list[BaseRoute]:
    """Every page, bound to one simulation."""

    async def home(_request: Request) -> Response:
        return page("home.html", companies=[_summary(simulation, c) for c in _all(simulation)])

    async def listing(request: Request) -> Response:
        return _listing(simulation, request.path_params, _page_number(request))

    async def document(request: Request) -> Response:
        return _document(simulation, request.path_params)

    async def journal(request: Request) -> Response:
        return _journal(simulation, request.query_params.get("realm_id") or None)

    return [
        Route("/", home),
        Route("/companies/{realm_id}/{tab}", listing),
        Route("/companies/{realm_id}/{entity}/{id}", document),
        Route("/journal", journal),
    ]


def _all(simulation: Simulation) -> list[Company]:
    return simulation.ledger.companies()


def _summary(simulation: Simulation, company: Company) -> dict[str, Any]:
    counts = {
        tab: len(simulation.ledger.documents(company.realm_id, entity))
        for tab, entity in TABS.items()
    }
    return {"company": company, "counts": counts}


def _listing(simulation: Simulation, where: Mapping[str, str], number: int) -> Response:
    company = simulation.ledger.company(where["realm_id"])
    entity = TABS.get(where["tab"])
    if company is None or entity is None:
        return _missing()
    documents = simulation.ledger.documents(company.realm_id, entity)
    documents.sort(key=lambda document: int(document["Id"]), reverse=True)
    pages = max(1, -(-len(documents) // PER_PAGE))
    number = min(number, pages)
    return page(
        f"{where['tab']}.html",
        company=company,
        tab=where["tab"],
        total=len(documents),
        rows=[
            ROWS[entity](document) for document in documents[(number - 1) * PER_PAGE :][:PER_PAGE]
        ],
        numbers=_names(simulation, company, "Invoice", "DocNumber"),
        accounts=_names(simulation, company, "Account", "Name"),
        number=number,
        pages=pages,
    )


def _names(simulation: Simulation, company: Company, entity: str, field: str) -> dict[str, str]:
    documents = simulation.ledger.documents(company.realm_id, entity)
    return {document["Id"]: str(document.get(field) or "") for document in documents}


def _document(simulation: Simulation, where: Mapping[str, str]) -> Response:
    company = simulation.ledger.company(where["realm_id"])
    if company is None:
        return _missing()
    for found in simulation.ledger.documents(company.realm_id, where["entity"]):
        if found["Id"] == where["id"]:
            return page(
                "document.html",
                company=company,
                entity=where["entity"],
                tab=where["entity"].lower() + "s",
                id=where["id"],
                currency=found.get("CurrencyRef", {}).get("value", company.currency),
                facts=facts(found),
                lines=lines(found),
                links=found.get("LinkedTxn", []),
                text=indented(found),
            )
    return _missing()


def _journal(simulation: Simulation, realm_id: str | None) -> Response:
    entries = list(simulation.journal.entries(realm_id=realm_id, limit=JOURNAL_ROWS))
    names = {company.realm_id: company.name for company in _all(simulation)}
    return page(
        "journal.html",
        entries=entries[::-1],
        names=names,
        realm_id=realm_id,
        tab="journal",
        most=JOURNAL_ROWS,
    )


def _customer(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": document["Id"],
        "name": document.get("DisplayName", ""),
        "email": document.get("PrimaryEmailAddr", {}).get("Address", ""),
        "balance": document.get("Balance", 0),
        "currency": document.get("CurrencyRef", {}).get("value", ""),
        "active": document.get("Active", True),
        "notes": document.get("Notes", ""),
    }


def _invoice(document: Mapping[str, Any]) -> dict[str, Any]:
    linked = document.get("LinkedTxn", [])
    return {
        **_sale(document),
        "number": document.get("DocNumber", ""),
        "balance": document.get("Balance", 0),
        "state": _state(document),
        "payments": [link["TxnId"] for link in linked if link["TxnType"] == "Payment"],
        "others": [link for link in linked if link["TxnType"] != "Payment"],
    }


def _payment(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_sale(document),
        "reference": document.get("PaymentRefNum", ""),
        "unapplied": document.get("UnappliedAmt", 0),
        "deposit": document.get("DepositToAccountRef", {}).get("value", ""),
        "applied": [
            {"amount": line.get("Amount", 0), **link}
            for line in document.get("Line", [])
            for link in line.get("LinkedTxn", [])
        ],
    }


ROWS = {"Customer": _customer, "Invoice": _invoice, "Payment": _payment}


def _sale(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": document["Id"],
        "date": document.get("TxnDate", ""),
        "customer": document.get("CustomerRef", {}).get("name", ""),
        "customer_id": document.get("CustomerRef", {}).get("value", ""),
        "currency": document.get("CurrencyRef", {}).get("value", ""),
        "total": document.get("TotalAmt", 0),
        "note": document.get("PrivateNote", ""),
    }


def _state(document: Mapping[str, Any]) -> str:
    total, balance = document.get("TotalAmt", 0), document.get("Balance", 0)
    if not total and document.get("PrivateNote", "").startswith("Voided"):
        return "Voided"
    if not balance:
        return "Paid"
    return "Open" if balance == total else "Partly paid"


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() else 1


def _missing() -> Response:
    return PlainTextResponse("There is no such page in the simulator.", 404)
