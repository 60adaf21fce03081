"""Law 8: nothing that comes in is lost, doubled, or undone by what is older."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.utils import timezone

from sync.intake.door.door import deliver
from sync.intake.door.incoming import (
    Allocation,
    CustomerBody,
    Incoming,
    InvoiceBody,
    Kind,
    PaymentBody,
    RefundBody,
    Tombstone,
)
from sync.intake.imports import arriving, storing
from sync.intake.sources import pulling, working
from sync.intake.sources import storing as pages
from sync.intake.sources.interface import Pulled, Refused
from sync.models import (
    Customer,
    Delivery,
    Feed,
    FeedStream,
    Import,
    Invoice,
    Listed,
    Payment,
    Pull,
    Refund,
)
from tests.factories import BusinessUnitFactory

pytestmark = pytest.mark.django_db
DAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def unit(db):
    return BusinessUnitFactory(code="northside")


def says(name, body, minutes=0):
    at = AT + timedelta(minutes=minutes)
    return Incoming(source="other", external_id=name, observed_at=at, body=body)


def invoice(total="50.00"):
    return InvoiceBody(number="7", customer="c", issued_on=DAY, total=Decimal(total))


WHOLE = [
    says("c", CustomerBody("Ada Quist")),
    says("i", invoice()),
    says("p", PaymentBody(amount=Decimal("50.00"), received_on=DAY, customer="c", method="Cash",
                          allocations=(Allocation("i", Decimal("50.00")),))),
    says("r", RefundBody(amount=Decimal("5.00"), refunded_on=DAY, payment="p")),
]  # fmt: skip


def stored():
    """What is held, whatever brought it in what order."""
    return (
        list(Customer.objects.values_list("external_id", "display_name")),
        list(Invoice.objects.values_list("external_id", "total", "paid_total", "voided_at")),
        list(Payment.objects.values_list("external_id", "amount", "invoice__external_id")),
        list(Refund.objects.values_list("external_id", "amount", "payment__external_id")),
        sorted(Delivery.objects.values_list("kind", "state")),
    )


def test_every_order_ends_in_the_same_and_each_is_there_once(unit):
    ends = set()
    for order in permutations(WHOLE):
        for model in (Refund, Payment, Invoice, Customer, Delivery):
            model.objects.all().delete()
        for one in order:
            deliver(unit, [one])
        assert {str(result.status) for result in deliver(unit, WHOLE)} == {"unchanged"}
        ends.add(str(stored()))
    assert len(ends) == 1
    assert Invoice.objects.get().paid_total == Decimal("50.00")


def test_what_arrives_before_its_parent_waits_in_sight(unit):
    _, bill, payment, refund = WHOLE
    results = deliver(unit, [refund, payment, bill])
    assert {str(result.status) for result in results} == {"waiting"}
    rows = Delivery.objects.filter(state="waiting").exclude(waits_for="").exclude(body=None)
    assert rows.count() == 3
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("late", [invoice("99.00"), Tombstone(Kind.INVOICE)], ids=["body", "gone"])
def test_what_is_older_undoes_nothing(unit, late):
    deliver(unit, WHOLE)
    deliver(unit, [says("i", invoice("60.00"), minutes=5)])
    before = stored()
    [result] = deliver(unit, [says("i", late, minutes=3)])
    assert (str(result.status), stored()) == ("stale", before)
    [result] = deliver(unit, [says("i", Tombstone(Kind.INVOICE), minutes=6)])
    assert Invoice.objects.get().voided_at is not None


def test_one_that_the_database_refuses_is_told_and_the_others_are_in(unit):
    long = says("x", CustomerBody("N" * 5000))
    results = deliver(unit, [WHOLE[0], long, says("d", CustomerBody("Ben Ortiz"))])
    assert [str(result.status) for result in results] == ["created", "refused", "created"]
    assert results[1].problems
    assert Customer.objects.count() == 2


@pytest.fixture
def feed(unit):
    return Feed.objects.create(business_unit=unit, source="other", state="active", place="1")


def page(*deliveries, done=False, refused=()):
    return Pulled(list(deliveries), {"at": 1}, done=done, refused=list(refused))


def test_a_page_is_stored_with_its_cursor_or_not_at_all(feed, monkeypatch):
    pull = pulling.begin(feed, None)
    row = FeedStream.objects.create(feed=feed, stream="all", passing=pull.pk)
    Pull.objects.update(state="failed")
    with pytest.raises(pages.Overtaken):
        pages.store(pull, row, page(WHOLE[0]), kinds=["customer"], calls=1)
    assert not Customer.objects.exists()
    kept = FeedStream.objects.get()
    assert (kept.cursor, kept.serial) == (None, 0)


def test_a_page_that_another_worker_stored_is_stored_by_nobody_else(feed):
    pull = pulling.begin(feed, None)
    row = FeedStream.objects.create(feed=feed, stream="all", passing=pull.pk)
    slower = FeedStream.objects.get()
    pages.store(pull, row, page(WHOLE[0]), kinds=["customer"], calls=1)
    with pytest.raises(pages.Overtaken):
        pages.store(pull, slower, page(WHOLE[1]), kinds=["customer"], calls=1)
    assert not Invoice.objects.exists()
    assert FeedStream.objects.get().serial == 1


def test_every_object_that_is_listed_is_accounted_for(feed):
    pull = pulling.begin(feed, None)
    row = FeedStream.objects.create(feed=feed, stream="all", passing=pull.pk, is_whole=True)
    unread = Refused(Kind.PAYMENT, "z", "NOT_CENTS", "It is no whole cents.")
    pages.store(pull, row, page(*WHOLE[:3], refused=[unread]), kinds=[], calls=1)
    assert sorted(Listed.objects.values_list("external_id", "code")) == [
        ("c", ""), ("i", ""), ("p", ""), ("z", "NOT_CENTS"),
    ]  # fmt: skip
    kinds = ["customer", "invoice", "payment"]
    later = FeedStream.objects.get()
    later.passing, later.is_whole = pull.pk + 1, True
    pages.store(pull, later, page(WHOLE[1], done=True), kinds=kinds, calls=1)
    gone = Listed.objects.filter(is_gone=True).values_list("external_id", flat=True)
    assert sorted(gone) == ["c", "p", "z"]
    assert Payment.objects.get().voided_at is None, "what is listed no more stays until told so"


def test_one_worker_pulls_a_feed_and_one_that_is_gone_is_followed(feed):
    assert working.claim(feed.pk)
    assert not working.claim(feed.pk)
    Feed.objects.update(seen_at=timezone.now() - working.GONE - timedelta(seconds=1))
    assert working.claim(feed.pk)


def test_a_file_overtaken_by_another_worker_stores_nothing_more(unit, settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path)
    content = b"Number,Customer,Date,Total\n1,Ada Quist,2026-01-05,10.00\n"
    entry = arriving.receive(unit, "own.csv", content, kind="auto", by=None)
    arriving.look(entry)
    assert not Invoice.objects.exists()
    storing.confirm(entry, None, only_good=True)
    took = storing.Taking.take

    def meanwhile(taking, chunk):
        Import.objects.update(place=1)
        return took(taking, chunk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing.Taking, "take", meanwhile)
        with pytest.raises(storing.Overtaken):
            storing.store(Import.objects.select_related("business_unit").get())
    assert not Invoice.objects.exists()
