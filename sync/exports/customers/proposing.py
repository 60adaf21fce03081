"""Reading who is in a company, and proposing which of them our customers are; nothing is linked.

Both sides may have tens of thousands, so they are compared a chunk of ours at a time.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sync.company.paging import read_next_page
from sync.company.requests import keep_place, progress
from sync.company.sessions import CompanySession
from sync.exports.customers.matching import CLAIMED, Match, Ours, Theirs, match
from sync.exports.customers.naming import Naming, names_refused
from sync.exports.documents.customer_names import chosen_name
from sync.mappings.parties import LISTS, READ, listings
from sync.models import (
    CompanyRequest,
    Customer,
    CustomerMatch,
    Party,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.documents import email_key, name_key, phone_key
from sync.words import stored

KIND = READ
Standing = CustomerMatch.Standing
_CHUNK = 500
# An e-mail or phone that more of them have, such as “none@example.com”, tells nobody apart.
MOST_SHARING = 5
_KEYS = ("name_key", "full_key", "email", "phone")
# A customer of another unit is proposed for its name, which QuickBooks gives once, and not for an
# e-mail or phone, which would tell who is there.
_NAMES = {"name_key", "full_key"}


def read_and_propose(session: CompanySession, request: CompanyRequest) -> dict[str, Any] | None:
    """Read a page of who is in QuickBooks, then propose for a chunk of ours, until all is done."""
    steps = len(LISTS) + 1
    if read_next_page(session, request, listings(session.company), first_step=0, steps=steps):
        return None
    progress(request, stored("Comparing them with ours"), len(LISTS), steps)
    if _propose_more(session, request):
        return None
    known = SyncRecord.objects.filter(company=session.company, customer=OuterRef("customer"))
    CustomerMatch.objects.filter(Exists(known), company=session.company).delete()
    _doubt_what_several_claim(session.company)
    return {"read": request.place["counts"]}


def _propose_more(session: CompanySession, request: CompanyRequest) -> bool:
    """Propose for the next chunk of the customers of all units; say whether there was one."""
    company, last = session.company, request.place.get("last", 0)
    units = company.business_units.values("pk")
    customers = unmatched(company, units).filter(pk__gt=last).select_related("business_unit")
    chunk = list(customers.order_by("pk")[:_CHUNK])
    if chunk:
        session.lease.renew()
        _propose(company, chunk)
        keep_place(request, request.place | {"last": chunk[-1].pk})
    return bool(chunk)


def unmatched(company: QuickBooksCompany, units: Any) -> QuerySet[Customer]:
    """Return the units' customers that are neither in QuickBooks nor on their way."""
    known = SyncRecord.objects.filter(company=company, customer=OuterRef("pk"))
    return Customer.objects.filter(~Exists(known), business_unit__in=units)


def _propose(company: QuickBooksCompany, chunk: Sequence[Customer]) -> None:
    """Propose for a chunk of customers; what a person decided already stays as it is."""
    ids = [customer.pk for customer in chunk]
    rows = CustomerMatch.objects.filter(company=company, customer__in=ids)
    decided = set(
        rows.filter(Q(chosen__isnull=False) | Q(is_declined=True)).values_list(
            "customer", flat=True
        )
    )
    asked = [customer for customer in chunk if customer.pk not in decided]
    matches = _matches(company, asked)
    names = names_refused(company, [c for c in asked if c.pk not in matches])
    found = [
        _row(company, customer, matches.get(customer.pk), names.get(customer.pk))
        for customer in asked
        if customer.pk in matches or customer.pk in names
    ]
    with transaction.atomic():
        rows.filter(chosen__isnull=True, is_declined=False).delete()
        CustomerMatch.objects.bulk_create(found, ignore_conflicts=True)


def _row(
    company: QuickBooksCompany, customer: Customer, match: Match | None, naming: Naming | None
) -> CustomerMatch:
    row = CustomerMatch(
        company=company,
        business_unit_id=customer.business_unit_id,
        customer=customer,
        name=chosen_name(customer),
    )
    if match is not None:
        row.standing = Standing.LOOK if match.doubt else Standing.CERTAIN
        row.party_id, row.agrees = match.best.theirs.pk, ",".join(match.best.agrees)
        row.others = [[other.theirs.pk, other.agrees] for other in match.candidates[1:]]
        row.doubt = match.doubt
    elif naming is not None:
        put_name(row, naming)
    return row


def put_name(row: CustomerMatch, naming: Naming) -> None:
    """Let a row say why the name is refused, and what the rule makes of it."""
    row.standing, row.doubt = Standing.NAME, naming.problem
    row.new_name = naming.fitted.name if naming.fitted else ""
    row.rule = naming.fitted.rule if naming.fitted else ""


def _matches(company: QuickBooksCompany, customers: Sequence[Customer]) -> dict[int, Match]:
    ours = {c.pk: _ours(company, c) for c in customers}
    theirs = _candidates(company, ours.values())
    found = {}
    unit_of = {customer.pk: customer.business_unit_id for customer in customers}
    for pk, each in ours.items():
        near = {
            t.pk: t
            for key in _keys(each)
            for t in theirs[key]
            if key[0] in _NAMES or not t.is_of_others(unit_of[pk])
        }
        if (made := match(each, near.values())) is not None:
            found[pk] = made
    return found


def _ours(company: QuickBooksCompany, customer: Customer) -> Ours:
    kept_in = customer.twin_currency or customer.business_unit.currency
    currency = kept_in if company.is_multicurrency else ""
    name, city = chosen_name(customer), customer.city
    return Ours(name, customer.email, customer.phone, currency, city)


def _keys(ours: Ours) -> list[tuple[str, str]]:
    """Return what one of ours is looked up by: which field, and what it must hold."""
    name = name_key(ours.name)
    values = (name, name, email_key(ours.email), phone_key(ours.phone))
    return [(field, value) for field, value in zip(_KEYS, values, strict=True) if value]


def _candidates(
    company: QuickBooksCompany, ours: Collection[Ours]
) -> dict[tuple[str, str], list[Theirs]]:
    """Return who could be meant, by field and value, in a fixed number of queries."""
    parties = Party.objects.filter(company=company, kind=Party.Kind.CUSTOMER)
    keys = {key for each in ours for key in _keys(each)}
    found: dict[str, list[Party]] = {}
    for field in _KEYS:
        values = {value for name, value in keys if name == field}
        named = parties.filter(**{f"{field}__in": values}).exclude(**{field: ""})  # as its index
        if field in {"email", "phone"}:
            counted = named.order_by().values(field).annotate(sharing=Count("pk"))
            few = set(counted.filter(sharing__lte=MOST_SHARING).values_list(field, flat=True))
            named = parties.filter(**{f"{field}__in": few}).exclude(**{field: ""})
        found[field] = list(named)
    held = _held(company, {party.qbo_id for some in found.values() for party in some})
    by_key: dict[tuple[str, str], list[Theirs]] = defaultdict(list)
    for field, some in found.items():
        for party in some:
            by_key[field, getattr(party, field)].append(_theirs(party, held))
    return by_key


def _held(company: QuickBooksCompany, qbo_ids: Collection[str]) -> dict[str, set[int]]:
    """Return the units whose customers are linked to these."""
    records = SyncRecord.objects.filter(
        company=company, kind=SyncRecord.Kind.CUSTOMER, qbo_id__in=qbo_ids
    ).exclude(qbo_id="")
    holders: dict[str, set[int]] = defaultdict(set)
    for qbo_id, unit_id in records.values_list("qbo_id", "business_unit"):
        holders[qbo_id].add(unit_id)
    return holders


def _theirs(party: Party, held: Mapping[str, set[int]]) -> Theirs:
    return Theirs(
        pk=party.pk,
        name_key=party.name_key,
        full_key=party.full_key,
        email=party.email,
        phone=party.phone,
        currency=party.currency,
        city=party.city,
        active=party.active,
        held_in=frozenset(held.get(party.qbo_id, ())),
    )


def _doubt_what_several_claim(company: QuickBooksCompany) -> None:
    """One of theirs that several of ours fit by name is certain for none of them."""
    rows = CustomerMatch.objects.filter(company=company, is_declined=False, party__isnull=False)
    claims = rows.filter(Q(agrees__startswith="name") | Q(agrees__startswith="full name"))
    counted = claims.order_by().values("party").annotate(n=Count("pk")).filter(n__gt=1)
    # Listed first: PostgreSQL counts anew for each row where it does not know the table yet.
    several = list(counted.values_list("party", flat=True))
    certain = rows.filter(standing=Standing.CERTAIN, chosen__isnull=True)
    for start in range(0, len(several), _CHUNK):
        doubted = certain.filter(party__in=several[start : start + _CHUNK])
        doubted.update(standing=Standing.LOOK, doubt=CLAIMED)
