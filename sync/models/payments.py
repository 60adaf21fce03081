"""Payments: money received."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from sync.models.fields import MoneyField
from sync.models.sourced import LONGEST_ID, Sourced, once_a_unit
from sync.models.units import currency_code


class Payment(Sourced):
    """Money received from one customer, for one invoice or as a deposit before there is one."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", "Deposit"
        PARTIAL = "partial", "Part payment"
        FINAL = "final", "Final payment"

    class Stage(models.TextChoices):
        """Where it stands by documents and records alone: what unit and company let go is joined.

        Kept by triggers (triggers.py); exports/rules/eligibility.py says what each means.
        """

        SENT = "sent", "Has a record in some company"
        HELD = "held", "Do not export"
        STOPPED = "stopped", "Its documents keep it here"
        OPEN = "open", "Its documents let it go"

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    customer = models.ForeignKey("sync.Customer", on_delete=models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(
        "sync.Invoice",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        help_text="Empty for a deposit taken before its invoice.",
    )
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FINAL)
    method = models.CharField(max_length=50, help_text="For example Cash, Check or Credit Card.")
    amount = MoneyField()
    currency = models.CharField(max_length=3, validators=[currency_code])
    received_on = models.DateField()
    reference = models.CharField(
        max_length=100,
        blank=True,
        help_text="Such as a check number; several payments may share it.",
    )
    receipt = models.CharField(
        max_length=LONGEST_ID,
        blank=True,
        db_default="",
        default="",
        editable=False,
        help_text="What the payments share that one receipt over several invoices became.",
    )
    voided_at = models.DateTimeField(null=True, blank=True)

    refunded_total = MoneyField(default=0, editable=False)
    stage = models.CharField(
        max_length=7,
        choices=Stage,
        default=Stage.STOPPED,
        db_default=Stage.STOPPED.value,
        editable=False,
    )

    class Meta:
        ordering = ["-received_on", "-id"]
        indexes = [
            models.Index(fields=["-received_on", "-id"], name="payment_by_date"),
            models.Index(
                fields=["business_unit", "-received_on", "-id"], name="payment_by_unit_and_date"
            ),
            # With the unit in it, so that counts by unit read the index alone.
            models.Index(
                fields=["stage", "-received_on", "-id", "business_unit"], name="payment_by_stage"
            ),
            models.Index(
                fields=["business_unit", "source", "receipt"],
                condition=~Q(receipt=""),
                name="payment_by_receipt",
            ),
        ]
        constraints = [
            once_a_unit("payment_external_id_once_a_unit"),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="payment_amount_above_zero",
                violation_error_message="A payment's amount must be above zero.",
            ),
            models.CheckConstraint(
                condition=Q(refunded_total__lte=F("amount")),
                name="payment_refunded_within_amount",
                violation_error_message="More was refunded than was received.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="payment_currency_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"Payment {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_payment_change", args=[self.pk])
