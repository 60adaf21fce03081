"""Law 3, nothing guessed: what a look for a write without an answer makes of its documents."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from sync.company.lease import LeaseLost
from sync.exports.delivery import delete_write, recovery
from sync.exports.delivery.due_work import look_due
from sync.exports.delivery.marker_search import Findings
from sync.models import BatchRequest, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import QuickBooksFault
from sync.quickbooks.faults import fault_of
from sync.quickbooks.lists import ListIncomplete
from tests.factories import BatchRequestFactory
from tests.laws.customers_sent import entity, sent, stands, whole
from tests.laws.holding import session_of, take_over

MOST = recovery.MOST_RESENDS


@pytest.fixture
def session(company):
    return session_of(company)


@pytest.fixture
def look(session, monkeypatch):
    """Look for what a batch sent, and find what is given; return what must go again."""

    def looked(planned, findings=None, fault=None):
        def found(_client, records, since):
            assert list(records)
            assert since == planned.batch.sent_at
            if fault is not None:
                raise QuickBooksFault(fault)
            return findings or Findings()

        monkeypatch.setattr(recovery, "look", found)
        planned.batch.refresh_from_db()
        again = recovery.recover(session, planned.batch)
        planned.batch.refresh_from_db()
        return again

    return looked


def ours(*records, **changes):
    found = {r.pk: entity(r, str(number), **changes) for number, r in enumerate(records, 1)}
    return Findings(ours=found)


def is_settled(planned):
    return planned.batch.settled_at is not None and planned.batch.body == ""


# What is there ---------------------------------------------------------------------------------


def test_only_two_looks_that_agree_adopt_what_is_there(session, look):
    planned, other = sent(session, 2), sent(session)
    there, not_there = planned.records
    assert look(planned, ours(there)) is None
    assert [stands(one)[0] for one in planned.records] == ["in_flight"] * 2
    assert not is_settled(planned)
    assert planned.batch.attempts == 1
    assert planned.batch.look_after - planned.batch.sent_at > timedelta(seconds=110)
    assert look(planned, ours(there)) is None
    assert stands(there) == ("exported", "1", 1, False)
    assert stands(not_there) == ("pending", "", 1, False)
    assert is_settled(planned)
    assert stands(other.records[0]) == ("in_flight", "", 1, True)
    rest = BatchRequest.objects.get(pk=other.batch.pk)
    assert (rest.attempts, rest.last_look, rest.settled_at) == (1, None, None)
    assert rest.look_after - rest.sent_at < timedelta(seconds=10)


def test_looks_that_disagree_count_as_sent_in_vain(session, look):
    planned = sent(session, 2)
    first, second = planned.records
    look(planned, ours(first))
    look(planned, ours(second))
    assert planned.batch.attempts == 2
    assert not is_settled(planned)
    look(planned, ours(second, SyncToken="1"))
    assert planned.batch.attempts == 3


def test_looks_that_never_agree_end_before_a_person(session, look):
    planned = sent(session, 2, attempts=MOST + 1)
    steady, restless = planned.records
    look(planned, ours(steady))
    assert not is_settled(planned)
    look(planned, Findings(ours={steady.pk: entity(steady), restless.pk: entity(restless, "9")}))
    assert stands(steady) == ("exported", "1", 1, False)
    assert stands(restless) == ("uncertain", "", 1, False)
    assert is_settled(planned)


def test_a_stranger_in_the_place_of_one_is_before_a_person(session, look):
    planned = sent(session, 2)
    first, second = planned.records
    for _ in range(2):
        look(planned, Findings(strangers={first.pk: {"Id": "77"}}))
    assert stands(first) == ("uncertain", "", 1, False)
    assert "id 77" in SyncRecord.objects.get(pk=first.pk).error
    assert stands(second) == ("pending", "", 1, False)


@pytest.mark.parametrize(("kind", "state"), [("customer", "uncertain"), ("invoice", "pending")])
def test_a_deletion_that_nobody_explains_is_before_a_person(session, look, kind, state):
    planned = sent(session)
    for _ in range(2):
        look(planned, Findings(deleted={(SyncRecord.Kind(kind), "5")}))
    assert stands(planned.records[0])[0] == state


def test_who_wants_it_sent_has_seen_what_was_deleted(session, look):
    planned = sent(session, target=recovery.LOOK)
    BatchRequest.objects.update(body="")
    look(planned, Findings(deleted={(SyncRecord.Kind.CUSTOMER, "5")}))
    assert stands(planned.records[0])[0] == "pending"
    assert is_settled(planned)


def test_a_look_that_waits_is_due_at_once(session):
    [record] = sent(session).records
    recovery.look_first(record)
    record.save()
    assert record.state == "in_flight"
    assert look_due(session.company.pk, [record.pk]) is not None
    assert record.batch.sent_at == record.queued_at


# What is not there -----------------------------------------------------------------------------


def test_nothing_there_goes_again_whole_under_its_id(session, look):
    planned, other = sent(session, 2, http_status=500), sent(session)
    before = (planned.batch.request_id, planned.batch.body)
    again = look(planned)
    assert again.is_again
    assert {record.pk for record in again.records} == {r.pk for r in planned.records}
    batch = planned.batch
    assert (batch.request_id, batch.body) == before
    assert (batch.attempts, batch.http_status, batch.last_look) == (2, None, None)
    assert batch.lease_token == session.lease.token
    assert [stands(record)[0] for record in planned.records] == ["in_flight"] * 2
    assert BatchRequest.objects.get(pk=other.batch.pk).attempts == 1


def answered_itself(planned):
    BatchRequest.objects.filter(pk=planned.batch.pk).update(http_status=200)


def one_has_an_outcome(planned):
    SyncRecord.objects.filter(pk=planned.records[0].pk).update(state="failed", batch=None)


def has_no_bytes(planned):
    BatchRequest.objects.filter(pk=planned.batch.pk).update(body="")


@pytest.mark.parametrize("change", [answered_itself, one_has_an_outcome, has_no_bytes])
def test_what_is_not_whole_waits_for_a_request_of_its_own(session, look, change):
    planned = sent(session, 2)
    change(planned)
    assert look(planned) is None
    assert stands(planned.records[1]) == ("pending", "", 1, False)
    assert is_settled(planned)


@pytest.mark.parametrize(("tries", "state"), [(MOST, "pending"), (MOST + 1, "uncertain")])
def test_trouble_that_does_not_end_is_before_a_person(session, look, tries, state):
    planned = sent(session, tries=tries, http_status=200)
    look(planned)
    assert stands(planned.records[0])[0] == state


@pytest.mark.parametrize(("attempts", "state"), [(MOST, "in_flight"), (MOST + 1, "uncertain")])
def test_silence_that_does_not_end_is_before_a_person(session, look, attempts, state):
    planned = sent(session, attempts=attempts)
    again = look(planned)
    assert (again is not None) is (state == "in_flight")
    assert stands(planned.records[0])[0] == state


# What was refused ------------------------------------------------------------------------------


def test_a_refusal_stands_unless_it_is_our_own_document(session, look):
    planned = sent(session, 2)
    SyncRecord.objects.update(error="No.", error_code="6240")
    there, not_there = planned.records
    look(planned, ours(there))
    assert stands(there) == ("exported", "1", 1, False)
    assert stands(not_there) == ("failed", "", 1, False)
    assert is_settled(planned)


def test_a_refusal_ends_at_once_and_the_rest_is_looked_for_again(session, look):
    planned = sent(session, 2)
    refused, unknown = planned.records
    SyncRecord.objects.filter(pk=refused.pk).update(error="No.", error_code="6240")
    look(planned, ours(unknown))
    assert stands(refused) == ("failed", "", 1, False)
    assert stands(unknown) == ("in_flight", "", 1, True)
    assert not is_settled(planned)


# A look that cannot be had ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal",
    [
        whole(500),
        whole(400, "5010", "Stale Object Error"),
        whole(401, "3200", "message=AuthenticationFailed"),
        whole(429, "3001", "ThrottleExceeded"),
        whole(403, "6190", "Subscription period has ended"),
    ],
)
def test_a_refusal_that_is_the_companys_goes_on_to_it(session, look, refusal):
    planned = sent(session)
    with pytest.raises(QuickBooksFault):
        look(planned, fault=fault_of(refusal))
    assert planned.batch.settled_at is None
    assert BatchRequest.objects.get().attempts == 1


@pytest.mark.parametrize(("attempts", "state"), [(MOST, "in_flight"), (MOST + 1, "uncertain")])
def test_a_look_that_is_refused_for_good_is_put_off_and_then_told(session, look, attempts, state):
    planned, other = sent(session, attempts=attempts), sent(session)
    look(planned, fault=fault_of(whole(400, "2010")))
    assert stands(planned.records[0])[0] == state
    assert is_settled(planned) is (state == "uncertain")
    if state == "in_flight":
        assert planned.batch.attempts == attempts + 1
    assert BatchRequest.objects.get(pk=other.batch.pk).attempts == 1


@pytest.mark.parametrize(
    ("refusal", "is_put_off"),
    [
        (QuickBooksFault(fault_of(whole(400, "2010"))), True),
        (QuickBooksFault(fault_of(whole(429, "3001", "ThrottleExceeded"))), False),
        (ListIncomplete("Invoice"), True),
    ],
)
def test_the_look_for_a_delete_is_put_off_alike(session, monkeypatch, refusal, is_put_off):
    batch = BatchRequestFactory(company=session.company, operation="delete")

    def find_out(_session, _batch):
        raise refusal

    monkeypatch.setattr(delete_write, "find_out", find_out)
    if is_put_off:
        assert recovery.recover(session, batch) is None
    else:
        with pytest.raises(QuickBooksFault):
            recovery.recover(session, batch)
    assert BatchRequest.objects.get().attempts == 1 + is_put_off


# Whose turn it is ------------------------------------------------------------------------------


def test_a_request_is_due_once_looking_is_conclusive(session, company):
    elsewhere = QuickBooksCompany.objects.get(name="Bystander LLC")
    past, future = Now() - timedelta(seconds=1), Now() + timedelta(seconds=60)
    BatchRequestFactory(company=elsewhere, look_after=past)
    BatchRequestFactory(company=company, look_after=future)
    BatchRequestFactory(company=company, look_after=past, settled_at=past)
    BatchRequestFactory(company=company, sent_at=None, look_after=None)
    assert look_due(company.pk) is None
    wanted = BatchRequestFactory(company=company, look_after=past)
    assert look_due(company.pk) == wanted
    assert look_due(company.pk, [wanted.pk]) is None


def test_who_lost_the_company_makes_nothing_of_a_look(session, look, company):
    planned = sent(session)
    take_over(company)
    with pytest.raises(LeaseLost):
        look(planned)
    with pytest.raises(LeaseLost):
        look(planned, fault=fault_of(whole(400, "2010")))
    assert stands(planned.records[0]) == ("in_flight", "", 1, True)
    assert BatchRequest.objects.get().attempts == 1
