"""What a draft would do, counted from what is stored with it; nothing is sent to show it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, QuerySet, Sum, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sync.admin.exports.preview_notes import ToMatch, standings_of, to_match, worth_knowing
from sync.exports.documents.customer_names import chosen_name
from sync.exports.rules.eligibility import explain
from sync.exports.runs.tax_preview import TaxPreview, tax_preview
from sync.mappings.mappings import Mappings
from sync.models import (
    Customer,
    ExportRun,
    ExportRunItem,
    Invoice,
    InvoiceLine,
    Reason,
    SyncRecord,
)
from sync.words import customers, invoices, money, payments

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
class Counted:
    """What of a draft has one word and one currency."""

    word: str
    currency: str
    count: int
    total: Decimal
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Billed:
    """What a draft's invoices of one currency come to."""

    currency: str
    count: int
    discounts: Decimal
    tax: Decimal


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
    to_match: ToMatch
    worth_knowing: list[str]
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
            return _("Nothing of this can be exported.")
        return _("%(payments)s on %(invoices)s, %(amount)s → %(company)s.") % {
            "payments": payments(self.payments),
            "invoices": invoices(self.invoices),
            "amount": self.amount,
            "company": self.run.company,
        }

    @property
    def has_books_to_decide(self) -> bool:
        """Say whether something of it may be in QuickBooks already, and waits for a person."""
        return any(item.reason_code == Reason.IN_BOOKS for item in self.skipped)

    @property
    def lacks_set_up(self) -> bool:
        """Say whether a step of the set-up keeps it, such as looking at what QuickBooks holds."""
        return any(item.reason_code == Reason.SETUP_INCOMPLETE for item in self.skipped)

    @property
    def _included(self) -> str:
        words = (
            ngettext(
                "Includes %(count)s other payment so the invoice arrives fully paid.",
                "Includes %(count)s other payments so the invoice arrives fully paid.",
                self.included,
            )
            if self.invoices == 1
            else ngettext(
                "Includes %(count)s other payment so the invoices arrive fully paid.",
                "Includes %(count)s other payments so the invoices arrive fully paid.",
                self.included,
            )
        )
        return words % {"count": self.included}

    @property
    def notes(self) -> list[str]:
        """Say what else the person should know before confirming."""
        found = []
        if self.included:
            found.append(self._included)
        if self.new_customer_count:
            found.append(
                _("%(customers)s will be created.")
                % {"customers": customers(self.new_customer_count)}
            )
        found += self.worth_knowing
        found += self.taxes.alone
        if self.skipped_count:
            found.append(
                ngettext(
                    "%(count)s selected payment is skipped (see why).",
                    "%(count)s selected payments are skipped (see why).",
                    self.skipped_count,
                )
                % {"count": self.skipped_count}
            )
        return found


def preview_of_run(run: ExportRun) -> Preview:
    """Return what confirming the draft would do, in a fixed number of queries."""
    chosen = run.items.exclude(choice=Choice.SKIPPED)
    invoices = Invoice.objects.filter(pk__in=chosen.values("payment__invoice"))
    known = SyncRecord.objects.filter(company=run.company, customer__isnull=False)
    new = Customer.objects.filter(pk__in=invoices.values("customer")).exclude(
        pk__in=known.values("customer")
    )
    paid = _counted(
        run.items.all(), "payment__method", "payment__currency", "payment__amount", "choice"
    )
    going = [row for row in paid if row.choice != Choice.SKIPPED]
    billed, standings = _sums_of(invoices), standings_of(run.business_unit, new)
    mappings = Mappings.of(run.company, run.business_unit) if run.company else None
    shown = _shown_of(run)
    lines = InvoiceLine.objects.filter(invoice__in=invoices)
    return Preview(
        run=run,
        payments=_count(going),
        invoices=sum(row.count for row in billed),
        amount=_together((row.currency, row.total) for row in going),
        new_customers=[
            run.customer_names.get(str(customer.pk), chosen_name(customer))
            for customer in new.order_by("display_name", "pk")[:SHOWN]
        ],
        new_customer_count=sum(standings.values()),
        included=_count(row for row in paid if row.choice == Choice.INCLUDED),
        to_match=to_match(run.business_unit, standings),
        worth_knowing=worth_knowing(run, chosen, invoices, mappings, _counts(going)),
        taxes=_taxes(run, invoices, mappings),
        skipped_count=_count(row for row in paid if row.choice == Choice.SKIPPED),
        skipped=told_anew([item for item in shown if item.choice == Choice.SKIPPED]),
        items=[item for item in shown if item.choice != Choice.SKIPPED],
        by_method=_totals(going),
        by_service=_totals(_counted(lines, "service", "invoice__currency", "amount")),
        discounts=_together((row.currency, -row.discounts) for row in billed if row.discounts),
        tax=_together((row.currency, row.tax) for row in billed if row.tax),
    )


def told_anew(items: list[ExportRunItem]) -> list[ExportRunItem]:
    """Say why items were left out in the person's language; what is stored says it in English."""
    if not (get_language() or "en").startswith("en"):
        now = explain([item.payment for item in items])
        for item in items:
            why = now.get(item.payment_id)
            if why is not None and why.code == item.reason_code:
                item.reason = why.words
    return items


def _taxes(run: ExportRun, invoices: QuerySet[Invoice], mappings: Mappings | None) -> TaxPreview:
    """Say what taxes would meet; an invoice that is there already meets nothing."""
    if run.company is None or mappings is None:
        return TaxPreview([], [])
    there = SyncRecord.objects.filter(company=run.company, invoice__isnull=False).exclude(qbo_id="")
    return tax_preview(run.company, invoices.exclude(pk__in=there.values("invoice")), mappings)


def _shown_of(run: ExportRun) -> list[ExportRunItem]:
    """Return the first of what goes and the first of what is left out, in one query."""
    newest = ("-payment__invoice__issued_on", "-payment__invoice_id")
    order = (*newest, "payment__received_on", "-payment_id")
    is_left_out = Case(When(choice=Choice.SKIPPED, then=True), default=False)
    place = Window(RowNumber(), partition_by=is_left_out, order_by=order)
    related = run.items.select_related("payment__customer", "payment__invoice")
    return list(related.annotate(place=place).filter(place__lte=SHOWN).order_by(*order))


def _sums_of(invoices: QuerySet[Invoice]) -> list[Billed]:
    rows = invoices.order_by("currency").values_list("currency")
    counted = rows.annotate(Count("pk"), Sum("discount_total"), Sum("tax_total"))
    return [Billed(*row) for row in counted]


def _counted(
    rows: QuerySet[Any], word: str, currency: str, amount: str, *choice: str
) -> list[Counted]:
    """Count rows by word and currency, and by what was chosen where that is a column."""
    grouped = rows.order_by(word, currency, *choice).values_list(word, currency, *choice)
    counted = grouped.annotate(count=Count("pk"), total=Sum(amount))
    return [
        Counted(said, code, count, total, *chosen) for said, code, *chosen, count, total in counted
    ]


def _count(rows: Iterable[Counted]) -> int:
    return sum(row.count for row in rows)


def _counts(rows: Iterable[Counted]) -> dict[str, int]:
    """Count by word, whatever the currency."""
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.word] += row.count
    return counts


def _together(amounts: Iterable[tuple[str, Decimal]]) -> str:
    """Say a sum of each currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in amounts:
        sums[currency] += amount
    return " + ".join(money(sums[code].quantize(CENT), code) for code in sorted(sums))


def _totals(rows: Iterable[Counted]) -> list[Total]:
    """Return a line for each word and currency, whatever else the rows are told apart by."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        counts[row.word, row.currency] += row.count
        totals[row.word, row.currency] += row.total
    return [
        Total(word or _("Other"), counts[word, code], money(total.quantize(CENT), code))
        for (word, code), total in totals.items()
    ]
