"""The seven kinds of people, and the units that they meet: own, beside it, foreign, and none."""

import logging
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Role
from sync.models import SharedChange
from tests import factories
from tests.admin.conftest import foreign, riverside
from tests.attack.pages import Target
from tests.attack.world import of_the_company, of_the_unit

__all__ = ["foreign", "riverside"]
KINDS = ("anonymous", "nobody", "viewer", "exporter", "accountant", "administrator", "superuser")
SECRET = "zqsecret"  # stands in every text of the others


@pytest.fixture(autouse=True)
def quiet():
    """Log nothing: the lines of thousands of requests take longer than they."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def beside(riverside):
    """A unit of the same company in which none of these people but the superuser has a role."""
    return factories.BusinessUnitFactory(
        code="beside", name="Lakeside", quickbooks_company=riverside.quickbooks_company
    )


@pytest.fixture
def own(riverside):
    of_the_company(riverside)
    of_the_unit(riverside, fully_paid(riverside, "1042"), colleague(riverside))
    return riverside


@pytest.fixture
def others(own, beside, foreign):
    """Return what fills the others' units."""

    def fill():
        factories.MethodMappingFactory(company=foreign.quickbooks_company)
        of_the_company(foreign)
        for unit in (beside, foreign):
            of_the_unit(unit, fully_paid(unit, SECRET), colleague(unit, SECRET), said=SECRET)
        # What several units post with is told to all of them.
        SharedChange.objects.exclude(asked_in=own).delete()

    return fill


@pytest.fixture
def people(riverside):
    """Return a client of each kind of person."""
    return {kind: person(kind, riverside) for kind in KINDS}


def person(kind, unit):
    client = Client(raise_request_exception=False)
    client.user = None
    if kind == "anonymous":
        return client
    client.user = factories.UserFactory(username=kind, is_superuser=kind == "superuser")
    if kind in Role.values:
        factories.MembershipFactory(user=client.user, business_unit=unit, role=kind)
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def colleague(unit, name=""):
    """Somebody who is to work in a unit."""
    return factories.UserFactory(username=f"of{unit.code}{name}", last_name=name or "Lee")


def fully_paid(unit, number):
    customer = factories.CustomerFactory(business_unit=unit, display_name=f"Customer {number}")
    invoice = factories.InvoiceFactory(business_unit=unit, number=number, customer=customer)
    for kind, amount, day in (("deposit", 70, 1), ("partial", 30, 6), ("final", 50, 9)):
        factories.PaymentFactory(
            invoice=invoice, kind=kind, amount=Decimal(amount), received_on=date(2026, 5, day)
        )
    return invoice


@pytest.fixture
def targets(own, beside, foreign):
    named = {"own": own, "beside": beside, "foreign": foreign, "absent": None}
    return {name: Target(name, unit) for name, unit in named.items()}


@pytest.fixture
def nowhere(settings):
    """QuickBooks and Vonigo at addresses where nobody answers, at once."""
    settings.VONIGO_URL = "http://127.0.0.1:9/api/v1"
    settings.VONIGO_RETRY_PAUSE = 0
    settings.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/discovery"
    settings.QUICKBOOKS_API_URL = "http://127.0.0.1:9/v3"
