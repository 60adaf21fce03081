"""The road of a set-up: its steps through the screen; nothing goes in bulk before its end."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from sync import tasks
from sync.exports.rules.eligibility import explain
from sync.exports.runs import runs, trial
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import (
    CompanyRequest,
    CustomerMatch,
    ExportRun,
    Payment,
    QuickBooksCompany,
    SyncRecord,
    UnitSetup,
)
from tests.connections.conftest import answer_of
from tests.factories import (
    BusinessUnitFactory,
    CompanyRequestFactory,
    ExportRunFactory,
    ExportRunItemFactory,
    InvoiceFactory,
    MembershipFactory,
    PaymentFactory,
    SyncRecordFactory,
    UnitSetupFactory,
)

NAME = "admin:sync_businessunit_quickbooks"


@pytest.fixture
def sold(north):
    """Two invoices that are fully paid."""
    invoices = [InvoiceFactory(business_unit=north, number=f"N-{n}") for n in (1, 2)]
    for invoice in invoices:
        PaymentFactory(invoice=invoice, amount=Decimal("100.00"))
        PaymentFactory(invoice=invoice, amount=Decimal("50.00"))
    return invoices


@pytest.fixture
def admin(client, north, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def arrived(simulator, admin, north, sold, realm, settings):
    """North, just back from QuickBooks' consent page, and read."""
    settings.ALLOWED_HOSTS = ["*"]
    begun = admin.post(reverse(f"{NAME}_connect", args=[north.pk]))
    admin.get(reverse("quickbooks_callback"), answer_of(simulator.approve(begun.url, realm)))
    north.refresh_from_db()
    tasks.relay(north.quickbooks_company_id)
    return north


def press(admin, name, unit, **data):
    return admin.post(reverse(f"{NAME}_{name}", args=[unit.pk]), data, follow=True)


def page(admin, unit):
    return admin.get(reverse(NAME, args=[unit.pk]))


def states(admin, unit):
    return {step.key: step.state for step in page(admin, unit).context["steps"]}


def save_as_proposed(admin, unit):
    form = page(admin, unit).context["form"]
    data = {name: form.initial.get(name, "") for name in form.fields}
    return admin.post(reverse(NAME, args=[unit.pk]), data)


def why(unit):
    payments = list(Payment.objects.filter(business_unit=unit, sync_records=None))
    [words] = {blocked.words for blocked in explain(payments).values()}
    return words


def test_each_step_is_named_to_what_waits_for_it(admin, arrived, realm):
    assert states(admin, arrived) == {
        "connect": "done", "confirm": "current", "read": "done", "map": "later",
        "start": "later", "books": "later", "trial": "later", "ready": "later",
    }  # fmt: skip
    shown = page(admin, arrived).content.decode()
    assert "You are connecting <em>North</em> to <strong>Northern Lights LLC</strong>" in shown
    assert f"(company {realm}, USD)" in shown
    assert "Save mappings" not in shown
    lead = "Set-up of North is not finished: "
    assert why(arrived) == (
        f"{lead}Confirm that Northern Lights LLC is the company that North posts to."
    )
    press(admin, "confirm", arrived, company=arrived.quickbooks_company_id)
    assert states(admin, arrived)["map"] == "current"
    assert "Proposed: the date of the oldest invoice" in page(admin, arrived).content.decode()
    assert why(arrived) == f"{lead}Look through the mappings and the start date, and save them."
    save_as_proposed(admin, arrived)
    assert states(admin, arrived)["books"] == "current"
    assert why(arrived) == (
        f"{lead}What Northern Lights LLC holds already was not read yet: wait for it, or read it"
        " again."
    )
    tasks.relay(arrived.quickbooks_company_id)  # nothing of ours is there
    assert states(admin, arrived)["trial"] == "current"
    assert why(arrived) == (
        f"{lead}Export one invoice as a trial, or skip that, and finish the set-up."
    )
    assert "Proposed: the date of the oldest invoice" not in page(admin, arrived).content.decode()
    press(admin, "skip", arrived)
    assert set(states(admin, arrived).values()) == {"done"}
    ready = f"/admin/sync/payment/?status=ready&amp;unit={arrived.pk}"
    shown = page(admin, arrived).content.decode()
    assert f'href="{ready}">Payments of North that are ready</a>' in shown
    assert explain(Payment.objects.filter(business_unit=arrived)) == {}


def ready_for_trial(admin, unit):
    press(admin, "confirm", unit, company=unit.quickbooks_company_id)
    save_as_proposed(admin, unit)
    tasks.relay(unit.quickbooks_company_id)  # what is there is read before


@pytest.mark.parametrize(
    ("standing", "hinted"), [(None, True), ("certain", True), ("look", True), ("name", False)]
)
def test_trial_points_at_customers_that_may_be_in_quickbooks(
    admin, arrived, sold, standing, hinted
):
    ready_for_trial(admin, arrived)
    company, customer = arrived.quickbooks_company, sold[0].customer
    CompanyRequest.objects.filter(kind="customers").delete()
    if standing:
        CompanyRequestFactory(
            company=company, kind="customers", state="done", finished_at=timezone.now()
        )
        CustomerMatch.objects.create(
            company=company, business_unit=arrived, customer=customer, name="A", standing=standing
        )
    shown = page(admin, arrived).content.decode()
    assert ("match customers</a> first." in shown) == hinted


def try_one(admin, unit, invoice):
    shown = press(admin, "trial", unit, invoice=invoice.pk)
    [run] = [preview.run for preview in shown.context["going"]]
    admin.post(reverse("admin:sync_exportrun_confirm"), {"run": run.pk})
    return run


def test_trial_sends_the_picked_invoice_and_nothing_else(admin, arrived, simulator, sold, realm):
    ready_for_trial(admin, arrived)
    offered = page(admin, arrived).context["offered"]
    assert {invoice.number: words for invoice, words in offered} == {
        "N-1": "$150.00",
        "N-2": "$150.00",
    }
    try_one(admin, arrived, sold[1])
    shown = page(admin, arrived).content.decode()
    assert "Invoice N-2 and its payments are being exported" in shown
    tasks.relay(arrived.quickbooks_company_id)

    response = page(admin, arrived)
    assert [(f.name, f.ours, f.theirs, f.is_equal) for f in response.context["figures"]] == [
        ("Invoice N-2", "$150.00", "$150.00", True),
        ("Payment by Check", "$100.00", "$100.00", True),
        ("Payment by Check", "$50.00", "$50.00", True),
    ]
    numbers = {doc.get("DocNumber") for doc in simulator.documents(realm, "Invoice")}
    assert "N-2" in numbers
    assert "N-1" not in numbers
    assert "Set-up of North is not finished" in why(arrived)

    press(admin, "finish", arrived)
    setup = UnitSetup.objects.get()
    assert setup.trial_run.is_trial
    assert setup.trial_skipped_at is None
    assert prepare_ready(arrived, None).items.count() == 2


def test_bulk_that_was_drafted_before_the_end_sends_nothing(admin, arrived, simulator, realm):
    ready_for_trial(admin, arrived)
    before = simulator.documents(realm, "Invoice")
    ids = list(Payment.objects.values_list("pk", flat=True))
    [run] = prepare(ids, None)
    runs.confirm(run, None)
    tasks.relay(arrived.quickbooks_company_id)
    assert not SyncRecord.objects.exists()
    assert simulator.documents(realm, "Invoice") == before
    assert set(run.items.values_list("reason_code", flat=True)) == {"SETUP_INCOMPLETE"}


def test_trial_that_differs_shows_both_figures_and_does_not_finish(admin, arrived, sold):
    ready_for_trial(admin, arrived)
    try_one(admin, arrived, sold[0])
    tasks.relay(arrived.quickbooks_company_id)
    SyncRecord.objects.filter(kind="invoice").update(
        state="mismatch",
        qbo_id="77",
        exported_total=Decimal("149.99"),
        error="It differs.",
        error_code="MISMATCH",
    )
    shown = page(admin, arrived)
    figure = shown.context["figures"][0]
    assert (figure.ours, figure.theirs, figure.is_equal) == ("$150.00", "$149.99", False)
    assert "It differs." in shown.content.decode()
    said = press(admin, "finish", arrived).content.decode()
    assert "The trial has not arrived in QuickBooks as it is here." in said
    assert UnitSetup.objects.get().finished_at is None


def test_trial_needs_the_steps_before_it(admin, arrived, sold):
    for _ in range(2):
        shown = press(admin, "trial", arrived, invoice=sold[0].pk)
        [preview] = shown.context["previews"]
        assert preview.payments == 0
        press(admin, "confirm", arrived, company=arrived.quickbooks_company_id)
    assert not SyncRecord.objects.exists()


def test_invoice_of_another_unit_is_no_trial(admin, arrived):
    other = PaymentFactory(invoice__business_unit=BusinessUnitFactory())
    said = press(admin, "trial", arrived, invoice=other.invoice_id).content.decode()
    assert "That invoice is not one of this unit." in said
    assert not ExportRun.objects.exists()


def test_confirming_a_company_that_is_no_longer_shown_changes_nothing(admin, arrived):
    said = press(admin, "confirm", arrived, company=arrived.quickbooks_company_id + 1)
    assert "was connected to another company meanwhile" in said.content.decode()
    assert UnitSetup.objects.get().confirmed_at is None


@pytest.mark.parametrize("name", ["confirm", "skip", "finish"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER, Role.ACCOUNTANT])
def test_only_administrators_take_the_steps(client, connected, name, role):
    UnitSetup.objects.update(finished_at=None, trial_skipped_at=None)
    user = MembershipFactory(business_unit=connected, role=role).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    data = {"company": connected.quickbooks_company_id}
    address = reverse(f"{NAME}_{name}", args=[connected.pk])
    assert client.post(address, data).status_code == 404
    assert client.get(address).status_code == 405
    assert UnitSetup.objects.get().finished_at is None


def test_viewers_cannot_send_a_trial(client, connected, sold):
    user = MembershipFactory(business_unit=connected, role=Role.VIEWER).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(f"{NAME}_trial", args=[connected.pk])
    assert client.post(address, {"invoice": sold[0].pk}).status_code == 404
    assert not ExportRun.objects.exists()


def test_database_keeps_the_order_of_steps(db):
    for without in ("confirmed_at", "accepted_at", "trial_skipped_at"):
        with pytest.raises(IntegrityError), transaction.atomic():
            UnitSetupFactory(finished_at=timezone.now(), **{without: None})


def test_trial_is_always_a_single_export(connected):
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportRun.objects.create(business_unit=connected, is_trial=True)


def test_another_company_is_told_before_and_after_and_starts_anew(
    admin, simulator, connected, company
):
    SyncRecordFactory(
        company=company, payment__invoice__business_unit=connected, state="exported", qbo_id="9"
    )
    other = simulator.create_company(variant="us", name="Other LLC")
    begun = admin.post(reverse(f"{NAME}_connect", args=[connected.pk]))
    answer = answer_of(simulator.approve(begun.url, other))
    shown = admin.get(reverse("quickbooks_callback"), answer, follow=True).content.decode()
    assert "This is another set of books." in shown
    assert "So far <em>North</em> was connected to Northern Lights LLC" in shown
    assert "1 payment that went to Northern Lights LLC stays there and is not offered" in shown
    connected.refresh_from_db()
    assert connected.quickbooks_company == company

    held = admin.get(reverse("quickbooks_callback"), answer, follow=True)
    assert "already used" in held.content.decode()
    attempt = connected.connectattempt_set.exclude(refresh_token="").get()
    admin.post(reverse(f"{NAME}_join", args=[attempt.pk]), {"answer": "join"})
    connected.refresh_from_db()
    assert connected.quickbooks_company.realm_id == other
    tasks.relay(connected.quickbooks_company_id)
    after = page(admin, connected)
    assert states(admin, connected)["confirm"] == "current"
    told = after.content.decode()
    assert "1 payment of North went to Northern Lights LLC" in told
    assert "posted before. It stays there and is not offered again." in told


def test_reconnecting_the_same_company_keeps_the_finish(admin, simulator, connected, realm):
    finished = UnitSetup.objects.get().finished_at
    begun = admin.post(reverse(f"{NAME}_connect", args=[connected.pk]))
    admin.get(reverse("quickbooks_callback"), answer_of(simulator.approve(begun.url, realm)))
    assert UnitSetup.objects.get().finished_at == finished
    assert trial.latest_trial(connected) is None


def test_connection_that_ended_leaves_only_signing_in_to_do(admin, connected, company):
    QuickBooksCompany.objects.update(status="needs_reconnect")
    found = states(admin, connected)
    assert (found.pop("connect"), found.pop("ready")) == ("current", "later")
    assert set(found.values()) == {"done"}


def test_the_latest_trial_is_the_one_that_was_confirmed_last(connected):
    for number, hour in (("T-1", 9), ("T-2", 8)):
        paid = PaymentFactory(invoice__business_unit=connected, invoice__number=number)
        run = ExportRunFactory(
            business_unit=connected,
            company=connected.quickbooks_company,
            is_trial=True,
            is_single=True,
            state="finished",
            confirmed_at=datetime(2026, 6, 1, hour, tzinfo=UTC),
        )
        ExportRunItemFactory(run=run, payment=paid)
        assert trial.latest_trial(connected).invoice.number == "T-1"
    run.confirmed_at = datetime(2026, 6, 2, tzinfo=UTC)
    run.save()
    assert trial.latest_trial(connected).invoice.number == "T-2"
