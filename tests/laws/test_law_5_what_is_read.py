"""What is read of QuickBooks as an adjustment, and what is not: each guard of proof.py alone."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from sync.discrepancies.refunds.reading import proof
from sync.models import Adjustment
from tests.factories import QuickBooksCompanyFactory, ReferenceEntryFactory, SyncRecordFactory

pytestmark = pytest.mark.django_db

BANK, SALES = "35", "79"
CHARGED, LAWN = "21", "22"  # products: one is kept in the bank, the other is sold


@pytest.fixture
def company(db):
    company = QuickBooksCompanyFactory()
    entry = {"company": company, "name": "n"}
    ReferenceEntryFactory(kind="Account", qbo_id=BANK, type="Bank", **entry)
    ReferenceEntryFactory(kind="Account", qbo_id=SALES, type="Income", **entry)
    kept_in = {CHARGED: BANK, LAWN: SALES}
    for product, account in kept_in.items():
        data = {"IncomeAccountRef": {"value": account}}
        ReferenceEntryFactory(kind="Item", qbo_id=product, data=data, **entry)
    return company


@pytest.fixture
def reader(company, monkeypatch):
    """A reader whose QuickBooks answers `rows`, and writes down what it was asked in `asked`."""
    client = SimpleNamespace(rows=[], asked=[])

    def select(entity, where):
        client.asked.append((entity, where))
        return client.rows

    client.select = select
    monkeypatch.setattr(proof, "writing", lambda _session: nullcontext())
    session = SimpleNamespace(client=client, company=company)
    return proof._Reader(session, {"until": None, "moved": [], "since": None})


def claims(monkeypatch, *kinds):
    """Let refunds of these kinds be asked about, each of a customer of its own."""
    asked = [
        SimpleNamespace(kind=kind, customers={str(number)}) for number, kind in enumerate(kinds, 7)
    ]
    monkeypatch.setattr(proof, "pending_of", lambda _company: SimpleNamespace(asked=asked))


def bill(qbo_id, product=CHARGED):
    detail = {"ItemRef": {"value": product}}
    return {
        "Id": qbo_id,
        "TxnDate": "2026-05-20",
        "CustomerRef": {"value": "7"},
        "TotalAmt": 20,
        "Line": [
            {"DetailType": "SalesItemLineDetail", "Amount": 20, "SalesItemLineDetail": detail}
        ],
    }


def kept():
    return set(Adjustment.objects.filter(is_there=True).values_list("entity", "qbo_id"))


def test_a_bounce_charged_by_invoice_is_read_of_its_customer_from_the_first_day(
    reader, monkeypatch
):
    claims(monkeypatch, "bounced", "sale", "chargeback")
    reader.client.rows = [bill("51"), bill("52", LAWN)]
    reader._bounces("2026-05-01")
    where = "CustomerRef IN ('7', '9') AND TxnDate >= '2026-05-01'"
    assert reader.client.asked == [("Invoice", where)]
    assert kept() == {("Invoice", "51")}


def test_an_invoice_of_ours_is_no_bounce(reader, company, monkeypatch):
    claims(monkeypatch, "bounced")
    SyncRecordFactory(
        company=company, payment=None, kind="invoice", state="exported", qbo_id="51",
        invoice=SyncRecordFactory(company=company).payment.invoice,
    )  # fmt: skip
    reader.client.rows = [bill("51"), bill("53")]
    reader._bounces("2026-05-01")
    assert kept() == {("Invoice", "53")}


def test_invoices_are_read_only_where_a_bounce_may_be_one(reader, company, monkeypatch):
    claims(monkeypatch, "sale", "overpayment")
    reader._bounces("2026-05-01")
    claims(monkeypatch, "bounced")
    company.reference_entries.filter(qbo_id=CHARGED).delete()
    reader._bounces("2026-05-01")
    assert reader.client.asked == []


@pytest.mark.parametrize("now", [None, {"status": "Deleted"}])
def test_what_is_gone_there_is_no_adjustment_any_more(reader, now):
    receipt = bill("60", LAWN) | {"DepositToAccountRef": {"value": BANK}}
    reader._keep("RefundReceipt", {"60": receipt, "61": receipt | {"Id": "61"}})
    assert kept() == {("RefundReceipt", "60"), ("RefundReceipt", "61")}
    reader._keep("RefundReceipt", {"60": now and receipt | now})
    assert kept() == {("RefundReceipt", "61")}


def test_a_payment_of_ours_is_no_link_of_others(reader, company):
    links = [{"LinkedTxn": [{"TxnId": n, "TxnType": "CreditMemo"}]} for n in ("1", "2")]
    row = {"TxnDate": "2026-05-20", "CustomerRef": {"value": "7"}, "TotalAmt": 0, "Line": links}
    SyncRecordFactory(company=company, state="exported", qbo_id="70")
    rows = {qbo_id: row | {"Id": qbo_id} for qbo_id in ("70", "71", "72")}
    rows["72"]["Line"] = links[:1]  # it ties nothing together
    reader._keep(proof.LINKS, rows)
    assert kept() == {("Payment", "71")}
