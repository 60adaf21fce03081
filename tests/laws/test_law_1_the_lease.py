"""Law 1, once: one process speaks to a company, and what it lost it neither sends nor writes."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.utils.timezone import now

from sync.company import lease as leases
from sync.company import tokens
from sync.company.lease import Lease, LeaseLost, acquire, hold_for_person, is_held
from sync.company.sessions import epoch, give_back, open_session
from sync.exports.delivery import settling
from sync.exports.delivery.planner import mark_as_sent
from sync.models import BatchRequest, QuickBooksCompany, SyncRecord
from tests.factories import BatchRequestFactory, SyncRecordFactory
from tests.laws.holding import session_of, take_over


def others():
    return list(
        QuickBooksCompany.objects.filter(name="Bystander LLC").values_list(
            "lease_token", "lease_expires_at"
        )
    )


def ended_ago(company, seconds):
    QuickBooksCompany.objects.filter(pk=company.pk).update(
        lease_expires_at=Now() - timedelta(seconds=seconds)
    )


def row(company):
    return QuickBooksCompany.objects.get(pk=company.pk)


def test_a_free_company_is_taken_at_once_and_no_other_with_it(company):
    lease = acquire(company.pk)
    assert row(company).lease_token == lease.token
    assert is_held(company.pk)
    assert others() == [(None, None)]
    lease.release()
    assert (row(company).lease_token, row(company).lease_expires_at) == (None, None)
    assert not is_held(company.pk)


def test_a_company_is_spoken_to_only_by_who_holds_it(company, monkeypatch):
    monkeypatch.setattr(tokens, "ensure_fresh", lambda _company: "token")
    with open_session(company.pk) as session:
        assert session.company == company
        with open_session(company.pk) as other:
            assert other is None
        assert row(company).lease_token == session.lease.token
    assert row(company).lease_token is None


def test_a_person_who_waits_gets_the_company_before_any_worker(company, monkeypatch):
    woken, tries = [], []
    monkeypatch.setattr(leases, "enqueue_relay", woken.append)
    worker = acquire(company.pk)

    def a_moment(seconds):
        """What happens while the person waits: workers try, and the holder lets go at last."""
        assert (seconds, row(company).wanted_until > now()) == (leases.TRY_SECONDS, True)
        if len(tries) == 2:
            worker.release()
        tries.append(acquire(company.pk))
        # Another person was served meanwhile: that takes nobody else's wish away for long.
        QuickBooksCompany.objects.update(wanted_until=None)

    monkeypatch.setattr(leases.time, "sleep", a_moment)
    with hold_for_person(company.pk) as lease:
        assert tries == [None, None, None]
        assert (row(company).lease_token, row(company).wanted_until) == (lease.token, None)
        assert others() == [(None, None)]
        assert woken == []
    assert woken == [company.pk]
    assert acquire(company.pk) is not None


def test_a_person_waits_for_a_company_for_so_long_and_not_for_ever(company, impatient, monkeypatch):
    woken = []
    monkeypatch.setattr(leases, "enqueue_relay", woken.append)
    worker = acquire(company.pk)
    with hold_for_person(company.pk) as lease:
        assert lease is None
    assert (row(company).lease_token, row(company).wanted_until) == (worker.token, None)
    assert woken == [company.pk]


def test_what_a_person_takes_over_is_looked_through_before_anything_is_sent(company, monkeypatch):
    monkeypatch.setattr(tokens, "ensure_fresh", lambda _company: "token")
    monkeypatch.setattr(leases, "enqueue_relay", lambda _company_id: None)
    QuickBooksCompany.objects.update(known_epochs=[epoch()])
    with open_session(company.pk) as session:
        assert not session.must_look_through
    acquire(company.pk)
    ended_ago(company, 10_000)
    with hold_for_person(company.pk) as lease:
        assert lease.is_takeover
    with open_session(company.pk) as session:
        assert session.must_look_through


def test_a_wish_that_nobody_took_back_lapses(company):
    for seconds, is_free in ((60, False), (-1, True)):
        QuickBooksCompany.objects.update(wanted_until=Now() + timedelta(seconds=seconds))
        assert bool(acquire(company.pk)) is is_free


def test_a_session_leaves_its_calls_to_the_next_one_of_its_company_alone(company, monkeypatch):
    monkeypatch.setattr(tokens, "ensure_fresh", lambda _company: "token")
    with open_session(company.pk) as session:
        session.pacer.count()
        session.calls = 3
    kept = QuickBooksCompany.objects.values_list("name", "api_calls")
    assert set(kept) == {(company.name, 3), ("Bystander LLC", 0)}
    assert len(row(company).recent_calls) == 1
    assert QuickBooksCompany.objects.get(name="Bystander LLC").recent_calls == []


@pytest.mark.parametrize("seconds", [-30, 1, 119])
def test_no_takeover_while_what_the_holder_sent_may_still_arrive(company, seconds):
    held = acquire(company.pk)
    ended_ago(company, seconds)
    assert acquire(company.pk) is None
    assert is_held(company.pk)
    assert row(company).lease_token == held.token


def test_takeover_once_the_lease_and_the_limit_of_intuit_are_over(company):
    before = acquire(company.pk)
    ended_ago(company, 121)
    assert not is_held(company.pk)
    after = acquire(company.pk)
    assert row(company).lease_token == after.token != before.token


def test_who_lost_the_company_neither_renews_nor_locks_nor_frees_it(company):
    lost, held = Lease(company.pk, uuid4()), acquire(company.pk)
    before = (held.token, row(company).lease_expires_at)
    with pytest.raises(LeaseLost):
        lost.renew()
    with pytest.raises(LeaseLost):
        lost.lock()
    lost.release()
    assert (row(company).lease_token, row(company).lease_expires_at) == before
    held.lock()


def test_a_renewed_lease_lasts_its_full_time_from_then_on(company):
    held = acquire(company.pk)
    ended_ago(company, 1)
    held.renew()
    left = row(company).lease_expires_at - QuickBooksCompany.objects.annotate(now=Now()).first().now
    assert timedelta(seconds=85) < left <= timedelta(seconds=90)
    assert others() == [(None, None)]


def planned_by(session, **values):
    batch = BatchRequestFactory(
        company=session.company,
        lease_token=session.lease.token,
        **{"sent_at": None, "look_after": None} | values,
    )
    return SimpleNamespace(batch=batch, renewals=0)


def sent(planned):
    return BatchRequest.objects.filter(pk=planned.batch.pk, sent_at__isnull=False).exists()


def test_what_leaves_is_marked_as_sent_and_nothing_else(company):
    session = session_of(company)
    session.renewals = 3
    going, waiting = planned_by(session), planned_by(session)
    mark_as_sent(session, [going])
    assert (sent(going), sent(waiting)) == (True, False)
    assert (going.renewals, waiting.renewals) == (3, 0)
    after = BatchRequest.objects.get(pk=going.batch.pk)
    limit = after.look_after - after.sent_at
    assert limit >= timedelta(seconds=120)


def test_what_another_planned_or_took_over_does_not_leave(company):
    session = session_of(company)
    theirs = planned_by(session)
    mine = take_over(company)
    with pytest.raises(LeaseLost):
        mark_as_sent(mine, [theirs])
    assert not sent(theirs)


def test_what_was_given_back_meanwhile_does_not_leave(company):
    session = session_of(company)
    settled = planned_by(session, settled_at=Now())
    with pytest.raises(LeaseLost):
        mark_as_sent(session, [settled])
    assert not sent(settled)


def test_only_the_first_leaving_is_when_it_was_sent(company):
    session = session_of(company)
    again = planned_by(session)
    mark_as_sent(session, [again])
    BatchRequest.objects.update(sent_at=Now() - timedelta(days=1))
    before = BatchRequest.objects.get().sent_at
    mark_as_sent(session, [again])
    assert BatchRequest.objects.get().sent_at == before


def test_silence_is_written_down_only_by_who_sent_it(company):
    session = session_of(company)
    mine = BatchRequestFactory(company=company, lease_token=session.lease.token)
    also_mine = BatchRequestFactory(company=company, lease_token=session.lease.token)
    theirs = BatchRequestFactory(company=company)
    before, kept = theirs.look_after, also_mine.look_after
    long_ago = Now() - timedelta(days=1)
    BatchRequest.objects.filter(pk=mine.pk).update(look_after=long_ago)
    for batch in (mine, theirs):
        settling.unanswered(session, batch)
    for batch in (mine, also_mine, theirs):
        batch.refresh_from_db()
    assert (theirs.look_after, also_mine.look_after) == (before, kept)
    assert timedelta(0) < before + timedelta(days=1) - mine.look_after
    assert mine.look_after > mine.sent_at + timedelta(seconds=115)


def flying(batch, **values):
    return SyncRecordFactory(
        company=batch.company, batch=batch, **{"state": "in_flight", "tries": 2} | values
    )


def test_what_never_left_waits_again_and_what_left_is_looked_for(company):
    session = session_of(company)
    unsent = planned_by(session).batch
    waiting, refused = flying(unsent), flying(unsent, state="failed")
    left = flying(BatchRequestFactory(company=company))
    over = flying(planned_by(session, settled_at=Now()).batch)
    elsewhere = QuickBooksCompany.objects.get(name="Bystander LLC")
    theirs = flying(BatchRequestFactory(company=elsewhere, sent_at=None, look_after=None))
    give_back(session.lease)
    stand = dict(SyncRecord.objects.values_list("pk", "state"))
    assert stand == {
        waiting.pk: "pending",
        refused.pk: "failed",
        left.pk: "in_flight",
        over.pk: "in_flight",
        theirs.pk: "in_flight",
    }
    waiting.refresh_from_db()
    assert (waiting.tries, waiting.batch) == (1, None)
    assert set(BatchRequest.objects.filter(body="").values_list("pk", flat=True)) == {unsent.pk}
    settled = BatchRequest.objects.filter(settled_at__isnull=False)
    assert set(settled.values_list("pk", flat=True)) == {unsent.pk, over.batch_id}


def test_who_lost_the_company_gives_nothing_back(company):
    session = session_of(company)
    record = flying(planned_by(session).batch)
    take_over(company)
    with pytest.raises(LeaseLost):
        give_back(session.lease)
    record.refresh_from_db()
    assert record.state == "in_flight"
