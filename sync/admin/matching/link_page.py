"""The page of a customer's link: to whom it leads, what hangs on it, and how it can be mended."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from sync.admin.common.base import ScopedAdmin, actor_of, row_numbers
from sync.admin.common.once import refuse
from sync.admin.matching.match_list import of_customer, of_party
from sync.admin.remedies.failures import failure_of
from sync.admin.remedies.request_admin import outcome_url
from sync.exports.customers.holders import held_by_others
from sync.exports.customers.link_state import state_of
from sync.exports.customers.mending import ask_to_mend
from sync.exports.remedies import requests
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.requests import Remedy, has_another_name
from sync.models import Customer, Invoice, Party, SyncRecord
from sync.needs.places import matches_of
from sync.quickbooks.links import deep_link

MOST_FOUND = 20
LONGEST_TERM = 100
_DECISIONS = {"relink": Remedy.RELINK, "anew": Remedy.ANEW, "let_go": Remedy.LET_GO}


@dataclass(frozen=True, slots=True)
class Offer:
    """A customer in QuickBooks that ours may be linked to."""

    qbo_id: str
    who: Any
    active: bool
    note: str = ""


def mend_page(
    request: HttpRequest, owner: ScopedAdmin, customer: Customer, record: SyncRecord | None
) -> HttpResponse:
    """Show the link of a customer, and on POST ask for what a person decides about it."""
    if record is None:
        messages.warning(
            request,
            _("%(customer)s is not linked to any customer in QuickBooks.") % {"customer": customer},
        )
        return HttpResponseRedirect(_page_of(customer))
    if request.method == "POST":
        return _decide(request, customer, record)
    context = {
        **owner.admin_site.each_context(request),
        "opts": owner.model._meta,
        "original": customer,
        "title": _("%(customer)s: its link to QuickBooks") % {"customer": customer},
        **_shown(request, customer, record),
    }
    return TemplateResponse(request, "admin/sync/matching/mend.html", context)


def _page_of(customer: Customer) -> str:
    return reverse("admin:sync_customer_change", args=[customer.pk])


def _decide(request: HttpRequest, customer: Customer, record: SyncRecord) -> HttpResponse:
    decision, only = request.POST.get("decision", ""), _invoice_in(request, customer, "only")
    try:
        if decision == "name":
            asked = requests.ask(Remedy.NAME, [record.pk], actor_of(request))
        elif decision in _DECISIONS:
            to = request.POST.get("to", "")
            pk = only.pk if only else None
            remedy = _DECISIONS[decision]
            asked = [ask_to_mend(record, remedy, actor_of(request), to=to, only=pk)]
        else:
            raise Http404
    except RemedyRefused as refused:
        messages.error(request, str(refused))
        refuse(request)
        return HttpResponseRedirect(request.get_full_path())
    return HttpResponseRedirect(outcome_url(asked))


def _invoice_in(request: HttpRequest, customer: Customer, name: str) -> Invoice | None:
    given = request.POST if request.method == "POST" else request.GET
    numbers = row_numbers([given.get(name, "")])
    return Invoice.objects.filter(pk__in=numbers, customer=customer).first()


def _shown(request: HttpRequest, customer: Customer, record: SyncRecord) -> dict[str, Any]:
    term = request.GET.get("q", "").strip()[:LONGEST_TERM]
    state = state_of(record)
    others = held_by_others(record.company_id, actor_of(request))
    named = _found(record, term).exclude(qbo_id__in=others)
    found = list(named[: MOST_FOUND + 1]) if term else []
    parties = Party.objects.filter(company=record.company_id, kind=Party.Kind.CUSTOMER)
    known = {p.qbo_id: p for p in parties.filter(qbo_id__in=[*state.survivors, record.qbo_id])}
    return {
        "ours": of_customer(customer),
        "place": ", ".join(filter(None, (customer.address, customer.city))),
        "record": record,
        "theirs": deep_link(record.company.realm_id, "Customer", record.qbo_id),
        "their_name": record.content["display_name"],
        "now_called": record.read_back["DisplayName"] if has_another_name(record) else "",
        "failure": failure_of(record),
        "state": state,
        "of": _invoice_in(request, customer, "of"),
        "survivors": [
            _offer(record, qbo_id, name, known.get(qbo_id), _("What went belongs to it there now."))
            for qbo_id, name in state.survivors.items()
        ],
        "found": [_offer(record, p.qbo_id, str(p), p) for p in found[:MOST_FOUND]],
        "is_more": len(found) > MOST_FOUND,
        "term": term,
        "is_read": parties.exists(),
        "list": matches_of(record.business_unit),
        "back": _page_of(customer),
    }


def _found(record: SyncRecord, term: str) -> QuerySet[Party]:
    parties = Party.objects.filter(company=record.company_id, kind=Party.Kind.CUSTOMER)
    named = parties.filter(name__icontains=term) | parties.filter(full_name__icontains=term)
    return named.exclude(qbo_id=record.qbo_id).order_by("name", "pk")


def _offer(
    record: SyncRecord, qbo_id: str, name: str, party: Party | None, note: str = ""
) -> Offer:
    if party is None:
        page = deep_link(record.company.realm_id, "Customer", qbo_id)
        link = '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} ↗</a>'
        return Offer(qbo_id, format_html(link, page, name), active=True, note=note)
    return Offer(qbo_id, of_party(party, record.company), party.active, note)
