"""What a draft would do, counted from what is stored with it; nothing is sent to show it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sync.admin.exports.preview_notes import ToMatch, to_match, worth_knowing
from sync.exports.documents.customer_names import chosen_name
from sync.exports.rules.eligibility import explain
from sync.exports.runs.tax_preview import MOST_LOOKED_AT, TaxPreview, tax_preview
from sync.models import (
    Customer,
    ExportRun,
    ExportRunItem,
    Invoice,
    InvoiceLine,
    QuickBooksCompany,
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
        to_match=to_match(run.business_unit, new),
        worth_knowing=worth_knowing(run, chosen, invoices),
        taxes=_taxes(run, invoices),
        skipped_count=skipped.count(),
        skipped=told_anew(list(skipped[:SHOWN])),
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


def told_anew(items: list[ExportRunItem]) -> list[ExportRunItem]:
    """Say why items were left out in the person's language; what is stored says it in English."""
    if not (get_language() or "en").startswith("en"):
        now = explain([item.payment for item in items])
        for item in items:
            why = now.get(item.payment_id)
            if why is not None and why.code == item.reason_code:
                item.reason = why.words
    return items


def _taxes(run: ExportRun, invoices: QuerySet[Invoice]) -> TaxPreview:
    """Say what taxes would meet; an invoice that is there already meets nothing."""
    if run.company is None:
        return TaxPreview([], [])
    there = SyncRecord.objects.filter(company=run.company, invoice__isnull=False).exclude(qbo_id="")
    new = invoices.exclude(pk__in=there.values("invoice")).order_by("pk")
    company = QuickBooksCompany.objects.select_related("discount_account").get(pk=run.company.pk)
    return tax_preview(company, list(new.values_list("pk", flat=True)[:MOST_LOOKED_AT]))


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
        Total(word or _("Other"), count, money(total.quantize(CENT), code))
        for word, code, count, total in groups
    ]
