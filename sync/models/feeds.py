"""What feeds a unit by itself: its source, how far each stream is, each pull, what was listed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.deliveries import Delivery
from sync.models.fields import (
    EncryptedTextField,
    MoneyField,
    ShortTextField,
    VersionedJSONField,
)
from sync.models.sourced import LONGEST_ID


class Feed(models.Model):
    """One unit and one source that it is fed by."""

    class State(models.TextChoices):
        SET_UP = "set_up", gettext_lazy("Being set up")
        ACTIVE = "active", gettext_lazy("On")
        PAUSED = "paused", gettext_lazy("Paused")
        DISCONNECTED = "disconnected", gettext_lazy("Disconnected")

    business_unit = models.ForeignKey(
        "sync.BusinessUnit", on_delete=models.PROTECT, related_name="feeds"
    )
    source = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=State, default=State.SET_UP)
    options = models.JSONField(default=dict, help_text="What a person entered; no secrets.")
    secrets = EncryptedTextField(blank=True)
    place = models.CharField(max_length=LONGEST_ID, blank=True, help_text="The unit's id there.")
    place_name = ShortTextField(max_length=200, blank=True)
    answers = models.JSONField(default=dict, help_text="Question to what a person answered.")
    known = models.JSONField(default=dict, help_text="What the source keeps to notice a change.")
    looked = VersionedJSONField(default=dict, help_text="Places, questions, findings of a test.")
    looked_at = models.DateTimeField(null=True)
    every_minutes = models.PositiveIntegerField(
        default=15, help_text="Minutes from one pull to the next."
    )
    overlap_minutes = models.PositiveIntegerField(
        default=120, help_text="Minutes that a pull reads again of what the last one read."
    )
    full_every_days = models.PositiveIntegerField(
        default=7, help_text="Days until everything is read again; 0 is never."
    )
    next_at = models.DateTimeField(null=True, help_text="When it is pulled next.")
    seen_at = models.DateTimeField(null=True, help_text="When a worker was last at it.")
    stopped_code = models.CharField(max_length=40, blank=True)
    stopped_words = ShortTextField(
        max_length=500, blank=True, help_text="Why it waits for a person."
    )
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    connected_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("source")
        ordering = ["business_unit", "source"]
        constraints = [
            models.UniqueConstraint(fields=["business_unit", "source"], name="feed_once_a_unit"),
        ]

    def __str__(self) -> str:
        return _("%(source)s for %(business_unit)s") % {
            "source": self.source.capitalize(),
            "business_unit": self.business_unit,
        }

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_feed_change", args=[self.pk])


class FeedStream(models.Model):
    """How far one kind of thing is read; `serial` counts pages, so that each is stored once."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="streams")
    stream = models.CharField(max_length=40)
    cursor = models.JSONField(null=True, help_text="The source's own; nothing else reads it.")
    aside = models.JSONField(null=True, help_text="The cursor of a pull since a date.")
    serial = models.PositiveBigIntegerField(default=0)
    passing = models.BigIntegerField(default=0, help_text="The pull that began what is read now.")
    is_whole = models.BooleanField(default=False, help_text="Whether that began from nothing.")
    passed_at = models.DateTimeField(null=True, help_text="When it last came to its end.")
    whole_at = models.DateTimeField(null=True, help_text="When all of it was last read.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "stream"], name="feed_stream_once"),
        ]

    def __str__(self) -> str:
        return _("%(stream)s of %(feed)s") % {"stream": self.stream, "feed": self.feed}


class Pull(models.Model):
    """One pull: what came, what became of it, and the sums on both sides."""

    class State(models.TextChoices):
        RUNNING = "running", gettext_lazy("Under way")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Interrupted")

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="pulls")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty where it was due.",
    )
    is_full = models.BooleanField(default=False)
    since = models.DateField(null=True)
    began_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    begun = models.JSONField(default=list, help_text="Streams that it has begun.")
    ended = models.JSONField(default=list, help_text="Streams that it has read to the end.")
    counts = models.JSONField(default=dict, help_text="Kind to what became of it to how many.")
    calls = models.PositiveIntegerField(default=0, help_text="Requests that it made.")
    before = models.JSONField(default=dict, help_text="Our sums when it began.")
    sums = VersionedJSONField(default=list, help_text="Days that it changed, or that differ.")
    words = ShortTextField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["feed"], condition=Q(state="running"), name="pull_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return _("Pull %(id)s") % {"id": self.pk}


class Listed(models.Model):
    """What a source last listed of one thing: its money and its day, or why it was refused."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="listed")
    kind = models.CharField(max_length=10, choices=Delivery.Kind)
    external_id = models.CharField(max_length=LONGEST_ID)
    day = models.DateField(null=True)
    amount = MoneyField(null=True, help_text="0 where it is void; none where it is no money.")
    currency = models.CharField(max_length=3, blank=True)
    code = models.CharField(max_length=40, blank=True, help_text="Why it was refused.")
    words = ShortTextField(max_length=500, blank=True)
    seen_in = models.BigIntegerField(default=0, help_text="The pull that read it last.")
    is_gone = models.BooleanField(default=False, help_text="No longer there in a whole reading.")

    class Meta:
        verbose_name_plural = gettext_lazy("listed")
        constraints = [
            models.UniqueConstraint(fields=["feed", "kind", "external_id"], name="listed_once"),
        ]
        indexes = [
            models.Index(fields=["feed", "kind", "day"], name="listed_by_day"),
            models.Index(fields=["feed", "kind"], condition=~Q(code=""), name="listed_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.external_id}"
