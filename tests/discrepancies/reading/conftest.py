"""A unit connected to a simulated company, and somebody who enters things in it."""

import pytest

from tests.connected import connected_unit
from tests.discrepancies.reading.bookkeeper import Bookkeeper


@pytest.fixture
def unit(simulator, db):
    unit = connected_unit(simulator)
    simulator.clear_journal()
    return unit


@pytest.fixture
def keeper(unit):
    keeper = Bookkeeper(unit.quickbooks_company)
    yield keeper
    keeper.close()
