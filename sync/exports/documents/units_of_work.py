"""Units of work: an invoice with its customer and all its payments, which go together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from sync.exports.documents.confirmed_content import (
    CustomerContent,
    InvoiceContent,
    PaymentContent,
    apply,
    customer_content,
    digest,
    invoice_content,
    payment_content,
    payment_order,
)
from sync.exports.documents.customer_names import CustomerNames, chosen_name
from sync.mappings.rates import CurrencyDay, known
from sync.models import (
    Drift,
    Invoice,
    InvoiceLine,
    Payment,
    QuickBooksCompany,
    SyncRecord,
)

State = SyncRecord.State


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """What goes together, as it stands now; `payments` are those not in QuickBooks yet."""

    invoice: Invoice
    payments: list[Payment]
    customer: CustomerContent
    content: InvoiceContent
    payment_contents: dict[int, PaymentContent]

    @property
    def digest(self) -> str:
        """What tells whether it is still what a person confirmed."""
        # The suffix that tells equal names apart may change with what else was sent meanwhile.
        customer = self.customer | {"display_name": chosen_name(self.invoice.customer)}
        # The place is the customer's own, so it is told already.
        content = {name: part for name, part in self.content.items() if name != "ship_to"}
        return digest([customer, content, *self.payment_contents.values()])


def load(
    company: QuickBooksCompany, invoice_ids: Collection[int], names: CustomerNames | None = None
) -> dict[int, UnitOfWork]:
    """Return the units of work of these invoices, by invoice; a fixed number of queries.

    `names` are those that customers get together with others; else they are given by themselves.
    """
    # Most invoices share a unit, and it has many columns: it is read once.
    chosen = Invoice.objects.filter(pk__in=invoice_ids).prefetch_related("business_unit")
    invoices = list(_with_lines(chosen))
    payments, taken = payments_of(company, invoice_ids)
    committed = _committed(company, invoice_ids)
    given = (names or CustomerNames(company)).of(invoice.customer for invoice in invoices)
    work = {
        invoice.pk: _unit(
            invoice,
            payments[invoice.pk],
            _applied(invoice, payments[invoice.pk], taken[invoice.pk], committed.get(invoice.pk)),
            given,
            with_place=company.has_automated_tax,
        )
        for invoice in invoices
    }
    _give_rates(company, [each for unit in work.values() for each in foreign_days(company, unit)])
    return work


def _with_lines(invoices: QuerySet[Any]) -> QuerySet[Any]:
    lines = Prefetch("lines", InvoiceLine.objects.order_by("position", "id"))
    return invoices.select_related("customer").prefetch_related(lines)


def contents(
    company: QuickBooksCompany, invoices: QuerySet[Any]
) -> list[tuple[Any, InvoiceContent]]:
    """Return invoices, as annotated, each with its content in its unit of work."""
    found = [
        (invoice, invoice_content(invoice, with_place=company.has_automated_tax))
        for invoice in _with_lines(invoices)
    ]
    _give_rates(
        company,
        [
            (CurrencyDay(invoice.currency, invoice.issued_on), content)
            for invoice, content in found
            if company.is_foreign(invoice.currency)
        ],
    )
    return found


def foreign_days(
    company: QuickBooksCompany, unit: UnitOfWork
) -> Iterator[tuple[CurrencyDay, InvoiceContent | PaymentContent]]:
    """Yield each of its documents in another currency than the company's, and the rate it needs."""
    if company.is_foreign(unit.content["currency"]):
        yield CurrencyDay(unit.content["currency"], unit.invoice.issued_on), unit.content
    for payment in unit.payments:
        if company.is_foreign(payment.currency):
            content = unit.payment_contents[payment.pk]
            yield CurrencyDay(payment.currency, payment.received_on), content


def _give_rates(
    company: QuickBooksCompany,
    foreign: Sequence[tuple[CurrencyDay, InvoiceContent | PaymentContent]],
) -> None:
    if not foreign:
        return
    rates = known(company, (wanted for wanted, _ in foreign))
    for wanted, content in foreign:
        if rate := rates.get(wanted):
            content["rate"] = rate


def _unit(
    invoice: Invoice,
    payments: list[Payment],
    applied: dict[int, Decimal],
    names: dict[int, str],
    *,
    with_place: bool,
) -> UnitOfWork:
    return UnitOfWork(
        invoice=invoice,
        payments=payments,
        customer=customer_content(invoice.customer, names[invoice.customer_id], invoice.currency),
        content=invoice_content(invoice, with_place=with_place),
        payment_contents={
            payment.pk: payment_content(payment, applied[payment.pk]) for payment in payments
        },
    )


@dataclass(frozen=True, slots=True)
class _Commitment:
    """What stands of an invoice that has left, whatever is edited here since."""

    total: Decimal
    applied: dict[int, Decimal]  # by payment that follows it


def _committed(company: QuickBooksCompany, invoice_ids: Collection[int]) -> dict[int, _Commitment]:
    """Return what was committed of the invoices that are in QuickBooks, or on their way there."""
    totals = totals_there(company, invoice_ids)
    # What was refused is not there and is worked out anew; the rest was told what it takes.
    following = SyncRecord.objects.filter(company=company, payment__invoice__in=totals, qbo_id="")
    applied: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for payment, content in following.exclude(state=State.FAILED).values_list("payment", "content"):
        applied[content["invoice"]][payment or 0] = Decimal(content["applied"])
    return {pk: _Commitment(total, applied[pk]) for pk, total in totals.items()}


def totals_there(company: QuickBooksCompany, invoice_ids: Collection[int]) -> dict[int, Decimal]:
    """Return the totals in QuickBooks, as exported or accepted since, of the invoices that left."""
    records = SyncRecord.objects.filter(company=company, invoice__in=invoice_ids)
    gone = records.filter(~Q(qbo_id="") | Q(state=State.IN_FLIGHT))
    last = _accepted(record=OuterRef("pk")).order_by("-pk").values("snapshot")[:1]
    return {
        record.invoice_id or 0: Decimal(
            (record.accepted or {}).get("total") or record.exported_total or record.content["total"]
        )
        for record in gone.annotate(accepted=Subquery(last))
    }


def accepted_there(record_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return what a person last accepted as it is in QuickBooks, by record."""
    accepted = _accepted(record__in=record_ids)
    return dict(accepted.order_by("pk").values_list("record", "snapshot"))


def _accepted(**of: object) -> QuerySet[Drift]:
    return Drift.objects.filter(side=Drift.Side.QUICKBOOKS, state=Drift.State.ACCEPTED, **of)


def _applied(
    invoice: Invoice, payments: list[Payment], taken: Decimal, committed: _Commitment | None
) -> dict[int, Decimal]:
    """Return what each payment takes of its invoice, as QuickBooks has it once it has left."""
    if committed is None:
        return apply(invoice.total, payments, taken)
    fixed = {
        payment.pk: min(committed.applied[payment.pk], payment.amount)
        for payment in payments
        if payment.pk in committed.applied
    }
    late = [payment for payment in payments if payment.pk not in fixed]
    taken += sum(committed.applied.values())
    return fixed | apply(committed.total, late, taken)


def payments_of(
    company: QuickBooksCompany, invoice_ids: Collection[int]
) -> tuple[dict[int, list[Payment]], dict[int, Decimal]]:
    """Return the payments that are not in QuickBooks, and what those that are there took."""
    rows = list(Payment.objects.filter(invoice__in=invoice_ids))
    there = dict(
        SyncRecord.objects.filter(company=company, payment__in=[row.pk for row in rows])
        .exclude(qbo_id="")
        .values_list("payment", "content")
    )
    to_go: dict[int, list[Payment]] = defaultdict(list)
    taken: dict[int, Decimal] = defaultdict(Decimal)
    for payment in sorted(rows, key=payment_order):
        invoice_id = payment.invoice_id or 0
        if payment.pk in there:
            taken[invoice_id] += Decimal(there[payment.pk]["applied"])
        elif payment.voided_at is None:
            to_go[invoice_id].append(payment)
    return to_go, taken


def other_names(work: Iterable[UnitOfWork]) -> dict[str, str]:
    """Return the names of customers that get another one than was chosen, by customer."""
    names = {unit.invoice.customer: unit.customer["display_name"] for unit in work}
    return {str(c.pk): name for c, name in names.items() if name != chosen_name(c)}
