"""QuickBooks companies: what we hold of each realm, its keys and its lease."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from sync.models.fields import EncryptedTextField, ShortTextField


class TokenHolder(models.Model):
    """What Intuit gave to speak for a company, encrypted at rest, and when each part ends."""

    access_token = EncryptedTextField(blank=True)
    access_token_expires_at = models.DateTimeField(null=True)
    refresh_token = EncryptedTextField(blank=True)
    refresh_token_expires_at = models.DateTimeField(null=True)
    refresh_token_hard_expires_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


TOKENS = ("access_token", "refresh_token")


def without_tokens(rows: models.QuerySet[Any], path: str) -> models.QuerySet[Any]:
    """Load the company at the path, but not its tokens: they are decrypted, which takes long."""
    return rows.defer(*(f"{path}__{name}" for name in TOKENS))


class QuickBooksCompany(TokenHolder):
    """One QuickBooks Online company (a realm) that one or several units post to."""

    class Status(models.TextChoices):
        CONNECTED = "connected", gettext_lazy("Connected")
        NEEDS_RECONNECT = "needs_reconnect", gettext_lazy("Needs reconnecting")
        DISCONNECTED = "disconnected", gettext_lazy("Disconnected")

    realm_id = models.CharField(max_length=30, unique=True)
    name = ShortTextField(max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.CONNECTED)
    status_detail = ShortTextField(max_length=300, blank=True)
    connected_at = models.DateTimeField(null=True)

    # As last read from QuickBooks: CompanyInfo and Preferences.
    country = models.CharField(max_length=3, blank=True)
    home_currency = models.CharField(max_length=3, blank=True)
    book_close_date = models.DateField(null=True)
    preferences = models.JSONField(default=dict)
    verified_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    refusal = ShortTextField(
        max_length=500, blank=True, help_text="Why the last check was refused, in words."
    )
    clock_seconds = models.IntegerField(
        null=True, help_text="How far QuickBooks' clock was ahead of ours at the last check."
    )
    told_of = models.CharField(
        max_length=20, blank=True, help_text="Which warning about the connection was e-mailed last."
    )
    discount_account = models.ForeignKey(
        "sync.ReferenceEntry",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": "Account"},
    )
    discount_basis = ShortTextField(
        max_length=200, blank=True, help_text="What a proposal rests on; empty once a person chose."
    )

    # One process at a time speaks to a company: sync/company/lease.py.
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    lease_supervisor = models.UUIDField(
        null=True, help_text="The worker command whose process took it, none for a command alone."
    )
    lease_pid = models.IntegerField(null=True)
    wanted_until = models.DateTimeField(
        null=True, help_text="Until when somebody waits for it at a page: workers let go of it."
    )
    session_serial = models.PositiveBigIntegerField(
        default=0, help_text="How often a process has held it: less than before after a restore."
    )
    known_epochs = models.JSONField(
        default=list, help_text="Starts of the product that have looked it through; the last few."
    )
    watched_until = models.DateTimeField(
        null=True, help_text="Until when it was looked through for documents without a record."
    )
    paused_until = models.DateTimeField(null=True)
    pause_reason = ShortTextField(max_length=200, blank=True)
    stuck_since = models.DateTimeField(
        null=True, help_text="Since when its export cannot go on by itself at all."
    )
    stuck_reason = ShortTextField(max_length=300, blank=True)
    recent_calls = models.JSONField(
        default=list, help_text="Times of the last minute's requests, for the next lease holder."
    )
    learned_pace = models.FloatField(
        default=1.0, help_text="The share of the limits that did pass when QuickBooks throttled us."
    )
    pace_learned_at = models.DateTimeField(null=True)
    api_calls = models.PositiveBigIntegerField(default=0, help_text="Requests ever made to it.")

    history = HistoricalRecords(
        excluded_fields=[
            "access_token",
            "access_token_expires_at",
            "refresh_token",
            "refresh_token_expires_at",
            "lease_token",
            "lease_expires_at",
            "lease_supervisor",
            "lease_pid",
            "wanted_until",
            "session_serial",
            "known_epochs",
            "watched_until",
            "paused_until",
            "pause_reason",
            "stuck_since",
            "stuck_reason",
            "recent_calls",
            "learned_pace",
            "pace_learned_at",
            "api_calls",
            "preferences",
            "checked_at",
            "clock_seconds",
            "told_of",
        ]
    )

    class Meta:
        verbose_name = gettext_lazy("QuickBooks company")
        verbose_name_plural = gettext_lazy("QuickBooks companies")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="connected") | ~models.Q(refresh_token=""),
                name="company_connected_has_a_token",
            ),
        ]

    def __str__(self) -> str:
        return self.name or _("QuickBooks company %(realm_id)s") % {"realm_id": self.realm_id}

    @property
    def pace(self) -> float:
        """Return the share of the limits to keep to: what was learned counts for a while."""
        learned_at = self.pace_learned_at
        kept = timedelta(seconds=settings.QUICKBOOKS_PACE_MEMORY)
        is_current = learned_at is not None and learned_at > timezone.now() - kept
        return self.learned_pace if is_current else 1.0

    @property
    def is_connected(self) -> bool:
        return self.status == self.Status.CONNECTED

    def preference(self, group: str, name: str) -> Any:
        """Return one setting as QuickBooks spells it, None where it was not given."""
        return (self.preferences.get(group) or {}).get(name)

    def told(self, name: str) -> str:
        """Return one of the company's own name-value pairs, empty where it was not given."""
        return str((self.preferences.get("CompanyInfo") or {}).get(name) or "")

    @property
    def connection_ends_at(self) -> datetime | None:
        """Return when the permission ends if nobody connects anew; None where nobody knows."""
        ends = (self.refresh_token_expires_at, self.refresh_token_hard_expires_at)
        return min((end for end in ends if end is not None), default=None)

    @property
    def uses_custom_numbers(self) -> bool:
        return self.preference("SalesFormsPrefs", "CustomTxnNumbers") is True

    @property
    def is_multicurrency(self) -> bool:
        return self.preference("CurrencyPrefs", "MultiCurrencyEnabled") is True

    def is_foreign(self, currency: str) -> bool:
        """Say whether a document in this currency needs a rate."""
        return self.is_multicurrency and currency != self.home_currency != ""

    @property
    def has_automated_tax(self) -> bool:
        return self.preference("TaxPrefs", "PartnerTaxEnabled") is True

    @property
    def uses_sales_tax(self) -> bool:
        return self.preference("TaxPrefs", "UsingSalesTax") is True

    @property
    def names_sales_tax(self) -> bool:
        """Say whether invoices name the sales tax themselves, as in US companies of old."""
        return self.is_us and self.uses_sales_tax and not self.has_automated_tax

    @property
    def usual_sales_tax(self) -> str:
        """Return the id of the tax code that the company charges unless told otherwise."""
        return str((self.preference("TaxPrefs", "TaxGroupCodeRef") or {}).get("value") or "")

    @property
    def is_us(self) -> bool:
        return self.country in {"US", "USA", ""}

    @property
    def tracks_classes_per_line(self) -> bool:
        return self.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine") is True

    @property
    def tracks_classes_per_transaction(self) -> bool:
        return self.preference("AccountingInfoPrefs", "ClassTrackingPerTxn") is True

    @property
    def tracks_departments(self) -> bool:
        return self.preference("AccountingInfoPrefs", "TrackDepartments") is True
