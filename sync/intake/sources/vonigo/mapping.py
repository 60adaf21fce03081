"""Vonigo's objects as the door takes them. What cannot be told is refused, with its reason."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sync.intake.door.incoming import (
    Allocation,
    Body,
    CustomerBody,
    Incoming,
    InvoiceBody,
    Kind,
    LineBody,
    PaymentBody,
    RefundBody,
    Tombstone,
)
from sync.intake.sources.interface import Unreadable
from sync.intake.sources.vonigo import clocks
from sync.intake.sources.vonigo.records import Record
from sync.intake.sources.vonigo.schema import (
    CLIENT,
    INVOICE,
    JOB,
    PAYMENT,
    TAX,
    WORK_ORDER,
    key_of,
    usual_name,
)
from sync.intake.sources.vonigo.values import CENT, money_of, number_of, text_of
from sync.words import stored

NAME = "vonigo"
MONEY, VOID, REFUNDED = "money", "void", "refunded"
NOTHING = Decimal("0.00")
LONGEST_TAX_CODE = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one unit's objects needs to know."""

    answers: Mapping[str, str]
    zone: ZoneInfo
    options: Mapping[str, str]
    """What may be chosen there, by id."""
    charges: Callable[[str], Sequence[Record]]
    """The charges of a work order."""
    of_client: Callable[[int, str], Sequence[Record]]
    """The invoices or payments of a client."""
    read_at: datetime

    @property
    def is_by_job(self) -> bool:
        """Say whether payments name their job instead of their invoice."""
        return self.answers.get("payment.invoice") == "job"

    def client(self, record: Record) -> list[Incoming]:
        """Return a customer."""
        email, phone = text_of(record.value("email")), text_of(record.value("phone"))
        return [self._says(record.id, CustomerBody(record.name, email=email, phone=phone))]

    def invoice(self, record: Record) -> list[Incoming]:
        """Return an invoice with its charges as lines."""
        is_void = not record.is_active or self._status(record) == VOID
        price = money_of(record.value("price"), stored("Its price"))
        subtotal = money_of(record.value("subtotal"), stored("Its subtotal"))
        tax = money_of(text_of(record.value("tax")) or "0", stored("Its tax"))
        lines = self._lines(record)
        listed = sum((line.amount for line in lines), NOTHING)
        if listed != price and not (is_void and not lines):
            words = stored(
                "Its charges come to %(listed)s, and its price is %(price)s.",
                listed=listed,
                price=price,
            )
            raise Unreadable("CHARGES_DIFFER", words)
        due = record.value("due")
        body = InvoiceBody(
            number=record.name,
            customer=_client(record),
            issued_on=self._day(record, "issued"),
            due_on=self._day(record, "due") if clocks.written(due) else None,
            lines=tuple(lines),
            discount_total=price - subtotal,
            tax_total=tax,
            total=subtotal + tax,
            voided=is_void,
        )
        # A deposit that its job had before the invoice is applied by that, without an edit.
        paid = self._paid_for(record) if self.is_by_job else []
        return [self._says(record.id, body), *paid]

    def payment(self, record: Record) -> list[Incoming]:
        """Return a receipt, and what of it was given back."""
        status = self._status(record)
        amount = money_of(record.value("amount"), stored("Its amount"))
        if (tip := text_of(record.value("tip"))) and number_of(tip, stored("Its tip")):
            words = stored(
                "It carries a tip of %(tip)s: whether its amount has that in it is not told.",
                tip=tip,
            )
            raise Unreadable("TIP", words)
        invoices = self._invoices(record)
        clients = record.related(CLIENT)
        is_void = not record.is_active or status == VOID
        body = PaymentBody(
            amount=amount,
            received_on=self._day(record, "received"),
            customer=clients[0] if len(clients) == 1 else "",
            method=self._method(record),
            reference=text_of(record.value("check")),
            allocations=tuple(Allocation(name, amount) for name in invoices),
            voided=is_void,
        )
        given_back = NOTHING if is_void else self._given_back(record, amount, status)
        return [self._says(record.id, body), self._refund(record, given_back)]

    def _invoices(self, record: Record) -> list[str]:
        """Return the invoice that a payment is for; none for a deposit."""
        found = record.related(INVOICE)
        if not found and self.is_by_job:
            found = [
                invoice.id
                for client in record.related(CLIENT)
                for invoice in self.of_client(INVOICE, client)
                if set(record.related(JOB)) & set(invoice.related(JOB))
                and invoice.is_active
                and self._status(invoice) != VOID
            ]
        if len(found) > 1:
            words = stored(
                "It pays invoices %(ids)s, and does not say how much of each.", ids=", ".join(found)
            )
            raise Unreadable("SEVERAL_INVOICES", words)
        return found

    def _paid_for(self, invoice: Record) -> list[Incoming]:
        jobs = set(invoice.related(JOB))
        of_job = [
            payment
            for client in invoice.related(CLIENT)
            for payment in self.of_client(PAYMENT, client)
            if jobs & set(payment.related(JOB))
        ]
        # One that cannot be read is refused where payments are read, by its own id.
        kept: list[Incoming] = []
        for payment in of_job:
            with suppress(Unreadable):
                kept += self.payment(payment)
        return kept

    def _given_back(self, record: Record, amount: Decimal, status: str) -> Decimal:
        said = money_of(text_of(record.value("refunded")) or "0", stored("Its refund"))
        if said > amount or said < 0:
            words = stored(
                "%(said)s of %(amount)s is said to be refunded.", said=said, amount=amount
            )
            raise Unreadable("REFUND", words)
        if status == REFUNDED and not said:
            return amount
        return said

    def _refund(self, record: Record, amount: Decimal) -> Incoming:
        """Return what was given back of a payment so far; gone where it is nothing."""
        name = f"{record.id}-refund"
        if not amount:
            return self._says(name, Tombstone(Kind.REFUND))
        if not record.has("refunded_on") or clocks.written(record.value("refunded_on")) is None:
            words = stored(
                "%(amount)s of it was refunded, and it does not say when.", amount=amount
            )
            raise Unreadable("REFUND_WITHOUT_A_DAY", words)
        day = self._day(record, "refunded_on")
        return self._says(name, RefundBody(amount=amount, refunded_on=day, payment=record.id))

    def _status(self, record: Record) -> str:
        """Return what a person, or the option's plain name, says of the status."""
        if not record.has("status"):
            return MONEY
        chosen = record.option("status")
        if not chosen:
            raise Unreadable("NO_STATUS", stored("Its status is empty."))
        meaning = self.answers.get(f"{key_of(record.type, 'status')}.{chosen}", "")
        if not meaning:
            words = stored(
                "Its status is “%(status)s” (%(id)s), which nobody has said the meaning of.",
                status=text_of(record.value("status")),
                id=chosen,
            )
            raise Unreadable("UNKNOWN_STATUS", words)
        return meaning

    def _method(self, record: Record) -> str:
        chosen = record.option("method")
        method = self.options.get(chosen, "") or text_of(record.value("method"))
        if not method:
            raise Unreadable("NO_METHOD", stored("How it was paid is empty."))
        return method

    def _day(self, record: Record, slot: str) -> date:
        clock = self.answers.get(f"clock.{key_of(record.type, slot)}", "")
        what = stored("The date “%(name)s”", name=usual_name(record.type, slot))
        return clocks.day_of(record.value(slot), clock, self.zone, what)

    def _lines(self, record: Record) -> list[LineBody]:
        orders = record.related(WORK_ORDER)
        charges = [charge for order in orders for charge in self.charges(order)]
        return [_line(charge) for charge in charges if _is_of(charge, record)]

    def _says(self, name: str, body: Body | Tombstone) -> Incoming:
        # What is read later is newer: Vonigo's own times are of one clock or another.
        return Incoming(source=NAME, external_id=name, observed_at=self.read_at, body=body)


def _line(charge: Record) -> LineBody:
    quantity = number_of(charge.value("quantity"), stored("A charge's quantity"))
    price = number_of(charge.value("unit_price"), stored("A charge's price"))
    amount = quantity * price
    if amount != amount.quantize(CENT):
        words = stored(
            "A charge of %(quantity)s at %(price)s comes to no whole cents: nothing is rounded.",
            quantity=quantity,
            price=price,
        )
        raise Unreadable("NOT_CENTS", words)
    # How much of the invoice's tax is this line's is not told.
    return LineBody(
        amount=amount.quantize(CENT),
        service=text_of(charge.value("name")),
        description=text_of(charge.value("description")),
        quantity=quantity,
        unit_price=price,
        taxable=bool(charge.related(TAX)),
        tax_code=_tax_code(charge),
    )


def _tax_code(charge: Record) -> str:
    """Return the names of a charge's taxes as one word of ours, by ids where that is too long."""
    names = " + ".join(charge.names_of_related(TAX))
    return names if len(names) <= LONGEST_TAX_CODE else f"Tax {'+'.join(charge.related(TAX))}"


def _is_of(charge: Record, invoice: Record) -> bool:
    """Say whether a charge of the invoice's work order is on it; one that names none is."""
    named = charge.related(INVOICE)
    return charge.is_active and (not named or invoice.id in named)


def _client(record: Record) -> str:
    found: list[Any] = record.related(CLIENT)
    if len(found) != 1:
        words = stored("It names %(count)s clients, and not one.", count=len(found))
        raise Unreadable("NO_CLIENT", words)
    return str(found[0])
