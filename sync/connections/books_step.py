"""The step of a set-up that looks at what the books hold already: read, skipped or finished.

No export of a unit goes while it is open (`readiness.books_open`).
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.company import requests
from sync.connections.setup import SetupRefused
from sync.mappings import booked, parties
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    Event,
    QuickBooksCompany,
    Subject,
    UnitSetup,
)
from sync.words import stored

Books = UnitSetup.Books


def is_due(unit: BusinessUnit) -> bool:
    """Say whether the books are to be read for the unit, as nobody did or asked so far."""
    setup, company = unit.setup, unit.quickbooks_company
    if company is None or setup is None or setup.accepted_at is None or not company.is_connected:
        return False
    if setup.books != Books.OPEN or setup.books_read_at is not None:
        return False
    return unit.export_start_date is not None and not is_being_read(company)


def is_being_read(company: QuickBooksCompany) -> bool:
    """Say whether the books are being read now."""
    asked = CompanyRequest.objects.filter(company=company, kind=booked.READ)
    return asked.filter(state__in=requests.UNFINISHED).exists()


def read_again(unit: BusinessUnit, actor: User | None) -> CompanyRequest:
    """Open the step, and have customers and books read; nothing of the unit goes meanwhile."""
    require(actor, Capability.RESOLVE, unit.pk)
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        raise SetupRefused(stored("%(unit)s is not connected to QuickBooks.", unit=unit))
    if unit.export_start_date is None:
        raise SetupRefused(
            stored("Set the start date first: it says from when on the books are read.")
        )
    with transaction.atomic():
        _put(unit, actor, Books.OPEN, Event.Action.BOOKS_TO_READ)
        UnitSetup.objects.filter(business_unit=unit, company=company).update(books_read_at=None)
        requests.ask(company, parties.READ, actor=actor)
        return requests.ask(company, booked.READ, actor=actor)


def ask_first(unit: BusinessUnit, actor: User | None) -> CompanyRequest | None:
    """Have the books read, once, for a unit whose set-up has come to that step."""
    company = unit.quickbooks_company
    if company is None or not is_due(unit):
        return None
    return requests.ask(company, booked.READ, actor=actor)


def skip(unit: BusinessUnit, actor: User) -> None:
    """Go on without: whatever is in QuickBooks already may be entered there twice."""
    require(actor, Capability.MANAGE, unit.pk)
    _put(unit, actor, Books.SKIPPED, Event.Action.BOOKS_SKIPPED)


def note_reading(company: QuickBooksCompany, since: date) -> list[BusinessUnit]:
    """Keep with each unit of a company from when on its books were read; return these units."""
    units = BusinessUnit.objects.filter(quickbooks_company=company, export_start_date__gte=since)
    setups = UnitSetup.objects.filter(company=company, business_unit__in=units)
    setups.update(books_read_at=timezone.now(), books_since=since)
    return list(units.prefetch_related("setups").order_by("pk"))


def finish(unit: BusinessUnit, actor: User | None) -> None:
    """Call the step done; nobody where nothing was left to decide. The caller has looked."""
    setup = unit.setup
    if setup is None or setup.books_read_at is None:
        raise SetupRefused(stored("What QuickBooks holds was not read yet."))
    if setup.books != Books.DONE:
        _put(unit, actor, Books.DONE, Event.Action.BOOKS_DONE)


def _put(unit: BusinessUnit, actor: User | None, books: Books, action: Event.Action) -> None:
    with transaction.atomic():
        setups = UnitSetup.objects.select_for_update(no_key=True)
        setup = setups.filter(business_unit=unit, company=unit.quickbooks_company).first()
        if setup is None:
            raise SetupRefused(stored("%(unit)s is not connected to QuickBooks.", unit=unit))
        setup.books, setup.books_at, setup.books_by = books, timezone.now(), actor
        setup.save(update_fields=["books", "books_at", "books_by"])
        about = Subject(unit.pk, "QuickBooksCompany", setup.company_id)
        Event.objects.record(action, actor, [about])
