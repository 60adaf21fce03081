"""The audit trail of exports and remedies: rows join their transaction, never change."""

from django.conf import settings
from django.db import models

from sync.models.fields import VersionedJSONField


class Event(models.Model):
    """One thing a person or the relay did, to one unit."""

    class Action(models.TextChoices):
        """What was done; stored as it stands here, so that an old row keeps its meaning."""

        EXPORT_CONFIRMED = "export_confirmed"
        GO_ON = "go_on"
        DO_NOT_EXPORT = "do_not_export"
        ALLOW_EXPORT = "allow_export"
        RELEASE = "release"
        RETRY = "retry"
        CHECK_AGAIN = "check_again"
        LINKED = "linked"
        UNLINKED = "unlinked"
        REMOVED_FROM_QUICKBOOKS = "removed_from_quickbooks"
        CUSTOMER_RENAMED = "customer_renamed"
        MATCH_DECLINED = "match_declined"
        MATCH_RECONSIDERED = "match_reconsidered"
        REFUND_ENTERED = "refund_entered"
        REFUND_CHANGED = "refund_changed"
        REFUND_REVIEWED = "refund_reviewed"
        REFUND_ASSIGNED = "refund_assigned"
        REFUND_NOTED = "refund_noted"
        REFUND_PART_TAKEN = "refund_part_taken"
        REFUND_VOIDED = "refund_voided"
        REFUND_VERIFIED = "refund_verified"
        REFUND_REOPENED = "refund_reopened"
        STRAY_DEALT_WITH = "stray_dealt_with"
        DRIFT_FOUND = "drift_found"
        DRIFT_DECIDED = "drift_decided"
        DRIFT_FOLLOWED_REFUND = "drift_followed_refund"
        TIE_OUT_SIGNED = "tie_out_signed"
        DIGEST_SUBSCRIBED = "digest_subscribed"
        DIGEST_UNSUBSCRIBED = "digest_unsubscribed"
        CONNECTED = "connected"
        DISCONNECTED = "disconnected"
        LINK_MADE = "link_made"
        LINK_WITHDRAWN = "link_withdrawn"
        COMPANY_CONFIRMED = "company_confirmed"
        SETUP_FINISHED = "setup_finished"

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
