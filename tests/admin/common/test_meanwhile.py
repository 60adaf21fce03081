"""Two people have a form open and both save: the second is told what the first changed."""

import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.utils import translation

from accounts.admin import RoleAdmin
from accounts.models import Membership, Role, User
from sync.admin.common.base import ScopedAdmin
from sync.intake.door import typed
from sync.models import CorporateDefault, Invoice, MethodMapping, Refund
from tests import factories


@pytest.fixture
def two(sign_in, riverside):
    """Two people who may change everything."""
    return sign_in(is_superuser=True), sign_in(is_superuser=True)


def opened(client, page):
    """Return what the form of a page would post as it was opened."""
    text = client.get(page).content.decode()
    form = next(
        form for form in re.findall(r"<form.*?</form>", text, re.S) if 'name="as_it_stood"' in form
    )
    data = {}
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", form):
        found = re.search(r'name="([^"]+)"', tag)
        if not found or "token" in found[1] or re.search(r'type="(checkbox|submit)"', tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        data[found[1]] = unescape(value[1]) if value else ""
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        data[name] = unescape(chosen[1]) if chosen else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        data[name] = unescape(body).strip()
    return {name: value for name, value in data.items() if not name.startswith("_")}


def rows(riverside):
    """Return a row of each kind with a form, what the first saves, and how it is named."""
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    payment = factories.PaymentFactory(invoice=invoice)
    refund = factories.RefundFactory(payment=payment, amount="5.00", reason="Late")
    role = factories.MembershipFactory(business_unit=riverside, role=Role.VIEWER)
    default = CorporateDefault.objects.create(kind="item", word="Mowing", name="Lawn")
    return {
        "businessunit": (riverside, "name", "North", "South", "Business unit"),
        "customer": (invoice.customer, "city", "Troy", "Utica", "City"),
        "invoice": (invoice, "number", "77", "78", "Number"),
        "payment": (payment, "reference", "c1", "c2", "Reference"),
        "refund": (refund, "reason", "Broken", "Wet", "Reason"),
        "membership": (role, "role", "exporter", "accountant", "Role"),
        "user": (role.user, "first_name", "Ana", "Eva", "First name"),
        "corporatedefault": (default, "name", "Grass", "Weeds", "Name"),
    }


KINDS = [
    "businessunit", "customer", "invoice", "payment", "refund", "membership", "user",
    "corporatedefault",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_is_told_and_may_save_once_more(two, riverside, kind):
    first, second = two
    row, field, ones, others, _ = rows(riverside)[kind]
    page = f"/admin/{row._meta.app_label}/{kind}/{row.pk}/change/"
    mine, theirs = opened(first, page), opened(second, page)
    assert first.post(page, {**mine, field: ones}).status_code == 302
    row.refresh_from_db()
    assert getattr(row, field) == ones
    told = second.post(page, {**theirs, field: others})
    assert told.status_code == 200
    text = unescape(told.content.decode())
    assert "Somebody else changed this page while you had it open:" in text
    assert f"(now {ones})" in text
    row.refresh_from_db()
    assert getattr(row, field) == ones
    stood = re.search(r'name="as_it_stood" value="([^"]*)"', told.content.decode())
    again = {**theirs, field: others, "as_it_stood": unescape(stood[1])}
    assert second.post(page, again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, field) == others


def test_a_line_that_somebody_added_is_told(two, riverside):
    _, second = two
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    page = f"/admin/sync/invoice/{invoice.pk}/change/"
    theirs = opened(second, page)
    factories.InvoiceLineFactory(invoice=invoice, amount="5.00", service="Tip")
    told = unescape(second.post(page, {**theirs, "number": "9"}).content.decode())
    assert "while you had it open: Lines." in told
    invoice.refresh_from_db()
    assert invoice.number == "1042"


@translation.override("en")  # what a request speaks stays on afterwards
def test_a_line_is_told_in_the_language_that_the_form_was_opened_in(two, riverside):
    _, second = two
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    page = f"/admin/sync/invoice/{invoice.pk}/change/"
    theirs = opened(second, page)
    User.objects.filter(pk=second.user.pk).update(language="es")
    factories.InvoiceLineFactory(invoice=invoice, amount="5.00", service="Tip")
    told = unescape(second.post(page, {**theirs, "number": "9"}).content.decode())
    assert "while you had it open: Lines." in told
    invoice.refresh_from_db()
    assert invoice.number == "1042"


def test_what_the_site_itself_changes_meanwhile_stops_nobody(two, riverside):
    _, second = two
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042", total="150.00")
    page = f"/admin/sync/invoice/{invoice.pk}/change/"
    theirs = opened(second, page)
    factories.PaymentFactory(invoice=invoice, amount="150.00")
    assert second.post(page, {**theirs, "number": "9"}).status_code == 302


def test_no_mark_tells_a_password(two):
    first, second = two
    page = f"/admin/accounts/user/{first.user.pk}/change/"
    stood = json.loads(opened(second, page)["as_it_stood"])
    assert "password" not in stood
    assert set(stood) >= {"username", "email", "is_superuser", "roles"}


def test_mappings_say_who_chose_otherwise_meanwhile(two, riverside):
    _, second = two
    company = riverside.quickbooks_company
    company.verified_at = company.connected_at = company.verified_at
    company.save()
    other = factories.ReferenceEntryFactory(company=company, kind="PaymentMethod", name="Cash")
    page = f"/admin/sync/quickbookscompany/unit/{riverside.pk}/"
    theirs = opened(second, page)
    MethodMapping.objects.update(payment_method=other)
    told = second.post(page, theirs)
    assert "while you had it open: Any other method." in unescape(told.content.decode())
    assert MethodMapping.objects.get().payment_method == other
    assert second.post(page, opened(second, page)).status_code == 302
    assert MethodMapping.objects.get().payment_method == other


def test_a_form_that_was_tampered_with_stores_nothing(two, riverside):
    first, _ = two
    page = f"/admin/sync/businessunit/{riverside.pk}/change/"
    data = opened(first, page)
    for stood in ("nonsense", "[1]", '{"name": 1}'):
        assert first.post(page, {**data, "name": "X", "as_it_stood": stood}).status_code == 200
    riverside.refresh_from_db()
    assert riverside.name == "Riverside"
    assert User.objects.count() == Membership.objects.count() + 2
    assert not Refund.objects.exists()


def test_what_was_not_touched_is_not_put_back(two, riverside):
    _, second = two
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    page = f"/admin/sync/invoice/{invoice.pk}/change/"
    theirs = opened(second, page)
    other = factories.CustomerFactory(business_unit=riverside)
    now = datetime(2026, 5, 1, tzinfo=UTC)
    Invoice.objects.update(due_on="2026-07-01", customer=other, voided_at=now)
    told = second.post(page, {**theirs, "number": "9"})
    form = told.context["adminform"].form
    shown = {name: form[name].value() for name in ("number", "due_on", "customer", "is_voided")}
    assert {name: str(value) for name, value in shown.items()} == {
        "number": "9",
        "due_on": "2026-07-01",
        "customer": str(other.pk),
        "is_voided": "True",
    }


def test_what_is_stored_while_a_form_is_being_saved_stays(two, riverside, monkeypatch):
    """No field of the form, so nobody is told; a save that waited for the row keeps it."""
    _, second = two
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    page = f"/admin/sync/invoice/{invoice.pk}/change/"
    theirs = opened(second, page)
    looked, held = ScopedAdmin.get_object, []

    def then_held(*args):
        row = looked(*args)
        held.append(datetime(2026, 1, 1 + len(held), tzinfo=UTC))
        Invoice.objects.update(do_not_export_at=held[-1])
        return row

    monkeypatch.setattr(ScopedAdmin, "get_object", then_held)
    assert second.post(page, {**theirs, "number": "9"}).status_code == 302
    invoice.refresh_from_db()
    assert (invoice.number, invoice.do_not_export_at) == ("9", held[-1])


def test_a_role_taken_away_while_its_form_is_being_saved_stays_taken(two, riverside, monkeypatch):
    _, second = two
    role = factories.MembershipFactory(business_unit=riverside, role=Role.VIEWER)
    page = f"/admin/accounts/membership/{role.pk}/change/"
    theirs = opened(second, page)

    def then_gone(*args):
        Membership.objects.filter(pk=role.pk).delete()
        return role

    monkeypatch.setattr(RoleAdmin, "get_object", then_gone)
    assert second.post(page, {**theirs, "role": "exporter"}).status_code == 404
    # The transaction, in which the test took it away, is undone.
    assert not Membership.objects.filter(pk=role.pk, role="exporter").exists()


def test_the_unit_is_locked_before_a_document_as_a_delivery_locks_it(two, riverside, monkeypatch):
    _, second = two
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    page = f"/admin/sync/invoice/{invoice.pk}/change/"
    theirs, locked, read = opened(second, page), [], Invoice.refresh_from_db
    monkeypatch.setattr(typed, "lock", locked.append)

    def then_read(row, *args, **kwargs):
        if "from_queryset" in kwargs:
            locked.append(row)
        read(row, *args, **kwargs)

    monkeypatch.setattr(Invoice, "refresh_from_db", then_read)
    assert second.post(page, {**theirs, "number": "9"}).status_code == 302
    assert locked[:2] == [riverside.pk, invoice]
