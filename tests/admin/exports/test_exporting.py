"""From a tick to the outbox: the action, the blue button, a payment's page; and what stops them."""

from decimal import Decimal

import pytest

from accounts.models import Role
from sync.models import ExportRun, ExportRunItem, SyncRecord
from tests import factories
from tests.admin.conftest import messages_of, settle

LIST = "/admin/sync/payment/"
CONFIRM = "/admin/sync/exportrun/confirm/"
State = SyncRecord.State


def tick(client, payments, query="", **extra):
    """Tick payments and choose the action, as the list's form does."""
    data = {"action": "export_to_quickbooks", "index": "0", **extra}
    data["_selected_action"] = [payment.pk for payment in payments]
    return client.post(f"{LIST}{query}", data, follow=True)


def press(client, payments=(), query=""):
    """Press the blue Export Payments with these ticked."""
    data = {"export_payments": "1", "_selected_action": [payment.pk for payment in payments]}
    return client.post(f"{LIST}{query}", data, follow=True)


def preview_of(page):
    [preview] = page.context["previews"]
    return preview


def chosen(run):
    return {
        (item.payment.amount, item.choice)
        for item in run.items.exclude(choice=ExportRunItem.Choice.SKIPPED)
    }


def nothing_moved():
    return (
        not SyncRecord.objects.exists()
        and not ExportRun.objects.exclude(state=ExportRun.State.DRAFT).exists()
    )


def test_cancel_leads_to_the_page_as_it_was(exporter, fully_paid):
    query = "?q=Customer&status=ready&p=1"
    assert press(exporter, query=query).context["back"] == f"{LIST}{query}"
    payment = fully_paid.payments.first()
    shown = exporter.post(f"{payment.get_absolute_url()[:-7]}export/", follow=True)
    assert shown.context["back"] == f"/admin/sync/payment/{payment.pk}/"
    other = factories.ExportRunFactory(business_unit=fully_paid.business_unit)
    page = exporter.get(f"/admin/sync/exportrun/preview/?run={other.pk}")
    assert page.context["back"] == LIST


def test_ticking_one_payment_previews_the_whole_invoice(exporter, fully_paid):
    deposit = fully_paid.payments.get(kind="deposit")
    page = tick(exporter, [deposit])
    preview = preview_of(page)
    assert preview.sentence == "3 payments on 1 invoice, $150.00 → Riverside LLC."
    assert preview.notes == [
        "Includes 2 other payments so the invoice arrives fully paid.",
        "1 customer will be created.",
    ]
    html = page.content.decode()
    for words in (preview.sentence, *preview.notes, "Confirm and export"):
        assert words in html
    assert chosen(ExportRun.objects.get()) == {
        (Decimal("70.00"), "selected"),
        (Decimal("30.00"), "included"),
        (Decimal("50.00"), "included"),
    }
    assert nothing_moved()


def test_confirming_queues_what_was_shown_once(exporter, fully_paid):
    tick(exporter, [fully_paid.payments.first()])
    run = ExportRun.objects.get()
    for _ in range(2):
        answer = exporter.post(CONFIRM, {"run": run.pk})
        assert (answer.status_code, answer["Location"]) == (302, run.get_absolute_url())
    records = SyncRecord.objects.values_list("kind", "state")
    assert sorted(records) == [
        ("customer", "pending"),
        ("invoice", "pending"),
        ("payment", "pending"),
        ("payment", "pending"),
        ("payment", "pending"),
    ]
    run.refresh_from_db()
    assert (run.state, run.requested_by) == (ExportRun.State.RUNNING, exporter.user)
    assert ExportRun.objects.count() == 1


def test_the_blue_button_takes_everything_ready_that_is_listed(exporter, riverside, fully_paid):
    for number in ("LAST-7", "LAST-8"):
        invoice = factories.InvoiceFactory(business_unit=riverside, number=number)
        factories.PaymentFactory(invoice=invoice)
    part = factories.InvoiceFactory(business_unit=riverside, number="9")
    factories.PaymentFactory(invoice=part, amount=Decimal("1.00"))
    assert preview_of(press(exporter)).sentence == (
        "5 payments on 3 invoices, $450.00 → Riverside LLC."
    )
    found = preview_of(press(exporter, query="?q=LAST-8"))
    assert found.sentence == "1 payment on 1 invoice, $150.00 → Riverside LLC."
    # From the tab of those that are not ready, too, only what is ready would go.
    page = press(exporter, query="?status=not-ready")
    assert messages_of(page) == ["No payment is ticked and none in this list is ready."]
    assert nothing_moved()


def test_the_blue_button_takes_what_is_ticked(exporter, riverside, fully_paid):
    invoice = factories.InvoiceFactory(business_unit=riverside, number="7")
    payment = factories.PaymentFactory(invoice=invoice)
    preview = preview_of(press(exporter, [payment]))
    assert preview.sentence == "1 payment on 1 invoice, $150.00 → Riverside LLC."


def test_skipped_payments_are_shown_with_their_reason(exporter, riverside, fully_paid):
    invoice = factories.InvoiceFactory(business_unit=riverside, number="9")
    part = factories.PaymentFactory(invoice=invoice, amount=Decimal("30.00"))
    page = tick(exporter, [*fully_paid.payments.all(), part], "?status=all")
    preview = preview_of(page)
    assert preview.payments == 3
    assert preview.notes[-1] == "1 selected payment is skipped (see why)."
    [item] = preview.skipped
    assert (item.payment, item.reason_code, item.reason) == (
        part,
        "NOT_FULLY_PAID",
        "Invoice 9 still has $120.00 due.",
    )
    assert "Invoice 9 still has $120.00 due." in page.content.decode()


def test_totals_of_the_preview_are_exact(exporter, riverside):
    company = riverside.quickbooks_company
    company.discount_account = factories.ReferenceEntryFactory(company=company, kind="Account")
    company.save()
    invoice = factories.InvoiceFactory(
        business_unit=riverside,
        subtotal=Decimal("0.30"),
        discount_total=Decimal("0.05"),
        tax_total=Decimal("0.03"),
        lines=[],
    )
    for amount in ("0.10", "0.20"):
        factories.InvoiceLineFactory(
            invoice=invoice, service="Hauling", amount=Decimal(amount), unit_price=Decimal(amount)
        )
    for method, amount in (("Cash", "0.11"), ("Check", "0.17")):
        factories.PaymentFactory(invoice=invoice, method=method, amount=Decimal(amount))
    page = press(exporter)
    preview = preview_of(page)
    assert preview.amount == "$0.28"
    assert [(t.name, t.count, t.amount) for t in preview.by_method] == [
        ("Cash", 1, "$0.11"),
        ("Check", 1, "$0.17"),
    ]
    assert [(t.name, t.count, t.amount) for t in preview.by_service] == [("Hauling", 2, "$0.30")]
    assert (preview.discounts, preview.tax) == ("-$0.05", "$0.03")
    assert (
        '<td>Discounts</td><td></td><td class="paidup-amount">-$0.05</td>' in page.content.decode()
    )


def test_several_units_are_previewed_and_confirmed_together(sign_in, riverside, foreign):
    for mapping in (
        factories.ItemMappingFactory,
        factories.MethodMappingFactory,
        factories.TaxMappingFactory,
    ):
        mapping(company=foreign.quickbooks_company)
    client = sign_in(riverside, Role.EXPORTER)
    factories.MembershipFactory(user=client.user, business_unit=foreign, role=Role.EXPORTER)
    for unit in (riverside, foreign):
        factories.PaymentFactory(invoice__business_unit=unit)
    page = press(client)
    assert [one.sentence for one in page.context["previews"]] == [
        "1 payment on 1 invoice, $150.00 → Riverside LLC.",
        "1 payment on 1 invoice, $150.00 → Harbor Inc.",
    ]
    drafts = [one.run.pk for one in page.context["previews"]]
    answer = client.post(CONFIRM, {"run": drafts}, follow=True)
    assert messages_of(answer) == ["2 exports were started, one a business unit."]
    assert set(ExportRun.objects.values_list("state", flat=True)) == {"running"}


# What is blocked, foreign or not allowed ---------------------------------------------------------


def test_part_paid_cannot_be_exported_by_any_road(exporter, part_paid):
    payments = list(part_paid.payments.all())
    for page in (
        tick(exporter, payments),
        tick(exporter, payments, "?status=all"),
        tick(exporter, payments, "?status=all", select_across="1"),
        press(exporter, payments, "?status=all"),
        press(exporter),
    ):
        assert page.status_code == 200
        assert "Confirm and export" not in page.content.decode()
    page = exporter.post(f"{LIST}{payments[0].pk}/export/", follow=True)
    assert messages_of(page) == ["Invoice 1042 still has $50.00 due."]
    for draft in ExportRun.objects.all():
        exporter.post(CONFIRM, {"run": draft.pk})
    assert not SyncRecord.objects.exists()


def test_a_payment_page_says_why_and_disables_the_button(exporter, part_paid):
    payment = part_paid.payments.first()
    html = exporter.get(f"{LIST}{payment.pk}/change/").content.decode()
    assert (
        "Invoice 1042 still has $50.00 due."
        " This payment will be exported with it once it is fully paid."
    ) in " ".join(html.split())
    assert "disabled" in html.split("Export to QuickBooks")[0].rsplit("<button", 1)[1]


def test_a_payment_page_exports_its_whole_invoice(exporter, fully_paid):
    payment = fully_paid.payments.first()
    url = f"{LIST}{payment.pk}/"
    button = exporter.get(f"{url}change/").content.decode().split("Export to QuickBooks")[0]
    assert "disabled" not in button.rsplit("<button", 1)[1]
    assert exporter.get(f"{url}export/").status_code == 405
    assert nothing_moved()
    page = exporter.post(f"{url}export/", follow=True)
    assert preview_of(page).payments == 3
    run = ExportRun.objects.get()
    assert run.is_single is True
    exporter.post(CONFIRM, {"run": run.pk})
    assert SyncRecord.objects.filter(kind="payment", state=State.PENDING).count() == 3


def test_what_is_exported_already_is_not_offered_again(exporter, fully_paid):
    settle(fully_paid, State.EXPORTED)
    before = list(SyncRecord.objects.order_by("pk").values())
    page = tick(exporter, fully_paid.payments.all(), "?status=all")
    assert preview_of(page).payments == 0
    exporter.post(CONFIRM, {"run": ExportRun.objects.get().pk})
    assert list(SyncRecord.objects.order_by("pk").values()) == before


def test_foreign_payments_posted_by_hand_are_not_found(exporter, fully_paid, foreign):
    other = factories.PaymentFactory(invoice__business_unit=foreign)
    page = tick(exporter, [other], "?status=all")
    assert messages_of(page) == ["No payment is ticked and none in this list is ready."]
    page = press(exporter, [other], "?status=all")
    assert messages_of(page) == ["No payment is ticked and none in this list is ready."]
    assert exporter.post(f"{LIST}{other.pk}/export/").status_code == 404
    assert not ExportRun.objects.exists()


def test_foreign_drafts_and_runs_are_not_found(exporter, foreign):
    draft = factories.ExportRunFactory(business_unit=foreign)
    assert exporter.post(CONFIRM, {"run": draft.pk}).status_code == 404
    assert exporter.get(f"/admin/sync/exportrun/preview/?run={draft.pk}").status_code == 404
    for page in ("progress", "csv"):
        assert exporter.get(f"/admin/sync/exportrun/{draft.pk}/{page}/").status_code == 404
    assert exporter.get(f"/admin/sync/exportrun/{draft.pk}/retry/").status_code == 404
    draft.refresh_from_db()
    assert draft.state == ExportRun.State.DRAFT


@pytest.mark.parametrize("numbers", [["x"], [], ["0"], ["99999999999999999999"]])
def test_nonsense_instead_of_a_run_is_not_found(exporter, numbers):
    assert exporter.post(CONFIRM, {"run": numbers}).status_code == 404


@pytest.mark.parametrize("ticked", ["x", "-1", "99999999999999999999"])
def test_nonsense_instead_of_a_payment_exports_nothing(exporter, riverside, ticked):
    data = {"_selected_action": [ticked]}
    for button in ({"export_payments": "1"}, {"action": "export_to_quickbooks", "index": "0"}):
        page = exporter.post(LIST, {**data, **button}, follow=True)
        assert page.status_code == 200
    assert not ExportRun.objects.exists()


def test_a_viewer_sees_no_button_and_moves_nothing(viewer, fully_paid):
    html = viewer.get(LIST).content.decode()
    assert "Export Payments" not in html
    assert "Export to QuickBooks" not in html
    payment = fully_paid.payments.first()
    assert "Export to QuickBooks" not in viewer.get(f"{LIST}{payment.pk}/change/").content.decode()
    assert press(viewer, [payment]).status_code == 403
    assert viewer.post(f"{LIST}{payment.pk}/export/").status_code == 403
    tick(viewer, [payment])
    draft = factories.ExportRunFactory(business_unit=fully_paid.business_unit)
    assert viewer.post(CONFIRM, {"run": draft.pk}).status_code == 403
    assert ExportRun.objects.get() == draft
    assert nothing_moved()


def test_payments_of_units_where_one_only_reads_are_left_out(sign_in, riverside, foreign):
    client = sign_in(riverside, Role.EXPORTER)
    factories.MembershipFactory(user=client.user, business_unit=foreign, role=Role.VIEWER)
    own = factories.PaymentFactory(invoice__business_unit=riverside)
    other = factories.PaymentFactory(invoice__business_unit=foreign)
    page = tick(client, [own, other], "?status=all")
    assert messages_of(page) == [
        "1 of 2 payments were left out: you may not export for their business unit."
    ]
    assert chosen(ExportRun.objects.get()) == {(Decimal("150.00"), "selected")}


def test_what_changed_after_the_preview_does_not_go(exporter, fully_paid):
    tick(exporter, fully_paid.payments.all())
    factories.RefundFactory(payment=fully_paid.payments.first(), amount=Decimal("5.00"))
    run = ExportRun.objects.get()
    page = exporter.post(CONFIRM, {"run": run.pk}, follow=True)
    assert not SyncRecord.objects.exists()
    assert page.context["progress"].skipped == 3
    assert "Invoice 1042 has $5.00 due again" in page.content.decode()
