"""What is kept of each write: the hash of what was sent, and what QuickBooks said of it."""

from hashlib import sha256

import pytest

from sync.models import SyncRecord

pytestmark = pytest.mark.django_db(transaction=True)


def sent(simulator, unit):
    """Return the hashes of all requests that carried documents, in the order they came."""
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    batches = [entry for entry in journal if entry["path"].endswith("/batch")]
    return [sha256(entry["body"].encode()).hexdigest() for entry in batches]


def digests():
    """Return what is kept, by kind, without repetition."""
    kept = SyncRecord.objects.values_list("kind", "written_digest")
    return dict(kept.distinct())


def test_each_record_keeps_what_was_sent_and_what_was_read_back(simulator, unit, export, paid):
    export()
    customer, invoice, payments = sent(simulator, unit)
    assert digests() == {"customer": customer, "invoice": invoice, "payment": payments}
    records = {each.kind: each for each in SyncRecord.objects.order_by("-payment__received_on")}
    there = records["customer"].qbo_id
    assert records["customer"].read_back == {
        "DisplayName": paid.customer.display_name, "Active": "True", "CurrencyRef": "USD",
    }  # fmt: skip
    assert records["invoice"].read_back == {
        "TotalAmt": "150.00", "TotalTax": "0.00", "Balance": "150.00", "DocNumber": "R-1042",
        "CustomerRef": there, "TxnDate": "2026-05-04", "DueDate": "2026-06-03",
        "CurrencyRef": "USD",
    }  # fmt: skip
    assert records["payment"].read_back == {
        "TotalAmt": "70.00", "UnappliedAmt": "0.00", "CustomerRef": there,
        "Line": f"Invoice {records['invoice'].qbo_id}: 70.00",
        "TxnDate": "2026-05-01", "CurrencyRef": "USD",
    }  # fmt: skip


def test_what_is_adopted_keeps_the_hash_of_what_was_sent(simulator, unit, export, paid):
    simulator.fault("lose", match={"endpoint": "batch"}, after=1)
    export()
    customer, invoice, payments = sent(simulator, unit)
    assert digests() == {"customer": customer, "invoice": invoice, "payment": payments}
    assert SyncRecord.objects.get(kind="invoice").read_back["TotalAmt"] == "150.00"
