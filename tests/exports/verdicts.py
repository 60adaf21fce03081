"""The laws, asked of our database and of the simulator's whole ledger at any moment."""

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from sync.models import BatchRequest, Payment, Refund, RefundDiscrepancy, SyncRecord
from tests.exports.ledger import money

State, Kind = SyncRecord.State, SyncRecord.Kind
ENTITY = {Kind.CUSTOMER: "Customer", Kind.INVOICE: "Invoice", Kind.PAYMENT: "Payment"}
MARKER = re.compile(r"Paidup \S+ [0-9a-f-]{36}")


@dataclass
class Meddling:
    """What she changed and deleted of ours, by marker, and the kinds of what she deleted."""

    touched: set = field(default_factory=set)
    deleted: set = field(default_factory=set)
    deleted_kinds: set = field(default_factory=set)


def marker_in(document):
    found = MARKER.search(str(document.get("PrivateNote", document.get("Notes", ""))))
    return found[0] if found else None


def books(simulator, realm_id):
    """Return entity -> every document of ours."""
    return {
        entity: [d for d in simulator.documents(realm_id, entity) if marker_in(d)]
        for entity in ENTITY.values()
    }


def assert_fully_paid(invoice):
    """Say, from the rows themselves, that an invoice may leave now."""
    payments = Payment.objects.filter(invoice=invoice, voided_at=None)
    received = sum((payment.amount for payment in payments), Decimal(0))
    given_back = Refund.objects.filter(payment__in=payments).values_list("amount", flat=True)
    assert invoice.voided_at is None
    assert invoice.do_not_export_at is None
    assert received >= invoice.total > 0
    assert invoice.released_at or received - sum(given_back) >= invoice.total


def assert_may_leave(batch):
    """Law 2, of a request that is about to leave."""
    for record in SyncRecord.objects.filter(company=batch.company_id):
        if record.marker not in batch.body:
            continue
        assert record.qbo_id == "", "it is there already"
        if record.kind == Kind.INVOICE:
            assert_fully_paid(record.invoice)
        if record.kind == Kind.PAYMENT:
            assert SyncRecord.objects.get(invoice=record.payment.invoice_id).qbo_id


def assert_laws(there, meddling):
    """Laws 1 to 5, whatever is under way."""
    records = {record.marker: record for record in SyncRecord.objects.select_related("payment")}
    invoices = {document["Id"] for document in there["Invoice"]}
    gone = {r.qbo_id for r in records.values() if r.marker in meddling.deleted}
    for kind, entity in ENTITY.items():
        found = Counter(map(marker_in, there[entity]))
        assert set(found.values()) <= {1}, f"more than once: {found}"
        assert found.keys() <= {m for m, r in records.items() if r.kind == kind}, "nobody's"
    documents = {marker_in(d): d for of_kind in there.values() for d in of_kind}
    for marker, record in records.items():
        _assert_stands(record, documents.get(marker), meddling)
    for document in there["Payment"]:
        linked = {link["TxnId"] for line in document["Line"] for link in line["LinkedTxn"]}
        assert linked <= invoices
        of = SyncRecord.objects.get(invoice=records[marker_in(document)].payment.invoice_id)
        assert of.qbo_id in invoices | gone
    _assert_requests(records.values())
    _assert_refunds(documents.keys(), records)


def _assert_stands(record, document, meddling):
    """Say that what a record says is so in QuickBooks."""
    name = f"{record} {record.state} {record.error}"
    if record.state in {State.PENDING, State.FAILED}:
        assert document is None, f"{name}: it is there"
    if record.state in {State.EXPORTED, State.MISMATCH} and record.marker not in meddling.deleted:
        assert document, f"{name}: it is not there"
        assert document["Id"] == record.qbo_id
    if record.marker in meddling.touched or not record.qbo_id or document is None:
        return
    assert record.state == State.EXPORTED or record.error_code == "BALANCE", name
    content = record.content
    if record.kind == Kind.CUSTOMER:
        assert document["DisplayName"] == content["display_name"]
    elif record.kind == Kind.INVOICE:
        shown = [money(document["TotalAmt"]), document["DocNumber"], document["TxnDate"]]
        assert shown == [money(content["total"]), content["number"], content["issued_on"]]
        assert record.exported_total == shown[0]
    else:
        applied = sum((money(line["Amount"]) for line in document["Line"]), Decimal(0))
        shown = [money(document["TotalAmt"]), applied, document["TxnDate"]]
        expected = [money(content[n]) for n in ("amount", "applied")] + [content["received_on"]]
        assert shown == expected
        assert record.exported_total == shown[0]


def _assert_requests(records):
    """Each record in flight has a request without an outcome, and each such request one."""
    open_requests = set(BatchRequest.objects.filter(settled_at=None).values_list("pk", flat=True))
    assert {r.batch_id for r in records if r.state == State.IN_FLIGHT} == open_requests
    assert not BatchRequest.objects.exclude(settled_at=None).exclude(body="").exists()


def _assert_refunds(markers, records):
    """Every refund of a payment that is in QuickBooks, and is known to be, is in the report."""
    there = {r.payment_id for m, r in records.items() if m in markers and r.qbo_id}
    refunds = set(Refund.objects.filter(payment__in=there).values_list("pk", flat=True))
    assert refunds <= set(RefundDiscrepancy.objects.values_list("pk", flat=True))


def assert_at_rest(meddling, troubles):
    """Law 3: nothing is under way, and only what nobody can know stands before a person."""
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert not SyncRecord.objects.filter(state=State.IN_FLIGHT).exists()
    for record in SyncRecord.objects.filter(state=State.UNCERTAIN):
        is_silence = "five times" in record.error or "six times" in record.error
        assert troubles > 5 if is_silence else record.kind in meddling.deleted_kinds, record.error


def unsent(exempt):
    """Return the payments of fully paid invoices, other than those exempt, that are not there."""
    payments = Payment.objects.filter(
        voided_at=None,
        invoice__voided_at=None,
        invoice__do_not_export_at=None,
        invoice__balance_due__lte=0,
    ).exclude(invoice__in=exempt)
    exported = SyncRecord.objects.filter(kind=Kind.PAYMENT, state=State.EXPORTED)
    return list(payments.exclude(pk__in=exported.values("payment")))
