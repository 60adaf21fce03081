"""Changes after export: who sees and decides on them, and what a page says before and after."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Role
from sync.models import BusinessUnit, Drift, Event, SyncRecord
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    MembershipFactory,
    QuickBooksCompanyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/sync/drift/"


@pytest.fixture
def sign_in(client, unit):
    def as_(role, unit=unit):
        person = UserFactory()
        MembershipFactory(user=person, business_unit=unit, role=role)
        client.force_login(person)
        return person

    return as_


@pytest.fixture
def drift(exported):
    record = SyncRecord.objects.get(payment=exported(amount="200.00"))
    return Drift.objects.create(
        record=record,
        business_unit=record.business_unit,
        side="quickbooks",
        changes=[{"field": "total", "was": "200.00", "now": "150.00"}],
        changed_at=datetime(2026, 5, 10, 2, tzinfo=UTC),
    )


def test_list_names_both_amounts_and_the_units_own_day(client, sign_in, drift):
    sign_in(Role.VIEWER)
    text = client.get(LIST).content.decode()
    qbo_id = drift.record.qbo_id
    assert f"Payment {qbo_id} changed in QuickBooks: $200.00 → $150.00 on 9 May 2026" in text
    payment = drift.record.payment
    assert f'href="/admin/sync/payment/{payment.pk}/change/">José O&#x27;Brien</a>' in text
    assert f">{payment.invoice.number}</span>" in text


def test_its_page_says_what_the_list_says_and_when_it_was_decided(client, sign_in, drift):
    person = sign_in(Role.ACCOUNTANT)
    decided_at = datetime(2026, 5, 11, 2, tzinfo=UTC)
    Drift.objects.update(state="accepted", decided_by=person, decided_at=decided_at)
    text = client.get(f"{LIST}{drift.pk}/change/").content.decode()
    assert f"Payment {drift.record.qbo_id} changed in QuickBooks: $200.00 → $150.00" in text
    assert f"{person}, 10 May 2026 22:00 EDT" in text
    assert "Snapshot" not in text


def test_accepting_asks_first_and_is_stored_by_the_post(client, sign_in, drift):
    person = sign_in(Role.ACCOUNTANT)
    page = client.post(LIST, {"action": "decide_selected", "_selected_action": [drift.pk]})
    text = page.content.decode()
    assert "Accept or explain" in text
    payment = drift.record.payment
    assert f" · José O&#x27;Brien, {payment.invoice.number} · <a" in text
    assert f"Payment {drift.record.qbo_id} ↗</a>" in text
    assert Drift.objects.get().state == "open"
    post = {"drift": [drift.pk], "state": "explained", "note": ""}
    assert "Say why it changed" in client.post(f"{LIST}decide/", post).content.decode()
    response = client.post(f"{LIST}decide/", post | {"note": "Agreed"})
    assert (response.status_code, response["Location"]) == (302, LIST)
    decided = Drift.objects.get()
    assert (decided.state, decided.note, decided.decided_by) == ("explained", "Agreed", person)
    assert Event.objects.get().actor == person


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_reader_cannot_decide(client, sign_in, drift, role):
    sign_in(role)
    post = {"drift": [drift.pk], "state": "accepted", "note": ""}
    assert client.post(f"{LIST}decide/", post).status_code == 403
    assert Drift.objects.get().state == "open"
    assert not Event.objects.exists()


def test_person_of_another_unit_sees_and_decides_nothing(client, sign_in, drift):
    company = QuickBooksCompanyFactory(realm_id="1")
    sign_in(Role.ADMINISTRATOR, BusinessUnitFactory(quickbooks_company=company))
    assert drift.record.qbo_id not in client.get(LIST).content.decode()
    post = {"drift": [drift.pk], "state": "accepted", "note": ""}
    assert client.post(f"{LIST}decide/", post).status_code == 403
    assert Drift.objects.get().state == "open"


def test_list_takes_the_same_number_of_queries_for_any_number_of_rows(
    client, sign_in, exported, drift, django_assert_max_num_queries
):
    sign_in(Role.ACCOUNTANT)
    taken = []
    for number in (1, 3):
        while Drift.objects.count() < number:
            record = SyncRecord.objects.get(payment=exported())
            Drift.objects.create(
                record=record,
                business_unit=record.business_unit,
                side="here",
                changes=[{"field": "standing", "was": "there", "now": "voided"}],
                changed_at=datetime(2026, 5, 10, 2, tzinfo=UTC),
            )
        with django_assert_max_num_queries(25) as queries:
            client.get(LIST)
        taken.append(len(queries))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("side", ["invoice", "payment"])
def test_a_change_is_found_by_customer_invoice_and_quickbooks_id(client, sign_in, exported, side):
    sign_in(Role.ACCOUNTANT)
    changed = {}
    for name in ("Ann Lee", "Bob Ray"):
        customer = CustomerFactory(display_name=name, business_unit=BusinessUnit.objects.get())
        payment = exported(customer=customer)
        document = {side: getattr(payment, side) if side == "invoice" else payment}
        changed[name] = Drift.objects.create(
            record=SyncRecord.objects.get(**document),
            business_unit=payment.business_unit,
            side="here",
            changes=[{"field": "standing", "was": "there", "now": "voided"}],
            changed_at=datetime(2026, 5, 10, 2, tzinfo=UTC),
        )
    record, number = changed["Ann Lee"].record, payment.invoice.number
    found = {
        term: [row.record for row in client.get(LIST, {"q": term}).context["cl"].result_list]
        for term in ("ann", number, record.qbo_id, "nobody")
    }
    other = changed["Bob Ray"].record
    assert found == {"ann": [record], number: [other], record.qbo_id: [record], "nobody": []}


def test_payment_page_warns_before_and_lists_after(client, sign_in, exported):
    sign_in(Role.ACCOUNTANT)
    payment = exported(amount="200.00")
    record = SyncRecord.objects.get(payment=payment)
    record.content = {
        "customer": payment.customer_id,
        "amount": "200.00",
        "received_on": payment.received_on.isoformat(),
        "method": payment.method,
        "reference": payment.reference,
    }
    record.save()
    address = f"/admin/sync/payment/{payment.pk}/change/"
    assert "is listed under Changes after export" in client.get(address).content.decode()
    form = {
        "customer": payment.customer_id,
        "invoice": payment.invoice_id,
        "kind": payment.kind,
        "method": payment.method,
        "amount": "180.00",
        "amount_asked": f"180.00 {payment.invoice_id}",
        "currency": payment.currency,
        "received_on": payment.received_on.isoformat(),
        "reference": "",
    }
    assert client.post(address, form).status_code == 302
    drift = Drift.objects.get()
    assert (drift.side, drift.changes) == (
        "here",
        [{"field": "total", "was": "200.00", "now": "180.00"}],
    )
    assert BusinessUnit.objects.get(pk=drift.business_unit_id) == payment.business_unit
    payment.refresh_from_db()
    assert payment.amount == Decimal("180.00")
