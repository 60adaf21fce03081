"""Creating an item or a payment method in QuickBooks for a word of ours that has none there."""

from typing import Any

from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.company.requests import RequestFailed, ask
from sync.company.sessions import CompanySession
from sync.mappings import shared
from sync.mappings.reference import Kind, entry_of, keep_entry
from sync.mappings.shared import Choice
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    SharedChange,
)
from sync.quickbooks.client import quote
from sync.quickbooks.documents import dump
from sync.quickbooks.faults import Outcome, fault_of
from sync.words import stored

CREATE = "create"
LONGEST = {Kind.ITEM: 100, Kind.PAYMENT_METHOD: 31}
_FORBIDDEN = ":\t\r\n"


def ask_to_create(
    unit: BusinessUnit, company: QuickBooksCompany, kind: Kind, word: str, actor: User
) -> CompanyRequest:
    """Ask that the word gets an entry of its own in QuickBooks, and is mapped to it."""
    require(actor, Capability.RESOLVE, unit.pk)
    return ask(company, CREATE, unit=unit, actor=actor, entity=kind.value, word=word)


def create(session: CompanySession, request: CompanyRequest) -> dict[str, Any]:
    """Look for the name, create it where it is not there, and map the word to it.

    QuickBooks holds a name once, so a write whose answer was lost is found by the next look, also
    when it arrives late: the second one is refused as a duplicate.
    """
    company, kind, word = session.company, Kind(request.params["entity"]), request.params["word"]
    _check_name(kind, word)
    row = _look(session, kind, word) or _write(session, request, kind, word)
    if row.get("Active", True) is False:
        raise RequestFailed(
            stored(
                "“%(name)s” is in QuickBooks already, but inactive. Make it active there, then"
                " verify again.",
                name=word,
            )
        )
    entry = keep_entry(entry_of(row, company, kind, timezone.now()))
    return {"name": word, "waits": _map(request, kind, word, entry)}


def _check_name(kind: Kind, word: str) -> None:
    if len(word) > LONGEST[kind] or any(sign in word for sign in _FORBIDDEN):
        raise RequestFailed(
            stored(
                "QuickBooks does not take this name: at most %(most)s characters, and no colon."
                " Choose an existing one instead.",
                most=LONGEST[kind],
            )
        )


def _look(session: CompanySession, kind: Kind, word: str) -> dict[str, Any] | None:
    where = f"Name = {quote(word)} AND Active IN (true, false)"
    return next(session.client.select(kind.value, where), None)


def _write(
    session: CompanySession, request: CompanyRequest, kind: Kind, word: str
) -> dict[str, Any]:
    body: dict[str, Any] = {"Name": word}
    if kind is Kind.ITEM:
        body |= {"Type": "Service", "IncomeAccountRef": {"value": _income(session.company)}}
    # The same id for the same request, however often it is tried.
    request_id = f"create-{request.pk}-{request.created_at:%Y%m%d%H%M%S}"
    answer = session.client.send(kind.value, dump(body), request_id)
    fault = fault_of(answer)
    if fault is None and answer.data is not None:
        row: dict[str, Any] = answer.data[kind.value]
        return row
    found = _look(session, kind, word)
    if found is not None and fault is not None and fault.outcome is Outcome.DUPLICATE:
        return found
    raise RequestFailed(fault.words if fault else stored("QuickBooks' answer could not be read."))


def _income(company: QuickBooksCompany) -> str:
    """Return the income account of the default item, else the first one for services."""
    default = ItemMapping.objects.filter(company=company, service="").select_related("item").first()
    own = (default.item.data.get("IncomeAccountRef") or {}).get("value") if default else None
    if own:
        return str(own)
    incomes = ReferenceEntry.objects.filter(company=company, kind=Kind.ACCOUNT, active=True)
    income = incomes.filter(type="Income").order_by("-subtype", "id").first()
    if income is None:
        raise RequestFailed(stored("There is no income account in QuickBooks to sell it into."))
    return income.qbo_id


def _map(request: CompanyRequest, kind: Kind, word: str, entry: ReferenceEntry) -> bool:
    """Map the word to its entry; say whether that waits for the accountants of other units."""
    company_id = request.company_id
    if kind is Kind.ITEM:
        chosen = Choice(SharedChange.Kind.ITEM, (entry,), word)
    else:
        rows = MethodMapping.objects.filter(company=company_id, method__in=["", word])
        by_word = {row.method: row for row in rows.select_related("deposit_account")}
        row = by_word.get(word) or by_word.get("")
        if row is None:
            raise RequestFailed(
                stored("It was created. Choose the account that payments are deposited to.")
            )
        chosen = Choice(SharedChange.Kind.METHOD, (entry, row.deposit_account), word)
    if request.business_unit is None:
        raise RequestFailed(stored("It was created. Choose it for the word."))
    return bool(shared.change(request.business_unit, company_id, [chosen], request.requested_by))
