"""Rehearsing a month: read the company, set a stand-in up like it, export a copy, compare."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sync.company.sessions import CompanySession, open_session
from sync.connections.probing import last_probe
from sync.models import BusinessUnit, QuickBooksCompany, Reason
from sync.quickbooks.client import Client
from sync.quickbooks.transport import from_settings
from sync.rehearsal import copying
from sync.rehearsal.beside import Beside, Side
from sync.rehearsal.furnishing import Furnished, Places, furnish
from sync.rehearsal.left_out import LeftOut, left_out
from sync.rehearsal.month import (
    Documents,
    Month,
    RehearsalRefused,
    company_of,
    documents_of,
    may_rehearse,
)
from sync.rehearsal.reading import read_month
from sync.rehearsal.road import Road
from sync.rehearsal.stand_in import StandIn

# Seconds to wait for another process that speaks to the company.
_WAIT = 60.0
_POLL = 0.5

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of it; documents are asked of `beside` while its file is there."""

    company: QuickBooksCompany
    units: list[BusinessUnit]
    beside: Beside
    left_out: LeftOut
    names: Mapping[tuple[str, str], str]
    same_name: int
    calls: int


@contextmanager
def rehearse(  # noqa: PLR0913 - what a person may choose, and where it runs
    unit: BusinessUnit,
    month: Month,
    stand_in: StandIn,
    folder: Path,
    *,
    switches: Mapping[str, Any] | None = None,
    tell: Tell = lambda _words: None,
) -> Iterator[Rehearsed]:
    """Rehearse a month in a folder of its own; nothing is written to the company nor here.

    Raises RehearsalRefused, NotConnected, LeaseLost, QuickBooksFault, TransportError,
    DocumentError, StandInFailed and RoadFailed.
    """
    units, company = may_rehearse(unit, month), company_of(unit)
    documents = documents_of(units, month)
    beside = Beside(folder / "beside.sqlite3")
    try:
        with _held(company) as session:
            tell(f"Reading {company}")
            calls_before = session.client.calls
            own = _switches(company) if switches is None else switches
            made = _read(session.client, company, documents, month, stand_in, beside, own)
            calls = session.client.calls - calls_before
        road = Road(folder, stand_in, stand_in.grant(made.realm_id))
        tell("Copying the month")
        road.make_database()
        with copying.database(road.database):
            copying.copy(company, units, documents, made, dict(road.tokens))
            incomplete = _export(units, road, tell)
            left = left_out(month, [each.pk for each in units], incomplete)
        tell("Comparing")
        with _client(stand_in, made) as client:
            read_month(client, month, beside, Side.HERE, made.chart)
        beside.pair()
        yield Rehearsed(company, units, beside, left, made.names, len(made.same_name), calls)
    finally:
        beside.close()


def _export(units: Sequence[BusinessUnit], road: Road, tell: Tell) -> list[int]:
    """Export what was copied to the stand-in; return the units whose set-up is not finished."""
    incomplete = []
    for unit in units:
        tell(f"Exporting {unit} to the stand-in")
        if Reason.SETUP_INCOMPLETE in road.export(unit.code)["blocked"]:
            incomplete.append(unit.pk)
    return incomplete


def _switches(company: QuickBooksCompany) -> Mapping[str, Any]:
    """Return how the company was found to answer, where it was probed."""
    probed = last_probe(company)
    return probed.switches if probed else {}


@contextmanager
def _held(company: QuickBooksCompany) -> Iterator[CompanySession]:
    """Speak to the company alone, as every process does."""
    ends = time.monotonic() + _WAIT
    while True:
        with open_session(company.pk) as session:
            if session is not None:
                yield session
                return
        if time.monotonic() > ends:
            raise RehearsalRefused(
                f"Another process speaks to {company} now. Try again when its work is done."
            )
        time.sleep(_POLL)


def _read(  # noqa: PLR0913, PLR0917 - all that reading needs
    client: Client,
    company: QuickBooksCompany,
    documents: Documents,
    month: Month,
    stand_in: StandIn,
    beside: Beside,
    switches: Mapping[str, Any],
) -> Furnished:
    made = furnish(client, company, documents, stand_in, switches)
    places = Places()
    read_month(client, month, beside, Side.THERE, made.chart, note=places.note)
    if company.has_automated_tax:
        stand_in.place_taxes(made.realm_id, places.usual())
    return made


def _client(stand_in: StandIn, made: Furnished) -> Client:
    config = replace(from_settings(), api_url=f"{stand_in.url}/v3")
    return Client(made.realm_id, stand_in.grant(made.realm_id)["access_token"], config=config)
