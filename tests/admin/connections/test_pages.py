"""The QuickBooks page of a unit: who may do what, and that each button does exactly that."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from sync.admin.connections.selects import NONE, SAME, field_name
from sync.company import requests
from sync.connections.handshake import VERIFY
from sync.models import (
    CompanyRequest,
    ConnectAttempt,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    UnitMapping,
)
from tests.connections.conftest import fresh, stored
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
    PaymentFactory,
    UserFactory,
)

NAME = "admin:sync_businessunit_quickbooks"


def page(unit):
    return reverse(NAME, args=[unit.pk])


def button(name, unit):
    return reverse(f"{NAME}_{name}", args=[unit.pk])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def as_role(client, north):
    def sign_in(role, unit=north):
        user = MembershipFactory(business_unit=unit, role=role).user
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def owner_client(client, owner):
    client.force_login(owner)
    return client


def callback_of(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def connect(client, simulator, unit, realm):
    """Press the button, agree on the consent page, and come back as the browser does."""
    leaving = client.post(button("connect", unit))
    assert leaving.status_code == 302
    return client.get(callback_of(simulator.approve(leaving["Location"], realm)))


# --- Connecting -----------------------------------------------------------------------------


def test_connecting_by_the_button_ends_on_the_units_page(owner_client, simulator, north, realm):
    back = connect(owner_client, simulator, north, realm)
    assert (back.status_code, back["Location"], back.content) == (302, page(north), b"")
    assert said(back) == ["North is connected. QuickBooks is being read now."]
    north.refresh_from_db()
    assert north.quickbooks_company.realm_id == realm


def test_page_lets_its_form_lead_to_the_sign_in_and_nowhere_else(owner_client, simulator, north):
    policy = owner_client.get(page(north))["Content-Security-Policy"]
    assert re.search(r"form-action ([^;]*)", policy)[1] == f"'self' {simulator.url}"


def test_denied_consent_is_said_on_the_units_page(owner_client, simulator, north):
    leaving = owner_client.post(button("connect", north))
    before = stored()
    back = owner_client.get(callback_of(simulator.deny(leaving["Location"])))
    assert (back.status_code, back["Location"]) == (302, page(north))
    assert said(back) == [
        "You did not give consent, so North was not connected. Nothing was changed."
    ]
    assert stored() == before


def test_replayed_callback_is_said_on_the_units_page(owner_client, simulator, north, realm):
    leaving = owner_client.post(button("connect", north))
    address = callback_of(simulator.approve(leaving["Location"], realm))
    owner_client.get(address)
    before = stored()
    back = owner_client.get(address)
    assert back["Location"] == page(north)
    assert said(back)[-1].startswith("This answer from QuickBooks was already used.")
    assert stored() == before


@pytest.mark.parametrize("query", ["", "?state=forged&code=x&realmId=1", "?error=access_denied"])
def test_forged_callback_changes_nothing(owner_client, simulator, north, query):
    before = stored()
    back = owner_client.get(f"/quickbooks/callback/{query}")
    assert (back.status_code, back["Location"]) == (302, reverse("admin:index"))
    assert said(back)[0].startswith("This answer does not belong to a connection that you started")
    assert stored() == before


def test_callback_without_a_session_asks_to_sign_in_and_keeps_the_code_out_of_the_address(
    client, owner_client, simulator, north, realm
):
    leaving = owner_client.post(button("connect", north))
    address = callback_of(simulator.approve(leaving["Location"], realm))
    client.logout()
    before = stored()
    back = client.get(address)
    assert (back.status_code, back["Location"]) == (302, reverse("admin:login"))
    assert stored() == before


def test_callback_takes_get_only_and_is_never_kept(owner_client, north):
    assert owner_client.post("/quickbooks/callback/").status_code == 405
    assert "no-store" in owner_client.get("/quickbooks/callback/")["Cache-Control"]


def test_another_persons_callback_is_refused(client, owner_client, simulator, north, realm):
    leaving = owner_client.post(button("connect", north))
    address = callback_of(simulator.approve(leaving["Location"], realm))
    client.force_login(UserFactory(is_superuser=True))
    before = stored()
    back = client.get(address)
    assert back["Location"] == reverse("admin:index")
    assert "North" not in " ".join(said(back))
    assert stored() == before


def test_intuit_out_of_reach_is_said_on_the_page(owner_client, simulator, quick, north):
    quick.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid_configuration"
    back = owner_client.post(button("connect", north))
    assert back["Location"] == page(north)
    assert said(back) == [
        "QuickBooks' sign-in page cannot be reached right now. Please try again later."
    ]


# --- Joining --------------------------------------------------------------------------------


@pytest.fixture
def south(db):
    return BusinessUnitFactory(code="south", name="South")


@pytest.fixture
def joining(as_role, simulator, company, south):
    """South's owner on the page that asks whether to join North's company."""
    client = as_role(Role.ADMINISTRATOR, south)
    back = connect(client, simulator, south, company.realm_id)
    attempt = ConnectAttempt.objects.exclude(refresh_token="").get()
    assert back["Location"] == reverse(f"{NAME}_join", args=[attempt.pk])
    return client, back["Location"]


def test_join_page_asks_and_names_no_unit_that_the_person_may_not_see(joining, company, south):
    client, address = joining
    shown = client.get(address).content.decode()
    assert "You are connecting <em>South</em> to <strong>Northern Lights LLC</strong>" in shown
    assert f"(company {company.realm_id})" in shown
    assert "Another unit uses this company: continue only if intended." in shown
    assert "North<" not in shown
    assert "used by North" not in shown


def test_join_page_names_units_that_the_person_may_see(joining, connected, south):
    client, address = joining
    MembershipFactory(
        user=ConnectAttempt.objects.get(business_unit=south).requested_by, business_unit=connected
    )
    assert "It is used by North." in client.get(address).content.decode()


def test_joining_needs_the_persons_yes(joining, company, south):
    client, address = joining
    before = stored()
    client.get(address)
    assert stored() == before
    back = client.post(address, {"answer": "join"})
    assert back["Location"] == page(south)
    assert said(back)[-1] == "South is connected to Northern Lights LLC."
    south.refresh_from_db()
    assert south.quickbooks_company == company


def test_answering_no_leaves_everything(joining, company, south):
    client, address = joining
    client.post(address, {"answer": "no"})
    south.refresh_from_db()
    assert south.quickbooks_company is None
    assert fresh(company).refresh_token == company.refresh_token
    assert stored()["held"] == [(0,)]


def test_join_page_is_for_the_person_who_came_back_alone(joining, client, company, south):
    _, address = joining
    client.force_login(UserFactory(is_superuser=True))
    before = stored()
    assert client.post(address, {"answer": "join"})["Location"] == reverse("admin:index")
    assert stored() == before


# --- Who may --------------------------------------------------------------------------------


BUTTONS = ["connect", "verify", "disconnect"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER, Role.ACCOUNTANT])
@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_only_administrators_connect_and_disconnect(as_role, connected, role, name):
    client = as_role(role)
    before = stored()
    assert client.post(button(name, connected)).status_code == 404
    assert stored() == before
    assert not ConnectAttempt.objects.filter(used_at=None).exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_only_accountants_map_and_verify(as_role, connected, role):
    client = as_role(role)
    before = stored()
    assert client.post(page(connected), {}).status_code == 404
    assert client.post(button("verify", connected)).status_code == 404
    assert stored() == before


def test_viewers_read_the_page_without_its_buttons(as_role, connected):
    shown = as_role(Role.VIEWER).get(page(connected)).content.decode()
    assert "Northern Lights LLC" in shown
    for words in ("Connect to QuickBooks", "Disconnect", "Verify again", "Save mappings"):
        assert words not in shown
    selects = re.findall(r"<select[^>]*>", shown)
    assert len(selects) > 5
    assert all("disabled" in select for select in selects)


@pytest.mark.parametrize("name", [*BUTTONS, "progress", ""])
def test_a_unit_of_others_is_not_told_to_exist(as_role, connected, name):
    client = as_role(Role.ADMINISTRATOR, BusinessUnitFactory())
    address = button(name, connected) if name else page(connected)
    before = stored()
    assert client.get(address).status_code in {404, 405}
    assert client.post(address).status_code in {404, 405}
    assert stored() == before


@pytest.mark.parametrize("name", ["connect", "verify"])
def test_nothing_that_writes_runs_on_get(owner_client, connected, name):
    before = stored()
    assert owner_client.get(button(name, connected)).status_code == 405
    assert stored() == before


def test_strangers_are_led_to_sign_in(client, connected):
    back = client.get(page(connected))
    assert back.status_code == 302
    assert back["Location"].startswith(reverse("admin:login"))


# --- The page -------------------------------------------------------------------------------


def test_disconnecting_asks_first(owner_client, company, connected):
    shown = owner_client.get(button("disconnect", connected)).content.decode()
    assert "Disconnect North from Northern Lights LLC?" in shown
    assert fresh(company).status == "connected"
    back = owner_client.post(button("disconnect", connected))
    assert back["Location"] == page(connected)
    assert fresh(company).status == "disconnected"
    shown = owner_client.get(page(connected)).content.decode()
    assert "Connect to QuickBooks" in shown
    assert "Not connected" in shown


def test_progress_is_shown_until_the_page_is_due_anew(owner_client, connected, company):
    request = requests.ask(company, VERIFY, unit=connected)
    progress = button("progress", connected)
    shown = owner_client.get(page(connected)).content.decode()
    assert f'hx-get="{progress}"' in shown
    assert "paidup/renewing.js" in shown
    assert "Waiting for the background worker" in owner_client.get(progress).content.decode()
    requests.progress(request, "Reading its accounts", 2, 10)
    moving = owner_client.get(progress)
    for words in ("Reading its accounts", "2 of 10", 'aria-valuenow="20"'):
        assert words in moving.content.decode()
    assert "HX-Refresh" not in moving
    CompanyRequest.objects.filter(pk=request.pk).update(state="done")
    assert owner_client.get(progress)["HX-Refresh"] == "true"


def test_who_is_signed_out_meanwhile_keeps_what_is_shown(client, connected):
    progress = button("progress", connected)
    asked = client.get(progress, headers={"HX-Request": "true"})
    assert (asked.status_code, asked.content, asked["HX-Reswap"]) == (286, b"", "none")
    assert client.get(progress)["Location"] == f"/admin/login/?next={progress}"


def test_verify_again_asks_once(owner_client, connected, company):
    for _ in range(2):
        assert owner_client.post(button("verify", connected))["Location"] == page(connected)
    assert CompanyRequest.objects.filter(company=company, state="waiting").count() == 1


def test_failed_verification_is_said(owner_client, connected, company):
    CompanyRequest.objects.create(
        company=company, kind=VERIFY, state="failed", error="QuickBooks did not answer."
    )
    shown = owner_client.get(page(connected)).content.decode()
    assert "Verification failed" in shown
    assert "QuickBooks did not answer." in shown


def test_ended_connection_offers_to_reconnect(owner_client, connected, company):
    QuickBooksCompany.objects.update(status="needs_reconnect", status_detail="Intuit ended it.")
    shown = owner_client.get(page(connected)).content.decode()
    assert "Reconnect to QuickBooks" in shown
    assert "Intuit ended it. Mappings and waiting work are kept: reconnect to go on." in shown


@pytest.mark.parametrize(
    "change",
    [
        {"status": "needs_reconnect"},
        {"refresh_token_hard_expires_at": timezone.now() + timedelta(days=9)},
    ],
)
def test_who_cannot_reconnect_is_told_who_can(as_role, connected, change):
    QuickBooksCompany.objects.update(**change)
    shown = as_role(Role.ACCOUNTANT).get(page(connected)).content.decode()
    assert "omeone with the role of administrator can reconnect it." in shown
    assert "Reconnect above" not in shown
    assert "Reconnect to QuickBooks" not in shown


# --- Mapping --------------------------------------------------------------------------------


@pytest.fixture
def sold(north):
    invoice = InvoiceFactory(business_unit=north, lines=[])
    InvoiceLineFactory(invoice=invoice, service="Mowing")
    InvoiceLineFactory(invoice=invoice, service="Snow removal")
    PaymentFactory(invoice=invoice, method="Zelle")
    PaymentFactory(invoice=invoice, method="Cash")
    return invoice


@pytest.fixture
def accountant(sold, connected, as_role):
    return as_role(Role.ACCOUNTANT)


def posted(client, unit, **changes):
    """Post the page's form as it is shown, but for the changes."""
    form = client.get(page(unit)).context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    return client.post(page(unit), {**data, **changes})


def entry(company, kind, name):
    return ReferenceEntry.objects.get(company=company, kind=kind, name=name)


def test_page_is_prefilled_with_active_entries_only(accountant, connected, company):
    lost = entry(company, "Item", "Aeration")
    ReferenceEntry.objects.filter(pk=lost.pk).update(active=False)
    form = accountant.get(page(connected)).context["form"]
    mowing = form[field_name("item", "Mowing")]
    assert mowing.value() == str(entry(company, "Item", "Mowing").pk)
    assert "Mowing (Lawn Care Income)" in str(mowing)
    assert "Aeration" not in str(mowing)
    snow = form[field_name("item", "Snow removal")]
    assert snow.value() == SAME
    assert "As any other service: Services" in str(snow)
    assert not [name for name in form.fields if form.initial.get(name) == ""]


def test_saving_as_shown_accepts_what_was_proposed(accountant, connected, company):
    before = [list(m.objects.values_list("pk", "basis")) for m in (ItemMapping, MethodMapping)]
    assert all(basis for rows in before for _, basis in rows)
    words = {row.service for row in ItemMapping.objects.all()}

    back = posted(accountant, connected)

    assert back["Location"] == page(connected)
    for model in (ItemMapping, MethodMapping, TaxMapping):
        assert not model.objects.exclude(basis="").exists()
    assert {row.service for row in ItemMapping.objects.all()} == words
    assert ItemMapping.history.first().history_user == back.wsgi_request.user


def test_mapping_a_service_keeps_history(accountant, connected, company):
    chosen = entry(company, "Item", "Trip Charge")
    posted(accountant, connected, **{field_name("item", "Snow removal"): chosen.pk})
    row = ItemMapping.objects.get(service="Snow removal")
    assert (row.item, row.basis) == (chosen, "")
    posted(accountant, connected, **{field_name("item", "Snow removal"): SAME})
    assert not ItemMapping.objects.filter(service="Snow removal").exists()
    history = ItemMapping.history.filter(service="Snow removal")
    assert [row.history_type for row in history] == ["-", "+"]


def test_mapping_a_method_takes_what_is_not_said_from_the_default(accountant, connected, company):
    bank = entry(company, "Account", "Checking")
    posted(accountant, connected, **{field_name("deposit", "Zelle"): bank.pk})
    row = MethodMapping.objects.get(method="Zelle")
    assert (row.payment_method, row.deposit_account, row.basis) == (None, bank, "")
    cash = entry(company, "PaymentMethod", "Cash")
    posted(accountant, connected, **{field_name("method", "Zelle"): cash.pk})
    row.refresh_from_db()
    assert (row.payment_method, row.deposit_account) == (cash, bank)
    posted(accountant, connected, **{field_name("method", "Cash"): NONE})
    assert MethodMapping.objects.get(method="Cash").payment_method is None


def test_inactive_mapping_must_be_replaced_not_dropped(accountant, connected, company):
    ReferenceEntry.objects.filter(name="Mowing").update(active=False)
    name = field_name("item", "Mowing")
    shown = accountant.get(page(connected))
    assert "Mowing is inactive: choose another" in str(shown.context["form"][name])
    mapped = list(ItemMapping.objects.values())

    refused = posted(accountant, connected)
    assert refused.status_code == 200
    assert refused.context["form"].errors == {name: ["This field is required."]}
    assert list(ItemMapping.objects.values()) == mapped

    posted(accountant, connected, **{name: SAME})
    assert not ItemMapping.objects.filter(service="Mowing").exists()


def test_entry_of_another_company_or_kind_is_refused(accountant, connected, company):
    name = field_name("item", "Mowing")
    mapped = list(ItemMapping.objects.values())
    foreign = ReferenceEntry.objects.create(
        company=QuickBooksCompany.objects.create(realm_id="1", status="disconnected"),
        kind="Item",
        qbo_id="1",
        name="Foreign",
        type="Service",
        read_at=company.verified_at,
    )
    for wrong in (foreign.pk, entry(company, "Account", "Checking").pk, "x", 0):
        refused = posted(accountant, connected, **{name: wrong})
        assert refused.status_code == 200
        assert name in refused.context["form"].errors
    assert list(ItemMapping.objects.values()) == mapped


def test_word_that_came_up_after_the_page_was_shown_is_left_alone(
    accountant, connected, company, sold
):
    form = accountant.get(page(connected)).context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    InvoiceLineFactory(invoice=sold, service="Leaf removal")
    chosen = entry(company, "Item", "Trip Charge")
    accountant.post(page(connected), {**data, field_name("item", "Snow removal"): chosen.pk})
    assert {(row.service, row.item.name) for row in ItemMapping.objects.all()} == {
        ("", "Services"),
        ("Mowing", "Mowing"),
        ("Snow removal", "Trip Charge"),
    }


def test_start_date_discount_class_and_location_are_saved(accountant, connected, company):
    account = entry(company, "Account", "Services")
    place = ReferenceEntry.objects.filter(company=company, kind="Department").first()
    group = ReferenceEntry.objects.filter(company=company, kind="Class").first()
    posted(
        accountant,
        connected,
        start_date="2026-03-01",
        discount=account.pk,
        department=place.pk,
        **{"class": group.pk},
    )
    connected.refresh_from_db()
    assert str(connected.export_start_date) == "2026-03-01"
    assert fresh(company).discount_account == account
    row = UnitMapping.objects.get()
    assert (row.business_unit, row.quickbooks_class, row.department, row.basis) == (
        connected,
        group,
        place,
        "",
    )
    posted(accountant, connected, department=NONE, **{"class": NONE})
    assert not UnitMapping.objects.exists()


def test_start_date_cannot_be_emptied(accountant, connected):
    refused = posted(accountant, connected, start_date="")
    assert list(refused.context["form"].errors) == ["start_date"]


def test_page_asks_the_same_number_of_queries_for_one_word_and_for_many(
    accountant, connected, sold
):
    with CaptureQueriesContext(connection) as few:
        accountant.get(page(connected))
    for n in range(5):
        InvoiceLineFactory(invoice=sold, service=f"Service {n}")
        PaymentFactory(invoice=sold, method=f"Method {n}")
    with CaptureQueriesContext(connection) as many:
        accountant.get(page(connected))
    assert len(many) == len(few)


def test_moments_are_told_by_the_units_own_clocks(owner_client, connected, company):
    connected.timezone = "America/Denver"
    connected.save()
    night = datetime(2026, 5, 2, 3, 30, tzinfo=UTC)
    QuickBooksCompany.objects.update(connected_at=night, verified_at=night, checked_at=night)
    shown = owner_client.get(page(connected)).content.decode()
    for words in (
        f"posts to company {company.realm_id}, connected 1 May 2026.",
        "Last verified 1 May 2026 21:30 MDT<",
        "Last looked up 1 May 2026 21:30 MDT, and every night",
    ):
        assert words in shown
