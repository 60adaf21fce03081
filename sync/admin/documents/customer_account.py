"""What a customer was billed, paid and still owes, with the newest invoices and payments."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.urls import reverse
from django.utils.http import urlencode

from sync.admin.common.standing import Standing, standings
from sync.models import Customer, Invoice, Payment
from sync.words import money

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Balance:
    """The customer's sums in one currency, in words."""

    billed: str
    paid: str
    due: str
    unplaced: str
    """Deposits that no invoice has yet; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the customer's page shows below the form."""

    balances: list[Balance]
    invoices: list[Invoice]
    payments: list[tuple[Payment, Standing]]
    invoices_link: str
    payments_link: str


def account_of(customer: Customer) -> Account:
    """Read it in a fixed number of queries."""
    invoices = Invoice.objects.filter(customer=customer)
    payments = Payment.objects.filter(customer=customer).select_related("invoice", "business_unit")
    newest = list(payments.select_related("customer").order_by("-received_on", "-pk")[:MOST_SHOWN])
    stands = standings(newest)
    return Account(
        _balances(customer),
        list(invoices.order_by("-issued_on", "-pk")[:MOST_SHOWN]),
        [(payment, stands[payment.pk]) for payment in newest],
        _list("invoice", customer=customer.pk),
        _list("payment", status="all", customer=customer.pk),
    )


def _balances(customer: Customer) -> list[Balance]:
    """Sum by currency; what is voided counts nowhere."""
    billed = {
        code: sums
        for code, *sums in Invoice.objects.filter(customer=customer, voided_at=None)
        .order_by()
        .values_list("currency")
        .annotate(Sum("total"), Sum("paid_total"), Sum("refunded_total"), Sum("balance_due"))
    }
    deposits = Payment.objects.filter(customer=customer, voided_at=None, invoice=None).order_by()
    summed = deposits.values_list("currency").annotate(Sum("amount"), Sum("refunded_total"))
    unplaced = {code: amount - refunded for code, amount, refunded in summed}
    return [
        _balance(code, billed.get(code, [Decimal(0)] * 4), unplaced.get(code))
        for code in sorted({*billed, *unplaced})
    ]


def _balance(code: str, sums: list[Decimal], unplaced: Decimal | None) -> Balance:
    total, paid, refunded, due = sums
    return Balance(
        money(total, code),
        money(paid - refunded, code),
        money(due, code),
        money(unplaced, code) if unplaced else "",
    )


def _list(model: str, **narrowed: str | int) -> str:
    return f"{reverse(f'admin:sync_{model}_changelist')}?{urlencode(narrowed)}"
