"""What was exported and no longer is as it was: told by webhooks, found by reading."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import ShortTextField, VersionedJSONField


class WebhookEvent(models.Model):
    """One change that QuickBooks told us of, kept until it was looked at; each told once."""

    company = models.ForeignKey("sync.QuickBooksCompany", on_delete=models.CASCADE)
    key = models.CharField(max_length=100, unique=True, help_text="The same for a repetition.")
    entity = models.CharField(max_length=40)
    qbo_id = models.CharField(max_length=50)
    operation = ShortTextField(max_length=20)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["company"], condition=Q(handled_at__isnull=True), name="webhook_to_handle"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.qbo_id} {self.operation}"


class Drift(models.Model):
    """How one exported document differs from what was exported, on one of the two sides."""

    class Side(models.TextChoices):
        QUICKBOOKS = "quickbooks", gettext_lazy("In QuickBooks")
        HERE = "here", gettext_lazy("Here")

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        NOTED = "noted", gettext_lazy("Noted")
        EXPLAINED = "explained", gettext_lazy("Explained")
        ACCEPTED = "accepted", gettext_lazy("Accepted")
        UNDONE = "undone", gettext_lazy("Undone")

    record = models.ForeignKey("sync.SyncRecord", on_delete=models.CASCADE, related_name="drifts")
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    side = models.CharField(max_length=10, choices=Side)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    changes = models.JSONField(help_text="For each field that differs: field, was, now.")
    snapshot = VersionedJSONField(
        default=dict, help_text="The whole as it stood when it was found."
    )
    sync_token = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField()
    found_at = models.DateTimeField(auto_now_add=True)
    note = ShortTextField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("change after export")
        verbose_name_plural = gettext_lazy("changes after export")
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["state", "-changed_at"], name="drift_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "side"],
                condition=Q(state__in=["open", "noted", "explained"]),
                name="drift_stands_once_a_side",
            ),
            models.CheckConstraint(
                condition=~Q(state="explained") | ~Q(note=""), name="drift_explained_with_a_note"
            ),
        ]

    def __str__(self) -> str:
        return _("Change of %(record)s") % {"record": self.record}
