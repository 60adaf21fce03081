"""Do not export, allow again, release and retry for many, by the screen: asked, then done."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from sync.models import Event, ExportRun, ExportRunItem, Invoice, SyncRecord
from tests import factories
from tests.admin.conftest import messages_of, record_of, settle

State = SyncRecord.State
DECIDE = "/admin/sync/invoice/decide/"
ACTIONS = ["retry_many", "hold_many", "allow_many", "release_many"]


def act(client, model, action, rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    query = "?status=all" if model == "payment" else ""
    return client.post(f"/admin/sync/{model}/{query}", data, follow=True)


def confirm(client, page, reason=""):
    """Press the button of a page that asks."""
    return client.post(DECIDE, page.context["hidden"] | {"reason": reason}, follow=True)


def told(page):
    """Return what the page says of each invoice: that it is left out, or what will happen."""
    return {
        row.name.removeprefix("Invoice "): row.refused or row.words for row in page.context["rows"]
    }


def refused(invoice):
    """Give an invoice a record that failed and payments that wait behind it."""
    record_of(invoice, "invoice", State.FAILED, error="No such item.", error_code="2500")
    for payment in invoice.payments.all():
        record_of(payment, "payment", State.PENDING)


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Invoice, SyncRecord)]


@pytest.fixture
def paid(riverside):
    """Return a function that makes an invoice of $150.00 with one payment."""

    def made(number, unit=riverside, **invoice):
        invoice = factories.InvoiceFactory(business_unit=unit, number=number, **invoice)
        factories.PaymentFactory(invoice=invoice)
        return invoice

    return made


def test_many_are_held_and_allowed_again(accountant, fully_paid, paid):
    ready, queued, there = paid("7"), paid("8"), paid("9")
    settle(queued, State.PENDING)
    settle(there, State.EXPORTED)
    payments = [invoice.payments.first() for invoice in (fully_paid, ready, queued, there)]
    before = everything()
    page = act(accountant, "payment", "hold_many", payments)
    assert page.context["title"] == "Do not export these invoices?"
    assert page.context["counted"] == "3 invoices"
    assert told(page) == {
        "9": "Invoice 9 is in QuickBooks or on its way there already.",
        "8": "What waits of it is taken back. Stays out of every export with its payment.",
        "7": "Stays out of every export with its payment.",
        "1042": "Stays out of every export with its 3 payments.",
    }
    assert page.context["rows"][0].name == "Invoice 9"
    assert everything() == before
    again = confirm(accountant, page, reason=" ")
    assert again.context["form"].errors == {"reason": ["This field is required."]}
    assert again.context["going"] == page.context["going"]
    assert everything() == before
    done = confirm(accountant, again, reason="Paid in the old books")
    assert messages_of(done) == ["3 invoices will not be exported."]
    assert done.wsgi_request.get_full_path() == "/admin/sync/payment/?status=all"
    held = Invoice.objects.filter(do_not_export_reason="Paid in the old books")
    assert set(held.values_list("number", "do_not_export_by")) == {
        (number, accountant.user.pk) for number in ("1042", "7", "8")
    }
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}

    page = act(accountant, "invoice", "allow_many", [fully_paid, ready, there])
    assert told(page)["9"] == "Invoice 9 is not marked Do not export."
    assert told(page)["7"].startswith("Marked by lee on ")
    assert told(page)["7"].endswith(
        ": Paid in the old books May be exported again with its payment."
    )
    assert page.context["form"] is None
    done = confirm(accountant, page)
    assert messages_of(done) == ["2 invoices may be exported again."]
    assert list(Invoice.objects.exclude(do_not_export_at=None)) == [queued]
    assert (
        list(Event.objects.order_by("pk").values_list("action", "subject_kind", "actor__username"))
        == [("do_not_export", "invoice", "lee")] * 3 + [("allow_export", "invoice", "lee")] * 2
    )


def test_many_are_released(accountant, fully_paid, part_paid, paid):
    other = paid("7")
    factories.RefundFactory(payment=fully_paid.payments.first(), amount=Decimal("20.00"))
    factories.RefundFactory(payment=other.payments.first(), amount=Decimal("5.00"))
    whole = paid("8")
    page = act(accountant, "invoice", "release_many", [fully_paid, other, whole])
    assert told(page) == {
        "8": "Only an invoice that a refund made due again can be released; invoice 8 is not one.",
        "7": "$5.00 was refunded. May be exported as paid in full, with its payment.",
        "1042": "$20.00 was refunded. May be exported as paid in full, with its 3 payments.",
    }
    done = confirm(accountant, page, reason="Goodwill")
    assert messages_of(done) == ["2 invoices are released."]
    released = Invoice.objects.exclude(released_at=None)
    assert set(released.values_list("number", "release_reason", "released_by__username")) == {
        ("1042", "Goodwill", "lee"),
        ("7", "Goodwill", "lee"),
    }
    page = act(accountant, "invoice", "release_many", [other])
    assert told(page) == {"7": "Invoice 7 is released already."}
    assert page.context["going"] == ""
    assert "None of these can be chosen" in page.content.decode()


@pytest.mark.parametrize("model", ["payment", "invoice", "syncrecord"])
def test_many_are_retried_from_each_list(accountant, fully_paid, paid, model):
    other, there, differs = paid("7"), paid("8"), paid("9")
    refused(fully_paid)
    refused(other)
    settle(there, State.EXPORTED)
    settle(differs, State.MISMATCH)
    invoices = [fully_paid, other, there, differs]
    rows = {
        "payment": [invoice.payments.first() for invoice in invoices],
        "invoice": invoices,
        "syncrecord": SyncRecord.objects.filter(invoice__in=invoices),
    }[model]
    page = act(accountant, model, "retry_many", rows)
    assert told(page) == {
        "8": "Nothing of invoice 8 failed in a way that can be retried.",
        "9": "Invoice 9 is in QuickBooks, but differs: check it again instead.",
        "7": "Sent again: the invoice.",
        "1042": "Sent again: the invoice.",
    }
    assert {row.name[8:]: row.standing.label for row in page.context["rows"]} == {
        "8": "Exported",
        "9": "Exported, check",
        "7": "Failed",
        "1042": "Failed",
    }
    assert SyncRecord.objects.filter(state=State.FAILED).count() == 2
    done = confirm(accountant, page)
    assert messages_of(done) == ["2 invoices are queued again."]
    queued = SyncRecord.objects.filter(state=State.PENDING)
    assert queued.count() == 6
    assert set(queued.values_list("error", "error_code")) == {("", "")}
    records = SyncRecord.objects.filter(invoice__in=[fully_paid, other])
    assert set(
        Event.objects.values_list("action", "subject_kind", "subject_id", "actor__username")
    ) == {("retry", "syncrecord", record.pk, "lee") for record in records}


def test_what_changes_before_the_button_is_pressed_is_refused_by_itself(accountant, paid):
    first, second = paid("7"), paid("8")
    page = act(accountant, "invoice", "hold_many", [first, second])
    settle(first, State.IN_FLIGHT, batch=factories.BatchRequestFactory())
    done = confirm(accountant, page, reason="Barter")
    assert messages_of(done) == [
        "1 invoice will not be exported.",
        "Invoice 7 is in QuickBooks or on its way there already.",
    ]
    assert list(Invoice.objects.exclude(do_not_export_at=None)) == [second]


def test_rows_that_mean_no_invoice_are_left_out_by_name(accountant, riverside, paid):
    deposit = factories.DepositFactory(business_unit=riverside, amount=Decimal("70.00"))
    page = act(accountant, "payment", "hold_many", [deposit, paid("7").payments.first()])
    assert page.context["counted"] == "1 invoice"
    stray = page.context["rows"][0]
    assert (stray.name, stray.refused) == (
        f"Payment of $70.00, 10 May 2026 from {deposit.customer}",
        "It has no invoice yet.",
    )
    assert "1 is left out, listed first." in page.content.decode()
    customer = record_of(deposit.customer, "customer", State.EXPORTED)
    page = act(accountant, "syncrecord", "retry_many", [customer])
    stray = page.context["rows"][0]
    assert (stray.name, stray.refused) == (
        deposit.customer.display_name,
        "No invoice waits for this customer.",
    )
    assert page.context["going"] == ""


def test_a_refused_customer_is_retried_with_the_invoices_that_wait_for_it(accountant, paid):
    first = paid("7")
    second = paid("8", customer=first.customer)
    name = {"display_name": first.customer.display_name}
    customer = record_of(first.customer, "customer", State.FAILED, content=name)
    for invoice in (first, second):
        settle(invoice, State.PENDING)
    page = act(accountant, "syncrecord", "retry_many", [customer])
    assert told(page) == {"7": "Sent again: the customer.", "8": "Sent again: the customer."}
    assert messages_of(confirm(accountant, page)) == ["2 invoices are queued again."]
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"pending"}
    assert Event.objects.get().subject_id == customer.pk
    digests = SyncRecord.objects.filter(kind="invoice").values_list("content__digest", flat=True)
    assert all(digests)


def test_the_run_asks_before_it_retries_what_failed(accountant, exporter, riverside, paid):
    run = ExportRun.objects.create(
        business_unit=riverside,
        company=riverside.quickbooks_company,
        state="finished",
        confirmed_at="2026-05-04T10:00:00Z",
    )
    for number in ("7", "8", "9"):
        invoice = paid(number)
        if number == "9":
            settle(invoice, State.EXPORTED, run=run)
        else:
            refused(invoice)
        ExportRunItem.objects.create(run=run, payment=invoice.payments.get(), choice="selected")
    SyncRecord.objects.update(run=run)
    url = f"/admin/sync/exportrun/{run.pk}/retry/"
    before = everything()
    assert exporter.get(url).status_code == 403
    page = accountant.get(url)
    assert told(page) == {"7": "Sent again: the invoice.", "8": "Sent again: the invoice."}
    assert accountant.post(url).status_code == 405
    assert everything() == before
    done = confirm(accountant, page)
    assert messages_of(done) == ["2 invoices are queued again."]
    assert done.wsgi_request.path == run.get_absolute_url()
    run.refresh_from_db()
    assert (run.state, run.finished_at) == ("running", None)
    done = confirm(accountant, page)
    assert messages_of(done) == [
        "Nothing of invoice 8 failed in a way that can be retried.",
        "Nothing of invoice 7 failed in a way that can be retried.",
    ]


@pytest.mark.parametrize("decision", ["do_not_export", "allow_export", "release", "retry"])
def test_those_who_may_not_resolve_change_nothing(
    exporter, viewer, sign_in, foreign, fully_paid, decision
):
    refused(fully_paid)
    before = everything()
    data = {"decision": decision, "invoices": str(fully_paid.pk), "reason": "x"}
    for client in (exporter, viewer):
        assert client.post(DECIDE, data).status_code == 403
        offered = client.get("/admin/sync/invoice/").context.get("action_form")
        names = [name for name, _ in offered.fields["action"].choices] if offered else []
        assert not set(names) & set(ACTIONS)
    assert sign_in(foreign, Role.ACCOUNTANT).post(DECIDE, data).status_code in {403, 404}
    assert everything() == before
    assert not Event.objects.exists()


def test_one_foreign_invoice_among_them_changes_nothing(sign_in, riverside, foreign, paid):
    client = sign_in(riverside, Role.ACCOUNTANT)
    factories.MembershipFactory(user=client.user, business_unit=foreign, role=Role.VIEWER)
    ours, theirs = paid("7"), paid("8", unit=foreign)
    before = everything()
    page = act(client, "invoice", "hold_many", [ours, theirs])
    assert told(page).keys() == {"7"}
    assert messages_of(page) == ["1 was left out: you may not resolve for their business unit."]
    data = {"decision": "do_not_export", "invoices": f"{ours.pk},{theirs.pk}", "reason": "x"}
    assert client.post(DECIDE, data).status_code == 403
    factories.MembershipFactory._meta.model.objects.filter(business_unit=foreign).delete()
    assert client.post(DECIDE, data).status_code == 404
    assert everything() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"decision": "burn", "invoices": "1"},
        {"decision": "retry", "invoices": ""},
        {"decision": "retry", "invoices": "99999"},
        {"decision": "retry", "invoices": ",".join(map(str, range(1, 1002)))},
    ],
)
def test_what_the_page_never_asked_is_not_found(accountant, data):
    assert accountant.get(DECIDE).status_code in {404, 405}
    assert accountant.post(DECIDE, data).status_code == 404


def test_a_foreign_address_is_not_followed(accountant, paid):
    data = {"decision": "do_not_export", "invoices": paid("7").pk, "reason": "x"}
    answer = accountant.post(DECIDE, data | {"back": "https://example.com/"})
    assert answer["Location"] == "/admin/sync/invoice/"


def test_too_many_are_to_be_narrowed(accountant, paid, monkeypatch):
    monkeypatch.setattr("sync.admin.remedies.bulk.MOST_AT_ONCE", 1)
    page = act(accountant, "invoice", "hold_many", [paid("7"), paid("8")])
    assert messages_of(page) == ["Choose at most 1 invoices: narrow the list."]


@pytest.mark.parametrize("action", ACTIONS)
def test_asking_and_doing_take_a_fixed_number_of_queries(accountant, paid, action):
    def prepared(numbers):
        invoices = [paid(str(number)) for number in numbers]
        for invoice in invoices:
            if action == "retry_many":
                refused(invoice)
            if action == "release_many":
                factories.RefundFactory(payment=invoice.payments.get())
            if action == "allow_many":
                Invoice.objects.filter(pk=invoice.pk).update(
                    do_not_export_at="2026-05-04T10:00:00Z", do_not_export_by=accountant.user
                )
        return invoices

    def asked_and_done(invoices):
        with CaptureQueriesContext(connection) as asking:
            page = act(accountant, "invoice", action, invoices)
        assert len(page.context["going"].split(",")) == len(invoices)
        data = page.context["hidden"] | {"reason": "x"}
        with CaptureQueriesContext(connection) as doing:
            assert accountant.post(DECIDE, data).status_code == 302
        return len(asking), len(doing)

    asked_and_done(prepared([30]))  # what the unit lacks is found once
    few = asked_and_done(prepared(range(2)))
    assert asked_and_done(prepared(range(10, 19))) == few
