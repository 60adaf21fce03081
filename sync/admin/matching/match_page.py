"""The page of one customer to match: ours beside those it may be, and what a person decides."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from sync.admin.common.base import actor_of, row_numbers
from sync.admin.common.once import refuse
from sync.admin.matching.match_list import Standing, of_customer, of_party
from sync.exports.customers import deciding
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.customers.holders import held_by_others
from sync.exports.customers.matching import words_of
from sync.models import CustomerMatch, Party

MOST_FOUND = 20
LONGEST_TERM = 100


def page_context(request: HttpRequest, match: CustomerMatch) -> dict[str, Any]:
    """Return what the page shows; `q` is what was searched for among QuickBooks' customers."""
    term = request.GET.get("q", "").strip()[:LONGEST_TERM]
    fitting = _fitting(match)
    others = held_by_others(match.company_id, actor_of(request))
    of_others = set(others.filter(qbo_id__in=[party.qbo_id for party, _agrees in fitting]))
    named = _found(match, term).exclude(qbo_id__in=others)
    found = list(named[: MOST_FOUND + 1]) if term else []
    return {
        "title": _("%(name)s: which customer in QuickBooks?") % {"name": match.name},
        "match": match,
        "ours": of_customer(match.customer),
        "place": ", ".join(filter(None, (match.customer.address, match.customer.city))),
        "offered": [
            _offer(match, party, agrees, is_of_others=party.qbo_id in of_others)
            for party, agrees in fitting
        ],
        "found": [_offer(match, party, []) for party in found[:MOST_FOUND]],
        "is_more": len(found) > MOST_FOUND,
        "term": term,
        "is_name": match.standing == Standing.NAME,
        "is_declined": match.is_declined,
        "is_being_linked": match.chosen_id is not None,
    }


def _fitting(match: CustomerMatch) -> list[tuple[Party, list[str]]]:
    """Return those that the reading found, the best first, each with what it rests on."""
    if match.is_declined:
        return []
    agrees = {match.party_id: match.agrees.split(",")} if match.party_id else {}
    agrees |= dict(match.others)
    parties = Party.objects.in_bulk(list(agrees))
    return [
        (parties[pk], names if names != [""] else [])
        for pk, names in agrees.items()
        if pk in parties
    ]


def _found(match: CustomerMatch, term: str) -> QuerySet[Party]:
    parties = Party.objects.filter(company=match.company_id, kind=Party.Kind.CUSTOMER)
    named = parties.filter(name__icontains=term) | parties.filter(full_name__icontains=term)
    return named.order_by("name", "pk")


def _offer(
    match: CustomerMatch, party: Party, agrees: list[str], *, is_of_others: bool = False
) -> dict[str, Any]:
    told = agrees[:1] if is_of_others else agrees
    return {
        "pk": party.pk,
        "who": of_party(party, match.company, is_of_others=is_of_others),
        "agrees": str(words_of(told)).capitalize() if told else "",
        "can_be_chosen": party.active and not is_of_others,
    }


def decide(request: HttpRequest, match: CustomerMatch, following: str) -> HttpResponse:
    """Do what was decided, and go on with the next one."""
    actor, only = actor_of(request), CustomerMatch.objects.filter(pk=match.pk)
    try:
        match request.POST.get("decision"):
            case "link":
                chosen = row_numbers([request.POST.get("party", "")])
                deciding.choose(match, chosen[0] if chosen else 0, actor)
                said = _("%(name)s is being linked.") % {"name": match.name}
            case "decline":
                deciding.decline(only, actor)
                is_taken = only.filter(standing=Standing.NAME).exists()
                then = (
                    _("Its name is taken there: see Names to change.")
                    if is_taken
                    else _("It is created in QuickBooks when an invoice of it goes.")
                )
                said = _("%(name)s is none of theirs. %(then)s") % {
                    "name": match.name,
                    "then": then,
                }
            case "name":
                deciding.rename(match, request.POST.get("name", ""), actor)
                said = _("%(name)s gets its name in QuickBooks.") % {"name": match.name}
            case _:
                deciding.reconsider(match, actor)
                said = _("%(name)s is to be looked at again.") % {"name": match.name}
    except DecisionRefused as refused:
        messages.error(request, str(refused))
        refuse(request)
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, said)
    return HttpResponseRedirect(following)
