"""Changes of what several units post with, until their accountants have agreed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sync.models.fields import ShortTextField


class SharedChange(models.Model):
    """One mapping, or another choice of a company, as an accountant of one of its units wants it.

    It comes into force when the accountants of every unit that posts to the company have agreed.
    """

    class Kind(models.TextChoices):
        ITEM = "item", _("Service")
        METHOD = "method", _("Payment method")
        TAX = "tax", _("Tax code")
        DISCOUNT = "discount", _("Discounts")
        TAX_MODE = "tax_mode", _("Whose tax counts")

    class Outcome(models.TextChoices):
        OPEN = "", _("Waits")
        MADE = "made", _("In force")
        DECLINED = "declined", _("Declined")
        OVERTAKEN = "overtaken", _("Overtaken by another change")

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="shared_changes"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    word = ShortTextField(
        max_length=200, blank=True, help_text="Our word; of a tax, the key of its mode."
    )
    taxable = models.BooleanField(default=False)
    was = models.JSONField(default=list, help_text="Ids of the entries it stood for when asked.")
    becomes = models.JSONField(default=list, help_text="Ids of the entries it is to stand for.")
    asked_in = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    agreed = models.ManyToManyField(
        "sync.BusinessUnit", related_name="+", help_text="Units whose accountants want it."
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "word", "taxable"],
                condition=Q(outcome=""),
                name="shared_change_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True)
                | Q(~Q(outcome=""), closed_at__isnull=False),
                name="shared_change_closed_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.word}".strip()
