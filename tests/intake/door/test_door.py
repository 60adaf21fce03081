"""The one door: the same again changes nothing, a late one undoes nothing, any order ends alike."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.intake.door.door import deliver, link
from sync.intake.door.incoming import (
    Allocation,
    Code,
    CustomerBody,
    Incoming,
    InvoiceBody,
    Kind,
    LineBody,
    PaymentBody,
    RefundBody,
    Status,
    Tombstone,
)
from sync.models import Customer, Delivery, Invoice, InvoiceLine, Payment, Refund
from sync.models.triggers import wrong_sums
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    SyncRecordFactory,
)

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("INTAKE_EXAMPLES", "10"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ANNA = CustomerBody(name="Anna Żak", email="anna@example.com")


@pytest.fixture
def unit(db):
    return BusinessUnitFactory(code="riverside", currency="CAD")


def said(external_id, body, minutes=0, source="jobber", **more):
    return Incoming(
        source=source,
        external_id=external_id,
        observed_at=NOON + timedelta(minutes=minutes),
        body=body,
        **more,
    )


def bill(total="150.00", number="9001", **more):
    return InvoiceBody(
        number=number,
        customer="c1",
        issued_on=date(2026, 5, 4),
        total=Decimal(total),
        lines=(LineBody(Decimal(total), service="Mowing"),),
        **more,
    )


def receipt(amount="150.00", *parts, **more):
    return PaymentBody(
        **{
            "customer": "c1",
            "amount": Decimal(amount),
            "received_on": date(2026, 5, 9),
            "method": "Check",
            "reference": "0055",
            "allocations": tuple(Allocation(name, Decimal(part)) for name, part in parts),
        }
        | more
    )


def refund(amount="20.00", **more):
    return RefundBody(amount=Decimal(amount), refunded_on=date(2026, 5, 20), **more)


ALL = [
    said("c1", ANNA),
    said("i1", bill()),
    said("p1", receipt("150.00", ("9001", "150.00"))),
    said("r1", refund(payment="p1", invoice="9001")),
]


def statuses(unit, incoming, **more):
    return [result.status.value for result in deliver(unit, incoming, **more)]


def refunded():
    """Which payments the refunds give back."""
    return sorted(Refund.objects.values_list("external_id", "payment__receipt", "amount"))


def state():
    """Everything that the door may write, without our own keys and times."""
    return {
        "customers": list(Customer.objects.order_by("external_id").values_list(
            "external_id", "display_name", "email")),
        "invoices": list(Invoice.objects.order_by("external_id").values_list(
            "external_id", "number", "customer__external_id", "total", "currency", "paid_total",
            "refunded_total")),
        "lines": list(InvoiceLine.objects.order_by("invoice__external_id", "position").values_list(
            "invoice__external_id", "service", "amount", "quantity", "unit_price")),
        "payments": sorted(Payment.objects.filter(voided_at=None).values_list(
            "receipt", "invoice__number", "amount", "currency", "method"), key=str),
        "refunds": list(Refund.objects.order_by("external_id").values_list(
            "external_id", "payment__receipt", "amount")),
        "deliveries": list(Delivery.objects.order_by("kind", "external_id").values_list(
            "kind", "external_id", "state", "waits_for", "version", "digest")),
    }  # fmt: skip


def test_what_comes_in_is_stored_with_the_units_currency(unit):
    assert statuses(unit, ALL) == ["created"] * 4
    [invoice] = Invoice.objects.all()
    assert (invoice.currency, invoice.total, invoice.balance_due, invoice.source) == (
        "CAD", Decimal("150.00"), Decimal("20.00"), "jobber",
    )  # fmt: skip
    [payment] = Payment.objects.all()
    assert (payment.external_id, payment.receipt, payment.reference) == ("p1", "p1", "0055")
    assert wrong_sums() == {}


def test_the_same_again_changes_nothing(unit):
    deliver(unit, ALL)
    before = state()
    assert statuses(unit, ALL) == ["unchanged"] * 4
    later = [replace(one, observed_at=NOON + timedelta(days=1)) for one in ALL]
    assert statuses(unit, later) == ["unchanged"] * 4
    assert state() == before


def test_a_late_one_never_undoes_a_newer_one(unit):
    deliver(unit, [said("c1", ANNA), said("i1", bill("170.00"), minutes=9)])
    assert statuses(unit, [said("i1", bill("150.00"), minutes=3)]) == ["stale"]
    assert Invoice.objects.get().total == Decimal("170.00")


def test_the_same_seen_later_keeps_what_was_between_from_undoing_it(unit):
    deliver(unit, [said("c1", ANNA), said("i1", bill("150.00"), minutes=1)])
    deliver(unit, [said("i1", bill("150.00"), minutes=9)])
    assert statuses(unit, [said("i1", bill("170.00"), minutes=5)]) == ["stale"]
    assert Invoice.objects.get().total == Decimal("150.00")


def test_a_version_of_the_source_counts_before_the_clock(unit):
    deliver(unit, [said("c1", ANNA), said("i1", bill("170.00"), version=8)])
    assert statuses(unit, [said("i1", bill("150.00"), minutes=60, version=7)]) == ["stale"]
    assert statuses(unit, [said("i1", bill("150.00"), version=9)]) == ["changed"]


def test_what_changes_is_told_with_what_it_was(unit):
    deliver(unit, ALL)
    [result] = deliver(unit, [said("i1", bill("175.50"), minutes=1)])
    assert result.status == Status.CHANGED
    assert result.changes["total"] == ("150.00", "175.50")
    assert InvoiceLine.objects.get().amount == Decimal("175.50")


def test_what_comes_before_its_parent_waits_in_sight_and_attaches(unit):
    results = deliver(unit, [ALL[3]])
    assert [p.code for p in results[0].problems] == [Code.NO_PAYMENT]
    assert statuses(unit, [ALL[2]]) == ["waiting"]
    assert Delivery.objects.get(kind="payment").waits_for == "customer:c1"
    assert statuses(unit, [ALL[1]]) == ["waiting"]
    assert Payment.objects.count() == 0
    assert statuses(unit, [ALL[0]]) == ["created"]
    assert Refund.objects.get().payment.invoice.number == "9001"
    assert not Delivery.objects.exclude(state="applied").exists()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_order_and_repetition_ends_in_one_state(unit, data):
    one_sale = [
        *ALL,
        said("i1", bill("160.00"), minutes=2),
        said("i2", bill("40.00", "9002")),
        said("p1", receipt("190.00", ("9001", "150.00"), ("9002", "40.00")), minutes=1),
        said("p1", receipt("200.00", ("9001", "160.00"), ("9002", "30.00")), minutes=2),
        said("c1", replace(ANNA, phone="555"), minutes=3),
        said("p2", receipt("60.00", ("9001", "60.00"), received_on=date(2026, 5, 7))),
        said("r2", refund("30.00", payment="p1")),
        said("r3", refund("50.00", invoice="9001")),
        said("r4", refund("55.00", invoice="9001")),
    ]
    with transaction.atomic():
        deliver(unit, one_sale)
        expected = state()
        transaction.set_rollback(True)
    shuffled = data.draw(st.permutations(one_sale + data.draw(st.lists(st.sampled_from(one_sale)))))
    with transaction.atomic():
        while shuffled:
            size = data.draw(st.integers(1, len(shuffled)))
            deliver(unit, shuffled[:size])
            shuffled = shuffled[size:]
        assert state() == expected
        assert wrong_sums() == {}
        transaction.set_rollback(True)


def test_a_receipt_over_several_invoices_is_a_payment_for_each_and_a_deposit(unit):
    deliver(unit, [said("c1", ANNA), said("i1", bill()), said("i2", bill("105.00", "9002"))])
    deliver(unit, [said("p1", receipt("315.00", ("9001", "150.00"), ("9002", "105.00")))])
    payments = Payment.objects.order_by("pk")
    assert [
        (p.external_id, p.kind, p.amount, p.invoice and p.invoice.number) for p in payments
    ] == [
        ("p1", "final", Decimal("150.00"), "9001"),
        ("p1#2", "final", Decimal("105.00"), "9002"),
        ("p1#3", "deposit", Decimal("60.00"), None),
    ]
    assert {p.receipt for p in payments} == {"p1"}


def test_money_applied_otherwise_moves_and_is_never_doubled(unit):
    deliver(unit, [said("c1", ANNA), said("i1", bill()), said("i2", bill("105.00", "9002"))])
    deliver(unit, [said("p1", receipt("105.00"))])
    deposit = Payment.objects.get()
    [moved] = deliver(unit, [said("p1", receipt("105.00", ("9002", "105.00")), minutes=1)])
    assert moved.changes["invoice_id"] == ("", str(Invoice.objects.get(number="9002").pk))
    assert Payment.objects.get().pk == deposit.pk
    deliver(unit, [said("p1", receipt("105.00", ("9001", "50.00"), ("9002", "55.00")), minutes=2)])
    deliver(unit, [said("p1", receipt("105.00", ("9001", "105.00")), minutes=3)])
    standing = Payment.objects.filter(voided_at=None)
    assert [(p.invoice.number, p.amount) for p in standing] == [("9001", Decimal("105.00"))]
    assert wrong_sums() == {}


def test_what_its_source_deleted_is_voided(unit):
    deliver(unit, ALL[:3])
    gone = [said("i1", Tombstone(Kind.INVOICE), 5), said("p1", Tombstone(Kind.PAYMENT), 5)]
    assert statuses(unit, gone) == ["changed", "changed"]
    assert Invoice.objects.get().voided_at is not None
    assert Payment.objects.get().voided_at is not None
    assert statuses(unit, ALL[1:3]) == ["stale", "stale"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (bill("150.00", number=" "), Code.NO_NUMBER, "number"),
        (bill("150.00", number="9" * 101), Code.TOO_LONG, "number"),
        (bill("150.00", number="90\x0001"), Code.BAD_TEXT, "number"),
        (bill("99.999"), Code.NOT_CENTS, "amount"),
        (bill("-80.00"), Code.NEGATIVE, "total"),
        (bill("150.00", currency="cad"), Code.BAD_CURRENCY, "currency"),
        (bill("150.00", due_on=date(2026, 5, 3)), Code.BAD_DATES, "due_on"),
        (replace(bill(), lines=(LineBody(Decimal("Infinity")),)), Code.NOT_CENTS, "amount"),
        (replace(bill(), lines=(LineBody(Decimal("150.00"), unit_price=Decimal("1.23456")),)),
         Code.NOT_CENTS, "unit_price"),
        (replace(bill(), tax_total=Decimal("0.01")), Code.DOES_NOT_ADD_UP, "total"),
        (replace(bill(), total=Decimal("NaN")), Code.NOT_CENTS, "total"),
        (replace(bill(), total=Decimal("1e12")), Code.NOT_CENTS, "total"),
        (receipt("0.00"), Code.NEGATIVE, "amount"),
        (receipt("10.00", ("9001", "NaN")), Code.NOT_CENTS, "allocations"),
        (receipt("10.00", ("9001", "10.01")), Code.OVER_ALLOCATED, "allocations"),
        (receipt("10.00", ("9001", "1.00"), ("9001", "2.00")), Code.OVER_ALLOCATED, "allocations"),
        (receipt("10.00", method="M" * 51), Code.TOO_LONG, "method"),
        (CustomerBody(name="\t"), Code.NO_NAME, "name"),
        (CustomerBody(name="A\ud800"), Code.BAD_TEXT, "name"),
        (refund("-1.00", payment="p1"), Code.NEGATIVE, "amount"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field_and_nothing_is_stored(unit, body, code, field):
    [result] = deliver(unit, [said("x", body)])
    assert result.status == Status.REFUSED
    assert (code, field) in {(p.code, p.field) for p in result.problems}
    assert not Invoice.objects.exists()
    assert not Payment.objects.exists()
    assert not Customer.objects.exists()
    kept = list(Delivery.objects.values_list("state", flat=True))
    assert kept == ([] if code == Code.BAD_TEXT else ["refused"])


def test_one_bad_row_stops_no_other(unit):
    incoming = [said("c1", ANNA), said("bad", bill("99.999")), said("i1", bill())]
    assert statuses(unit, incoming) == ["created", "refused", "created"]


def test_a_number_that_another_invoice_of_the_source_has_is_refused(unit):
    deliver(unit, ALL[:2])
    [result] = deliver(unit, [said("i2", bill())])
    assert [p.code for p in result.problems] == [Code.NUMBER_USED]
    assert statuses(unit, [said("i9", bill(), source="square")]) == ["waiting"]


def test_an_invoice_that_was_typed_here_is_found_by_its_number(unit):
    typed = InvoiceFactory(business_unit=unit, number="RIV-7", customer__business_unit=unit)
    deliver(unit, [said("c1", ANNA), said("p1", receipt("10.00", ("RIV-7", "10.00")))])
    assert Payment.objects.get().invoice == typed


def test_a_refund_of_an_invoice_gives_back_its_earliest_payment_with_room(unit):
    deliver(unit, ALL[:2])
    deliver(unit, [said("p2", receipt("70.00", ("9001", "70.00"), received_on=date(2026, 5, 8)))])
    deliver(unit, [said("r1", refund("60.00", invoice="9001"))])
    assert refunded() == [("r1", "p2", Decimal("60.00"))]
    deliver(unit, [said("p1", receipt("80.00", ("9001", "80.00"), received_on=date(2026, 5, 6)))])
    assert refunded() == [("r1", "p1", Decimal("60.00"))]
    deliver(unit, [said("r2", refund("50.00", invoice="9001"))])
    assert refunded() == [("r1", "p1", Decimal("60.00")), ("r2", "p2", Decimal("50.00"))]
    [over] = deliver(unit, [said("r3", refund("20.01", invoice="9001"))])
    assert [p.code for p in over.problems] == [Code.OVER_REFUNDED]
    assert wrong_sums() == {}


def test_a_refund_reported_of_a_payment_in_quickbooks_stays_its_refund(unit):
    deliver(unit, ALL[:2])
    deliver(unit, [said("p2", receipt("70.00", ("9001", "70.00"), received_on=date(2026, 5, 8)))])
    deliver(unit, [said("r1", refund("60.00", invoice="9001"))])
    SyncRecordFactory(payment=Payment.objects.get(receipt="p2"), business_unit=unit, kind="payment")
    deliver(unit, [said("p1", receipt("80.00", ("9001", "80.00"), received_on=date(2026, 5, 6)))])
    assert refunded() == [("r1", "p2", Decimal("60.00"))]


def test_a_refund_that_its_source_deleted_is_voided_and_gives_its_amount_back(unit):
    deliver(unit, ALL)
    assert statuses(unit, [said("r1", Tombstone(Kind.REFUND), 5)]) == ["changed"]
    assert Refund.objects.get().voided_at is not None
    assert Payment.objects.get().refunded_total == 0
    assert statuses(unit, [ALL[3]]) == ["stale"]


def test_a_kind_of_refund_that_is_not_said_stays_as_a_person_chose_it(unit):
    deliver(unit, [*ALL[:3], said("r1", refund(payment="p1", invoice="9001"))])
    Refund.objects.update(kind="bounced")
    deliver(unit, [said("r1", refund("21.00", payment="p1", invoice="9001"), 1)])
    assert Refund.objects.values_list("kind", "amount").get() == ("bounced", Decimal("21.00"))
    deliver(unit, [said("r1", refund("21.00", payment="p1", kind="chargeback"), 2)])
    assert Refund.objects.get().kind == "chargeback"


def test_refunds_of_one_call_share_what_is_left(unit):
    deliver(unit, ALL[:3])
    both = [said("r1", refund("100.00", payment="p1")), said("r2", refund("60.00", payment="p1"))]
    assert statuses(unit, both) == ["created", "refused"]
    assert wrong_sums() == {}


def test_a_receipt_cannot_shrink_below_what_was_refunded_of_it(unit):
    deliver(unit, ALL)
    smaller = said("p1", receipt("10.00", ("9001", "10.00")), minutes=1)
    [result] = deliver(unit, [smaller])
    assert [p.code for p in result.problems] == [Code.OVER_REFUNDED]
    assert Payment.objects.get().amount == Decimal("150.00")


def test_a_dry_run_says_the_same_and_stores_nothing(unit):
    promised = {}
    dry = [deliver(unit, [one], promised=promised)[0].status for one in ALL]
    assert dry == [Status.CREATED] * 4
    [twice] = deliver(unit, [said("i2", bill())], promised=promised)
    assert [p.code for p in twice.problems] == [Code.NUMBER_USED]
    assert not Delivery.objects.exists()
    assert not Customer.objects.exists()


def test_what_a_leaner_export_does_not_say_stays_as_it_is(unit):
    deliver(unit, [*ALL[:1], said("i1", bill("150.00", due_on=date(2026, 6, 1)))])
    deliver(unit, [said("p1", receipt("150.00", ("9001", "150.00")))])
    lean = [
        said("c1", CustomerBody(name="Anna Żak", phone="555"), 1),
        said("i1", replace(bill(), lines=()), 1),
        said("p1", replace(receipt("150.00"), allocations=None, reference="", customer=""), 1),
    ]
    assert statuses(unit, lean) == ["changed", "unchanged", "unchanged"]
    customer, invoice, payment = (
        Customer.objects.get(),
        Invoice.objects.get(),
        Payment.objects.get(),
    )
    assert (customer.email, customer.phone) == ("anna@example.com", "555")
    assert (invoice.due_on, invoice.lines.get().service) == (date(2026, 6, 1), "Mowing")
    assert (payment.invoice, payment.reference) == (invoice, "0055")
    deliver(unit, [said("i1", replace(bill("170.00"), lines=()), 2)])
    assert list(InvoiceLine.objects.values_list("service", "amount")) == [
        ("Services", Decimal("170.00"))
    ]


def test_a_payment_without_a_customer_is_of_its_invoices_or_waits_in_sight(unit):
    deliver(unit, ALL[:2])
    of_invoice = replace(receipt("150.00", ("9001", "150.00")), customer="")
    of_nobody = replace(receipt("10.00"), customer="")
    assert statuses(unit, [said("p1", of_invoice), said("p2", of_nobody)]) == ["created", "waiting"]
    assert Payment.objects.get().customer.external_id == "c1"


def test_a_customer_said_to_be_one_of_ours_is_that_one_and_keeps_its_name(unit):
    ours = CustomerFactory(business_unit=unit, display_name="Anna Zak", email="", phone="1")
    body = CustomerBody(name="Anna Żak", email="a@example.com", phone="2", same_as=ours.pk)
    assert statuses(unit, [said("c9", body)]) == ["changed"]
    assert statuses(unit, [said("c9", replace(body, same_as=None), 1)]) == ["unchanged"]
    assert list(Customer.objects.values_list("display_name", "email", "phone")) == [
        ("Anna Zak", "a@example.com", "1")
    ]


def test_money_that_a_person_said_is_the_same_is_never_taken_in_again(unit):
    deliver(unit, ALL[:3])
    same = said("ch_1", receipt("150.00", ("9001", "150.00"), method="Card"), source="stripe")
    link(unit, [(same, Payment.objects.get().pk)], None)
    assert statuses(unit, [same]) == ["unchanged"]
    later = replace(same, body=replace(same.body, reference="7"), observed_at=NOON + timedelta(1))
    deliver(unit, [said("c1", ANNA, source="stripe")])
    assert statuses(unit, [later]) == ["unchanged"]
    assert Payment.objects.get().method == "Check"


def test_a_source_of_another_unit_is_another_world(unit):
    other = BusinessUnitFactory(code="harbor")
    deliver(unit, ALL)
    assert statuses(other, ALL) == ["created"] * 4
    assert Invoice.objects.count() == 2
