"""The weekly digest: what it says, to whom, how often, and how it ends."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail

from accounts.models import Membership, Role, User
from config.logs import RequestMiddleware
from sync import tasks
from sync.discrepancies.digests import unsubscribe_address
from sync.models import DigestOptOut, Event
from tests.factories import MembershipFactory, RefundFactory, RefundReviewFactory

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def accountant(unit):
    return MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user


@pytest.fixture
def at_monday():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def test_digest_says_what_is_open_new_proven_and_oldest(at_monday, unit, exported, accountant):
    RefundFactory(payment=exported(), amount=Decimal("20.00"), refunded_on=date(2026, 5, 20))
    RefundFactory(payment=exported(), amount=Decimal("5.00"), refunded_on=date(2026, 5, 2))
    done = RefundFactory(payment=exported(), amount=Decimal("7.00"))
    RefundReviewFactory(refund=done, status="verified", reviewed_by=None)
    Event.objects.create(
        business_unit=unit, action="refund_verified", subject_kind="refund", subject_id=done.pk
    )
    assert tasks.weekly() == 1
    (message,) = mail.outbox
    assert message.to == [accountant.email]
    lines = dict(
        (part.strip() for part in line.split(":", 1)) for line in message.body.splitlines()[2:9]
    )
    assert lines == {
        "Open refunds": "2 of $25.00",
        "New": "2",
        "Closed by proof": "1",
        "Reopened": "0",
        "Waiting for a yes": "0",
        "Oldest from": "2 May 2026",
        "Changes after export": "0",
    }
    assert "O'Brien" not in message.body + message.subject
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nothing_to_say_is_not_sent(at_monday, exported, accountant):
    settled = RefundFactory(payment=exported())
    RefundReviewFactory(refund=settled, status="not_needed", note="Entered twice")
    assert tasks.weekly() == 0
    assert mail.outbox == []


def test_it_goes_once_a_week_however_often_it_is_asked_for(at_monday, exported, accountant):
    RefundFactory(payment=exported())
    assert tasks.weekly() == 1
    assert tasks.weekly() == 0
    at_monday.shift(timedelta(days=7))
    assert tasks.weekly() == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_it_goes_to_accountants_of_the_unit_only(at_monday, unit, exported, role):
    RefundFactory(payment=exported())
    MembershipFactory(business_unit=unit, role=role)
    MembershipFactory(role=Role.ACCOUNTANT)
    assert tasks.weekly() == 0
    assert mail.outbox == []


def test_one_click_ends_it_without_signing_in(
    at_monday, client, unit, exported, accountant, settings
):
    RefundFactory(payment=exported())
    other = MembershipFactory(business_unit=unit, role=Role.ADMINISTRATOR).user
    address = unsubscribe_address(unit, accountant).removeprefix(settings.SITE_URL)
    asked = client.get(address).content.decode()
    assert f"You will get no more weekly e-mails about {unit}." in asked
    assert '<form method="post"><button>Stop them</button></form>' in asked
    assert not DigestOptOut.objects.exists()
    for _ in range(2):
        answer = client.post(address, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert f"no more weekly e-mails about {unit}" in answer.content.decode()
    assert DigestOptOut.objects.get().user == accountant
    assert Event.objects.filter(action="digest_unsubscribed").count() == 1
    tasks.weekly()
    assert [message.to for message in mail.outbox] == [[other.email]]


@pytest.mark.parametrize("why", ["forged", "none", "nonsense", "old", "no role", "viewer", "left"])
def test_an_address_that_holds_no_longer_ends_nothing(
    client, unit, accountant, settings, monkeypatch, why
):
    other = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    address = unsubscribe_address(unit, accountant).removeprefix(settings.SITE_URL)
    path, token = address.split("?token=")
    _, signature = token.split("%3A", 1)
    payload = unsubscribe_address(unit, other).split("?token=")[1].split("%3A")[0]
    sent = {"forged": f"{path}?token={payload}%3A{signature}", "none": path}
    sent["nonsense"] = f"{path}?token=%F0nonsense"
    role = Membership.objects.get(user=accountant)
    if why == "old":
        monkeypatch.setattr("accounts.mail.LEAVES_FOR", timedelta(seconds=-1))
    elif why == "no role":
        role.delete()
    elif why == "viewer":
        Membership.objects.filter(pk=role.pk).update(role=Role.VIEWER)
    elif why == "left":
        User.objects.filter(pk=accountant.pk).update(is_active=False)
    for ask in (client.get, client.post):
        answer = ask(sent.get(why, address))
        assert answer.status_code == 404
        assert unit.name not in answer.content.decode()
    assert not DigestOptOut.objects.exists()


def test_the_log_holds_no_token(unit, accountant, settings, rf):
    address = unsubscribe_address(unit, accountant).removeprefix(settings.SITE_URL)
    assert RequestMiddleware.format_request(rf.get(address)) == "GET /digest/unsubscribe/"


def cards(client):
    return {card.unit.name: card.gets_digest for card in client.get("/admin/").context["cards"]}


def test_who_ended_it_begins_it_again_on_the_first_page(
    at_monday, client, unit, exported, accountant, settings
):
    RefundFactory(payment=exported())
    ended = client.post(unsubscribe_address(unit, accountant).removeprefix(settings.SITE_URL))
    assert 'href="/admin/"' in ended.content.decode()
    client.force_login(accountant)
    assert cards(client) == {"Riverside": False}
    page = client.get("/admin/").content.decode()
    assert f'action="/digest/{unit.pk}/"' in page
    for _ in range(2):
        answer = client.post(f"/digest/{unit.pk}/", {"on": "1"}, follow=True)
        assert "You get the weekly e-mail about Riverside." in answer.content.decode()
    assert cards(client) == {"Riverside": True}
    assert tasks.weekly() == 1
    client.post(f"/digest/{unit.pk}/", {"on": "0"})
    assert cards(client) == {"Riverside": False}
    told = list(Event.objects.order_by("pk").values_list("action", "actor"))
    assert told == [
        ("digest_unsubscribed", accountant.pk),
        ("digest_subscribed", accountant.pk),
        ("digest_unsubscribed", accountant.pk),
    ]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 404), (Role.EXPORTER, 404), (None, 302)]
)
def test_nobody_switches_on_what_would_never_come(client, unit, role, status):
    if role:
        client.force_login(MembershipFactory(business_unit=unit, role=role).user)
        assert cards(client) == {"Riverside": None}
        assert "/digest/" not in client.get("/admin/").content.decode()
    assert client.post(f"/digest/{unit.pk}/", {"on": "1"}).status_code == status
    assert client.post(f"/digest/{unit.pk}/", {"on": "0"}).status_code == status
    assert not Event.objects.exists()
    assert not DigestOptOut.objects.exists()


def test_who_has_no_address_is_offered_no_e_mail(client, accountant):
    accountant.email = ""
    accountant.save()
    client.force_login(accountant)
    assert cards(client) == {"Riverside": None}
