"""Proof against the simulator: what verifies a refund, what is asked, and what reopens it."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from sync import tasks
from sync.company.requests import ask
from sync.discrepancies.refunds import verdicts
from sync.discrepancies.refunds.bookkeeping.accounts import Role
from sync.discrepancies.refunds.reading import proof
from sync.mappings import reference
from sync.models import (
    Allocation,
    Event,
    ReferenceEntry,
    Refund,
    RefundMatch,
    RefundReview,
)
from tests.discrepancies.reading.exported_world import TODAY, export_payments, give_back
from tests.factories import QuickBooksCompanyFactory, RefundReviewFactory
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(unit, keeper):
    return export_payments(unit, keeper, 6, customers=3)


@pytest.fixture
def case(world):
    return give_back(*world, 1)[0]


@pytest.fixture
def read(unit):
    def read():
        request = ask(unit.quickbooks_company, proof.KIND)
        tasks.relay(unit.quickbooks_company_id)
        request.refresh_from_db()
        assert request.state == "done", request.error
        return request.result

    return read


def status(case):
    review = RefundReview.objects.filter(refund=case.refund).first()
    return review.status if review else "open"


def evidence(case):
    return {
        (match.adjustment.kind, match.adjustment.qbo_id, match.amount, match.is_proof)
        for match in RefundMatch.objects.filter(refund=case.refund).select_related("adjustment")
    }


def shares(case):
    taken = Allocation.objects.filter(match__refund=case.refund)
    return set(taken.values_list("match__adjustment__kind", "effect", "amount"))


def left(case):
    return RefundReview.objects.get(refund=case.refund).left


def test_verified_keeps_the_evidence_and_an_event(keeper, case, read):
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    memo = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read() == {"verified": 1, "proposed": 0, "reopened": 0}
    match = RefundMatch.objects.get()
    assert (match.amount, match.dated_on, match.sync_token, match.number) == (
        case.amount,
        case.day,
        memo["SyncToken"],
        memo.get("DocNumber", ""),
    )
    review = RefundReview.objects.get()
    assert (review.status, review.reviewed_by) == ("verified", None)
    assert review.finding.startswith("Refund receipt")
    event = Event.objects.get(action="refund_verified")
    assert (event.subject_id, event.detail["from"], event.detail["to"]) == (
        case.refund.pk,
        "open",
        "verified",
    )
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    assert Event.objects.filter(subject_kind="refund").count() == 1


def test_credit_memo_expense_and_the_link_are_one_proof(keeper, case, read):
    memo, expense = keeper.do(
        keeper.credit_memo(case.customer, case.amount, case.day),
        keeper.expense(case.customer, case.amount, case.day + timedelta(days=2)),
    )
    operation, entity, body = keeper.payment(case.customer, 0, case.day)
    body["Line"] = [
        {"Amount": case.amount, "LinkedTxn": [{"TxnId": each["Id"], "TxnType": kind}]}
        for each, kind in ((memo, "CreditMemo"), (expense, "Expense"))
    ]
    keeper.one(operation, entity, body)
    assert read()["verified"] == 1
    assert evidence(case) == {
        ("CreditMemo", memo["Id"], case.amount, True),
        ("Expense", expense["Id"], case.amount, True),
    }
    assert shares(case) == {
        ("CreditMemo", "sale_credit", case.amount),
        ("Expense", "payout", case.amount),
    }


@pytest.mark.long
def test_half_of_an_adjustment_is_shown_as_half_and_falls_back_when_one_half_goes(
    keeper, case, read
):
    memo = keeper.one(*keeper.credit_memo(case.customer, case.amount, case.day))
    assert read() == {"verified": 0, "proposed": 1, "reopened": 0}
    assert (status(case), left(case)) == ("open", {"payout": str(case.amount)})
    check = keeper.one(*keeper.check(case.customer, case.amount, case.day + timedelta(days=2)))
    assert read() == {"verified": 1, "proposed": 0, "reopened": 0}
    assert (status(case), left(case)) == ("verified", {})
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    keeper.one(*keeper.deleted(check, "Purchase"))
    assert read() == {"verified": 0, "proposed": 1, "reopened": 1}
    assert (status(case), left(case)) == ("open", {"payout": str(case.amount)})
    assert evidence(case) == {("CreditMemo", memo["Id"], case.amount, False)}
    assert RefundReview.objects.get().finding == (
        f"Reopened: Check {check['Id']} is no longer in QuickBooks as it was."
    )


@pytest.mark.parametrize(
    "how", one_in(2, ["deleted", "voided", "changed", "redated", "other customer"])
)
def test_an_adjustment_that_disappears_or_changes_reopens(keeper, case, read, how, world):
    memo = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    body = {"Id": memo["Id"], "SyncToken": memo["SyncToken"], "sparse": True}
    keeper.one(
        *{
            "deleted": keeper.deleted(memo, "RefundReceipt"),
            "voided": keeper.voided(memo, "RefundReceipt"),
            "changed": ("update", "RefundReceipt", body | {"Line": [keeper.sale_line(1)]}),
            "redated": ("update", "RefundReceipt", body | {"TxnDate": "2020-01-01"}),
            "other customer": (
                "update",
                "RefundReceipt",
                body | {"CustomerRef": world[1][1]["CustomerRef"]},
            ),
        }[how]
    )
    assert read()["reopened"] == 1
    assert status(case) == "open"
    assert RefundReview.objects.get().finding.startswith("Reopened: Refund receipt")
    assert not RefundMatch.objects.filter(is_proof=True).exists()
    assert Event.objects.filter(action="refund_reopened").count() == 1


@pytest.mark.long
def test_a_new_note_in_the_document_reopens_nothing(keeper, case, read):
    memo = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    read()
    body = {"Id": memo["Id"], "SyncToken": memo["SyncToken"], "sparse": True, "PrivateNote": "x"}
    keeper.one("update", "RefundReceipt", body)
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    assert status(case) == "verified"


@pytest.mark.long
def test_a_product_made_since_the_company_was_read_is_looked_up(keeper, case, read):
    made = {"Name": "Made since", "Type": "Service", "IncomeAccountRef": {"value": keeper.income}}
    keeper.item = keeper.one("create", "Item", made)["Id"]
    keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    assert status(case) == "verified"


@pytest.mark.parametrize("kind", ["Item", "Account"])
def test_what_was_just_read_of_a_document_is_known_of_it(kind, monkeypatch):
    company = QuickBooksCompanyFactory()

    def read_again(_client, company, kind, ids):
        data = {"IncomeAccountRef": {"value": "5"}} if kind == "Item" else {}
        [qbo_id] = ids
        values = {"type": "Bank", "data": data, "read_at": timezone.now()}
        ReferenceEntry.objects.create(company=company, kind=kind, qbo_id=qbo_id, **values)

    monkeypatch.setattr(reference, "read_again", read_again)
    names = {"Item": (set(), {"21"}), "Account": ({"21"}, set())}[kind]
    monkeypatch.setattr(proof, "names_in", lambda _entity, _row: names)
    session = SimpleNamespace(company=company, client=None)
    known = proof.known_accounts(session, "RefundReceipt", {"1": {"Id": "1"}})
    assert (known.products, known.role("21")) == (
        ({"21": "5"}, Role.OTHER) if kind == "Item" else ({}, Role.MONEY)
    )


@pytest.mark.long
def test_a_payment_put_back_to_its_amount_reopens(keeper, case, read):
    Refund.objects.update(kind="bounced")
    less = keeper.one(*keeper.changed(case.payment, Decimal("150.00") - case.amount))
    assert read()["verified"] == 1
    less["Line"] = case.payment["Line"]
    keeper.one(*keeper.changed(less, Decimal("150.00")))
    assert read()["reopened"] == 1
    assert status(case) == "open"


@pytest.mark.long
def test_a_refund_entered_here_late_finds_what_was_entered_there_early(keeper, world, read):
    first = give_back(*world, 1)[0]
    other = world[1][1]
    memo = keeper.one(
        *keeper.refund_receipt(other["CustomerRef"]["value"], Decimal("33.00"), TODAY)
    )
    assert read()["verified"] == 0
    late = Refund.objects.create(payment=world[0][1], amount=Decimal("33.00"), refunded_on=TODAY)
    assert read()["verified"] == 1
    assert RefundMatch.objects.get(is_proof=True).refund_id == late.pk
    assert RefundMatch.objects.get(is_proof=True).adjustment.qbo_id == memo["Id"]
    assert status(first) == "open"


@pytest.mark.long
def test_a_document_dated_before_all_that_was_read_is_found_for_an_older_refund(
    keeper, world, read
):
    give_back(*world, 1)
    read()
    old = TODAY - timedelta(days=300)
    customer = world[1][1]["CustomerRef"]["value"]
    keeper.one(*keeper.refund_receipt(customer, Decimal("44.00"), old))
    read()
    Refund.objects.create(payment=world[0][1], amount=Decimal("44.00"), refunded_on=old)
    assert read()["verified"] == 1


def test_a_refund_that_needs_nothing_is_left_alone(keeper, case, read):
    RefundReviewFactory(refund=case.refund, status="not_needed", note="Entered twice here")
    keeper.one(*keeper.credit_memo(case.customer, case.amount, case.day))
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    assert status(case) == "not_needed"


def test_recorded_becomes_verified_by_reading(keeper, case, read):
    Refund.objects.update(kind="bounced")
    case.refund.refresh_from_db()
    RefundReviewFactory(refund=case.refund, status="recorded", note="Journal 12")
    keeper.one(*keeper.journal_entry(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    assert status(case) == "verified"
    assert RefundReview.objects.get().note == "Journal 12"


@pytest.mark.long
def test_what_is_asked_is_dropped_once_it_is_gone(keeper, case, read):
    memo = keeper.one(*keeper.credit_memo(case.customer, case.amount + 1, case.day))
    assert read()["proposed"] == 1
    assert evidence(case) == {("CreditMemo", memo["Id"], case.amount + 1, False)}
    keeper.one(*keeper.deleted(memo, "CreditMemo"))
    assert read()["proposed"] == 0
    assert evidence(case) == set()


def test_more_changes_than_one_answer_holds_are_read_page_by_page(keeper, case, read, monkeypatch):
    memo = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    monkeypatch.setattr("sync.quickbooks.client.MOST_CHANGES", 1)
    keeper.one(*keeper.deleted(memo, "RefundReceipt"))
    assert read()["reopened"] == 1
    keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1


def test_after_more_than_thirty_days_everything_is_read_again(keeper, case, read, unit):
    memo = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    read()
    reading = unit.quickbooks_company.readings.get()
    reading.read_until -= timedelta(days=40)
    reading.save()
    keeper.one(*keeper.deleted(memo, "RefundReceipt"))
    assert read()["reopened"] == 1


def test_a_fault_midway_changes_nothing(keeper, case, simulator, unit):
    keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    simulator.fault("fault", match={"endpoint": "query"}, after=2, status=400, code="6000",
                    message="m", detail="d", type="ValidationFault")  # fmt: skip
    request = ask(unit.quickbooks_company, proof.KIND)
    tasks.relay(unit.quickbooks_company_id)
    request.refresh_from_db()
    assert request.state == "failed"
    assert status(case) == "open"
    assert not unit.quickbooks_company.readings.exists()


@pytest.mark.long
@pytest.mark.parametrize("change", [{"amount": Decimal("19.00")}, {"refunded_on": TODAY}])
def test_a_refund_that_is_changed_meanwhile_is_left_for_the_next_reading(
    keeper, case, read, monkeypatch, change
):
    keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    compare = verdicts.verdicts_of

    def changed_meanwhile(*arguments):
        Refund.objects.filter(pk=case.refund.pk).update(**change)
        return compare(*arguments)

    monkeypatch.setattr(verdicts, "verdicts_of", changed_meanwhile)
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    assert status(case) == "open"
    assert not RefundMatch.objects.exists()


def test_reading_writes_down_that_a_proven_refund_was_changed_and_asks(keeper, case, read):
    memo = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    Refund.objects.filter(pk=case.refund.pk).update(amount=case.amount - 1)
    assert read() == {"verified": 0, "proposed": 1, "reopened": 1}
    assert evidence(case) == {("RefundReceipt", memo["Id"], case.amount, False)}
    reopened = Event.objects.get(action="refund_reopened")
    assert (reopened.actor, reopened.detail["from"]) == (None, "verified")
    assert "the refund was changed here from $" in reopened.detail["note"]
    assert read() == {"verified": 0, "proposed": 1, "reopened": 0}


@pytest.mark.long
def test_reading_verifies_a_changed_refund_by_what_fits_it_now(keeper, case, read):
    RefundReviewFactory(refund=case.refund, status="not_needed", note="Nothing to enter")
    Refund.objects.filter(pk=case.refund.pk).update(amount=case.amount - 1)
    assert read() == {"verified": 0, "proposed": 0, "reopened": 1}
    keeper.one(*keeper.refund_receipt(case.customer, case.amount - 1, case.day))
    assert read() == {"verified": 1, "proposed": 0, "reopened": 0}
    review = RefundReview.objects.get()
    assert (review.status, review.amount) == ("verified", case.amount - 1)


@pytest.mark.long
def test_a_proven_refund_of_another_date_is_proven_anew_or_not_at_all(keeper, case, read):
    keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    read()
    refunds = Refund.objects.filter(pk=case.refund.pk)
    refunds.update(refunded_on=case.day - timedelta(days=1))
    assert read() == {"verified": 1, "proposed": 0, "reopened": 0}
    refunds.update(refunded_on=case.day - timedelta(days=121))
    assert read()["reopened"] == 1
    assert status(case) == "open"


@pytest.mark.long
def test_a_rival_that_comes_later_is_judged_and_a_strong_proof_fears_no_weak_one(
    keeper, case, read, world
):
    keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    rival = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read() == {"verified": 0, "proposed": 1, "reopened": 1}
    finding = RefundReview.objects.get().finding
    assert finding == "Reopened: Another explanation is possible now."
    note = {"PrivateNote": f"Refund of invoice {case.refund.payment.invoice.number}"}
    body = {"Id": rival["Id"], "SyncToken": rival["SyncToken"], "sparse": True} | note
    keeper.one("update", "RefundReceipt", body)
    assert read() == {"verified": 1, "proposed": 0, "reopened": 0}
    assert {qbo_id for _, qbo_id, _, _ in evidence(case)} == {rival["Id"]}


def test_one_receipt_covers_two_refunds_and_neither_more_than_its_share(keeper, world, read):
    first, second = give_back(*world, 2)
    Refund.objects.filter(pk=second.refund.pk).update(
        payment=world[0][3], refunded_on=first.day
    )  # the first refund's customer paid that one, too
    whole = first.amount + second.amount
    receipt = keeper.one(*keeper.refund_receipt(first.customer, whole, first.day))
    assert read() == {"verified": 2, "proposed": 0, "reopened": 0}
    for case in (first, second):
        assert evidence(case) == {("RefundReceipt", receipt["Id"], whole, True)}
        assert {amount for _, _, amount in shares(case)} == {case.amount}
