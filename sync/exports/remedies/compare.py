"""Comparing: a document of ours beside the one in QuickBooks that stands where it was to go."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db.models import F

from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.exports.documents.build import Document
from sync.exports.documents.remote import differences, documents
from sync.exports.remedies.check import look_for
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.results import Outcomes, RemedyResult
from sync.models import CompanyRequest, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import Client
from sync.quickbooks.documents import Entity, figure, has_marker, name_key

Kind = SyncRecord.Kind
Pair = tuple[str, str, str]
_OTHER_KIND = re.compile(r"TxnType=(\w+) with TxnId=(\w+)")
# What must be equal for a link to leave QuickBooks with what we hold (law 4).
_FIGURES = {"TotalAmt", "TotalTax", "UnappliedAmt", "Line", "CustomerRef", "CurrencyRef"}
_WORDS = {
    "CustomerRef": (
        "It belongs to another customer there, so our payments cannot go onto it. Correct one of"
        " the two, or mark ours Do not export."
    ),
    "CurrencyRef": "It is in another currency there. Correct one of the two.",
}
_AMOUNTS = (
    "The amounts differ, and QuickBooks must hold what is held here, to the cent. Correct one of"
    " the two, or mark ours Do not export."
)
_ASK_FOR_NAME = "Give ours another name in QuickBooks, on the customer's page, then retry."


@isolated(by_document)
def compare(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Find what stands in the way of documents, and show both sides; nothing is changed."""
    outcomes = Outcomes(request)
    records = outcomes.records()
    progress(request, "Looking in QuickBooks", 0, len(records))
    findings = look_for(session, records)
    unfound = [r for r in records if r.pk not in findings.ours | findings.strangers]
    holders = _other_holders(session.client, unfound)
    made = documents(records)
    for record in records:
        theirs = findings.strangers.get(record.pk)
        if record.pk in findings.ours:
            outcomes.say(record.pk, "It is ours: it carries our mark. Check it again, or retry.")
        elif theirs is not None:
            _show(outcomes, record, made[record.pk], theirs)
        else:
            outcomes.say(record.pk, _not_found(record, holders))
    return outcomes.result("It is not waiting for anything any more.", done=True)


def _show(outcomes: Outcomes, record: SyncRecord, document: Document | str, theirs: Entity) -> None:
    refused = why_not(record, document, theirs)
    outcomes.say(
        record.pk,
        refused or "Link it if the two are the same.",
        rows=[(label, ours, its, ours != its) for label, ours, its in side_by_side(record, theirs)],
        qbo_id=str(theirs["Id"]),
        sync_token=str(theirs.get("SyncToken", "")),
        linkable=not refused,
    )


def why_not(record: SyncRecord, document: Document | str, theirs: Entity) -> str:
    """Say why a record may not be linked to a document in QuickBooks; empty where it may."""
    if record.kind != Kind.CUSTOMER:
        if record.is_held_by_another(str(theirs["Id"])) or _is_of_another(record, theirs):
            return "It is another of our documents. Give this one another number."
    elif words := why_not_customer(theirs, record.content["currency"], record.company):
        return f"{words} {_ASK_FOR_NAME}"
    if isinstance(document, str):
        return document
    differing = {d.field for d in differences(document, theirs)} & _FIGURES
    if not differing:
        return ""
    return next((_WORDS[name] for name in _WORDS if name in differing), _AMOUNTS)


def why_not_customer(theirs: Entity, currency: str, company: QuickBooksCompany) -> str:
    """Say why a customer in QuickBooks can take none of our documents; empty where it can."""
    if theirs.get("Active") is False:
        return "That customer is inactive. Make it active in QuickBooks first."
    kept_in = _inner(theirs, "CurrencyRef", "value")
    if company.is_multicurrency and kept_in and kept_in != currency:
        return _WORDS["CurrencyRef"]
    return ""


def _is_of_another(record: SyncRecord, theirs: Entity) -> bool:
    return has_marker(theirs, "Paidup ") and not has_marker(theirs, record.marker)


def side_by_side(record: SyncRecord, theirs: Entity) -> list[Pair]:
    """Return what a person compares: label, ours, theirs."""
    mark = ("Our mark", "yes", "yes" if has_marker(theirs, record.marker) else "no")
    if record.kind == Kind.CUSTOMER:
        return [*_of_customer(record, theirs), mark]
    content = record.content
    customer = _customer_name(record)
    if record.kind == Kind.INVOICE:
        return [
            ("Number", content["number"], str(theirs.get("DocNumber") or "")),
            ("Customer", customer, _ref_name(theirs, "CustomerRef")),
            ("Date", content["issued_on"], str(theirs.get("TxnDate") or "")),
            ("Total", content["total"], _shown(theirs, "TotalAmt")),
            ("Open balance", f"{waiting_amount(record):.2f}", _shown(theirs, "Balance")),
            mark,
        ]
    unapplied = Decimal(content["amount"]) - Decimal(content["applied"])
    return [
        ("Customer", customer, _ref_name(theirs, "CustomerRef")),
        ("Date", content["received_on"], str(theirs.get("TxnDate") or "")),
        ("Amount", content["amount"], _shown(theirs, "TotalAmt")),
        ("Not applied", f"{unapplied:.2f}", _shown(theirs, "UnappliedAmt")),
        ("Reference", content["reference"], str(theirs.get("PaymentRefNum") or "")),
        mark,
    ]


def waiting_amount(record: SyncRecord) -> Decimal:
    """Return what our payments are still to take of an invoice."""
    contents = SyncRecord.objects.filter(
        company=record.company_id, payment__invoice=record.invoice_id, qbo_id=""
    ).values_list("content", flat=True)
    return sum((Decimal(content["applied"]) for content in contents), Decimal(0))


def _of_customer(record: SyncRecord, theirs: Entity) -> list[Pair]:
    content, address = record.content, theirs.get("BillAddr") or {}
    return [
        ("Name", content["display_name"], str(theirs.get("DisplayName") or "")),
        ("Company", content["company_name"], str(theirs.get("CompanyName") or "")),
        ("E-mail", content["email"], _inner(theirs, "PrimaryEmailAddr", "Address")),
        ("Phone", content["phone"], _inner(theirs, "PrimaryPhone", "FreeFormNumber")),
        ("Address", content["address"], str(address.get("Line1") or "")),
        ("City", content["city"], str(address.get("City") or "")),
    ]


def _shown(entity: Entity, name: str) -> str:
    amount = figure(entity, name)
    return "" if amount is None else f"{amount:.2f}"


def _inner(entity: Entity, name: str, inner: str) -> str:
    return str((entity.get(name) or {}).get(inner) or "")


def _ref_name(entity: Entity, name: str) -> str:
    return _inner(entity, name, "name") or _inner(entity, name, "value")


def _customer_name(record: SyncRecord) -> str:
    names = SyncRecord.objects.filter(
        company=record.company_id, customer=record.content["customer"]
    ).values_list(F("content__display_name"), flat=True)
    return str(names.first() or "")


def _other_holders(client: Client, records: Sequence[SyncRecord]) -> dict[str, str]:
    """Return which names vendors and employees hold, among those of customers not found."""
    wanted = {r.content["display_name"] for r in records if r.kind == Kind.CUSTOMER}
    return (
        {} if not wanted else _named(client, "Vendor", wanted) | _named(client, "Employee", wanted)
    )


def _named(client: Client, entity: str, names: Collection[str]) -> dict[str, str]:
    rows = client.select_each(entity, "DisplayName", names)[0]
    kind = {"Vendor": "a vendor", "Employee": "an employee"}[entity]
    return {name_key(str(row.get("DisplayName", ""))): kind for row in rows}


def _not_found(record: SyncRecord, holders: dict[str, str]) -> str:
    if record.kind == Kind.CUSTOMER:
        holder = holders.get(name_key(record.content["display_name"]))
        if holder:
            return (
                f"The name is {holder}'s in QuickBooks, and a customer cannot be linked to"
                f" {holder}. {_ASK_FOR_NAME}"
            )
    other = _OTHER_KIND.search(record.error_detail)
    if other and other[1] != "Invoice":
        return (
            f"The number is used by another kind of document in QuickBooks ({other[1]}, id"
            f" {other[2]}). Give ours another number, or mark it Do not export."
        )
    return "Nothing that could be linked is in QuickBooks now. Retry."
