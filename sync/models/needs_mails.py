"""E-mail about what needs a person: how often it is to come, and what was told last."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


class NeedsMail(models.Model):
    """One person's choice, and where the mails to them stand."""

    class Rhythm(models.TextChoices):
        AT_ONCE = "at_once", gettext_lazy("At once")
        DAILY = "daily", gettext_lazy("Once a day")
        WEEKLY = "weekly", gettext_lazy("Once a week")
        NEVER = "never", gettext_lazy("Never")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="needs_mail"
    )
    rhythm = models.CharField(
        max_length=10, choices=Rhythm, blank=True, help_text="Empty while nothing was chosen."
    )
    told = models.JSONField(default=dict, help_text="By need: how many, and the ids of the newest.")
    looked_at = models.DateTimeField(help_text="When it was last looked whether to tell something.")
    sent_at = models.DateTimeField(null=True)
    serial = models.PositiveIntegerField(default=0, help_text="Counts what came of looking.")
    taken_until = models.DateTimeField(
        null=True, help_text="Until when a worker has it, or the mail server is left alone."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rhythm__in=["", "at_once", "daily", "weekly", "never"]),
                name="needs_mail_rhythm_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"What needs {self.user}: {self.get_rhythm_display() or 'not chosen'}"
