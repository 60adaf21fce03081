"""What a document's page tells of it, and what a customer's page adds up."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Role, User
from sync.models import Delivery, Event, Import, Payment, SyncRecord
from tests import factories
from tests.admin.conftest import settle

AT = datetime(2026, 5, 10, 14, 5, tzinfo=UTC)
State = SyncRecord.State


def told(client, document):
    page = f"/admin/sync/{document._meta.model_name}/{document.pk}/story/"
    story = client.get(page).context["story"]
    return {
        chapter.title: (chapter.is_done, [plain(line) for line in chapter.lines])
        for chapter in story.chapters
    }


def plain(words):
    return unescape(re.sub(r"<[^>]+>", "", str(words)))


@pytest.fixture
def exported(fully_paid, exporter):
    settle(fully_paid, State.EXPORTED, requested_by=exporter.user, exported_at=AT)
    SyncRecord.objects.update(queued_at=AT)
    return fully_paid


def test_before_it_is_paid_the_story_says_what_is_missing(viewer, part_paid):
    assert told(viewer, part_paid) == {
        "Received": (True, ["$70.00 on 1 May 2026 by Check", "$30.00 on 6 May 2026 by Check"]),
        "Ready": (
            False,
            ["Invoice 1042 still has $50.00 due."],
        ),
        "Queued": (False, []),
        "Exported": (False, []),
    }


@translation.override("en")  # what a request speaks stays on afterwards
def test_the_story_is_told_in_the_language_of_its_reader(viewer, exported):
    User.objects.filter(pk=viewer.user.pk).update(language="es")
    found = told(viewer, exported.payments.get(amount=50))
    assert found["Recibido"] == (True, ["$50.00 el 9 may 2026 por Check"])
    assert found["Listo"] == (True, ["Pagada por completo con el pago del 9 may 2026"])
    assert found["En cola"] == (True, ["10 may 2026 10:05 EDT por dana"])


def test_once_it_is_exported_the_story_says_who_when_and_where(viewer, exported):
    found = told(viewer, exported.payments.get(amount=50))
    assert found["Ready"] == (True, ["Fully paid with the payment of 9 May 2026"])
    assert found["Queued"] == (True, ["10 May 2026 10:05 EDT by dana"])
    assert found["Exported"] == (
        True,
        ["Invoice 1042 ↗ 10 May 2026 10:05 EDT", "Payment of $50.00 ↗ 10 May 2026 10:05 EDT"],
    )
    payment = exported.payments.get(amount=50)
    page = viewer.get(f"/admin/sync/payment/{payment.pk}/story/").content.decode()
    address = re.search(r'href="([^"]+)"[^>]*>Payment of \$50.00 ↗', page)[1]
    assert address.endswith(f"/Payment/{payment.pk + 1000}") or f"={payment.pk + 1000}" in address


def test_a_refund_is_told_until_it_is_adjusted(viewer, accountant, exported):
    payment = exported.payments.get(amount=50)
    refund = factories.RefundFactory(
        payment=payment, amount=Decimal("20.00"), refunded_on=date(2026, 5, 12)
    )
    found = told(viewer, exported)
    assert found["Refunded"] == (True, ["$20.00 on 12 May 2026: Refund of the sale"])
    assert found["Adjusted"] == (False, ["$20.00: to be adjusted"])
    factories.RefundReviewFactory(
        refund=refund, status="adjusted_otherwise", note="CM 7", reviewed_by=accountant.user,
        reviewed_at=AT,
    )  # fmt: skip
    assert told(viewer, payment)["Adjusted"] == (
        True,
        ["$20.00: Adjusted another way, 10 May 2026 10:05 EDT by lee"],
    )


def test_a_refund_of_what_never_went_needs_no_adjustment(viewer, fully_paid):
    factories.RefundFactory(payment=fully_paid.payments.first(), amount=Decimal("1.00"))
    assert told(viewer, fully_paid)["Adjusted"] == (False, ["Nothing of it is in QuickBooks."])


def test_what_stopped_says_so(viewer, fully_paid):
    settle(fully_paid, State.FAILED, error_code="6140", error="The number is taken.")
    found = told(viewer, fully_paid)
    assert found["Exported"] == (
        False,
        [
            "Invoice 1042: The number is taken.",
            *(f"Payment of ${n}.00: The number is taken." for n in (50, 30, 70)),
        ],
    )


def test_who_entered_a_payment_or_which_file_brought_it_is_told(viewer, accountant, part_paid):
    typed, brought = part_paid.payments.order_by("received_on")
    entry = LogEntry.objects.create(
        user=accountant.user,
        content_type=ContentType.objects.get_for_model(Payment),
        object_id=str(typed.pk),
        action_flag=ADDITION,
    )
    LogEntry.objects.filter(pk=entry.pk).update(action_time=AT)
    file = Import.objects.create(
        business_unit=part_paid.business_unit, file_name="May.csv", file_size=9
    )
    Payment.objects.filter(pk=brought.pk).update(source="file", external_id="9")
    Delivery.objects.create(
        business_unit=part_paid.business_unit, kind="payment", source="file", external_id="9",
        observed_at=AT, digest="x", state="applied", document_id=brought.pk, brought_by=file,
    )  # fmt: skip
    assert told(viewer, part_paid)["Received"][1] == [
        "$70.00 on 1 May 2026 by Check, entered 10 May 2026 10:05 EDT by lee",
        f"$30.00 on 6 May 2026 by Check, from {file}",
    ]


def test_what_people_did_is_told_of_this_document_alone(viewer, accountant, exported, part_paid):
    unit, other = (
        exported.business_unit,
        factories.InvoiceFactory(business_unit=exported.business_unit, number="7"),
    )
    for invoice, reason in ((exported, "Barter"), (other, "Mine")):
        Event.objects.create(
            actor=accountant.user, business_unit=unit, action="do_not_export",
            subject_kind="invoice", subject_id=invoice.pk, detail={"reason": reason},
        )  # fmt: skip
    story = viewer.get(f"/admin/sync/invoice/{exported.pk}/story/").context["story"]
    assert [plain(words) for _, words in story.deeds] == [
        "lee said that Invoice 1042 is not to be exported: “Barter”."
    ]


def test_a_story_takes_as_many_queries_for_many_payments(accountant, exported):
    page = f"/admin/sync/invoice/{exported.pk}/story/"
    accountant.get(page)
    with CaptureQueriesContext(connection) as few:
        accountant.get(page)
    for _ in range(10):
        factories.PaymentFactory(invoice=exported, amount=Decimal("1.00"))
        factories.RefundFactory(payment=exported.payments.last(), amount=Decimal("0.10"))
    with CaptureQueriesContext(connection) as many:
        accountant.get(page)
    assert len(many) <= len(few) + 2 <= 25


def test_a_customers_page_adds_up_invoices_payments_and_balance(viewer, exported):
    customer = exported.customer
    unit = exported.business_unit
    owed = factories.InvoiceFactory(
        business_unit=unit, customer=customer, number="8", subtotal=Decimal("40.00")
    )
    factories.PaymentFactory(invoice=owed, amount=Decimal("15.00"))
    factories.InvoiceFactory(
        business_unit=unit, customer=customer, number="9", subtotal=Decimal("99.00"), voided_at=AT
    )
    factories.PaymentFactory(
        invoice=None, business_unit=unit, customer=customer, currency="USD", kind="deposit",
        amount=Decimal("5.00"),
    )  # fmt: skip
    other = factories.InvoiceFactory(business_unit=unit, number="10", subtotal=Decimal("70.00"))
    page = viewer.get(f"/admin/sync/customer/{customer.pk}/change/")
    account = page.context["account"]
    [balance] = account.balances
    assert (balance.billed, balance.paid, balance.due, balance.unplaced) == (
        "$190.00",
        "$165.00",
        "$25.00",
        "$5.00",
    )
    assert {invoice.number for invoice in account.invoices} == {"1042", "8", "9"}
    assert len(account.payments) == 5
    listed = viewer.get(account.invoices_link).context["cl"]
    assert {invoice.number for invoice in listed.result_list} == {"1042", "8", "9"}
    assert other.number not in {invoice.number for invoice in listed.result_list}
    assert viewer.get(account.payments_link).context["cl"].result_count == 5


def test_a_customer_of_others_is_not_named_by_a_filter(viewer, foreign):
    customer = factories.CustomerFactory(business_unit=foreign, display_name="Secret")
    for model in ("payment", "invoice"):
        page = viewer.get(f"/admin/sync/{model}/?customer={customer.pk}")
        assert page.status_code == 200
        assert "Secret" not in page.content.decode()


def test_nobody_without_a_role_sees_either(sign_in, exported, foreign):
    stranger = sign_in(foreign, Role.ADMINISTRATOR)
    for row in (exported, exported.customer, exported.payments.first()):
        page = f"/admin/sync/{row._meta.model_name}/{row.pk}"
        assert stranger.get(f"{page}/change/").status_code == 404
        assert stranger.get(f"{page}/story/").status_code != 200
