"""What QuickBooks holds that may be how a refund was entered there, and which refund it proves."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import MoneyField, ShortTextField
from sync.words import Said, called, stored


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
        return _("%(kind)s until %(read_until)s") % {
            "kind": self.kind,
            "read_until": f"{self.read_until:%Y-%m-%d %H:%M}",
        }


class Adjustment(models.Model):
    """What one document in QuickBooks does to one customer's books, as last read.

    Each effect has its amount: a receipt pays out and credits the sale, a credit memo only credits.
    """

    class Kind(models.TextChoices):
        CREDIT_MEMO = "CreditMemo", gettext_lazy("Credit memo")
        REFUND_RECEIPT = "RefundReceipt", gettext_lazy("Refund receipt")
        EXPENSE = "Expense", gettext_lazy("Expense")
        CHECK = "Check", gettext_lazy("Check")
        JOURNAL_ENTRY = "JournalEntry", gettext_lazy("Journal entry")
        DEPOSIT = "Deposit", gettext_lazy("Deposit")
        INVOICE = "Invoice", gettext_lazy("Invoice")
        INVOICE_CHANGED = "InvoiceChanged", gettext_lazy("Invoice changed")
        PAYMENT_CHANGED = "PaymentChanged", gettext_lazy("Payment changed")
        PAYMENT_VOIDED = "PaymentVoided", gettext_lazy("Payment voided")
        PAYMENT_DELETED = "PaymentDeleted", gettext_lazy("Payment deleted")
        CREDITS_LINKED = "CreditsLinked", gettext_lazy("Credits linked")

    class Effect(models.TextChoices):
        PAYOUT = "payout", gettext_lazy("Paid out")
        SALE_CREDIT = "sale_credit", gettext_lazy("Credited the sale")
        RECEIVABLE_OPEN = "receivable_open", gettext_lazy("Opened what is owed")
        CREDIT_USED = "credit_used", gettext_lazy("Used the credit up")

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="adjustments"
    )
    entity = models.CharField(max_length=20, help_text="As QuickBooks' interface calls it.")
    qbo_id = models.CharField(gettext_lazy("QuickBooks id"), max_length=50)
    customer = models.CharField(
        max_length=50, blank=True, help_text="Its id in QuickBooks; empty where nobody is named."
    )
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(max_length=50, blank=True)
    amount = MoneyField(help_text="The greatest of its effects.")
    payout = MoneyField(default=0, db_default=0)
    sale_credit = MoneyField(default=0, db_default=0)
    receivable_open = MoneyField(default=0, db_default=0)
    credit_used = MoneyField(default=0, db_default=0)
    currency = models.CharField(max_length=3, blank=True)
    dated_on = models.DateField()
    sync_token = models.CharField(max_length=20, blank=True)
    ties = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="What it is linked with there, as “Purchase:12”.",
    )
    words = models.TextField(
        blank=True, default="", db_default="", help_text="Its memo, its reference and its lines."
    )
    is_spent = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Credit memos: taken by other documents, all of it or a part.",
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
        return str(self.said())

    def said(self) -> Said:
        """Return what it is called, as a place of what is stored."""
        kind = called(self.Kind(self.kind).label)
        return stored("%(kind)s %(number)s", kind=kind, number=self.number or self.qbo_id)

    @property
    def key(self) -> str:
        """Return how other documents name it in their ties."""
        return f"{self.entity}:{self.qbo_id}"

    @property
    def effects(self) -> "dict[Adjustment.Effect, Decimal]":
        """Return what it does to the books, by effect; only what is above zero."""
        amounts = {effect: Decimal(getattr(self, effect.value)) for effect in self.Effect}
        return {effect: amount for effect, amount in amounts.items() if amount > 0}


class Kin(models.Model):
    """Under whom a customer stands in QuickBooks, or into whom it was merged."""

    company = models.ForeignKey("sync.QuickBooksCompany", on_delete=models.CASCADE)
    customer = models.CharField(max_length=50, help_text="Its id in QuickBooks.")
    parent = models.CharField(max_length=50, blank=True)

    class Meta:
        verbose_name_plural = gettext_lazy("kin")
        constraints = [
            models.UniqueConstraint(fields=["company", "customer"], name="kin_once_a_customer"),
        ]

    def __str__(self) -> str:
        return _("%(customer)s under %(value)s") % {
            "customer": self.customer,
            "value": self.parent or _("nobody"),
        }


class RefundMatch(models.Model):
    """A document that adjusts a refund or a part of it, or one that a person is asked about."""

    refund = models.ForeignKey("sync.Refund", on_delete=models.CASCADE, related_name="matches")
    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="matches")
    is_proof = models.BooleanField(default=False)
    is_part = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It is a part of the adjustment, and the rest is missing.",
    )
    why = ShortTextField(
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
            models.CheckConstraint(
                condition=Q(is_proof=True) | Q(accepted_by__isnull=True),
                name="match_accepted_is_proof",
            ),
        ]

    def __str__(self) -> str:
        return _("%(adjustment)s for refund %(refund_id)s") % {
            "adjustment": self.adjustment,
            "refund_id": self.refund_id,
        }


class Allocation(models.Model):
    """How much of one effect of a document a refund takes; all together never more than it has.

    A database trigger holds that (triggers.py).
    """

    match = models.ForeignKey(RefundMatch, on_delete=models.CASCADE, related_name="shares")
    effect = models.CharField(max_length=20, choices=Adjustment.Effect)
    amount = MoneyField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "effect"], name="allocation_once_an_effect"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_above_zero"),
            models.CheckConstraint(
                condition=Q(effect__in=["payout", "sale_credit", "receivable_open", "credit_used"]),
                name="allocation_effect_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_effect_display()} {self.amount}"
