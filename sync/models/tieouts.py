"""Tie-outs: one unit's documents of one period against QuickBooks, and who signed that."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import VersionedJSONField


class TieOut(models.Model):
    """What a comparison found; once signed it is not made again."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    company = models.ForeignKey("sync.QuickBooksCompany", on_delete=models.PROTECT)
    first_day = models.DateField("from")
    last_day = models.DateField("to")
    request = models.ForeignKey(
        "sync.CompanyRequest", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    counts = models.JSONField(
        default=dict, help_text="How many matched, missing, extra, different."
    )
    totals = VersionedJSONField(default=list, help_text="group, name, currency, ours, theirs.")
    lines = VersionedJSONField(default=list, help_text="Every document with what was found.")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    signer_name = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField(null=True)
    sign_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = gettext_lazy("tie-out")
        ordering = ["-last_day", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="tie_out_period_is_one",
                violation_error_message="The period ends before it begins.",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | (Q(done_at__isnull=False, signed_by__isnull=False) & ~Q(signer_name="")),
                name="tie_out_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return _("%(business_unit)s, %(first_day)s to %(last_day)s") % {
            "business_unit": self.business_unit,
            "first_day": self.first_day,
            "last_day": self.last_day,
        }

    @property
    def own_counts(self) -> dict[str, int]:
        """Return what was counted of the unit itself, without other units' documents."""
        return {name: count for name, count in self.counts.items() if name != "others"}
