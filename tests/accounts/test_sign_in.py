"""Wrong passwords: who guesses is stopped, who is known is not."""

import pytest
from django.test import Client
from django.urls import reverse

from config.callers import caller_of
from sync.checks import check_proxies
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long and good one"
PROXY, STRANGER, HOME = "10.0.0.1", "203.0.113.5", "198.51.100.7"


@pytest.fixture
def anna():
    user = UserFactory(username="anna", is_staff=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.TRUSTED_PROXIES, settings.AXES_ENABLED = [PROXY], True


def sign_in(username="anna", password=PASSWORD, address=HOME, client=None):
    """Return whether the person is let in."""
    answer = (client or Client()).post(
        reverse("admin:login"),
        {"username": username, "password": password},
        REMOTE_ADDR=PROXY,
        HTTP_X_FORWARDED_FOR=address,
    )
    return answer.status_code == 302


def guess(times, address=STRANGER, names=("anna",)):
    for number in range(times):
        sign_in(names[number % len(names)], "wrong", address)


def test_who_guesses_is_stopped_and_the_person_elsewhere_is_not(anna):
    guess(8)
    assert not sign_in(address=STRANGER)
    assert sign_in(address=HOME)


def test_who_tries_many_names_is_stopped_for_all(anna):
    guess(40, names=[f"name{number}" for number in range(20)])
    assert not sign_in(address=STRANGER)
    assert sign_in(address=HOME)


def test_a_known_browser_is_let_in_whatever_its_neighbours_try(anna):
    known = Client()
    assert sign_in(client=known)
    known.post(reverse("admin:logout"))
    guess(40, address=HOME, names=["anna", "bob", "carl"])
    assert not sign_in(address=HOME)
    assert sign_in(address=HOME, client=known)


def test_a_known_browser_is_known_for_its_own_name_only(anna):
    known = Client()
    assert sign_in(client=known)
    known.post(reverse("admin:logout"))
    other = UserFactory(username="bob", is_staff=True)
    other.set_password(PASSWORD)
    other.save()
    guess(8, address=HOME, names=["bob"])
    assert not sign_in("bob", client=known)


@pytest.mark.parametrize("is_tried_meanwhile", [False, True])
def test_a_lock_opens_by_itself(anna, time_machine, is_tried_meanwhile):
    time_machine.move_to("2026-05-01 10:00:00+00:00", tick=False)
    guess(8)
    if is_tried_meanwhile:
        time_machine.move_to("2026-05-01 10:10:00+00:00", tick=False)
        guess(5)
    time_machine.move_to("2026-05-01 10:16:00+00:00", tick=False)
    assert sign_in(address=STRANGER)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "caller"),
    [
        (HOME, "", [], HOME),
        (HOME, STRANGER, [], HOME),  # nobody is trusted: what a caller writes counts for nothing
        (PROXY, HOME, [PROXY], HOME),
        (PROXY, f"{STRANGER}, {HOME}", [PROXY], HOME),
        (PROXY, f"{STRANGER}, {HOME}, 10.0.0.2", ["10.0.0.0/24"], HOME),
        (PROXY, "no address", [PROXY], PROXY),
        (PROXY, "", [PROXY], PROXY),
        (PROXY, f"{HOME}, rubbish, 10.0.0.2", ["10.0.0.0/8"], "10.0.0.2"),
        ("", HOME, ["unix"], HOME),
        ("", HOME, [], ""),
        ("::1", "2001:db8::7", ["::1"], "2001:db8::7"),
        (PROXY, f"{HOME}:4711", [PROXY], HOME),
        (PROXY, "[2001:db8::7]:4711", [PROXY], "2001:db8::7"),
        (f"::ffff:{PROXY}", HOME, [PROXY], HOME),
    ],
)
def test_the_caller_is_the_last_that_no_trusted_proxy_has(peer, forwarded, proxies, caller):
    assert caller_of(peer, forwarded, proxies) == caller


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        ([], ["paidup.W009"]),
        (["10.0.0.1", "unix"], []),
        (["proxy.internal"], ["paidup.E007"]),
        (["10.0.0.1/8"], ["paidup.E007"]),
        (["0.0.0.0/0"], ["paidup.E008"]),
    ],
)
def test_proxies_that_cannot_be_are_told(settings, proxies, told):
    settings.SECURE, settings.TRUSTED_PROXIES = True, proxies
    assert [message.id for message in check_proxies()] == told
