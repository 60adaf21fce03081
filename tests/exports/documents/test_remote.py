"""An answer of QuickBooks becomes our record in one way, whoever read it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from sync.exports.documents.remote import differences, take
from sync.models import SyncRecord
from sync.quickbooks.documents import PaymentDocument, figure, is_voided

PAYMENT = PaymentDocument(
    customer_id="5",
    amount=Decimal("70.00"),
    applied=Decimal("70.00"),
    invoice_id="9",
    received_on=timezone.localdate(),
    marker="Paidup riverside 0",
)
ENTITY = {
    "Id": "12",
    "SyncToken": "0",
    "TotalAmt": Decimal("70.00"),
    "UnappliedAmt": Decimal(0),
    "CustomerRef": {"value": "5"},
    "TxnDate": PAYMENT.received_on.isoformat(),
    "Line": [{"Amount": Decimal(70), "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}],
}


def taken(entity, **values):
    record = SyncRecord(kind="payment", state="in_flight", content={}, **values)
    take(record, entity, differences(PAYMENT, entity))
    return record


def test_what_is_equal_is_exported_with_its_figure():
    record = taken(ENTITY, error="Before.", error_code="1", error_detail="Before.")
    assert (record.state, record.qbo_id, record.exported_total) == (
        "exported",
        "12",
        Decimal("70.00"),
    )
    assert (record.error, record.error_code, record.error_detail) == ("", "", "")


def test_exported_at_is_when_it_was_first_known_to_be_there():
    first = timezone.now() - timedelta(days=3)
    assert taken(ENTITY, exported_at=first).exported_at == first
    assert taken(ENTITY).exported_at > first


@pytest.mark.parametrize("told", [None, "a lot", Decimal("70.005"), Decimal("1e15"), "NaN"])
def test_a_total_that_cannot_be_kept_is_none_and_differs(told):
    record = taken(ENTITY | {"TotalAmt": told})
    assert (record.state, record.error_code, record.exported_total) == (
        "mismatch",
        "MISMATCH",
        None,
    )
    assert "the total is 70.00 here and" in record.error


def test_a_total_that_is_not_told_is_not_zero():
    entity = {name: value for name, value in ENTITY.items() if name != "TotalAmt"}
    assert taken(entity).exported_total is None
    assert figure({"TotalAmt": 0}, "TotalAmt") == 0


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ({"TotalAmt": Decimal(0), "PrivateNote": "Voided - Paidup x"}, True),
        ({"TotalAmt": 0, "PrivateNote": "Voided"}, True),
        ({"TotalAmt": 0, "PrivateNote": "Not Voided"}, False),
        ({"TotalAmt": Decimal("0.01"), "PrivateNote": "Voided"}, False),
        ({"PrivateNote": "Voided"}, False),
        ({"TotalAmt": 0}, False),
        ({"TotalAmt": 0, "PrivateNote": None}, False),
    ],
)
def test_voided_is_zero_with_quickbooks_own_note(entity, expected):
    assert is_voided(entity) is expected
