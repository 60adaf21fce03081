"""Our documents in QuickBooks of which no record was known here, as after a restored backup."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sync.models.fields import ShortTextField
from sync.models.records import SyncRecord


class Stray(models.Model):
    """A document with our mark that no sync record held when the company was looked through.

    What is exported with the same mark is looked for before it is sent; that settles it. Of what is
    not known here at all, a person says that it was dealt with.
    """

    company = models.ForeignKey("sync.QuickBooksCompany", on_delete=models.CASCADE, db_index=False)
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE, null=True)
    kind = models.CharField(max_length=10, choices=SyncRecord.Kind)
    qbo_id = models.CharField(_("QuickBooks id"), max_length=50)
    marker = models.CharField(max_length=64)
    name = ShortTextField(max_length=500, help_text="Number, or name, and amount there.")
    words = ShortTextField(max_length=500, help_text="What it is, and what to do about it.")
    is_exportable = models.BooleanField(
        default=False, help_text="The document is here: to export it finds it there."
    )
    changed_at = models.DateTimeField(help_text="When it was last changed there.")
    found_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("document found in QuickBooks")
        verbose_name_plural = _("found in QuickBooks")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "qbo_id"], name="stray_once_a_document"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "marker"],
                condition=Q(settled_at__isnull=True),
                name="stray_to_settle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"
