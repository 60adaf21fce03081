"""What people ask of a QuickBooks company: small rows that its relay serves before bulk work."""

from collections.abc import Mapping
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.companies import TokenHolder
from sync.models.fields import ShortTextField, VersionedJSONField


class CompanyRequests(models.QuerySet["CompanyRequest"]):
    """What is asked of companies."""

    def finish(
        self, state: str, *, result: Mapping[str, object] | None = None, error: str = ""
    ) -> None:
        """Say that these have ended, as DONE with a result or as FAILED with words."""
        self.update(state=state, result=result or {}, error=error, finished_at=timezone.now())


class CompanyRequest(models.Model):
    """One thing asked of QuickBooks by a page, with the progress and outcome that it shows.

    What takes long is done in pieces: between them it is WAITING, with the place where it goes on.
    LOOKING: a write of it got no answer; it goes on once looking is conclusive.
    """

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        RUNNING = "running", gettext_lazy("Running")
        LOOKING = "looking", gettext_lazy("Waiting to look")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Failed")

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="requests"
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE, null=True)
    kind = models.CharField(max_length=40)
    params = VersionedJSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    step = ShortTextField(max_length=200, blank=True, help_text="What it is doing, in words.")
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    place = VersionedJSONField(
        default=dict, help_text="Where it goes on; empty until it has begun."
    )
    result = VersionedJSONField(default=dict)
    error = ShortTextField(max_length=500, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = CompanyRequests.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["company", "state", "id"], name="request_to_serve")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display()})"


class ConnectLink(models.Model):
    """A link by which a person without an account connects one unit, once, for who made it."""

    key = models.UUIDField(unique=True, default=uuid4)
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return _("Link to connect %(business_unit)s") % {"business_unit": self.business_unit}


class ConnectAttempt(TokenHolder):
    """One OAuth handshake under way: its `state` is kept as a hash and good for one use.

    Its tokens are there only while a person is asked whether to join a company that another unit
    posts to; nothing of the unit has changed until then.
    """

    state_hash = models.CharField(max_length=64, unique=True)
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    link = models.ForeignKey(ConnectLink, on_delete=models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    realm_id = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return _("Connecting %(business_unit)s") % {"business_unit": self.business_unit}
