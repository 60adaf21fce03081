"""Which document adjusts which refund: each rule, without a database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sync.discrepancies.refunds.matching import Claim, match
from sync.models import Adjustment

DAY = date(2026, 5, 20)
Kind, Side = Adjustment.Kind, Adjustment.Side


def claim(refund_id=1, customer="7", amount="20.00", days=0, **fields):
    return Claim(
        refund_id=refund_id,
        customer=customer,
        payment=f"P{refund_id}",
        amount=Decimal(amount),
        currency="USD",
        refunded_on=DAY + timedelta(days=days),
        **fields,
    )


def document(pk, kind=Kind.CREDIT_MEMO, side=None, customer="7", amount="20.00", days=0, **fields):
    sides = {
        Kind.CREDIT_MEMO: Side.CREDIT,
        Kind.EXPENSE: Side.PAYOUT,
        Kind.CHECK: Side.PAYOUT,
        Kind.JOURNAL_ENTRY: Side.PAYOUT,
    }
    return Adjustment(
        pk=pk,
        entity=fields.pop("entity", kind.value),
        qbo_id=fields.pop("qbo_id", str(pk)),
        kind=kind,
        side=side or sides.get(kind, Side.WHOLE),
        customer=customer,
        amount=Decimal(amount),
        dated_on=DAY + timedelta(days=days),
        **fields,
    )


def proofs(claims, documents):
    found = match(claims, documents)
    return {pk: sorted(each.pk for each in proof) for pk, proof in found.proofs.items()}


def proposals(claims, documents):
    found = match(claims, documents)
    return {pk: sorted(asked) for pk, asked in found.proposals.items()}


@pytest.mark.parametrize("days", [-3, 0, 120])
def test_one_document_of_the_customer_and_amount_in_time_is_certain(days):
    assert proofs([claim()], [document(5, days=days)]) == {1: [5]}


@pytest.mark.parametrize(
    "wrong", [{"days": -4}, {"days": 121}, {"amount": "20.01"}, {"amount": "19.99"}]
)
def test_a_document_off_by_date_or_amount_is_only_asked_about(wrong):
    documents = [document(5, **wrong)]
    assert proofs([claim()], documents) == {}
    assert proposals([claim()], documents) == {1: [5]}


@pytest.mark.parametrize("wrong", [{"customer": "8"}, {"amount": "5.00", "days": 200}])
def test_a_document_of_somebody_else_or_off_in_both_is_nothing(wrong):
    found = match([claim()], [document(5, **wrong)])
    assert (found.proofs, found.proposals) == ({}, {})


def test_a_document_in_another_currency_proves_nothing():
    assert proofs([claim()], [document(5, currency="CAD")]) == {}
    assert proofs([claim()], [document(5, currency="USD")]) == {1: [5]}


def test_entered_twice_is_asked_about_and_not_certain():
    documents = [document(5), document(6, Kind.REFUND_RECEIPT)]
    assert proofs([claim()], documents) == {}
    assert proposals([claim()], documents) == {1: [5, 6]}


def test_credit_memo_and_the_expense_that_pays_it_out_are_one_adjustment():
    assert proofs([claim()], [document(5), document(6, Kind.EXPENSE, days=4)]) == {1: [5, 6]}


def test_one_document_for_two_equal_refunds_is_asked_of_both():
    claims = [claim(1), claim(2, days=10)]
    assert proposals(claims, [document(5, days=12)]) == {1: [5], 2: [5]}


def test_documents_of_the_refunds_own_days_tell_equal_refunds_apart():
    claims = [claim(1), claim(2, days=10)]
    assert proofs(claims, [document(5), document(6, days=10)]) == {1: [5], 2: [6]}
    assert proofs(claims, [document(6, days=10)]) == {2: [6]}


def test_a_document_too_many_makes_the_whole_group_uncertain():
    claims = [claim(1), claim(2, days=10)]
    documents = [document(5), document(6, days=10), document(7, Kind.REFUND_RECEIPT, days=11)]
    assert proofs(claims, documents) == {}


def test_linked_halves_stay_together_among_several():
    claims = [claim(1), claim(2, days=10)]
    documents = [
        document(5, linked_payments=["90"]),
        document(6, Kind.CHECK, days=2, linked_payments=["90"]),
        document(7, days=10, linked_payments=["91"]),
        document(8, Kind.CHECK, days=11, linked_payments=["91"]),
    ]
    assert proofs(claims, documents) == {1: [5, 6], 2: [7, 8]}


def test_a_changed_payment_proves_refunds_of_that_payment_only():
    changed = document(5, Kind.PAYMENT_CHANGED, entity="Payment", qbo_id="P1")
    assert proofs([claim(1)], [changed]) == {1: [5]}
    assert proofs([claim(2)], [changed]) == {}
    assert proposals([claim(2)], [changed]) == {}


def test_the_other_half_joins_a_refund_that_is_proven_by_one():
    proven = claim(1, has_side=Side.CREDIT)
    assert proofs([proven], [document(6, Kind.EXPENSE)]) == {1: [6]}
    assert proofs([proven], [document(6)]) == {}


def test_what_may_be_the_other_half_does_not_prove_an_equal_open_refund():
    claims = [claim(1, has_side=Side.CREDIT), claim(2, days=1)]
    assert proofs(claims, [document(6, Kind.EXPENSE, days=4)]) == {}
    assert proposals(claims, [document(6, Kind.EXPENSE, days=4)]) == {2: [6]}


def test_what_is_certain_for_one_is_not_proposed_to_another():
    claims = [claim(1), claim(2, amount="25.00")]
    assert proposals(claims, [document(5)]) == {}
