"""The weekly digest: when a unit's went last, and who does not want it."""

from django.conf import settings
from django.db import models


class DigestSent(models.Model):
    """When a unit's digest last went, so that the next tells what is new."""

    business_unit = models.OneToOneField("sync.BusinessUnit", on_delete=models.CASCADE)
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Digest of {self.business_unit}"


class DigestOptOut(models.Model):
    """A person who does not want a unit's digest."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_opt_outs"
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "business_unit"], name="opt_out_once_a_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.user} without digests of {self.business_unit}"
