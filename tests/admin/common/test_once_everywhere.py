"""Every page that acts refuses a post without a token of its own, also a page added tomorrow."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import User
from sync.models import BooksMatch, CustomerMatch, Drift, Event, Stray, TieOut, UsedForm
from sync.models.used_forms import new_token
from tests import factories

# They store nothing, or only a preview that is confirmed on a page of its own.
ASKS = r"|index|search|jsi18n|view_on_site|autocomplete|app_list|.*_changelist|.*_history"
ASKS += r"|sync_exportrun_change|sync_payment_export|sync_businessunit_quickbooks_(connect|trial)"
ASKS += r"|.*_(check|compare|remove|unlink|name|mend|correct|accept)_one"
ASKS += r"|sync_invoice_record_payment"
ASKS += r"|sync_businessunit_(integration_setup|match_customers|ready_payments|incoming)"
ASKS += r"|sync_payment_record_refund"
# Doing it a second time changes nothing.
SAME_AGAIN = r"login|logout|(auth_user_)?password_change.*|.*_delete|.*_simple_history"
EXEMPT = re.compile(rf"({ASKS}|{SAME_AGAIN})\Z")


def admin_pages():
    """Yield the name and address of every admin page; each id is 9."""
    for pattern in get_resolver().url_patterns:
        if getattr(pattern, "app_name", None) == "admin":
            yield from _pages(pattern.url_patterns, "/admin/")


def _pages(patterns, start):
    for pattern in patterns:
        address = start + re.sub(r"<[^>]+>", "9", str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            yield from _pages(pattern.url_patterns, address)
        else:
            yield pattern.name or "", address


PAGES = sorted({page for page in admin_pages() if not EXEMPT.match(page[0])})


@pytest.fixture
def anybody(db):
    client = Client()
    user = factories.UserFactory(is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


@pytest.fixture
def rows_of_id_9(anybody):
    invoice = factories.InvoiceFactory(pk=9, business_unit__pk=9, customer__pk=9)
    payment = factories.PaymentFactory(pk=9, invoice=invoice)
    factories.RefundFactory(pk=9, payment=payment)
    record = factories.SyncRecordFactory(pk=9, payment=payment, state="exported", qbo_id="9")
    unit = payment.business_unit
    unit.quickbooks_company = record.company
    unit.save()
    about = {"company": record.company, "business_unit": unit}
    CustomerMatch.objects.create(pk=9, customer=payment.customer, standing="look", **about)
    BooksMatch.objects.create(pk=9, invoice=invoice, number="9", standing="look", **about)
    Drift.objects.create(
        pk=9, record=record, business_unit=unit, changes=[], changed_at=timezone.now()
    )
    Stray.objects.create(pk=9, kind="invoice", changed_at=timezone.now(), **about)
    days = {"first_day": date(2026, 5, 1), "last_day": date(2026, 5, 31)}
    TieOut.objects.create(pk=9, requested_by=anybody.user, **days, **about)
    Event.objects.create(pk=9, business_unit=unit, action="retry")


def test_every_page_that_acts_asks_for_the_token_of_its_form(anybody, rows_of_id_9):
    assert len(PAGES) > 60
    answers = {name: anybody.post(address).status_code for name, address in PAGES}
    wanted = {400, 405}  # no token; no post
    assert {name: code for name, code in answers.items() if code not in wanted} == {}


def test_a_person_is_added_once_and_has_a_page_with_a_token(anybody):
    page = "/admin/accounts/user/add/"
    assert 'name="form_token"' in anybody.get(page).content.decode()
    data = {
        "username": "robin",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        "form_token": new_token(anybody.user.pk, page),
    }
    first, second = anybody.post(page, data), anybody.post(page, data)
    robin = User.objects.get(username="robin")
    assert (first.status_code, second.status_code) == (302, 409)
    assert second.context["link"] == f"/admin/accounts/user/{robin.pk}/change/"
    assert UsedForm.objects.count() == 1
