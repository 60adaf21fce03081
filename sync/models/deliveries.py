"""What sources said: the last word of each about one thing, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import VersionedJSONField
from sync.models.sourced import LONGEST_ID


class Delivery(models.Model):
    """What a source last said of one customer, invoice, receipt or refund."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", gettext_lazy("Customer")
        INVOICE = "invoice", gettext_lazy("Invoice")
        PAYMENT = "payment", gettext_lazy("Payment")
        REFUND = "refund", gettext_lazy("Refund")

    class State(models.TextChoices):
        APPLIED = "applied", gettext_lazy("Taken in")
        WAITING = "waiting", gettext_lazy("Waiting")
        REFUSED = "refused", gettext_lazy("Refused")

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=LONGEST_ID)
    version = models.BigIntegerField(null=True, help_text="The source's own count of changes.")
    observed_at = models.DateTimeField(help_text="When the source said so, or when it was read.")
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State)
    document_id = models.BigIntegerField(
        null=True, help_text="Our row; of a receipt over several invoices, none: see its payments."
    )
    waits_for = models.CharField(
        max_length=LONGEST_ID + 20,
        blank=True,
        help_text="What it attaches to, or is placed anew by, when that comes in.",
    )
    problems = VersionedJSONField(default=list, help_text="Codes, fields and words.")
    body = models.JSONField(
        null=True, help_text="Kept while it waits, is refused, or may be placed anew."
    )
    brought_by = models.ForeignKey(
        "sync.Import",
        on_delete=models.SET_NULL,
        null=True,
        related_name="deliveries",
        help_text="The file that first brought it.",
    )
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = gettext_lazy("delivery")
        verbose_name_plural = gettext_lazy("waiting to attach")
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(
                fields=["business_unit", "waits_for"],
                condition=~Q(waits_for=""),
                name="delivery_waiting_for",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["business_unit", "source", "kind", "external_id"],
                name="delivery_once_a_thing",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(body__isnull=False),
                name="delivery_waiting_keeps_its_body",
            ),
        ]

    def __str__(self) -> str:
        return _("%(kind)s %(external_id)s of %(source)s") % {
            "kind": self.get_kind_display(),
            "external_id": self.external_id,
            "source": self.source,
        }
