"""The audit trail of exports and remedies: rows join their transaction, never change."""

from django.conf import settings
from django.db import models

from sync.models.fields import VersionedJSONField


class Event(models.Model):
    """One thing a person or the relay did, to one unit."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT, null=True)
    action = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    detail = VersionedJSONField(default=dict, help_text="Ids, amounts and reasons; no tokens.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="event_by_subject"),
        ]

    def __str__(self) -> str:
        return self.action
