"""Each refusal as the person reads it on the page, and that nothing was changed by it."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from django.conf import settings as site
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Membership, Role
from sync import tasks
from sync.company.lease import acquire
from sync.connections import handshake
from sync.models import (
    CompanyRequest,
    ConnectAttempt,
    ConnectLink,
    ExportRun,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    UnitSetup,
)
from sync.quickbooks import oauth
from tests.connections.conftest import answer_of, fresh, stored
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
)

NAME = "admin:sync_businessunit_quickbooks"
BACKEND = "django.contrib.auth.backends.ModelBackend"
NO_ROLE = "You hold no role in this business unit that allows this."
AGAIN = "Nothing was changed. Choose Connect to QuickBooks to start again."


def said(response):
    """Return the page's messages, each of which stands in the page's text."""
    words = [str(message) for message in response.context["messages"]]
    text = response.content.decode()
    for each in words:
        assert escape(each) in text
    return words


def address(name, *ids):
    return reverse(f"{NAME}_{name}" if name else NAME, args=ids)


@pytest.fixture
def admin(client, north, owner):
    client.force_login(owner, backend=BACKEND)
    return client


@pytest.fixture
def come_back(admin, simulator, north, realm):
    """Return a function that comes back from QuickBooks with another answer, and what is said."""

    def back(before=lambda: None, realm_id=realm, **changes):
        begun = admin.post(address("connect", north.pk))
        answer = answer_of(simulator.approve(begun.url, realm_id))
        before()
        kept = stored()
        shown = admin.get(reverse("quickbooks_callback"), {**answer, **changes}, follow=True)
        assert {**stored(), "held": kept["held"]} == kept
        return said(shown)

    return back


# --- Coming back from QuickBooks ------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"error": "server_error"}, f"QuickBooks could not connect North. {AGAIN}"),
        ({"realmId": "x"}, f"QuickBooks did not say which company was chosen. {AGAIN}"),
        ({"code": ""}, f"QuickBooks did not send its code. {AGAIN}"),
        (
            {"code": "old"},
            f"QuickBooks no longer accepts this code: it was used before or is too old. {AGAIN}",
        ),
    ],
)
def test_odd_answers(come_back, changes, words):
    assert come_back(**changes) == [words]


def test_company_that_another_unit_took_just_now(admin, simulator, north, realm, monkeypatch):
    asked = handshake.earlier_company

    def meanwhile(unit, realm_id):
        company = QuickBooksCompanyFactory(realm_id=realm_id)
        BusinessUnitFactory(name="South", quickbooks_company=company)
        return asked(unit, realm_id)

    begun = admin.post(address("connect", north.pk))
    answer = answer_of(simulator.approve(begun.url, realm))
    monkeypatch.setattr(handshake, "earlier_company", meanwhile)
    shown = admin.get(reverse("quickbooks_callback"), answer, follow=True)
    assert said(shown) == [f"Another unit was connected to this company just now. {AGAIN}"]
    north.refresh_from_db()
    assert north.quickbooks_company is None


def test_answer_that_took_too_long(come_back):
    late = datetime.now(UTC) - timedelta(minutes=11)
    assert come_back(lambda: ConnectAttempt.objects.update(created_at=late)) == [
        f"Connecting took longer than 10 minutes. {AGAIN}"
    ]


def test_role_that_was_lost_meanwhile(come_back):
    assert come_back(lambda: Membership.objects.update(role=Role.ACCOUNTANT)) == [NO_ROLE]


def test_secret_of_this_site_that_is_wrong(come_back, settings):
    def spoil():
        settings.QUICKBOOKS_CLIENT_SECRET = "wrong"

    assert come_back(spoil) == [
        "QuickBooks refused this application's client id or secret. Nothing was changed; "
        "whoever runs this site must put that right."
    ]


def test_sign_in_that_breaks_down_at_the_end(come_back, simulator):
    fault = {"times": 1, "match": {"kind": "oauth"}, "status": 503}
    try:
        words = come_back(lambda: simulator.fault("status", **fault))
    finally:
        simulator.clear_faults()
    assert words == [f"QuickBooks did not finish the connection. {AGAIN}"]


@pytest.mark.parametrize(
    ("state", "what"), [("in_flight", "being exported"), ("uncertain", "uncertain in QuickBooks")]
)
def test_another_company_while_something_is_unsettled(
    come_back, simulator, connected, company, state, what
):
    SyncRecordFactory(
        company=company,
        payment__invoice__business_unit=connected,
        state=state,
        batch=BatchRequestFactory(company=company),
    )
    other = simulator.create_company(variant="us", name="Other LLC")
    assert come_back(realm_id=other) == [
        f"North cannot be connected to another company yet: 1 document is {what}. "
        "Let them finish, and settle the uncertain ones, then connect."
    ]
    connected.refresh_from_db()
    assert connected.quickbooks_company == company


# --- Joining --------------------------------------------------------------------------------


@pytest.fixture
def south(db):
    return BusinessUnitFactory(code="south", name="South")


@pytest.fixture
def joining(client, simulator, company, south):
    """South's owner, asked whether to join North's company; returns how to answer yes."""
    client.force_login(
        MembershipFactory(business_unit=south, role=Role.ADMINISTRATOR).user, backend=BACKEND
    )

    def come(**changes):
        begun = client.post(address("connect", south.pk))
        answer = answer_of(simulator.approve(begun.url, company.realm_id))
        shown = client.get(reverse("quickbooks_callback"), {**answer, **changes})

        def yes():
            before = stored()
            answered = client.post(shown["Location"], {"answer": "join"}, follow=True)
            assert stored() == before
            south.refresh_from_db()
            assert south.quickbooks_company is None
            return said(answered)

        return yes

    return come


def test_joining_too_late(joining):
    yes = joining()
    ConnectAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    assert yes() == [f"This connection no longer waits to be confirmed. {AGAIN}"]


def test_joining_what_somebody_works_with(joining, company, impatient):
    yes = joining()
    lease = acquire(company.pk)
    [words] = yes()
    lease.release()
    assert words == (
        "Northern Lights LLC is being worked with right now. Nothing was changed; try again in a "
        "minute."
    )


def test_joining_with_permission_for_another_company(joining, simulator, company, south):
    own = simulator.create_company(variant="us", name="Southern Own LLC")
    yes = joining(code=_code_for(simulator, south, own))
    [words] = yes()
    assert words.endswith("Nothing was changed.")
    assert fresh(company).refresh_token == company.refresh_token


def _code_for(simulator, unit, realm_id):
    return answer_of(simulator.approve(handshake.begin(unit, None), realm_id))["code"]


def test_joining_without_the_role_any_more(joining, south):
    yes = joining()
    Membership.objects.filter(business_unit=south).update(role=Role.ACCOUNTANT)
    assert yes() == [NO_ROLE]


# --- Disconnecting --------------------------------------------------------------------------


def disconnect(admin, unit):
    return said(admin.post(address("disconnect", unit.pk), follow=True))


@pytest.mark.parametrize(
    ("state", "what"), [("in_flight", "being exported"), ("uncertain", "uncertain in QuickBooks")]
)
def test_disconnecting_while_something_is_unsettled(admin, connected, company, state, what):
    SyncRecordFactory(
        company=company,
        payment__invoice__business_unit=connected,
        state=state,
        batch=BatchRequestFactory(company=company),
    )
    assert disconnect(admin, connected) == [
        f"North stays connected for now: 1 document is {what}. "
        "Let them finish, and settle the uncertain ones, then disconnect."
    ]
    assert fresh(company).refresh_token == company.refresh_token


def test_disconnecting_what_somebody_works_with(admin, connected, company, impatient):
    lease = acquire(company.pk)
    words = disconnect(admin, connected)
    lease.release()
    assert words == [
        "Northern Lights LLC is being worked with right now. Try again when that is finished."
    ]
    assert fresh(company).status == "connected"


def test_disconnecting_when_intuit_does_not_answer(admin, connected, company, settings):
    settings.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid_configuration"
    assert disconnect(admin, connected) == [
        "North is disconnected from Northern Lights LLC. Its mappings and export history are kept. "
        "Intuit did not answer, so please also remove this app in QuickBooks under Apps > My apps."
    ]
    assert fresh(company).refresh_token == ""


def test_disconnecting_one_of_two_units(admin, connected, company):
    BusinessUnitFactory(name="South", quickbooks_company=company)
    assert disconnect(admin, connected) == [
        "North is disconnected from Northern Lights LLC. Other units still post to it, so the "
        "company itself stays connected."
    ]
    assert fresh(company).status == "connected"
    assert fresh(company).refresh_token == company.refresh_token != ""
    connected.refresh_from_db()
    assert connected.quickbooks_company is None


# --- Reading --------------------------------------------------------------------------------


def verify(admin, unit):
    admin.post(address("verify", unit.pk))
    tasks.relay(unit.quickbooks_company_id)
    return admin.get(address("", unit.pk)).content.decode()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "fault", "code": "2010"}, "QuickBooks refused this step: Reading the company. "),
        (
            {"kind": "status", "status": 503},
            "QuickBooks had trouble at this step: Reading the company. Verify again in a few"
            " minutes.",
        ),
    ],
)
def test_what_could_not_be_read_is_named(admin, simulator, connected, fault, words):
    simulator.fault(match={"endpoint": "companyinfo"}, times=9, **fault)
    try:
        shown = verify(admin, connected)
    finally:
        simulator.clear_faults()
    assert "Verification failed" in shown
    assert words in shown


def test_list_that_was_not_answered_is_named(admin, simulator, connected):
    simulator.fault("lose", match={"endpoint": "query"}, times=9)
    try:
        shown = verify(admin, connected)
    finally:
        simulator.clear_faults()
    assert "QuickBooks did not answer at this step: Reading its accounts. Verify again." in shown


def test_connection_that_ended_is_red_and_says_what_waits(admin, connected, company):
    PaymentFactory(invoice__business_unit=connected)
    oauth.revoke(company.refresh_token)
    QuickBooksCompany.objects.update(access_token_expires_at=timezone.now())
    admin.post(address("check", connected.pk))
    tasks.relay(company.pk)
    page = admin.get(address("", connected.pk))
    [check] = [check for check in page.context["checks"] if check.title == "Connection"]
    assert (check.level, check.sentence) == (
        "red",
        "The connection to Northern Lights LLC has ended. Reconnect it.",
    )
    shown = page.content.decode()
    assert "1 payment is waiting." in shown
    assert "Reconnect to QuickBooks" in shown


# --- Creating -------------------------------------------------------------------------------


@pytest.fixture
def sold(north):
    invoice = InvoiceFactory(business_unit=north, lines=[])
    InvoiceLineFactory(invoice=invoice, service="Snow removal")
    PaymentFactory(invoice=invoice, method="Zelle")
    return invoice


def create(admin, unit, what):
    admin.post(address("create", unit.pk), {"create": what})
    tasks.relay(unit.quickbooks_company_id)
    return admin.get(address("", unit.pk)).content.decode()


def test_creating_what_is_there_and_inactive(admin, simulator, sold, connected, company):
    item = create_there(simulator, company, "Item", "Snow removal")
    simulator.switch(deactivated_names="plain")
    try:
        change_there(company, "Item", item, Active=False)
        shown = create(admin, connected, "item:Snow removal")
    finally:
        simulator.switch(deactivated_names="suffix")
    assert (
        "“Snow removal” is in QuickBooks already, but inactive. Make it active there, then verify "
        "again." in shown
    )
    assert not ItemMapping.objects.filter(service="Snow removal").exists()


def test_creating_without_an_income_account(admin, simulator, sold, connected, company):
    ItemMapping.objects.all().delete()
    ReferenceEntry.objects.filter(kind="Account", type="Income").update(active=False)
    shown = create(admin, connected, "item:Snow removal")
    assert "There is no income account in QuickBooks to sell it into." in shown
    assert named_there(simulator, company, "Item", "Snow removal") == []


def test_creating_a_method_before_an_account_was_chosen(admin, sold, connected):
    MethodMapping.objects.all().delete()
    shown = create(admin, connected, "method:Zelle")
    assert "It was created. Choose the account that payments are deposited to." in shown
    assert not MethodMapping.objects.exists()


def test_creating_when_quickbooks_refuses(admin, simulator, sold, connected, company):
    match = {"endpoint": "item", "write": True}
    simulator.fault("fault", match=match, times=9, code="2010")
    try:
        shown = create(admin, connected, "item:Snow removal")
    finally:
        simulator.clear_faults()
    assert "“Snow removal” was not created: " in shown
    assert CompanyRequest.objects.get(kind="create").state == "failed"
    assert named_there(simulator, company, "Item", "Snow removal") == []


def named_there(simulator, company, entity, name):
    return [d for d in simulator.documents(company.realm_id, entity) if d["Name"] == name]


def create_there(simulator, company, entity, name):
    account = simulator.documents(company.realm_id, "Item")[0]["IncomeAccountRef"]["value"]
    change_there(
        company, entity, {}, Name=name, Type="Service", IncomeAccountRef={"value": account}
    )
    [made] = named_there(simulator, company, entity, name)
    return made


def change_there(company, entity, row, **values):
    """Write to QuickBooks as its own people do."""
    old = {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True} if row else {}
    answer = requests.post(
        f"{site.QUICKBOOKS_API_URL}/company/{company.realm_id}/{entity.lower()}",
        params={"minorversion": "75"},
        json=old | values,
        headers={"Authorization": f"Bearer {fresh(company).access_token}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


# --- The bookkeeper's link ------------------------------------------------------------------


def make_link(admin, unit, email=""):
    return admin.post(address("link", unit.pk), {"email": email}).content.decode()


@pytest.mark.parametrize("email", ["nobody", "a@b@c"])
def test_link_for_an_address_that_is_none_is_shown_to_be_copied(admin, simulator, north, email):
    shown = make_link(admin, north, email)
    assert f"It could not be sent to {email}. Copy it from here instead." in shown
    assert "/quickbooks/link/#" in shown
    assert mail.outbox == []


def test_link_that_the_mail_server_does_not_take(admin, simulator, north, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    shown = make_link(admin, north, "bk@example.com")
    assert "It could not be sent to bk@example.com. Copy it from here instead." in shown


@pytest.fixture
def bookkeeper(admin, simulator, north):
    """Somebody without an account, with the link open."""
    token = make_link(admin, north).partition("/quickbooks/link/#")[2].partition('"')[0]
    browser = Client()
    browser.post(reverse("quickbooks_link"), {"token": token})
    return browser


def go_on(browser):
    """Press the button of the page that shows the link."""
    return browser.post(reverse("quickbooks_link_go"), {"link": ConnectLink.objects.get().pk})


def test_link_when_the_sign_in_page_is_out_of_reach(bookkeeper, settings):
    settings.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid_configuration"
    shown = go_on(bookkeeper).content.decode()
    words = "QuickBooks' sign-in page cannot be reached right now. Please try again later."
    assert f"{escape(words)}</p>" in shown
    assert "Continue to QuickBooks" in shown
    assert not ConnectAttempt.objects.exists()


def test_link_whose_holder_does_not_consent_stays_good(bookkeeper, simulator, north):
    begun = go_on(bookkeeper)
    answer = answer_of(simulator.deny(begun.url))
    shown = bookkeeper.get(reverse("quickbooks_callback"), answer, follow=True)
    assert said(shown) == [
        "You did not give consent, so North was not connected. Nothing was changed."
    ]
    assert "Continue to QuickBooks" in shown.content.decode()
    assert ConnectLink.objects.get().used_at is None


def test_link_that_was_taken_back_meanwhile(bookkeeper, admin, simulator, north, realm):
    begun = go_on(bookkeeper)
    answer = answer_of(simulator.approve(begun.url, realm))
    admin.post(address("withdraw", north.pk))
    before = stored()
    shown = bookkeeper.get(reverse("quickbooks_callback"), answer, follow=True)
    assert stored() == before
    words = "This link was used, taken back, or is too old. Ask whoever sent it for a new one."
    assert said(shown) == [words]
    assert "/admin/" not in shown.content.decode()
    gone = go_on(bookkeeper).content.decode()
    assert "Ask whoever sent it for a new one." in gone


# --- The trial ------------------------------------------------------------------------------


def test_trial_of_nothing(admin, connected):
    assert said(admin.post(address("trial", connected.pk), follow=True)) == [
        "Pick an invoice first."
    ]
    assert not ExportRun.objects.exists()


def test_trial_that_is_not_there_yet_is_no_finish(admin, connected):
    UnitSetup.objects.update(finished_at=None, trial_skipped_at=None)
    assert said(admin.post(address("finish", connected.pk), follow=True)) == [
        "The trial has not arrived in QuickBooks as it is here."
    ]
    assert UnitSetup.objects.get().finished_at is None
