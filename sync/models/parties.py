"""Who is in a QuickBooks company, and which of them our customers may be."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sync.models.fields import ShortTextField


class Party(models.Model):
    """A customer, vendor or employee of a company: the three share one list of names.

    Of vendors and employees only the names are kept.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "Customer", _("Customer")
        VENDOR = "Vendor", _("Vendor")
        EMPLOYEE = "Employee", _("Employee")

    # The constraint below begins with it.
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="parties", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    qbo_id = models.CharField(max_length=50)
    name = models.CharField(max_length=500)
    full_name = models.CharField(
        max_length=2100, blank=True, help_text="Of a sub-customer: with those it is under."
    )
    name_key = models.CharField(
        max_length=500, blank=True, help_text="As QuickBooks compares names, without “(deleted)”."
    )
    full_key = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=254, blank=True, help_text="In small letters.")
    phone = models.CharField(max_length=30, blank=True, help_text="Its digits.")
    city = models.CharField(max_length=255, blank=True, default="", db_default="")
    currency = models.CharField(max_length=3, blank=True)
    active = models.BooleanField(default=True)
    read_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("parties")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "qbo_id"], name="party_once_a_company"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "name_key"], name="party_by_name"),
            models.Index(
                fields=["company", "full_key"], condition=~Q(full_key=""), name="party_by_full_name"
            ),
            models.Index(
                fields=["company", "email"], condition=~Q(email=""), name="party_by_email"
            ),
            models.Index(
                fields=["company", "phone"], condition=~Q(phone=""), name="party_by_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.name


class CustomerMatch(models.Model):
    """A customer of ours that may be one of theirs, or whose name they would refuse.

    It is gone once the customer is linked; one that is only to be created there has none.
    """

    class Standing(models.TextChoices):
        CERTAIN = "certain", _("Certain")
        LOOK = "look", _("To look at")
        NAME = "name", _("Name to change")
        CREATE = "create", _("To be created")

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="matches", db_index=False
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    customer = models.ForeignKey("sync.Customer", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=500, help_text="Ours, as it was when they were compared.")
    standing = models.CharField(max_length=10, choices=Standing)
    is_declined = models.BooleanField(
        default=False, help_text="A person said that it is none of theirs."
    )

    party = models.ForeignKey(
        Party, on_delete=models.SET_NULL, null=True, related_name="+", help_text="What fits best."
    )
    agrees = models.CharField(max_length=40, blank=True, help_text="In what: name, email, phone.")
    others = models.JSONField(default=list, help_text="What else fits: ids, each with in what.")
    doubt = ShortTextField(max_length=1000, blank=True, help_text="Why a person must look.")

    new_name = models.CharField(max_length=500, blank=True)
    rule = ShortTextField(max_length=500, blank=True, help_text="How the new name came to be.")

    chosen = models.ForeignKey(Party, on_delete=models.SET_NULL, null=True, related_name="+")
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    refusal = ShortTextField(max_length=500, blank=True, help_text="Why it was not linked.")

    class Meta:
        verbose_name = _("customer to match")
        verbose_name_plural = _("customers to match")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "customer"], name="match_once_a_customer"),
            models.CheckConstraint(
                condition=Q(chosen__isnull=True) | Q(chosen_by__isnull=False),
                name="match_chosen_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "business_unit", "standing", "name", "id"], name="match_to_show"
            ),
        ]

    def __str__(self) -> str:
        return self.name
