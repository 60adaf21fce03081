"""A unit connected to a simulated company, and somebody who enters things in it."""

import pytest
from django.core.management import call_command

from tests.discrepancies.reading.bookkeeper import Bookkeeper
from tests.factories import BusinessUnitFactory


@pytest.fixture
def unit(simulator, db):
    unit = BusinessUnitFactory(code="riverside", name="Riverside")
    realm_id = simulator.create_company(variant="us", name="Riverside LLC")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    simulator.clear_journal()
    unit.refresh_from_db()
    return unit


@pytest.fixture
def keeper(unit):
    keeper = Bookkeeper(unit.quickbooks_company)
    yield keeper
    keeper.close()
