"""What a person decides about customers to match: accept, choose, decline, name, unlink.

Nothing here speaks to QuickBooks: what is accepted is linked by the holder of the lease (linking).
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company import requests
from sync.exports.customers.holders import OF_OTHERS, held_by_others
from sync.exports.customers.naming import holders_of, names_refused, why_refused
from sync.exports.customers.proposing import put_name
from sync.exports.documents.customer_names import chosen_name
from sync.exports.remedies.decide import RemedyRefused
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    Customer,
    CustomerMatch,
    Event,
    Party,
    QuickBooksCompany,
    Subject,
    SyncRecord,
)
from sync.words import stored

LINK = "link_customers"
MOST_AT_ONCE = 1_000
Standing = CustomerMatch.Standing
CHANGED_HERE = stored("The customer was changed here since. Read the customers again.")


class DecisionRefused(RemedyRefused):
    """What was decided cannot be done; the text says why."""


def accept(rows: QuerySet[CustomerMatch], actor: User) -> int:
    """Accept what is certain among the rows, however many; say how many."""
    certain = _standing_now(rows).filter(standing=Standing.CERTAIN, chosen__isnull=True)
    with transaction.atomic():
        units = _units_of(certain, actor)
        accepted = certain.filter(party__isnull=False).update(
            chosen=F("party"), chosen_by=actor, refusal=""
        )
        _ask_to_link(units, actor)
    return accepted


def choose(match: CustomerMatch, party_id: int, actor: User) -> CompanyRequest:
    """Say which customer in QuickBooks one of ours is."""
    party = Party.objects.filter(
        pk=party_id, company=match.company_id, kind=Party.Kind.CUSTOMER
    ).first()
    if party is None:
        raise DecisionRefused(stored("It is no longer in QuickBooks. Read the customers again."))
    if not party.active:
        raise DecisionRefused(stored("It is inactive in QuickBooks. Make it active there first."))
    if held_by_others(match.company_id, actor).filter(qbo_id=party.qbo_id).exists():
        raise DecisionRefused(OF_OTHERS)
    with transaction.atomic():
        rows = _standing_now(CustomerMatch.objects.filter(pk=match.pk))
        units = _units_of(rows, actor)
        rows.update(chosen=party, chosen_by=actor, refusal="", is_declined=False)
        [request] = _ask_to_link(units, actor)
    return request


def decline(rows: QuerySet[CustomerMatch], actor: User) -> int:
    """Say that customers are none of theirs: they get one of their own, under a name it takes."""
    with transaction.atomic():
        found = _chosen_rows(rows.filter(chosen__isnull=True, is_declined=False), actor)
        for company in {row.company for row in found}:
            of_company = [row for row in found if row.company_id == company.pk]
            names = names_refused(company, [row.customer for row in of_company])
            for row in of_company:
                row.is_declined, row.standing, row.refusal = True, Standing.CREATE, ""
                if row.customer_id in names:
                    put_name(row, names[row.customer_id])
                row.save()
        _audit(found, Event.Action.MATCH_DECLINED, actor)
    return len(found)


def reconsider(match: CustomerMatch, actor: User) -> None:
    """Take back that a customer is none of theirs."""
    with transaction.atomic():
        [row] = _chosen_rows(CustomerMatch.objects.filter(pk=match.pk), actor)
        row.is_declined, row.standing, row.new_name, row.rule = False, Standing.LOOK, "", ""
        row.doubt = stored("It was declined before.")
        row.save()
        _audit([row], Event.Action.MATCH_RECONSIDERED, actor)


def use_names(rows: QuerySet[CustomerMatch], actor: User) -> int:
    """Give customers the names that the rule proposes, so many at a time; say how many got one."""
    named = rows.filter(standing=Standing.NAME).exclude(new_name="").order_by("pk")
    ids = list(named.values_list("pk", flat=True)[:MOST_AT_ONCE])
    with transaction.atomic():
        found = _chosen_rows(CustomerMatch.objects.filter(pk__in=ids), actor)
        return sum(_rename(row, row.new_name, actor) for row in found)


def rename(match: CustomerMatch, name: str, actor: User) -> None:
    """Give a customer the name that a person typed."""
    name = name.strip()
    with transaction.atomic():
        [row] = _chosen_rows(CustomerMatch.objects.filter(pk=match.pk), actor)
        if problem := why_refused(row.company, name, holders_of(row.company, [name])):
            raise DecisionRefused(problem)
        if not _rename(row, name, actor):
            raise DecisionRefused(CHANGED_HERE)


def unlink(customers: QuerySet[Customer], actor: User) -> int:
    """Undo links of customers of which no invoice went yet; say how many were undone."""
    links = SyncRecord.objects.filter(
        customer__in=customers,
        linked_by__isnull=False,
        company=F("business_unit__quickbooks_company"),
    )
    with transaction.atomic():
        for company_id in sorted(set(links.values_list("company", flat=True))):
            QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company_id)
        found = list(links.select_related("customer"))
        for record in found:
            access.require(actor, Capability.RESOLVE, record.business_unit_id)
        used = SyncRecord.objects.filter(
            company__in={record.company_id for record in found},
            invoice__customer__in=[record.customer_id for record in found],
        )
        busy = set(used.values_list("company", "invoice__customer"))
        undone = [r for r in found if (r.company_id, r.customer_id) not in busy]
        put_before_a_person(undone, actor)
    if found and not undone:
        raise DecisionRefused(
            stored(
                "An invoice of it is in QuickBooks or on its way there already. Mend its link "
                "instead."
            )
        )
    return len(undone)


def put_before_a_person(records: Iterable[SyncRecord], actor: User | None) -> None:
    """Delete links of customers, and put these before a person again."""
    for record in records:
        parties = Party.objects.filter(company=record.company_id, kind=Party.Kind.CUSTOMER)
        customer = record.customer
        if customer is None:
            continue
        row, _ = CustomerMatch.objects.update_or_create(
            company_id=record.company_id,
            customer=customer,
            defaults={
                "business_unit_id": record.business_unit_id,
                "name": chosen_name(customer),
                "standing": Standing.LOOK,
                "party": parties.filter(qbo_id=record.qbo_id).first(),
                "doubt": stored("It was linked, and a person undid that."),
                "chosen": None,
            },
        )
        _audit([row], Event.Action.UNLINKED, actor, quickbooks_id=record.qbo_id)
        record.delete()


def _standing_now(rows: QuerySet[CustomerMatch]) -> QuerySet[CustomerMatch]:
    """Leave out what belongs to a company that its unit left, and lose what lists need."""
    return CustomerMatch.objects.filter(
        pk__in=rows.order_by().values("pk"), company=F("business_unit__quickbooks_company")
    ).order_by()


def _chosen_rows(rows: QuerySet[CustomerMatch], actor: User) -> list[CustomerMatch]:
    """Return the rows, locked, with their customers; at most so many, and only where one may."""
    locked = CustomerMatch.objects.select_for_update(no_key=True, of=("self",))
    found = list(
        locked.filter(pk__in=_standing_now(rows).values("pk"))
        .select_related("customer", "company")
        .order_by("pk")[: MOST_AT_ONCE + 1]
    )
    if not found or len(found) > MOST_AT_ONCE:
        raise DecisionRefused(
            stored(
                "Choose 1 to %(most)s customers that wait for this.",
                most=MOST_AT_ONCE,
            )
        )
    for unit_id in {row.business_unit_id for row in found}:
        access.require(actor, Capability.RESOLVE, unit_id)
    return found


def _units_of(rows: QuerySet[CustomerMatch], actor: User) -> list[BusinessUnit]:
    ids = rows.values("business_unit").distinct()
    units = list(BusinessUnit.objects.filter(pk__in=ids).select_related("quickbooks_company"))
    if not units:
        raise DecisionRefused(stored("There is nothing to accept among what was chosen."))
    for unit in units:
        access.require(actor, Capability.RESOLVE, unit.pk)
        company = unit.quickbooks_company
        if company is None or not company.is_connected:
            raise DecisionRefused(
                stored("%(unit)s is not connected to QuickBooks. Reconnect it first.", unit=unit)
            )
    return units


def _ask_to_link(units: Iterable[BusinessUnit], actor: User) -> list[CompanyRequest]:
    return [
        requests.ask(unit.quickbooks_company, LINK, unit=unit, actor=actor)
        for unit in units
        if unit.quickbooks_company is not None
    ]


def _rename(row: CustomerMatch, name: str, actor: User) -> bool:
    """Keep the name with the customer, unless that was changed since a person saw it."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
    if chosen_name(customer) != row.name:
        row.refusal = CHANGED_HERE
        row.save(update_fields=["refusal"])
        return False
    customer.quickbooks_name = name
    customer.save(update_fields=["quickbooks_name"])
    _audit([row], Event.Action.CUSTOMER_RENAMED, actor, before=row.name, after=name)
    if row.is_declined:
        row.standing, row.name = Standing.CREATE, name
        row.save(update_fields=["standing", "name"])
    else:
        row.delete()
    return True


def _audit(
    rows: Iterable[CustomerMatch], action: Event.Action, actor: User | None, **detail: str
) -> None:
    subjects = [
        Subject(
            row.business_unit_id,
            SyncRecord.Kind.CUSTOMER,
            row.customer_id,
            {"company": row.company_id, **detail},
        )
        for row in rows
    ]
    Event.objects.record(action, actor, subjects)
