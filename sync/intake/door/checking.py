"""What makes a delivery believable by itself, before anything stored is asked."""

import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal

from django.db.models import Model

from sync.intake.door.incoming import (
    Body,
    Code,
    CustomerBody,
    Incoming,
    InvoiceBody,
    LineBody,
    PaymentBody,
    Problem,
    RefundBody,
)
from sync.models import Customer, Invoice, InvoiceLine, Payment, Refund
from sync.models.sourced import LONGEST_ID
from sync.models.units import currency_code

NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NO_TEXT_WORDS = "It has characters that no text has."
CENT = Decimal("0.01")
MOST = Decimal(10) ** 11
FINE = Decimal("0.0001")
MOST_FINE = Decimal(10) ** 10


def is_text(text: str) -> bool:
    """Say whether a database can hold a text, or look for it."""
    return NO_TEXT.search(text) is None


def problems(incoming: Incoming) -> tuple[Problem, ...]:
    """Return everything that is wrong with a delivery by itself."""
    found: list[Problem] = []
    if not incoming.external_id or len(incoming.external_id) > LONGEST_ID:
        words = f"The id is missing or has more than {LONGEST_ID} characters."
        found.append(Problem(Code.NO_ID, "external_id", words))
    if not is_text(incoming.external_id):
        found.append(Problem(Code.BAD_TEXT, "external_id", _NO_TEXT_WORDS))
    body = incoming.body
    if isinstance(body, CustomerBody):
        found += _customer(body)
    elif isinstance(body, InvoiceBody):
        found += _invoice(body)
    elif isinstance(body, PaymentBody):
        found += _payment(body)
    elif isinstance(body, RefundBody):
        found += _refund(body)
    return tuple(found)


def _customer(body: CustomerBody) -> Iterator[Problem]:
    if not body.name.strip():
        yield Problem(Code.NO_NAME, "name", "The customer has no name.")
    yield from _texts(body)


def _invoice(body: InvoiceBody) -> Iterator[Problem]:
    if not body.number.strip():
        yield Problem(Code.NO_NUMBER, "number", "The invoice has no number.")
    if not body.customer:
        yield Problem(Code.NO_CUSTOMER, "customer", "The invoice names no customer.")
    if body.due_on is not None and body.due_on < body.issued_on:
        words = f"It is due on {body.due_on}, before it was issued on {body.issued_on}."
        yield Problem(Code.BAD_DATES, "due_on", words)
    yield from _texts(body)
    for line in body.lines:
        yield from _line(line)
    tax, discount = body.tax_total or Decimal(0), body.discount_total or Decimal(0)
    yield from _amounts({"total": body.total, "discount": discount, "tax": tax})
    yield from _currency(body.currency)
    amounts = [line.amount for line in body.lines]
    if not amounts or not all(map(Decimal.is_finite, [*amounts, body.total, tax, discount])):
        return
    lines = sum(amounts, Decimal(0))
    comes_to = lines - discount + tax
    if comes_to != body.total:
        words = (
            f"Its lines of {lines} less the discount of {discount} plus the tax of {tax} come to"
            f" {comes_to}, and its total is {body.total}."
        )
        yield Problem(Code.DOES_NOT_ADD_UP, "total", words)


def _line(line: LineBody) -> Iterator[Problem]:
    yield from _texts(line)
    yield from _cents("amount", line.amount)
    if line.tax_amount is not None:
        yield from _cents("tax_amount", line.tax_amount)
    for name in ("quantity", "unit_price"):
        value = getattr(line, name)
        if value is not None and not (value.is_finite() and abs(value) < MOST_FINE):
            yield Problem(Code.NOT_CENTS, name, f"{value} is no number.")
        elif value is not None and value != value.quantize(FINE):
            words = f"{value} has more than four decimals: nothing is rounded."
            yield Problem(Code.NOT_CENTS, name, words)


def _payment(body: PaymentBody) -> Iterator[Problem]:
    if body.amount.is_finite() and body.amount <= 0:
        yield Problem(Code.NEGATIVE, "amount", f"A payment of {body.amount} is none.")
    yield from _amounts({"amount": body.amount})
    yield from _texts(body)
    yield from _currency(body.currency)
    yield from _allocations(body)


def _allocations(body: PaymentBody) -> Iterator[Problem]:
    parts = body.allocations or ()
    for part in parts:
        yield from _amounts({"allocations": part.amount})
        if not is_text(part.invoice):
            yield Problem(Code.BAD_TEXT, "allocations", _NO_TEXT_WORDS)
    if not all(map(Decimal.is_finite, [body.amount, *(part.amount for part in parts)])):
        return
    given = sum((part.amount for part in parts), Decimal(0))
    if given > body.amount or any(part.amount == 0 for part in parts):
        words = f"Of {body.amount}, {given} is given to invoices."
        yield Problem(Code.OVER_ALLOCATED, "allocations", words)
    if len({part.invoice for part in parts}) < len(parts):
        words = "One invoice is named twice."
        yield Problem(Code.OVER_ALLOCATED, "allocations", words)


def _refund(body: RefundBody) -> Iterator[Problem]:
    if body.amount.is_finite() and body.amount <= 0:
        yield Problem(Code.NEGATIVE, "amount", f"A refund of {body.amount} is none.")
    yield from _amounts({"amount": body.amount})
    if body.kind and body.kind not in Refund.Kind.values:
        yield Problem(Code.BAD_TEXT, "kind", f"“{body.kind}” is no kind of refund.")
    yield from _texts(body)


def _amounts(amounts: dict[str, Decimal]) -> Iterator[Problem]:
    for name, amount in amounts.items():
        yield from _cents(name, amount)
        if amount.is_finite() and amount < 0:
            yield Problem(Code.NEGATIVE, name, f"{amount} is below zero.")


def _cents(name: str, amount: Decimal) -> Iterator[Problem]:
    if not amount.is_finite() or abs(amount) >= MOST:
        yield Problem(Code.NOT_CENTS, name, f"{amount} is no amount.")
    elif amount != amount.quantize(CENT):
        words = f"{amount} has more than two decimals: nothing is rounded."
        yield Problem(Code.NOT_CENTS, name, words)


def _currency(code: str) -> Iterator[Problem]:
    if code and not currency_code.regex.fullmatch(code):  # type: ignore[union-attr]
        yield Problem(Code.BAD_CURRENCY, "currency", f"“{code}” is no currency like USD.")


def _texts(body: Body | LineBody) -> Iterator[Problem]:
    """Yield what a column cannot hold: too much of it, or signs that no text has."""
    for name, most in _TEXTS[type(body)]:
        text = getattr(body, name)
        if NO_TEXT.search(text):
            yield Problem(Code.BAD_TEXT, name, _NO_TEXT_WORDS)
        if most is not None and len(text) > most:
            yield Problem(Code.TOO_LONG, name, f"It has {len(text)} characters, not up to {most}.")


def _texts_of(body: type, model: type[Model]) -> tuple[tuple[str, int | None], ...]:
    """Return a body's texts, each with how long our column for it is."""
    columns = {field.name: field for field in model._meta.concrete_fields}
    renamed = {"name": "display_name"} if model is Customer else {}
    found = []
    for part in fields(body):
        if part.type is str:
            column = columns.get(renamed.get(part.name, part.name))
            is_text = column is not None and not column.is_relation
            found.append((part.name, getattr(column, "max_length", None) if is_text else None))
    return tuple(found)


_TEXTS = {
    body: _texts_of(body, model)
    for body, model in (
        (CustomerBody, Customer),
        (InvoiceBody, Invoice),
        (LineBody, InvoiceLine),
        (PaymentBody, Payment),
        (RefundBody, Refund),
    )
}
