"""Numbers, rates, texts and letters of invoices, and closed books."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from sync.quickbooks.documents import figure, ref_id
from sync.quickbooks.documents.bodies import ASKS_NOBODY
from sync.quickbooks.probe.bench import MARK, Bench, Body, CannotAsk
from sync.quickbooks.probe.closing import LONG_AGO, closed_books
from sync.quickbooks.probe.findings import Found


def _number(bench: Bench) -> str:
    if bench.preference("SalesFormsPrefs", "CustomTxnNumbers") is not True:
        raise CannotAsk("The company assigns its own numbers.")
    return f"PRB-{uuid4().hex[:8]}"


def doc_number_scope(bench: Bench) -> Found:
    """A credit memo with the number of an invoice."""
    number = _number(bench)
    bench.invoice(DocNumber=number)
    memo = bench.write("CreditMemo", bench.sale(bench.line("10.00"), DocNumber=number))
    return Found("per_type" if memo.entity else "all", memo.words)


def doc_number_fault(bench: Bench) -> Found:
    """The code of a second invoice with one number."""
    number = _number(bench)
    bench.invoice(DocNumber=number)
    second = bench.write("Invoice", bench.sale(bench.line("10.00"), DocNumber=number))
    return Found(second.fault.code if second.fault else "accepted", second.words)


def doc_number_length(bench: Bench) -> Found:
    """A number of 22 characters."""
    number = _number(bench) + "x" * 10
    made = bench.write("Invoice", bench.sale(bench.line("10.00"), DocNumber=number))
    return Found(made.fault.code if made.fault else "accepted", made.words)


def missing_rate(bench: Bench) -> Found:
    """The rate of a foreign document that names none."""
    if not bench.is_multicurrency:
        raise CannotAsk("The company keeps its books in one currency.")
    code, rate = _foreign(bench)
    name = f"{MARK} {code}"
    customer = bench.entry("Customer", "DisplayName", name, {"Notes": MARK, **bench.currency(code)})
    body = bench.sale(bench.line("10.00"), customer=customer, **bench.currency(code))
    made = bench.make("Invoice", body)
    told = Decimal(str(made.get("ExchangeRate", 0)))
    value = {Decimal(1): "one", rate: "of_the_day"}.get(told, "otherwise")
    return Found(value, f"It got {told}; the day's rate is {rate}.")


def _foreign(bench: Bench) -> tuple[str, Decimal]:
    """A currency of the company, and what it is worth today."""
    for row in bench.client.page("CompanyCurrency", 1):
        code = str(row.get("Code") or "")
        told = bench.client.exchange_rate(code, bench.today)
        if code != bench.home_currency and told and Decimal(told) != 1:
            return code, Decimal(told)
    raise CannotAsk("The company has no other currency with a rate.")


def no_payment_links(bench: Bench) -> Found:
    """Whether an invoice asks nobody for money: nothing online, and no mail."""
    sent: Body = dict(ASKS_NOBODY)
    made = bench.write("Invoice", bench.sale(bench.line("10.00"), **sent))
    if made.entity is None:
        return Found("refused", made.words)
    held = bench.read("Invoice", made.entity)
    other = [name for name in sent if held.get(name, sent[name]) != sent[name]]
    return Found("otherwise" if other else "kept", f"Not as sent: {', '.join(other) or 'none'}.")


def whole_body_back(bench: Bench) -> Found:
    """A full update with just what was read, CustomExtensions too."""
    held = bench.read("Invoice", bench.invoice())
    again = bench.write("Invoice", held)
    return Found("refused" if again.entity is None else "accepted", again.words)


def closed_payment_update(bench: Bench) -> Found:
    """The change of a payment that lies in closed books."""
    held = _long_ago(bench)
    with closed_books(bench.client):
        changed = bench.change("Payment", held, PrivateNote=f"{MARK}, changed", **bench.currency())
        now = bench.read("Payment", held)
    if changed.fault is not None:
        return Found("refuse", changed.words)
    is_done = now.get("PrivateNote") != held.get("PrivateNote")
    return Found("done" if is_done else "ignored", f"{changed.words}; changed: {is_done}.")


def closed_books_fault(bench: Bench) -> Found:
    """The code of a new document in closed books."""
    _long_ago(bench)
    with closed_books(bench.client):
        made = bench.write("Payment", bench.payment_body("1.06", TxnDate=LONG_AGO))
    return Found(made.fault.code if made.fault else "accepted", made.words)


def _long_ago(bench: Bench) -> Body:
    """A payment on the day through which the books may be closed for a moment."""
    if bench.preference("AccountingInfoPrefs", "BookCloseDate"):
        raise CannotAsk("The company has a closing date, which is left alone.")
    if "long_ago" not in bench.kept:
        body = bench.payment_body("1.07", TxnDate=LONG_AGO)
        bench.kept["long_ago"] = bench.make("Payment", body)
    found: Body = bench.kept["long_ago"]
    return found


def automatic_credit(bench: Bench) -> Found:
    """Whether an open payment is applied to a new invoice by itself."""
    of_buyer = {"CustomerRef": {"value": bench.buyer["Id"]}}
    bench.make("Payment", {**bench.payment_body("10.00"), **of_buyer})
    invoice = bench.read("Invoice", bench.invoice())
    is_open = figure(invoice, "Balance") == figure(invoice, "TotalAmt")
    return Found("left" if is_open else "applied", f"The invoice is wholly open: {is_open}.")


def line_without_code(bench: Bench) -> Found:
    """What a line without a tax code counts as."""
    if not bench.has_automated_tax:
        raise CannotAsk("The company has no automated sales tax.")
    made = bench.make("Invoice", bench.sale(bench.line("10.00", {})))
    detail = made["Line"][0].get("SalesItemLineDetail") or {}
    code = ref_id(detail, "TaxCodeRef") or "none"
    return Found(code, f"It reads {code}.")
