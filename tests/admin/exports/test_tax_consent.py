"""Taxes that QuickBooks would work out otherwise go as ours, or not, as a person says of each."""

from decimal import Decimal

import pytest
from django.urls import reverse

from sync.models import Event, ExportRun, SyncRecord, TaxMapping, TaxMode
from tests.admin.exports.test_exporting import press, preview_of
from tests.exports.taxed import taxed

CONFIRM = "/admin/sync/exportrun/confirm/"


@pytest.fixture
def three(riverside):
    """Two invoices whose tax differs from the 8 % that QuickBooks charges, and one that agrees."""
    company = riverside.quickbooks_company
    company.preferences |= {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True}}
    company.save()
    invoices = [taxed(riverside, f"T-{n}", tax) for n, tax in enumerate(("8.01", "7.90", "8.00"))]
    code = TaxMapping.objects.get(company=company, taxable=True).quickbooks_tax_code.qbo_id
    mode = {"keeps": "sent", "rates": {"3": "8"}, "agreed_at": "2026-05-01T00:00Z"}
    TaxMode.objects.create(company=company, key=f"automatic|{code}||", **mode)
    return invoices


def confirm(client, page, **posted):
    run = preview_of(page).run
    return client.post(CONFIRM, {"run": run.pk, **posted})


def test_each_that_differs_is_shown_with_both_figures_and_may_be_left_out(exporter, three):
    page = press(exporter)
    first, second, third = three
    shown = [(d.invoice, d.ours, d.theirs, d.words) for d in preview_of(page).taxes.differing]
    assert shown == [
        (first, Decimal("8.01"), Decimal("8.00"), "$0.01 more"),
        (second, Decimal("7.90"), Decimal("8.00"), "$0.10 less"),
    ]
    html = page.content.decode()
    assert f'name="as_ours" value="{first.pk}"' in html
    assert f'href="{first.get_absolute_url()}"' in html
    asked = [first.pk, second.pk]
    confirm(exporter, page, tax_shown=asked, as_ours=[first.pk])
    queued = SyncRecord.objects.filter(kind="invoice").values_list("invoice", flat=True)
    assert set(queued) == {first.pk, third.pk}
    left_out = ExportRun.objects.get().items.get(choice="skipped")
    assert (left_out.payment.invoice, left_out.reason_code) == (second, "TAX_HELD")
    assert "QuickBooks would work its tax out otherwise" in left_out.reason
    event = Event.objects.get(action="tax_as_ours")
    assert (event.actor, event.subject_kind, event.subject_id) == (
        exporter.user, "invoice", first.pk,
    )  # fmt: skip
    assert event.detail["tax"] == "8.01"
    # What was left out is ready, and asked about again.
    assert [d.invoice for d in preview_of(press(exporter)).taxes.differing] == [second]


def test_all_left_out_moves_nothing(exporter, three):
    page = press(exporter, three[:2][0].payments.all())
    confirm(exporter, page, tax_shown=[three[0].pk])
    assert not SyncRecord.objects.exists()
    assert ExportRun.objects.get().state == "finished"
    assert not Event.objects.filter(action="tax_as_ours").exists()


@pytest.mark.parametrize("posted", ["x", "-1", "99999999999999999999", ""])
def test_nonsense_consents_to_nothing_and_stops_nothing(exporter, three, posted):
    confirm(exporter, press(exporter), tax_shown=[posted], as_ours=[posted])
    assert SyncRecord.objects.filter(kind="invoice").count() == 3
    assert not Event.objects.filter(action="tax_as_ours").exists()


def test_a_viewer_confirms_nothing(exporter, viewer, three):
    page = press(exporter)
    answer = confirm(viewer, page, tax_shown=[three[0].pk], as_ours=[three[0].pk])
    assert answer.status_code == 403
    assert not SyncRecord.objects.exists()
    assert (
        "Confirm and export"
        not in viewer.get(
            f"{reverse('admin:sync_exportrun_preview')}?run={preview_of(page).run.pk}"
        ).content.decode()
    )
