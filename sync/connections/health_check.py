"""Looking a company up anew: settings, rights, clock and what is mapped, in a handful of requests.

Being served at all keeps the connection alive: a session that opens renews the tokens when they
are due, so the nightly look is also the daily refresh.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from sync.company.isolation import apart
from sync.company.requests import ask
from sync.company.sessions import CompanySession
from sync.company.tokens import renew
from sync.connections.verification import keep_look, read_company
from sync.mappings import rates
from sync.mappings.mappings import rate_ids
from sync.mappings.reference import Kind, read_again
from sync.models import (
    CompanyRequest,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    TermMapping,
    UnitMapping,
)
from sync.quickbooks.client import QuickBooksFault
from sync.quickbooks.faults import Outcome

CHECK = "check"
_REFUSALS = {Outcome.BLOCKED, Outcome.REJECTED, Outcome.REAUTHORIZE}


def look(session: CompanySession, request: CompanyRequest) -> dict[str, Any]:
    """Read what the checks look at; that QuickBooks refuses us is an outcome, not a failure."""
    company = session.company
    try:
        _read_signed_in(session)
    except QuickBooksFault as failure:
        if failure.fault.throttled or failure.fault.outcome not in _REFUSALS:
            raise
        keep_look(company, refusal=failure.fault.words)
        return {"refused": True}
    for kind, ids in _mapped(company):
        read_again(session.client, company, kind, ids)
    rates.read_anew(company)
    return {"refused": False}


def _read_signed_in(session: CompanySession) -> None:
    """Read, and once more with a new token: where none is given, the connection has ended."""
    try:
        read_company(session)
    except QuickBooksFault as failure:
        if failure.fault.outcome is not Outcome.REAUTHORIZE:
            raise
        session.client.use_token(renew(session.company))
        read_company(session)


def look_after_goodbye(realm_id: str) -> None:
    """Have a company looked up that somebody may have disconnected in QuickBooks.

    Anybody can say so; that the connection has ended is believed when QuickBooks says it.
    """
    connected = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    company = connected.filter(realm_id=realm_id).first()
    if company is not None:
        ask(company, CHECK)


def look_at_all() -> int:
    """Ask that every connected company is looked up; say how many."""
    connected = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    companies = list(connected)
    apart(companies, lambda company: ask(company, CHECK))
    return len(companies)


def _mapped(company: QuickBooksCompany) -> Iterator[tuple[Kind, list[str]]]:
    """Yield, for each list, the ids of what mappings of the company point at."""
    items = ItemMapping.objects.filter(company=company).values("item")
    methods = MethodMapping.objects.filter(company=company)
    units = UnitMapping.objects.filter(company=company)
    terms = TermMapping.objects.filter(company=company).values("term")
    codes = TaxMapping.objects.filter(company=company).values("quickbooks_tax_code")
    pointed_at: dict[Kind, QuerySet[Any, Any]] = {
        Kind.ITEM: items,
        Kind.PAYMENT_METHOD: methods.values("payment_method"),
        Kind.ACCOUNT: methods.values("deposit_account"),
        Kind.TAX_CODE: codes,
        Kind.CLASS: units.values("quickbooks_class"),
        Kind.DEPARTMENT: units.values("department"),
        Kind.TERM: terms,
    }
    for kind, rows in pointed_at.items():
        entries = ReferenceEntry.objects.filter(company=company, kind=kind, pk__in=rows)
        found = set(entries.values_list("qbo_id", flat=True))
        if kind is Kind.ACCOUNT and company.discount_account is not None:
            found.add(company.discount_account.qbo_id)
        if found:
            yield kind, sorted(found)
        if kind is Kind.TAX_CODE and (rates := {r for e in entries for r in rate_ids(e)}):
            yield Kind.TAX_RATE, sorted(rates)
