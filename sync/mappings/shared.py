"""What every unit of a company posts with: changed by who may in all of them, else proposed.

An accountant of some of the units only has a change wait until those of the others agree; any of
them may decline it. Each unit has an event of all that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.mappings import choices
from sync.mappings.choices import Entry
from sync.mappings.local_terms import choice_words
from sync.models import (
    BusinessUnit,
    Event,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    SharedChange,
    Subject,
    TaxMapping,
    TaxMode,
)
from sync.words import listed, stored

Kind, Outcome, Action = SharedChange.Kind, SharedChange.Outcome, Event.Action
_ENTRIES = {Kind.METHOD: 2}
_CLOSED_BY = {
    Outcome.DECLINED: Action.SHARED_CHANGE_DECLINED,
    Outcome.OVERTAKEN: Action.SHARED_CHANGE_OVERTAKEN,
}


class ChangeRefused(Exception):
    """The change waits no more; the text says so."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one word of ours, or one setting, is to stand for in a company; None is the default."""

    kind: SharedChange.Kind
    entries: tuple[Entry, ...]
    word: str = ""
    taxable: bool = False

    @property
    def ids(self) -> list[int | None]:
        return [entry.pk if entry else None for entry in self.entries]


def change(
    unit: BusinessUnit, company_id: int, chosen: Sequence[Choice], actor: User | None
) -> list[SharedChange]:
    """Put into force what the person may change, and return what waits for others to agree."""
    with transaction.atomic():
        company = _locked(company_id)
        if not _to_ask(company, actor):
            for choice in chosen:
                _make(company, choice, actor)
            return []
        changing = [c for c in chosen if c.kind is Kind.TAX_MODE or c.ids != _current(company, c)]
        asked = [_ask(unit, company, choice, actor) for choice in changing if actor]
        return [row for row in asked if row.outcome == Outcome.OPEN]


def units_to_ask(units: Iterable[BusinessUnit], held: Collection[int] | None) -> list[BusinessUnit]:
    """Return those of a company's units in whose name a person may change nothing.

    `held` are the ids of those where she may resolve; None means every unit.
    """
    return [] if held is None else [unit for unit in units if unit.pk not in held]


def open_changes(company: QuickBooksCompany | None) -> QuerySet[SharedChange]:
    """Return what waits in a company."""
    rows = SharedChange.objects.filter(company=company, outcome=Outcome.OPEN)
    return rows.select_related("company", "asked_in", "asked_by")


def agreements(company: QuickBooksCompany) -> dict[SharedChange, set[int]]:
    """Return what waits in a company, each with the ids of the units that agreed."""
    found: dict[SharedChange, set[int]] = {}
    for row in open_changes(company).annotate(agreeing=F("agreed")):  # a row for each that did
        units = found.setdefault(row, set())
        if row.agreeing is not None:
            units.add(row.agreeing)
    return found


def waits_for(row: SharedChange) -> QuerySet[BusinessUnit]:
    """Return the units whose accountants have yet to agree."""
    return row.company.business_units.exclude(pk__in=row.agreed.values("pk")).order_by("name")


def agree(unit: BusinessUnit, change_id: int, actor: User) -> SharedChange:
    """Agree for every unit where the person may; with the last one the change is in force."""
    with transaction.atomic():
        return _agreed(_waiting(unit, change_id, actor), actor)


def decline(unit: BusinessUnit, change_id: int, actor: User) -> SharedChange:
    """End a change without it; who asked for it may as well."""
    with transaction.atomic():
        return _close(_waiting(unit, change_id, actor), Outcome.DECLINED, actor)


def entries_of(rows: Iterable[SharedChange]) -> dict[int, ReferenceEntry]:
    """Return the entries that changes are about, by id, in one query."""
    ids = (pk for row in rows for pk in (*row.was, *row.becomes))
    return ReferenceEntry.objects.in_bulk({pk for pk in ids if pk is not None})


def names_of(kind: str, ids: Sequence[int | None], known: Mapping[int, ReferenceEntry]) -> str:
    """Return what entries are called; none of them is the default, or finding out anew."""
    names = [known[pk].said() for pk in ids if pk is not None and pk in known]
    if names:
        return listed(names)
    if kind == Kind.TAX_MODE:
        return stored("as QuickBooks works it out")
    return stored("none of its own")


def _locked(company_id: int) -> QuickBooksCompany:
    return QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company_id)


def _waiting(unit: BusinessUnit, change_id: int, actor: User) -> SharedChange:
    access.require(actor, Capability.RESOLVE, unit.pk)
    company = unit.quickbooks_company_id and _locked(unit.quickbooks_company_id)
    row = open_changes(company).filter(pk=change_id).first() if company else None
    if row is None:
        raise ChangeRefused(stored("That change waits no more. Look at the page again."))
    return row


def _ask(
    unit: BusinessUnit, company: QuickBooksCompany, choice: Choice, actor: User
) -> SharedChange:
    """Propose a change; the same one that others proposed is agreed to, another one overtaken."""
    key = {"kind": choice.kind, "word": choice.word, "taxable": choice.taxable}
    waiting = open_changes(company).filter(**key).first()
    if waiting is not None and waiting.becomes == choice.ids:
        return _agreed(waiting, actor)
    if waiting is not None:
        _close(waiting, Outcome.OVERTAKEN, actor)
    values = {"was": _current(company, choice), "becomes": choice.ids}
    row = SharedChange.objects.create(
        company=company, asked_in=unit, asked_by=actor, **key, **values
    )
    row.agreed.set(_held(company, actor))
    _tell(row, Action.SHARED_CHANGE_ASKED, actor)
    return row


def _agreed(row: SharedChange, actor: User) -> SharedChange:
    row.agreed.add(*_held(row.company, actor))
    _tell(row, Action.SHARED_CHANGE_AGREED, actor)
    if waits_for(row).exists():
        return row
    entries = ReferenceEntry.objects.in_bulk([pk for pk in row.becomes if pk is not None])
    found = tuple(entries.get(pk) for pk in row.becomes)
    choice = Choice(Kind(row.kind), found, row.word, row.taxable)
    if _current(row.company, choice) != row.was or choice.ids != row.becomes:
        return _close(row, Outcome.OVERTAKEN, actor)
    _make(row.company, choice, actor)
    return _close(row, Outcome.MADE, actor)


def _held(company: QuickBooksCompany, actor: User) -> QuerySet[BusinessUnit]:
    return company.business_units.exclude(pk__in=[unit.pk for unit in _to_ask(company, actor)])


def _to_ask(company: QuickBooksCompany, actor: User | None) -> list[BusinessUnit]:
    if actor is None or access.holds_everything(actor):
        return []
    held = access.units_by_capability(actor)[Capability.RESOLVE]
    return units_to_ask(company.business_units.all(), held)


def _close(row: SharedChange, outcome: SharedChange.Outcome, actor: User) -> SharedChange:
    row.outcome, row.closed_at = outcome, timezone.now()
    row.save(update_fields=["outcome", "closed_at"])
    if outcome in _CLOSED_BY:
        _tell(row, _CLOSED_BY[outcome], actor)
    return row


def _make(company: QuickBooksCompany, choice: Choice, actor: User | None) -> None:
    """Put a choice into force; units that share the company have an event of what it changed."""
    was = _current(company, choice)
    _put(company, choice)
    row = SharedChange(
        company=company, kind=choice.kind, word=choice.word, taxable=choice.taxable,
        was=was, becomes=choice.ids,
    )  # fmt: skip
    if choice.kind is Kind.TAX_MODE:
        as_line = choice.entries[0] is not None
        _tell(row, Action.TAX_AS_LINE if as_line else Action.TAX_PROVEN_ANEW, actor)
    elif was != choice.ids and company.business_units.count() > 1:
        _tell(row, Action.SHARED_CHANGE_MADE, actor)


def _put(company: QuickBooksCompany, choice: Choice) -> None:
    match choice.kind:
        case Kind.ITEM:
            choices.choose_item(company, choice.word, choice.entries[0])
        case Kind.METHOD:
            choices.choose_method(company, choice.word, *choice.entries)
        case Kind.TAX:
            choices.choose_tax_code(company, choice.word, choice.taxable, choice.entries[0])
        case Kind.DISCOUNT:
            choices.choose_discount_account(company, choice.entries[0])
        case Kind.TAX_MODE:
            choices.choose_tax_mode(company, choice.word, choice.entries[0])


def _current(company: QuickBooksCompany, choice: Choice) -> list[int | None]:
    """Return the ids of the entries that a choice stands for now."""
    if choice.kind is Kind.DISCOUNT:
        return [company.discount_account_id]
    rows = {
        Kind.ITEM: ItemMapping.objects.filter(service=choice.word).values_list("item"),
        Kind.METHOD: MethodMapping.objects.filter(method=choice.word).values_list(
            "payment_method", "deposit_account"
        ),
        Kind.TAX: TaxMapping.objects.filter(
            tax_code=choice.word, taxable=choice.taxable
        ).values_list("quickbooks_tax_code"),
        Kind.TAX_MODE: TaxMode.objects.filter(key=choice.word).values_list("liability_item"),
    }[choice.kind]
    found = rows.filter(company=company).first()
    return list(found) if found else [None] * _ENTRIES.get(choice.kind, 1)


def _tell(row: SharedChange, action: Event.Action, actor: User | None) -> None:
    """Record it in each unit that posts to the company."""
    company, known = row.company, entries_of([row])
    detail = {
        "what": choice_words(row.kind, row.word, taxable=row.taxable, mode=_mode_of(row)),
        "was": names_of(row.kind, row.was, known),
        "becomes": names_of(row.kind, row.becomes, known),
    }
    units = company.business_units.values_list("pk", flat=True)
    about = (Subject(pk, "QuickBooksCompany", company.pk, detail) for pk in units)
    Event.objects.record(action, actor, about)


def _mode_of(row: SharedChange) -> TaxMode | None:
    if row.kind != Kind.TAX_MODE:
        return None
    return TaxMode.objects.filter(company=row.company, key=row.word).first()
