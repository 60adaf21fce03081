"""People and units for the handshake, and the whole of what a connection could change."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection

from accounts.models import Role
from sync.company import requests
from sync.company.sessions import open_session
from sync.connections import handshake
from sync.connections.verification import verify
from sync.models import BusinessUnit, QuickBooksCompany
from tests.connected import connect, make_company
from tests.factories import BusinessUnitFactory, MembershipFactory

# Each time that somebody holds a company is counted, whatever comes of it.
COUNTERS = {"session_serial"}
TABLES = [
    "sync_quickbookscompany",
    "sync_businessunit",
    "sync_companyrequest",
    "sync_referenceentry",
    "sync_itemmapping",
    "sync_methodmapping",
    "sync_taxmapping",
    "sync_unitmapping",
    "sync_event",
]


def stored():
    """Return every row that a connection could change, as the database holds it."""
    rows = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [column[0] for column in cursor.description]
            kept = [at for at, name in enumerate(names) if name not in COUNTERS]
            rows[table] = [tuple(row[at] for at in kept) for row in cursor.fetchall()]
        cursor.execute("SELECT COUNT(*) FROM sync_connectattempt WHERE refresh_token <> ''")
        rows["held"] = cursor.fetchall()
    return rows


def answer_of(address):
    """Return what the address that Intuit sends a browser to carries."""
    return dict(parse_qsl(urlsplit(address).query))


@pytest.fixture
def north(db):
    return BusinessUnitFactory(code="north", name="North", export_start_date=None)


@pytest.fixture
def owner(north):
    return MembershipFactory(business_unit=north, role=Role.ADMINISTRATOR).user


@pytest.fixture
def realm(simulator):
    """A company of the simulator that only this test knows."""
    return make_company(simulator, "us", "Northern Lights LLC")


@pytest.fixture
def consented(simulator, north, owner, realm):
    """What comes back after the owner of North pressed Connect for that company."""

    def give(unit=north, actor=owner, realm_id=realm):
        return answer_of(simulator.approve(handshake.begin(unit, actor), realm_id))

    return give


@pytest.fixture
def connected(simulator, north, realm):
    """North, connected and verified."""
    connect(simulator, north, realm)
    return BusinessUnit.objects.select_related("quickbooks_company").get(pk=north.pk)


@pytest.fixture
def company(connected):
    return connected.quickbooks_company


def verify_now(company, unit=None):
    """Ask for a verification and serve it whole; return the request."""
    request = requests.ask(company, handshake.VERIFY, unit=unit)
    with open_session(company.pk) as session:
        requests.serve_whole(session, {handshake.VERIFY: verify})
    request.refresh_from_db()
    return request


def fresh(company):
    return QuickBooksCompany.objects.get(pk=company.pk)
