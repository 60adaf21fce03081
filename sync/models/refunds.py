"""Refunds: money given back; never pushed to QuickBooks, always reported."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import MoneyField, ShortTextField
from sync.models.records import SyncRecord
from sync.models.sourced import Sourced, once_a_unit


class Refund(Sourced):
    """Money given back of one payment, in the payment's currency."""

    class Kind(models.TextChoices):
        """What the money given back was: each needs other entries in QuickBooks."""

        SALE = "sale", gettext_lazy("Refund of the sale")
        OVERPAYMENT = "overpayment", gettext_lazy("Overpayment or deposit returned")
        BOUNCED = "bounced", gettext_lazy("Payment bounced")
        CHARGEBACK = "chargeback", gettext_lazy("Chargeback")

    payment = models.ForeignKey("sync.Payment", on_delete=models.PROTECT, related_name="refunds")
    kind = models.CharField(
        max_length=12, choices=Kind, default=Kind.SALE, db_default=Kind.SALE.value
    )
    amount = MoneyField()
    refunded_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    voided_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=gettext_lazy("Entered here by mistake: its amount is the payment's again."),
    )
    void_reason = models.CharField(
        max_length=300, blank=True, default="", db_default="", editable=False
    )

    # The payment's own, copied by database triggers (triggers.py): sums over all refunds need them.
    business_unit = models.ForeignKey(
        "sync.BusinessUnit",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    currency = models.CharField(max_length=3, db_default="", editable=False)

    class Meta:
        ordering = ["-refunded_on", "-id"]
        indexes = [models.Index(fields=["-refunded_on", "-id"], name="refund_by_date")]
        constraints = [
            once_a_unit("refund_external_id_once_a_unit"),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="refund_amount_above_zero",
                violation_error_message="A refund's amount must be above zero.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sale", "overpayment", "bounced", "chargeback"]),
                name="refund_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""),
                name="refund_voided_with_a_reason",
                violation_error_message="Say why the refund was entered by mistake.",
            ),
        ]

    def __str__(self) -> str:
        return _("Refund %(id)s") % {"id": self.pk}

    @property
    def review_status(self) -> "RefundReview.Status":
        """Return how it stands: open where nothing was said, or of another amount than it has."""
        review = getattr(self, "review", None)
        return review.status_of(self) if review else RefundReview.Status.OPEN


class RefundDiscrepancyManager(models.Manager["RefundDiscrepancy"]):
    """Refunds of payments that are in QuickBooks: a query, so no import can hide a row."""

    def get_queryset(self) -> models.QuerySet["RefundDiscrepancy"]:
        exported = SyncRecord.objects.filter(payment=OuterRef("payment")).exclude(qbo_id="")
        return super().get_queryset().filter(Exists(exported), voided_at__isnull=True)


class RefundDiscrepancy(Refund):
    """A refund that QuickBooks was not told of."""

    objects: ClassVar[RefundDiscrepancyManager] = RefundDiscrepancyManager()

    class Meta:
        proxy = True
        verbose_name = gettext_lazy("refund to adjust")
        verbose_name_plural = gettext_lazy("refunds to adjust")

    def __str__(self) -> str:
        return _("Refund %(id)s to adjust") % {"id": self.pk}


class RefundReview(models.Model):
    """How one refund stands: what a reviewer said of it, or what reading QuickBooks proved."""

    class Status(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        RECORDED = "recorded", gettext_lazy("Recorded in QuickBooks")
        VERIFIED = "verified", gettext_lazy("Verified in QuickBooks")
        ADJUSTED_OTHERWISE = "adjusted_otherwise", gettext_lazy("Adjusted another way")
        NOT_NEEDED = "not_needed", gettext_lazy("Not needed")

    refund = models.OneToOneField(Refund, on_delete=models.CASCADE, related_name="review")
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    note = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text=gettext_lazy("Empty where reading QuickBooks said it."),
    )
    reviewed_at = models.DateTimeField(default=timezone.now)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    finding = ShortTextField(
        max_length=300,
        blank=True,
        help_text=gettext_lazy("What reading QuickBooks last found, in words."),
    )
    left = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        help_text=gettext_lazy("What is missing where a part is there: an amount by effect."),
    )
    # The refund as it was judged: what was said counts only while it is still so (STANDS).
    amount = MoneyField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    refunded_on = models.DateField(null=True)
    kind = models.CharField(max_length=12, blank=True, default="", db_default="")
    # Kept also where that payment is gone, and in nobody's way who deletes it.
    payment = models.ForeignKey(
        "sync.Payment",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        indexes = [models.Index(fields=["status", "refund"], name="review_by_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "verified"]) | ~Q(note=""),
                name="review_closed_with_a_note",
                violation_error_message="Say in the note what was entered, or why none is needed.",
            ),
            models.CheckConstraint(
                condition=Q(status="open")
                | Q(amount__isnull=False, refunded_on__isnull=False, payment__isnull=False)
                & ~Q(currency=""),
                name="review_closed_of_an_amount",
            ),
            models.CheckConstraint(
                condition=~Q(status="adjusted_otherwise") | Q(reviewed_by__isnull=False),
                name="review_adjusted_otherwise_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()

    def judge(self, refund: Refund) -> None:
        """Keep what is said as said of the refund as it is now."""
        self.amount, self.refunded_on = refund.amount, refund.refunded_on
        self.payment_id, self.currency = refund.payment_id, refund.payment.currency
        self.kind = refund.kind

    def stands_for(self, refund: Refund) -> bool:
        """Say whether it was said of the refund as it is now; in SQL: STANDS."""
        now = (refund.payment_id, refund.amount, refund.payment.currency, refund.kind)
        is_same = (self.payment_id, self.amount, self.currency, self.kind) == now
        is_dated = self.refunded_on == refund.refunded_on
        return is_same and (is_dated or self.status != self.Status.VERIFIED)

    def status_of(self, refund: Refund) -> Status:
        """Return what is said of the refund as it is now."""
        return self.Status(self.status) if self.stands_for(refund) else self.Status.OPEN


# Whether what was said of a refund was said of it as it is now: a proof rests on its date as well.
STANDS = Q(
    review__payment=F("payment"),
    review__amount=F("amount"),
    review__currency=F("currency"),
    review__kind=F("kind"),
) & (~Q(review__status=RefundReview.Status.VERIFIED) | Q(review__refunded_on=F("refunded_on")))
