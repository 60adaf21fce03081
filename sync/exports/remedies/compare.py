"""Comparing: a document of ours beside the one in QuickBooks that stands where it was to go."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db.models import F

from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.exports.documents.build import Document
from sync.exports.documents.compared_customers import customer_rows, inner, shown
from sync.exports.documents.remote import differences, documents, read_ids
from sync.exports.remedies.check import look_for
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.results import Outcomes, RemedyResult
from sync.models import CompanyRequest, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import Client
from sync.quickbooks.documents import Entity, has_marker, name_key
from sync.words import stored, together

Kind = SyncRecord.Kind
# What a person compares: label, ours, theirs, and whether the two differ.
Row = tuple[str, str, str, bool]
OUR_MARK, _YES = stored("Our mark"), stored("yes")
_HOLDER = re.compile(r"TxnType=(\w+) with TxnId=(\w+)")
# What must be equal for a link to leave QuickBooks with what we hold (law 4).
_FIGURES = {"TotalAmt", "TotalTax", "UnappliedAmt", "Line", "CustomerRef", "CurrencyRef"}
_WORDS = {
    "CustomerRef": (
        stored(
            "It belongs to another customer there, so our payments cannot go onto it. Correct "
            "one of the two, or mark ours Do not export."
        )
    ),
    "CurrencyRef": stored("It is in another currency there. Correct one of the two."),
}
_AMOUNTS = stored(
    "The amounts differ, and QuickBooks must hold what is held here, to the cent. Correct one of "
    "the two, or mark ours Do not export."
)
_ASK_FOR_NAME = stored("Give ours another name in QuickBooks, on the customer's page, then retry.")


@isolated(by_document)
def compare(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Find what stands in the way of documents, and show both sides; nothing is changed."""
    outcomes = Outcomes(request)
    records = outcomes.records()
    progress(request, stored("Looking in QuickBooks"), 0, len(records))
    findings = look_for(session, records)
    unfound = [r for r in records if r.pk not in findings.ours | findings.strangers]
    findings.strangers |= _named_by_refusal(session.client, unfound)
    holders = _other_holders(session.client, unfound)
    made = documents(records)
    for record in records:
        theirs = findings.strangers.get(record.pk)
        if record.pk in findings.ours:
            outcomes.say(
                record.pk, stored("It is ours: it carries our mark. Check it again, or retry.")
            )
        elif theirs is not None:
            _show(outcomes, record, made[record.pk], theirs)
        else:
            outcomes.say(record.pk, _not_found(record, holders))
    return outcomes.result(stored("It is not waiting for anything any more."), done=True)


def _show(outcomes: Outcomes, record: SyncRecord, document: Document | str, theirs: Entity) -> None:
    if record.is_held_by_another_unit(str(theirs["Id"])):
        outcomes.say(record.pk, _of_another_unit(record))
        return
    refused = why_not(record, document, theirs)
    rows = side_by_side(record, theirs)
    outcomes.say(
        record.pk,
        refused or stored("Link it if the two are the same."),
        rows=rows,
        qbo_id=str(theirs["Id"]),
        sync_token=str(theirs.get("SyncToken", "")),
        linkable=not refused,
        contradicts=any(differs for label, _, _, differs in rows if label != OUR_MARK),
    )


def _of_another_unit(record: SyncRecord) -> str:
    """Say what is in the way without saying anything of it: it is not shown outside its unit."""
    mend = (
        _ASK_FOR_NAME if record.kind == Kind.CUSTOMER else stored("Give this one another number.")
    )
    return together(stored("It belongs to another unit that posts to this company."), mend)


def why_not(record: SyncRecord, document: Document | str, theirs: Entity) -> str:
    """Say why a record may not be linked to a document in QuickBooks; empty where it may."""
    if record.is_held_by_another_unit(str(theirs["Id"])):
        return _of_another_unit(record)
    if record.kind != Kind.CUSTOMER:
        if record.is_held_by_another(str(theirs["Id"])) or _is_of_another(record, theirs):
            return stored("It is another of our documents. Give this one another number.")
    elif words := why_not_customer(theirs, record.content["currency"], record.company):
        return together(words, _ASK_FOR_NAME)
    if isinstance(document, str):
        return document
    differing = {d.field for d in differences(document, theirs)} & _FIGURES
    if not differing:
        return ""
    return next((_WORDS[name] for name in _WORDS if name in differing), _AMOUNTS)


def why_not_customer(theirs: Entity, currency: str, company: QuickBooksCompany) -> str:
    """Say why a customer in QuickBooks can take none of our documents; empty where it can."""
    if theirs.get("Active") is False:
        return stored("That customer is inactive. Make it active in QuickBooks first.")
    kept_in = inner(theirs, "CurrencyRef", "value")
    if company.is_multicurrency and kept_in and kept_in != currency:
        return _WORDS["CurrencyRef"]
    return ""


def _is_of_another(record: SyncRecord, theirs: Entity) -> bool:
    return has_marker(theirs, "Paidup ") and not has_marker(theirs, record.marker)


def _named_by_refusal(client: Client, records: Sequence[SyncRecord]) -> dict[int, Entity]:
    """Return the invoices that QuickBooks' own refusals name, by record."""
    named = {
        record.pk: found[2]
        for record in records
        if record.kind == Kind.INVOICE
        and (found := _HOLDER.search(record.error_detail))
        and found[1] == "Invoice"
    }
    there = read_ids(client, Kind.INVOICE, set(named.values())) if named else {}
    numbers = {record.pk: record.content.get("number", "") for record in records}
    return {
        pk: there[qbo_id]
        for pk, qbo_id in named.items()
        if qbo_id in there and _is_same_number(numbers[pk], str(there[qbo_id].get("DocNumber")))
    }


def _is_same_number(ours: str, theirs: str) -> bool:
    """Say whether QuickBooks takes two numbers for equal: it disregards the case of letters."""
    return name_key(ours) == name_key(theirs)


def side_by_side(record: SyncRecord, theirs: Entity) -> list[Row]:
    """Return what a person compares."""
    has_mark = has_marker(theirs, record.marker)
    mark = (OUR_MARK, _YES, _YES if has_mark else stored("no"), not has_mark)
    if record.kind == Kind.CUSTOMER:
        return [*customer_rows(record.content, theirs), mark]
    pairs = _of_document(record, theirs)
    rows = [(label, ours, its, ours != its) for label, ours, its in pairs]
    if record.kind == Kind.INVOICE:
        label, ours, its, _ = rows[0]
        rows[0] = (label, ours, its, not _is_same_number(ours, its))
    return [*rows, mark]


def _of_document(record: SyncRecord, theirs: Entity) -> list[tuple[str, str, str]]:
    content = record.content
    customer = _customer_name(record)
    if record.kind == Kind.INVOICE:
        return [
            (stored("Number"), content["number"], str(theirs.get("DocNumber") or "")),
            (stored("Customer"), customer, _ref_name(theirs, "CustomerRef")),
            (stored("Date"), content["issued_on"], str(theirs.get("TxnDate") or "")),
            (stored("Total"), content["total"], shown(theirs, "TotalAmt")),
            (stored("Open balance"), f"{waiting_amount(record):.2f}", shown(theirs, "Balance")),
        ]
    unapplied = Decimal(content["amount"]) - Decimal(content["applied"])
    return [
        (stored("Customer"), customer, _ref_name(theirs, "CustomerRef")),
        (stored("Date"), content["received_on"], str(theirs.get("TxnDate") or "")),
        (stored("Amount"), content["amount"], shown(theirs, "TotalAmt")),
        (stored("Not applied"), f"{unapplied:.2f}", shown(theirs, "UnappliedAmt")),
        (stored("Reference"), content["reference"], str(theirs.get("PaymentRefNum") or "")),
    ]


def waiting_amount(record: SyncRecord) -> Decimal:
    """Return what our payments are still to take of an invoice."""
    contents = SyncRecord.objects.filter(
        company=record.company_id, payment__invoice=record.invoice_id, qbo_id=""
    ).values_list("content", flat=True)
    return sum((Decimal(content["applied"]) for content in contents), Decimal(0))


def _ref_name(entity: Entity, name: str) -> str:
    return inner(entity, name, "name") or inner(entity, name, "value")


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


# Who holds a name that our customer was to get.
_HELD_BY = {
    "Vendor": stored(
        "The name is a vendor's in QuickBooks, and a customer cannot be linked to a vendor."
    ),
    "Employee": stored(
        "The name is an employee's in QuickBooks, and a customer cannot be linked to an employee."
    ),
}


def _named(client: Client, entity: str, names: Collection[str]) -> dict[str, str]:
    rows = client.select_each(entity, "DisplayName", names)[0]
    kind = _HELD_BY[entity]
    return {name_key(str(row.get("DisplayName", ""))): kind for row in rows}


def _not_found(record: SyncRecord, holders: dict[str, str]) -> str:
    if record.kind == Kind.CUSTOMER:
        holder = holders.get(name_key(record.content["display_name"]))
        if holder:
            return together(holder, _ASK_FOR_NAME)
    other = _HOLDER.search(record.error_detail)
    if other and other[1] != "Invoice":
        return stored(
            "The number is used by another kind of document in QuickBooks (%(kind)s, id "
            "%(qbo_id)s). Give ours another number, or mark it Do not export.",
            kind=other[1],
            qbo_id=other[2],
        )
    return stored("Nothing that could be linked is in QuickBooks now. Retry.")
