"""Law 1 backwards: a delete is committed before it leaves, and never believed unseen."""

import pytest

from sync.company.lease import LeaseLost
from sync.company.requests import LookLater
from sync.exports.delivery import delete_write
from sync.models import BatchRequest, Event, SyncRecord
from sync.quickbooks.client import NotSent, OutcomeUnknown, QuickBooksFault
from tests.factories import (
    BatchRequestFactory,
    InvoiceFactory,
    PaymentFactory,
    SyncRecordFactory,
    UserFactory,
)
from tests.laws.customers_sent import whole
from tests.laws.holding import session_of, take_over

ENTITY = {"Id": "7", "SyncToken": "3"}
BYSTANDER = "bystander"


class Client:
    """Answers a delete as told, and sees what was committed before."""

    def __init__(self, outcome):
        self.outcome, self.sent = outcome, []

    def send(self, target, body, request_id, operation):
        batch = BatchRequest.objects.get(request_id=request_id)
        assert batch.settled_at is None
        assert batch.body.encode() == body
        self.sent.append((target, body, operation))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def session(company):
    """A held company, with another write and another record that nothing here is about."""
    BatchRequestFactory(company=company, request_id=BYSTANDER)
    other = BatchRequest.objects.get()
    SyncRecordFactory(company=company, batch=other, state="in_flight", marker=BYSTANDER)
    return session_of(company)


@pytest.fixture
def record(company):
    return SyncRecordFactory(
        company=company, payment=PaymentFactory(), state="exported", qbo_id="7"
    )


def delete(session, record, outcome):
    session.client = Client(outcome)
    try:
        return delete_write.delete(session, record, ENTITY)
    finally:
        assert session.client.sent == [("Payment", b'{"Id":"7","SyncToken":"3"}', "delete")]
        other = BatchRequest.objects.get(request_id=BYSTANDER)
        assert (other.settled_at, other.http_status, other.body != "") == (None, None, True)
        assert SyncRecord.objects.get(marker=BYSTANDER).batch == other


def is_open(record):
    return delete_write.unanswered([record.pk])


DONE = whole(200)


def test_what_is_answered_is_settled(session, record):
    done = type(DONE)(200, b"{}", "tid-9", {"Payment": {"Id": "7", "status": "Deleted"}})
    assert delete(session, record, done) is None
    batch = BatchRequest.objects.exclude(request_id=BYSTANDER).get()
    assert (batch.http_status, batch.intuit_tid, batch.body) == (200, "tid-9", "")
    assert not is_open(record)
    assert SyncRecord.objects.get(pk=record.pk).batch is None


def test_the_refusal_of_one_document_is_its_own(session, record):
    assert delete(session, record, whole(400, "5010", "Stale Object Error")) is not None
    assert not is_open(record)


@pytest.mark.parametrize(
    "answer",
    [
        whole(401, "3200", "message=AuthenticationFailed"),
        whole(403, "6190", "Subscription period has ended"),
    ],
)
def test_what_every_other_would_meet_goes_on_to_the_company(session, record, answer):
    with pytest.raises(QuickBooksFault):
        delete(session, record, answer)
    assert not is_open(record)


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (OutcomeUnknown("no answer"), LookLater),
        (whole(500), LookLater),
        (whole(429, "3001", "ThrottleExceeded"), QuickBooksFault),
    ],
)
def test_what_nobody_knows_is_looked_for_later(session, record, outcome, error):
    with pytest.raises(error):
        delete(session, record, outcome)
    assert is_open(record)
    assert not is_open(SyncRecord.objects.get(marker=BYSTANDER))


def test_what_never_left_leaves_nothing_open(session, record):
    with pytest.raises(NotSent):
        delete(session, record, NotSent("no connection"))
    assert not is_open(record)


def test_who_lost_the_company_sends_no_delete(session, record, company):
    session.client = Client(DONE)
    take_over(company)
    with pytest.raises(LeaseLost):
        delete_write.delete(session, record, ENTITY)
    assert session.client.sent == []
    assert BatchRequest.objects.count() == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_a_look_forgets_what_is_gone_and_lets_the_removal_go_on(
    session, company, monkeypatch, is_there
):
    who = UserFactory()
    invoice = InvoiceFactory(do_not_export_by=who)
    batch = BatchRequestFactory(company=company, operation="delete")
    record = SyncRecordFactory(
        company=company,
        payment=PaymentFactory(invoice=invoice),
        state="exported",
        qbo_id="7",
        batch=batch,
    )
    there = {record.pk: ENTITY} if is_there else {}
    monkeypatch.setattr(delete_write, "read", lambda *_given: there)
    delete_write.find_out(session, batch)
    assert SyncRecord.objects.filter(pk=record.pk).exists() is is_there
    assert (
        Event.objects.filter(action="removed_from_quickbooks", actor=who).exists() is not is_there
    )
    assert BatchRequest.objects.get(pk=batch.pk).settled_at is not None
    assert BatchRequest.objects.get(request_id=BYSTANDER).settled_at is None


def test_who_lost_the_company_forgets_nothing(session, record, company, monkeypatch):
    batch = BatchRequestFactory(company=company, operation="delete")
    SyncRecord.objects.filter(pk=record.pk).update(batch=batch)
    monkeypatch.setattr(delete_write, "read", lambda *_given: {})
    take_over(company)
    with pytest.raises(LeaseLost):
        delete_write.find_out(session, batch)
    assert SyncRecord.objects.filter(pk=record.pk).exists()
    assert BatchRequest.objects.get(pk=batch.pk).settled_at is None
