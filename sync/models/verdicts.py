"""Reasons why a payment may not go; verdicts: what bodies of a unit of work tell, kept by invoice.

What outdates them is in the database (verdict_triggers.py), so whoever writes cannot forget it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.fields import MoneyField, ShortTextField

# Something of it changed since; or nothing of it is left to be sent, so it is not looked at.
OUTDATED, NOT_NEEDED = 0, -1


class Reason(models.TextChoices):
    """Why a payment cannot be exported, in the order of asking (exports/rules/eligibility.py)."""

    ALREADY_EXPORTED = "ALREADY_EXPORTED", _("Already exported")
    FAILED = "FAILED", _("Failed before")
    UNCERTAIN = "UNCERTAIN", _("Uncertain")
    IN_PROGRESS = "IN_PROGRESS", _("Being exported")
    VOIDED = "VOIDED", _("Voided")
    NO_INVOICE = "NO_INVOICE", _("No invoice yet")
    DO_NOT_EXPORT = "DO_NOT_EXPORT", _("Do not export")
    IN_ANOTHER_COMPANY = "IN_ANOTHER_COMPANY", _("In another QuickBooks company")
    NOTHING_TO_COLLECT = "NOTHING_TO_COLLECT", _("Nothing to collect")
    NOT_FULLY_PAID = "NOT_FULLY_PAID", _("Not fully paid")
    CUSTOMER_MISMATCH = "CUSTOMER_MISMATCH", _("Another customer paid")
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH", _("Currencies differ")
    CUSTOMER_CURRENCY = "CUSTOMER_CURRENCY", _("Customer has another currency")
    LINES_MISMATCH = "LINES_MISMATCH", _("Lines do not add up")
    NAME_REFUSED = "NAME_REFUSED", _("Name not possible in QuickBooks")
    NOT_CONNECTED = "NOT_CONNECTED", _("QuickBooks not connected")
    SETUP_INCOMPLETE = "SETUP_INCOMPLETE", _("Set-up not finished")
    BEFORE_START_DATE = "BEFORE_START_DATE", _("Before the start date")
    IN_BOOKS = "IN_BOOKS", _("Perhaps in QuickBooks already")
    BOOKS_CLOSED = "BOOKS_CLOSED", _("Books closed")
    NUMBER_TAKEN = "NUMBER_TAKEN", _("Number taken")
    CHECKING = "CHECKING", _("Being checked")
    # Found where documents are made (exports/runs/preflight.py), and stored as the verdict.
    NO_RATE = "NO_RATE", _("No exchange rate")
    NOT_MAPPED = "NOT_MAPPED", _("Not mapped")
    WOULD_BE_REFUSED = "WOULD_BE_REFUSED", _("QuickBooks would refuse it")
    TAX_DIFFERS = "TAX_DIFFERS", _("QuickBooks keeps another tax")
    CANNOT_BE_CHECKED = "CANNOT_BE_CHECKED", _("Cannot be checked")


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
