"""The payments list: tabs, reasons, search, filters, and queries that do not grow with its rows."""

from datetime import date
from decimal import Decimal

import pytest

from sync.models import SyncRecord
from tests import factories
from tests.admin.conftest import record_of, settle

State = SyncRecord.State
URL = "/admin/sync/payment/"


def shown(client, query=""):
    """Return the rows as (invoice, amount, status, words)."""
    changes = client.get(f"{URL}{query}").context["cl"]
    return [
        (
            row.invoice.number if row.invoice else "",
            str(row.amount),
            row.standing_shown.label,
            row.standing_shown.words,
        )
        for row in changes.result_list
    ]


def tabs(client, query=""):
    return {tab["title"]: tab["active"] for tab in client.get(f"{URL}{query}").context["cl"].tabs()}


def paid(unit, number, **values):
    invoice = factories.InvoiceFactory(business_unit=unit, number=number, **values)
    factories.PaymentFactory(invoice=invoice, amount=invoice.total)
    return invoice


def test_the_list_opens_on_ready_with_counts_beside(exporter, riverside, part_paid):
    paid(riverside, "1")
    assert shown(exporter) == [("1", "150.00", "Ready", "")]
    assert tabs(exporter) == {
        "Ready (1)": True,
        "Not ready (2)": False,
        "Queued": False,
        "Exported": False,
        "Problems (0)": False,
        "Do not export": False,
        "All": False,
    }


def test_part_paid_says_what_is_due(exporter, part_paid):
    words = "Invoice 1042 still has $50.00 due."
    assert shown(exporter) == []
    assert shown(exporter, "?status=not-ready") == [
        ("1042", "30.00", "Not ready", words),
        ("1042", "70.00", "Not ready", words),
    ]
    assert words in exporter.get(f"{URL}?status=not-ready").content.decode()


def test_every_payment_is_on_exactly_one_tab_besides_all(exporter, riverside, part_paid):
    for number, state in enumerate(State.values):
        values = {}
        if state == State.IN_FLIGHT:
            batch = factories.BatchRequestFactory(company=riverside.quickbooks_company)
            values = {"batch": batch}
        settle(paid(riverside, f"S{number}"), state, **values)
    held = paid(riverside, "H")
    held.do_not_export_at, held.do_not_export_by = "2026-05-04T10:00:00Z", exporter.user
    held.do_not_export_reason = "Paid twice"
    held.save()
    paid(riverside, "R")
    factories.DepositFactory(business_unit=riverside)
    by_tab = {
        tab: sorted((row[0], row[2]) for row in shown(exporter, f"?status={tab}"))
        for tab in ("ready", "not-ready", "queued", "exported", "problems", "held", "all")
    }
    everything = by_tab.pop("all")
    assert sorted(row for rows in by_tab.values() for row in rows) == everything
    assert by_tab == {
        "ready": [("R", "Ready")],
        "not-ready": [("", "Not ready"), ("1042", "Not ready"), ("1042", "Not ready")],
        "queued": [("S0", "Queued"), ("S1", "Exporting")],
        "exported": [("S2", "Exported")],
        "problems": [("S3", "Failed"), ("S4", "Uncertain"), ("S5", "Exported, check")],
        "held": [("H", "Do not export")],
    }


def test_a_refund_of_an_exported_payment_needs_adjustment(exporter, riverside):
    invoice = paid(riverside, "1")
    settle(invoice, State.EXPORTED)
    refund = factories.RefundFactory(payment=invoice.payments.get())
    [(_, _, label, words)] = shown(exporter, "?status=exported")
    assert label == "Needs manual adjustment"
    assert words == "Refunded after all: adjust QuickBooks, see Refunds to adjust."
    factories.RefundReviewFactory(refund=refund, status="recorded", note="Credit memo 5")
    assert shown(exporter, "?status=exported") == [("1", "150.00", "Exported", "")]


def test_search_finds_customers_by_name_and_invoices_by_number(exporter, riverside, foreign):
    paid(riverside, "Q77", customer__display_name="Mary O'Brien", customer__business_unit=riverside)
    paid(riverside, "Q771")
    paid(foreign, "Q77")
    assert [row[0] for row in shown(exporter, "?q=o'brien")] == ["Q77"]
    assert [row[0] for row in shown(exporter, "?q=Q77")] == ["Q771", "Q77"]
    assert [row[0] for row in shown(exporter, "?q=%23Q771")] == ["Q771"]
    assert shown(exporter, "?q=nobody") == []
    assert tabs(exporter, "?q=Q77")["Ready (2)"] is True


def test_a_search_and_a_filter_count_what_each_tab_lists(
    exporter, riverside, part_paid, monkeypatch
):
    for number, state in enumerate([State.EXPORTED, State.PENDING, State.FAILED, State.FAILED]):
        settle(paid(riverside, f"QQ{number}"), state)
    for number in ("QQ7", "QQ8", "QQ9"):
        paid(riverside, number)
    held = paid(riverside, "QQ5")
    held.do_not_export_at, held.do_not_export_by = "2026-05-04T10:00:00Z", exporter.user
    held.save()
    method = held.payments.get().method
    queries = {"?q=QQ": ["all", "exported", "held", "not-ready", "problems", "queued", "ready"]}
    queries[f"?method={method}"] = ["not-ready", "problems", "ready"]
    for query, counted in queries.items():
        counts = exporter.get(f"{URL}{query}").context["cl"].counts
        assert sorted(counts) == counted
        assert counts == {tab: len(shown(exporter, f"{query}&status={tab}")) for tab in counts}
    for module in ("payments", "tab_counts"):
        monkeypatch.setattr(f"sync.admin.documents.{module}.MOST_FILTERED", 1)
    titles = [*tabs(exporter, f"?method={method}&status=problems")]
    assert titles[:2] == ["Ready (1+)", "Not ready (1+)"]
    assert titles[4] == "Problems (2)"


def test_filters_narrow_by_unit_date_and_method(sign_in, riverside, foreign):
    client = sign_in(is_superuser=True)
    for number, (unit, day, method) in enumerate(
        [(riverside, 1, "Cash"), (riverside, 20, "Check"), (foreign, 20, "Cash")]
    ):
        invoice = factories.InvoiceFactory(business_unit=unit, number=str(number))
        factories.PaymentFactory(
            invoice=invoice, received_on=date(2026, 6, day), method=method, amount=Decimal("1.00")
        )
    everything = "?status=all"
    assert [r[0] for r in shown(client, f"{everything}&unit={riverside.pk}")] == ["1", "0"]
    assert [r[0] for r in shown(client, f"{everything}&method=Cash")] == ["2", "0"]
    dates = "&received_on_from=2026-06-10&received_on_to=2026-06-30"
    assert [r[0] for r in shown(client, f"{everything}{dates}")] == ["2", "1"]
    assert shown(client, f"{everything}&unit=x") == []
    assert client.get(f"{URL}?status=nonsense").context["cl"].tabs()[0]["active"] is True


@pytest.mark.parametrize(
    "tab", ["ready", "not-ready", "queued", "exported", "problems", "held", "all"]
)
def test_queries_do_not_grow_with_rows(exporter, riverside, django_assert_num_queries, tab):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def add(number):
        paid(riverside, f"A{number}")
        settle(paid(riverside, f"B{number}"), State.EXPORTED)
        settle(paid(riverside, f"C{number}"), State.PENDING)
        settle(paid(riverside, f"F{number}"), State.FAILED, error="No such item.")
        factories.PaymentFactory(
            invoice=factories.InvoiceFactory(business_unit=riverside, number=f"D{number}"),
            amount=Decimal("1.00"),
        )
        held = paid(riverside, f"E{number}")
        held.do_not_export_at, held.do_not_export_by = "2026-05-04T10:00:00Z", exporter.user
        held.save()

    add(1)
    exporter.get(f"{URL}?status={tab}")
    with CaptureQueriesContext(
        connection,
    ) as one:
        exporter.get(f"{URL}?status={tab}")
    add(2)
    add(3)
    with django_assert_num_queries(len(one)):
        exporter.get(f"{URL}?status={tab}")


@pytest.mark.parametrize("name", ["invoice", "customer", "refund", "exportrun", "syncrecord"])
def test_other_lists_keep_their_queries_too(exporter, riverside, django_assert_num_queries, name):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def add(number):
        invoice = paid(riverside, f"A{number}")
        payment = invoice.payments.get()
        factories.RefundFactory(payment=payment)
        record_of(payment, "payment", State.EXPORTED)
        run = factories.ExportRunFactory(
            business_unit=riverside, state="running", confirmed_at="2026-05-04T10:00:00Z"
        )
        factories.ExportRunItemFactory(run=run, payment=payment)

    add(1)
    exporter.get(f"/admin/sync/{name}/")
    with CaptureQueriesContext(connection) as one:
        assert len(exporter.get(f"/admin/sync/{name}/").context["cl"].result_list) == 1
    add(2)
    add(3)
    with django_assert_num_queries(len(one)):
        assert len(exporter.get(f"/admin/sync/{name}/").context["cl"].result_list) == 3


@pytest.mark.parametrize("name", ["payment", "invoice", "customer", "refund"])
def test_a_page_of_one_keeps_within_twenty_five_queries(
    accountant, riverside, django_assert_max_num_queries, name
):
    invoice = paid(riverside, "1")
    settle(invoice, State.EXPORTED)
    payment = invoice.payments.get()
    refund = factories.RefundFactory(payment=payment)
    rows = {"payment": payment, "invoice": invoice, "customer": payment.customer, "refund": refund}
    page = f"/admin/sync/{name}/{rows[name].pk}/change/"
    accountant.get(page)
    with django_assert_max_num_queries(25):
        accountant.get(page)
