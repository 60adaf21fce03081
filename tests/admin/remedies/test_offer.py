"""Remedies that speak to QuickBooks, by the screen: asked first, done by the relay, told of."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from sync import tasks
from sync.models import CompanyRequest, Event, SyncRecord
from tests import factories
from tests.admin.conftest import messages_of, record_of, settle
from tests.exports import ledger
from tests.exports.conftest import Bookkeeper

State = SyncRecord.State
ASK = "/admin/sync/companyrequest/ask/"
LINK = "/admin/sync/companyrequest/link/"


def offered(client, row):
    url = f"/admin/sync/{row._meta.model_name}/{row.pk}/change/"
    return [str(action["title"]) for action in client.get(url).context["actions_detail"]]


def act(client, model, action, rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(list_of(model), data, follow=True)


def list_of(model):
    return f"/admin/sync/{model}/" + ("?status=all" if model == "payment" else "")


def confirm(client, page):
    """Press the button of a page that asks, and let the relay serve it."""
    page = client.post(ASK, page.context["hidden"], follow=True)
    for company_id in CompanyRequest.objects.filter(state="waiting").values_list("company"):
        tasks.relay(company_id[0])
    return client.get(page.wsgi_request.get_full_path())


def told(page):
    return [
        (outcome["name"], outcome["words"])
        for asked in page.context["asked"]
        for outcome in asked["outcomes"]
    ]


# Without a network -------------------------------------------------------------------------------


def test_buttons_say_what_can_be_done(accountant, exporter, viewer, fully_paid):
    payment = fully_paid.payments.first()
    assert offered(accountant, payment) == ["Record a refund"]
    settle(fully_paid, State.EXPORTED)
    now = ["Check again", "Remove from QuickBooks"]
    assert offered(accountant, payment) == ["Record a refund", *now]
    assert offered(accountant, fully_paid) == ["Record a payment", "Do not export", *now]
    record = SyncRecord.objects.get(invoice=fully_paid)
    assert offered(accountant, record) == now
    SyncRecord.objects.filter(pk=record.pk).update(state="mismatch", error_code="GONE")
    assert offered(accountant, record) == ["Check again", "Unlink", "Remove from QuickBooks"]
    SyncRecord.objects.filter(pk=record.pk).update(state="failed", error_code="6140", qbo_id="")
    assert offered(accountant, record) == ["Compare and link"]
    for client in (exporter, viewer):
        for row in (payment, fully_paid, record):
            assert offered(client, row) == []


@pytest.mark.parametrize(
    ("remedy", "title"),
    [
        ("check_one", "Check again in QuickBooks?"),
        ("unlink_one", "Unlink what was deleted in QuickBooks?"),
        ("remove_one", "Remove from QuickBooks?"),
    ],
)
def test_each_is_asked_first_and_asking_moves_nothing(accountant, fully_paid, remedy, title):
    settle(fully_paid, State.EXPORTED)
    before = list(SyncRecord.objects.order_by("pk").values())
    for row in (fully_paid, fully_paid.payments.first()):
        page = accountant.get(f"/admin/sync/{row._meta.model_name}/{row.pk}/{remedy}/")
        assert page.context["title"] == title
        assert page.context["counted"] == "1 invoice and 3 payments"
        assert [row.name for row in page.context["rows"]] == [
            "Invoice 1042",
            "Payment of $70.00, 1 May 2026, Invoice 1042",
            "Payment of $30.00, 6 May 2026, Invoice 1042",
            "Payment of $50.00, 9 May 2026, Invoice 1042",
        ]
    assert list(SyncRecord.objects.order_by("pk").values()) == before
    assert not CompanyRequest.objects.exists()


def test_one_refused_document_keeps_its_whole_invoice(accountant, fully_paid):
    settle(fully_paid, State.EXPORTED)
    payment = fully_paid.payments.order_by("pk").first()
    factories.RefundFactory(payment=payment, amount=Decimal("20.00"))
    page = act(accountant, "payment", "remove", [payment])
    assert page.context["going"] == ""
    assert {row.refused for row in page.context["rows"]} == {
        "Payment of $70.00, 1 May 2026: Its refund of $20.00 is still to adjust. Say first, under"
        " Refunds to adjust, that no adjustment is needed because the payment leaves QuickBooks."
    }
    ids = ",".join(str(pk) for pk in SyncRecord.objects.values_list("pk", flat=True))
    page = accountant.post(ASK, {"remedy": "remove", "records": ids}, follow=True)
    assert messages_of(page)[0].startswith("Payment of $70.00, 1 May 2026: Its refund of $20.00")
    assert not CompanyRequest.objects.exists()


def test_a_list_asks_in_a_fixed_number_of_queries(
    accountant, riverside, django_assert_max_num_queries
):
    def exported(count):
        for _ in range(count):
            payment = factories.PaymentFactory(invoice__business_unit=riverside)
            settle(payment.invoice, State.EXPORTED)
            yield payment

    few = list(exported(2))
    many = list(exported(9))
    with django_assert_max_num_queries(50) as counted:
        act(accountant, "payment", "remove", few)
    with django_assert_max_num_queries(len(counted)):
        act(accountant, "payment", "remove", many)


@pytest.mark.parametrize("model", ["payment", "invoice", "syncrecord"])
def test_everything_across_pages_is_counted_before_it_is_read(
    accountant, riverside, monkeypatch, model
):
    monkeypatch.setattr("sync.exports.remedies.requests.MOST_AT_ONCE", 2)
    for _ in range(3):
        payment = factories.PaymentFactory(invoice__business_unit=riverside)
        record_of(payment, "payment", State.EXPORTED)
    [first, *_] = type(payment).objects.all() if model == "payment" else SyncRecord.objects.all()
    first = payment.invoice if model == "invoice" else first
    data = {"action": "check_again", "_selected_action": [first.pk], "select_across": "1"}
    with CaptureQueriesContext(connection) as asked:
        page = accountant.post(list_of(model), data)
    whole = r'"sync_(payment"."reference|syncrecord"."content)'
    read = [query for query in asked if re.search(whole, query["sql"])]
    assert len(read) == (model == "payment")  # the list's own page
    assert messages_of(accountant.get(page["Location"])) == [
        "You chose more than 2 rows; at most 2 go at once. Narrow the list."
    ]


def test_a_few_rows_may_be_too_many_documents(accountant, fully_paid, monkeypatch):
    settle(fully_paid, State.EXPORTED)
    words = "What you chose is more than {} documents, as an invoice counts with each of its"
    words += " payments. Choose less."
    for name, remedy, most in (
        ("MOST_AT_ONCE", "check_again", 3),
        ("MOST_REMOVED", "remove", 3),
        ("MOST_REMOVED", "remove", 1),
    ):
        monkeypatch.setattr(f"sync.exports.remedies.requests.{name}", most)
        page = act(accountant, "invoice", remedy, [fully_paid])
        assert messages_of(page) == [words.format(most)]
    monkeypatch.setattr("sync.exports.remedies.requests.MOST_REMOVED", 4)
    assert act(accountant, "invoice", "remove", [fully_paid]).context["counted"] == (
        "1 invoice and 3 payments"
    )
    assert not CompanyRequest.objects.exists()


def test_what_is_of_no_use_is_said(accountant, fully_paid):
    page = act(accountant, "payment", "check_again", fully_paid.payments.all())
    assert messages_of(page) == ["There is nothing to do for what was chosen."]


@pytest.mark.parametrize("remedy", ["check_again", "compare", "unlink", "remove"])
def test_those_who_may_not_resolve_ask_for_nothing(exporter, viewer, fully_paid, remedy):
    settle(fully_paid, State.EXPORTED)
    record_of(fully_paid.customer, "customer", State.FAILED, error_code="6240")
    before = list(SyncRecord.objects.order_by("pk").values())
    ids = ",".join(str(pk) for pk in SyncRecord.objects.values_list("pk", flat=True))
    payment = fully_paid.payments.first()
    for client in (exporter, viewer):
        assert client.post(ASK, {"remedy": remedy, "records": ids}).status_code == 403
        one = remedy.replace("_again", "") + "_one"
        assert client.get(f"/admin/sync/payment/{payment.pk}/{one}/").status_code == 403
        page = act(client, "payment", remedy, [payment])
        assert "going" not in page.context
    assert not CompanyRequest.objects.exists()
    assert list(SyncRecord.objects.order_by("pk").values()) == before
    assert not Event.objects.exists()


def test_foreign_documents_and_requests_are_not_found(accountant, foreign):
    payment = factories.PaymentFactory(invoice__business_unit=foreign)
    settle(payment.invoice, State.EXPORTED)
    record = SyncRecord.objects.first()
    request = factories.CompanyRequestFactory(
        kind="compare",
        business_unit=foreign,
        company=foreign.quickbooks_company,
        params={"documents": []},
    )
    assert accountant.get(f"/admin/sync/payment/{payment.pk}/remove_one/").status_code == 404
    data = {"remedy": "remove", "records": str(record.pk)}
    assert accountant.post(ASK, data).status_code == 404
    for page in ("outcome", "moved"):
        url = f"/admin/sync/companyrequest/{page}/?request={request.pk}"
        assert accountant.get(url).status_code == 404
    assert accountant.post(LINK, {"request": request.pk, "record": record.pk}).status_code == 404
    assert CompanyRequest.objects.count() == 1
    assert accountant.post(ASK, {"remedy": "verify", "records": "1"}).status_code == 404
    assert accountant.get(ASK).status_code == 405


# With the simulator ------------------------------------------------------------------------------


@pytest.fixture
def books(unit, sign_in):
    return sign_in(unit, Role.ACCOUNTANT, username="lee")


@pytest.fixture
def bookkeeper(simulator, unit):
    return Bookkeeper(simulator, unit.quickbooks_company.realm_id)


@pytest.mark.django_db(transaction=True)
def test_check_unlink_and_remove_by_the_screen(simulator, unit, paid, export, books, bookkeeper):
    export()
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.delete("Payment", payment)
    ours = paid.payments.get(amount=70)
    page = confirm(books, act(books, "payment", "check_again", [ours]))
    assert page.context["asked"][0]["headline"] == "3 of 5 documents equal ours in QuickBooks"
    page = books.get(ours.get_absolute_url())
    assert page.context["standing"].label == "Exported, check"
    assert "Unlink it" in page.context["standing"].words

    page = confirm(books, books.get(f"/admin/sync/payment/{ours.pk}/unlink_one/"))
    assert page.context["asked"][0]["headline"] == "1 of 4 documents unlinked"
    assert ledger.payments(simulator, unit) == [
        (Decimal("30.00"), Decimal("0.00"), "2026-05-06", "R-1042"),
        (Decimal("50.00"), Decimal("0.00"), "2026-05-09", "R-1042"),
    ]
    confirm(books, books.get(f"/admin/sync/invoice/{paid.pk}/check_one/"))
    page = confirm(books, books.get(f"/admin/sync/invoice/{paid.pk}/remove_one/"))
    assert page.context["asked"][0]["headline"] == "3 of 3 documents removed from QuickBooks"
    assert ledger.invoices(simulator, unit) == {}
    assert ledger.payments(simulator, unit) == []
    page = books.get(ours.get_absolute_url())
    assert page.context["standing"].label == "Do not export"
    assert "Removed from QuickBooks by lee." in page.context["standing"].words


@pytest.mark.django_db(transaction=True)
def test_compare_and_link_by_the_screen(simulator, unit, paid, export, books, bookkeeper):
    theirs = bookkeeper.send("Customer", {"DisplayName": paid.customer.display_name})
    export(status=1)
    before = bookkeeper.books()
    payment = paid.payments.first()
    page = confirm(books, books.get(f"/admin/sync/payment/{payment.pk}/compare_one/"))
    [asked] = page.context["asked"]
    [pair] = asked["pairs"]
    assert pair["rows"][0][:3] == ["Name", paid.customer.display_name, theirs["DisplayName"]]
    assert asked["may_link"]
    assert "The two are the same" in page.content.decode()
    page = books.post(LINK, {"request": asked["request"].pk}, follow=True)
    assert messages_of(page) == ["Choose what is to be linked; compare again if the page is old."]
    assert bookkeeper.books() == before
    data = {"request": asked["request"].pk, "record": pair["record"]}
    page = books.post(LINK, data, follow=True)
    tasks.relay(unit.quickbooks_company_id)
    page = books.get(page.wsgi_request.get_full_path())
    assert told(page) == [(str(paid.customer), "Linked.")]
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    [invoice] = bookkeeper.ours("Invoice")
    assert invoice["CustomerRef"]["value"] == theirs["Id"]
    assert len(bookkeeper.ours("Payment")) == 3
