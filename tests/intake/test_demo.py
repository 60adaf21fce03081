"""Demo data: repeatable, believable, in every state of payment, and only for the simulator."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Count, F

from accounts.access import Capability, may
from accounts.models import Membership, User
from sync.intake.demo import ROTATION, refund_exported, seed_demo
from sync.intake.demo_people import demo_password
from sync.intake.demo_stories import STORIES
from sync.intake.demo_world import SPECIAL_CUSTOMERS, UNITS
from sync.models import (
    BusinessUnit,
    Customer,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    SyncRecord,
    triggers,
)
from tests.factories import QuickBooksCompanyFactory, SyncRecordFactory

pytestmark = pytest.mark.django_db
BASE = date(2026, 11, 20)
TABLES = (Customer, Invoice, InvoiceLine, Payment, Refund)


def run(*args):
    out = StringIO()
    call_command("seed_demo", *args, stdout=out)
    return out.getvalue()


def test_who_may_sign_in_is_told_again_and_nothing_else_added():
    told = run("--invoices", "0")
    again = run("--people")
    assert "Who may sign in, with the password" in again
    assert told.endswith(again)
    assert Invoice.objects.count() == 0


def counts():
    return [model.objects.count() for model in TABLES]


def everything():
    """Return all demo rows without what the database gives them."""
    return (
        sorted(Customer.objects.values_list("business_unit__code", "external_id", "display_name")),
        sorted(
            Invoice.objects.values_list(
                "number", "customer__external_id", "issued_on", "total", "paid_total", "voided_at"
            ),
            key=str,
        ),
        sorted(
            InvoiceLine.objects.values_list(
                "invoice__number", "position", "service", "quantity", "amount", "taxable"
            )
        ),
        sorted(
            Payment.objects.values_list(
                "business_unit__code", "external_id", "amount", "received_on", "reference"
            )
        ),
        sorted(Refund.objects.values_list("payment__external_id", "amount", "refunded_on")),
    )


def forget():
    for model in reversed(TABLES):
        model.objects.all().delete()
    BusinessUnit.objects.all().delete()


def test_same_seed_gives_the_same_rows():
    seed_demo(60, 3, BASE)
    first = everything()
    forget()
    seed_demo(60, 3, BASE)
    assert everything() == first


def test_more_invoices_extend_the_same_rows():
    seed_demo(60, 3, BASE)
    whole = everything()
    forget()
    seed_demo(25, 3, BASE)
    seed_demo(60, 3, BASE)
    assert everything() == whole


def test_second_run_adds_nothing_and_says_so():
    assert run("--invoices", "30", "--today", "2026-11-20").startswith("Added 5 business units, ")
    before = counts(), User.objects.count(), Membership.objects.count()
    assert run("--invoices", "30", "--today", "2026-11-21").startswith("Nothing to add")
    assert (counts(), User.objects.count(), Membership.objects.count()) == before
    assert Invoice.objects.count() == 30


def test_another_seed_adds_other_invoices():
    seed_demo(20, 1, BASE)
    seed_demo(20, 99_999_999, BASE)
    assert Invoice.objects.count() == 40
    assert max(map(len, Invoice.objects.values_list("number", flat=True))) <= 21


@pytest.fixture
def demo():
    """Each unit has every story at least once."""
    seed_demo(420, 1, BASE)


def test_every_unit_has_invoices_in_every_state_of_payment(demo):
    rotation = [unit.code for unit in ROTATION]
    assert len(STORIES) == 40
    for unit in UNITS:
        invoices = Invoice.objects.filter(business_unit__code=unit.code)
        assert invoices.count() == 420 // 20 * rotation.count(unit.code)
        live = invoices.filter(voided_at=None, total__gt=0)
        paid = live.filter(balance_due__lte=0).annotate(number_paid=Count("payments"))
        with_payments = live.annotate(number_paid=Count("payments"))
        states = {
            "unpaid": live.filter(paid_total=0, payments=None),
            "deposit only": with_payments.filter(
                number_paid=1, payments__kind="deposit", balance_due__gt=0
            ),
            "part paid": live.filter(payments__kind="partial", balance_due__gt=0),
            "paid by one": paid.filter(number_paid=1),
            "paid by two": paid.filter(number_paid=2),
            "paid by three": paid.filter(number_paid=3),
            "overpaid": live.filter(balance_due__lt=0),
            "excess refunded": live.filter(balance_due=0, refunded_total__gt=0),
            "refund leaves a balance": live.filter(
                paid_total=F("total"), refunded_total__gt=0, refunded_total__lt=F("total")
            ),
            "refunded in full": live.filter(refunded_total=F("total")),
            "voided": invoices.exclude(voided_at=None),
            "voided payment": live.filter(balance_due__gt=0, payments__voided_at__isnull=False),
            "voided payment, then paid": live.filter(
                balance_due=0, payments__voided_at__isnull=False
            ),
            "zero total": invoices.filter(total=0),
            "before the start date": paid.filter(issued_on__lt=date(2026, 8, 22)),
            "with discount": live.filter(discount_total__gt=0),
            "other payer": live.exclude(payments__customer=F("customer")).exclude(payments=None),
        }
        assert [name for name, rows in states.items() if not rows.exists()] == []
        deposits = Payment.objects.filter(business_unit__code=unit.code, invoice=None)
        assert deposits.filter(refunded_total=0).exists()
        assert deposits.filter(refunded_total=75).exists()
        if unit.tax_rate and unit.code != "heave-ho":
            assert live.filter(tax_total__gt=0, lines__taxable=False).exists()


def test_every_stored_sum_and_line_is_right(demo):
    assert triggers.wrong_sums() == {}
    assert not Invoice.objects.exclude(lines_total=F("subtotal")).exists()
    assert not Payment.objects.filter(received_on__gte=BASE).exists()
    assert not Refund.objects.filter(refunded_on__gte=BASE).exists()
    assert not Refund.objects.filter(refunded_on__lt=F("payment__received_on")).exists()


def test_examples_stand_by_name_in_every_unit(demo):
    for unit in UNITS:
        waiting, paid = Invoice.objects.filter(
            business_unit__code=unit.code, number__contains="EXAMPLE"
        ).order_by("number")
        assert (waiting.number, paid.number) == (
            f"{unit.prefix}-EXAMPLE-1",
            f"{unit.prefix}-EXAMPLE-2",
        )
        assert waiting.customer.display_name == "Example: $150.00 invoice, $100.00 received"
        assert paid.customer.display_name == "Example: $150.00 invoice, all received"
        received = waiting.payments.order_by("received_on").values_list("amount", flat=True)
        assert list(received) == [Decimal("70.00"), Decimal("30.00")]
        received = paid.payments.order_by("received_on").values_list("kind", "amount")
        assert list(received) == [
            ("deposit", Decimal("70.00")),
            ("partial", Decimal("30.00")),
            ("final", Decimal("50.00")),
        ]
        assert (waiting.total, waiting.balance_due, waiting.is_fully_paid) == (150, 50, False)
        assert (paid.total, paid.balance_due, paid.is_fully_paid) == (150, 0, True)


def test_awkward_names_have_invoices_and_two_customers_share_one(demo):
    for unit in UNITS:
        names = Invoice.objects.filter(business_unit__code=unit.code).values_list(
            "customer__display_name", flat=True
        )
        assert {name for name, _ in SPECIAL_CUSTOMERS} <= set(names)
        smiths = Customer.objects.filter(
            business_unit__code=unit.code, display_name="John Smith"
        ).values_list("external_id", flat=True)
        assert sorted(smiths) == ["D1-1", "D1-2"]


def test_one_check_pays_three_invoices_of_one_customer(demo):
    shared = (
        Payment.objects.filter(reference="6001")
        .values("business_unit", "customer", "received_on")
        .annotate(number=Count("invoice", distinct=True))
    )
    assert [row["number"] for row in shared] == [3] * len(UNITS)


def test_units_are_in_several_time_zones_and_one_bills_canadian_dollars(demo):
    units = {unit.code: unit for unit in BusinessUnit.objects.all()}
    assert len({unit.timezone for unit in units.values()}) == 5
    assert units["toronto"].currency == "CAD"
    assert (
        Invoice.objects.filter(currency="CAD").exclude(business_unit=units["toronto"]).count() == 0
    )
    assert {unit.quickbooks_company for unit in units.values()} == {None}
    assert units["lakeshore"].export_start_date is None
    assert units["riverside"].export_start_date == date(2026, 8, 22)


def test_people_hold_each_role_in_each_unit_and_the_printed_password_works():
    out = run("--invoices", "0")
    assert f"with the password {demo_password()}\n" in out
    for unit in BusinessUnit.objects.all():
        for role, capability, next_one in (
            ("viewer", Capability.VIEW, Capability.EXPORT),
            ("exporter", Capability.EXPORT, Capability.RESOLVE),
            ("accountant", Capability.RESOLVE, Capability.MANAGE),
            ("administrator", Capability.MANAGE, None),
        ):
            person = User.objects.get(username=f"{unit.code}-{role}")
            assert person.username in out
            assert person.check_password(demo_password())
            assert may(person, capability, unit.pk)
            assert next_one is None or not may(person, next_one, unit.pk)
            assert person.memberships.count() == 1
    assert not may(User.objects.get(username="no-role"), Capability.VIEW)
    assert list(User.objects.filter(is_superuser=True).values_list("username", flat=True)) == [
        "admin"
    ]


def test_changed_password_is_kept_and_told():
    run("--invoices", "0")
    person = User.objects.get(username="bookkeeper")
    person.set_password("a word of my own")
    person.save()
    out = run("--invoices", "0")
    (line,) = [line for line in out.splitlines() if "bookkeeper" in line]
    assert line.endswith("(with a password of their own)")
    assert User.objects.get(username="bookkeeper").check_password("a word of my own")


@pytest.mark.parametrize("environment", ["sandbox", "production"])
@pytest.mark.parametrize("option", ["--seed=1", "--refund-exported"])
def test_demo_is_refused_outside_the_simulator(settings, environment, option):
    settings.QUICKBOOKS_ENVIRONMENT = environment
    with pytest.raises(CommandError) as refused:
        run(option)
    assert str(refused.value) == (
        f"Demo data is only for QUICKBOOKS_ENVIRONMENT=simulator; this site uses {environment}."
    )
    assert (counts(), User.objects.count(), BusinessUnit.objects.count()) == ([0] * 5, 0, 0)


@pytest.mark.parametrize("option", ["--invoices=-1", "--invoices=x", "--seed=100000000"])
def test_numbers_out_of_range_are_refused(option):
    with pytest.raises(CommandError):
        run(option)
    assert counts() == [0] * 5


def test_refunds_after_export_are_of_exported_payments_and_come_once():
    seed_demo(100, 1, BASE)
    company = QuickBooksCompanyFactory()
    exported = Payment.objects.filter(refunded_total=0, voided_at=None).exclude(invoice=None)[:60]
    for number, payment in enumerate(exported):
        SyncRecordFactory(
            company=company,
            payment=payment,
            business_unit=payment.business_unit,
            state=SyncRecord.State.EXPORTED,
            qbo_id=str(number + 1),
        )
    before = set(Refund.objects.values_list("pk", flat=True))
    out = run("--refund-exported", "--today", "2026-11-20")
    new = Refund.objects.exclude(pk__in=before)
    assert out == f"Added {new.count()} refunds.\n"
    assert 5 <= new.count() <= 25
    assert {refund.payment_id for refund in new} <= {payment.pk for payment in exported}
    full = [refund for refund in new if refund.amount == refund.payment.amount]
    assert 0 < len(full) < new.count()
    assert str(refund_exported(1, BASE)) == ""
    assert Refund.objects.count() == len(before) + len(list(new))
