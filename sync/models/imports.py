"""Files that people bring in: each once read, shown row by row, then taken in or left."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.fields import ShortTextField, VersionedJSONField


class Import(models.Model):
    """One file for one unit: what was asked and answered of it, and what became of its rows."""

    class Kind(models.TextChoices):
        AUTO = "auto", gettext_lazy("As the file tells")
        CUSTOMERS = "customers", gettext_lazy("Customers")
        INVOICES = "invoices", gettext_lazy("Invoices")
        PAYMENTS = "payments", gettext_lazy("Payments")
        REFUNDS = "refunds", gettext_lazy("Refunds")

    class State(models.TextChoices):
        READING = "reading", gettext_lazy("Being read")
        ASKING = "asking", gettext_lazy("Has a question")
        UNREADABLE = "unreadable", gettext_lazy("Cannot be read")
        READY = "ready", gettext_lazy("Ready to confirm")
        STORING = "storing", gettext_lazy("Being taken in")
        DONE = "done", gettext_lazy("Taken in")
        UNDONE = "undone", gettext_lazy("Undone")

    WORKING = (State.READING, State.STORING)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty where the command brought it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(gettext_lazy("file"), max_length=200)
    file_size = models.BigIntegerField(help_text="In bytes.")
    file_digest = models.CharField(max_length=64)
    pruned_at = models.DateTimeField(null=True, help_text="When the file itself was deleted.")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.AUTO)
    layout = models.CharField("export", max_length=100, blank=True)
    source = models.CharField(max_length=40, blank=True)
    signature = models.CharField(max_length=64, blank=True, help_text="Of the names of columns.")
    answers = models.JSONField(default=dict)
    questions = VersionedJSONField(default=list)
    problem = ShortTextField(max_length=300, blank=True)
    only_good = models.BooleanField(default=True)
    counts = models.JSONField(default=dict, help_text="Rows of data by what became of them.")
    around = models.PositiveIntegerField(default=0, help_text="Rows around the data.")
    sums = models.JSONField(default=dict, help_text="Currency to kind to amount.")
    controls = models.JSONField(default=list, help_text="The file's own figures beside ours.")
    doubles = models.JSONField(default=dict, help_text="Money that seems to be here already.")
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    place = models.PositiveIntegerField(default=0, help_text="How far it is: steps that are done.")
    steps = models.PositiveIntegerField(default=0, help_text="How many there are, as far as known.")
    seen_at = models.DateTimeField(null=True, help_text="When a worker was last at it.")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["seen_at"],
                condition=Q(state__in=["reading", "storing"]),
                name="import_at_work",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("admin:sync_import_change", args=[self.pk])


class ImportRow(models.Model):
    """Rows of a file that belong together, and what became of them."""

    class Outcome(models.TextChoices):
        CREATED = "created", gettext_lazy("New")
        CHANGED = "changed", gettext_lazy("Changed")
        UNCHANGED = "unchanged", gettext_lazy("Unchanged")
        STALE = "stale", gettext_lazy("Older than what is here")
        WAITING = "waiting", gettext_lazy("Waiting")
        REFUSED = "refused", gettext_lazy("Refused")
        NOT_OURS = "not_ours", gettext_lazy("Not ours")
        ASKED = "asked", gettext_lazy("To be answered")

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    place = models.PositiveIntegerField(help_text="Its place among the steps of the import.")
    first_row = models.PositiveIntegerField("row")
    row_count = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=10, choices=Outcome)
    things = models.JSONField(default=list, help_text="Kind, source's id, label, amount, currency.")
    reasons = VersionedJSONField(default=list, help_text="Codes, fields and words.")
    changes = models.JSONField(default=dict, help_text="Field to what it was and is.")

    class Meta:
        ordering = ["of", "place"]
        constraints = [
            models.UniqueConstraint(fields=["of", "place"], name="import_row_once"),
        ]
        indexes = [models.Index(fields=["of", "outcome", "place"], name="import_row_by_outcome")]

    def __str__(self) -> str:
        return _("Row %(first_row)s") % {"first_row": self.first_row}


class FileAnswers(models.Model):
    """What a unit answered of files with certain columns: the next such file is not asked again."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    signature = models.CharField(max_length=64)
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = gettext_lazy("answers about files")
        constraints = [
            models.UniqueConstraint(
                fields=["business_unit", "signature"], name="answers_once_a_signature"
            ),
        ]

    def __str__(self) -> str:
        return _("Answers of %(business_unit)s") % {"business_unit": self.business_unit}
