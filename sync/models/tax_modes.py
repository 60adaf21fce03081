"""Whose sales tax counts in a company, proven by the first invoice of each kind."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.fields import ShortTextField, VersionedJSONField


class TaxMode(models.Model):
    """What is known of one company's tax for one set of tax codes, place and form of invoice.

    Two things are found out: whether QuickBooks works out what we expect, and whether it keeps
    another figure of ours.
    """

    class Keeps(models.TextChoices):
        UNKNOWN = "", _("Not known yet")
        SENT = "sent", _("Our tax is kept as it is sent")
        UPDATED = "updated", _("Our tax is kept when the invoice is corrected at once")
        NOTHING = "nothing", _("QuickBooks keeps only its own figure")

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="tax_modes"
    )
    key = models.CharField(max_length=200, help_text="How it is taxed, by which codes, and where.")
    name = ShortTextField(max_length=300, blank=True, help_text="The key, as people read it.")
    keeps = models.CharField(max_length=10, choices=Keeps, default=Keeps.UNKNOWN, blank=True)
    agreed_at = models.DateTimeField(
        null=True, help_text="When QuickBooks worked out just what was expected of it."
    )
    rounding = models.CharField(
        max_length=10, blank=True, help_text="Where it rounds, once an invoice has told."
    )
    rates = VersionedJSONField(
        null=True, help_text="Automated tax: the rates that QuickBooks charged, in percent, by id."
    )
    code = models.CharField(
        max_length=50, blank=True, help_text="Automated tax: the code that QuickBooks chose."
    )
    probe = models.OneToOneField(
        "sync.SyncRecord",
        on_delete=models.SET_NULL,
        null=True,
        related_name="tax_probe_of",
        help_text="The invoice that goes alone now, while others of its kind wait.",
    )
    proof = VersionedJSONField(
        default=dict, help_text="The last invoice that told: its number, our tax and theirs."
    )
    proven_at = models.DateTimeField(null=True)
    liability_item = models.ForeignKey(
        "sync.ReferenceEntry",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        limit_choices_to={"kind": "Item"},
        help_text="The tax goes as a line of this item, as an accountant chose.",
    )

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["company", "key"], name="tax_mode_once_a_company")
        ]

    def __str__(self) -> str:
        return str(self.said())

    def said(self) -> str:
        """Return what it is called, as a place of what is stored."""
        return self.name or self.key

    def forget(self) -> None:
        """Know nothing of it any more, so that the next invoice finds out; the caller saves."""
        self.keeps, self.rounding = self.Keeps.UNKNOWN, ""
        self.agreed_at, self.rates, self.code = None, None, ""
