"""Law 6: No one reads or moves what they hold no role for."""

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync.exports.runs import runs
from sync.exports.runs.drafts import UnknownPayments, prepare, prepare_ready
from sync.models import ExportRun, SyncRecord
from tests.exports import ledger
from tests.factories import BusinessUnitFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/sync/payment/"
CONFIRM = "/admin/sync/exportrun/confirm/"
KEPT_OUT = {403, 404}


def nobody(unit):
    return UserFactory()


def of_another_unit(unit):
    return MembershipFactory(business_unit=BusinessUnitFactory(), role=Role.ADMINISTRATOR).user


def who_only_reads(unit):
    return MembershipFactory(business_unit=unit, role=Role.VIEWER).user


@pytest.mark.parametrize("person", [nobody, of_another_unit, who_only_reads])
def test_ids_posted_by_hand_export_nothing(simulator, unit, paid, client, person):
    actor = person(unit)
    client.force_login(actor)
    ids = list(paid.payments.values_list("pk", flat=True))
    draft = prepare_ready(unit, None)
    ticked = {"_selected_action": ids, "index": "0", "select_across": "1"}
    client.post(f"{LIST}?status=all", {**ticked, "action": "export_to_quickbooks"}, follow=True)
    client.post(f"{LIST}?status=all", {**ticked, "export_payments": "1"}, follow=True)
    for pk in ids:
        assert client.post(f"{LIST}{pk}/export/").status_code in KEPT_OUT
    assert client.post(CONFIRM, {"run": draft.pk}).status_code in KEPT_OUT
    with pytest.raises(UnknownPayments):
        prepare(ids, actor)
    with pytest.raises(AccessDenied):
        prepare_ready(unit, actor)
    with pytest.raises(AccessDenied):
        runs.confirm(draft, actor)
    assert ExportRun.objects.get() == draft
    draft.refresh_from_db()
    assert draft.state == ExportRun.State.DRAFT
    assert not SyncRecord.objects.exists()
    assert simulator.journal(unit.quickbooks_company.realm_id) == []


@pytest.mark.parametrize("person", [nobody, of_another_unit])
def test_what_was_exported_is_not_shown(simulator, unit, paid, export, client, person):
    assert export()["exported"] == 3
    there = ledger.payments(simulator, unit)
    client.force_login(person(unit))
    record = SyncRecord.objects.get(kind="invoice")
    pages = [
        f"/admin/sync/payment/{paid.payments.first().pk}/change/",
        f"/admin/sync/invoice/{paid.pk}/change/",
        f"/admin/sync/customer/{paid.customer_id}/change/",
        f"/admin/sync/exportrun/{ExportRun.objects.get().pk}/change/",
        f"/admin/sync/exportrun/{ExportRun.objects.get().pk}/csv/",
        f"/admin/sync/syncrecord/{record.pk}/change/",
        f"/admin/sync/businessunit/{unit.pk}/change/",
    ]
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    for page in (
        f"{LIST}?status=all",
        "/admin/sync/invoice/",
        "/admin/sync/syncrecord/",
        "/admin/",
    ):
        shown = client.get(page)
        assert shown.status_code in {200, 403}
        for words in (paid.number, paid.customer.display_name, "Riverside LLC"):
            assert words not in shown.content.decode(), page
    assert ledger.payments(simulator, unit) == there
