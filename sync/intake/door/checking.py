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
from sync.words import stored

NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NO_TEXT_WORDS = stored("It has characters that no text has.")
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
        words = stored("The id is missing or has more than %(most)s characters.", most=LONGEST_ID)
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
        yield Problem(Code.NO_NAME, "name", stored("The customer has no name."))
    yield from _texts(body)


def _invoice(body: InvoiceBody) -> Iterator[Problem]:
    if not body.number.strip():
        yield Problem(Code.NO_NUMBER, "number", stored("The invoice has no number."))
    if not body.customer:
        yield Problem(Code.NO_CUSTOMER, "customer", stored("The invoice names no customer."))
    if body.due_on is not None and body.due_on < body.issued_on:
        words = stored(
            "It is due on %(due)s, before it was issued on %(issued)s.",
            due=body.due_on,
            issued=body.issued_on,
        )
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
        words = stored(
            "Its lines of %(lines)s less the discount of %(discount)s plus the tax of %(tax)s come"
            " to %(comes_to)s, and its total is %(total)s.",
            lines=lines,
            discount=discount,
            tax=tax,
            comes_to=comes_to,
            total=body.total,
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
            yield Problem(Code.NOT_CENTS, name, stored("%(value)s is no number.", value=value))
        elif value is not None and value != value.quantize(FINE):
            words = stored(
                "%(value)s has more than four decimals: nothing is rounded.", value=value
            )
            yield Problem(Code.NOT_CENTS, name, words)


def _payment(body: PaymentBody) -> Iterator[Problem]:
    if body.amount.is_finite() and body.amount <= 0:
        yield Problem(
            Code.NEGATIVE, "amount", stored("A payment of %(amount)s is none.", amount=body.amount)
        )
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
        words = stored(
            "Of %(amount)s, %(given)s is given to invoices.", amount=body.amount, given=given
        )
        yield Problem(Code.OVER_ALLOCATED, "allocations", words)
    if len({part.invoice for part in parts}) < len(parts):
        words = stored("One invoice is named twice.")
        yield Problem(Code.OVER_ALLOCATED, "allocations", words)


def _refund(body: RefundBody) -> Iterator[Problem]:
    if body.amount.is_finite() and body.amount <= 0:
        yield Problem(
            Code.NEGATIVE, "amount", stored("A refund of %(amount)s is none.", amount=body.amount)
        )
    yield from _amounts({"amount": body.amount})
    if body.kind and body.kind not in Refund.Kind.values:
        yield Problem(
            Code.BAD_TEXT, "kind", stored("“%(kind)s” is no kind of refund.", kind=body.kind)
        )
    yield from _texts(body)


def _amounts(amounts: dict[str, Decimal]) -> Iterator[Problem]:
    for name, amount in amounts.items():
        yield from _cents(name, amount)
        if amount.is_finite() and amount < 0:
            yield Problem(Code.NEGATIVE, name, stored("%(amount)s is below zero.", amount=amount))


def _cents(name: str, amount: Decimal) -> Iterator[Problem]:
    if not amount.is_finite() or abs(amount) >= MOST:
        yield Problem(Code.NOT_CENTS, name, stored("%(amount)s is no amount.", amount=amount))
    elif amount != amount.quantize(CENT):
        words = stored("%(amount)s has more than two decimals: nothing is rounded.", amount=amount)
        yield Problem(Code.NOT_CENTS, name, words)


def _currency(code: str) -> Iterator[Problem]:
    if code and not currency_code.regex.fullmatch(code):  # type: ignore[union-attr]
        yield Problem(
            Code.BAD_CURRENCY, "currency", stored("“%(code)s” is no currency like USD.", code=code)
        )


def _texts(body: Body | LineBody) -> Iterator[Problem]:
    """Yield what a column cannot hold: too much of it, or signs that no text has."""
    for name, most in _TEXTS[type(body)]:
        text = getattr(body, name)
        if NO_TEXT.search(text):
            yield Problem(Code.BAD_TEXT, name, _NO_TEXT_WORDS)
        if most is not None and len(text) > most:
            yield Problem(
                Code.TOO_LONG,
                name,
                stored(
                    "It has %(count)s characters, not up to %(most)s.", count=len(text), most=most
                ),
            )


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
