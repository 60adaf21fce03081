"""What QuickBooks has to choose from, and how our words become its own; both by company."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from sync.models.fields import ShortTextField
from sync.words import stored


class ReferenceEntry(models.Model):
    """One account, item, tax code, payment method, class, department or term of a company."""

    class Kind(models.TextChoices):
        ACCOUNT = "Account", gettext_lazy("Account")
        ITEM = "Item", gettext_lazy("Item")
        TAX_CODE = "TaxCode", gettext_lazy("Tax code")
        TAX_RATE = "TaxRate", gettext_lazy("Tax rate")
        PAYMENT_METHOD = "PaymentMethod", gettext_lazy("Payment method")
        CLASS = "Class", gettext_lazy("Class")
        DEPARTMENT = "Department", gettext_lazy("Department")
        TERM = "Term", gettext_lazy("Term")

    company = models.ForeignKey(
        "sync.QuickBooksCompany", on_delete=models.CASCADE, related_name="reference_entries"
    )
    kind = models.CharField(max_length=15, choices=Kind)
    qbo_id = models.CharField(max_length=50)
    name = models.CharField(
        max_length=500, help_text=gettext_lazy("Fully qualified, as QuickBooks shows it.")
    )
    type = models.CharField(max_length=50, blank=True)
    subtype = models.CharField(max_length=50, blank=True)
    active = models.BooleanField(default=True)
    data = models.JSONField(
        default=dict, help_text=gettext_lazy("What else mappings and checks need of it.")
    )
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = gettext_lazy("reference entries")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "qbo_id"], name="reference_once_a_company"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "active", "name"], name="reference_to_choose")
        ]

    def __str__(self) -> str:
        return str(self.said())

    def said(self) -> str:
        """Return what it is called, as a place of what is stored."""
        return self.name if self.active else stored("%(name)s (inactive)", name=self.name)


class Mapping(models.Model):
    """What every mapping has: whose it is, and what a proposal rests on."""

    company = models.ForeignKey("sync.QuickBooksCompany", on_delete=models.CASCADE)
    basis = ShortTextField(
        max_length=200,
        blank=True,
        help_text=gettext_lazy("What a proposal rests on; empty once a person chose."),
    )

    class Meta:
        abstract = True


def choose(
    kind: ReferenceEntry.Kind, *, optional: bool = False
) -> models.ForeignKey[ReferenceEntry, ReferenceEntry]:
    """Return a field that points at a reference entry of one kind."""
    return models.ForeignKey(
        ReferenceEntry,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": kind},
        null=optional,
        blank=optional,
    )


class ItemMapping(Mapping):
    """A service of ours as an Item; the one with an empty service is the default."""

    service = models.CharField(max_length=100, blank=True)
    item = choose(ReferenceEntry.Kind.ITEM)
    history = HistoricalRecords()

    class Meta:
        ordering = ["service"]
        constraints = [
            models.UniqueConstraint(fields=["company", "service"], name="item_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.service or _('Any other service')} → {self.item}"


class MethodMapping(Mapping):
    """A payment method of ours as a PaymentMethod and the account it is deposited to."""

    method = models.CharField(max_length=50, blank=True)
    payment_method = choose(ReferenceEntry.Kind.PAYMENT_METHOD, optional=True)
    deposit_account = choose(ReferenceEntry.Kind.ACCOUNT)
    history = HistoricalRecords()

    class Meta:
        ordering = ["method"]
        constraints = [
            models.UniqueConstraint(fields=["company", "method"], name="method_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.method or _('Any other method')} → {self.payment_method}"


class TaxMapping(Mapping):
    """A tax code of ours, or just taxable or exempt, as a tax code of QuickBooks."""

    tax_code = models.CharField(max_length=30, blank=True)
    taxable = models.BooleanField(default=False)
    quickbooks_tax_code = choose(ReferenceEntry.Kind.TAX_CODE)
    history = HistoricalRecords()

    class Meta:
        ordering = ["tax_code", "taxable"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "tax_code", "taxable"], name="tax_mapping_once"
            )
        ]

    def __str__(self) -> str:
        word = self.tax_code or (_("Taxable") if self.taxable else _("Exempt"))
        return f"{word} → {self.quickbooks_tax_code}"


class UnitMapping(Mapping):
    """A business unit as a Class or a Department."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    quickbooks_class = choose(ReferenceEntry.Kind.CLASS, optional=True)
    department = choose(ReferenceEntry.Kind.DEPARTMENT, optional=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "business_unit"], name="unit_mapping_once"),
            models.CheckConstraint(
                condition=Q(quickbooks_class__isnull=False) | Q(department__isnull=False),
                name="unit_mapping_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_unit} → {self.quickbooks_class or self.department}"


class TermMapping(Mapping):
    """The terms that a unit's invoices carry; none where a person said so."""

    business_unit = models.ForeignKey("sync.BusinessUnit", on_delete=models.CASCADE)
    term = choose(ReferenceEntry.Kind.TERM, optional=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "business_unit"], name="term_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.business_unit} → {self.term or _('no terms')}"


class CorporateDefault(models.Model):
    """What a word of ours is called in QuickBooks throughout the franchise, by name.

    Each company has entries of its own, so a default names one; companies that have an entry of
    that name inherit it, and what a person chose there stays.
    """

    class Kind(models.TextChoices):
        ITEM = "item", gettext_lazy("Service → product or service")
        METHOD = "method", gettext_lazy("Payment method → payment method")
        DEPOSIT = "deposit", gettext_lazy("Payment method → account it is deposited to")
        TAX = "tax", gettext_lazy("Tax code → tax code")
        DISCOUNT = "discount", gettext_lazy("Discounts → account they are taken from")
        TERMS = "terms", gettext_lazy("Invoices → terms")

    kind = models.CharField(max_length=10, choices=Kind)
    word = models.CharField(
        gettext_lazy("our word"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("Empty: for any other, and for discounts and terms."),
    )
    name = models.CharField(
        gettext_lazy("name in QuickBooks"),
        max_length=500,
        help_text=gettext_lazy(
            "Every company that has an entry of this name takes it, unless a person chose"
            " another there."
        ),
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["kind", "word"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "word"], name="corporate_default_once"),
            models.CheckConstraint(
                condition=Q(word="") | ~Q(kind__in=["discount", "terms"]),
                name="corporate_default_of_a_word",
                violation_error_message="Discounts and terms have one default, for all: leave our "
                "word empty.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} → {self.name}"

    @property
    def words(self) -> str:
        """Return what of ours it is for."""
        alone = {self.Kind.DISCOUNT: _("Discounts"), self.Kind.TERMS: _("Invoices")}
        return self.word or alone.get(self.Kind(self.kind), "Any other")
