"""Corporate defaults: inherited by name as proposals, overridden by what a person chose."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Role
from sync import tasks
from sync.admin.connections.selects import field_name
from sync.mappings.choices import choose_item
from sync.models import CorporateDefault, ItemMapping, MethodMapping, ReferenceEntry
from tests.factories import (
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
    PaymentFactory,
    UserFactory,
)


@pytest.fixture
def sold(north):
    invoice = InvoiceFactory(business_unit=north, lines=[])
    InvoiceLineFactory(invoice=invoice, service="Grass cutting")
    InvoiceLineFactory(invoice=invoice, service="Gratuity")
    PaymentFactory(invoice=invoice, method="Zelle")
    return invoice


@pytest.fixture
def defaults(db):
    for kind, word, name in (
        ("item", "Grass cutting", "Mowing"),
        ("item", "", "Hours"),
        ("method", "Zelle", "ACH"),
        ("deposit", "Zelle", "Checking"),
        ("item", "Nowhere used", "Nothing of this name"),
    ):
        CorporateDefault.objects.create(kind=kind, word=word, name=name)


def items():
    return {row.service: (row.item.name, row.basis) for row in ItemMapping.objects.all()}


def test_unit_inherits_the_defaults_when_it_connects(simulator, north, sold, defaults, realm):
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    assert items() == {
        "": ("Hours", "the corporate default"),
        "Grass cutting": ("Mowing", "the corporate default"),
        "Gratuity": ("Tip", "another word for the same"),
    }
    row = MethodMapping.objects.get(method="Zelle")
    assert (row.payment_method.name, row.deposit_account.name) == ("ACH", "Checking")
    assert MethodMapping.objects.get(method="").deposit_account.name == "Undeposited Funds"


def test_changed_default_reaches_proposals_and_leaves_choices(sold, connected, company):
    own = ReferenceEntry.objects.get(company=company, kind="Item", name="Hedge Trimming")
    choose_item(company, "Grass cutting", own)
    CorporateDefault.objects.create(kind="item", word="Grass cutting", name="Mowing")
    CorporateDefault.objects.create(kind="item", word="", name="Hours")
    assert tasks.spread_defaults() == 1
    assert items() == {
        "": ("Hours", "the corporate default"),
        "Grass cutting": ("Hedge Trimming", ""),
        "Gratuity": ("Tip", "another word for the same"),
    }


@pytest.fixture
def desk(client, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


def save(desk, unit, **changes):
    address = reverse("admin:sync_businessunit_quickbooks", args=[unit.pk])
    form = desk.get(address).context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    assert desk.post(address, {**data, **changes}).status_code == 302


def test_what_is_inherited_follows_the_default_until_somebody_overrides_it(
    simulator, north, sold, defaults, realm, desk
):
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    save(desk, north)
    page = desk.get(reverse("admin:sync_businessunit_quickbooks", args=[north.pk]))
    assert page.content.decode().count("Inherited: the corporate default") == 3
    CorporateDefault.objects.filter(kind="item", word="").update(name="Sales")
    CorporateDefault.objects.filter(kind="deposit").update(name="Savings")
    tasks.spread_defaults()
    assert items()[""] == ("Services", "an item called Services")  # there is no item called Sales
    assert MethodMapping.objects.get(method="Zelle").deposit_account.name == "Savings"
    assert items()["Grass cutting"] == ("Mowing", "the corporate default")
    assert items()["Gratuity"] == ("Tip", "")

    own = ReferenceEntry.objects.get(kind="Item", name="Hedge Trimming")
    save(desk, north, **{field_name("item", "Grass cutting"): own.pk})
    CorporateDefault.objects.filter(word="Grass cutting").update(name="Hours")
    tasks.spread_defaults()
    assert items()["Grass cutting"] == ("Hedge Trimming", "")


@pytest.mark.parametrize("kind", ["discount", "terms"])
def test_discounts_and_terms_have_one_default_for_all(client, db, kind):
    client.force_login(
        UserFactory(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    address = reverse("admin:sync_corporatedefault_add")
    shown = client.post(address, {"kind": kind, "word": "Mowing", "name": "Net 30"})
    assert "leave our word empty" in shown.content.decode()
    assert not CorporateDefault.objects.exists()


def test_saving_a_default_has_it_spread(
    client, django_capture_on_commit_callbacks, monkeypatch, db
):
    woken = []
    monkeypatch.setattr("sync.company.wake.async_task", lambda *call: woken.append(call))
    client.force_login(
        UserFactory(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("admin:sync_corporatedefault_add"),
            {"kind": "item", "word": "Mowing", "name": "Lawn"},
        )
    row = CorporateDefault.objects.get()
    assert str(row) == "Mowing → Lawn"
    assert woken == [("sync.tasks.spread_defaults",)]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:sync_corporatedefault_delete", args=[row.pk]), {"post": "yes"})
    assert not CorporateDefault.objects.exists()
    assert woken == [("sync.tasks.spread_defaults",)] * 2


def test_administrators_of_a_unit_do_not_set_what_all_inherit(client, north):
    user = MembershipFactory(business_unit=north, role=Role.ADMINISTRATOR).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("admin:sync_corporatedefault_add")
    assert client.post(address, {"kind": "item", "word": "x", "name": "y"}).status_code == 403
    assert client.get(reverse("admin:sync_corporatedefault_changelist")).status_code == 403
    assert not CorporateDefault.objects.exists()
