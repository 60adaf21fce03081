"""Vonigo's oddities, each a switch of the stand-in, and what a tenant may call otherwise."""

import json
import logging
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from sync.intake.sources import connecting, sums
from sync.intake.sources.accounts import account_of
from sync.intake.sources.interface import Ask
from sync.intake.sources.vonigo.source import Vonigo
from sync.intake.sources.vonigo.standin.schema import CHARGE, INVOICE, PAYMENT
from sync.models import Delivery, Feed, FeedStream, Invoice, Listed, Payment, Pull, Refund
from tests.factories import BusinessUnitFactory
from tests.intake.sources.conftest import DAY, connected, held, pull

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(make_world):
    return make_world("vonigo")


@pytest.fixture
def feed(world):
    return connected(world)


def sell(world, amount="50.00", day=DAY):
    """A bill that is paid; return both ids."""
    client = world.add_customer("Ada Quist")
    invoice = world.bill(client, [amount], day)
    return invoice, world.pay(client, amount, day, invoice)


def confirm(feed, **said):
    """Test, and confirm what it proposes."""
    feed = Feed.objects.get(pk=feed.pk)
    assert connecting.test(feed) == ""
    connecting.answer(feed, said, None)
    return feed


@pytest.mark.parametrize(
    "switches",
    [
        {"date_filter": "ignored"},
        {"franchise_filter": "ignored"},
        {"numbers": "numbers"},
        {"numbers": "exact"},
        {"order": "edited"},
        {"past_the_end": "last_page"},
        {"page_cap": 3},
        {"token_lasts": 2},
        {"page_cap": 2, "order": "edited", "numbers": "numbers", "past_the_end": "last_page"},
    ],
    ids=str,
)
def test_however_a_tenant_answers_all_of_it_comes(make_world, world, feed, switches):
    other = make_world("vonigo", "2")
    other.settle(DAY)
    sell(other, "77.00")
    for _ in range(4):
        sell(world)
    world.office.switch(**switches)
    pull(feed)
    _, payment = sell(world, "61.20")
    world.refund(payment, "10.00", DAY)
    this = pull(feed)
    assert this.state == Pull.State.DONE, this.words
    assert held(feed) == world.truth()
    assert not Listed.objects.exclude(code="").exists()


def test_a_list_without_any_order_is_never_called_whole(world, feed):
    for _ in range(5):
        sell(world)
    world.office.switch(order="shuffled", page_cap=2)
    assert pull(feed).state == Pull.State.DONE
    row = FeedStream.objects.get(stream="payments")
    assert (row.cursor, row.whole_at) == ({"mark": ""}, None)
    assert not Listed.objects.filter(is_gone=True).exists()


def test_what_another_place_in_the_list_hides_is_found_by_another_pass(world, feed):
    payments = [sell(world)[1] for _ in range(5)]
    world.office.reorder(PAYMENT, payments[4], 1)
    pull(feed)
    assert held(feed) == world.truth()
    assert FeedStream.objects.get(stream="payments").whole_at is not None


@pytest.mark.parametrize(("name", "number"), [("Payments", "2"), ("Charges", "1")])
def test_an_outage_in_the_middle_goes_on_where_it_was(world, feed, monkeypatch, name, number):
    world.office.switch(page_cap=2)
    for _ in range(4):
        sell(world)
    lists, broken = world.standin.api.data, []

    def breaking(asked):
        if (asked["list"], asked["pageNo"]) == (name, number) and not broken:
            broken.append(asked)
            world.go_away(2)
        return lists(asked)

    monkeypatch.setattr(world.standin.api, "data", breaking)
    first, second = pull(feed), pull(feed)
    assert (first.state, second.state) == (Pull.State.FAILED, Pull.State.DONE)
    assert held(feed) == world.truth()
    counts = [this.counts.get("payment", {}) for this in (first, second)]
    created = [each.pop("created", 0) for each in counts]
    assert (sum(created), counts) == (7, [{}, {}])
    assert not any("refused" in of for this in (first, second) for of in this.counts.values())


def test_numbers_are_taken_as_they_are_written_and_never_by_way_of_a_float(world, feed):
    """A float would make another amount of the first, and cents of the dust of the second."""
    _, exact = sell(world)
    _, dusty = sell(world)
    world.office.switch(numbers="exact")
    world.office.edit(PAYMENT, exact, Amount="100000000000000.01")
    world.office.edit(PAYMENT, dusty, Amount="50.0000000001")
    with Vonigo().open(account_of(feed)) as reader:
        page = reader.pull("payments", None, Ask())
    amounts = {one.external_id: getattr(one.body, "amount", None) for one in page.deliveries}
    assert f"{amounts[str(exact)]}" == "100000000000000.01"
    assert [(one.external_id, one.code) for one in page.refused] == [(str(dusty), "NOT_CENTS")]


@pytest.mark.parametrize(
    ("taxes", "code"), [((502, 501), "GST + PST"), ((503,), "Tax 503"), ((), "")], ids=str
)
def test_a_line_bears_the_names_of_its_taxes_and_no_amount_of_them(world, feed, taxes, code):
    client = world.add_customer("Ada Quist")
    world.bill(client, ["100.00"], DAY, tax="12.00", taxes=taxes)
    pull(feed)
    line = Invoice.objects.get(total="112.00").lines.get()
    assert (line.taxable, line.tax_code, line.tax_amount) == (bool(taxes), code, None)


def test_receipts_that_no_list_shows_are_told_of(world, feed):
    assert not any("receipts" in words for words in feed.looked["findings"])
    world.office.switch(receipts="counted")
    confirm(feed)
    told = Feed.objects.get().looked["findings"]
    assert any(words.startswith("3 of 3 invoices say that they have receipts") for words in told)


@pytest.mark.parametrize(("kind", "name"), [(PAYMENT, "Amount"), (INVOICE, "Subtotal"),
                                            (CHARGE, "Unit Price")])  # fmt: skip
def test_a_field_that_moved_is_noticed_before_anything_is_stored(world, feed, kind, name):
    pull(feed)
    before = held(feed)
    _, payment = sell(world)
    world.office.move_field(kind, name)
    this = pull(feed)
    assert this.state == Pull.State.FAILED
    assert f"“{name}” when it was confirmed" in this.words
    assert not Listed.objects.exclude(code="").exists()
    assert {k: v for k, v in held(feed).items() if k[0] == "payment"} == {
        k: v for k, v in before.items() if k[0] == "payment"
    }
    feed.refresh_from_db()
    assert feed.stopped_code == "CHANGED"
    confirm(feed)
    pull(feed)
    assert held(feed) == world.truth()
    assert Payment.objects.filter(external_id=str(payment)).exists()


def test_a_field_that_moves_while_a_page_is_read_is_noticed_too(world, feed, monkeypatch):
    sell(world)
    wrote = world.standin.api.data

    def moving(asked):
        said = wrote(asked)
        if asked["list"] == "Payments" and not world.office.moved:
            world.office.move_field(PAYMENT, "Amount")
        return said

    monkeypatch.setattr(world.standin.api, "data", moving)
    assert pull(feed).state == Pull.State.FAILED
    assert not Payment.objects.exists()


def test_two_fields_of_one_name_are_asked_about_and_not_guessed(make_world, world, monkeypatch):
    fields = world.standin.api.objects

    def doubled(asked):
        said = fields(asked)
        if asked.get("objectID") == "18":
            said["Fields"].append({"fieldID": "9999", "field": "amount", "fieldType": "tagInput"})
        return said

    monkeypatch.setattr(world.standin.api, "objects", doubled)
    make_world("vonigo", "2").settle(DAY)
    unit = BusinessUnitFactory(code="again", timezone="America/New_York")
    second = connecting.connect(unit, "vonigo", world.entered, None)
    connecting.test(second)
    connecting.choose_place(second, "2", None)
    connecting.test(second)
    connecting.answer(second, {}, None)
    with pytest.raises(connecting.FeedRefused, match="Which field of payments is “Amount”"):
        connecting.start(second, None)


def test_each_date_has_its_own_clock(world, settings, make_world):
    world.office.switch(received_clock="utc")
    feed = connected(world)
    assert feed.answers["clock.payment.received"] == "utc"
    assert feed.answers["clock.invoice.issued"] == "local"
    sell(world, day=DAY)
    pull(feed)
    assert held(feed) == world.truth()


def test_a_clock_that_nothing_proves_is_asked_about(world):
    unit = BusinessUnitFactory(code="northside", timezone="America/Los_Angeles")
    feed = connecting.connect(unit, "vonigo", world.entered, None)
    connecting.test(feed)
    connecting.choose_place(feed, "1", None)
    connecting.test(feed)
    connecting.answer(feed, {}, None)
    with pytest.raises(connecting.FeedRefused, match="Which clock"):
        connecting.start(feed, None)


def test_a_status_that_is_new_is_refused_until_it_has_a_meaning(world, feed):
    _, payment = sell(world)
    world.office.edit(PAYMENT, payment, Status="Disputed")
    pull(feed)
    refused = Listed.objects.exclude(code="").get()
    assert (refused.external_id, refused.code) == (str(payment), "NO_STATUS")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"Price": "49.00"}, "CHARGES_DIFFER"),
        ({"Subtotal": "abc"}, "NOT_A_NUMBER"),
        ({"Tax": "1.005"}, "NOT_CENTS"),
        ({"Date_Issued": ""}, "NO_DAY"),
        ({"Status": ""}, "NO_STATUS"),
    ],
    ids=str,
)
def test_an_invoice_that_cannot_be_read_whole_is_refused(world, feed, spoil, code):
    invoice, payment = sell(world)
    world.office.edit(INVOICE, invoice, **spoil)
    pull(feed)
    refused = Listed.objects.exclude(code="").get()
    assert (refused.kind, refused.external_id, refused.code) == ("invoice", str(invoice), code)
    assert not Invoice.objects.filter(external_id=str(invoice)).exists()
    waiting = Delivery.objects.get(kind="payment", external_id=str(payment))
    assert waiting.state == Delivery.State.WAITING
    difference = sums.named_differences(feed, "payment", [DAY.isoformat()])
    assert difference[DAY.isoformat()] == [
        [str(payment), "50.00", "0.00", f"Invoice {invoice} has not come in yet."]
    ]


def test_a_refund_without_a_day_is_refused_with_its_payment(world, feed):
    _, payment = sell(world)
    pull(feed)
    world.office.edit(PAYMENT, payment, Status="Refunded")
    pull(feed)
    refused = Listed.objects.exclude(code="").get()
    assert (refused.external_id, refused.code) == (str(payment), "REFUND_WITHOUT_A_DAY")
    assert not Refund.objects.filter(payment__external_id=str(payment)).exists()


def test_a_refund_that_was_taken_back_there_is_voided_here(world, feed):
    _, payment = sell(world)
    world.refund(payment, "20.00", DAY)
    pull(feed)
    world.office.edit(PAYMENT, payment, Refund_Amount="", Refund_Date="", Status="Completed")
    pull(feed)
    assert Refund.objects.get(payment__external_id=str(payment)).voided_at is not None
    assert held(feed) == world.truth()


def test_what_is_gone_there_is_named_and_stays_here(world, feed):
    _, payment = sell(world)
    pull(feed)
    world.office.remove(PAYMENT, payment)
    this = pull(feed)
    assert this.sums == []  # a window cannot tell
    this = pull(feed, is_full=True)
    [row] = [row for row in this.sums if row["differs"]]
    assert row["named"] == [[str(payment), "0.00", "50.00", "The source lists it no more."]]
    assert Payment.objects.get(external_id=str(payment)).voided_at is None


def test_money_that_was_changed_here_is_named(world, feed):
    _, payment = sell(world)
    pull(feed)
    Payment.objects.filter(external_id=str(payment)).update(amount=Decimal("49.00"))
    [row] = [row for row in pull(feed).sums if row["differs"]]
    assert (row["listed"], row["here"]) == ("80.00", "79.00")
    assert row["named"] == [[str(payment), "50.00", "49.00", "It was changed here."]]


def test_the_sums_of_many_days_take_as_many_queries_as_those_of_one(
    world, feed, django_assert_num_queries
):
    for days in range(1, 5):
        sell(world, day=DAY + timedelta(days=days))
    pull(feed)
    before = sums.as_json(sums.ours(feed))
    for days in ([1], [1, 2, 3, 4]):
        differing = [DAY + timedelta(days=each) for each in days]
        Payment.objects.filter(received_on__in=differing).update(amount=Decimal("49.00"))
        with django_assert_num_queries(7):
            rows = sums.beside(feed, before)
        assert [row["day"] for row in rows] == [f"{day}" for day in reversed(differing)]
        assert [row["named"][0][1:3] for row in rows] == [["50.00", "49.00"]] * len(days)


def test_objects_that_name_no_franchise_come_once_a_person_says_so(world, feed):
    sell(world)
    world.office.switch(tells_franchise="no")
    this = pull(feed)
    assert not Payment.objects.exists()
    assert this.counts["outside"]["not_ours"] > 0
    confirm(feed, franchise="session")
    pull(feed, is_full=True)
    assert held(feed) == world.truth()


def test_a_second_pull_costs_only_its_window(world, feed):
    for _ in range(20):
        sell(world)
    first = pull(feed)
    sell(world)
    later = timezone.now() + timedelta(days=1)
    with time_machine.travel(later):
        sell(world)
        second = pull(feed)
    Feed.objects.update(overlap_minutes=0)
    with time_machine.travel(later + timedelta(minutes=1)):
        third = pull(feed)
    with time_machine.travel(later + timedelta(days=1)):
        nothing = pull(feed)
    assert first.calls > 30
    assert second.counts["payment"]["created"] == 2
    # What was edited in the second in which the last one began comes once more.
    assert {status for of in third.counts.values() for status in of} <= {"unchanged"}
    # One empty page a list; what signing in costs is not counted.
    assert (nothing.counts, nothing.calls) == ({}, 3)


def test_no_secret_is_logged(world, feed, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    sell(world)
    world.go_away(1)
    pull(feed)
    pull(feed)
    secret = json.loads(Feed.objects.get().secrets)["password"]
    said = caplog.text + "".join(capsys.readouterr())
    assert secret not in said
    assert world.entered["password"] not in said


def test_a_unit_whose_time_zone_is_another_one_is_told_and_misses_nothing(world):
    world.settle(DAY)
    unit = BusinessUnitFactory(code="abroad", timezone="Europe/Berlin")
    feed = connecting.connect(unit, "vonigo", world.entered, None)
    connecting.test(feed)
    connecting.choose_place(feed, "1", None)
    connecting.test(feed)
    assert any("GMT-8" in words for words in feed.looked["findings"])
    connecting.answer(feed, {}, None)
    connecting.start(feed, None)
    Feed.objects.update(overlap_minutes=0)
    pull(feed)
    sell(world)
    pull(feed)
    assert held(feed) == world.truth()


def test_where_payments_name_only_their_job_each_finds_its_invoice(world):
    world.office.switch(tells_invoice="no")
    feed = connected(world)
    assert feed.answers["payment.invoice"] == "job"
    client = world.add_customer("Ada Quist")
    job = world.office.add_job(client)
    deposit = world.office.pay(client, "70.00", received=DAY, job=job)
    pull(feed)
    assert Payment.objects.get(external_id=str(deposit)).invoice is None
    Feed.objects.update(overlap_minutes=0)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        pull(feed)
        later = timezone.now() + timedelta(hours=1)
    with time_machine.travel(later):
        cancelled = world.bill(client, ["150.00"], DAY, job=job)
        world.cancel(cancelled)
        invoice = world.office.bill(client, [("Mowing", "1", "150.00")], issued=DAY,
                                    job=world.office.add_job(client))  # fmt: skip
        world.pay(client, "150.00", DAY, invoice)
        pull(feed)
    assert Payment.objects.get(external_id=str(deposit)).invoice is None
    with time_machine.travel(later + timedelta(hours=1)):
        # The work order has the cancelled one's charge already: this one names it again.
        for thing in world.office.store.all(CHARGE, 1):
            if thing["fields"]["Unit Price"] == "150.00" and thing["name"] == "Lawn care":
                world.office.edit(CHARGE, thing["id"], Unit_Price="90.00")
        billed = world.office.bill(client, [("More", "1", "60.00")], issued=DAY, job=job)
        world.office.edit(INVOICE, billed, Price="150.00", Subtotal="150.00")
        pull(feed)
    paid = Payment.objects.get(external_id=str(deposit))
    assert paid.invoice.external_id == str(billed)
    assert paid.invoice.balance_due == Decimal("80.00")
    assert held(feed) == world.truth()
    assert not Listed.objects.exclude(code="").exists()
