"""Requests that once answered 500, each for its kind: a request is parsed before it is used."""

import hashlib
import hmac
import json
from base64 import b64encode

import pytest

from accounts.models import Role
from sync.admin.documents.invoices import MOST_LINES
from sync.models import WebhookEvent
from tests import factories
from tests.admin.documents.test_documents import payment_data

HUGE, DIGITS = "9999999999999999999", "9" * 5_000
LIST = "/admin/sync"


@pytest.fixture
def person(sign_in, riverside):
    """Return a client signed in with the role, that sees the answer a browser would see."""

    def signed_in(role):
        client = sign_in(riverside, role)
        client.raise_request_exception = False
        return client

    return signed_in


def unit_page(unit, name):
    return f"{LIST}/quickbookscompany/unit/{unit.pk}/{name}"


def test_a_landing_page_reads_no_nul(client, db):
    client.raise_request_exception = False
    assert client.get("/quickbooks/disconnected/?realmId=%00").status_code == 400
    assert client.get("/quickbooks/disconnected/?realmId=1").status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("refunddiscrepancy/csv/?x=1", 400),
        (f"invoice/?customer={HUGE}", 302),
        (f"invoice/?customer__id__exact={HUGE}", 302),
        ("payment/?method=%00", 400),
        ("exportrun/?state__exact=%00", 400),
        ("autocomplete/?term=%00&app_label=sync&model_name=payment&field_name=customer", 400),
        (f"payment/{DIGITS}/change/", 404),
        (f"payment/?p={DIGITS}", 302),
    ],
)
def test_a_viewer_gets_a_page_or_is_told_no(person, address, status):
    assert person(Role.VIEWER).get(f"{LIST}/{address}").status_code == status


@pytest.mark.parametrize(
    ("query", "status"), [(f"page={HUGE}", 404), (f"page={DIGITS}", 404), ("page=²", 404)]
)
def test_entries_are_offered_by_pages_that_are_there(person, riverside, query, status):
    client = person(Role.VIEWER)
    address = unit_page(riverside, "entries/?of=item")
    assert client.get(address).status_code == 200
    assert client.get(f"{address}&{query}").status_code == status
    assert client.get(f"{address}&term=%00").status_code == 400


def test_an_exporter_posts_what_is_no_filter_and_no_invoice(person, riverside):
    client = person(Role.EXPORTER)
    listed = client.post(f"{LIST}/payment/?x=1", {"export_payments": "1"})
    assert listed.status_code == 400
    tried = client.post(unit_page(riverside, "trial/"), {"invoice": DIGITS})
    assert tried.status_code == 302


def test_an_accountant_sends_forms_that_lack_or_garble_fields(person, riverside, fully_paid):
    client = person(Role.ACCOUNTANT)
    assert client.post(unit_page(riverside, "create/"), {}).status_code == 404
    assert client.post(unit_page(riverside, "create/"), {"create": "item:\0"}).status_code == 400
    assert client.get(f"{LIST}/payment/add/?customer=x").status_code == 200
    assert client.post(f"{LIST}/refunddiscrepancy/review/", {"refund": "²"}).status_code < 500
    page = f"{LIST}/invoice/{fully_paid.pk}/change/"
    for garbled in ({"customer": "x"}, {"payments-INITIAL_FORMS": "x"}, {"customer": HUGE}):
        assert client.post(page, garbled).status_code < 500
    paid = payment_data(fully_paid, customer=HUGE)
    assert client.post(f"{LIST}/payment/add/", paid).status_code == 200


def test_an_administrator_confirms_no_company_of_5000_digits(person, riverside):
    client = person(Role.ADMINISTRATOR)
    page = unit_page(riverside, "confirm/")
    assert client.post(page, {"company": DIGITS}).status_code == 404


def notice(**values):
    entity = {"name": "Invoice", "id": "1", "operation": "Update", **values}
    told = {"realmId": "1", "dataChangeEvent": {"entities": [entity]}}
    return json.dumps({"eventNotifications": [told]})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000, 400),
        # Refused, such an event would be sent again without end, and hold back what follows.
        (notice(id="\ud800"), 200),
        (notice(name="\0"), 200),
        (notice(operation="\0"), 200),
    ],
    ids=["deep", "half a character", "NUL", "NUL too"],
)
def test_a_signed_webhook_is_parsed_before_it_is_stored(client, db, settings, body, status):
    settings.QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN = "verifier"
    client.raise_request_exception = False
    for sent, expected in ((body, status), (notice(), 200)):
        signature = b64encode(hmac.new(b"verifier", sent.encode(), hashlib.sha256).digest())
        answer = client.post(
            "/quickbooks/webhooks/",
            sent,
            content_type="application/json",
            headers={"intuit-signature": signature.decode()},
        )
        assert answer.status_code == expected
        assert not WebhookEvent.objects.exists()


def test_a_form_of_another_kind_is_no_webhook(client, db):
    client.raise_request_exception = False
    assert client.post("/quickbooks/webhooks/", {"a": "b"}).status_code == 401


def test_lines_that_are_only_counted_are_not_made(person, riverside):
    client, customer = person(Role.ACCOUNTANT), factories.CustomerFactory(business_unit=riverside)
    sent = {"business_unit": riverside.pk, "customer": customer.pk, "lines-INITIAL_FORMS": "0"}
    answer = client.post(f"{LIST}/invoice/add/", {**sent, "lines-TOTAL_FORMS": "5000"})
    formset = answer.context["inline_admin_formsets"][0].formset
    assert (answer.status_code, len(formset.forms)) == (200, MOST_LINES)
    assert formset.non_form_errors() == [f"Please submit at most {MOST_LINES} forms."]
