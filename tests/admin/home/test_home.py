"""The first page and the pages of units: numbers that agree with the lists that they lead to."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import Role
from sync.models import Drift, SyncRecord
from tests import factories
from tests.admin.conftest import settle

State = SyncRecord.State


def card(client, name):
    [found] = [one for one in client.get("/admin/").context["cards"] if one.unit.name == name]
    return {figure["title"]: figure for figure in found.figures}


def paid(unit, number, amount="150.00"):
    invoice = factories.InvoiceFactory(business_unit=unit, number=number, subtotal=Decimal(amount))
    factories.PaymentFactory(invoice=invoice, amount=Decimal(amount))
    return invoice


def test_each_number_is_the_length_of_the_list_it_leads_to(exporter, riverside, part_paid):
    paid(riverside, "1", "0.10")
    paid(riverside, "2", "0.20")
    settle(paid(riverside, "3"), State.FAILED)
    exported = paid(riverside, "4")
    settle(exported, State.EXPORTED)
    factories.RefundFactory(payment=exported.payments.get())
    record = SyncRecord.objects.get(payment=exported.payments.get())
    Drift.objects.create(
        record=record,
        business_unit=riverside,
        side="quickbooks",
        changes=[{"field": "total", "was": "150.00", "now": "140.00"}],
        changed_at=timezone.now(),
    )
    figures = card(exporter, "Riverside")
    assert {title: figure["text"] for title, figure in figures.items()} == {
        "Ready to export": "2 · $0.30",
        "Not ready": "2",
        "Problems": "1",
        "Refunds to adjust": "1",
        "Changes after export": "1",
    }
    for figure in figures.values():
        count = int(figure["text"].split(" ")[0])
        listed = exporter.get(figure["link"]).context["cl"].result_list
        assert len(listed) == count, figure["title"]


def test_only_own_units_are_on_the_page(exporter, foreign):
    page = exporter.get("/admin/")
    assert [one.unit.name for one in page.context["cards"]] == ["Riverside"]
    assert "Harbor" not in page.content.decode()


def test_the_connection_is_said_in_a_word(sign_in, riverside, foreign):
    client = sign_in(riverside, Role.VIEWER)
    factories.MembershipFactory(user=client.user, business_unit=foreign, role=Role.VIEWER)
    lonely = factories.BusinessUnitFactory(name="Zeta")
    factories.MembershipFactory(user=client.user, business_unit=lonely, role=Role.VIEWER)
    foreign.quickbooks_company.status = "needs_reconnect"
    foreign.quickbooks_company.save()
    words = {one.unit.name: one.connection[0] for one in client.get("/admin/").context["cards"]}
    assert words == {"Riverside": "Connected", "Harbor": "Reconnect", "Zeta": "Not connected"}
    assert "Export payments" not in client.get("/admin/").content.decode()


def test_queries_do_not_grow_with_payments(exporter, riverside, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    paid(riverside, "1")
    exporter.get("/admin/")
    with CaptureQueriesContext(connection) as one:
        exporter.get("/admin/")
    paid(riverside, "2")
    settle(paid(riverside, "3"), State.FAILED)
    with django_assert_num_queries(len(one)):
        exporter.get("/admin/")


def test_the_sidebar_uses_the_users_words(exporter, sign_in, riverside):
    def titles(client):
        groups = client.get("/admin/").context["sidebar_navigation"]
        return [item["title"] for group in groups for item in group["items"]]

    everyone = [
        "Home",
        "Payments",
        "Invoices",
        "Customers",
        "Refunds",
        "Sources",
        "Imports",
        "Waiting to attach",
        "Refunds to adjust",
        "Changes after export",
        "Found in QuickBooks",
        "Tie-outs",
        "Exports",
        "Documents in QuickBooks",
        "Business units",
        "Activity",
    ]
    assert titles(exporter) == everyone
    resolving = [*everyone[:-2], "Customers to match", "What QuickBooks holds", *everyone[-2:-1]]
    manager = sign_in(riverside, Role.ADMINISTRATOR)
    assert titles(manager) == [*resolving, "People", "Activity"]
    assert titles(sign_in(is_superuser=True)) == [
        *resolving,
        "Corporate defaults",
        "People",
        "Roles",
        "Activity",
        "Operations",
    ]


def test_a_units_drop_downs_lead_to_its_payments_and_its_set_up(exporter, viewer, riverside):
    url = f"/admin/sync/businessunit/{riverside.pk}/"
    menus = {
        menu["title"]: {str(item["title"]): item["path"] for item in menu["items"]}
        for menu in exporter.get(f"{url}change/").context["actions_detail"]
    }
    assert {title: list(items) for title, items in menus.items()} == {
        "Export to QuickBooks": ["Payments"],
        "Source": ["Source of invoices and payments"],
        "QuickBooks Integration": ["Integration Setup"],
    }
    paid(riverside, "1")
    answer = exporter.get(menus["Export to QuickBooks"]["Payments"])
    assert answer["Location"] == f"/admin/sync/payment/?status=ready&unit={riverside.pk}"
    assert len(exporter.get(answer["Location"]).context["cl"].result_list) == 1
    answer = exporter.get(menus["QuickBooks Integration"]["Integration Setup"])
    assert answer.status_code == 302
    titles = [menu["title"] for menu in viewer.get(f"{url}change/").context["actions_detail"]]
    assert titles == ["Source", "QuickBooks Integration"]


def test_only_those_who_manage_change_a_unit(accountant, sign_in, riverside):
    data = {"name": "Riverside West", "timezone": "America/Chicago", "export_start_date": ""}
    url = f"/admin/sync/businessunit/{riverside.pk}/change/"
    assert accountant.post(url, data).status_code == 403
    riverside.refresh_from_db()
    assert riverside.name == "Riverside"
    manager = sign_in(riverside, Role.ADMINISTRATOR)
    assert manager.post(url, {**data, "timezone": "Mars"}).context["errors"]
    assert manager.post(url, {**data, "code": "stolen", "currency": "EUR"}).status_code == 302
    riverside.refresh_from_db()
    assert (riverside.name, riverside.code, riverside.currency) == (
        "Riverside West",
        "riverside",
        "USD",
    )
    assert manager.get("/admin/sync/businessunit/add/").status_code == 403
