"""Fifty thousand customers: few requests, no growing memory, and what is pressed goes first.

As many of ours, and the seconds: CUSTOMERS=50000 pytest -s tests/exports/customers/test_many.py
"""

import math
import os
import resource
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from sync.company import requests
from sync.company.paging import read_next_page
from sync.exports.customers import deciding, linking, proposing
from sync.exports.delivery.relay import Ended, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.mappings.parties import listings
from sync.models import BusinessUnit, CompanyRequest, Customer, CustomerMatch, Party, SyncRecord
from sync.tasks import HANDLERS
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    UserFactory,
)
from tests.paged import Pages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

OURS = int(os.environ.get("CUSTOMERS", "1250"))
THEIRS = 50_000


@pytest.fixture
def large(simulator):
    """A unit connected to the company of 50,000 customers, some of which are ours, too."""
    unit = BusinessUnitFactory(code="large", name="Large")
    realm = simulator.create_company(variant="large", name="Grand Total Facilities")
    call_command("connect_simulator", unit.code, realm=realm, verbosity=0)
    unit.refresh_from_db()
    Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"L{n}", display_name=f"customer {n:05} ")
        for n in range(1, THEIRS + 1, THEIRS // OURS)
    )
    simulator.clear_journal()
    return unit


def sendable():
    records = SyncRecord.objects.filter(state="pending", is_sendable=True)
    return set(records.values_list("pk", flat=True))


@dataclass
class Presses:
    """Presses a single export in the second piece of each phase, and watches what could go.

    `waiting` holds, for each piece, the records that could go and had not left when it began, or
    that were pressed meanwhile.
    """

    unit: BusinessUnit
    phases: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    pressed: dict = field(default_factory=dict)

    def handlers(self):
        do = {proposing.KIND: proposing.read_and_propose, deciding.LINK: linking.link_chosen}
        return HANDLERS | {kind: self._watched(handler) for kind, handler in do.items()}

    def _watched(self, handler):
        def watched(session, request):
            self.waiting.append(sendable())
            phase = "comparing" if "last" in request.place else request.kind
            self.phases.append(phase)
            done = handler(session, request)
            if self.phases.count(phase) == 2:
                self._press(phase)
            return done

        return watched

    def _press(self, phase):
        late = InvoiceFactory(business_unit=self.unit, number=f"LATE {phase}")
        [draft] = prepare([PaymentFactory(invoice=late).pk], None, is_single=True)
        runs.confirm(draft, None)
        self.pressed[phase] = timezone.now()
        self.waiting[-1] |= sendable()

    def kept_waiting(self):
        """Return what could go when a piece began, and had not left when the next one did.

        Of what is pressed that is the customer first, then what refers to what is there.
        """
        return [now & then for now, then in pairwise(self.waiting) if now & then]

    def seconds(self):
        """Return how long each took, by the phase in which it was pressed."""
        late = SyncRecord.objects.filter(
            state="exported", payment__invoice__number__startswith="LATE"
        )
        exported = dict(late.values_list("payment__invoice__number", "exported_at"))
        return {
            phase: round((exported[f"LATE {phase}"] - at).total_seconds(), 2)
            for phase, at in self.pressed.items()
        }


def go(company, presses):
    """Drain a company slice after slice; return the seconds and how far memory grew, in MB."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while relay(company.pk, presses.handlers()) is Ended.SLICE:
        pass
    grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return round(time.monotonic() - began, 1), grew // 1024


def test_fifty_thousand_customers_take_one_request_a_thousand_and_let_others_go_first(
    simulator, large
):
    company, presses = large.quickbooks_company, Presses(large)
    request = requests.ask(company, proposing.KIND)
    print("\nRead and compared in", *go(company, presses), "s, MB more;")
    assert presses.kept_waiting() == []
    request.refresh_from_db()
    assert request.state == "done", request.error
    there = THEIRS + 1  # the one that was pressed while they were read
    assert request.result["read"] == [["customers", there], ["vendors", 0], ["employees", 0]]
    asked = Counter(
        call["body"].split(" FROM ")[1].split()[0]
        for call in simulator.journal(company.realm_id, kind="api")
        if "STARTPOSITION" in str(call["body"])
    )
    print("requests:", dict(asked))
    assert asked["Customer"] <= math.ceil(THEIRS / 1000) + 5
    assert {asked["Vendor"], asked["Employee"]} == {1}
    assert Party.objects.filter(company=company, kind="Customer").count() == there
    matches = CustomerMatch.objects.filter(company=company, business_unit=large)
    assert matches.filter(standing="certain").count() == matches.count() == OURS
    wrong = [m for m in matches.select_related("party") if m.party.name.lower() != m.name.strip()]
    assert wrong == []

    deciding.accept(matches, UserFactory(is_superuser=True))
    print("linked in", *go(company, presses), "s, MB more;")
    assert SyncRecord.objects.filter(kind="customer", linked_by__isnull=False).count() == OURS
    print("pressed meanwhile, in QuickBooks after", presses.seconds(), "s")
    assert list(presses.pressed) == ["customers", "comparing", "link_customers"]
    assert presses.kept_waiting() == []


def _customer(number):
    return {
        "DisplayName": f"Customer {number:05}",
        "FullyQualifiedName": f"Customer {number:05}",
        "PrimaryEmailAddr": {"Address": f"customer{number}@example.com"},
        "Notes": "x" * 400,
    }


def test_reading_takes_no_more_memory_for_five_times_as_many(db):
    company = QuickBooksCompanyFactory()
    peaks = []
    for number in (2_000, 10_000):
        session = SimpleNamespace(client=Pages(number, _customer))
        request = CompanyRequest.objects.create(company=company, kind="probe")
        tracemalloc.start()
        while read_next_page(session, request, listings(company)[:1], first_step=0, steps=1):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert request.place["counts"] == [["customers", number]]
    assert peaks[1] < 1.2 * peaks[0], peaks
