"""Proof on a whole company: everything that was adjusted is verified, and nothing else."""

import os
import time
from decimal import Decimal

import pytest

from sync import tasks
from sync.company.requests import ask
from sync.company.sessions import epoch
from sync.discrepancies.refunds.reading import proof
from sync.models import QuickBooksCompany, RefundMatch, RefundReview
from tests.discrepancies.reading.bookkeeper import Bookkeeper
from tests.discrepancies.reading.exported_world import day_after, export_payments, give_back

pytestmark = pytest.mark.django_db(transaction=True)

PAYMENTS = int(os.environ.get("VOLUME", "400"))
REFUNDS = PAYMENTS // 10
ADJUSTED, WRONG = REFUNDS // 2, REFUNDS // 10
WAYS = (
    "RefundReceipt",
    "CreditMemo",
    "Expense",
    "Check",
    "JournalEntry",
    "PaymentChanged",
    "PaymentVoided",
    "PaymentDeleted",
)
FULL = ("PaymentVoided", "PaymentDeleted")
OF_A_SALE = ("RefundReceipt", "CreditMemo")
"""The other ways enter a payment that bounced."""


def way_of(place):
    return WAYS[place % len(WAYS)]


def kind_of(place):
    return "sale" if way_of(place) in OF_A_SALE else "bounced"


def adjust(keeper, case, way, days=0):
    """Return the operation that adjusts a refund in a way; a credit memo's check comes apart."""
    day = day_after(case, days)
    match way:
        case "PaymentChanged":
            return keeper.changed(case.payment, Decimal("150.00") - case.amount)
        case "PaymentVoided":
            return keeper.voided(case.payment)
        case "PaymentDeleted":
            return keeper.deleted(case.payment)
    entering = {
        "RefundReceipt": keeper.refund_receipt,
        "CreditMemo": keeper.credit_memo,
        "Expense": keeper.expense,
        "Check": keeper.check,
        "JournalEntry": keeper.journal_entry,
    }[way]
    return entering(case.customer, case.amount, day)


def wrongly(keeper, cases):
    """Return operations that adjust refunds by a wrong amount, customer or date, or twice."""
    operations = []
    for n, case in enumerate(cases):
        enter = (keeper.credit_memo, keeper.refund_receipt, keeper.expense, keeper.journal_entry)[
            n // 4 % 4
        ]
        other = cases[(n + 1) % len(cases)].customer
        operations += (
            [enter(case.customer, case.amount + Decimal("0.01"), case.day)],
            [enter(other, case.amount, case.day)],
            [enter(case.customer, case.amount, day_after(case, -4 if n % 8 < 4 else 121))],
            [
                enter(case.customer, case.amount, case.day),
                keeper.credit_memo(case.customer, case.amount, case.day),
                keeper.refund_receipt(case.customer, case.amount, day_after(case, 1)),
            ],
        )[n % 4]
    return operations


def test_all_adjusted_refunds_are_verified_and_no_other(simulator, unit):
    keeper = Bookkeeper(unit.quickbooks_company)
    paid, receipts = export_payments(unit, keeper, PAYMENTS, customers=PAYMENTS * 3 // 40)
    full = {n for n in range(ADJUSTED) if way_of(n) in FULL}
    cases = give_back(paid, receipts, REFUNDS, full, kind_of)
    done = keeper.do(
        *(adjust(keeper, case, way_of(n), n % 5 - 3) for n, case in enumerate(cases[:ADJUSTED]))
    )
    credited = [n for n in range(ADJUSTED) if way_of(n) == "CreditMemo"]
    checks = keeper.do(
        *(keeper.check(cases[n].customer, cases[n].amount, cases[n].day) for n in credited)
    )
    paid_out = dict(zip(credited, checks, strict=True))
    keeper.do(*wrongly(keeper, cases[ADJUSTED : ADJUSTED + WRONG]))
    keeper.close()

    requests, seconds, report = read(simulator, unit)
    print(f"first pass: {requests} requests, {seconds:.1f} s, {report}")
    assert report["verified"] == ADJUSTED
    verified = RefundReview.objects.filter(status="verified").values_list("refund", flat=True)
    assert set(verified) == {case.refund.pk for case in cases[:ADJUSTED]}
    assert evidence() == {
        (case.refund.pk, *each)
        for n, case in enumerate(cases[:ADJUSTED])
        for each in expected(n, done[n], paid_out.get(n))
    }
    assert requests <= 60
    assert seconds < 60

    before = everything()
    requests, seconds, report = read(simulator, unit)
    print(f"second pass: {requests} requests, {seconds:.1f} s, {report}")
    assert everything() == before
    # All that was just entered is within the overlap of the two readings.
    assert requests <= (10 if PAYMENTS <= 400 else 60)


def expected(place, document, check):
    """Return kind and id of what adjusts a refund."""
    found = [(way_of(place), document["Id"])]
    return [*found, ("Check", check["Id"])] if check else found


def evidence():
    proofs = RefundMatch.objects.filter(is_proof=True)
    return set(proofs.values_list("refund", "adjustment__kind", "adjustment__qbo_id"))


def read(simulator, unit):
    """Serve one request for proof; return requests made, seconds and what it says."""
    # Looking the company through for documents without a record is no part of a reading.
    QuickBooksCompany.objects.update(known_epochs=[epoch()])
    simulator.clear_journal()
    began = time.monotonic()
    request = ask(unit.quickbooks_company, proof.KIND)
    while request.state == "waiting":  # a reading goes in pieces, over more than one time slice
        tasks.relay(unit.quickbooks_company_id)
        request.refresh_from_db()
    assert request.state == "done", request.error
    made = len(simulator.journal(unit.quickbooks_company.realm_id, kind="api"))
    return made, time.monotonic() - began, request.result


def everything():
    return (
        list(RefundReview.objects.order_by("pk").values()),
        list(RefundMatch.objects.order_by("pk").values()),
    )
