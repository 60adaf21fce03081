"""Law 3, nothing guessed: checking again believes what is read, of what still stands as it did."""

import pytest

from sync.company.lease import LeaseLost
from sync.exports.delivery.marker_search import Findings
from sync.exports.documents.lost_customers import GONE
from sync.exports.remedies import check
from sync.exports.remedies.customer_links import DELETED
from sync.models import ExportRun, SyncRecord
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    CompanyRequestFactory,
    ExportRunFactory,
    InvoiceFactory,
    PaymentFactory,
    SyncRecordFactory,
)
from tests.laws.customers_sent import entity, sent
from tests.laws.holding import session_of, take_over


@pytest.fixture
def session(company):
    return session_of(company)


@pytest.fixture
def serve(session, monkeypatch):
    """Check records again, with what QuickBooks holds; return what is said of each."""

    def served(*records, there=None, findings=None, meanwhile=None):
        def look(_client, looked_for, _since):
            served.looked_for = [record.pk for record in looked_for]
            return findings or Findings()

        def read(_client, _records):
            if meanwhile:
                meanwhile()
            return there or {}

        monkeypatch.setattr(check, "look", look)
        monkeypatch.setattr(check, "read", read)
        served.looked_for = []
        documents = [{"record": r.pk, "name": str(r.pk), "of": "", "page": []} for r in records]
        request = CompanyRequestFactory(
            company=session.company,
            business_unit=records[0].business_unit,
            params={"documents": documents},
        )
        result = check.check_again(session, request)
        return [(one["done"], one["words"]) for one in result["outcomes"]]

    return served


@pytest.fixture
def customer(session):
    """Return a function that gives a customer's record that stands like that."""

    def made(**values):
        [record] = sent(session).records
        given = {"batch": None} | values
        SyncRecord.objects.filter(pk=record.pk).update(**given)
        record.refresh_from_db()
        return record

    return made


def stands(record):
    record.refresh_from_db()
    return record.state, record.qbo_id


def test_what_is_in_doubt_is_looked_for_and_taken_or_called_absent(customer, serve):
    there, absent, strange = (customer(state="uncertain") for _ in range(3))
    found = Findings(ours={there.pk: entity(there, "4")}, strangers={strange.pk: {"Id": "5"}})
    said = serve(there, absent, strange, findings=found)
    assert [done for done, _ in said] == [True, False, False]
    assert said[1][1] == check.ABSENT
    assert "without our mark" in said[2][1]
    assert [stands(one) for one in (there, absent, strange)] == [
        ("exported", "4"),
        ("failed", ""),
        ("uncertain", ""),
    ]


@pytest.mark.parametrize("state", ["pending", "failed", "in_flight"])
def test_what_was_not_left_in_doubt_is_neither_looked_for_nor_settled(
    session, customer, serve, state
):
    batch = BatchRequestFactory(company=session.company) if state == "in_flight" else None
    record = customer(state=state, batch=batch)
    said = serve(record, findings=Findings(ours={}))
    assert said == [(False, "It was not sent, so there is nothing to check.")]
    assert serve.looked_for == []
    assert stands(record) == (state, "")


def test_what_has_an_id_is_read_and_not_looked_for(customer, serve):
    record = customer(state="uncertain", qbo_id="4")
    serve(record, there={record.pk: entity(record, "4")})
    assert serve.looked_for == []
    assert stands(record) == ("exported", "4")


def test_what_changed_here_while_it_was_read_is_left(customer, serve):
    record = customer(state="mismatch", qbo_id="4")

    def meanwhile():
        SyncRecord.objects.filter(pk=record.pk).update(state="failed", qbo_id="")

    said = serve(record, there={record.pk: entity(record, "4")}, meanwhile=meanwhile)
    assert said == [(False, check.MOVED)]
    assert stands(record) == ("failed", "")


def test_who_lost_the_company_while_reading_settles_nothing(customer, serve, company):
    record = customer(state="mismatch", qbo_id="4")
    with pytest.raises(LeaseLost):
        serve(record, there={record.pk: entity(record, "4")}, meanwhile=lambda: take_over(company))
    assert stands(record) == ("mismatch", "4")


def test_what_is_gone_there_is_told_and_keeps_its_id(customer, serve):
    record = customer(state="exported", qbo_id="4")
    assert serve(record) == [(False, GONE.words)]
    assert stands(record) == ("mismatch", "4")


def test_only_what_equals_ours_again_lets_its_run_go_on(company, customer, serve):
    run = ExportRunFactory(company=company, state="paused", confirmed_at="2026-05-01T00:00:00Z")
    record = customer(state="mismatch", qbo_id="4", run=run)
    serve(record, there={record.pk: entity(record, "4", Active=False)})
    assert ExportRun.objects.get().state == "paused"
    serve(record, there={record.pk: entity(record, "4")})
    assert ExportRun.objects.get().state == "running"


@pytest.mark.parametrize(
    ("state", "words"),
    [("in_flight", "Its payments are on their way."), ("pending", DELETED)],
)
def test_an_invoice_is_not_compared_while_its_payments_are_on_their_way(
    company, serve, monkeypatch, state, words
):
    monkeypatch.setattr(check, "documents", lambda records: {r.pk: object() for r in records})
    invoice = InvoiceFactory(business_unit=BusinessUnitFactory(quickbooks_company=company))
    record = SyncRecordFactory(
        company=company, kind="invoice", payment=None, invoice=invoice, state="exported", qbo_id="1"
    )
    batch = BatchRequestFactory(company=company)
    SyncRecordFactory(
        company=company,
        payment=PaymentFactory(invoice=invoice),
        state=state,
        batch=batch if state == "in_flight" else None,
    )
    other = PaymentFactory()
    SyncRecordFactory(company=company, payment=other, state="in_flight", batch=batch)
    [(done, told)] = serve(record)
    assert not done
    assert told.startswith(words)
