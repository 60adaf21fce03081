"""Do not export, allow again, release, retry: asked first, done on POST, by those who may."""

from decimal import Decimal

import pytest

from sync.models import Event, Invoice, SyncRecord
from tests import factories
from tests.admin.conftest import messages_of, record_of, settle

State = SyncRecord.State


def page_of(row, remedy):
    return f"/admin/sync/{row._meta.model_name}/{row.pk}/{remedy}/"


def offered(client, row):
    url = f"/admin/sync/{row._meta.model_name}/{row.pk}/change/"
    return [str(action["title"]) for action in client.get(url).context["actions_detail"]]


def held(invoice):
    invoice.refresh_from_db()
    return invoice.do_not_export_at is not None


def test_hold_asks_for_a_reason_and_takes_effect_on_post(accountant, exporter, fully_paid):
    url = page_of(fully_paid, "hold")
    assert accountant.get(url).status_code == 200
    assert not held(fully_paid)
    page = accountant.post(url, {"reason": " "})
    assert page.context["form"].errors == {"reason": ["This field is required."]}
    assert not held(fully_paid)
    page = accountant.post(url, {"reason": "Paid in the old books"}, follow=True)
    assert messages_of(page) == ["Invoice 1042 will not be exported."]
    assert held(fully_paid)
    assert (fully_paid.do_not_export_by, fully_paid.do_not_export_reason) == (
        accountant.user,
        "Paid in the old books",
    )
    rows = exporter.get("/admin/sync/payment/?status=held").context["cl"].result_list
    assert {row.standing_shown.words.rsplit(": ", 1)[1] for row in rows} == {
        "Paid in the old books"
    }
    assert offered(accountant, fully_paid) == ["Record a payment", "Allow export again"]
    page = accountant.post(page_of(fully_paid, "allow"), follow=True)
    assert messages_of(page) == ["Invoice 1042 may be exported again."]
    assert not held(fully_paid)
    assert list(Event.objects.order_by("pk").values_list("action", "actor")) == [
        ("do_not_export", accountant.user.pk),
        ("allow_export", accountant.user.pk),
    ]


def test_what_is_in_quickbooks_cannot_be_held(accountant, fully_paid):
    settle(fully_paid, State.EXPORTED)
    page = accountant.post(page_of(fully_paid, "hold"), {"reason": "x"}, follow=True)
    refusal, _ = messages_of(page)  # the other says that changes are not sent any more
    assert refusal == "Invoice 1042 is in QuickBooks or on its way there already."
    assert not held(fully_paid)


def test_release_lets_go_what_only_a_refund_blocks(accountant, exporter, fully_paid):
    assert offered(accountant, fully_paid) == ["Record a payment", "Do not export"]
    factories.RefundFactory(payment=fully_paid.payments.first(), amount=Decimal("20.00"))
    assert offered(accountant, fully_paid) == ["Record a payment", "Do not export", "Release"]
    assert not exporter.get("/admin/sync/payment/").context["cl"].result_list
    page = accountant.post(page_of(fully_paid, "release"), {"reason": "Goodwill"}, follow=True)
    assert messages_of(page) == ["Invoice 1042 is released."]
    assert len(exporter.get("/admin/sync/payment/").context["cl"].result_list) == 3


def test_part_paid_cannot_be_released(accountant, part_paid):
    page = accountant.post(page_of(part_paid, "release"), {"reason": "x"}, follow=True)
    assert messages_of(page)[0].startswith("Only an invoice that a refund made due again")
    part_paid.refresh_from_db()
    assert part_paid.released_at is None


def test_retry_queues_what_failed_again(accountant, fully_paid):
    record = record_of(fully_paid, "invoice", State.FAILED, error="No such item.")
    for payment in fully_paid.payments.all():
        record_of(payment, "payment", State.PENDING)
    payment = fully_paid.payments.first()
    assert offered(accountant, payment) == ["Record a refund", "Retry"]
    url = page_of(payment, "retry")
    assert accountant.get(url).status_code == 200
    record.refresh_from_db()
    assert record.state == State.FAILED
    page = accountant.post(url, follow=True)
    assert messages_of(page) == ["Queued again."]
    record.refresh_from_db()
    assert (record.state, record.error) == (State.PENDING, "")
    assert offered(accountant, payment) == ["Record a refund"]


def test_retry_of_a_doubtful_one_promises_a_look_and_claims_nothing(accountant, fully_paid):
    total = fully_paid.total
    record_of(fully_paid, "invoice", State.EXPORTED, qbo_id="7", exported_total=total)
    payment = fully_paid.payments.first()
    content = {"invoice": fully_paid.pk, "applied": "1.00"}
    record = record_of(payment, "payment", State.UNCERTAIN, content=content)
    url = page_of(payment, "retry")
    html = accountant.get(url).content.decode()
    assert "It is looked for there first, by our mark, and sent only if it is not there." in html
    assert "Look, then send" in html
    assert "It is not in QuickBooks" not in html
    page = accountant.post(url, follow=True)
    assert messages_of(page) == ["Queued: it is looked for in QuickBooks first."]
    record.refresh_from_db()
    assert (record.state, record.batch.target) == (State.IN_FLIGHT, "look")


@pytest.mark.parametrize("remedy", ["hold", "allow", "release"])
def test_those_who_may_not_resolve_change_nothing(exporter, viewer, fully_paid, remedy):
    before = Invoice.objects.values().get(pk=fully_paid.pk)
    for client in (exporter, viewer):
        answer = client.post(page_of(fully_paid, remedy), {"reason": "x"})
        assert answer.status_code == 403
        assert offered(client, fully_paid) == []
    assert Invoice.objects.values().get(pk=fully_paid.pk) == before
    assert not Event.objects.exists()


def test_foreign_invoices_and_payments_are_not_found(accountant, foreign):
    payment = factories.PaymentFactory(invoice__business_unit=foreign)
    record_of(payment, "payment", State.FAILED)
    for row, remedies in ((payment.invoice, ("hold", "allow", "release")), (payment, ("retry",))):
        for remedy in remedies:
            assert accountant.post(page_of(row, remedy), {"reason": "x"}).status_code == 404
    assert SyncRecord.objects.get().state == State.FAILED
    assert not Event.objects.exists()
