"""The demo's invoices: what was done, what it cost, and what of it was paid, refunded or voided."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sync.intake.demo_customers import dice
from sync.intake.demo_world import SERVICES, SPECIAL_CUSTOMERS, Unit
from sync.models import Invoice, InvoiceLine, Payment, Refund

CENT = Decimal("0.01")
METHODS = ("Check", "Check", "Credit Card", "Credit Card", "Cash", "ACH")
RECENT_DAYS = 80
"""Invoices are dated within these days before the base date, which is after the start date."""
START_DAYS = 90


@dataclass(slots=True)
class Sale:
    """One invoice with everything that hangs on it, not yet stored."""

    invoice: Invoice
    place: int
    lines: list[InvoiceLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    payers: dict[int, int] = field(default_factory=dict)
    """By position among the payments: the place of a payer who is not the invoice's customer."""


class Draw:
    """Draws one sale of a unit: the same seed, place and base date always give the same one."""

    def __init__(self, unit: Unit, seed: int, ordinal: int, base: date) -> None:
        self.unit, self.seed, self.ordinal, self.base = unit, seed, ordinal, base
        self.rng = dice(seed, unit.code, "invoice", ordinal)
        self.sale = Sale(Invoice(number=invoice_number(unit, seed, ordinal)), _place(self))

    @property
    def total(self) -> Decimal:
        total: Decimal = self.sale.invoice.total
        return total

    def bill(self, *, days_ago: int | None = None, discount: int = 0) -> None:
        """Write the invoice with one to three services, perhaps a trip fee and a tip."""
        for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3))):
            self._service()
        if self.rng.random() < 0.2:
            self._line("Trip fee", "Travel to the property", Decimal(1), Decimal("25.00"))
        if self.rng.random() < 0.15:
            tip = Decimal(self.rng.randrange(5, 41))
            self._line("Tip", "Tip for the crew", Decimal(1), tip)
        self.close(days_ago or self.rng.randrange(5, RECENT_DAYS), Decimal(discount))

    def _service(self) -> None:
        service = SERVICES[self.rng.choice(self.unit.services)]
        price = Decimal(self.rng.randrange(service.lowest, service.highest)) + self.rng.choice(
            (Decimal(0), Decimal(0), Decimal("0.50"), Decimal("0.95"))
        )
        quantity = self.rng.choice((Decimal(1),) * 6 + (Decimal(2), Decimal("1.5")))
        taxable = service.taxable and bool(self.unit.tax_rate)
        self._line(
            service.name, self.rng.choice(service.descriptions), quantity, price, taxable=taxable
        )

    def _line(
        self, service: str, words: str, quantity: Decimal, price: Decimal, *, taxable: bool = False
    ) -> None:
        self.sale.lines.append(
            InvoiceLine(
                invoice=self.sale.invoice,
                position=len(self.sale.lines) + 1,
                service=service,
                description=words,
                quantity=quantity,
                unit_price=price,
                amount=to_cents(quantity * price),
                taxable=taxable,
                tax_code=self.unit.tax_code if taxable else "",
            )
        )

    def one_line(self, service: str, words: str, amount: Decimal, days_ago: int) -> None:
        """Write the invoice with one untaxed line."""
        self._line(service, words, Decimal(1), amount)
        self.close(days_ago, Decimal(0))

    def close(self, days_ago: int, discount: Decimal) -> None:
        """Add the invoice up; a discount comes off before tax."""
        lines, invoice = self.sale.lines, self.sale.invoice
        invoice.subtotal = sum((line.amount for line in lines), Decimal("0.00"))
        invoice.discount_total = to_cents(discount)
        taxable = sum((line.amount for line in lines if line.taxable), Decimal(0))
        share = 1 - discount / invoice.subtotal if invoice.subtotal else Decimal(1)
        invoice.tax_total = to_cents(taxable * share * self.unit.tax_rate)
        invoice.total = invoice.subtotal - invoice.discount_total + invoice.tax_total
        invoice.currency = self.unit.currency
        invoice.issued_on = self.base - timedelta(days=days_ago)
        invoice.due_on = invoice.issued_on + timedelta(days=30)

    def pay(
        self,
        amount: Decimal,
        kind: Payment.Kind,
        *,
        days: int,
        method: str = "",
        reference: str = "",
    ) -> Payment:
        """Add a payment received so many days after the invoice's date, yesterday at the latest."""
        method = method or self.rng.choice(METHODS)
        received = self.sale.invoice.issued_on + timedelta(days=days)
        payment = Payment(
            invoice=self.sale.invoice,
            kind=kind,
            method=method,
            amount=amount,
            currency=self.unit.currency,
            received_on=min(received, self.base - timedelta(days=1)),
            reference=reference
            or (str(self.rng.randrange(1001, 9999)) if method == "Check" else ""),
            external_id=f"D{self.seed}-{self.ordinal + 1}-{len(self.sale.payments) + 1}",
        )
        self.sale.payments.append(payment)
        return payment

    def pay_rest(self, *, days: int | None = None) -> Payment:
        """Pay what is still due."""
        rest = self.total - sum(payment.amount for payment in self.sale.payments)
        return self.pay(rest, Payment.Kind.FINAL, days=days or self.rng.randrange(0, 30))

    def part(self) -> Decimal:
        """Return a quarter to a half of the total, in whole dollars."""
        return to_cents(Decimal(int(self.total * self.rng.randrange(25, 50) / 100)))

    def refund(
        self,
        payment: Payment,
        amount: Decimal,
        reason: str,
        *,
        days: int = 2,
        kind: Refund.Kind = Refund.Kind.SALE,
    ) -> None:
        """Give back some of a payment, so many days after it was received."""
        given = min(payment.received_on + timedelta(days=days), self.base - timedelta(days=1))
        self.sale.refunds.append(
            Refund(payment=payment, kind=kind, amount=amount, refunded_on=given, reason=reason)
        )

    def moment(self, day: date) -> datetime:
        """Return noon of a day, in UTC."""
        return datetime.combine(day, time(12), tzinfo=UTC)


def to_cents(amount: Decimal) -> Decimal:
    """Round half up, as the companies' price lists do."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def invoice_number(unit: Unit, seed: int, ordinal: int) -> str:
    """Return the number at a place; the first two of each unit are the examples."""
    prefix = unit.prefix if seed == 1 else f"{unit.prefix}{seed}"
    return f"{prefix}-EXAMPLE-{ordinal + 1}" if ordinal < 2 else f"{prefix}-{999 + ordinal}"


def _place(draw: Draw) -> int:
    """Return the customer's place: the examples' own, then each special one, then any."""
    if draw.ordinal < 2:
        return -draw.ordinal - 1
    index, special = draw.ordinal - 2, len(SPECIAL_CUSTOMERS)
    return index if index < special else draw.rng.randrange(special, special + 1 + index // 2)
