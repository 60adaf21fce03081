"""What reading costs: what is counted is what Intuit meters, and a night is within its plan."""

import re
from pathlib import Path

import pytest
from django.utils import timezone

from sync.company import pacing, requests
from sync.company.requests import ask
from sync.company.sessions import open_session
from sync.connections import health_check
from sync.connections.checks.check import AMBER, GREEN
from sync.connections.checks.reading_plan import A_NIGHT, NIGHTS, reading_check
from sync.discrepancies import nightly_reading
from sync.models import MeteredReads
from sync.tasks import HANDLERS
from tests.factories import QuickBooksCompanyFactory

# Four fifths of what Intuit includes.
MUCH = 400_000


def metered(simulator, company):
    """The reads in the simulator's journal that were answered."""
    calls = simulator.journal(company.realm_id, kind="api")
    is_read = re.compile(r"/query$").search
    return sum(
        c["status"] == 200 and bool(c["method"] == "GET" or is_read(c["path"])) for c in calls
    )


def serve(company):
    with open_session(company.pk) as session:
        for _ in range(3):
            requests.serve_whole(session, HANDLERS)


def test_a_night_is_within_its_plan_and_counted_as_intuit_meters_it(simulator, unit, paid, export):
    company = unit.quickbooks_company
    assert export()["exported"] == 3
    simulator.clear_journal()
    MeteredReads.objects.all().delete()
    ask(company, health_check.CHECK)
    nightly_reading.ask_company(company)
    serve(company)
    asked = metered(simulator, company)
    assert 5 <= asked <= A_NIGHT
    row = MeteredReads.objects.get()
    assert (row.company, row.reads, row.month.day) == (company, asked, 1)


def test_writes_and_refusals_are_not_metered(simulator, unit, paid, export):
    MeteredReads.objects.all().delete()
    simulator.clear_journal()
    export()
    assert pacing.reads_of(unit.quickbooks_company).company == metered(
        simulator, unit.quickbooks_company
    )


@pytest.mark.django_db
@pytest.mark.parametrize("is_much", [False, True])
def test_all_companies_together_near_what_is_included(is_much):
    one, other = QuickBooksCompanyFactory.create_batch(2)
    today = timezone.now().date()
    pacing.count_reads(one.pk, 7)
    pacing.count_reads(one.pk, 5)
    pacing.count_reads(other.pk, MUCH if is_much else 1)
    assert (pacing.reads_of(one).company, pacing.reads_of_all()) == (
        12,
        12 + (MUCH if is_much else 1),
    )
    check = reading_check(one, 2)
    assert check.level == (AMBER if is_much else GREEN)
    by_plan = A_NIGHT * NIGHTS
    assert "12 reads of this company this month." in check.words
    assert f"at most {by_plan} a month, {by_plan // 2} for each of its 2 units" in check.words
    assert pacing.at_this_pace(today.day) >= 28


def test_documents_are_read_many_at_a_time():
    """Nothing but the probe reads a document by its id alone."""
    rooms = ("exports", "discrepancies", "connections", "mappings", "company", "intake", "tasks.py")
    files = [
        file
        for room in rooms
        for file in (
            [Path("sync") / room] if room.endswith(".py") else Path("sync", room).rglob("*.py")
        )
    ]
    assert len(files) > 100
    single = re.compile(r"client\.read\(")
    assert [str(file) for file in files if single.search(file.read_text())] == []
