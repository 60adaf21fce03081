"""Business units: the branches or franchises that people hold roles in."""

import zoneinfo
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from sync.models.setups import UnitSetup

currency_code = RegexValidator(
    r"^[A-Z]{3}\Z", gettext_lazy("A currency is three capital letters, like USD.")
)


def validate_timezone(name: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(name)s is not a time zone; an example is America/Chicago.") % {"name": name}
        )


class BusinessUnit(models.Model):
    """A branch or franchise, connected to at most one QuickBooks company at a time."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, default="USD", validators=[currency_code])
    timezone = models.CharField(
        max_length=50, default="America/New_York", validators=[validate_timezone]
    )
    export_start_date = models.DateField(
        null=True,
        blank=True,
        help_text=gettext_lazy("No invoice dated before this is offered for export."),
    )
    quickbooks_company = models.ForeignKey(
        "sync.QuickBooksCompany",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="business_units",
        verbose_name=gettext_lazy("QuickBooks company"),
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="unit_currency_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_businessunit_change", args=[self.pk])

    @property
    def setup(self) -> "UnitSetup | None":
        """Return how far its set-up in the company it posts to has come; prefetch `setups`."""
        rows = self.setups.all()
        return next((row for row in rows if row.company_id == self.quickbooks_company_id), None)

    def today(self) -> date:
        """Return today's date where the unit is."""
        return timezone.localdate(timezone=zoneinfo.ZoneInfo(self.timezone))
