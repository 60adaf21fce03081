"""What a person decides about invoices that QuickBooks may hold: link, do not export, export ours.

Nothing here speaks to QuickBooks: what is to be linked is read once more and linked by the holder
of the lease (linking).
"""

from collections.abc import Callable, Iterable, Sequence

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company import requests
from sync.exports.books.step import conclude
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.existing.matching import NOT_LINKABLE, words_of
from sync.exports.existing.proposals import open_matches, undecided
from sync.exports.remedies.decide import decide
from sync.exports.remedies.decision_plan import MOST_AT_ONCE, Decision
from sync.models import (
    BooksDocument,
    BooksMatch,
    BusinessUnit,
    CustomerMatch,
    Event,
    Subject,
)
from sync.words import stored, together

LINK = "link_books"
Standing = BooksMatch.Standing
HELD = stored("QuickBooks held it before it was connected here.")
Rows = QuerySet[BooksMatch]


def accept(rows: Rows, actor: User) -> int:
    """Have everything certain among the rows linked, however many; say how many.

    So are all certain customers of their units: what is to go goes to them.
    """
    certain = _standing_now(undecided(rows)).filter(standing=Standing.CERTAIN)
    with transaction.atomic():
        units = _units_of(certain, actor)
        ids = certain.filter(document__isnull=False)
        accepted = ids.update(chosen=F("document"), chosen_by=actor, refusal="")
        for unit in units:
            certain_customers(unit).update(chosen=F("party"), chosen_by=actor, refusal="")
            _ask_to_link(unit, actor)
    return accepted


def certain_customers(unit: BusinessUnit) -> QuerySet[CustomerMatch]:
    """Return the customers of a unit that are certain, and not accepted yet."""
    return CustomerMatch.objects.filter(
        company=unit.quickbooks_company,
        business_unit=unit,
        standing=CustomerMatch.Standing.CERTAIN,
        party__isnull=False,
        chosen__isnull=True,
    )


def link_alike(rows: Rows, actor: User) -> int:
    """Have those of the rows linked of which one invoice there fits to the cent; say how many."""
    with transaction.atomic():
        found = _locked(undecided(rows), actor)
        alike = [row for row in found if row.document_id and is_alike(row)]
        if not alike:
            raise DecisionRefused(
                stored("Of none of these one invoice fits to the cent: open each.")
            )
        for row in alike:
            row.chosen_id, row.chosen_by, row.refusal = row.document_id, actor, ""
            row.save(update_fields=["chosen", "chosen_by", "refusal"])
        for unit in _units_of(BooksMatch.objects.filter(pk__in=[r.pk for r in alike]), actor):
            _ask_to_link(unit, actor)
    return len(alike)


def is_alike(row: BooksMatch) -> bool:
    """Say whether one invoice there fits, and total, tax and customer are the same."""
    return len(row.candidates) == 1 and not NOT_LINKABLE & set(row.candidates[0][1])


def choose(match: BooksMatch, document_id: int, actor: User) -> None:
    """Say which invoice in QuickBooks one of ours is."""
    with transaction.atomic():
        [row] = _locked(open_matches(BooksMatch.objects.filter(pk=match.pk)), actor)
        doubts = dict(row.candidates).get(document_id)
        document = BooksDocument.objects.filter(pk=document_id, company=row.company_id).first()
        if doubts is None or document is None:
            raise DecisionRefused(
                stored("It is no longer in QuickBooks. Read what it holds again.")
            )
        if against := [doubt for doubt in doubts if doubt in NOT_LINKABLE]:
            raise DecisionRefused(together(stored("It cannot be linked."), words_of(against)))
        row.chosen, row.chosen_by, row.is_declined, row.refusal = document, actor, False, ""
        row.save(update_fields=["chosen", "chosen_by", "is_declined", "refusal"])
        for unit in _units_of(BooksMatch.objects.filter(pk=row.pk), actor):
            _ask_to_link(unit, actor)


def hold(rows: Rows, actor: User) -> int:
    """Mark invoices Do not export, as QuickBooks has them, however many; say how many."""

    def act(some: Sequence[BooksMatch]) -> None:
        decide(Decision.HOLD, [row.invoice_id for row in some], actor, HELD)

    return _for_all(undecided(rows), actor, act)


def decline(rows: Rows, actor: User) -> int:
    """Say that invoices are none of theirs, so that ours are to go; say how many."""

    def act(some: Sequence[BooksMatch]) -> None:
        BooksMatch.objects.filter(pk__in=[row.pk for row in some]).update(is_declined=True)
        _audit(some, Event.Action.MATCH_DECLINED, actor)

    return _for_all(undecided(rows), actor, act)


def reconsider(match: BooksMatch, actor: User) -> None:
    """Take back that an invoice is none of theirs."""
    with transaction.atomic():
        [row] = _locked(open_matches(BooksMatch.objects.filter(pk=match.pk)), actor)
        row.is_declined = False
        row.save(update_fields=["is_declined"])
        _audit([row], Event.Action.MATCH_RECONSIDERED, actor)


def _for_all(rows: Rows, actor: User, act: Callable[[Sequence[BooksMatch]], None]) -> int:
    """Do it chunk by chunk, each in a transaction of its own, and see whether the step is done."""
    ids = list(_standing_now(rows).order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise DecisionRefused(stored("There is nothing to decide among what was chosen."))
    units: dict[int, BusinessUnit] = {}
    done = 0
    for start in range(0, len(ids), MOST_AT_ONCE):
        chunk = BooksMatch.objects.filter(pk__in=ids[start : start + MOST_AT_ONCE])
        with transaction.atomic():
            found = _locked(undecided(chunk), actor)
            act(found)
        units |= {row.business_unit_id: row.business_unit for row in found}
        done += len(found)
    for unit in units.values():
        conclude(unit, actor)
    return done


def _standing_now(rows: Rows) -> Rows:
    """Leave out what belongs to a company that its unit left, and lose what lists need."""
    return BooksMatch.objects.filter(
        pk__in=rows.order_by().values("pk"), company=F("business_unit__quickbooks_company")
    ).order_by()


def _locked(rows: Rows, actor: User) -> list[BooksMatch]:
    """Return the rows, locked; at most so many, and only where the person may."""
    locked = BooksMatch.objects.select_for_update(no_key=True, of=("self",))
    found = list(
        locked.filter(pk__in=_standing_now(rows).values("pk"))
        .select_related("business_unit", "company")
        .order_by("pk")[: MOST_AT_ONCE + 1]
    )
    if not found or len(found) > MOST_AT_ONCE:
        raise DecisionRefused(
            stored(
                "Choose 1 to %(most)s invoices that wait for this.",
                most=MOST_AT_ONCE,
            )
        )
    for unit_id in {row.business_unit_id for row in found}:
        access.require(actor, Capability.RESOLVE, unit_id)
    return found


def _units_of(rows: Rows, actor: User) -> list[BusinessUnit]:
    ids = rows.order_by().values("business_unit").distinct()
    units = list(BusinessUnit.objects.filter(pk__in=ids).select_related("quickbooks_company"))
    if not units:
        raise DecisionRefused(stored("There is nothing certain among what was chosen."))
    for unit in units:
        access.require(actor, Capability.RESOLVE, unit.pk)
        company = unit.quickbooks_company
        if company is None or not company.is_connected:
            raise DecisionRefused(
                stored("%(unit)s is not connected to QuickBooks. Reconnect it first.", unit=unit)
            )
    return units


def _ask_to_link(unit: BusinessUnit, actor: User) -> None:
    """Ask for the links, and accept the certain customers that these rest on."""
    company = unit.quickbooks_company
    chosen = BooksMatch.objects.filter(
        company=company, business_unit=unit, chosen__isnull=False
    ).values("invoice__customer")
    certain_customers(unit).filter(customer__in=chosen).update(
        chosen=F("party"), chosen_by=actor, refusal=""
    )
    if company is not None:
        requests.ask(company, LINK, unit=unit, actor=actor)


def _audit(rows: Iterable[BooksMatch], action: Event.Action, actor: User) -> None:
    about = [
        Subject(row.business_unit_id, "invoice", row.invoice_id, {"company": row.company_id})
        for row in rows
    ]
    Event.objects.record(action, actor, about)
