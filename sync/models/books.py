"""What a QuickBooks company's books hold already, and which of our invoices that may be."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import MoneyField, ShortTextField

LONGEST_REFERENCE = 100


class BooksDocument(models.Model):
    """An invoice or a payment in QuickBooks, as it was when the books were read last."""

    class Kind(models.TextChoices):
        INVOICE = "Invoice", gettext_lazy("Invoice")
        PAYMENT = "Payment", gettext_lazy("Payment")

    # The constraint below begins with it.
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    qbo_id = models.CharField(max_length=50)
    sync_token = models.CharField(max_length=20, blank=True)
    number = models.CharField(
        max_length=LONGEST_REFERENCE, blank=True, help_text="Of a payment: its reference."
    )
    number_key = models.CharField(
        max_length=LONGEST_REFERENCE, blank=True, help_text="As QuickBooks compares numbers."
    )
    customer = models.CharField(gettext_lazy("customer there"), max_length=50, blank=True)
    customer_name = models.CharField(max_length=500, blank=True)
    day = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    total = MoneyField(null=True)
    tax = MoneyField(null=True)
    left_open = MoneyField(
        null=True, help_text="What is due of an invoice, or not applied of a payment."
    )
    method = models.CharField(max_length=50, blank=True)
    links = models.JSONField(
        default=list, help_text="What it is tied to: type, id, and of a payment the amount."
    )
    is_marked = models.BooleanField(default=False, help_text="It carries a mark of Paidup.")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "qbo_id"], name="books_document_once_a_company"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "number_key"], name="books_document_by_number"),
            models.Index(fields=["company", "customer", "day"], name="books_document_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.qbo_id}"


class BooksMatch(models.Model):
    """An invoice of ours that QuickBooks may hold already; it stays here until that is decided.

    It is gone once the invoice is linked, or once nothing there may be it any more.
    """

    class Standing(models.TextChoices):
        CERTAIN = "certain", gettext_lazy("Certain")
        LOOK = "look", gettext_lazy("To look at")

    class Doubt(models.TextChoices):
        """What a person must look at; the first that holds is shown, the others with it."""

        SEVERAL = "several", gettext_lazy("Several there fit")
        TOTAL = "total", gettext_lazy("Another total")
        TAX = "tax", gettext_lazy("Another tax")
        CURRENCY = "currency", gettext_lazy("Another currency")
        CUSTOMER = "customer", gettext_lazy("Another customer")
        CUSTOMER_OPEN = "open", gettext_lazy("Customer not matched yet")
        NUMBER = "number", gettext_lazy("Another number")
        PAYMENTS = "payments", gettext_lazy("Other payments there")
        CLAIMED = "claimed", gettext_lazy("Another of ours fits, too")
        MARKED = "marked", gettext_lazy("Carries a mark of Paidup")

    # The constraint below begins with it.
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    invoice = models.ForeignKey("sync.Invoice", on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=100, help_text="Ours, when the two were compared.")
    standing = models.CharField(max_length=10, choices=Standing)
    doubt = models.CharField(max_length=10, choices=Doubt, blank=True)
    document = models.ForeignKey(
        BooksDocument,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Best fit.",
    )
    candidates = models.JSONField(
        default=list, help_text="All that may be it, the best first: ids, each with its doubts."
    )
    is_declined = models.BooleanField(
        default=False, help_text="A person said that it is none of theirs: ours is to go."
    )
    chosen = models.ForeignKey(
        BooksDocument, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    refusal = ShortTextField(max_length=500, blank=True, help_text="Why it was not linked.")

    class Meta:
        verbose_name = gettext_lazy("invoice that QuickBooks may hold")
        verbose_name_plural = gettext_lazy("invoices that QuickBooks may hold")
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "invoice"], name="books_match_once_an_invoice"
            ),
            models.CheckConstraint(
                condition=Q(chosen__isnull=True) | Q(chosen_by__isnull=False),
                name="books_match_chosen_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(chosen__isnull=True) | Q(is_declined=False),
                name="books_match_chosen_or_declined",
            ),
            models.CheckConstraint(
                condition=~Q(standing="certain") | Q(doubt=""), name="books_match_certain_or_asked"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "business_unit", "standing", "number", "id"],
                name="books_match_to_show",
            ),
        ]

    def __str__(self) -> str:
        return _("Invoice %(number)s") % {"number": self.number}
