"""Names are tried until one is free, and what is shown is what is sent."""

import pytest

from sync.exports.delivery.relay import drain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.models import BusinessUnit, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    PaymentFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def paid_by(unit, name, external_id, number):
    customer = CustomerFactory(business_unit=unit, display_name=name, external_id=external_id)
    invoice = InvoiceFactory(business_unit=unit, customer=customer, number=number)
    return PaymentFactory(invoice=invoice)


@pytest.fixture
def branches(unit):
    """Two more branches that post to the same company, set up as the first one."""
    return [unit, *(_branch(unit, code) for code in ("lakeside", "hillside"))]


def _branch(unit, code):
    branch = BusinessUnitFactory(
        code=code,
        name=code.title(),
        quickbooks_company=unit.quickbooks_company,
        export_start_date=unit.export_start_date,
    )
    return BusinessUnit.objects.get(pk=branch.pk)


def names_there(simulator, unit):
    """Return the customer's name of each of our invoices there, by number."""
    realm = unit.quickbooks_company.realm_id
    customers = {d["Id"]: d["DisplayName"] for d in simulator.documents(realm, "Customer")}
    invoices = ledger.ours_only(simulator.documents(realm, "Invoice"))
    return {d["DocNumber"]: customers[d["CustomerRef"]["value"]] for d in invoices}


def shown(client, drafts):
    """Return the new customers' names that the preview page shows."""
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    page = client.get("/admin/sync/exportrun/preview/", {"run": [d.pk for d in drafts]})
    return [name for preview in page.context["previews"] for name in preview.new_customers]


def send(drafts):
    for draft in drafts:
        drain(runs.confirm(draft, None), HANDLERS)


def test_branches_of_one_company_with_a_customer_of_equal_name(simulator, unit, branches, client):
    payments = [paid_by(b, "John Smith", "1", f"B-{n}") for n, b in enumerate(branches)]
    drafts = prepare([p.pk for p in payments], None)
    assert shown(client, drafts) == ["John Smith", "John Smith (1)", "John Smith (2)"]
    # Whichever goes first gives no other the name that was shown.
    send(reversed(drafts))
    assert names_there(simulator, unit) == {
        "B-0": "John Smith", "B-1": "John Smith (1)", "B-2": "John Smith (2)",
    }  # fmt: skip
    ledger.assert_equal_to_ours(simulator, unit)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


def test_branches_that_press_one_after_the_other(simulator, unit, branches):
    for number, branch in enumerate(branches):
        payment = paid_by(branch, "John Smith", "1", f"B-{number}")
        send(prepare([payment.pk], None))
    assert sorted(names_there(simulator, unit).values()) == [
        "John Smith", "John Smith (1)", "John Smith (2)",
    ]  # fmt: skip
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize("is_single", [True, False], ids=["one by one", "in a batch"])
def test_a_name_that_ends_in_a_number(simulator, unit, client, is_single):
    payments = [
        paid_by(unit, "Bob", "1", "N-1"),
        paid_by(unit, "Bob (2)", "3", "N-2"),
        paid_by(unit, "Bob", "2", "N-3"),
    ]
    drafts = prepare([p.pk for p in payments], None, is_single=is_single)
    assert shown(client, drafts) == ["Bob", "Bob (3)", "Bob (2)"]
    send(drafts)
    assert names_there(simulator, unit) == {"N-1": "Bob", "N-2": "Bob (2)", "N-3": "Bob (3)"}
    ledger.assert_equal_to_ours(simulator, unit)


def test_the_longest_names_stay_within_the_longest(simulator, unit):
    payments = [paid_by(unit, "x" * 500, "1", f"L-{n}") for n in range(1)]
    payments += [paid_by(unit, "X" * 500, "2", "L-2")]
    send(prepare([p.pk for p in payments], None))
    assert names_there(simulator, unit) == {"L-0": "x" * 500, "L-2": "X" * 496 + " (2)"}
