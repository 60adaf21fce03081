"""What a draft would do, counted from what is stored with it; nothing is sent to show it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from sync.exports.documents.customer_names import chosen_name
from sync.exports.documents.units_of_work import totals_there
from sync.exports.rules.eligibility import Reason
from sync.exports.rules.odd_dates import DUE, ISSUED, RECEIVED, odd_dates
from sync.exports.rules.reasons import day, money
from sync.exports.runs.tax_preview import MOST_LOOKED_AT, TaxPreview, tax_preview
from sync.models import (
    Customer,
    ExportRun,
    ExportRunItem,
    Invoice,
    InvoiceLine,
    Payment,
    QuickBooksCompany,
    SyncRecord,
)

CENT = Decimal("0.01")
SHOWN = 200
Choice = ExportRunItem.Choice


@dataclass(frozen=True, slots=True)
class Total:
    """One line of a table of totals."""

    name: str
    count: int
    amount: str


@dataclass(frozen=True, slots=True)
class Preview:
    """One draft as people read it before they confirm."""

    run: ExportRun
    payments: int
    invoices: int
    amount: str
    new_customers: list[str]
    new_customer_count: int
    included: int
    less_there: list[str]
    odd_dates: list[str]
    taxes: TaxPreview
    skipped_count: int
    skipped: list[ExportRunItem]
    items: list[ExportRunItem]
    by_method: list[Total]
    by_service: list[Total]
    discounts: str
    tax: str

    @property
    def sentence(self) -> str:
        """Say what would happen: 12 payments on 9 invoices, $4,310.00 → Riverside LLC."""
        if not self.payments:
            return "Nothing of this can be exported."
        return (
            f"{_many(self.payments, 'payment')} on {_many(self.invoices, 'invoice')},"
            f" {self.amount} → {self.run.company}."
        )

    @property
    def has_books_to_decide(self) -> bool:
        """Say whether something of it may be in QuickBooks already, and waits for a person."""
        return any(item.reason_code == Reason.IN_BOOKS for item in self.skipped)

    @property
    def lacks_set_up(self) -> bool:
        """Say whether a step of the set-up keeps it, such as looking at what QuickBooks holds."""
        return any(item.reason_code == Reason.SETUP_INCOMPLETE for item in self.skipped)

    @property
    def notes(self) -> list[str]:
        """Say what else the person should know before confirming."""
        found = []
        if self.included:
            arrives = "the invoice arrives" if self.invoices == 1 else "the invoices arrive"
            found.append(
                f"Includes {self.included} other {_word(self.included, 'payment')} so {arrives}"
                " fully paid."
            )
        if self.new_customer_count:
            found.append(f"{_many(self.new_customer_count, 'customer')} will be created.")
        found += self.less_there
        found += self.odd_dates
        found += self.taxes.alone
        if self.skipped_count:
            verb = "is" if self.skipped_count == 1 else "are"
            found.append(
                f"{self.skipped_count} selected {_word(self.skipped_count, 'payment')} {verb}"
                " skipped (see why)."
            )
        return found


def preview_of_run(run: ExportRun) -> Preview:
    """Return what confirming the draft would do."""
    chosen = run.items.exclude(choice=Choice.SKIPPED)
    skipped = _with_documents(run.items.filter(choice=Choice.SKIPPED))
    invoices = Invoice.objects.filter(pk__in=chosen.values("payment__invoice"))
    known = SyncRecord.objects.filter(company=run.company, customer__isnull=False)
    new = Customer.objects.filter(pk__in=invoices.values("customer")).exclude(
        pk__in=known.values("customer")
    )
    return Preview(
        run=run,
        payments=chosen.count(),
        invoices=invoices.count(),
        amount=_sums(chosen, "payment__amount", "payment__currency"),
        new_customers=[
            run.customer_names.get(str(customer.pk), chosen_name(customer))
            for customer in new.order_by("display_name", "pk")[:SHOWN]
        ],
        new_customer_count=new.count(),
        included=chosen.filter(choice=Choice.INCLUDED).count(),
        less_there=_less_there(run, invoices),
        odd_dates=_odd_dates(run, chosen, invoices),
        taxes=_taxes(run, invoices),
        skipped_count=skipped.count(),
        skipped=list(skipped[:SHOWN]),
        items=list(_with_documents(chosen)[:SHOWN]),
        by_method=_totals(chosen, "payment__method", "payment__amount", "payment__currency"),
        by_service=_totals(
            InvoiceLine.objects.filter(invoice__in=invoices), "service", "amount",
            "invoice__currency",
        ),
        discounts=_sums(
            invoices.filter(discount_total__gt=0).annotate(less=-F("discount_total")), "less",
            "currency",
        ),
        tax=_sums(invoices.filter(tax_total__gt=0), "tax_total", "currency"),
    )  # fmt: skip


def _less_there(run: ExportRun, invoices: QuerySet[Invoice]) -> list[str]:
    """Say which invoices became more here after their export: of a late payment less applies."""
    if run.company is None:
        return []
    records = SyncRecord.objects.filter(company=run.company, exported_total__lt=F("invoice__total"))
    grown = Invoice.objects.filter(pk__in=records.filter(invoice__in=invoices).values("invoice"))
    shown = {invoice.pk: invoice for invoice in grown.order_by("number")[:SHOWN]}
    there = totals_there(run.company, shown)
    return [
        f"{invoice} is {money(invoice.total, invoice.currency)} here but"
        f" {money(there[pk], invoice.currency)} in QuickBooks: what is paid beyond that arrives"
        " there unapplied. To have it applied, first change the invoice there too and accept the"
        " change here."
        for pk, invoice in shown.items()
        if there[pk] < invoice.total
    ]


def _taxes(run: ExportRun, invoices: QuerySet[Invoice]) -> TaxPreview:
    """Say what taxes would meet; an invoice that is there already meets nothing."""
    if run.company is None:
        return TaxPreview([], [])
    there = SyncRecord.objects.filter(company=run.company, invoice__isnull=False).exclude(qbo_id="")
    new = invoices.exclude(pk__in=there.values("invoice")).order_by("pk")
    company = QuickBooksCompany.objects.select_related("discount_account").get(pk=run.company.pk)
    return tax_preview(company, list(new.values_list("pk", flat=True)[:MOST_LOOKED_AT]))


def _odd_dates(
    run: ExportRun, chosen: QuerySet[ExportRunItem], invoices: QuerySet[Invoice]
) -> list[str]:
    """Name the dates that are hardly meant, before anything goes under them."""
    today = run.business_unit.today()
    payments = Payment.objects.filter(pk__in=chosen.values("payment")).select_related("invoice")
    paid = payments.filter(RECEIVED.q("received_on", today)).order_by("pk")[:SHOWN]
    billed = invoices.filter(ISSUED.q("issued_on", today) | DUE.q("due_on", today))
    words = [f"A payment of {row.invoice} is dated {day(row.received_on)}." for row in paid]
    for invoice in billed.order_by("number")[:SHOWN]:
        dates = {"issued_on": invoice.issued_on, "due_on": invoice.due_on}
        odd = " and ".join(
            f"{'dated' if name == 'issued_on' else 'due'} {day(found)}"
            for name, found in odd_dates(dates, today)
        )
        words.append(f"{invoice} is {odd}.")
    return [f"{sentence} Is that meant?" for sentence in words]


def _with_documents(items: QuerySet[ExportRunItem]) -> QuerySet[ExportRunItem]:
    related = items.select_related("payment__customer", "payment__invoice")
    return related.order_by("payment__invoice", "payment__received_on", "payment")


def _sums(rows: QuerySet[Any], amount: str, currency: str) -> str:
    sums = rows.order_by(currency).values_list(currency).annotate(total=Sum(amount))
    return " + ".join(money(total.quantize(CENT), code) for code, total in sums)


def _totals(rows: QuerySet[Any], name: str, amount: str, currency: str) -> list[Total]:
    groups = (
        rows.order_by(name, currency)
        .values_list(name, currency)
        .annotate(count=Count("pk"), total=Sum(amount))
    )
    return [
        Total(word or "Other", count, money(total.quantize(CENT), code))
        for word, code, count, total in groups
    ]


def _word(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {_word(count, noun)}"
