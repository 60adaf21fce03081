"""How far a business unit's set-up in one QuickBooks company has come."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class UnitSetup(models.Model):
    """What people have done of the road from connecting to exporting, for a unit and a company.

    Kept by company, so that another company starts at the beginning and an old one, reconnected,
    goes on where it was.
    """

    business_unit = models.ForeignKey(
        "sync.BusinessUnit", on_delete=models.CASCADE, related_name="setups"
    )
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="setups"
    )
    connected_at = models.DateTimeField(help_text="When it was last connected; the latest counts.")
    confirmed_at = models.DateTimeField(null=True, help_text="It is the right company.")
    accepted_at = models.DateTimeField(null=True, help_text="Mappings and start date were saved.")
    trial_run = models.ForeignKey(
        "sync.ExportRun", on_delete=models.PROTECT, null=True, related_name="+"
    )
    trial_skipped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty for the command line.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business_unit", "company"], name="setup_once_a_unit"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True)
                | Q(confirmed_at__isnull=False, accepted_at__isnull=False)
                & (Q(trial_run__isnull=False) | Q(trial_skipped_at__isnull=False)),
                name="setup_finishes_after_its_steps",
            ),
        ]

    def __str__(self) -> str:
        return f"Set-up of {self.business_unit}"
