"""Verdicts: what the bodies of an invoice's unit of work tell, stored with the invoice.

What outdates them is in the database (verdict_triggers.py), so whoever writes cannot forget it.
"""

from django.db import models

from sync.models.fields import MoneyField, ShortTextField

# Something of it changed since; or nothing of it is left to be sent, so it is not looked at.
OUTDATED, NOT_NEEDED = 0, -1
# The one that is found anew when QuickBooks told a rate.
NO_RATE = "NO_RATE"


class CompanyRules(models.Model):
    """The version of what a company's documents are made by: it rises with every change.

    That is mappings, preferences, reference data and rates that were known.
    """

    company = models.OneToOneField(
        "sync.QuickBooksCompany",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="rules",
        db_constraint=False,
    )
    version = models.BigIntegerField(default=1, db_default=1)
    setup_changes = models.BigIntegerField(
        default=1, db_default=1, help_text="Raised by what a unit's set-up may lack of the company."
    )

    def __str__(self) -> str:
        return f"Rules of {self.company_id}, version {self.version}"


class Verdict(models.Model):
    """Whether every body of an invoice's unit of work can be made and would be taken."""

    invoice = models.OneToOneField(
        "sync.Invoice",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="verdict",
        db_constraint=False,
    )
    business_unit = models.ForeignKey(
        "sync.BusinessUnit", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False
    )
    version = models.BigIntegerField(
        default=OUTDATED,
        db_default=OUTDATED,
        help_text="That of the company's rules it was found by; only the present one counts.",
    )
    code = models.CharField(
        max_length=30, blank=True, db_default="", help_text="A Reason; empty where it may go."
    )
    words = ShortTextField(max_length=1000, blank=True, db_default="")
    digest = models.CharField(
        max_length=64, blank=True, db_default="", help_text="That of the content it is about."
    )

    # While it counts, what may go by it: kept by triggers (open_sums.py), empty while it does not.
    open_payments = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    open_amount = MoneyField(default=0, db_default=0, editable=False)
    currency = models.CharField(max_length=3, default="", db_default="", editable=False)
    issued_on = models.DateField(null=True, editable=False)
    first_on = models.DateField(
        null=True, editable=False, help_text="The first date of the invoice and its payments."
    )
    is_odd = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Its documents themselves must be asked whether it may go.",
    )

    class Meta:
        indexes = [
            # With all that the first page sums, so that it reads the index alone.
            models.Index(
                fields=[
                    *("business_unit", "version", "code", "is_odd", "currency"),
                    *("issued_on", "first_on", "open_payments", "open_amount"),
                ],
                name="verdict_to_sum",
            )
        ]

    def __str__(self) -> str:
        return f"Verdict on invoice {self.invoice_id}"
