"""The form in which a person says what our words mean in a QuickBooks company."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from sync.admin.common.meanwhile import (
    FIELD,
    changed_since,
    field_of,
    is_untouched,
    retype,
    words_for,
)
from sync.admin.connections.invoice_settings import DISCOUNT, keep_others, others_of, why
from sync.admin.connections.selects import (
    NONE,
    SAME,
    Entries,
    Resting,
    date_input,
    field_name,
    select,
)
from sync.mappings import choices, local_terms, shared
from sync.mappings.mappings import MappedEntries
from sync.mappings.reference import Kind
from sync.mappings.shared import Choice
from sync.models import (
    BusinessUnit,
    QuickBooksCompany,
    ReferenceEntry,
    SharedChange,
)
from sync.words import later

_WHY = later("Why this one")
# What can be created in QuickBooks from here.
CREATED = {"item": Kind.ITEM, "method": Kind.PAYMENT_METHOD}


@dataclass(frozen=True, slots=True)
class Row:
    """One word of ours, the selects that give it a meaning, and what a proposal rests on."""

    word: str
    fields: list[forms.BoundField]
    basis: str
    is_default: bool = False
    create: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind of words, with what stands above them."""

    title: str
    lead: str
    heads: tuple[str, ...]
    rows: list[Row]


class MappingForm(forms.Form):
    """Every mapping of a company as one of its units sees it, prefilled; only active entries."""

    start_date = forms.DateField(
        label=later("Start date"),
        required=False,
        help_text=later("No invoice dated before this is offered for export."),
        widget=date_input(),
    )

    def __init__(
        self,
        company: QuickBooksCompany,
        unit: BusinessUnit,
        mapped: MappedEntries,
        data: Mapping[str, Any] | None = None,
        *,
        is_editable: bool,
    ) -> None:
        super().__init__(data)
        self.company, self.unit = company, unit
        search = reverse("admin:sync_businessunit_quickbooks_entries", args=[unit.pk])
        self._entries = Entries(company, search)
        self.initial["start_date"] = unit.export_start_date
        # A date that is set can be moved, not taken away by an emptied field.
        self.fields["start_date"].required = unit.export_start_date is not None
        self._load(mapped)
        self._add_items()
        self._add_methods()
        self._add_tax_codes()
        self._others = list(others_of(company, unit, mapped))
        self._add_others()
        for field in self.fields.values():
            field.disabled = not is_editable

    @property
    def tables(self) -> list[Table]:
        """Return services, payment methods and taxes, as the page shows them."""
        return [
            Table(
                _("Services"),
                _("What each invoice line is sold as in QuickBooks; its income account follows."),
                (_("Our service"), _("Product or service in QuickBooks"), _WHY),
                list(self._item_rows()),
            ),
            Table(
                _("Payment methods"),
                _(
                    "How each payment is recorded in QuickBooks, and the account it is"
                    " deposited to."
                ),
                (_("Our method"), _("Payment method in QuickBooks"), _("Deposited to"), _WHY),
                list(self._method_rows()),
            ),
            Table(
                _("Sales tax"),
                _("What invoices are taxed at in QuickBooks; the amount is always ours.")
                if self.company.names_sales_tax
                else _("The tax code that invoice lines carry in QuickBooks."),
                (_("Our lines"), _("Tax code in QuickBooks"), _WHY),
                list(self._tax_rows()),
            ),
        ]

    @property
    def others(self) -> list[tuple[forms.BoundField, str]]:
        """Return what stands below the tables, each with what a proposal rests on."""
        return [(self[other.name], why(other.basis)) for other in self._others]

    @property
    def as_it_stood(self) -> SafeString:
        """Return the field that says how everything stood when the page was opened."""
        return field_of(self._shown())

    def _shown(self) -> dict[str, object]:
        return {name: self.initial.get(name) for name in self.fields}

    def _say_what_changed(self) -> None:
        """Refuse to put back what somebody else chose meanwhile."""
        changed = changed_since(self.data.get(FIELD, ""), self._shown())
        if changed:
            posted = self.data.get(FIELD, "")
            left = (
                name for name in changed if is_untouched(posted, name, self.cleaned_data.get(name))
            )
            retype(self, {name: self.initial.get(name) for name in left})
            rows = (row for table in self.tables for row in table.rows)
            words = {field.name: row.word for row in rows for field in row.fields}
            named = [words.get(name) or str(self[name].label) for name in changed]
            self.add_error(None, words_for(list(dict.fromkeys(named))))

    def clean(self) -> dict[str, Any]:
        """Ask for an account where a method has one of its own but nobody chose the usual one."""
        usual = self._said(field_name("deposit", ""))
        for method in filter(None, self._methods):
            name = field_name("deposit", method)
            own = self._said(field_name("method", method))
            if own not in {"", SAME} and self._said(name) == SAME and not usual:
                self.add_error(name, _("Choose an account, here or for any other method."))
        self._say_what_changed()
        return self.cleaned_data

    def save(self, actor: User, *, only_changed: bool = False) -> list[SharedChange]:
        """Keep everything as chosen; return what waits for the accountants of other units.

        What was proposed is a person's choice from now on. With `only_changed` what is left as it
        was shown stays a proposal.
        """
        kept = set(self.changed_data if only_changed else self.fields)
        chosen = [*self._chosen_words(kept), *self._chosen_methods(kept), *self._discount(kept)]
        with transaction.atomic():
            self._save_own(kept)
            choices.choose_start_date(self.unit, self.cleaned_data["start_date"])
            return shared.change(self.unit, self.company.pk, chosen, actor)

    def _chosen_words(self, kept: set[str]) -> Iterator[Choice]:
        for service in self._items:
            name = field_name("item", service)
            if name in kept and self._said(name):
                yield Choice(SharedChange.Kind.ITEM, (self._chosen(name),), service)
        for code, taxable in self._taxes:
            name = _tax_name(code, taxable=taxable)
            if name in kept and self._said(name):
                yield Choice(SharedChange.Kind.TAX, (self._chosen(name),), code, taxable)

    def _chosen_methods(self, kept: set[str]) -> Iterator[Choice]:
        usual = self._chosen(field_name("method", "")), self._chosen(field_name("deposit", ""))
        for method in self._methods:
            names = field_name("method", method), field_name("deposit", method)
            said = self._said(names[0]), self._said(names[1])
            if "" in said or kept.isdisjoint(names):
                continue
            if said == (SAME, SAME):
                yield Choice(SharedChange.Kind.METHOD, (None, None), method)
                continue
            own = [
                default if word == SAME else self._chosen(name)
                for word, name, default in zip(said, names, usual, strict=True)
            ]
            yield Choice(SharedChange.Kind.METHOD, (own[0], own[1]), method)

    def _discount(self, kept: set[str]) -> Iterator[Choice]:
        if DISCOUNT in kept and self._said(DISCOUNT):
            yield Choice(SharedChange.Kind.DISCOUNT, (self._chosen(DISCOUNT),))

    def _save_own(self, kept: set[str]) -> None:
        """Keep what this unit alone posts with."""
        names = (other.name for other in self._others if other.name != DISCOUNT)
        said = (name for name in names if name in kept and self._said(name))
        keep_others(self.company, self.unit, {name: self._chosen(name) for name in said})

    def _load(self, mapped: MappedEntries) -> None:
        """Keep the rows there are, and the words of this unit that have none."""
        used = local_terms.used_by([self.unit])
        self._items = _by_word(mapped.items, used.services)
        self._methods = _by_word(mapped.methods, used.methods)
        codes = used.tax_codes
        if self.company.is_us:  # lines there are taxed or not; only of old they say at what
            codes = [key for key in codes if key[1] and self.company.names_sales_tax]
        both = [("", True), ("", False)]
        keys = [*both, *sorted({*mapped.taxes, *codes} - {*both})]
        self._taxes = {key: mapped.taxes.get(key) for key in keys}

    def _add_items(self) -> None:
        default = self._items[""]
        same = _as_any_other("service", default.item if default else None)
        for service, row in self._items.items():
            resting = Resting([same] if service else [])
            self._add(field_name("item", service), "item", row.item if row else None, resting)

    def _add_methods(self) -> None:
        usual = self._methods[""]
        none = (NONE, _("No payment method"))
        same = _as_any_other("method", (usual.payment_method if usual else None) or _("none"))
        account = _as_any_other("method", usual.deposit_account if usual else None)
        for method, row in self._methods.items():
            others = [same, none] if row is None else [none, same]
            resting = Resting(others if method else [none])
            current = row.payment_method if row else None
            self._add(field_name("method", method), "method", current, resting)
            current = row.deposit_account if row else None
            resting = Resting([account] if method else [])
            self._add(field_name("deposit", method), "deposit", current, resting)

    def _add_tax_codes(self) -> None:
        for (code, taxable), row in self._taxes.items():
            usual = self._taxes["", taxable]
            same = _as_any_other("line", usual.quickbooks_tax_code if usual else None)
            current = row.quickbooks_tax_code if row else None
            name = _tax_name(code, taxable=taxable)
            self._add(
                name, "taxable" if taxable else "exempt", current, Resting([same] if code else [])
            )

    def _add_others(self) -> None:
        for other in self._others:
            resting = Resting([(NONE, other.none)])
            self._add(other.name, other.name, other.current, resting)
            field = self.fields[other.name]
            field.label, field.help_text = other.label, other.help_text

    def _add(
        self,
        name: str,
        what: str,
        current: ReferenceEntry | None,
        resting: Resting,
    ) -> None:
        self.fields[name], self.initial[name] = select(self._entries, what, current, resting)

    def _item_rows(self) -> Iterator[Row]:
        for service, row in self._items.items():
            word = service or _("Any other service")
            create = f"item:{service}" if service and row is None else ""
            yield self._row(word, row, not service, field_name("item", service), create=create)

    def _method_rows(self) -> Iterator[Row]:
        for method, row in self._methods.items():
            names = field_name("method", method), field_name("deposit", method)
            lacks = row is None or row.payment_method is None
            create = f"method:{method}" if method and lacks else ""
            yield self._row(method or _("Any other method"), row, not method, *names, create=create)

    def _tax_rows(self) -> Iterator[Row]:
        for (code, taxable), row in self._taxes.items():
            word = _("Taxable lines") if taxable else _("Exempt lines")
            if code:
                word = f"{code} ({_('taxable') if taxable else _('exempt')})"
            yield self._row(word, row, False, _tax_name(code, taxable=taxable))  # noqa: FBT003

    def _row(
        self,
        word: str,
        row: Any,
        is_default: bool,  # noqa: FBT001
        *names: str,
        create: str = "",
    ) -> Row:
        fields = [self[name] for name in names]
        for field in fields:
            field.field.widget.attrs["aria-label"] = word
        return Row(
            word, fields, "" if is_default and row is None else _basis(row), is_default, create
        )

    def _said(self, name: str) -> str:
        """Return what was said of a field; empty where it was not on the page or not chosen."""
        return self.cleaned_data.get(name) or ""

    def _chosen(self, name: str) -> ReferenceEntry | None:
        return self._entries.chosen(self._said(name))


def _as_any_other(word: str, default: ReferenceEntry | str | None) -> tuple[str, str]:
    words = {
        "service": _("As any other service: %(value)s"),
        "method": _("As any other method: %(value)s"),
        "line": _("As any other line: %(value)s"),
    }
    return SAME, words[word] % {"value": default or _("not chosen yet")}


def _by_word(mapped: dict[str, Any], used: Iterable[str]) -> dict[str, Any]:
    """Return the default's row and then a row, or None, for each word in use or mapped."""
    others = sorted({*mapped, *used} - {""}, key=str.casefold)
    return {word: mapped.get(word) for word in ("", *others)}


def _basis(row: Any) -> str:
    if row is None:
        return _("Has none of its own")
    return why(row.basis) or _("Chosen by a person")


def _tax_name(code: str, *, taxable: bool) -> str:
    return field_name("tax", code, str(taxable))
