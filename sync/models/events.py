"""The audit trail of exports and remedies: rows join their transaction, never change."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sync.models.fields import ShortTextField, VersionedJSONField

_CALLER: ContextVar[str] = ContextVar("caller", default="")


@contextmanager
def called_from(address: str) -> Iterator[None]:
    """Let what is recorded meanwhile say that a request from this address had it done."""
    before = _CALLER.set(address)
    try:
        yield
    finally:
        _CALLER.reset(before)


def origin() -> str:
    """Return the address of the request under way, or else the program, as “manage.py qcluster”.

    A program's further arguments are left out: they may name customers.
    """
    return _CALLER.get() or " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])


class Subject(NamedTuple):
    """What an event is about: its unit, its row, and what a reader will want to know of it."""

    unit_id: int | None
    kind: str
    pk: int | None
    detail: Mapping[str, Any] = MappingProxyType({})


class Events(models.Manager["Event"]):
    """The one place that writes events."""

    def record(
        self, action: "Event.Action", actor: User | None, subjects: Iterable[Subject]
    ) -> None:
        """Record who did what to each subject, now and from where; nobody means Paidup itself."""
        self.bulk_create(
            (
                Event(
                    actor=actor,
                    business_unit_id=subject.unit_id,
                    action=action,
                    subject_kind=subject.kind,
                    subject_id=subject.pk,
                    detail=dict(subject.detail),
                )
                for subject in subjects
            ),
            batch_size=500,
        )


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
        CORRECTED_THERE = "corrected_there"
        ACCEPTED_THERE = "accepted_there"
        TAX_AS_OURS = "tax_as_ours"
        REMOVED_FROM_QUICKBOOKS = "removed_from_quickbooks"
        CUSTOMER_RENAMED = "customer_renamed"
        CUSTOMER_FOR_CURRENCY = "customer_for_currency"
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
        NEEDS_MAIL_CHOSEN = "needs_mail_chosen"
        CONNECTED = "connected"
        DISCONNECTED = "disconnected"
        LINK_MADE = "link_made"
        LINK_MAILED = "link_mailed"
        LINK_WITHDRAWN = "link_withdrawn"
        COMPANY_CONFIRMED = "company_confirmed"
        SETUP_FINISHED = "setup_finished"
        SHARED_CHANGE_ASKED = "shared_change_asked"
        SHARED_CHANGE_AGREED = "shared_change_agreed"
        SHARED_CHANGE_MADE = "shared_change_made"
        SHARED_CHANGE_DECLINED = "shared_change_declined"
        SHARED_CHANGE_OVERTAKEN = "shared_change_overtaken"
        BOOKS_TO_READ = "books_to_read"
        BOOKS_DONE = "books_done"
        BOOKS_SKIPPED = "books_skipped"
        TAX_AS_LINE = "tax_as_line"
        TAX_PROVEN_ANEW = "tax_proven_anew"
        IMPORT_CONFIRMED = "import_confirmed"
        IMPORT_UNDONE = "import_undone"
        DELIVERY_ATTACHED = "delivery_attached"
        SOURCE_CONNECTED = "source_connected"
        SOURCE_ANSWERED = "source_answered"
        SOURCE_STARTED = "source_started"
        SOURCE_PAUSED = "source_paused"
        SOURCE_DISCONNECTED = "source_disconnected"
        PULL_ASKED = "pull_asked"

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT, null=True)
    source = ShortTextField(
        max_length=100,
        blank=True,
        default=origin,
        db_default="",
        help_text="The address that it was done from, or the program that did it.",
    )
    action = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    detail = VersionedJSONField(default=dict, help_text="Ids, amounts and reasons; no tokens.")

    objects = Events()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("activity")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="event_by_subject"),
        ]

    def __str__(self) -> str:
        return str(_("Event %(id)s") % {"id": self.pk})
