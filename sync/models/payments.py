"""Payments: money received."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import MoneyField
from sync.models.ids import new_uuid
from sync.models.search_keys import Capitals
from sync.models.sourced import LONGEST_ID, Sourced, once_a_unit
from sync.models.units import currency_code

WAITING = ["stopped", "open", "stuck"]


class Payment(Sourced):
    """Money received from one customer, for one invoice or as a deposit before there is one."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", gettext_lazy("Deposit")
        PARTIAL = "partial", gettext_lazy("Part payment")
        FINAL = "final", gettext_lazy("Final payment")

    class Stage(models.TextChoices):
        """Where it stands by documents and records alone: what unit and company let go is joined.

        Kept by triggers (triggers.py); exports/rules/eligibility.py says what each means.
        """

        SENT = "sent", gettext_lazy("In QuickBooks")
        QUEUED = "queued", gettext_lazy("On its way to QuickBooks")
        STUCK = "stuck", gettext_lazy("Stands before a person, or waits for what does")
        HELD = "held", gettext_lazy("Do not export")
        STOPPED = "stopped", gettext_lazy("Its documents keep it here")
        OPEN = "open", gettext_lazy("Its documents let it go")

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    customer = models.ForeignKey("sync.Customer", on_delete=models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(
        "sync.Invoice",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        help_text=gettext_lazy("Empty for a deposit taken before its invoice."),
    )
    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FINAL)
    method = models.CharField(
        max_length=50, help_text=gettext_lazy("For example Cash, Check or Credit Card.")
    )
    amount = MoneyField()
    currency = models.CharField(max_length=3, validators=[currency_code])
    received_on = models.DateField()
    reference = models.CharField(
        max_length=100,
        blank=True,
        help_text=gettext_lazy("Such as a check number; several payments may share it."),
    )
    receipt = models.CharField(
        max_length=LONGEST_ID,
        blank=True,
        db_default="",
        default="",
        editable=False,
        help_text=gettext_lazy(
            "What the payments share that one receipt over several invoices became."
        ),
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
            # Counted by unit on the first page; the query names these stages in the same words.
            models.Index(
                fields=["stage", "business_unit"],
                condition=Q(stage__in=WAITING),
                name="payment_waiting",
            ),
            models.Index(
                fields=["business_unit", "source", "receipt"],
                condition=~Q(receipt=""),
                name="payment_by_receipt",
            ),
            # Searched for (search_keys.py).
            models.Index(Capitals("reference"), name="payment_by_reference"),
            models.Index(fields=["amount"], name="payment_by_amount"),
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
        return _("Payment %(id)s") % {"id": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_payment_change", args=[self.pk])
