"""What QuickBooks holds already, through the screen: lists, decisions, roles, number of queries."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from sync.exports.books import deciding
from sync.exports.runs.drafts import prepare
from sync.models import (
    BooksDocument,
    BooksMatch,
    CompanyRequest,
    Event,
    Invoice,
    SyncRecord,
    UnitSetup,
)
from tests import factories
from tests.admin.conftest import messages_of

LIST = reverse("admin:sync_booksmatch_changelist")


@pytest.fixture
def held(riverside):
    """Enter an invoice here, and what of it QuickBooks holds, with what is doubtful of that."""

    def make(number, *doubts, unit=riverside, theirs=None, **more):
        invoice = factories.InvoiceFactory(business_unit=unit, number=number)
        factories.PaymentFactory(invoice=invoice, amount=invoice.total)
        document = BooksDocument.objects.create(
            company=unit.quickbooks_company,
            kind="Invoice",
            qbo_id=str(100 + BooksDocument.objects.count()),
            number=theirs or number,
            number_key=(theirs or number).casefold(),
            customer="7",
            customer_name="Ann Lee",
            day=date(2026, 5, 4),
            total=more.pop("total", invoice.total),
            tax=invoice.tax_total,
            left_open=invoice.total,
            read_at=timezone.now(),
        )
        return BooksMatch.objects.create(
            company=unit.quickbooks_company,
            business_unit=unit,
            invoice=invoice,
            number=number,
            standing="look" if doubts else "certain",
            doubt=doubts[0] if doubts else "",
            document=document,
            candidates=[[document.pk, list(doubts)]],
        )

    return make


def shown(client, unit, standing="certain", **more):
    response = client.get(LIST, {"unit": unit.pk, "standing": standing, **more})
    assert response.status_code == 200
    return [row.number for row in response.context["cl"].result_list]


def page_of(match):
    return reverse("admin:sync_booksmatch_change", args=[match.pk])


def stands():
    """Return everything that a decision could touch."""
    return (
        list(BooksMatch.objects.values_list("number", "chosen", "is_declined").order_by("pk")),
        set(Invoice.objects.exclude(do_not_export_at=None).values_list("number", flat=True)),
        list(UnitSetup.objects.values_list("books", "books_by")),
        CompanyRequest.objects.count(),
        SyncRecord.objects.count(),
        Event.objects.count(),
    )


def test_each_tab_and_filter_has_its_own(accountant, riverside, held):
    held("A-1")
    held("B-1", "number", theirs="qb-1")
    held("B-2", "total", total=Decimal("1.00"))
    BooksMatch.objects.filter(pk=held("C-1", "total").pk).update(is_declined=True)
    assert shown(accountant, riverside) == ["A-1"]
    assert shown(accountant, riverside, "look") == ["B-1", "B-2"]
    assert shown(accountant, riverside, "look", doubt="total") == ["B-2"]
    assert shown(accountant, riverside, "declined") == ["C-1"]
    response = accountant.get(LIST, {"unit": riverside.pk})
    titles = [tab["title"] for tab in response.context["cl"].tabs()]
    assert titles == ["Certain (1)", "To look at (2)", "To be exported (1)"]


def test_a_list_of_three_takes_as_many_queries_as_one_of_one(
    accountant, riverside, held, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    held("A-1")
    with CaptureQueriesContext(
        connection,
    ) as one:
        shown(accountant, riverside)
    held("A-2")
    held("A-3")
    with CaptureQueriesContext(connection) as three:
        shown(accountant, riverside)
    assert len(three) == len(one)


def test_all_that_is_certain_is_linked_after_a_question(accountant, riverside, held):
    first, second, _ = held("A-1"), held("A-2"), held("B-1", "total")
    address = reverse("admin:sync_booksmatch_link", args=[riverside.pk])
    assert "Link all 2 certain invoices?" in accountant.get(address).content.decode()
    assert not CompanyRequest.objects.exists()
    response = accountant.post(address, follow=True)
    assert messages_of(response) == ["2 to be linked; that is done now."]
    chosen = dict(BooksMatch.objects.values_list("number", "chosen"))
    assert chosen == {"A-1": first.document_id, "A-2": second.document_id, "B-1": None}
    assert CompanyRequest.objects.get().kind == deciding.LINK


def test_all_that_is_certain_can_be_held_instead(accountant, riverside, held):
    held("A-1")
    held("B-1", "total")
    UnitSetup.objects.update(books="")
    accountant.post(reverse("admin:sync_booksmatch_hold", args=[riverside.pk]))
    held_now = Invoice.objects.exclude(do_not_export_at=None)
    assert [(i.number, i.do_not_export_by) for i in held_now] == [("A-1", accountant.user)]
    assert UnitSetup.objects.get().books == ""
    assert shown(accountant, riverside) == []


def test_the_page_shows_both_sides_and_takes_each_decision(accountant, riverside, held):
    odd = held("B-1", "total", total=Decimal("1.00"))
    like = held("B-2", "number", theirs="qb-9")
    text = accountant.get(page_of(odd)).content.decode()
    assert "Its total is another one." in text
    assert "$150.00" in text
    assert '<td class="paidup-bad">$1.00</td>' in text
    assert "This is it: link" not in text
    response = accountant.post(page_of(odd), {"decision": "link", "document": odd.document_id})
    assert response.url == page_of(odd)
    assert BooksMatch.objects.get(pk=odd.pk).chosen is None
    response = accountant.post(page_of(odd), {"decision": "decline"})
    assert response.url == page_of(like)
    assert "This is it: link" in accountant.get(page_of(like)).content.decode()
    accountant.post(page_of(like), {"decision": "link", "document": like.document_id})
    like.refresh_from_db()
    assert (like.chosen_id, like.chosen_by) == (like.document_id, accountant.user)
    assert BooksMatch.objects.get(pk=odd.pk).is_declined


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_others_change_nothing(sign_in, riverside, held, role):
    client = sign_in(riverside, role)
    row = held("A-1")
    before = stands()
    unit = [riverside.pk]
    assert client.get(LIST).status_code in {403, 200}
    for address in (
        reverse("admin:sync_booksmatch_link", args=unit),
        reverse("admin:sync_booksmatch_hold", args=unit),
        reverse("admin:sync_businessunit_quickbooks_books_read", args=unit),
        reverse("admin:sync_businessunit_quickbooks_books_skip", args=unit),
        reverse("admin:sync_businessunit_quickbooks_books_finish", args=unit),
    ):
        assert client.post(address).status_code == 404
    assert client.post(page_of(row), {"decision": "hold"}).status_code in {403, 404}
    action = {"action": "hold_selected", "_selected_action": [row.pk]}
    client.post(f"{LIST}?unit={riverside.pk}", action)
    assert stands() == before


def test_another_unit_is_not_told_to_exist(accountant, foreign, held):
    row = held("A-1", unit=foreign)
    before = stands()
    assert accountant.get(page_of(row)).status_code == 404
    assert accountant.post(page_of(row), {"decision": "hold"}).status_code == 404
    address = reverse("admin:sync_booksmatch_link", args=[foreign.pk])
    assert accountant.post(address).status_code == 404
    assert shown(accountant, foreign) == []
    assert stands() == before


def test_only_an_administrator_skips_and_is_named(sign_in, accountant, riverside, held):
    held("A-1")
    UnitSetup.objects.update(books="", books_by=None)
    skip = reverse("admin:sync_businessunit_quickbooks_books_skip", args=[riverside.pk])
    assert accountant.post(skip).status_code == 404
    owner = sign_in(riverside, Role.ADMINISTRATOR, username="olga")
    owner.post(skip)
    setup = UnitSetup.objects.get()
    assert (setup.books, setup.books_by.username) == ("skipped", "olga")
    event = Event.objects.get(action="books_skipped")
    assert (event.actor.username, event.business_unit) == ("olga", riverside)
    page = reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk])
    assert "skipped by olga" in owner.get(page).content.decode()


def test_the_preview_leads_to_what_is_to_be_decided(sign_in, riverside, held):
    row = held("A-1")
    exporter = sign_in(riverside, Role.EXPORTER)
    [run] = prepare([row.invoice.payments.get().pk], exporter.user)
    item = run.items.get()
    assert (item.reason_code, item.reason) == (
        "IN_BOOKS",
        "An invoice in Riverside LLC may be Invoice A-1 (another customer). Decide about it under"
        " What QuickBooks holds.",
    )
    address = f"{reverse('admin:sync_exportrun_preview')}?run={run.pk}"
    text = exporter.get(address).content.decode()
    assert f'href="{LIST}?unit={riverside.pk}">Decide about what QuickBooks holds already' in text
    UnitSetup.objects.update(books="")
    [run] = prepare([row.invoice.payments.get().pk], exporter.user)
    text = exporter.get(f"{reverse('admin:sync_exportrun_preview')}?run={run.pk}").content.decode()
    assert "Go to the set-up of Riverside" in text
    assert run.items.get().reason_code == "SETUP_INCOMPLETE"
