"""The bookkeeper's link: no account, one unit, one use, and nothing else to see."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role
from sync.admin.connections.invite_link import KEPT
from sync.connections import invite_links
from sync.exports.runs.disconnect import disconnect
from sync.models import BusinessUnit, ConnectAttempt, ConnectLink, Event, QuickBooksCompany
from tests.connections.conftest import answer_of, stored
from tests.factories import BusinessUnitFactory, MembershipFactory, SyncRecordFactory

NAME = "admin:sync_businessunit_quickbooks"
LINK = "/quickbooks/link/"
GONE = "This link was used, taken back, or is too old."


@pytest.fixture
def admin(client, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def made(simulator, admin, north):
    """A link as the page shows it to the owner of North."""
    shown = admin.post(reverse(f"{NAME}_link", args=[north.pk]), {"email": "bk@example.com"})
    return re.search(r'value="(http[^"]+)"', shown.content.decode()).group(1)


@pytest.fixture
def bookkeeper():
    return Client()


def open_link(client, address):
    """Be the page's script: post what stands behind the #."""
    return client.post(LINK, {"token": address.partition("#")[2]}, follow=True)


def press(client):
    """Press the button of the page that shows the link opened last."""
    return client.post(f"{LINK}go/", {"link": client.session.get(KEPT, "")})


def go(client, simulator, realm):
    """Go on to QuickBooks, choose the company and come back."""
    begun = press(client)
    answer = answer_of(simulator.approve(begun.url, realm))
    return client.get(reverse("quickbooks_callback"), answer)


def test_link_is_mailed_and_its_proof_stands_behind_the_hash(made, north, owner):
    address, token = made.split("#")
    assert address.endswith("/quickbooks/link/")
    assert len(token) > 40
    [message] = mail.outbox
    assert message.to == ["bk@example.com"]
    assert made in message.body
    assert f"{owner} asks you to connect North to QuickBooks." in message.body
    assert Event.objects.filter(action="link_made", actor=owner).count() == 1


def test_bookkeeper_connects_without_an_account_and_sees_nothing_else(
    made, bookkeeper, simulator, north, owner, realm
):
    shown = open_link(bookkeeper, made).content.decode()
    assert f"<strong>{owner}</strong> asks you to connect <strong>North</strong>" in shown
    assert "/admin/" not in shown
    back = go(bookkeeper, simulator, realm)
    assert (back.status_code, back["Location"]) == (302, LINK)
    assert "Done: North is connected." in bookkeeper.get(LINK).content.decode()

    north.refresh_from_db()
    assert north.quickbooks_company.realm_id == realm
    event = Event.objects.get(action="connected")
    assert (event.actor, event.detail["link"]) == (owner, ConnectLink.objects.get().pk)
    for path in ("/admin/", reverse(NAME, args=[north.pk]), "/admin/sync/payment/"):
        answer = bookkeeper.get(path)
        assert answer["Location"].startswith(reverse("admin:login"))
    # The company is confirmed by somebody with an account.
    assert north.setup.confirmed_at is None


def test_used_link_is_used_up(made, bookkeeper, simulator, realm):
    open_link(bookkeeper, made)
    go(bookkeeper, simulator, realm)
    before = stored()
    again = Client()
    assert GONE in open_link(again, made).content.decode()
    assert GONE in press(again).content.decode()
    assert stored() == before


def test_two_browsers_with_one_link_connect_once(made, simulator, north, realm):
    first, second = Client(), Client()
    other = simulator.create_company(variant="us", name="Other LLC")
    begun = []
    for browser in (first, second):
        open_link(browser, made)
        begun.append(press(browser).url)
    answers = [
        answer_of(simulator.approve(address, chosen))
        for address, chosen in zip(begun, (realm, other), strict=True)
    ]
    first.get(reverse("quickbooks_callback"), answers[0])
    second.get(reverse("quickbooks_callback"), answers[1])
    north.refresh_from_db()
    assert north.quickbooks_company.realm_id == realm
    assert QuickBooksCompany.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"withdrawn_at": timezone.now()},
        {"used_at": timezone.now()},
    ],
)
def test_link_that_is_over_opens_nothing(made, bookkeeper, change):
    ConnectLink.objects.update(**change)
    assert GONE in open_link(bookkeeper, made).content.decode()


def test_link_ends_with_the_role_of_who_made_it(made, bookkeeper, simulator, north, realm):
    open_link(bookkeeper, made)
    begun = press(bookkeeper)
    Membership.objects.update(role=Role.ACCOUNTANT)
    assert GONE in open_link(Client(), made).content.decode()
    answer = answer_of(simulator.approve(begun.url, realm))
    bookkeeper.get(reverse("quickbooks_callback"), answer)
    north.refresh_from_db()
    assert north.quickbooks_company is None


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_forged_token_opens_nothing(db, bookkeeper, token):
    assert GONE in bookkeeper.post(LINK, {"token": token}).content.decode()


def test_link_does_not_join_or_switch_companies(made, bookkeeper, simulator, north, realm):
    south = BusinessUnitFactory(code="south", name="South")
    call_command("connect_simulator", "south", realm=realm, verbosity=0)
    open_link(bookkeeper, made)
    before = stored()
    go(bookkeeper, simulator, realm)
    said = bookkeeper.get(LINK).content.decode()
    assert "This is not the company that the link can be used for" in said
    assert "South" not in said
    assert stored() == before
    assert south.pk


def disconnected_from_another(simulator, unit, owner):
    """Connect the unit to a company and leave it again; return that company."""
    mistaken = simulator.create_company(variant="us", name="Mistaken LLC")
    call_command("connect_simulator", unit.code, realm=mistaken, verbosity=0)
    unit.refresh_from_db()
    company = unit.quickbooks_company
    disconnect(unit, owner)
    return company


def test_link_connects_a_unit_that_was_connected_by_mistake_and_left_nothing(
    made, bookkeeper, simulator, north, owner, realm
):
    disconnected_from_another(simulator, north, owner)
    open_link(bookkeeper, made)
    go(bookkeeper, simulator, realm)
    assert "Done: North is connected." in bookkeeper.get(LINK).content.decode()
    north.refresh_from_db()
    assert north.quickbooks_company.realm_id == realm
    assert north.setup.confirmed_at is None


def test_link_leads_back_to_the_books_that_hold_something(
    made, bookkeeper, simulator, connected, owner, realm
):
    SyncRecordFactory(
        company=connected.quickbooks_company,
        payment__invoice__business_unit=connected,
        state="exported",
        qbo_id="9",
    )
    disconnect(connected, owner)
    connected.refresh_from_db()
    disconnected_from_another(simulator, connected, owner)
    open_link(bookkeeper, made)
    go(bookkeeper, simulator, realm)
    connected.refresh_from_db()
    assert connected.quickbooks_company.realm_id == realm


def test_page_of_a_link_goes_on_with_no_other_one(made, bookkeeper, admin, north, owner):
    south = BusinessUnitFactory(code="south", name="South")
    MembershipFactory(user=owner, business_unit=south, role=Role.ADMINISTRATOR)
    shown = open_link(bookkeeper, made).content.decode()
    first = re.search(r'name="link" value="(\d+)"', shown).group(1)
    open_link(bookkeeper, invite_links.make(south, owner))
    said = bookkeeper.post(f"{LINK}go/", {"link": first}).content.decode()
    assert "Another link was opened in this browser meanwhile" in said
    assert "asks you to connect <strong>South</strong>" in said
    assert not ConnectAttempt.objects.exists()


def test_link_does_not_lead_to_other_books_than_those_that_hold_something(
    made, bookkeeper, simulator, north, owner, realm
):
    left = disconnected_from_another(simulator, north, owner)
    SyncRecordFactory(
        company=left, payment__invoice__business_unit=north, state="exported", qbo_id="9"
    )
    open_link(bookkeeper, made)
    before = stored()
    go(bookkeeper, simulator, realm)
    said = bookkeeper.get(LINK).content.decode()
    assert "This is not the company that the link can be used for" in said
    assert stored() == before


def test_link_does_not_take_a_unit_off_the_company_it_posts_to(
    made, bookkeeper, simulator, connected, realm
):
    other = simulator.create_company(variant="us", name="Other LLC")
    open_link(bookkeeper, made)
    before = stored()
    go(bookkeeper, simulator, other)
    assert "other books" in bookkeeper.get(LINK).content.decode()
    assert stored() == before


def test_answer_of_a_link_is_of_no_use_without_it(made, bookkeeper, admin, simulator, north, realm):
    open_link(bookkeeper, made)
    begun = press(bookkeeper)
    answer = answer_of(simulator.approve(begun.url, realm))
    for browser in (Client(), admin):
        browser.get(reverse("quickbooks_callback"), answer)
        north.refresh_from_db()
        assert north.quickbooks_company is None


def test_links_are_taken_back(made, admin, north):
    shown = admin.get(reverse(NAME, args=[north.pk])).content.decode()
    assert "1 link for a bookkeeper is open." in shown
    admin.post(reverse(f"{NAME}_withdraw", args=[north.pk]))
    assert not invite_links.open_links().exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER, Role.ACCOUNTANT])
@pytest.mark.parametrize("name", ["link", "withdraw"])
def test_only_administrators_make_links(client, north, role, name):
    user = MembershipFactory(business_unit=north, role=role).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse(f"{NAME}_{name}", args=[north.pk])).status_code == 404
    assert not ConnectLink.objects.exists()
    assert not ConnectAttempt.objects.exists()
    assert BusinessUnit.objects.get(pk=north.pk).quickbooks_company is None


def test_a_person_mails_so_many_an_hour_and_no_text_of_her_choice(north, owner, time_machine):
    north.name = "See https://evil.example/win\nnow " + "x" * 80
    for number in range(15):
        invite_links.send("https://paidup.example/link", north, owner, f"{number}@example.com")
    assert [message.to[0] for message in mail.outbox] == [f"{n}@example.com" for n in range(10)]
    assert mail.outbox[0].subject == "Connect See https evil. example/win now " + "x" * 28 + (
        " to QuickBooks"
    )
    time_machine.move_to(timezone.now() + timedelta(seconds=3601))
    assert invite_links.send("https://paidup.example/link", north, owner, "late@example.com")
