"""A refund that was changed is open again, whichever way it was changed and whatever was said."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from accounts.models import Role
from sync.admin.common.standing import standings
from sync.discrepancies.refunds.refunds import (
    Listing,
    of_listing,
    open_totals,
    row_of,
    with_details,
)
from sync.discrepancies.refunds.reviews import Said, review, say
from sync.discrepancies.refunds.summary import number_in, slices
from sync.discrepancies.refunds.taking import accept
from sync.exports.remedies.removal_guards import refund_in_the_way
from sync.models import Event, Payment, Refund, RefundDiscrepancy, RefundReview
from tests.discrepancies.conftest import proposed
from tests.factories import MembershipFactory, PaymentFactory, RefundFactory

pytestmark = pytest.mark.django_db
Status = RefundReview.Status
DAY = date(2026, 5, 20)
LISTINGS = {
    "not needed": Listing.NOT_NEEDED,
    "recorded": Listing.RECORDED,
    "verified": Listing.VERIFIED,
    "accepted": Listing.VERIFIED,
}


@pytest.fixture(autouse=True)
def accountant(client, unit):
    person = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    client.force_login(person)
    return person


@pytest.fixture
def refund(exported):
    return RefundFactory(payment=exported(), amount=Decimal("20.00"), refunded_on=DAY)


@pytest.fixture(params=LISTINGS)
def settled(request, refund, accountant):
    """Settle the refund each way and return the listing where it then is."""
    if request.param == "not needed":
        review(refund, accountant, Status.NOT_NEEDED, "Entered twice here")
    elif request.param == "recorded":
        review(refund, accountant, Status.RECORDED, "Credit memo 1051")
    else:
        accept(proposed(refund).pk, accountant)
    if request.param == "verified":  # as reading alone leaves it
        refund.matches.update(accepted_by=None)
        RefundReview.objects.update(reviewed_by=None)
    return LISTINGS[request.param]


def by_sql(_client, refund, **fields):
    columns = ", ".join(f"{name} = %s" for name in fields)
    with connection.cursor() as cursor:
        values = [str(value) for value in fields.values()]
        cursor.execute(f"UPDATE sync_refund SET {columns} WHERE id = %s", [*values, refund.pk])


def by_update(_client, refund, **fields):
    Refund.objects.filter(pk=refund.pk).update(**fields)


def by_bulk_update(_client, refund, **fields):
    changed = Refund.objects.get(pk=refund.pk)
    for name, value in fields.items():
        setattr(changed, name, value)
    Refund.objects.bulk_update([changed], fields)


def by_the_page(client, refund, **fields):
    form = {
        "payment": refund.payment_id,
        "kind": refund.kind,
        "amount": "20.00",
        "refunded_on": str(DAY),
    }
    form |= {name: str(value) for name, value in fields.items()} | {"understood": "on"}
    assert client.post(f"/admin/sync/refund/{refund.pk}/change/", form).status_code == 302


@pytest.fixture(params=[by_sql, by_update, by_bulk_update, by_the_page])
def change(request, client):
    return lambda refund, **fields: request.param(client, refund, **fields)


def standing(refund):
    """Return the listings that hold the refund, as the tabs count them and as the rows tell."""
    rows = RefundDiscrepancy.objects.filter(pk=refund.pk)
    listed = [each for each in Listing if of_listing(rows, each).exists()]
    assert [each for each in Listing if number_in(slices(rows), each)] == listed
    row = row_of(with_details(rows).get())
    assert Listing(row.status) in listed
    return row, listed


def test_what_was_said_stands_while_the_refund_is_as_it_was(refund, settled):
    row, listed = standing(refund)
    assert listed == [each for each in Listing if each in {settled, Listing.ALL}] or (
        settled == Listing.RECORDED and listed == [Listing.LISTED, settled, Listing.ALL]
    )
    assert row.open_amount == Decimal("0.00")
    assert open_totals(RefundDiscrepancy.objects.all()) == []


def test_another_amount_opens_it_again(refund, settled, change):
    change(refund, amount=Decimal("25.00"))
    row, listed = standing(refund)
    assert listed == [Listing.LISTED, Listing.OPEN, Listing.ALL]
    assert (row.status, row.open_amount) == (Status.OPEN, Decimal("25.00"))
    assert row.finding == "Reopened: the refund was changed here from $20.00 to $25.00."
    assert (row.reviewed_by, row.reviewed_on, row.evidence) == ("", None, ())
    assert open_totals(RefundDiscrepancy.objects.all()) == [("USD", 1, Decimal("25.00"))]
    payment = Payment.objects.get(pk=refund.payment_id)
    assert standings([payment])[payment.pk].label == "Needs manual adjustment"


def test_the_same_amount_again_brings_back_what_was_said(refund, settled, change):
    change(refund, amount=Decimal("25.00"))
    change(refund, amount=Decimal("20.00"))
    row, _ = standing(refund)
    assert row.status == settled.value


def test_another_date_opens_only_what_was_proven(refund, settled, change):
    change(refund, refunded_on=date(2026, 5, 22))
    row, _ = standing(refund)
    if settled == Listing.VERIFIED:
        assert row.status == Status.OPEN
        assert row.finding == "Reopened: the refund is now dated 22 May 2026."
    else:
        assert row.status == settled.value


def test_another_kind_opens_it_again(refund, settled, change):
    change(refund, kind="bounced")
    row, listed = standing(refund)
    assert listed == [Listing.LISTED, Listing.OPEN, Listing.ALL]
    assert row.finding == "Reopened: the refund is now of another kind: “Payment bounced”."
    with override("es"):
        assert str(row.finding) == (
            "Reabierto: el reembolso ahora es de otro tipo: “Pago devuelto por el banco”."
        )


def test_another_currency_opens_it_again(refund, settled):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sync_payment SET currency = 'CAD'")
    row, listed = standing(refund)
    assert listed == [Listing.LISTED, Listing.OPEN, Listing.ALL]
    assert row.finding == "Reopened: the refund was changed here from $20.00 to CA$20.00."


def test_another_payment_opens_it_again(refund, settled, exported):
    other = exported()
    by_sql(None, refund, payment_id=other.pk)
    row, listed = standing(refund)
    assert listed == [Listing.LISTED, Listing.OPEN, Listing.ALL]
    assert row.finding == "Reopened: the refund was moved here to another payment."
    assert (row.reviewed_by, row.evidence) == ("", ())
    other.refresh_from_db()
    assert standings([other])[other.pk].label == "Needs manual adjustment"
    by_sql(None, refund, payment_id=refund.payment_id)
    assert standing(refund)[0].status == settled.value


def test_a_payment_that_was_judged_may_go_when_its_refund_has_moved(refund, settled, exported):
    left = PaymentFactory(amount=Decimal("150.00"), business_unit=refund.payment.business_unit)
    by_sql(None, refund, payment_id=left.pk)
    RefundReview.objects.update(payment=left)
    by_sql(None, refund, payment_id=refund.payment_id)
    left.delete()
    assert standing(refund)[0].status == Status.OPEN


def test_what_is_said_anew_is_said_of_the_new_amount(refund, accountant, settled):
    by_update(None, refund, amount=Decimal("25.00"))
    stale = RefundReview.objects.get()
    if stale.status == Status.VERIFIED:
        accept(proposed(refund, amount="25.00", qbo_id="701").pk, accountant)
        assert [m.adjustment.qbo_id for m in refund.matches.all()] == ["701"]
    else:  # the very same words
        assert review(refund, accountant, Status(stale.status), stale.note) is True
    row, _ = standing(refund)
    assert row.status == settled.value
    said = Event.objects.order_by("pk").last()
    assert (said.detail["from"], said.detail["to"], said.detail["amount"]) == (
        "open",
        settled.value,
        "25.00",
    )


def test_a_note_or_an_owner_judges_nothing(refund, accountant, settled):
    by_update(None, refund, amount=Decimal("25.00"))
    say([refund.pk], accountant, Said(note="Asked Ann", owner=accountant, is_assigned=True))
    assert standing(refund)[0].status == Status.OPEN


def test_a_changed_refund_keeps_its_payment_in_quickbooks(refund, settled):
    by_update(None, refund, amount=Decimal("25.00"))
    words = refund_in_the_way(Payment.objects.get(pk=refund.payment_id))
    kept = "is still to adjust" if settled == Listing.NOT_NEEDED else "was recorded in QuickBooks"
    assert words.startswith(f"Its refund of $25.00 {kept}")


@pytest.mark.parametrize(
    "missing", [{"amount": None}, {"currency": ""}, {"refunded_on": None}, {"payment": None}]
)
def test_nothing_is_settled_without_saying_of_what(refund, settled, missing):
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundReview.objects.update(**missing)


def test_what_was_opened_again_by_a_person_is_not_told_as_changed(refund, accountant):
    review(refund, accountant, Status.NOT_NEEDED, "Entered twice here")
    review(refund, accountant, Status.OPEN, "It was not")
    by_update(None, refund, amount=Decimal("25.00"))
    row, _ = standing(refund)
    assert (row.status, row.finding, row.reviewed_by) == (Status.OPEN, "", str(accountant))
