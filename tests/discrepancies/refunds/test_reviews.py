"""What a reviewer says: stored with its audit entry, or refused with nothing changed."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts.access import AccessDenied
from accounts.models import Role
from sync.discrepancies.refunds.reviews import (
    MOST_AT_ONCE,
    ReviewRefused,
    Said,
    review,
    review_many,
    say,
    version_of,
)
from sync.discrepancies.refunds.taking import accept
from sync.models import (
    Allocation,
    Event,
    Refund,
    RefundDiscrepancy,
    RefundMatch,
    RefundReview,
)
from tests.discrepancies.conftest import proposed
from tests.factories import (
    BusinessUnitFactory,
    MembershipFactory,
    QuickBooksCompanyFactory,
    RefundFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
Status = RefundReview.Status


@pytest.fixture
def accountant(unit):
    return MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user


@pytest.fixture
def refund(exported):
    return RefundFactory(payment=exported(), amount=Decimal("20.00"))


def reviews():
    return list(RefundReview.objects.order_by("pk").values_list("refund", "status", "note"))


def nothing_changed():
    return not RefundReview.objects.exists() and not Event.objects.exists()


def test_review_is_stored_with_its_audit_entry(refund, accountant):
    assert review(refund, accountant, Status.RECORDED, "  Credit memo 12 ") is True
    stored = RefundReview.objects.get()
    assert (stored.refund_id, stored.status, stored.note) == (
        refund.pk,
        "recorded",
        "Credit memo 12",
    )
    assert stored.reviewed_by == accountant
    event = Event.objects.get()
    assert (event.actor, event.business_unit) == (accountant, refund.payment.business_unit)
    assert (event.action, event.subject_kind, event.subject_id) == (
        "refund_reviewed",
        "refund",
        refund.pk,
    )
    assert event.detail == {
        "from": "open",
        "to": "recorded",
        "note": "Credit memo 12",
        "amount": "20.00",
        "currency": "USD",
    }


def test_review_can_be_changed_and_each_change_is_audited(refund, accountant):
    other = MembershipFactory(
        business_unit=refund.payment.business_unit, role=Role.ADMINISTRATOR
    ).user
    review(refund, accountant, Status.NOT_NEEDED, "Entered twice")
    review(refund, other, Status.OPEN, "")
    assert reviews() == [(refund.pk, "open", "")]
    assert RefundReview.objects.get().reviewed_by == other
    changes = [(e.detail["from"], e.detail["to"]) for e in Event.objects.order_by("pk")]
    assert changes == [("open", "not_needed"), ("not_needed", "open")]


def test_same_review_twice_changes_nothing_more(refund, accountant):
    review(refund, accountant, Status.RECORDED, "Credit memo 12")
    assert review(refund, accountant, Status.RECORDED, "Credit memo 12") is False
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "note", "words"),
    [
        (Status.RECORDED, " ", "Say in the note what was entered in QuickBooks."),
        (Status.NOT_NEEDED, "", "Say in the note why QuickBooks needs no adjustment."),
        (Status.RECORDED, "x" * 501, "The note has 501 characters; 500 are the most."),
        ("gone", "note", "Choose open, recorded, adjusted another way or not needed."),
    ],
)
def test_review_without_what_it_needs_is_refused(refund, accountant, status, note, words):
    with pytest.raises(ReviewRefused) as refused:
        review(refund, accountant, status, note)
    assert str(refused.value) == words
    assert nothing_changed()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_review_without_the_role_changes_nothing(refund, unit, role):
    person = MembershipFactory(business_unit=unit, role=role).user
    with pytest.raises(AccessDenied):
        review(refund, person, Status.RECORDED, "Credit memo 12")
    assert nothing_changed()


def test_review_by_an_accountant_of_another_unit_changes_nothing(refund):
    person = MembershipFactory(role=Role.ACCOUNTANT).user
    with pytest.raises(AccessDenied):
        review(refund, person, Status.RECORDED, "Credit memo 12")
    assert nothing_changed()


def test_superuser_may_review_everywhere(refund):
    assert review(refund, UserFactory(is_superuser=True), Status.NOT_NEEDED, "Test data") is True


def test_refund_that_is_not_in_the_report_cannot_be_reviewed(accountant, unit):
    outside = RefundFactory(payment__invoice__business_unit=unit)
    with pytest.raises(ReviewRefused) as refused:
        review(outside, accountant, Status.RECORDED, "Credit memo 12")
    assert str(refused.value) == f"Not among the refunds to adjust: {outside.pk}."
    assert nothing_changed()


def test_bulk_review_gives_all_one_note_and_counts_the_changes(exported, accountant):
    refunds = [RefundFactory(payment=exported()) for _ in range(3)]
    review(refunds[0], accountant, Status.RECORDED, "Journal entry 5")
    ids = [refund.pk for refund in refunds]
    assert review_many(ids, accountant, Status.RECORDED, "Journal entry 5") == 2
    assert reviews() == [(pk, "recorded", "Journal entry 5") for pk in ids]
    assert Event.objects.count() == 3


def test_bulk_review_is_all_or_nothing(exported, refund, accountant):
    foreign_unit = BusinessUnitFactory(quickbooks_company=QuickBooksCompanyFactory())
    foreign = RefundFactory(payment=exported(unit=foreign_unit))
    with pytest.raises(AccessDenied):
        review_many([refund.pk, foreign.pk], accountant, Status.RECORDED, "Journal entry 5")
    assert nothing_changed()


def test_bulk_review_has_a_limit(accountant):
    with pytest.raises(ReviewRefused):
        review_many(range(MOST_AT_ONCE + 1), accountant, Status.RECORDED, "Journal entry 5")


def test_accepting_a_document_verifies_and_keeps_the_evidence(refund, accountant):
    match = proposed(refund)
    proposed(refund, qbo_id="701")
    accept(match.pk, accountant)
    kept = RefundMatch.objects.get()
    assert (kept.pk, kept.is_proof, kept.accepted_by) == (match.pk, True, accountant)
    assert (kept.sync_token, kept.number) == ("2", "1051")
    review = RefundReview.objects.get()
    assert (review.status, review.reviewed_by) == ("verified", accountant)
    assert review.finding == "Refund receipt 1051 of $20.00, 20 May 2026"
    event = Event.objects.get()
    assert (event.actor, event.action) == (accountant, "refund_verified")


@pytest.mark.parametrize("language", ["es", "fr-ca"])
def test_what_is_kept_of_an_accepted_document_is_english(refund, accountant, language):
    with translation.override(language):
        accept(proposed(refund).pk, accountant)
    words = "Refund receipt 1051 of $20.00, 20 May 2026"
    assert (RefundReview.objects.get().finding, Event.objects.get().detail["note"]) == (words,) * 2


def test_a_documents_amount_is_never_used_twice(refund, accountant, exported):
    other = RefundFactory(payment=exported(), amount=Decimal("20.00"))
    first, second = proposed(refund), proposed(other)
    accept(first.pk, accountant)
    with pytest.raises(ReviewRefused, match=rf"which refund {refund.pk} has already"):
        accept(second.pk, accountant)
    assert list(RefundReview.objects.values_list("refund", flat=True)) == [refund.pk]


def test_one_document_is_accepted_for_two_refunds_each_with_its_share(accountant, exported):
    small, large = (
        RefundFactory(payment=exported(), amount=Decimal(amount)) for amount in ("20.00", "30.00")
    )
    for refund in (small, large):
        assert accept(proposed(refund, amount="50.00").pk, accountant).is_whole
    taken = Allocation.objects.order_by("pk").values_list("match__refund", "effect", "amount")
    assert set(taken) == {
        (refund.pk, effect, refund.amount)
        for refund in (small, large)
        for effect in ("payout", "sale_credit")
    }


def test_the_database_itself_shares_out_no_more_than_there_is(refund, accountant, exported):
    accept(proposed(refund).pk, accountant)
    other = proposed(RefundFactory(payment=exported(), amount=Decimal("20.00")))
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(match=other, effect="payout", amount=Decimal("0.01"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.update(amount=Decimal("20.01"))


def test_accepting_a_part_says_what_is_left(refund, accountant):
    taken = accept(proposed(refund, kind="CreditMemo").pk, accountant)
    assert (taken.is_whole, taken.words) == (
        False,
        "Credit memo 1051 of 20 May 2026 credits the sale by $20.00. That is a part: the payout is"
        " missing.",
    )
    review = RefundReview.objects.get()
    assert (review.status, review.left) == ("open", {"payout": "20.00"})
    assert Event.objects.get().action == "refund_part_taken"


def test_what_gives_nothing_that_is_needed_is_refused(refund, accountant):
    Refund.objects.update(kind="bounced")
    match = proposed(refund, kind="CreditMemo")
    with pytest.raises(ReviewRefused, match="so it is no part of the adjustment"):
        accept(match.pk, accountant)
    match.adjustment.payout = match.adjustment.receivable_open = Decimal("20.00")
    match.adjustment.currency = "CAD"
    match.adjustment.save()
    with pytest.raises(ReviewRefused, match="is in CAD and the refund in USD"):
        accept(match.pk, accountant)
    assert nothing_changed()


def test_what_was_said_since_the_page_was_shown_is_told_and_kept(refund, accountant, unit):
    row = RefundDiscrepancy.objects.get()
    seen = version_of(row)
    other = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    review(refund, other, Status.NOT_NEEDED, "Entered twice")
    said = Said(status=Status.RECORDED, note="Credit memo 12", seen={refund.pk: seen})
    with pytest.raises(ReviewRefused) as refused:
        say([refund.pk], accountant, said)
    assert f"not needed, said {other}: Entered twice" in str(refused.value)
    assert reviews() == [(refund.pk, "not_needed", "Entered twice")]


def test_adjusted_another_way_needs_a_note_and_a_name(refund, accountant):
    with pytest.raises(ReviewRefused, match="Say in the note how"):
        review(refund, accountant, Status.ADJUSTED_OTHERWISE, "")
    assert review(refund, accountant, Status.ADJUSTED_OTHERWISE, "Netted in the payout of May")
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundReview.objects.update(reviewed_by=None)


def test_exporter_cannot_accept(refund, unit):
    match = proposed(refund)
    person = MembershipFactory(business_unit=unit, role=Role.EXPORTER).user
    with pytest.raises(AccessDenied):
        accept(match.pk, person)
    assert nothing_changed()
    assert not RefundMatch.objects.get().is_proof


def test_assigning_is_audited_and_leaves_the_status(refund, accountant, unit):
    owner = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    assert say([refund.pk], accountant, Said(owner=owner, is_assigned=True)) == 1
    assert say([refund.pk], accountant, Said(owner=owner, is_assigned=True)) == 0
    review = RefundReview.objects.get()
    assert (review.status, review.owner, review.reviewed_by) == ("open", owner, None)
    event = Event.objects.get()
    assert (event.action, event.detail["to"]) == ("refund_assigned", str(owner))


def test_nobody_without_the_role_becomes_the_owner(refund, accountant):
    with pytest.raises(ReviewRefused, match="may not review"):
        say([refund.pk], accountant, Said(owner=UserFactory(), is_assigned=True))
    assert nothing_changed()


def test_a_note_alone_keeps_the_status(refund, accountant):
    review(refund, accountant, Status.RECORDED, "Credit memo 12")
    assert say([refund.pk], accountant, Said(note="Credit memo 13")) == 1
    assert reviews() == [(refund.pk, "recorded", "Credit memo 13")]
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        "refund_reviewed",
        "refund_noted",
    ]


def test_nobody_says_verified(refund, accountant):
    with pytest.raises(
        ReviewRefused, match="Choose open, recorded, adjusted another way or not needed"
    ):
        review(refund, accountant, Status.VERIFIED, "I saw it")
    assert nothing_changed()


def test_reopening_what_was_verified_lets_its_evidence_go(refund, accountant):
    accept(proposed(refund).pk, accountant)
    review(refund, accountant, Status.OPEN, "")
    assert reviews() == [(refund.pk, "open", "")]
    assert not RefundMatch.objects.exists()
