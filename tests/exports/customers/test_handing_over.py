"""A long read or linking hands over after each piece, and goes on at its place after a kill."""

from functools import partial

import pytest

from sync.company import requests
from sync.exports.customers import deciding, linking, proposing
from sync.exports.delivery.relay import relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import CustomerMatch, Party, SyncRecord
from sync.quickbooks import lists
from sync.tasks import HANDLERS
from tests.factories import InvoiceFactory, PaymentFactory
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 5_000


class Killed(BaseException):
    """The process is gone, with no chance to say so."""


@pytest.fixture
def two_a_page(monkeypatch):
    """Let pages and chunks be of two, so that little is much."""
    monkeypatch.setattr(lists, "PAGE", 2)
    monkeypatch.setattr(proposing, "_CHUNK", 2)


@pytest.fixture
def asked(unit, bookkeeper, customer, two_a_page, simulator):
    """Ask for who is in QuickBooks, where seven of ours are, too."""
    for number in range(7):
        bookkeeper.send("Customer", {"DisplayName": f"Common {number}"})
        customer(f"Common {number}")
    simulator.advance(120)  # what was changed in the last minute is read once more
    simulator.clear_journal()
    return requests.ask(unit.quickbooks_company, proposing.KIND)


def pages_read(simulator, unit):
    """Return which pages were asked for, in order, without those of an export."""
    calls = simulator.journal(unit.quickbooks_company.realm_id, kind="api")
    bodies = [str(call["body"]) for call in calls if "STARTPOSITION" in str(call["body"])]
    return [body.split(" FROM ")[1] for body in bodies if "Active IN" in body]


def assert_read_whole(simulator, unit, request):
    """Compare what was read and proposed with QuickBooks' own lists."""
    request.refresh_from_db()
    assert (request.state, request.error) == ("done", "")
    realm, counts = unit.quickbooks_company.realm_id, []
    for kind, name in (("Customer", "customers"), ("Vendor", "vendors"), ("Employee", "employees")):
        there = {row["Id"] for row in simulator.documents(realm, kind)}
        assert set(Party.objects.filter(kind=kind).values_list("qbo_id", flat=True)) == there
        counts.append([name, len(there)])
    assert request.result == {"read": counts}
    matched = CustomerMatch.objects.filter(standing="certain").order_by("name")
    assert [(row.name, row.party.name) for row in matched.select_related("party")] == [
        (f"Common {number}", f"Common {number}") for number in range(7)
    ]


def press_single(unit):
    payment = PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number="LATE"))
    [draft] = prepare([payment.pk], None, is_single=True)
    runs.confirm(draft, None)


def press_bulk(unit):
    PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number="LATE"))
    runs.confirm(prepare_ready(unit, None), None)


@pytest.mark.long
@pytest.mark.parametrize("press", [press_single, press_bulk])
def test_what_is_pressed_during_a_read_goes_before_it_has_ended(simulator, unit, asked, press):
    pieces, payments = [], SyncRecord.objects.filter(kind="payment")

    def read(session, request):
        """Read, but let the third piece last until what is pressed then is in QuickBooks."""
        pieces.append(request.place)
        if len(pieces) == 3:
            press(unit)
        is_waiting = payments.exclude(state="exported").exists()
        if is_waiting and len(pieces) < MOST:
            return None
        return proposing.read_and_propose(session, request)

    relay(unit.quickbooks_company_id, HANDLERS | {proposing.KIND: read})
    assert len(pieces) < MOST
    late = payments.get(payment__invoice__number="LATE")
    asked.refresh_from_db()
    assert late.state == "exported"
    assert late.exported_at < asked.finished_at
    assert_read_whole(simulator, unit, asked)


def test_each_page_and_each_chunk_is_a_piece(simulator, unit, asked):
    pieces = []

    def read(session, request):
        pieces.append(request.place)
        return proposing.read_and_propose(session, request)

    relay(unit.quickbooks_company_id, HANDLERS | {proposing.KIND: read})
    pages = pages_read(simulator, unit)
    chunks = 4  # of seven customers, and one that is the last's end
    assert len(pages) == len(set(pages)) > 5
    assert len(pieces) == len(pages) + chunks + 1
    assert_read_whole(simulator, unit, asked)


@pytest.mark.parametrize("after", one_in(3, [1, 3, 9]))
def test_a_killed_read_goes_on_at_its_place(simulator, unit, asked, after):
    pieces = []

    def read(session, request):
        pieces.append(request.place)
        if len(pieces) == after + 1:
            raise Killed
        return proposing.read_and_propose(session, request)

    handlers = HANDLERS | {proposing.KIND: read}
    with pytest.raises(Killed):
        relay(unit.quickbooks_company_id, handlers)
    asked.refresh_from_db()
    assert (asked.state, asked.tries) == ("running", 1)
    relay(unit.quickbooks_company_id, handlers)
    assert pieces[after] == pieces[after + 1] != {}
    pages = pages_read(simulator, unit)
    assert len(pages) == len(set(pages))  # nothing was read twice
    assert_read_whole(simulator, unit, asked)


def test_a_read_that_is_killed_at_each_piece_is_not_given_up(simulator, unit, asked):
    """Only tries that came to nothing are counted."""
    state = {"turn": 0}

    def read(session, request):
        state["turn"] += 1
        if state["turn"] % 2:
            raise Killed
        return proposing.read_and_propose(session, request)

    handlers = HANDLERS | {proposing.KIND: read}
    while state["turn"] < MOST:
        try:
            relay(unit.quickbooks_company_id, handlers)
        except Killed:
            continue
        break
    assert state["turn"] > 2 * 2 * requests.MOST_TRIES
    assert_read_whole(simulator, unit, asked)


def test_linking_hands_over_and_goes_on(simulator, unit, asked, lee, monkeypatch):
    relay(unit.quickbooks_company_id, HANDLERS)
    monkeypatch.setattr(linking, "AT_ONCE", 2)
    deciding.accept(CustomerMatch.objects.all(), lee)
    linked_so_far = partial(SyncRecord.objects.filter(linked_by=lee).count)
    seen = []

    def link(session, request):
        seen.append((linked_so_far(), request.place.get("done")))
        if len(seen) == 3:
            raise Killed
        return linking.link_chosen(session, request)

    handlers = HANDLERS | {deciding.LINK: link}
    with pytest.raises(Killed):
        relay(unit.quickbooks_company_id, handlers)
    relay(unit.quickbooks_company_id, handlers)
    assert seen == [(0, None), (2, 2), (4, 4), (4, 4), (6, 6), (7, 7)]
    request = unit.quickbooks_company.requests.get(kind=deciding.LINK)
    assert (request.state, request.result) == ("done", {"linked": 7, "refused": 0})
    assert not CustomerMatch.objects.exists()
