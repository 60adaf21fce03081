"""Exchange rates: what a company's own service says a currency is worth on a day."""

from django.db import models

from sync.models.units import currency_code


class ExchangeRate(models.Model):
    """The rate of one day in a company that keeps several currencies: read, or wanted."""

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="exchange_rates"
    )
    currency = models.CharField(max_length=3, validators=[currency_code])
    day = models.DateField()
    rate = models.CharField(
        max_length=40,
        blank=True,
        help_text="Home currency for one unit, with the digits that QuickBooks told; empty: none.",
    )
    read_at = models.DateTimeField(null=True, help_text="None: it is still to be read.")

    class Meta:
        ordering = ["currency", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "currency", "day"], name="exchange_rate_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(rate="") | models.Q(read_at__isnull=False),
                name="exchange_rate_was_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} on {self.day}: {self.rate or 'no rate'}"
