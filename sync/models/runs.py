"""Export runs: one press of the button, and what became of each payment in it."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import ShortTextField


class ExportRun(models.Model):
    """One press of the button in one unit: a draft is a preview, which moves nothing."""

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("Preview")
        RUNNING = "running", gettext_lazy("Exporting")
        PAUSED = "paused", gettext_lazy("Paused")
        FINISHED = "finished", gettext_lazy("Finished")

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.PROTECT, null=True, related_name="runs"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty for the command line.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    state_detail = ShortTextField(max_length=300, blank=True)
    is_single = models.BooleanField(default=False, help_text="Goes before bulk work.")
    is_trial = models.BooleanField(
        default=False, help_text="One invoice, sent before the unit's set-up is finished."
    )
    customer_names = models.JSONField(
        default=dict,
        help_text="By customer: the name to be given in QuickBooks, where equal ones need another.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    enqueued_to = models.PositiveBigIntegerField(
        default=0, help_text="The last item that was put into the outbox, or left out of it."
    )
    enqueued_at = models.DateTimeField(
        null=True, help_text="When every chosen payment had its sync record."
    )
    preferences_read_at = models.DateTimeField(
        null=True, help_text="QuickBooks' own settings are read again before a run's first write."
    )
    went_on_at = models.DateTimeField(
        null=True, help_text="When a person last let it go on; differences before that were seen."
    )
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("export")
        verbose_name_plural = gettext_lazy("exports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(confirmed_at__isnull=False),
                name="run_moves_only_when_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(is_trial=False) | models.Q(is_single=True),
                name="run_trial_is_a_single_one",
            ),
        ]

    def __str__(self) -> str:
        return _("Export %(id)s") % {"id": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_exportrun_change", args=[self.pk])


class ExportRunItems(models.QuerySet["ExportRunItem"]):
    """Payments of runs."""

    def skip(self, code: str, words: str) -> None:
        """Leave them out of their runs, which say why: a code and a sentence."""
        self.update(**_skipped(code, words))


def _skipped(code: str, words: str) -> dict[str, str]:
    return {"choice": ExportRunItem.Choice.SKIPPED, "reason_code": code, "reason": words}


class ExportRunItem(models.Model):
    """One payment of a run: ticked by the person, or added so that its invoice goes whole."""

    class Choice(models.TextChoices):
        SELECTED = "selected", gettext_lazy("Selected")
        INCLUDED = "included", gettext_lazy("Included")
        SKIPPED = "skipped", gettext_lazy("Skipped")

    class Cause(models.TextChoices):
        """Why a payment left its run later; what may not go at all has an eligibility reason."""

        TAX_HELD = "TAX_HELD", gettext_lazy("It was left out for its tax")
        CHANGED = "CHANGED", gettext_lazy("It changed after it was shown")
        UNLINKED = "UNLINKED", gettext_lazy("It was deleted in QuickBooks")
        REMOVED = "REMOVED", gettext_lazy("It was removed from QuickBooks")
        UNEXPECTED = "UNEXPECTED", gettext_lazy("Something unexpected went wrong")
        DISCONNECTED = "DISCONNECTED", gettext_lazy("Its business unit was disconnected")

    GOING = (Choice.SELECTED, Choice.INCLUDED)
    """What a run sets out to export."""

    run = models.ForeignKey(ExportRun, on_delete=models.CASCADE, related_name="items")
    payment = models.ForeignKey("sync.Payment", on_delete=models.CASCADE, related_name="run_items")
    choice = models.CharField(max_length=10, choices=Choice)
    reason_code = models.CharField(max_length=30, blank=True)
    reason = ShortTextField(max_length=500, blank=True)
    digest = models.CharField(
        max_length=64, blank=True, help_text="Of the content that the person was shown."
    )

    objects = ExportRunItems.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "payment"], name="run_has_a_payment_once"),
            models.CheckConstraint(
                condition=~models.Q(choice="skipped") | ~models.Q(reason_code=""),
                name="run_skips_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return _("Payment %(payment_id)s: %(choice)s") % {
            "payment_id": self.payment_id,
            "choice": self.get_choice_display(),
        }

    def skip(self, code: str, words: str) -> None:
        """Leave it out of its run, which says why; the caller saves it."""
        for name, value in _skipped(code, words).items():
            setattr(self, name, value)
