"""Law 3, nothing guessed: what each answer says of the documents in it, and of nothing else."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from sync.company.lease import LeaseLost
from sync.exports.delivery import settling
from sync.models import BatchRequest, ExportRun, QuickBooksCompany, SyncRecord
from sync.quickbooks.answers import answer_of
from sync.quickbooks.faults import fault_of
from tests.factories import (
    BatchRequestFactory,
    ExportRunFactory,
    InvoiceFactory,
    PaymentFactory,
    SyncRecordFactory,
)
from tests.laws.customers_sent import answered, entity, item, refused, sent, stands, whole
from tests.laws.holding import session_of, take_over


@pytest.fixture
def session(company):
    return session_of(company)


def settle(session, planned, answer):
    [fault] = settling.settle(session, [(planned, answer)])
    planned.batch.refresh_from_db()
    return fault


def test_each_item_is_settled_by_its_own_answer(session):
    planned = sent(session, 4)
    bystander = sent(session)
    there, no, duplicate, silent = planned.records
    fault = settle(
        session,
        planned,
        answered(
            item(there, Customer=entity(there)), refused(no, "2010"), refused(duplicate, "6240")
        ),
    )
    assert fault is None
    assert stands(there) == ("exported", "1", 1, False)
    assert stands(no) == ("failed", "", 1, False)
    assert stands(duplicate) == ("in_flight", "", 1, True)  # it may be what we wrote before
    assert stands(silent) == ("in_flight", "", 1, True)
    assert stands(bystander.records[0]) == ("in_flight", "", 1, True)
    batch = planned.batch
    assert batch.settled_at is None
    assert batch.body
    assert (batch.http_status, batch.intuit_tid) == (200, "tid-1")
    assert not BatchRequest.objects.filter(settled_at__isnull=False).exists()
    # One got no answer, so that looking is conclusive only once the limit of Intuit is over.
    assert batch.look_after - batch.sent_at > timedelta(seconds=110)
    other = BatchRequest.objects.get(pk=bystander.batch.pk)
    assert other.look_after - other.sent_at < timedelta(seconds=10)


def test_an_unexpected_error_leaves_its_own_document_unknown_and_settles_the_rest(
    session, monkeypatch
):
    planned = sent(session, 2)
    there, odd = planned.records
    differences = settling.differences

    def fail_for_one(document, theirs):
        if theirs["Id"] == "2":
            raise ValueError
        return differences(document, theirs)

    monkeypatch.setattr(settling, "differences", fail_for_one)
    answer = answered(
        item(there, Customer=entity(there)), item(odd, Customer=entity(odd) | {"Id": "2"})
    )
    assert settle(session, planned, answer) is None
    assert (stands(there)[0], stands(odd)[0]) == ("exported", "in_flight")
    assert planned.batch.settled_at is None


def test_a_refusal_that_is_not_believed_is_looked_for_at_once(session):
    planned = sent(session, 2)
    there, unlisted = planned.records
    settle(
        session, planned, answered(item(there, Customer=entity(there)), refused(unlisted, "1234"))
    )
    assert stands(unlisted) == ("in_flight", "", 1, True)
    assert planned.batch.settled_at is None
    assert planned.batch.look_after - planned.batch.sent_at < timedelta(seconds=30)


def test_what_is_answered_whole_is_settled_and_pruned(session):
    planned, other = sent(session, 1), sent(session, 1)
    [record] = planned.records
    settle(session, planned, answered(item(record, Customer=entity(record))))
    assert (planned.batch.body, planned.batch.settled_at is not None) == ("", True)
    assert BatchRequest.objects.get(pk=other.batch.pk).body


@pytest.mark.parametrize(
    ("answer", "stand", "attempts"),
    [
        (whole(400, "2010"), ("failed", "", 2, False), 3),
        (whole(500), ("in_flight", "", 2, True), 3),
        (whole(503), ("in_flight", "", 2, True), 3),
        (whole(401, "3200", "message=AuthenticationFailed"), ("pending", "", 1, False), 3),
        (whole(403, "6190", "Subscription period has ended"), ("pending", "", 1, False), 3),
        (whole(429, "3001", "ThrottleExceeded"), ("in_flight", "", 2, True), 2),
    ],
)
@pytest.mark.parametrize("target", ["batch", "Customer"])
def test_the_refusal_of_a_request_as_a_whole(session, answer, stand, attempts, target):
    planned = sent(session, 1, tries=2, target=target, attempts=3)
    other = sent(session, 1, attempts=3)
    settle(session, planned, answer)
    assert stands(planned.records[0])[:2] == stand[:2], SyncRecord.objects.first().error
    assert stands(planned.records[0]) == stand
    assert planned.batch.attempts == attempts
    assert BatchRequest.objects.get(pk=other.batch.pk).attempts == 3


@pytest.mark.parametrize("target", ["batch", "Customer"])
def test_only_what_is_the_companys_goes_on_to_it(session, target):
    def told(answer):
        return settle(session, sent(session, 1, target=target), answer)

    assert told(whole(401, "3200", "message=AuthenticationFailed")).company_wide
    assert told(whole(429, "3001", "ThrottleExceeded")).throttled
    assert told(whole(500)) is not None
    assert (told(whole(400, "2010")) is not None) is (target == "batch")


def test_a_company_wide_refusal_of_one_item_is_the_companys(session):
    planned = sent(session, 2)
    first, second = planned.records
    refusal = refused(first, "6190", "Subscription period has ended")
    fault = settle(session, planned, answered(refusal, item(second, Customer=entity(second))))
    assert fault is not None
    assert fault.company_wide
    assert stands(first) == ("pending", "", 0, False)
    assert stands(second)[0] == "exported"


def test_a_throttled_item_is_the_companys_and_costs_no_try(session):
    planned = sent(session, 1, tries=3)
    [record] = planned.records
    fault = settle(session, planned, answered(refused(record, "3001", "ThrottleExceeded")))
    assert fault is not None
    assert fault.throttled
    assert stands(record)[2] == 2


@pytest.mark.parametrize(
    ("tries", "state"), [(settling.MOST_TRIES - 1, "pending"), (settling.MOST_TRIES, "failed")]
)
def test_what_may_pass_is_tried_a_few_times(session, tries, state):
    planned = sent(session, 1, tries=tries)
    settle(session, planned, answered(refused(planned.records[0], "5010", "Stale Object Error")))
    assert stands(planned.records[0])[0] == state


def test_a_single_write_is_settled_by_its_entity(session):
    planned = sent(session, 1, target="Customer")
    [record] = planned.records
    answer = answer_of(200, json.dumps({"Customer": entity(record, "7")}).encode(), "tid-2")
    assert settle(session, planned, answer) is None
    assert stands(record) == ("exported", "7", 1, False)


def test_what_comes_out_otherwise_is_a_mismatch_and_lets_nothing_go(session, company):
    planned = sent(session, 2)
    right, wrong = planned.records
    waiting = [invoice_of(record, company) for record in planned.records]
    settle(
        session,
        planned,
        answered(
            item(right, Customer=entity(right, "1")),
            item(wrong, Customer=entity(wrong, "2", DisplayName="Somebody Else")),
        ),
    )
    assert [stands(record)[0] for record in planned.records] == ["exported", "mismatch"]
    assert [sendable(record) for record in waiting] == [True, False]


def invoice_of(record, company, **values):
    invoice = InvoiceFactory(business_unit=record.business_unit, customer=record.customer)
    return SyncRecordFactory(
        company=company, kind="invoice", payment=None, invoice=invoice, **values
    )


def sendable(record):
    record.refresh_from_db()
    return record.is_sendable


def test_what_waits_for_it_in_this_company_or_stopped_is_let_go(session, company):
    elsewhere = QuickBooksCompany.objects.get(name="Bystander LLC")
    [record] = sent(session).records
    mine, theirs = invoice_of(record, company), invoice_of(record, elsewhere)
    failed = invoice_of(record, company, state="failed")
    gone = invoice_of(record, company, state="exported", qbo_id="2")
    others = invoice_of(sent(session).records[0], company)
    record.state, record.qbo_id = "exported", "1"
    settling.make_sendable([record])
    assert [sendable(one) for one in (mine, failed)] == [True, True]
    assert [sendable(one) for one in (theirs, gone, others)] == [False, False, False]


def test_only_payments_of_the_invoice_are_let_go(company):
    payment, other = PaymentFactory(), PaymentFactory()
    mine = SyncRecordFactory(company=company, payment=payment)
    others = SyncRecordFactory(company=company, payment=other)
    there = SyncRecordFactory(
        company=company,
        kind="invoice",
        payment=None,
        invoice=payment.invoice,
        state="exported",
        qbo_id="1",
    )
    settling.make_sendable([there])
    assert (sendable(mine), sendable(others)) == (True, False)


# Without an answer -----------------------------------------------------------------------------


def test_who_lost_the_company_settles_nothing(session, company):
    planned = sent(session)
    [record] = planned.records
    take_over(company)
    with pytest.raises(LeaseLost):
        settle(session, planned, answered(item(record, Customer=entity(record))))
    with pytest.raises(LeaseLost):
        settling.never_sent(session, planned)
    assert stands(record) == ("in_flight", "", 1, True)


def test_what_never_left_waits_again_and_what_goes_again_is_looked_for(session):
    new, again, other = sent(session, tries=2), sent(session, attempts=3), sent(session, attempts=3)
    later = Now() + timedelta(days=1)
    BatchRequest.objects.update(look_after=later)
    settling.never_sent(session, new)
    again.is_again = True
    settling.never_sent(session, again)
    assert stands(new.records[0]) == ("pending", "", 1, False)
    assert stands(again.records[0]) == ("in_flight", "", 1, True)
    rows = BatchRequest.objects.in_bulk()
    assert [rows[one.batch.pk].attempts for one in (again, other)] == [2, 3]
    due = [rows[one.batch.pk].look_after < rows[one.batch.pk].sent_at + timedelta(hours=1)
           for one in (again, other)]  # fmt: skip
    assert due == [True, False]
    assert [rows[one.batch.pk].settled_at is None for one in (new, again, other)] == [
        False,
        True,
        True,
    ]


def test_a_throttle_teaches_this_company_only(session, company):
    settling.throttled(session, fault_of(whole(429, "3001", "ThrottleExceeded")))
    learned = dict(QuickBooksCompany.objects.values_list("name", "learned_pace"))
    assert learned["Bystander LLC"] == 1.0
    assert learned["Riverside LLC"] < 1.0


# Three in a row --------------------------------------------------------------------------------


def run_of(company, states, **values):
    """A running run whose invoices came out like that, one after the other."""
    run = ExportRunFactory(
        company=company, state="running", confirmed_at="2026-05-01T00:00:00Z", **values
    )
    records = [
        SyncRecordFactory(
            company=company,
            run=run,
            kind="invoice",
            payment=None,
            invoice=InvoiceFactory(),
            state=state,
            qbo_id=f"{run.pk}-{number}",
            exported_at=f"2026-05-02T00:00:{number:02}Z",
        )
        for number, state in enumerate(states)
    ]
    return run, records


@pytest.mark.parametrize(
    ("states", "values", "after"),
    [
        (["mismatch"] * 3, {}, "paused"),
        (["mismatch"] * 2, {}, "running"),
        (["mismatch", "exported", "mismatch", "mismatch"], {}, "running"),
        (["mismatch", "mismatch", "mismatch", "exported", "mismatch"], {}, "running"),
        (["mismatch"] * 4, {"went_on_at": "2026-05-02T00:00:01Z"}, "running"),
        (["mismatch"] * 5, {"went_on_at": "2026-05-02T00:00:01Z"}, "paused"),
    ],
)
def test_three_invoices_in_a_row_that_differ_pause_their_run(company, states, values, after):
    run, records = run_of(company, states, **values)
    other, _ = run_of(company, ["mismatch"] * 3)
    settling.save(records[-1:])
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.state, other.state) == (after, "running")


def test_a_run_that_rests_is_not_paused(company):
    run, records = run_of(company, ["mismatch"] * 3)
    ExportRun.objects.update(state="finished", finished_at="2026-05-03T00:00:00Z")
    settling.save(records)
    run.refresh_from_db()
    assert run.state == "finished"


def test_what_differs_but_is_no_invoice_pauses_nothing(company):
    run, _ = run_of(company, ["mismatch"] * 3)
    payment = SyncRecordFactory(company=company, run=run, state="mismatch", qbo_id="77")
    equal, _ = run_of(company, [])
    settling.save([payment, SyncRecordFactory(company=company, run=equal)])
    run.refresh_from_db()
    assert run.state == "running"


def test_what_is_settled_leaves_its_request(company):
    batch = BatchRequestFactory(company=company)
    done, open_ = (
        SyncRecordFactory(company=company, batch=batch, state=state)
        for state in ("failed", "in_flight")
    )
    settling.save([done, open_])
    assert (stands(done)[3], stands(open_)[3]) == (False, True)
