"""A unit whose company has lists and no sales, mapped as its bookkeeper works."""

import json
import shutil
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from sync.management.commands import rehearse
from sync.models import ItemMapping, MethodMapping, ReferenceEntry, TaxMapping
from sync.rehearsal.road import Road
from sync.rehearsal.stand_in import StandIn
from tests.connected import connected_unit
from tests.migrated import KEPT_IN
from tests.rehearsal.world import METHODS, SERVICES, item


@pytest.fixture
def unit(simulator, db):
    return connected_unit(simulator, variant="empty")


@pytest.fixture
def mapped(unit):
    """The bookkeeper's own mapping: each service is the item of its name."""
    company = unit.quickbooks_company
    for service in SERVICES:
        ItemMapping.objects.update_or_create(
            company=company, service=service, defaults={"item": item(unit, service)}
        )
    entries = ReferenceEntry.objects.filter(company=company)
    funds = entries.get(kind="Account", qbo_id="4")
    for method, qbo_id in METHODS.items():
        there = entries.get(kind="PaymentMethod", qbo_id=qbo_id)
        values = {"payment_method": there, "deposit_account": funds}
        MethodMapping.objects.update_or_create(company=company, method=method, defaults=values)
    for taxable, qbo_id in ((True, "2"), (False, "NON")):
        code = entries.get(kind="TaxCode", qbo_id=qbo_id)
        TaxMapping.objects.update_or_create(
            company=company, tax_code="", taxable=taxable, defaults={"quickbooks_tax_code": code}
        )
    return unit


@pytest.fixture
def opened(monkeypatch):
    """Let any database be opened: tests let none but their own."""

    def connect(database):
        if database.connection is None:
            with database.wrap_database_errors:
                database.connect()

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", connect)


@pytest.fixture
def quickly(simulator, opened, monkeypatch):
    """Have this simulator stand in as well, and take the migrated database that tests keep."""

    @contextmanager
    def here(_folder):
        yield StandIn(simulator.port)

    def copy(road):
        shutil.copy(next(KEPT_IN.glob("migrated-*.sqlite3")), road.database)

    monkeypatch.setattr(rehearse, "running", here)
    if list(KEPT_IN.glob("migrated-*.sqlite3")):  # of a run on SQLite; else one is made
        monkeypatch.setattr(Road, "make_database", copy)


@pytest.fixture
def run(unit, run_of):
    return run_of(unit.code)


@pytest.fixture
def run_of():
    """Return what runs the command of a unit: its status, and what it printed."""
    return running_of


def running_of(code):
    def ran(*arguments, code=code, month="2026-05"):
        out, status = StringIO(), 0
        try:
            call_command("rehearse", code, month, *arguments, stdout=out, stderr=StringIO())
        except SystemExit as ended:
            status = ended.code
        told = out.getvalue()
        return status, json.loads(told) if "--json" in arguments else told

    return ran
