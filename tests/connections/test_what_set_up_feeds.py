"""What set-up and checks find, as it shows on the payments they stop."""

from datetime import date

import pytest
import requests
from django.conf import settings as site
from django.core.management import call_command
from django.urls import reverse

from sync import tasks
from sync.models import BusinessUnit, Payment, QuickBooksCompany
from tests.connections.conftest import answer_of
from tests.exports import ledger
from tests.factories import InvoiceFactory, PaymentFactory

NAME = "admin:sync_businessunit_quickbooks"


@pytest.fixture
def desk(client, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sell(unit, day, number, paid_on=None):
    invoice = InvoiceFactory(business_unit=unit, number=number, issued_on=day, due_on=None)
    return PaymentFactory(invoice=invoice, amount=invoice.total, received_on=paid_on or day)


def close_books(company, day):
    """Close the books through a day, as an accountant does in QuickBooks."""
    address = f"{site.QUICKBOOKS_API_URL}/company/{company.realm_id}"
    headers = {"Authorization": f"Bearer {company.access_token}", "Accept": "application/json"}
    query = {"minorversion": "75"}
    read = requests.get(f"{address}/preferences", params=query, headers=headers, timeout=10)
    preferences = read.json()["Preferences"]
    preferences["AccountingInfoPrefs"]["BookCloseDate"] = str(day)
    sent = {"Id": preferences["Id"], "SyncToken": preferences["SyncToken"], "sparse": True}
    sent["AccountingInfoPrefs"] = preferences["AccountingInfoPrefs"]
    answer = requests.post(
        f"{address}/preferences", params=query, json=sent, headers=headers, timeout=10
    )
    assert answer.status_code == 200, answer.text


def test_closing_date_is_read_and_stops_what_is_dated_before_it(
    desk, simulator, connected, company
):
    BusinessUnit.objects.update(export_start_date=date(2026, 1, 1))
    before = sell(connected, date(2026, 3, 31), "C-1", paid_on=date(2026, 4, 2))
    deposit = sell(connected, date(2026, 4, 2), "C-3", paid_on=date(2026, 3, 31))
    after = sell(connected, date(2026, 4, 1), "C-2")
    close_books(company, date(2026, 3, 31))
    desk.post(reverse(f"{NAME}_check", args=[connected.pk]))
    tasks.relay(company.pk)
    for payment in (before, deposit):
        shown = desk.get(payment.get_absolute_url()).content.decode()
        assert "QuickBooks has closed its books through 31 Mar 2026" in shown
    call_command("export_payments", connected.code, "--wait", "--json", verbosity=0)
    connected.refresh_from_db()
    assert set(ledger.invoices(simulator, connected)) == {"C-2"}
    assert after.sync_records.get().state == "exported"


def test_what_went_to_the_old_company_is_not_offered_to_the_new_one(
    desk, simulator, connected, company
):
    BusinessUnit.objects.update(export_start_date=date(2026, 1, 1))
    gone = sell(connected, date(2026, 4, 1), "C-1")
    call_command("export_payments", connected.code, "--wait", "--json", verbosity=0)
    later = sell(connected, date(2026, 4, 2), "C-2")
    other = simulator.create_company(variant="us", name="Other LLC")
    begun = desk.post(reverse(f"{NAME}_connect", args=[connected.pk]))
    answer = answer_of(simulator.approve(begun.url, other))
    asked = desk.get(reverse("quickbooks_callback"), answer, follow=True)
    desk.post(asked.request["PATH_INFO"], {"answer": "join"})
    connected.refresh_from_db()
    tasks.relay(connected.quickbooks_company_id)
    finish(desk, connected)

    ready = desk.get(reverse("admin:sync_payment_changelist"), {"status": "ready"})
    assert [row.pk for row in ready.context["cl"].result_list] == [later.pk]
    call_command("export_payments", connected.code, "--wait", "--json", verbosity=0)
    assert set(ledger.invoices(simulator, connected)) == {"C-2"}
    shown = desk.get(gone.get_absolute_url()).content.decode()
    assert (
        "Invoice C-1 is, or may be, in the QuickBooks company that this unit was connected to"
        " before. It is not exported again unless someone releases it by name." in shown
    )
    assert Payment.objects.count() == 2
    assert gone.sync_records.get().company == company
    assert QuickBooksCompany.objects.get(realm_id=other) == connected.quickbooks_company


def finish(desk, unit):
    """Take the steps that are left, without a trial."""
    address = reverse(NAME, args=[unit.pk])
    confirmed = {"company": unit.quickbooks_company_id}
    desk.post(reverse(f"{NAME}_confirm", args=[unit.pk]), confirmed)
    form = desk.get(address).context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    assert desk.post(address, data).status_code == 302
    tasks.relay(unit.quickbooks_company_id)  # what is there already is read
    desk.post(reverse(f"{NAME}_skip", args=[unit.pk]))
    assert "Set-up is finished" in desk.get(address).content.decode()
