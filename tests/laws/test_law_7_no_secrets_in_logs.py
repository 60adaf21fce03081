"""Law 7.

No token or secret in a log, an error, a URL or clear text at rest; no customer's detail in a log,
an error or a URL that we build (queries to QuickBooks go by POST).
"""

import json
import logging
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from django.db import connection
from django.urls import reverse

from accounts.models import Role
from sync import tasks
from sync.company import tokens
from sync.exports.delivery.relay import drain, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, QuickBooksCompany, SyncRecord
from sync.models.fields import fernet
from tests.factories import BusinessUnitFactory, MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

CONNECT = "admin:sync_businessunit_quickbooks_connect"
BATCH = {"endpoint": "batch"}
DETAILS = {
    "display_name": "Zebulon Quillfeather",
    "email": "zebulon@quillfeather.example",
    "phone": "555-0173-99",
    "address": "77 Nightjar Lane",
}


class Lines(logging.Handler):
    """Every line that would be written, as production writes it; not the simulator's own."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer())
        )
        self.lines = []

    def emit(self, record):
        if not record.name.startswith("uvicorn"):
            self.lines.append(self.format(record))


@pytest.fixture
def lines():
    root = logging.getLogger()
    handler, level = Lines(), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()


def everything_stored():
    """Return every row of every table as the database holds it."""
    text = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            text += map(str, cursor.fetchall())
    return "\n".join(text)


def secrets_of(company):
    company = QuickBooksCompany.objects.get(pk=company)
    return {company.access_token, company.refresh_token}


def connect(simulator, client, unit, realm):
    """Connect as a person does; return the state and the codes that went over the wire."""
    leaving = client.post(reverse(CONNECT, args=[unit.pk]))
    parts = urlsplit(simulator.approve(leaving["Location"], realm))
    answer = parse_qs(parts.query)
    back = client.get(f"{parts.path}?{parts.query}")
    replayed = client.get(f"{parts.path}?{parts.query}")
    for page in (back, replayed):
        assert answer["code"][0] not in page["Location"]
        assert answer["state"][0] not in page["Location"]
    return {answer["code"][0], answer["state"][0]}


def test_connecting_tells_no_secret(simulator, client, lines):
    unit = BusinessUnitFactory(code="north", name="North")
    realm = simulator.create_company(variant="us", name="Northern Lights LLC")
    client.force_login(MembershipFactory(business_unit=unit, role=Role.ADMINISTRATOR).user)
    once = connect(simulator, client, unit, realm)
    client.get("/quickbooks/callback/", {"state": "forged-state", "code": "forged-code"})
    unit.refresh_from_db()
    held = secrets_of(unit.quickbooks_company_id)
    assert_untold([*once, *held, "forged-state", "forged-code"], lines, simulator)


def test_exports_good_and_bad_tell_no_secret_and_no_customer(simulator, unit, paid, client, lines):
    type(paid.customer).objects.filter(pk=paid.customer_id).update(**DETAILS)
    company = unit.quickbooks_company_id
    held = secrets_of(company)
    simulator.expire_tokens(unit.quickbooks_company.realm_id)
    simulator.fault("lose", match=BATCH, after=1)
    simulator.fault(
        "item",
        match={"entity": "Payment"},
        index=0,
        code="6000",
        message=f"Refused for {DETAILS['display_name']}",
        detail=f"Mail {DETAILS['email']}",
    )
    run = runs.confirm(prepare_ready(unit, None), None)
    drain(run, tasks.HANDLERS)
    assert SyncRecord.objects.filter(kind="payment", state="failed").count() == 1
    held |= secrets_of(company)
    assert len(held) == 4
    client.force_login(MembershipFactory(business_unit=unit, role=Role.ADMINISTRATOR).user)
    client.get("/admin/sync/payment/", {"status": "all", "q": DETAILS["display_name"]})
    client.get("/admin/sync/payment/999999/change/", {"q": DETAILS["email"]})
    assert any("export.answered" in line for line in lines)
    assert_untold([*held], lines, simulator, DETAILS.values())


def test_a_connection_that_ends_tells_no_secret(simulator, unit, paid, lines):
    company, realm = unit.quickbooks_company_id, unit.quickbooks_company.realm_id
    held = secrets_of(company)
    simulator.expire_tokens(realm)
    simulator.expire_tokens(realm, "refresh")
    with pytest.raises(tokens.NotConnected) as ended:
        tokens.renew(QuickBooksCompany.objects.get(pk=company))
    lines.append(f"{ended.value!r} {ended.value}")
    assert_untold([*held], lines, simulator)


def bodies_as_stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM sync_batchrequest ORDER BY id")
        return [body for (body,) in cursor.fetchall()]


def test_what_is_sent_is_stored_encrypted_and_pruned_once_it_is_settled(simulator, unit, paid):
    type(paid.customer).objects.filter(pk=paid.customer_id).update(**DETAILS)
    simulator.fault("lose", match=BATCH)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, tasks.HANDLERS)
    body = BatchRequest.objects.get().body
    [stored] = bodies_as_stored()
    assert fernet().decrypt(stored.encode()).decode() == body
    for detail in DETAILS.values():
        assert detail in body
        assert detail not in stored
    assert "BatchItemRequest" not in stored
    drain(run, tasks.HANDLERS)
    assert bodies_as_stored() == [""] * 3
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


def assert_untold(secrets, lines, simulator, details=()):
    """Nothing of it in a log or a URL; no secret in clear text anywhere in the database."""
    logged = "\n".join(lines)
    urls = json.dumps([[call["path"], call["params"]] for call in simulator.journal(kind="api")])
    stored = everything_stored()
    secrets = [*secrets, simulator.client_secret]
    assert all(len(secret) > 8 for secret in secrets)
    for secret in secrets:
        assert secret not in logged
        assert secret not in urls
        assert secret not in stored
    for detail in details:
        for text in (logged, urls):
            assert detail not in text
            assert detail.split()[-1] not in text
