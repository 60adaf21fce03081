"""Checks: each through the screen, in its colour and with its remedy; looked up on demand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from sync import tasks
from sync.company.sessions import open_session
from sync.connections import health_check
from sync.exports.rules.eligibility import explain
from sync.models import (
    CompanyRequest,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    UnitMapping,
)
from sync.quickbooks import oauth
from tests.connections.conftest import answer_of
from tests.factories import InvoiceFactory, MembershipFactory, PaymentFactory

NAME = "admin:sync_businessunit_quickbooks"
ALOUD = {"green": "well", "amber": "to look at", "red": "to mend"}


@pytest.fixture
def look(client, connected, owner):
    """Return a function that gives a check's colour and words as the page shows them."""
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")

    def shown(title):
        page = client.get(reverse(NAME, args=[connected.pk]))
        [found] = [check for check in page.context["checks"] if check.title == title]
        text = page.content.decode()
        assert f'{title}</span><span class="paidup-unseen"> ({ALOUD[found.level]})' in text
        return found.level, found.sentence

    return shown


def set_preference(company, group, **values):
    company.refresh_from_db()
    company.preferences = {
        **company.preferences,
        group: {**company.preferences.get(group, {}), **values},
    }
    company.save()


def test_a_usual_company_is_all_green_but_for_what_nobody_chose(client, connected, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse(NAME, args=[connected.pk]))
    levels = {check.title: check.level for check in page.context["checks"]}
    levels.pop("Clocks")  # other tests move the clock of this simulator, and it only goes forward
    assert levels == {
        "Classes and locations": "amber",
        "Subscription and rights": "green",
        "Connection": "green",
        "Invoice numbers": "green",
        "Currency": "green",
        "Credits applied by QuickBooks itself": "green",
        "Closing date": "green",
        "Sales tax": "green",
        "Mapped things": "green",
        "Reads that Intuit meters": "green",
    }


def test_invoice_numbers(look, company):
    set_preference(company, "SalesFormsPrefs", CustomTxnNumbers=False)
    level, words = look("Invoice numbers")
    assert level == "red"
    assert "Switch on Custom transaction numbers in QuickBooks under Gear" in words


@pytest.mark.parametrize("name", ["AutoApplyCredit", "AutoApplyPayments"])
def test_credits_that_quickbooks_applies_itself(look, company, name):
    set_preference(company, "SalesFormsPrefs", **{name: True})
    level, words = look("Credits applied by QuickBooks itself")
    assert level == "amber"
    assert words.endswith("Gear > Account and settings > Advanced > Automation.")


def test_closing_date_before_and_after_the_start(look, connected, company):
    connected.export_start_date = date(2026, 4, 1)
    connected.save()
    QuickBooksCompany.objects.update(book_close_date=date(2026, 3, 31))
    assert look("Closing date") == (
        "green",
        "Books are closed through 31 Mar 2026, before the start date.",
    )
    QuickBooksCompany.objects.update(book_close_date=date(2026, 4, 30))
    level, words = look("Closing date")
    assert level == "amber"
    assert words.startswith("Books are closed through 30 Apr 2026: what is dated until then")


def test_currency(look, connected, company):
    type(connected).objects.update(currency="CAD")
    assert look("Currency")[0] == "red"
    set_preference(company, "CurrencyPrefs", MultiCurrencyEnabled=True)
    level, words = look("Currency")
    assert level == "amber"
    assert "QuickBooks converts at its own rates" in words


def test_sales_tax(look, connected, company):
    set_preference(company, "TaxPrefs", PartnerTaxEnabled=False)
    assert look("Sales tax")[0] == "amber"
    set_preference(company, "TaxPrefs", PartnerTaxEnabled=True)
    assert look("Sales tax") == (
        "green",
        "QuickBooks works tax out by itself; each invoice's tax is compared to the cent.",
    )
    set_preference(company, "TaxPrefs", UsingSalesTax=False)
    assert look("Sales tax")[0] == "green"
    InvoiceFactory(business_unit=connected, tax_total=Decimal("1.00"))
    level, words = look("Sales tax")
    assert level == "amber"
    assert "Sales tax is switched off in Northern Lights LLC, but North has" in words


def test_classes_and_locations(look, connected, company):
    level, words = look("Classes and locations")
    assert level == "amber"
    assert "invoices carry no class and no location" in words
    entries = ReferenceEntry.objects.filter(company=company)
    UnitMapping.objects.create(
        company=company,
        business_unit=connected,
        quickbooks_class=entries.filter(kind="Class").first(),
        department=entries.filter(kind="Department").first(),
    )
    assert look("Classes and locations") == ("green", "As QuickBooks tracks them.")


def test_connection_that_ends_soon(look, company):
    ends = timezone.now() + timedelta(days=9)
    QuickBooksCompany.objects.update(refresh_token_hard_expires_at=ends)
    level, words = look("Connection")
    assert level == "amber"
    assert f"ends on {ends:%-d %b %Y}. Reconnect before that day" in words


def test_clocks(look):
    QuickBooksCompany.objects.update(clock_seconds=-600)
    assert look("Clocks") == (
        "amber",
        "The clock here is 600 seconds ahead of QuickBooks'. "
        "Whoever runs this site should set it by a time server.",
    )


@pytest.mark.parametrize(("status", "level"), [("EXPIRED", "red"), ("TRIAL_ENDING", "amber")])
def test_subscription(look, company, status, level):
    set_preference(company, "CompanyInfo", SubscriptionStatus=status)
    found, words = look("Subscription and rights")
    assert found == level
    assert f"QuickBooks calls the subscription {status.lower().replace('_', ' ')}." in words
    assert words.endswith("Gear > Account and settings > Billing & Subscription.")


def check_now(client, unit):
    client.post(reverse(f"{NAME}_check", args=[unit.pk]))
    tasks.relay(unit.quickbooks_company_id)


RECONNECT = "Reconnect to QuickBooks"
BY_LINK = "Send the link to my bookkeeper"


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        ({}, False),
        ({"refresh_token_hard_expires_at": timezone.now() + timedelta(days=9)}, True),
        ({"refresh_token_expires_at": timezone.now() + timedelta(days=9)}, True),
        ({"refusal": "The person who connected QuickBooks no longer has access."}, True),
    ],
)
def test_who_is_told_to_reconnect_can_do_so_at_once(client, connected, owner, change, offered):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    QuickBooksCompany.objects.update(**change)
    page = client.get(reverse(NAME, args=[connected.pk])).content.decode()
    assert (RECONNECT in page, BY_LINK in page) == (offered, offered)


def test_reconnecting_before_the_end_takes_the_warning_away(
    client, simulator, look, connected, realm
):
    ends = timezone.now() + timedelta(days=9)
    QuickBooksCompany.objects.update(refresh_token_hard_expires_at=ends)
    begun = client.post(reverse(f"{NAME}_connect", args=[connected.pk]))
    client.get(reverse("quickbooks_callback"), answer_of(simulator.approve(begun.url, realm)))
    tasks.relay(connected.quickbooks_company_id)
    assert look("Connection")[0] == "green"


def test_failed_check_is_told_until_quickbooks_is_looked_up_again(client, connected, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    company, error = connected.quickbooks_company, "QuickBooks did not answer. Please try again."
    CompanyRequest.objects.create(
        company=company, kind="check", state="failed", error=error, finished_at=timezone.now()
    )
    address = reverse(NAME, args=[connected.pk])
    assert error in client.get(address).content.decode()
    QuickBooksCompany.objects.update(checked_at=timezone.now())
    assert error not in client.get(address).content.decode()


def test_refusal_is_red_blocks_and_heals(client, look, simulator, connected, company):
    payment = PaymentFactory(invoice__business_unit=connected)
    simulator.condition(company.realm_id, "no_access")
    check_now(client, connected)
    level, said = look("Subscription and rights")
    assert level == "red"
    assert "access" in said.lower()
    assert explain([payment])[payment.pk].words.startswith("Set-up of North is not finished:")
    simulator.condition(company.realm_id, "ok")
    check_now(client, connected)
    assert look("Subscription and rights")[0] == "green"
    assert explain([payment]) == {}


def test_mapped_account_that_was_made_inactive_there(client, look, simulator, connected, company):
    mapped = MethodMapping.objects.filter(company=company).first().deposit_account
    other = ReferenceEntry.objects.get(company=company, name="Savings")
    MethodMapping.objects.filter(company=company).update(deposit_account=other)
    with open_session(company.pk) as session:
        account = session.client.read("Account", other.qbo_id)
        body = (
            f'{{"Id": "{other.qbo_id}", "SyncToken": "{account["SyncToken"]}", '
            '"sparse": true, "Active": false}'
        )
        assert session.client.send("Account", body.encode(), "off-1").status == 200
    simulator.clear_journal()
    check_now(client, connected)
    level, words = look("Mapped things")
    assert level == "red"
    assert "which is inactive in QuickBooks: choose another." in words
    assert len(simulator.journal(company.realm_id, kind="api")) <= 8
    mapped.refresh_from_db()
    assert mapped.active


def test_nightly_look_renews_tokens_and_closing_date(simulator, connected, company):
    old = company.refresh_token
    QuickBooksCompany.objects.update(access_token_expires_at=timezone.now())
    assert health_check.look_at_all() == 1
    tasks.relay(company.pk)
    company.refresh_from_db()
    assert company.refresh_token != old
    assert CompanyRequest.objects.filter(kind="check").get().state == "done"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_only_accountants_check(client, connected, role):
    user = MembershipFactory(business_unit=connected, role=role).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse(f"{NAME}_check", args=[connected.pk])).status_code == 404
    assert not CompanyRequest.objects.filter(kind="check").exists()


def test_disconnecting_in_quickbooks_is_noticed_and_not_merely_believed(
    client, simulator, connected, company
):
    address = reverse("quickbooks_disconnected")
    assert client.get(address, {"realmId": "0"}).status_code == 200
    shown = client.get(address, {"realmId": company.realm_id}).content.decode()
    assert "Disconnected in QuickBooks" in shown
    assert "Northern Lights" not in shown
    tasks.relay(company.pk)
    company.refresh_from_db()
    assert company.status == "connected"

    oauth.revoke(company.refresh_token)
    client.get(address, {"realmId": company.realm_id})
    tasks.relay(company.pk)
    company.refresh_from_db()
    assert company.status == "needs_reconnect"
    assert company.refusal == ""
