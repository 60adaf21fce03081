"""No page may evaluate texts as scripts, and the theme's need not."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.admin.conftest import fully_paid, part_paid, riverside, sign_in

__all__ = ["fully_paid", "part_paid", "riverside", "sign_in"]


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


def test_nor_do_those_of_the_theme(sign_in, riverside, fully_paid):
    client = sign_in(is_superuser=True)
    for address in ("/admin/", "/admin/sync/payment/", fully_paid.get_absolute_url()):
        assert policy(client.get(address)) == "'self'"
    client.logout()
    assert policy(client.get("/admin/login/")) == "'self'"


def test_the_build_that_evaluates_nothing_stands_in_front_of_the_themes():
    found = Path(finders.find("unfold/js/alpine/alpine.js")).read_text()
    assert "prohibited in the CSP build" in found


def test_a_script_in_a_text_is_a_text(client, db):
    text = '<script src="/static/unfold/js/alpine/alpine.js" defer></script>'
    response = client.get("/digest/unsubscribe/", {"token": text})
    assert policy(response) == "'self'"
    assert not re.search(r"<script(?! src=\"/static/paidup/)", response.content.decode())
