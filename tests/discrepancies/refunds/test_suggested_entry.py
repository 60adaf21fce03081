"""What to enter in QuickBooks, for each kind of money given back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sync.discrepancies.refunds.rows import Document, Row, Status
from sync.discrepancies.refunds.suggested_entry import what_to_enter

PARTIAL = Row(
    refund_id=1,
    unit_code="riverside",
    unit="Riverside",
    customer="José O'Brien",
    invoice="1042",
    payment_id=7,
    payment_amount=Decimal("150.00"),
    method="Check",
    reference="2070",
    currency="USD",
    amount=Decimal("20.00"),
    refunded_on=date(2026, 5, 20),
    is_full=False,
    exported_on=date(2026, 5, 14),
    is_before_export=False,
    overpaid=Decimal("0.00"),
    books_closed_on=None,
    quickbooks_invoice=Document("1", "Invoice", "881"),
    quickbooks_payment=Document("1", "Payment", "882"),
    status=Status.OPEN,
    note="",
    reviewed_by="",
    reviewed_on=None,
    days_open=5,
)


def test_partial_refund_of_a_paid_invoice_is_a_credit_memo_and_a_refund():
    entry = what_to_enter(PARTIAL)
    assert (entry.kind, entry.name) == ("sale", "Credit memo and refund")
    assert entry.summary == "Credit memo and refund of $20.00, partial refund of a paid invoice"
    assert tuple(map(str, entry.steps)) == (
        "Credit memo: customer José O'Brien, date 20 May 2026, $20.00, tax included, for the items"
        " that were given back of invoice 1042. Memo: invoice 1042.",
        "Expense (or Check): payee José O'Brien, date 20 May 2026, $20.00, from the account that"
        " the money left. The payment came by Check 2070. Category: Accounts Receivable (A/R),"
        " customer José O'Brien. Memo: invoice 1042.",
        "Receive payment: customer José O'Brien. Tick the expense and the credit memo, so that"
        " nothing is left to receive, and save. Invoice 1042 stays paid.",
    )
    assert entry.cautions == ()


def test_full_refund_credits_the_invoice_as_it_was():
    entry = what_to_enter(replace(PARTIAL, amount=Decimal("150.00"), is_full=True))
    assert entry.summary == "Credit memo and refund of $150.00, full refund of a paid invoice"
    assert str(entry.steps[0]) == (
        "Credit memo: customer José O'Brien, date 20 May 2026, $150.00, with the same items and"
        " tax as invoice 1042. Memo: invoice 1042."
    )


def test_overpayment_returned_needs_no_credit_memo():
    entry = what_to_enter(
        replace(
            PARTIAL,
            kind="overpayment",
            overpaid=Decimal("20.00"),
            reference="",
            method="Cash",
        )
    )
    assert (entry.kind, entry.name) == ("overpayment", "Overpayment or deposit returned")
    assert entry.summary == (
        "Expense or check of $20.00 to Accounts Receivable: overpayment returned"
    )
    assert tuple(map(str, entry.steps)) == (
        "Expense (or Check): payee José O'Brien, date 20 May 2026, $20.00, from the account that"
        " the money left. The payment came by Cash. Category: Accounts Receivable (A/R), customer"
        " José O'Brien. Memo: invoice 1042.",
        "Payment, with the expense: open the payment of $150.00, tick the expense for $20.00 of"
        " what was left over, and save. Invoice 1042 stays paid.",
    )


def test_a_sale_refund_of_what_was_overpaid_asks_for_the_kind():
    entry = what_to_enter(replace(PARTIAL, amount=Decimal("50.00"), overpaid=Decimal("20.00")))
    assert entry.cautions == (
        "$20.00 of it was never applied to an invoice. If that was an overpayment returned, change"
        " the refund's kind, or enter it as a refund of its own.",
    )
    deposit = what_to_enter(replace(PARTIAL, invoice="", overpaid=Decimal("20.00")))
    assert deposit.cautions[0].startswith("Its payment has no invoice")


def test_deposit_returned_uses_the_unapplied_payment_up():
    entry = what_to_enter(
        replace(PARTIAL, kind="overpayment", invoice="", overpaid=Decimal("20.00"))
    )
    assert entry.summary == "Expense or check of $20.00 to Accounts Receivable: deposit returned"
    assert str(entry.steps[-1]) == (
        "Payment, with the expense: open the payment of $150.00, tick the expense for $20.00 of"
        " what was left over, and save."
    )


def test_refund_before_the_export_says_why_it_is_still_to_be_entered():
    entry = what_to_enter(replace(PARTIAL, refunded_on=date(2026, 5, 12), is_before_export=True))
    assert entry.cautions == (
        "The money was given back before the export on 14 May 2026. The payment went to QuickBooks"
        " at the full $150.00, so this is still to be entered.",
    )
    assert str(entry.steps[0]).startswith(
        "Credit memo: customer José O'Brien, date 12 May 2026, $20.00"
    )


@pytest.mark.parametrize(
    ("closed_on", "number"), [(date(2026, 5, 19), 0), (date(2026, 5, 20), 1), (None, 0)]
)
def test_closed_books_are_told_and_the_date_is_left_to_the_accountant(closed_on, number):
    entry = what_to_enter(replace(PARTIAL, books_closed_on=closed_on))
    words = "QuickBooks has closed its books through 20 May 2026."
    assert [caution.startswith(words) for caution in entry.cautions] == [True] * number


@pytest.mark.parametrize("kind", ["bounced", "chargeback"])
def test_bounced_payment_makes_the_invoice_due_again(kind):
    entry = what_to_enter(replace(PARTIAL, kind=kind))
    fee = ["Fee"] if kind == "chargeback" else []
    assert [step.title for step in entry.steps] == [
        "Expense (or Check)",
        "Payment, without the invoice",
        *fee,
    ]
    assert entry.steps[1].words == (
        "open the payment of $150.00, untick invoice 1042 for $20.00, tick the expense instead,"
        " and save. Invoice 1042 is due again."
    )


@pytest.mark.parametrize("reason", ["Check bounced", "NSF", "Customer not bounced around"])
def test_nothing_is_guessed_from_the_reason(reason):
    assert what_to_enter(replace(PARTIAL, reason=reason)) == what_to_enter(PARTIAL)
