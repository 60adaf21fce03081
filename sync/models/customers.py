"""Customers: who was served."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.ids import new_uuid
from sync.models.sourced import Sourced, once_a_unit


class Customer(Sourced):
    """A customer of one business unit."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    display_name = models.CharField(max_length=500)
    quickbooks_name = models.CharField(
        _("name in QuickBooks"),
        max_length=500,
        blank=True,
        help_text=_("Only where QuickBooks cannot take the name above, for example with a colon."),
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=255, blank=True)
    region = models.CharField(_("state or province"), max_length=255, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    country = models.CharField(max_length=255, blank=True)
    # QuickBooks keeps a customer in one currency for good: what is billed in another one goes to a
    # customer of its own, which bears the same person's name and contact.
    twin_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="twins",
    )
    twin_currency = models.CharField(max_length=3, db_default="", default="", editable=False)

    class Meta:
        ordering = ["display_name", "id"]
        indexes = [
            models.Index(fields=["business_unit", "display_name"], name="customer_by_name"),
            models.Index(fields=["display_name", "id"], name="customer_in_order"),
        ]
        constraints = [
            once_a_unit("customer_external_id_once_a_unit"),
            models.CheckConstraint(
                condition=~models.Q(display_name=""), name="customer_has_a_name"
            ),
            models.UniqueConstraint(
                fields=["twin_of", "twin_currency"],
                condition=models.Q(twin_of__isnull=False),
                name="customer_one_twin_a_currency",
            ),
            models.CheckConstraint(
                condition=models.Q(twin_of__isnull=True, twin_currency="")
                | (
                    models.Q(twin_currency__regex=r"^[A-Z]{3}$", twin_of__isnull=False)
                    & ~models.Q(twin_of=models.F("id"))
                ),
                name="customer_twin_has_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name
