"""What needs somebody is said first, each as many as its list shows; and the first steps."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from sync.models import BusinessUnit, Stray, SyncRecord
from tests import factories
from tests.admin.conftest import settle
from tests.admin.home.test_home import paid

State = SyncRecord.State


def needs(client):
    return [
        (need.count, need.title, need.words, need.link)
        for need in client.get("/admin/").context["needs"]
    ]


def listed(client, link):
    return client.get(link).context["cl"].result_count


def test_each_need_is_as_many_as_its_list_shows(accountant, troubles):
    found = needs(accountant)
    assert [need[:3] for need in found] == [
        (4, "documents stopped", "The number is taken."),
        (2, "documents stopped", "It differs in QuickBooks."),
        (1, "refunds to adjust", "The oldest: 0 days."),
        (1, "changes after export", ""),
    ]
    assert [listed(accountant, need[3]) for need in found] == [4, 2, 1, 1]


def test_who_can_settle_nothing_is_told_of_nothing(exporter, viewer, troubles):
    assert needs(exporter) == needs(viewer) == []


def test_units_that_cannot_export_are_named_and_listed(sign_in, riverside, foreign):
    owner = sign_in(riverside, Role.ADMINISTRATOR)
    lost, new, unseen = foreign, *factories.BusinessUnitFactory.create_batch(2)
    for unit in (lost, new):
        factories.MembershipFactory(user=owner.user, business_unit=unit, role=Role.ADMINISTRATOR)
    lost.quickbooks_company.status = "needs_reconnect"
    lost.quickbooks_company.save()
    riverside.setups.update(finished_at=None)
    found = [(title, words) for _, title, words, _ in needs(owner)]
    assert found == [
        ("units to connect again", "Harbor. Nothing is exported."),
        ("units with set-up to finish", "Riverside. Nothing of theirs is ready."),
        ("units not connected", f"{new.name}. Nothing of theirs is ready."),
    ]
    assert unseen.name not in owner.get("/admin/").content.decode()
    for lacking, unit in (("reconnection", lost), ("setup", riverside), ("connection", new)):
        page = owner.get(f"/admin/sync/businessunit/?lacking={lacking}")
        assert [row.pk for row in page.context["cl"].result_list] == [unit.pk]


def test_ten_units_are_cards_and_all_of_more_are_in_a_table_that_is_searched(sign_in, riverside):
    client = sign_in(is_superuser=True)
    company = riverside.quickbooks_company
    factories.BusinessUnitFactory.create_batch(60, quickbooks_company=company)
    factories.BusinessUnitFactory(name="Niagara", quickbooks_company=company)
    settle(paid(riverside, "1"), State.FAILED, error_code="6140", error="The number is taken.")
    paid(riverside, "2", "0.10")
    page = client.get("/admin/").context
    assert (len(page["cards"]), page["cards"][0].unit.name) == (10, "Riverside")
    assert (page["listed"].paginator.count, page["totals"]) == (62, ["$0.10"])
    found = client.get("/admin/?q=nIAG").context["listed"]
    assert [card.unit.name for card in found] == ["Niagara"]
    assert client.get("/admin/?q=<b>&p=99").status_code == 200


def steps(client):
    return [(step.title, step.is_done) for step in client.get("/admin/").context["steps"]]


def test_the_first_administrator_is_led_until_the_first_export(sign_in, db):
    client = sign_in(is_superuser=True)
    assert steps(client) == [("Name your first business unit", False)]
    unit = factories.BusinessUnitFactory()
    assert steps(client) == [
        ("Name your first business unit", True),
        ("Invite people", False),
        ("Connect QuickBooks", False),
        ("Bring in invoices and payments", False),
        ("Export the first payments", False),
    ]
    for step in client.get("/admin/").context["steps"]:
        assert client.get(step.link).status_code == 200
    factories.MembershipFactory(business_unit=unit)
    unit.quickbooks_company = factories.QuickBooksCompanyFactory()
    unit.save()
    factories.UnitSetupFactory(business_unit=unit, company=unit.quickbooks_company)
    invoice = paid(unit, "1")
    assert [done for _, done in steps(client)] == [True, True, True, True, False]
    settle(invoice, State.EXPORTED)
    assert steps(client) == []


def test_only_who_manages_is_led(exporter, accountant):
    assert steps(exporter) == steps(accountant) == []


def test_a_business_unit_takes_its_time_zone_from_a_list_of_all(sign_in, db):
    client = sign_in(is_superuser=True)
    page = client.get("/admin/sync/businessunit/add/").content.decode()
    assert '<option value="America/New_York" selected>America/New York</option>' in page
    data = {"name": "Oslo", "code": "oslo", "currency": "NOK", "timezone": "UTC"}
    client.post("/admin/sync/businessunit/add/", data)
    unit = BusinessUnit.objects.get()
    assert unit.timezone == "UTC"
    page = client.get(f"/admin/sync/businessunit/{unit.pk}/change/").content.decode()
    assert '<option value="UTC" selected>UTC</option>' in page


def test_queries_do_not_grow_with_units(accountant, riverside, troubles):
    company = riverside.quickbooks_company
    accountant.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        accountant.get("/admin/")
    for unit in factories.BusinessUnitFactory.create_batch(20, quickbooks_company=company):
        factories.MembershipFactory(user=accountant.user, business_unit=unit, role=Role.ACCOUNTANT)
    accountant.get("/admin/")
    with CaptureQueriesContext(connection) as many:
        accountant.get("/admin/")
    assert len(many) <= len(few) <= 25


def test_what_was_found_in_quickbooks_for_no_unit_is_counted_for_who_sees_everything(
    sign_in, riverside
):
    Stray.objects.create(
        company=riverside.quickbooks_company,
        kind="invoice",
        qbo_id="9",
        marker="X:1",
        changed_at=timezone.now(),
    )
    root = sign_in(is_superuser=True)
    [need] = needs(root)
    assert need[:2] == (1, "documents found in QuickBooks")
    assert listed(root, need[3]) == 1
