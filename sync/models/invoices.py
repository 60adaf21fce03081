"""Invoices and their lines: what was billed."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Length, Right, Round
from django.db.models.lookups import GreaterThan
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import MoneyField, ShortTextField
from sync.models.ids import new_uuid
from sync.models.search_keys import Capitals, EndDigits
from sync.models.sourced import Sourced, once_a_unit
from sync.models.units import currency_code
from sync.words import Said, stored

LONGEST_NUMBER = 100
# QuickBooks' DocNumber.
LONGEST_QUICKBOOKS_NUMBER = 21


class Invoice(Sourced):
    """A bill to one customer; the sums below are kept by database triggers (triggers.py)."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    customer = models.ForeignKey("sync.Customer", on_delete=models.PROTECT, related_name="invoices")
    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    number = models.CharField(max_length=LONGEST_NUMBER)
    chosen_number = models.CharField(
        gettext_lazy("number in QuickBooks"),
        max_length=LONGEST_QUICKBOOKS_NUMBER,
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy(
            "Only where it is to be another there: QuickBooks takes 21 characters, and the"
            " last 21 of a longer number are sent."
        ),
    )
    quickbooks_number = models.GeneratedField(
        expression=Case(
            When(~Q(chosen_number=""), then=F("chosen_number")),
            When(
                GreaterThan(Length("number"), LONGEST_QUICKBOOKS_NUMBER),
                then=Right("number", LONGEST_QUICKBOOKS_NUMBER),
            ),
            default=F("number"),
            output_field=models.CharField(max_length=LONGEST_QUICKBOOKS_NUMBER),
        ),
        output_field=models.CharField(max_length=LONGEST_QUICKBOOKS_NUMBER),
        db_persist=True,
    )
    issued_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, validators=[currency_code])
    subtotal = MoneyField()
    discount_total = MoneyField(default=0)
    tax_total = MoneyField(default=0)
    prices_include_tax = models.BooleanField(default=False, db_default=False, editable=False)
    total = MoneyField()
    voided_at = models.DateTimeField(null=True, blank=True)

    do_not_export_at = models.DateTimeField(null=True, editable=False)
    do_not_export_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    do_not_export_reason = ShortTextField(max_length=300, blank=True, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    release_reason = ShortTextField(max_length=300, blank=True, editable=False)

    lines_total = MoneyField(default=0, editable=False)
    paid_total = MoneyField(default=0, editable=False)
    refunded_total = MoneyField(default=0, editable=False)
    balance_due = models.GeneratedField(
        expression=Round(F("total") - F("paid_total") + F("refunded_total"), precision=2),
        output_field=MoneyField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["-issued_on", "-id"]
        indexes = [
            models.Index(fields=["business_unit", "balance_due"], name="invoice_by_balance"),
            models.Index(fields=["-issued_on", "-id"], name="invoice_by_date"),
            models.Index(
                fields=["quickbooks_number", "business_unit"], name="invoice_by_number_there"
            ),
            # Searched for (search_keys.py).
            models.Index(Capitals("number"), name="invoice_by_beginning"),
            models.Index(EndDigits("number"), name="invoice_by_end_digits"),
            models.Index(fields=["total"], name="invoice_by_total"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["business_unit", "source", "number"], name="invoice_number_once_a_source"
            ),
            once_a_unit("invoice_external_id_once_a_unit"),
            models.CheckConstraint(
                condition=Q(
                    total=Round(F("subtotal") - F("discount_total") + F("tax_total"), precision=2)
                ),
                name="invoice_total_adds_up",
                violation_error_message="Total must be subtotal less discount plus tax.",
            ),
            models.CheckConstraint(
                condition=Q(discount_total__gte=0) & Q(tax_total__gte=0),
                name="invoice_discount_and_tax_not_negative",
                violation_error_message="Discount and tax cannot be negative.",
            ),
            models.CheckConstraint(
                condition=~Q(number=""),
                name="invoice_has_a_number",
                violation_error_message="An invoice has a number.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="invoice_currency_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return str(self.said())

    def said(self) -> Said:
        """Return what it is called, as a place of what is stored."""
        return stored("Invoice %(number)s", number=self.number)

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_invoice_change", args=[self.pk])

    @property
    def is_fully_paid(self) -> bool:
        """Say whether payments less refunds reach a total above zero."""
        return bool(self.total > 0 and self.balance_due <= 0)


def lock_invoices(ids: Collection[int]) -> None:
    """Hold these invoices, in one order for all, until the current transaction ends."""
    rows = Invoice.objects.select_for_update(no_key=True).filter(pk__in=ids)
    list(rows.order_by("pk").values_list("pk"))


class InvoiceLine(models.Model):
    """One line of an invoice; tips and fees are lines too."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=1)
    service = models.CharField(max_length=100, blank=True)
    description = models.CharField(max_length=4000, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=1)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    amount = MoneyField()
    taxable = models.BooleanField(default=False)
    tax_code = models.CharField(max_length=30, blank=True)
    tax_amount = MoneyField(
        null=True,
        blank=True,
        editable=False,
        help_text=gettext_lazy("Where the source tells it by line."),
    )

    class Meta:
        ordering = ["invoice", "position", "id"]

    def __str__(self) -> str:
        return (
            self.service or self.description or _("line %(position)s") % {"position": self.position}
        )
