"""Reads of QuickBooks by month: Intuit meters them, for all companies of an app together."""

from django.db import models


class MeteredReads(models.Model):
    """How many reads of one company were answered in one month."""

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="metered_reads"
    )
    month = models.DateField(help_text="Its first day, in UTC.")
    reads = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "month"], name="reads_once_a_month")
        ]

    def __str__(self) -> str:
        return f"{self.reads} reads in {self.month:%B %Y}"
