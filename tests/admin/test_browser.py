"""What only a browser shows: a page that moves by itself, the policy kept, readable colours."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Role
from sync.models import Drift, ExportRun, RefundReview, SyncRecord, TieOut
from tests import factories
from tests.admin.conftest import settle
from tests.browsing import IN_A_BROWSER, PASSWORD, SHOTS, TOO_WIDE, faults_of

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(riverside, fully_paid):
    user = factories.UserFactory(username="dana")
    factories.MembershipFactory(user=user, business_unit=riverside, role=Role.ACCOUNTANT)
    return user


def test_somebody_signs_in_and_is_led_on(chromium, live_server, office):
    page = chromium.new_page()
    page.goto(f"{live_server.url}/admin/sync/payment/")
    page.fill("input[name=username]", office.username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{live_server.url}/admin/sync/payment/")
    page.locator("#result_list").wait_for()


def test_ticking_confirming_and_watching_without_reloading(open_site, live_server, office):
    page = open_site(office)
    page.goto(f"{live_server.url}/admin/sync/payment/")
    page.locator("input.action-select").first.check()
    page.select_option("select[name=action]", "export_to_quickbooks")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("3 payments on 1 invoice, $150.00 → Riverside LLC.").wait_for()
    page.get_by_role("button", name="Confirm and export").click()
    page.get_by_text("Exporting to Riverside LLC: 0 of 3 payments.").wait_for()
    SyncRecord.objects.filter(kind="customer").update(state="exported", qbo_id="1")
    for record in SyncRecord.objects.exclude(kind="customer"):
        record.state, record.qbo_id = SyncRecord.State.EXPORTED, str(record.pk)
        record.save()
    ExportRun.objects.update(state=ExportRun.State.FINISHED)
    page.get_by_text("Finished: 3 of 3 payments exported to Riverside LLC.").wait_for()
    assert page.said == []


def test_reasons_are_read_without_scrolling_beside_the_menu(
    open_site, live_server, office, riverside
):
    phoenix = factories.BusinessUnitFactory(name="Heave-Ho Hauling Phoenix", currency="CAD")
    factories.MembershipFactory(user=office, business_unit=phoenix, role=Role.ACCOUNTANT)
    factories.PaymentFactory(
        invoice__business_unit=phoenix,
        invoice__customer__display_name="Bartholomew Featherstonehaugh",
        invoice__number="JNK-1057",
        amount=Decimal("100.00"),
        method="Credit Card",
    )
    page = open_site(office)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/admin/sync/payment/?status=not-ready")
    page.get_by_text("Invoice JNK-1057 still has CA$50.00 due.").wait_for()
    box = page.locator("#result_list").locator("xpath=..")
    assert box.evaluate("e => e.scrollWidth") == box.evaluate("e => e.clientWidth")


def test_a_payments_page_exports_and_a_blocked_one_does_not(
    open_site, live_server, office, riverside
):
    blocked = factories.PaymentFactory(
        invoice__business_unit=riverside, invoice__number="9", amount=Decimal("30.00")
    )
    page = open_site(office)
    page.goto(f"{live_server.url}{blocked.get_absolute_url()}")
    assert page.get_by_role("button", name="Export to QuickBooks").is_disabled()
    page.get_by_text("Invoice 9 still has $120.00 due.").first.wait_for()
    ready = riverside.invoice_set.get(number="1042").payments.first()
    page.goto(f"{live_server.url}{ready.get_absolute_url()}")
    page.get_by_role("button", name="Export to QuickBooks").click()
    page.get_by_role("button", name="Confirm and export").wait_for()
    page.goto(f"{live_server.url}{riverside.get_absolute_url()}")
    page.get_by_text("Export to QuickBooks").click()
    page.locator("a[href$='/ready_payments/']").click()  # in the menu, once that is open
    page.wait_for_url(f"{live_server.url}/admin/sync/payment/?status=ready&unit={riverside.pk}")
    assert page.said == []


def _compared(payment):
    """A comparison that was served: one document side by side, and one not found."""
    said = {"done": False, "words": "The amounts differ."}
    about = {"record": 1, "name": "Invoice 8", "of": "", "page": ["invoice", payment.invoice_id]}
    pair = {"rows": [["Total", "150.00", "149.00", True]], "qbo_id": "7", "linkable": True}
    return factories.CompanyRequestFactory(
        kind="compare",
        state="done",
        company=payment.business_unit.quickbooks_company,
        business_unit=payment.business_unit,
        params={"documents": [about]},
        result={"outcomes": [about | said, about | said | pair]},
    )


def _drift(payment, state):
    """A change of a payment in QuickBooks, in a state."""
    record = payment.sync_records.get()
    return Drift.objects.create(
        record=record,
        business_unit=payment.business_unit,
        side=Drift.Side.QUICKBOOKS,
        state=state,
        changes=[{"field": "total", "was": "150.00", "now": "140.00"}],
        snapshot={},
        note="Said",
        changed_at=datetime.now(UTC),
    )


def _tied_out(unit, person):
    """A finished tie-out in which a payment differs, to be signed."""
    line = {"kind": "payment", "outcome": "different", "name": "1", "qbo_id": "7"}
    line |= {"customer": "Maria Alvarez", "invoice": "1042"}
    amounts = {"currency": "USD", "ours": "150.00", "theirs": "149.99"}
    total = {"group": "Method", "name": "Check", "difference": "-0.01"}
    return TieOut.objects.create(
        business_unit=unit,
        company=unit.quickbooks_company,
        requested_by=person,
        first_day="2026-05-01",
        last_day="2026-05-31",
        lines=[line | amounts | {"words": "$150.00 → $149.99"}],
        totals=[total | amounts],
        counts={"matched": 0, "missing": 0, "extra": 0, "different": 1, "others": 0},
        done_at=datetime.now(UTC),
    )


def _failed_run(unit):
    """A finished run with an invoice that QuickBooks refused."""
    payment = factories.PaymentFactory(invoice__business_unit=unit, invoice__number="9")
    item = factories.ExportRunItemFactory(payment=payment)
    ExportRun.objects.filter(pk=item.run_id).update(
        company=unit.quickbooks_company, state="finished", confirmed_at="2026-05-04T10:00:00Z"
    )
    settle(payment.invoice, SyncRecord.State.FAILED, error="No such item.", run=item.run)
    return item.run


@pytest.fixture
def paths(office, riverside):
    """Every page there is, with something on it."""
    exported = factories.PaymentFactory(invoice__business_unit=riverside, invoice__number="8")
    settle(exported.invoice, SyncRecord.State.EXPORTED)
    refund = factories.RefundFactory(payment=exported)
    for state in (Drift.State.OPEN, Drift.State.ACCEPTED, Drift.State.UNDONE):
        _drift(exported, state)
    draft = factories.ExportRunItemFactory(payment=exported).run
    failed = _failed_run(riverside)
    return [
        "/admin/",
        "/admin/sync/payment/",
        "/admin/sync/payment/?status=all",
        exported.get_absolute_url(),
        "/admin/sync/invoice/",
        exported.invoice.get_absolute_url(),
        f"/admin/sync/invoice/{exported.invoice_id}/hold/",
        f"/admin/sync/invoice/{exported.invoice_id}/remove_one/",
        f"/admin/sync/companyrequest/outcome/?request={_compared(exported).pk}",
        f"/admin/sync/refund/add/?payment={exported.pk}",
        f"/admin/sync/exportrun/preview/?run={draft.pk}",
        f"/admin/sync/exportrun/{failed.pk}/retry/",
        "/admin/sync/exportrun/",
        "/admin/sync/syncrecord/",
        "/admin/sync/refunddiscrepancy/?status=all",
        reverse("admin:sync_refunddiscrepancy_change", args=[refund.pk]),
        "/admin/sync/drift/?state=all",
        "/admin/sync/tieout/",
        "/admin/sync/tieout/add/",
        reverse("admin:sync_tieout_change", args=[_tied_out(riverside, office).pk]),
        riverside.get_absolute_url(),
        "/admin/sync/event/",
    ]


def test_every_page_keeps_the_policy(open_site, live_server, office, paths):
    page = open_site(office)
    for path in paths:
        assert page.goto(f"{live_server.url}{path}").status == 200, path
        page.wait_for_load_state("networkidle")
        assert page.said == [], path


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_page_is_readable(open_site, live_server, office, paths, mode):
    page = open_site(office, mode, bypass_csp=True)  # axe puts its own script into the page
    for path in paths:
        page.goto(f"{live_server.url}{path}")
        assert faults_of(page, mode) == [], path


def test_tie_out_keeps_within_a_narrow_page(open_site, live_server, office, riverside):
    page = open_site(office)
    page.set_viewport_size({"width": 390, "height": 900})
    made = _tied_out(riverside, office)
    page.goto(f"{live_server.url}{reverse('admin:sync_tieout_change', args=[made.pk])}")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/tie-out-390.png", full_page=True)
    assert page.evaluate(TOO_WIDE) == []


def test_the_report_is_worked_with_the_keyboard(open_site, live_server, office, riverside):
    exported = factories.PaymentFactory(invoice__business_unit=riverside, invoice__number="8")
    settle(exported.invoice, SyncRecord.State.EXPORTED)
    days = ("2026-05-11", "2026-05-12", "2026-05-13")
    refunds = [
        factories.RefundFactory(payment=exported, amount=Decimal(n + 1), refunded_on=day)
        for n, day in enumerate(days)
    ]
    page = open_site(office)
    page.goto(f"{live_server.url}{reverse('admin:sync_refunddiscrepancy_changelist')}")
    page.wait_for_load_state("networkidle")
    for key in "jxjjx":  # tick the first and the third
        page.keyboard.press(key)
    page.keyboard.press("r")
    page.get_by_role("heading", name="Review 2 refunds").first.wait_for()
    page.locator("textarea[name=note]:focus").wait_for()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Recorded")  # nothing is chosen beforehand
    page.keyboard.press("Tab")
    page.keyboard.type("Credit memo 1051")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.locator("button:focus", has_text="Save").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("2 of 2 refunds changed.").wait_for()
    said = RefundReview.objects.order_by("refund").values_list("refund", "status", "note")
    recorded = ("recorded", "Credit memo 1051")
    assert list(said) == [(refunds[n].pk, *recorded) for n in (0, 2)]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{refunds[1].pk}/change/**")
    assert page.said == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_tie_out_on_paper_is_its_content_alone(open_site, live_server, office, riverside, mode):
    page = open_site(office, mode)
    made = _tied_out(riverside, office)
    page.goto(f"{live_server.url}{reverse('admin:sync_tieout_change', args=[made.pk])}")
    page.emulate_media(media="print")
    assert page.get_by_text("Changes after export").is_hidden()
    assert page.get_by_role("button", name="Sign as").is_hidden()
    assert page.get_by_text("Not signed.").is_visible()
    assert page.get_by_text("-$0.01").is_visible()
    assert page.locator(".paidup-print").bounding_box()["x"] < 100  # no room for a sidebar
    ink = page.locator(".paidup-print td").first.evaluate("cell => getComputedStyle(cell).color")
    assert ink == "rgb(0, 0, 0)"
