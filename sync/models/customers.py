"""Customers: who was served."""

from uuid import uuid4

from django.db import models

from sync.models.sourced import Sourced, once_a_unit


class Customer(Sourced):
    """A customer of one business unit."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    display_name = models.CharField(max_length=500)
    quickbooks_name = models.CharField(
        "name in QuickBooks",
        max_length=500,
        blank=True,
        help_text="Only where QuickBooks cannot take the name above, for example with a colon.",
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=255, blank=True)
    region = models.CharField("state or province", max_length=255, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    country = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["display_name", "id"]
        indexes = [models.Index(fields=["business_unit", "display_name"], name="customer_by_name")]
        constraints = [
            once_a_unit("customer_external_id_once_a_unit"),
            models.CheckConstraint(
                condition=~models.Q(display_name=""), name="customer_has_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name
