"""Verification: reading what a company is, how it is set up and what it has to choose from."""

from typing import Any

from django.utils import timezone

from sync.company.paging import read_next_page
from sync.company.requests import RequestFailed, keep_place, progress
from sync.company.sessions import CompanySession
from sync.mappings import rates, store_proposals
from sync.mappings.reference import LISTS, listings
from sync.models import CompanyRequest, QuickBooksCompany, ReferenceEntry, TaxMode
from sync.quickbooks.client import Client, QuickBooksFault, TransportError
from sync.quickbooks.documents import day_of, plain
from sync.quickbooks.faults import Fault, Outcome
from sync.words import stored, together

# The company, its settings, its lists, and the proposals.
_STEPS = len(LISTS) + 3


def verify(session: CompanySession, request: CompanyRequest) -> dict[str, Any] | None:
    """Read a piece of the company; after the last propose what can be guessed, and say it all."""
    try:
        if _read_more(session, request):
            return None
    except QuickBooksFault as failure:
        if failure.fault.throttled or failure.fault.outcome is Outcome.REAUTHORIZE:
            raise
        raise RequestFailed(_words(failure.fault, request.step)) from None
    except TransportError:
        words = stored(
            "QuickBooks did not answer at this step: %(step)s. Verify again.", step=request.step
        )
        raise RequestFailed(words) from None
    progress(request, stored("Proposing mappings"), _STEPS - 1, _STEPS)
    return _conclude(session.company, request.place["counts"])


def _read_more(session: CompanySession, request: CompanyRequest) -> bool:
    """Read company and settings, then a page of the lists each time; say whether any was left."""
    if request.place:
        lists = listings(session.company)
        return read_next_page(session, request, lists, first_step=2, steps=_STEPS)
    progress(request, stored("Reading the company"), 0, _STEPS)
    info = session.client.company_info()
    progress(request, stored("Reading its settings"), 1, _STEPS)
    keep_company(session.company, info, session.client.preferences())
    keep_look(session.company, refusal="", clock_seconds=_seconds_ahead(session.client))
    keep_place(request, {"counts": []})
    return True


def read_company(session: CompanySession) -> None:
    """Read again what the company says of itself and of its settings."""
    keep_company(session.company, session.client.company_info(), session.client.preferences())
    keep_look(session.company, refusal="", clock_seconds=_seconds_ahead(session.client))


def keep_look(company: QuickBooksCompany, **values: Any) -> None:
    """Keep how QuickBooks answered just now: whether it refused, and how its clock stands."""
    values["checked_at"] = timezone.now()
    for name, value in values.items():
        setattr(company, name, value)
    company.save(update_fields=list(values))


def _seconds_ahead(client: Client) -> int | None:
    """Return how far QuickBooks' clock is ahead of ours, None where it did not tell its time."""
    theirs = client.answered_at
    return round((theirs - timezone.now()).total_seconds()) if theirs else None


def read_preferences(session: CompanySession) -> None:
    """Read the company's settings again: numbers, closing date, tax and the like may change."""
    company = session.company
    info = company.preferences.get("CompanyInfo") or {}
    named = {"CompanyName": company.name, "Country": company.country, **info}
    keep_company(company, named, session.client.preferences())


def keep_company(
    company: QuickBooksCompany, info: dict[str, Any], preferences: dict[str, Any]
) -> None:
    """Keep what CompanyInfo and Preferences say."""
    told = plain(preferences)
    told["CompanyInfo"] = _told_of_itself(info)
    company.name = str(info.get("CompanyName") or info.get("LegalName") or "")
    country = str(info.get("Country") or "")[:3]
    if company.preferences.get("TaxPrefs") != told.get("TaxPrefs") or company.country != country:
        _prove_taxes_anew(company)
    company.country = country
    company.preferences = told
    currency = company.preference("CurrencyPrefs", "HomeCurrency")
    company.home_currency = str((currency or {}).get("value") or "")[:3]
    company.book_close_date = day_of(company.preference("AccountingInfoPrefs", "BookCloseDate"))
    company.save(
        update_fields=["name", "country", "preferences", "home_currency", "book_close_date"]
    )


def _prove_taxes_anew(company: QuickBooksCompany) -> None:
    """What was proven of its taxes holds no more: the next invoice of each key goes alone."""
    modes = list(TaxMode.objects.filter(company=company))
    for mode in modes:
        mode.forget()
    TaxMode.objects.bulk_update(modes, ["keeps", "rounding", "agreed_at", "rates", "code"])


def _told_of_itself(info: dict[str, Any]) -> dict[str, Any]:
    """Return what checks and proposals need of CompanyInfo, whether read or kept."""
    pairs = {pair.get("Name"): pair.get("Value") for pair in info.get("NameValue") or []}
    names = ("SubscriptionStatus", "OfferingSku")
    address = info.get("CompanyAddr") or {}
    return {name: pairs.get(name, info.get(name)) for name in names} | {
        "FiscalYearStartMonth": info.get("FiscalYearStartMonth"),
        "Region": address.get("CountrySubDivisionCode", info.get("Region")),
    }


def _conclude(company: QuickBooksCompany, counts: list[list[Any]]) -> dict[str, Any]:
    """Propose, and return what the page shows."""
    store_proposals.propose(company)
    rates.read_anew(company, known_too=True)
    units = company.business_units.all()
    starts = {unit.pk: store_proposals.propose_start_date(company, unit) for unit in units}
    company.verified_at = timezone.now()
    company.save(update_fields=["verified_at"])
    inactive = ReferenceEntry.objects.filter(company=company, active=False)
    return {
        "found": counts,  # pairs: jsonb keeps no order of keys
        "inactive": inactive.count(),
        "start_dates": {str(pk): basis for pk, basis in starts.items() if basis},
    }


def _words(fault: Fault, step: str) -> str:
    if fault.outcome is Outcome.UNKNOWN:
        return stored(
            "QuickBooks had trouble at this step: %(step)s. Verify again in a few minutes.",
            step=step,
        )
    return together(stored("QuickBooks refused this step: %(step)s.", step=step), fault.words)
