"""Users, and the role each holds in a business unit."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in; what they see and do follows from their roles alone."""

    is_staff = models.BooleanField(
        _("may sign in here"),
        default=True,
        help_text=_("Everyone works in this site; a person without a role sees nothing in it."),
    )
    language = models.CharField(
        _("language and dates"),
        max_length=10,
        blank=True,
        default="",
        db_default="",  # what an older release stores while this one comes
        choices=settings.LANGUAGES,
        help_text=_("Empty: as the browser asks for."),
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")  # type: ignore[assignment]
        verbose_name_plural = _("people")  # type: ignore[assignment]


class Role(models.TextChoices):
    """What a person may do in a unit; each role may do what those before it may."""

    VIEWER = "viewer", _("Viewer: reads")
    EXPORTER = "exporter", _("Exporter: exports payments")
    ACCOUNTANT = "accountant", _("Accountant: maps, reviews refunds, resolves failures")
    ADMINISTRATOR = "administrator", _("Administrator: connects QuickBooks, gives roles")


class Membership(models.Model):
    """The one role that a person holds in one business unit."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    business_unit = models.ForeignKey(
        "sync.BusinessUnit", on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=15, choices=Role)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "business_unit"], name="one_role_a_unit"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
