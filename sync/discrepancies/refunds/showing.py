"""A person shows the document that adjusts a refund: it is read and judged aloud.

The page stores a request; the company's lease holder reads the document. A number or a link is
enough; several documents of one number are told apart by whose they are.
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from accounts.access import Capability, require
from accounts.models import User
from sync.company.requests import RequestFailed, ask
from sync.company.sessions import CompanySession
from sync.discrepancies.changes import is_deleted, read_by_id
from sync.discrepancies.refunds.bookkeeping.documents import ENTITIES, read_document
from sync.discrepancies.refunds.bookkeeping.needs import given_words
from sync.discrepancies.refunds.pending import pending_of
from sync.discrepancies.refunds.reading.adjustments import store
from sync.discrepancies.refunds.reading.families import Families
from sync.discrepancies.refunds.reading.proof import known_accounts, read_kin, writing
from sync.discrepancies.refunds.reviews import ReviewRefused
from sync.discrepancies.refunds.taking import give
from sync.models import Adjustment, CompanyRequest, Kin, RefundDiscrepancy
from sync.quickbooks.client import Client, quote
from sync.words import listed, stored, words_of

KIND = "show_adjustment"
LONGEST = 300
_SHOWABLE = (*ENTITIES, "Invoice")
_PAGES = {
    "creditmemo": "CreditMemo",
    "refundreceipt": "RefundReceipt",
    "expense": "Purchase",
    "check": "Purchase",
    "purchase": "Purchase",
    "journal": "JournalEntry",
    "journalentry": "JournalEntry",
    "deposit": "Deposit",
    "invoice": "Invoice",
}
_NUMBERED = {"CreditMemo", "RefundReceipt", "Purchase", "JournalEntry", "Invoice"}
Row = dict[str, Any]
Found = list[tuple[str, Row]]


def show(refund: RefundDiscrepancy, actor: User, text: str) -> CompanyRequest:
    """Ask for a document to be read and judged for a refund; `text` is its number or link."""
    require(actor, Capability.RESOLVE, refund.payment.business_unit_id)
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ReviewRefused(stored("Give the number of a document in QuickBooks, or its link."))
    unit = refund.payment.business_unit
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        raise ReviewRefused(stored("%(unit)s is not connected to QuickBooks.", unit=unit))
    return ask(company, KIND, unit=unit, actor=actor, refund=refund.pk, text=text)


def read_shown(session: CompanySession, request: CompanyRequest) -> dict[str, Any]:
    """Read what a person showed and judge it; the handler of the request."""
    actor, refund_id = request.requested_by, request.params["refund"]
    if actor is None:
        raise RequestFailed(stored("Nobody asked for it."))
    documents = _documents(session, request.params["text"])
    document = _of_the_refund(session, documents, refund_id)
    try:
        taken = give(refund_id, document, actor)
    except ReviewRefused as refused:
        raise RequestFailed(words_of(refused)) from refused
    return {"words": taken.words, "is_whole": taken.is_whole}


def _documents(session: CompanySession, text: str) -> list[Adjustment]:
    """Return what the documents that were meant do to the books, kept as read."""
    found = _find(session.client, text)
    if not found:
        raise RequestFailed(stored("QuickBooks has no document %(name)s.", name=text[:60]))
    documents: list[Adjustment] = []
    for entity, row in found:
        accounts = known_accounts(session, entity, {str(row["Id"]): row})
        read = read_document(entity, row, accounts)
        with writing(session):
            store(session.company, entity, read, {str(row["Id"])})
        keys = [each.customer for each in read]
        kept = Adjustment.objects.filter(company=session.company, entity=entity, is_there=True)
        documents += kept.filter(qbo_id=str(row["Id"]), customer__in=keys)
    if not documents:
        raise RequestFailed(
            stored(
                "%(document)s was read: it %(does)s, so it is no adjustment.",
                document=_title(found),
                does=given_words({}, "USD"),
            )
        )
    return documents


def _title(found: Found) -> str:
    entity, row = found[0]
    return f"{entity} {row.get('DocNumber') or row['Id']}"


def _find(client: Client, text: str) -> Found:
    entity, qbo_id = _link(text)
    if qbo_id:
        wanted = [entity] if entity else list(_SHOWABLE)
        return [(e, row) for e in wanted for row in read_by_id(client, e, {qbo_id}).values()]
    number = re.sub(r"^[^\d#]*?#?(?=\S*\d\S*$)", "", text).strip() or text
    found = []
    for each in _SHOWABLE:
        if each in _NUMBERED:
            rows = client.select(each, f"DocNumber = {quote(number)}")
            found += [(each, row) for row in rows if not is_deleted(row)]
    if not found and number.isdigit():
        for each in _SHOWABLE:
            found += [(each, row) for row in read_by_id(client, each, {number}).values()]
    return found


def _link(text: str) -> tuple[str, str]:
    """Return entity and id of a link to QuickBooks' pages, or to the simulator's; else nothing."""
    address = urlsplit(text)
    if not address.scheme.startswith("http"):
        return "", ""
    parts = [part for part in address.path.split("/") if part]
    given = parse_qs(address.query).get("txnId", [""])[0]
    if given:
        return _PAGES.get(parts[-1].casefold() if parts else "", ""), given
    if len(parts) >= 2 and parts[-1].isdigit():
        return _PAGES.get(parts[-2].casefold(), ""), parts[-1]
    return "", ""


def _of_the_refund(
    session: CompanySession, documents: list[Adjustment], refund_id: int
) -> Adjustment:
    """Return the one document of the refund's customer, or of nobody; else say why not."""
    company = session.company
    pending = pending_of(company)
    claim = next((c for c in pending.claims if c.refund_id == refund_id), None)
    if claim is None:
        raise RequestFailed(stored("This refund is not among those to adjust any more."))
    read_kin(session, {each.customer for each in documents} | set(claim.customers))
    families = Families(dict(Kin.objects.filter(company=company).values_list("customer", "parent")))
    families.join(claim.customers)
    name = families.of(min(claim.customers))
    mine = [d for d in documents if not d.customer or families.of(d.customer) == name]
    useful = [d for d in mine if d.effects.keys() & claim.needs.keys()] or mine
    if not useful:
        raise RequestFailed(
            stored(
                "%(document)s is of another customer: it cannot adjust this refund.",
                document=documents[0],
            )
        )
    if len(useful) > 1:
        raise RequestFailed(
            stored(
                "Several documents fit: %(names)s. Give the link of the one you mean.",
                names=listed([each.said() for each in useful[:5]]),
            )
        )
    return useful[0]
