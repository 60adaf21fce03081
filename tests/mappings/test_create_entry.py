"""Creating an item or a payment method in QuickBooks on request: once, and mapped."""

import pytest
from django.urls import reverse

from accounts.models import Role
from sync import tasks
from sync.admin.connections.selects import field_name
from sync.models import (
    CompanyRequest,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    TermMapping,
    UnitMapping,
)
from tests.factories import InvoiceFactory, InvoiceLineFactory, MembershipFactory, PaymentFactory

NAME = "admin:sync_businessunit_quickbooks"


@pytest.fixture
def sold(north):
    invoice = InvoiceFactory(business_unit=north, lines=[])
    InvoiceLineFactory(invoice=invoice, service="Snow removal")
    PaymentFactory(invoice=invoice, method="Zelle")
    return invoice


@pytest.fixture
def desk(client, sold, connected):
    user = MembershipFactory(business_unit=connected, role=Role.ACCOUNTANT).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def create(desk, unit, what, **changes):
    shown = desk.get(reverse(NAME, args=[unit.pk]))
    assert f'value="{what}"' in shown.content.decode()
    form = shown.context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    desk.post(reverse(f"{NAME}_create", args=[unit.pk]), {**data, **changes, "create": what})
    assert "in QuickBooks…" in desk.get(reverse(NAME, args=[unit.pk])).content.decode()
    tasks.relay(unit.quickbooks_company_id)


def there(simulator, company, entity, name):
    return [d for d in simulator.documents(company.realm_id, entity) if d["Name"] == name]


def test_missing_item_is_created_with_the_default_items_account_and_mapped(
    simulator, desk, connected, company
):
    create(desk, connected, "item:Snow removal")
    [item] = there(simulator, company, "Item", "Snow removal")
    assert (item["Type"], item["IncomeAccountRef"]["name"]) == ("Service", "Services")
    row = ItemMapping.objects.get(service="Snow removal")
    assert (row.item.qbo_id, row.item.name, row.basis) == (item["Id"], "Snow removal", "")


def test_creating_accepts_no_other_proposal_and_keeps_what_was_changed(
    simulator, desk, connected, company
):
    def resting():
        models = ItemMapping, MethodMapping, TaxMapping, TermMapping, UnitMapping
        rows = [list(model.objects.order_by("pk").values_list("pk", "basis")) for model in models]
        return rows, QuickBooksCompany.objects.get().discount_basis

    UnitMapping.objects.create(
        company=company,
        business_unit=connected,
        quickbooks_class=ReferenceEntry.objects.filter(kind="Class").first(),
        basis="same name as the unit",
    )
    before = resting()
    bank = ReferenceEntry.objects.get(kind="Account", name="Checking")
    create(desk, connected, "item:Snow removal", **{field_name("deposit", "Zelle"): bank.pk})
    ItemMapping.objects.get(service="Snow removal").delete()
    changed = MethodMapping.objects.get(method="Zelle")
    assert (changed.deposit_account, changed.basis) == (bank, "")
    changed.delete()
    assert resting() == before


def test_missing_method_is_created_and_keeps_the_deposit_account(
    simulator, desk, connected, company
):
    create(desk, connected, "method:Zelle")
    [method] = there(simulator, company, "PaymentMethod", "Zelle")
    row = MethodMapping.objects.get(method="Zelle")
    assert row.payment_method.qbo_id == method["Id"]
    assert row.deposit_account.name == "Undeposited Funds"


def test_lost_answer_is_looked_for_before_a_second_try(simulator, desk, connected, company):
    simulator.fault("lose", match={"endpoint": "item", "write": True})
    create(desk, connected, "item:Snow removal")
    assert CompanyRequest.objects.get(kind="create").state == "failed"
    shown = desk.get(reverse(NAME, args=[connected.pk])).content.decode()
    assert "“Snow removal” was not created: QuickBooks did not answer." in shown
    simulator.clear_journal()
    create(desk, connected, "item:Snow removal")
    assert len(there(simulator, company, "Item", "Snow removal")) == 1
    assert ItemMapping.objects.filter(service="Snow removal").exists()
    paths = [call["path"] for call in simulator.journal(company.realm_id, kind="api")]
    assert not any(path.endswith("/item") for path in paths)


def test_name_that_quickbooks_refuses_is_said_and_not_changed(
    simulator, desk, connected, company, sold
):
    InvoiceLineFactory(invoice=sold, service="Snow: removal")
    create(desk, connected, "item:Snow: removal")
    shown = desk.get(reverse(NAME, args=[connected.pk])).content.decode()
    assert "QuickBooks does not take this name" in shown
    assert there(simulator, company, "Item", "Snow removal") == []


def test_only_what_is_offered_is_created(desk, connected):
    address = reverse(f"{NAME}_create", args=[connected.pk])
    for wrong in ("account:Bank", "item:", "nonsense"):
        assert desk.post(address, {"create": wrong}).status_code == 404
    assert not CompanyRequest.objects.filter(kind="create").exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_only_accountants_create(client, connected, role):
    user = MembershipFactory(business_unit=connected, role=role).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(f"{NAME}_create", args=[connected.pk])
    assert client.post(address, {"create": "item:Mowing"}).status_code == 404
    assert not CompanyRequest.objects.filter(kind="create").exists()
