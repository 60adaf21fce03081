"""Sync records: the one row that says where a document stands in one QuickBooks company."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sync.models.events import Subject
from sync.models.fields import EncryptedTextField, MoneyField, ShortTextField, VersionedJSONField


class BatchRequests(models.QuerySet["BatchRequest"]):
    """Writes, and what becomes of them, by the database's clock."""

    def unsettled(self, company_id: int) -> "BatchRequests":
        """Return a company's writes of which some outcome is not known yet."""
        return self.filter(company=company_id, settled_at__isnull=True)

    def unsent(self, company_id: int) -> "BatchRequests":
        """Return what is planned and has not left, be it of a process that was killed."""
        return self.unsettled(company_id).filter(sent_at__isnull=True)

    def settle(self) -> None:
        """Call them settled: every outcome is known, and their bytes are pruned."""
        self.update(settled_at=Now(), body="")

    def look_later(self, **changed: object) -> None:
        """Have them looked for once QuickBooks has done what it was sent, or never will."""
        limit = timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)
        self.update(look_after=Now() + limit, **changed)

    def put_back(self) -> None:
        """Let the documents in them wait again, as if these writes had never been planned."""
        ids = list(self.values_list("pk", flat=True))
        if not ids:
            return
        SyncRecord.objects.filter(batch__in=ids, state=SyncRecord.State.IN_FLIGHT).update(
            state=SyncRecord.State.PENDING, batch=None, tries=F("tries") - 1
        )
        BatchRequest.objects.filter(pk__in=ids).settle()


class BatchRequest(models.Model):
    """One HTTP write, committed before its bytes leave (ARCHITECTURE.md, "write-ahead")."""

    company = models.ForeignKey("sync.QuickBooksCompany", on_delete=models.PROTECT)
    request_id = models.CharField(max_length=36)
    target = models.CharField(max_length=20, default="batch", help_text="batch, or one entity.")
    operation = models.CharField(max_length=10, blank=True)
    body = EncryptedTextField(blank=True, help_text="Exactly what is sent; pruned once settled.")
    lease_token = models.UUIDField()
    attempts = models.PositiveSmallIntegerField(default=1, help_text="Times sent; a 429 is none.")
    sent_at = models.DateTimeField(
        null=True, help_text="When it first left; none while it is planned, and nothing has left."
    )
    look_after = models.DateTimeField(
        null=True, help_text="When Intuit has done it or never will, so that looking is conclusive."
    )
    last_look = VersionedJSONField(
        null=True, help_text="What the last look found; adopted when the next one agrees."
    )
    http_status = models.PositiveSmallIntegerField(null=True)
    intuit_tid = ShortTextField(max_length=100, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = BatchRequests.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["company", "settled_at"], name="batch_unsettled")]
        constraints = [
            models.UniqueConstraint(fields=["company", "request_id"], name="request_id_once"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(look_after__isnull=False),
                name="request_sent_is_looked_for",
            ),
        ]

    def __str__(self) -> str:
        return _("Request %(request_id)s") % {"request_id": self.request_id}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its bytes; empty where it has none."""
        return hashlib.sha256(self.body.encode()).hexdigest() if self.body else ""


class SyncRecord(models.Model):
    """Where one customer, invoice or payment stands in one QuickBooks company."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", gettext_lazy("Customer")
        INVOICE = "invoice", gettext_lazy("Invoice")
        PAYMENT = "payment", gettext_lazy("Payment")

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("Queued")
        IN_FLIGHT = "in_flight", gettext_lazy("Exporting")
        EXPORTED = "exported", gettext_lazy("Exported")
        FAILED = "failed", gettext_lazy("Failed")
        UNCERTAIN = "uncertain", gettext_lazy("Uncertain")
        MISMATCH = "mismatch", gettext_lazy("Exported, check")

    class Problem(models.TextChoices):
        """What we say of it ourselves in `error_code`; QuickBooks' own codes are numbers."""

        MISMATCH = "MISMATCH", gettext_lazy("It differs in QuickBooks")
        BALANCE = "BALANCE", gettext_lazy("Less is open there than our payments need")
        GONE = "GONE", gettext_lazy("It was deleted there")
        INACTIVE = "INACTIVE", gettext_lazy("It was made inactive there")
        UNLINKED = "UNLINKED", gettext_lazy("What it refers to is gone or inactive there")
        MAPPING = (
            "MAPPING",
            gettext_lazy("A mapping leads to something that is gone or inactive there"),
        )
        ABSENT = "ABSENT", gettext_lazy("It never arrived there")
        UNCERTAIN = "UNCERTAIN", gettext_lazy("Nobody knows whether it arrived")
        UNEXPECTED = "UNEXPECTED", gettext_lazy("Something unexpected went wrong")
        DISCONNECTED = "DISCONNECTED", gettext_lazy("Its business unit was disconnected")
        TAX = "TAX", gettext_lazy("QuickBooks keeps another tax")

    # Every index below begins with it; one of its own would only lure SQLite away from them.
    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.PROTECT, related_name="records", db_index=False
    )
    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind)
    customer = models.ForeignKey(
        "sync.Customer", on_delete=models.PROTECT, null=True, related_name="sync_records"
    )
    invoice = models.ForeignKey(
        "sync.Invoice", on_delete=models.PROTECT, null=True, related_name="sync_records"
    )
    payment = models.ForeignKey(
        "sync.Payment", on_delete=models.PROTECT, null=True, related_name="sync_records"
    )
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    marker = models.CharField(
        max_length=64, unique=True, help_text="Stands in the document in QuickBooks: it means ours."
    )
    content = VersionedJSONField(help_text="What the person confirmed; exactly this is sent.")

    name_key = models.CharField(
        max_length=500,
        blank=True,
        help_text="Customers: the name we gave it in QuickBooks, folded, so that it is given once.",
    )

    run = models.ForeignKey(
        "sync.ExportRun", on_delete=models.SET_NULL, null=True, related_name="records"
    )
    is_single = models.BooleanField(default=False)
    is_sendable = models.BooleanField(
        default=False, help_text="What it refers to is in QuickBooks, so it may go next."
    )
    tax_mode = models.ForeignKey(
        "sync.TaxMode",
        on_delete=models.SET_NULL,
        null=True,
        related_name="records",
        help_text="Invoices: whose tax counts for it. It may wait until that is found out.",
    )
    tries = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    queued_at = models.DateTimeField(auto_now_add=True)
    exported_at = models.DateTimeField(null=True)

    batch = models.ForeignKey(
        BatchRequest, on_delete=models.SET_NULL, null=True, related_name="records"
    )
    bid = models.CharField(max_length=10, blank=True)

    qbo_id = models.CharField(gettext_lazy("QuickBooks id"), max_length=50, blank=True)
    qbo_sync_token = models.CharField(max_length=20, blank=True)
    customer_there = models.CharField(
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text="Invoices and payments: the customer that they stay with in QuickBooks where ours"
        " was linked anew after they went; empty where it is the customer's own.",
    )
    is_exempt = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Customers: QuickBooks charges them no sales tax, as it last said.",
    )
    exported_total = MoneyField(null=True)
    exported_balance = MoneyField(null=True, help_text="Invoices: as QuickBooks last said.")
    balance_read_at = models.DateTimeField(
        null=True, help_text="None: to be read again before any payment of it goes."
    )
    written_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 of the exact bytes of the request that wrote it; empty where it was"
        " linked, or written before this was kept.",
    )
    read_back = VersionedJSONField(
        default=dict,
        help_text="What QuickBooks said of it, field by field, when the two were last compared.",
    )
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    error_code = ShortTextField(max_length=30, blank=True)
    error = ShortTextField(max_length=1000, blank=True)
    error_detail = ShortTextField(max_length=2000, blank=True)
    intuit_tid = ShortTextField(max_length=100, blank=True)

    class Meta:
        verbose_name = gettext_lazy("document in QuickBooks")
        verbose_name_plural = gettext_lazy("documents in QuickBooks")
        ordering = ["-id"]
        indexes = [
            # As the planner asks: singles first, then payments, invoices, customers.
            models.Index(
                fields=["company", "state", "is_sendable", "-is_single", "-kind", "id"],
                name="record_to_plan",
            ),
            models.Index(fields=["state", "-id"], name="record_by_state"),
            # Searched for by whoever has an id of QuickBooks, in whatever company.
            models.Index(fields=["qbo_id"], name="record_by_quickbooks_id"),
            # What stands before a person, a little among much: found by `state__one_of`.
            models.Index(
                fields=[
                    *("state", "kind", "error_code", "business_unit"),
                    *("payment", "invoice", "customer"),
                ],
                condition=Q(state__in=["failed", "uncertain", "mismatch"]),
                name="record_stopped",
            ),
            # Not a partial one: SQLite cannot use that where the condition is a parameter.
            models.Index(
                fields=["company", "kind", "state", "balance_read_at"],
                name="record_balance_stale",
            ),
            # Whether a payment is in QuickBooks is asked of every refund of the report. With the id
            # in it, SQLite need not read each record to compare that with a parameter.
            models.Index(
                fields=["payment", "qbo_id"],
                condition=~Q(qbo_id=""),
                name="record_of_payment_there",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="customer", customer__isnull=False)
                    & Q(invoice__isnull=True, payment__isnull=True)
                )
                | (
                    Q(kind="invoice", invoice__isnull=False)
                    & Q(customer__isnull=True, payment__isnull=True)
                )
                | (
                    Q(kind="payment", payment__isnull=False)
                    & Q(customer__isnull=True, invoice__isnull=True)
                ),
                name="record_has_exactly_one_document",
            ),
            models.UniqueConstraint(fields=["company", "customer"], name="record_once_a_customer"),
            models.UniqueConstraint(fields=["company", "invoice"], name="record_once_an_invoice"),
            models.UniqueConstraint(fields=["company", "payment"], name="record_once_a_payment"),
            models.UniqueConstraint(
                fields=["company", "kind", "qbo_id"],
                condition=~Q(qbo_id="") & (~Q(kind="customer") | Q(linked_by__isnull=True)),
                name="record_once_a_quickbooks_document",
            ),
            models.UniqueConstraint(
                fields=["company", "name_key"],
                condition=~Q(name_key=""),
                name="record_once_a_customer_name",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["exported", "mismatch"]) | ~Q(qbo_id=""),
                name="record_exported_has_a_quickbooks_id",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_flight") | Q(batch__isnull=False),
                name="record_in_flight_has_a_request",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "pending",
                        "in_flight",
                        "exported",
                        "failed",
                        "uncertain",
                        "mismatch",
                    ]
                ),
                name="record_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.document_id}"

    @property
    def document_id(self) -> int | None:
        """Return the id of the customer, invoice or payment it is about."""
        return self.customer_id or self.invoice_id or self.payment_id

    def as_subject(self, **detail: str) -> Subject:
        """Return what an event about the document tells of it, with its id in QuickBooks."""
        there = {"quickbooks_id": self.qbo_id, "company": self.company_id}
        return Subject(self.business_unit_id, self.kind, self.document_id, {**there, **detail})

    @property
    def is_refused(self) -> bool:
        """Say whether it was answered by a refusal, which is kept under its code."""
        return bool(self.error_code)

    def stop(self, state: State, problem: str, words: str) -> None:
        """Say in a sentence why it goes no further, and under which code; the caller saves it."""
        self.state, self.error_code, self.error = state, problem, words

    def is_held_by_another(self, qbo_id: str) -> bool:
        """Say whether another record of the company claims that document of QuickBooks."""
        return self._holding(qbo_id).exists()

    def is_held_by_another_unit(self, qbo_id: str) -> bool:
        """Say whether only other units' records claim that document of QuickBooks."""
        others = self._holding(qbo_id)
        mine = others.filter(business_unit=self.business_unit_id)
        return others.exists() and not mine.exists()

    def _holding(self, qbo_id: str) -> models.QuerySet["SyncRecord"]:
        others = SyncRecord.objects.filter(company=self.company_id, kind=self.kind, qbo_id=qbo_id)
        return others.exclude(pk=self.pk)
