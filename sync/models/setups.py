"""How far a business unit's set-up in one QuickBooks company has come."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class UnitSetup(models.Model):
    """What people have done of the road from connecting to exporting, for a unit and a company.

    Kept by company, so that another company starts at the beginning and an old one, reconnected,
    goes on where it was.
    """

    class Books(models.TextChoices):
        """Whether what the books hold already was looked at; nothing goes while it is open."""

        OPEN = "", gettext_lazy("to be done")
        DONE = "done", "done"
        SKIPPED = "skipped", "skipped"
        UPGRADE = "upgrade", gettext_lazy("skipped by an upgrade, as it was exporting already")

    business_unit = models.ForeignKey(
        "sync.BusinessUnit", on_delete=models.CASCADE, related_name="setups"
    )
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="setups"
    )
    connected_at = models.DateTimeField(help_text="When it was last connected; the latest counts.")
    confirmed_at = models.DateTimeField(null=True, help_text="It is the right company.")
    accepted_at = models.DateTimeField(null=True, help_text="Mappings and start date were saved.")
    books = models.CharField(
        max_length=10,
        choices=Books,
        blank=True,
        default=Books.OPEN,
        db_default=Books.OPEN,
        help_text="What became of the step that looks at what QuickBooks holds already.",
    )
    books_at = models.DateTimeField(null=True)
    books_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty where nothing was left to decide.",
    )
    books_read_at = models.DateTimeField(null=True)
    books_since = models.DateField(null=True, help_text="Documents from then on were read.")
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
            models.CheckConstraint(
                condition=~Q(books="skipped") | Q(books_by__isnull=False),
                name="setup_books_skipped_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return _("Set-up of %(business_unit)s") % {"business_unit": self.business_unit}
