"""Only pages of the admin's theme may evaluate texts as scripts."""

import re

import pytest

from tests.admin.conftest import fully_paid, part_paid, riverside, sign_in

__all__ = ["fully_paid", "part_paid", "riverside", "sign_in"]
EVAL = "'unsafe-eval'"


def policy(response):
    found = dict(
        each.strip().split(" ", 1) for each in response["Content-Security-Policy"].split(";")
    )
    return found["script-src"]


@pytest.mark.parametrize(
    "address",
    [
        "/password/forgotten/", "/quickbooks/link/", "/quickbooks/disconnected/",
        "/digest/unsubscribe/",
        "/nowhere/", "/admin/sync/payment/csv/?x=1", "/admin/sync/payment/csv/",
        "/admin/sync/quickbookscompany/unit/{unit}/connect/",
    ],
)  # fmt: skip
def test_pages_of_ours_evaluate_nothing(sign_in, riverside, address):
    client = sign_in(is_superuser=True)
    response = client.get(address.format(unit=riverside.pk))
    assert response.status_code < 500
    assert policy(response) == "'self'"


def test_the_theme_may_on_its_own_pages(sign_in, riverside, fully_paid):
    client = sign_in(is_superuser=True)
    for address in ("/admin/", "/admin/sync/payment/", fully_paid.get_absolute_url()):
        assert policy(client.get(address)) == f"'self' {EVAL}"
    client.logout()
    assert policy(client.get("/admin/login/")) == f"'self' {EVAL}"


def test_who_names_the_themes_script_in_a_text_gets_no_leave(client, db):
    text = '<script src="/static/unfold/js/alpine/alpine.js" defer></script>'
    response = client.get("/digest/unsubscribe/", {"token": text})
    assert EVAL not in policy(response)
    assert not re.search(r"<script(?! src=\"/static/paidup/)", response.content.decode())
