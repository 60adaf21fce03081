"""What QuickBooks holds that may be how a refund was entered there, and which refund it proves."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from sync.models.fields import MoneyField


class Reading(models.Model):
    """Up to when a company's changes were read, by QuickBooks' own clock."""

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="readings"
    )
    kind = models.CharField(max_length=20)
    read_until = models.DateTimeField()
    covers_from = models.DateField(
        null=True, help_text="Documents dated from this day on were read."
    )
    finished_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "kind"], name="reading_once_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} until {self.read_until:%Y-%m-%d %H:%M}"


class Adjustment(models.Model):
    """What one document in QuickBooks takes back from one customer, as last read."""

    class Kind(models.TextChoices):
        CREDIT_MEMO = "CreditMemo", "Credit memo"
        REFUND_RECEIPT = "RefundReceipt", "Refund receipt"
        EXPENSE = "Expense", "Expense"
        CHECK = "Check", "Check"
        JOURNAL_ENTRY = "JournalEntry", "Journal entry"
        PAYMENT_CHANGED = "PaymentChanged", "Payment changed"
        PAYMENT_VOIDED = "PaymentVoided", "Payment voided"
        PAYMENT_DELETED = "PaymentDeleted", "Payment deleted"

    class Side(models.TextChoices):
        """Crediting the sale and paying the credit out are two halves of one adjustment."""

        CREDIT = "credit", "Credit"
        PAYOUT = "payout", "Paid out"
        WHOLE = "whole", "Whole"

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="adjustments"
    )
    entity = models.CharField(max_length=20, help_text="As QuickBooks' interface calls it.")
    qbo_id = models.CharField("QuickBooks id", max_length=50)
    customer = models.CharField(max_length=50, help_text="The customer's id in QuickBooks.")
    kind = models.CharField(max_length=20, choices=Kind)
    side = models.CharField(max_length=10, choices=Side)
    number = models.CharField(max_length=50, blank=True)
    amount = MoneyField()
    currency = models.CharField(max_length=3, blank=True)
    dated_on = models.DateField()
    sync_token = models.CharField(max_length=20, blank=True)
    linked_payments = models.JSONField(
        default=list, help_text="Ids of QuickBooks payments that tie it to other documents."
    )
    is_there = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["company", "customer", "amount"], name="adjustment_to_match"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "entity", "qbo_id", "customer"],
                name="adjustment_once_a_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number or self.qbo_id}"


class RefundMatch(models.Model):
    """A document that proves a refund's adjustment, or one that a person is asked about."""

    refund = models.ForeignKey("sync.Refund", on_delete=models.CASCADE, related_name="matches")
    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="matches")
    is_proof = models.BooleanField(default=False)
    why = models.CharField(
        max_length=200, blank=True, help_text="Why a person is asked, or what was certain."
    )
    # The evidence as it was found: what the document says later is compared with it.
    amount = MoneyField()
    dated_on = models.DateField()
    sync_token = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=50, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["refund", "id"]
        indexes = [
            models.Index(fields=["refund"], condition=Q(is_proof=False), name="match_to_accept"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["refund", "adjustment"], name="match_once_a_refund"),
            models.UniqueConstraint(
                fields=["adjustment"], condition=Q(is_proof=True), name="match_proves_one_refund"
            ),
            models.CheckConstraint(
                condition=Q(is_proof=True) | Q(accepted_by__isnull=True),
                name="match_accepted_is_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adjustment} for refund {self.refund_id}"
