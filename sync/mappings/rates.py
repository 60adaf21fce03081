"""Rates of the day: read from a company's own exchange rates before anything foreign is sent.

Intuit keeps a rate a currency and day, fed by its own source, which people may overwrite:
https://developer.intuit.com/app/developer/qbo/docs/workflows/manage-multiple-currencies
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone

from sync.company.requests import ask, keep_place
from sync.company.sessions import CompanySession
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ExchangeRate,
    QuickBooksCompany,
    Reason,
    Verdict,
)
from sync.models.verdicts import OUTDATED

KIND = "rates"
# Days that are read before others get their turn.
_PIECE = 20


class CurrencyDay(NamedTuple):
    """What a rate is asked for."""

    currency: str
    day: date


def known(company: QuickBooksCompany, days: Iterable[CurrencyDay]) -> dict[CurrencyDay, str]:
    """Return the rates among these that were read, empty where QuickBooks has none."""
    wanted = set(days)
    if not wanted:
        return {}
    rows = ExchangeRate.objects.filter(
        company=company,
        currency__in={each.currency for each in wanted},
        day__in={each.day for each in wanted},
        read_at__isnull=False,
    )
    found = {CurrencyDay(c, d): rate for c, d, rate in rows.values_list("currency", "day", "rate")}
    return {each: found[each] for each in wanted if each in found}


def want(company: QuickBooksCompany, days: Iterable[CurrencyDay]) -> None:
    """Have rates read, those too that QuickBooks had none for: one may have been set since."""
    rows = [
        ExchangeRate(company=company, currency=each.currency, day=each.day) for each in set(days)
    ]
    if rows:
        ExchangeRate.objects.bulk_create(rows, ignore_conflicts=True)
        ask(company, KIND)


def read(session: CompanySession, request: CompanyRequest) -> Mapping[str, Any] | None:
    """Read a piece of the rates that are not known yet; what is known stays as it was read."""
    company, place = session.company, request.place or {"after": 0}
    unknown = ExchangeRate.objects.filter(company=company, rate="", pk__gt=place["after"])
    rows = list(unknown.order_by("pk")[:_PIECE])
    for row in rows:
        row.rate = session.client.exchange_rate(row.currency, row.day) or ""
        row.read_at = timezone.now()
        row.save(update_fields=["rate", "read_at"])
    _let_look_again(company)
    if len(rows) == _PIECE:
        keep_place(request, {"after": rows[-1].pk})
        return None
    return {"unknown": ExchangeRate.objects.filter(company=company, rate="").count()}


def _let_look_again(company: QuickBooksCompany) -> None:
    """Outdate the verdicts that lacked a rate."""
    units = BusinessUnit.objects.filter(quickbooks_company=company)
    lacking = Verdict.objects.filter(business_unit__in=units, code=Reason.NO_RATE)
    lacking.update(version=OUTDATED)


def read_anew(company: QuickBooksCompany, *, known_too: bool = False) -> bool:
    """Have those read again that QuickBooks had none for, or all: people may set another there.

    Say whether there are any.
    """
    rates = ExchangeRate.objects.filter(company=company)
    if known_too:
        rates.update(rate="", read_at=None)
    is_lacking = rates.filter(rate="").exists()
    if is_lacking:
        ask(company, KIND)
    return is_lacking
