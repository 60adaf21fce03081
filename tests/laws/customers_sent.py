"""Customers whose creation was sent in one batch, and what QuickBooks may say of them."""

import json
from datetime import UTC, datetime

from sync.exports.delivery.planner import Planned
from sync.exports.documents import build
from sync.exports.documents.confirmed_content import customer_content
from sync.models import BusinessUnit, SyncRecord
from sync.quickbooks.answers import answer_of
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    CustomerFactory,
    SyncRecordFactory,
)


def sent(session, count=1, tries=1, target="batch", **values):
    """Return a batch that left, with that many customers in flight."""
    company = session.company
    unit = BusinessUnit.objects.filter(quickbooks_company=company).first()
    unit = unit or BusinessUnitFactory(quickbooks_company=company)
    batch = BatchRequestFactory(
        company=company,
        lease_token=session.lease.token,
        target=target,
        body=json.dumps([{"bId": number} for number in range(count)]),
        look_after=datetime.now(UTC),
        **values,
    )
    records = []
    for _ in range(count):
        customer = CustomerFactory(business_unit=unit)
        record = SyncRecordFactory(
            company=company,
            kind="customer",
            payment=None,
            customer=customer,
            content=customer_content(customer, customer.display_name, "USD"),
            state="in_flight",
            batch=batch,
            tries=tries,
        )
        records.append(record)
    return Planned(batch, records, build.documents(records))


def entity(record, number="1", **changes):
    """Return the customer as QuickBooks would show it."""
    return {
        "Id": number,
        "SyncToken": "0",
        "DisplayName": record.content["display_name"],
        "Active": True,
        "Notes": record.marker,
    } | changes


def item(record, **given):
    """Return one item of a batch's answer."""
    return {"bId": str(record.pk)} | given


def refused(record, code, message="No.", kind="ValidationFault"):
    """Return an item that QuickBooks refused."""
    error = {"code": code, "Message": message, "Detail": message}
    return item(record, Fault={"type": kind, "Error": [error]})


def answered(*items, status=200):
    """Return the answer to a batch."""
    return answer_of(status, json.dumps({"BatchItemResponse": list(items)}).encode(), "tid-1")


def whole(status, code="", message="No."):
    """Return the refusal of a request as a whole."""
    error = {"code": code, "Message": message, "Detail": message}
    body = {"Fault": {"type": "ValidationFault", "Error": [error]}} if code else {}
    return answer_of(status, json.dumps(body).encode(), "tid-1")


def stands(record):
    """Return what the database says of a record."""
    row = SyncRecord.objects.get(pk=record.pk)
    return row.state, row.qbo_id, row.tries, row.batch_id is not None
