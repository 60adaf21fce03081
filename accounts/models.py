"""Users, and the role each holds in a business unit."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in; what they see and do follows from their roles alone."""

    is_staff = models.BooleanField(
        "may sign in here",
        default=True,
        help_text="Everyone works in this site; a person without a role sees nothing in it.",
    )


class Role(models.TextChoices):
    """What a person may do in a unit; each role may do what those before it may."""

    VIEWER = "viewer", "Viewer: reads"
    EXPORTER = "exporter", "Exporter: exports payments"
    ACCOUNTANT = "accountant", "Accountant: maps, reviews refunds, resolves failures"
    ADMINISTRATOR = "administrator", "Administrator: connects QuickBooks, gives roles"


class Membership(models.Model):
    """The one role that a person holds in one business unit."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    business_unit = models.ForeignKey(
        "sync.BusinessUnit", on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=15, choices=Role)

    class Meta:
        verbose_name = "role in a business unit"
        verbose_name_plural = "roles in business units"
        constraints = [
            models.UniqueConstraint(fields=["user", "business_unit"], name="one_role_a_unit"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
