"""What payments, deposits and credits do to one another."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sync.quickbooks.documents import figure
from sync.quickbooks.probe.bench import MARK, Bench, Body, CannotAsk, key_of
from sync.quickbooks.probe.findings import Found


def void_paid(bench: Bench) -> Found:
    """Voiding an invoice that has a payment."""
    return _removed(bench, "void")


def delete_paid(bench: Bench) -> Found:
    """Deleting one."""
    return _removed(bench, "delete")


def _removed(bench: Bench, operation: str) -> Found:
    invoice, payment = bench.paid_invoice()
    key = key_of(bench.read("Invoice", invoice))
    done = bench.write("Invoice", key, operation=operation)
    if done.fault is not None:
        return Found("refuse", done.words)
    unapplied = figure(bench.read("Payment", payment), "UnappliedAmt")
    return Found("unlink", f"{done.words}; the payment has {unapplied} unapplied.")


def over_apply(bench: Bench) -> Found:
    """A payment's line above what the invoice has open."""
    invoice = bench.invoice()
    body = bench.payment_body("15.00", ("Invoice", invoice, "15.00"))
    made = bench.write("Payment", body)
    if made.entity is None:
        return Found("refuse", made.words)
    unapplied = figure(made.entity, "UnappliedAmt")
    value = "unapplied" if unapplied == Decimal("5.00") else "otherwise"
    return Found(value, f"{made.words}; {unapplied} is unapplied.")


def applied_payment(bench: Bench) -> Found:
    """Whether a payment raises its invoice's SyncToken."""
    invoice = bench.invoice()
    bench.make("Payment", bench.payment_body("10.00", ("Invoice", invoice, "10.00")))
    now = bench.read("Invoice", invoice)
    is_raised = now["SyncToken"] != invoice["SyncToken"]
    return Found("bump" if is_raised else "keep", f"The SyncToken rose: {is_raised}.")


def deposited_payment(bench: Bench) -> Found:
    """What depositing does to a payment, and whether a webhook names it."""
    payment, deposit = _deposited(bench)
    now = bench.read("Payment", payment)
    if now["SyncToken"] != payment["SyncToken"]:
        return Found("bump", "Its SyncToken rose.")
    if bench.listener is None:
        words = "SyncToken and time stay. Whether a webhook names it was not asked: --webhooks."
        return Found("keep", words, is_sure=False)
    is_heard = bench.listener.wait_for(
        lambda notice: (notice.entity, notice.qbo_id) == ("deposit", deposit["Id"]),
        bench.webhook_wait,
    )
    if not is_heard:
        words = "SyncToken and time stay. No webhook about the deposit came in time."
        return Found("keep", words, is_sure=False)
    is_told = bench.listener.told(
        lambda notice: (
            (notice.entity, notice.qbo_id) == ("payment", payment["Id"])
            and notice.operation == "update"
        )
    )
    return Found("tell" if is_told else "keep", f"A webhook names the payment: {is_told}.")


def _deposited(bench: Bench) -> tuple[Body, Body]:
    """A payment and the deposit that holds it."""
    if "deposited" not in bench.kept:
        payment = bench.make("Payment", bench.payment_body("1.08"))
        deposit = bench.make("Deposit", _deposit_body(bench, payment))
        bench.kept["deposited"] = (payment, deposit)
    found: tuple[Body, Body] = bench.kept["deposited"]
    return found


def _deposit_body(bench: Bench, payment: Body) -> Body:
    banks = bench.client.page("Account", 1, "AccountType = 'Bank'", size=1)
    if not banks:
        raise CannotAsk("The company has no bank account.")
    link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    return {
        "DepositToAccountRef": {"value": banks[0]["Id"]},
        "Line": [{"Amount": figure(payment, "TotalAmt"), "LinkedTxn": [link]}],
        "PrivateNote": MARK,
        **bench.currency(),
    }


def deposited_delete(bench: Bench) -> Found:
    """Deleting a payment that a deposit holds."""
    payment, _ = _deposited(bench)
    done = bench.write("Payment", key_of(bench.read("Payment", payment)), operation="delete")
    return Found(done.fault.code if done.fault else "deleted", done.words)


def changes_of_deposits(bench: Bench) -> Found:
    """Whether the list of changes names a deposit."""
    _, deposit = _deposited(bench)
    made = datetime.fromisoformat(deposit["MetaData"]["CreateTime"])
    changed = bench.client.changes(["Deposit"], made - timedelta(minutes=1))
    is_there = any(row.get("Id") == deposit["Id"] for row in changed["Deposit"])
    return Found("named" if is_there else "silent", f"It is in the list: {is_there}.")


def credit_memo_links(bench: Bench) -> Found:
    """Whether a credit memo shows what it was applied to."""
    invoice = bench.invoice()
    memo = bench.make("CreditMemo", bench.sale(bench.line("10.00")))
    applied = bench.payment_body("0", ("Invoice", invoice, "10.00"), ("CreditMemo", memo, "10.00"))
    bench.make("Payment", applied)
    is_shown = bool(bench.read("CreditMemo", memo).get("LinkedTxn"))
    return Found("shown" if is_shown else "none", f"It has LinkedTxn: {is_shown}.")


def reference_length(bench: Bench) -> Found:
    """The longest of three references that a payment keeps."""
    longest = 0
    for length in (21, 30, 100):
        sent = "r" * length
        made = bench.write("Payment", bench.payment_body("1.09", PaymentRefNum=sent))
        if made.entity is None or made.entity.get("PaymentRefNum") != sent:
            return Found(longest, f"Of {length} characters: {made.words}.")
        longest = length
    return Found(longest, f"{longest} characters are kept.")
