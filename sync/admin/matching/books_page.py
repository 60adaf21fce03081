"""The page of one invoice that QuickBooks may hold: both sides, and what a person decides."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from sync.admin.common.base import actor_of, row_numbers
from sync.admin.common.once import refuse
from sync.admin.matching.books_list import of_document
from sync.exports.books import deciding
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.existing.candidates import payments_of
from sync.exports.existing.matching import NOT_LINKABLE, words_of
from sync.models import BooksDocument, BooksMatch, Payment
from sync.quickbooks.documents import name_key
from sync.words import day, money

# Label, ours, theirs, and whether the two differ.
Row = tuple[str, str, str, bool]


def page_context(match: BooksMatch) -> dict[str, Any]:
    """Return what the page shows."""
    documents = BooksDocument.objects.in_bulk([pk for pk, _doubts in match.candidates])
    payments = _payments(match, documents.values())
    ours = list(Payment.objects.filter(invoice=match.invoice_id, voided_at=None))
    return {
        "title": _("Invoice %(number)s: is it in QuickBooks already?") % {"number": match.number},
        "match": match,
        "offered": [
            {
                "pk": pk,
                "who": of_document(documents[pk], match.company),
                "words": words_of(doubts) or _("Same number, total, tax and customer."),
                "linkable": not NOT_LINKABLE & set(doubts),
                "rows": list(_rows(match, documents[pk], ours, payments)),
            }
            for pk, doubts in match.candidates
            if pk in documents
        ],
        "is_declined": match.is_declined,
        "is_being_linked": match.chosen_id is not None,
    }


def _payments(match: BooksMatch, documents: Iterable[BooksDocument]) -> dict[str, BooksDocument]:
    ids = {qbo_id for document in documents for qbo_id in payments_of(document)}
    rows = BooksDocument.objects.filter(company=match.company_id, kind="Payment", qbo_id__in=ids)
    return {row.qbo_id: row for row in rows}


def _rows(
    match: BooksMatch,
    document: BooksDocument,
    ours: Iterable[Payment],
    payments: dict[str, BooksDocument],
) -> Iterable[Row]:
    """Return both sides line by line; payments are in the order of their days."""
    invoice = match.invoice
    here, code = invoice.customer, invoice.currency

    def figure(amount: Any) -> str:
        return _("not told") if amount is None else money(amount, document.currency or code)

    is_same_number = name_key(invoice.quickbooks_number) == document.number_key
    yield _("Number"), invoice.quickbooks_number, document.number, not is_same_number
    is_other = _has(match, document, BooksMatch.Doubt.CUSTOMER)
    yield _("Customer"), str(here), document.customer_name or document.customer, is_other
    there = day(document.day) if document.day else ""
    yield _("Date"), day(invoice.issued_on), there, invoice.issued_on != document.day
    yield (
        _("Total"),
        money(invoice.total, code),
        figure(document.total),
        (invoice.total != document.total),
    )
    yield (
        _("Tax"),
        money(invoice.tax_total, code),
        figure(document.tax),
        (invoice.tax_total != document.tax),
    )
    due = max(invoice.balance_due, 0 * invoice.balance_due)
    yield _("Open"), money(due, code), figure(document.left_open), due != document.left_open
    paid_here = _listed((row.received_on, row.amount, code) for row in ours)
    paying = [payments[pk] for pk in payments_of(document) if pk in payments]
    paid_there = _listed((row.day, row.total, document.currency or code) for row in paying)
    yield _("Payments"), paid_here or _("none"), paid_there or _("none"), paid_here != paid_there


def _has(match: BooksMatch, document: BooksDocument, doubt: str) -> bool:
    return any(pk == document.pk and doubt in doubts for pk, doubts in match.candidates)


def _listed(rows: Iterable[tuple[Any, Any, str]]) -> str:
    known = sorted((on, amount, code) for on, amount, code in rows if on and amount is not None)
    return ", ".join(
        _("%(amount)s on %(on)s") % {"amount": money(amount, code), "on": day(on)}
        for on, amount, code in known
    )


def decide(request: HttpRequest, match: BooksMatch, following: str) -> HttpResponse:
    """Do what was decided, and go on with the next one."""
    actor, only = actor_of(request), BooksMatch.objects.filter(pk=match.pk)
    try:
        match request.POST.get("decision"):
            case "link":
                chosen = row_numbers([request.POST.get("document", "")])
                deciding.choose(match, chosen[0] if chosen else 0, actor)
                said = _("Invoice %(number)s is being linked.") % {"number": match.number}
            case "hold":
                deciding.hold(only, actor)
                said = _("Invoice %(number)s is marked Do not export.") % {"number": match.number}
            case "decline":
                deciding.decline(only, actor)
                said = _("Invoice %(number)s is none of theirs: ours can be exported.") % {
                    "number": match.number
                }
            case _:
                deciding.reconsider(match, actor)
                said = _("Invoice %(number)s is to be looked at again.") % {"number": match.number}
    except DecisionRefused as refused:
        messages.error(request, str(refused))
        refuse(request)
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, said)
    return HttpResponseRedirect(following)
