"""Law 5, refunds are reported: what a reading proves, reopens and leaves to a person."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from sync.discrepancies.refunds import judge
from sync.discrepancies.refunds.judge import Verdicts
from sync.discrepancies.refunds.matching import Found
from sync.discrepancies.refunds.pending import claims_of
from sync.models import Adjustment, Event, Refund, RefundMatch, RefundReview
from tests.factories import RefundFactory, RefundReviewFactory, SyncRecordFactory
from tests.laws.holding import locks, session_of


@pytest.fixture
def refund(company):
    """Return a function that gives a refund of an exported payment, and a review with it."""

    def made(status="", **review):
        refund = RefundFactory()
        SyncRecordFactory(
            company=company, payment=refund.payment, state="exported", qbo_id=f"P{refund.pk}"
        )
        if status:
            given = {"note": "As agreed", "reviewed_at": timezone.now()} | review
            RefundReviewFactory(refund=refund, status=status, **given)
        return refund

    return made


@pytest.fixture
def document(company):
    """Return a function that gives a credit memo as it was read."""

    def made(**values):
        return Adjustment.objects.create(
            company=company,
            entity="CreditMemo",
            kind="CreditMemo",
            side="credit",
            qbo_id=str(Adjustment.objects.count() + 1),
            customer="5",
            **{"amount": Decimal("20.00"), "dated_on": date(2026, 5, 20)} | values,
        )

    return made


def match_of(refund, document, **values):
    row = judge.match_of(refund.pk, document, **{"is_proof": True} | values)
    row.save()
    return row


def settle(company, verdicts):
    return judge._write(claims_of(company), verdicts)


def status(refund):
    return RefundReview.objects.get(refund=refund).status


def matches():
    return set(RefundMatch.objects.values_list("refund", "adjustment", "is_proof"))


def test_what_is_lost_reopens_its_refund_and_drops_that_proof_only(company, refund, document):
    lost, stays = refund("verified"), refund("verified")
    gone, asked, other = document(), document(), document()
    match_of(lost, gone)
    match_of(lost, asked, is_proof=False)
    match_of(stays, other)
    found = Found(proposals={lost.pk: {asked.pk: "It fits."}})
    done = settle(company, Verdicts(reopened={lost.pk: "It is gone."}, found=found))
    assert done == {"verified": 0, "proposed": 1, "reopened": 1}
    assert (status(lost), status(stays)) == ("open", "verified")
    assert matches() == {(lost.pk, asked.pk, False), (stays.pk, other.pk, True)}
    [event] = Event.objects.filter(subject_kind="refund")
    assert (event.subject_id, event.detail["from"]) == (lost.pk, "verified")


def test_a_proof_verifies_its_refund_and_forgets_what_was_asked(company, refund, document):
    proven, asked = refund(), refund()
    old, new, still = document(), document(), document()
    match_of(proven, old, is_proof=False)
    match_of(asked, still, is_proof=False)
    found = Found(proofs={proven.pk: [new]}, proposals={asked.pk: {still.pk: "It fits."}})
    assert settle(company, Verdicts(found=found))["verified"] == 1
    assert status(proven) == "verified"
    assert matches() == {(proven.pk, new.pk, True), (asked.pk, still.pk, False)}


def test_what_is_no_longer_asked_is_forgotten(company, refund, document):
    asked = refund()
    match_of(asked, document(), is_proof=False)
    settle(company, Verdicts())
    assert matches() == set()


def test_refunds_are_locked_before_their_reviews_are_written(company, refund, document):
    proven = refund()
    with locks() as taken:
        settle(company, Verdicts(found=Found(proofs={proven.pk: [document()]})))
    assert taken[0] == "Refund"


def said_meanwhile(refund):
    RefundReviewFactory(refund=refund, status="not_needed", note="No")


def changed_meanwhile(refund):
    Refund.objects.filter(pk=refund.pk).update(amount=Decimal("19.99"))


def moved_meanwhile(refund):
    Refund.objects.filter(pk=refund.pk).update(refunded_on=date(2026, 5, 21))


@pytest.mark.parametrize("meanwhile", [said_meanwhile, changed_meanwhile, moved_meanwhile])
def test_what_a_person_changed_while_it_was_read_is_left(company, refund, document, meanwhile):
    proven, new = refund(), document()
    claims = claims_of(company)
    meanwhile(proven)
    done = judge._write(claims, Verdicts(found=Found(proofs={proven.pk: [new]})))
    assert done["verified"] == 0
    assert matches() == set()
    assert not RefundReview.objects.filter(status="verified").exists()


def test_a_document_that_was_given_to_another_meanwhile_proves_nothing(company, refund, document):
    proven, other, new = refund(), refund("recorded"), document()
    match_of(other, new)
    verdicts = Verdicts(found=Found(proofs={proven.pk: [new]}))
    assert settle(company, verdicts)["verified"] == 0
    assert matches() == {(other.pk, new.pk, True)}


def test_a_document_that_its_refund_lets_go_proves_another(company, refund, document):
    lost, proven, free = refund("verified"), refund(), document()
    match_of(lost, free)
    verdicts = Verdicts(reopened={lost.pk: "It moved."}, found=Found(proofs={proven.pk: [free]}))
    assert settle(company, verdicts) == {"verified": 1, "proposed": 0, "reopened": 1}
    assert matches() == {(proven.pk, free.pk, True)}
    assert (status(lost), status(proven)) == ("open", "verified")


def test_who_said_it_stands_while_more_evidence_comes(company, refund, document):
    proven = refund("verified")
    who = RefundReview.objects.get().reviewed_by
    match_of(proven, document())
    settle(company, Verdicts(found=Found(proofs={proven.pk: [document()]})))
    assert RefundReview.objects.get().reviewed_by == who
    assert RefundReview.objects.get().finding.count("Credit memo") == 2


@pytest.mark.parametrize(
    ("changes", "is_lost"),
    [
        ({}, False),
        ({"is_there": False}, True),
        ({"amount": Decimal("20.01")}, True),
        ({"dated_on": date(2026, 5, 21)}, False),
        ({"dated_on": date(2027, 5, 21)}, True),
    ],
)
def test_evidence_that_changes_or_goes_reopens(company, refund, document, changes, is_lost):
    proven, proof = refund("verified"), document()
    match_of(proven, proof)
    claims = claims_of(company)
    Adjustment.objects.update(**changes)
    done = judge.settle(session_of(company), claims)
    assert status(proven) == ("open" if is_lost else "verified")
    assert done["reopened"] == is_lost


def test_a_verified_refund_without_evidence_is_reopened(company, refund):
    proven = refund("verified")
    judge.settle(session_of(company), claims_of(company))
    assert status(proven) == "open"
