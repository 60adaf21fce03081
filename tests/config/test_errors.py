"""Where a page cannot be had: the words, the look, and the way on."""

import pytest
from django.test import Client
from django.urls import reverse

from config import errors
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LOOK = 'href="/static/paidup/plain'


@pytest.fixture
def signed_in(client):
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def assert_page(answer, status, words):
    text = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{words.title}</h1>" in text
    assert LOOK in text
    assert f'href="{reverse("admin:index")}"' in text or "Go back" in text


def test_a_page_that_is_not_there(client):
    assert_page(client.get("/nowhere/"), 404, errors.NOT_FOUND)


def test_a_page_that_is_not_the_persons(client):
    client.force_login(
        UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert_page(client.get(reverse("admin:accounts_user_add")), 403, errors.FORBIDDEN)


def test_an_address_that_cannot_be_read(signed_in):
    assert_page(signed_in.get("/admin/sync/payment/?q=%00"), 400, errors.BAD_REQUEST)


def test_an_address_that_only_takes_what_a_button_sends(signed_in):
    answer = signed_in.get(reverse("admin:sync_refunddiscrepancy_read"))
    assert_page(answer, 405, errors.NOT_THAT_WAY)
    assert answer["Allow"] == "POST"


def test_our_own_fault_bears_an_id_and_no_detail(signed_in, monkeypatch):
    def fails(*_args, **_kwargs):
        raise ZeroDivisionError("the customer's secret")

    monkeypatch.setattr("sync.admin.documents.payments.PaymentAdmin.get_queryset", fails)
    signed_in.raise_request_exception = False
    answer = signed_in.get(reverse("admin:sync_payment_changelist"))
    assert_page(answer, 500, errors.BROKEN)
    assert "name this id: " in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_a_form_without_its_proof_leads_back():
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("admin:login"), headers={"referer": "http://testserver/admin/"})
    assert_page(answer, 403, errors.FORGED)
    assert 'href="http://testserver/admin/"' in answer.content.decode()


def test_too_many_wrong_passwords(client, settings):
    settings.AXES_ENABLED = True
    wrong = {"username": "anna", "password": "wrong"}
    for _ in range(8):
        answer = client.post(reverse("admin:login"), wrong)
    assert_page(answer, 429, errors.LOCKED_OUT)


@pytest.mark.parametrize(
    ("came_from", "led_to"),
    [
        ("http://testserver/admin/sync/payment/?q=7", "http://testserver/admin/sync/payment/?q=7"),
        ("https://evil.example/admin/", "/admin/"),
        (None, "/admin/"),
    ],
)
def test_a_form_of_the_signed_out_leads_to_a_page_that_can_be_shown(client, came_from, led_to):
    headers = {"referer": came_from} if came_from else {}
    answer = client.post("/admin/sync/payment/export/", headers=headers, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("admin:login"))
    assert answer.context["next"] == led_to
    assert errors.SIGNED_OUT.replace("'", "&#x27;") in answer.content.decode()
