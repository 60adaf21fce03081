"""The change of a payment goes with the refund that it proves: noted with it, open without."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.discrepancies.drift.drift import follow_proof
from sync.discrepancies.refunds import judge, verdicts
from sync.discrepancies.refunds.bookkeeping.explain import Share
from sync.models import Adjustment, Allocation, Drift, Event, RefundMatch, SyncRecord
from tests.factories import RefundFactory

pytestmark = pytest.mark.django_db
LESS = {"field": "total", "was": "150.00", "now": "130.00"}
DEPOSITED = {"field": "deposit", "was": "", "now": "77"}


@pytest.fixture
def changed(exported):
    """Return a function that makes a payment less in QuickBooks, as proof of its refund or not."""

    def make(*, is_proof, changes=(LESS,), state="open"):
        record = SyncRecord.objects.get(payment=exported())
        drift = Drift.objects.create(
            record=record,
            business_unit=record.business_unit,
            side="quickbooks",
            state=state,
            changes=list(changes),
            changed_at=datetime(2026, 5, 10, 2, tzinfo=UTC),
        )
        document = Adjustment.objects.create(
            company=record.company,
            entity="Payment",
            qbo_id=record.qbo_id,
            customer="7",
            kind="PaymentChanged",
            amount=Decimal("20.00"),
            payout=Decimal("20.00"),
            dated_on="2026-05-10",
        )
        RefundMatch.objects.create(
            refund=RefundFactory(payment=record.payment, amount=Decimal("20.00")),
            adjustment=document,
            amount=document.amount,
            dated_on=document.dated_on,
            is_proof=is_proof,
        )
        return document, drift

    return make


def standing(drift):
    drift.refresh_from_db()
    return drift.state, drift.note


def test_one_or_many_cost_the_same_and_are_noted(changed):
    taken = []
    for number in (1, 5):
        documents, drifts = zip(*(changed(is_proof=True) for _ in range(number)), strict=True)
        with CaptureQueriesContext(connection) as queries:
            follow_proof(documents, None)
        taken.append(len(queries))
        noted = ("noted", "It is how a refund was adjusted.")
        assert {standing(drift) for drift in drifts} == {noted}
    assert taken[0] == taken[1]
    told = Event.objects.filter(action="drift_followed_refund")
    assert {(e.detail["from"], e.detail["to"]) for e in told} == {("open", "noted")}
    assert told.count() == Drift.objects.count() == 6


def test_only_what_no_longer_proves_anything_is_open_again(changed):
    let_go, open_again = changed(is_proof=False, state="noted")
    proves, noted = changed(is_proof=True, state="noted")
    merely, deposited = changed(is_proof=False, changes=[DEPOSITED], state="noted")
    follow_proof([let_go, proves, merely], None)
    assert [standing(d)[0] for d in (open_again, noted, deposited)] == ["open", "noted", "noted"]
    assert Event.objects.get().subject_id == open_again.pk


def test_what_a_person_explained_stays(changed):
    document, drift = changed(is_proof=True)
    Drift.objects.update(state="explained", note="A rebate")
    follow_proof([document], None)
    assert standing(drift) == ("explained", "A rebate")
    assert not Event.objects.exists()


def test_only_what_is_shared_anew_is_let_go(changed):
    anew, bystander = (
        RefundMatch.objects.get(adjustment=changed(is_proof=True)[0]) for _ in range(2)
    )
    for match in (anew, bystander):
        Allocation.objects.create(match=match, effect="payout", amount=Decimal("20.00"))
    changes = verdicts._Changes()
    share = Share(anew.adjustment_id, Adjustment.Effect.PAYOUT, Decimal("5.00"))
    changes.shares.append((anew, [share]))
    verdicts._store(changes)
    kept = Allocation.objects.values_list("match", "amount")
    assert dict(kept) == {anew.pk: Decimal("5.00"), bystander.pk: Decimal("20.00")}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ""),
        ({"currency": "CAD"}, "is in CAD, the refund in USD."),
        ({"amount": Decimal("19.99")}, "was changed from $20.00 to $19.99."),
        ({"amount": Decimal("20.01")}, ""),
        ({"dated_on": date(2026, 5, 11)}, "is now dated 11 May 2026."),
        ({"is_there": False}, "is no longer in QuickBooks as it was."),
        ({"payout": Decimal("0.00")}, "is no longer in QuickBooks as it was."),
    ],
)
def test_evidence_that_is_another_now_is_told(changed, values, words):
    document, _ = changed(is_proof=True)
    match = RefundMatch.objects.get()
    for name, value in ({"currency": "USD"} | values).items():
        setattr(document, name, value)
    document.dated_on = values.get("dated_on", match.dated_on)
    lost = judge.what_was_lost(SimpleNamespace(currency="USD"), match, document)
    assert lost.removeprefix(str(document)).strip() == words
