"""A payment that is in QuickBooks, with its invoice and customer there too."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sync.models import Adjustment, RefundMatch, SyncRecord
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
)

EXPORTED_AT = datetime(2026, 5, 15, 3, 30, tzinfo=UTC)
"""The evening of 14 May in New York, where the units of these tests are."""


def put_in_quickbooks(company, kind, document, qbo_id, **fields):
    return SyncRecordFactory(
        company=company,
        kind=kind,
        **{kind.value: document},
        state=SyncRecord.State.EXPORTED,
        qbo_id=qbo_id,
        exported_at=EXPORTED_AT,
        **fields,
    )


def proposed(refund, amount="20.00", qbo_id="700", kind="RefundReceipt", **fields):
    """Propose a refund receipt of the amount, or a credit memo, which is a half only."""
    effects = {"sale_credit": Decimal(amount)}
    if kind == "RefundReceipt":
        effects["payout"] = Decimal(amount)
    company = refund.payment.business_unit.quickbooks_company
    document = Adjustment.objects.get_or_create(
        company=company,
        entity=kind,
        qbo_id=qbo_id,
        customer="7",
        defaults={
            "kind": kind,
            "currency": "USD",
            **effects,
            "number": "1051",
            "amount": Decimal(amount),
            "dated_on": "2026-05-20",
            "sync_token": "2",
        },
    )[0]
    return RefundMatch.objects.create(
        refund=refund,
        adjustment=document,
        amount=document.amount,
        dated_on=document.dated_on,
        why="Its date fits, but not its amount.",
        **fields,
    )


@pytest.fixture
def unit(db):
    return BusinessUnitFactory(
        code="riverside",
        name="Riverside",
        quickbooks_company=QuickBooksCompanyFactory(realm_id="9130348000000001"),
    )


@pytest.fixture
def exported(unit):
    """Return a function that makes a payment in QuickBooks; numbers count up from 881."""
    ids = iter(range(881, 999))

    def make(amount="150.00", total="150.00", unit=unit, customer=None, invoice=None, **fields):
        company = unit.quickbooks_company
        customer = customer or CustomerFactory(
            business_unit=unit, display_name="José O'Brien", external_id=""
        )
        if invoice is None:
            invoice = InvoiceFactory(
                business_unit=unit,
                customer=customer,
                number=f"{1000 + next(ids)}",
                subtotal=Decimal(total),
            )
            put_in_quickbooks(company, SyncRecord.Kind.INVOICE, invoice, str(next(ids)))
        payment = PaymentFactory(invoice=invoice, amount=Decimal(amount), **fields)
        put_in_quickbooks(company, SyncRecord.Kind.PAYMENT, payment, str(next(ids)))
        return payment

    return make
