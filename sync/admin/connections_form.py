"""The form in which a person says what our words mean in a QuickBooks company."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction

from sync.connections import choices, words
from sync.connections.reference import Kind
from sync.models import (
    BusinessUnit,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    UnitMapping,
)

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select

    INPUT_CLASSES: list[str]
else:
    from unfold.widgets import INPUT_CLASSES
    from unfold.widgets import UnfoldAdminSelectWidget as Select

NO_METHOD = "none"
_SOLD = {"Service", "NonInventory", "Inventory"}
_DEPOSITED_TO = {"Bank", "Other Current Asset"}
_DISCOUNTED_FROM = {"Income", "Other Income", "Expense", "Other Expense"}


@dataclass(frozen=True, slots=True)
class Row:
    """One word of ours, the selects that give it a meaning, and what a proposal rests on."""

    word: str
    fields: list[forms.BoundField]
    basis: str
    is_default: bool = False


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
        label="Start date",
        required=False,
        help_text="No invoice dated before this is offered for export.",
        widget=forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}
        ),
    )

    def __init__(
        self,
        company: QuickBooksCompany,
        unit: BusinessUnit,
        data: Mapping[str, Any] | None = None,
        *,
        is_editable: bool,
    ) -> None:
        super().__init__(data)
        self.company, self.unit = company, unit
        self.initial["start_date"] = unit.export_start_date
        self._entries = _entries_to_choose(company)
        self._add_items()
        self._add_methods()
        self._add_tax_codes()
        self._add_discount_account()
        self._add_unit()
        for field in self.fields.values():
            field.disabled = not is_editable

    @property
    def tables(self) -> list[Table]:
        """Return services, payment methods and taxes, as the page shows them."""
        origin = "Why this one"
        return [
            Table(
                "Services",
                "What each invoice line is sold as in QuickBooks; its income account follows.",
                ("Our service", "Product or service in QuickBooks", origin),
                list(self._item_rows()),
            ),
            Table(
                "Payment methods",
                "How each payment is recorded in QuickBooks, and the account it is deposited to.",
                ("Our method", "Payment method in QuickBooks", "Deposited to", origin),
                list(self._method_rows()),
            ),
            Table(
                "Sales tax",
                "The tax code that invoice lines carry in QuickBooks.",
                ("Our lines", "Tax code in QuickBooks", origin),
                list(self._tax_rows()),
            ),
        ]

    def _item_rows(self) -> Iterator[Row]:
        for number, (service, row) in enumerate(self._items.items()):
            yield self._row(service or "Any other service", row, f"item_{number}")

    def _method_rows(self) -> Iterator[Row]:
        for number, (method, row) in enumerate(self._methods.items()):
            fields = (f"method_{number}", f"deposit_{number}")
            yield self._row(method or "Any other method", row, *fields)

    def _tax_rows(self) -> Iterator[Row]:
        for number, ((code, taxable), row) in enumerate(self._taxes.items()):
            kind = "taxable" if taxable else "exempt"
            word = f"{code} ({kind})" if code else f"{kind.capitalize()} lines"
            yield self._row(word, row, f"tax_{number}")

    def save(self) -> None:
        """Keep everything as chosen; what was proposed is a person's choice from now on."""
        with transaction.atomic():
            self._save_items()
            self._save_methods()
            for number, (code, taxable) in enumerate(self._taxes):
                chosen = self._chosen(f"tax_{number}")
                choices.choose_tax_code(self.company, code, taxable, chosen)
            choices.choose_discount_account(self.company, self._chosen("discount_account"))
            choices.choose_unit(
                self.company, self.unit, self._chosen("class"), self._chosen("department")
            )
            choices.choose_start_date(self.unit, self.cleaned_data["start_date"])

    def _save_items(self) -> None:
        for number, service in enumerate(self._items):
            choices.choose_item(self.company, service, self._chosen(f"item_{number}"))

    def _save_methods(self) -> None:
        default = self._chosen("method_0"), self._chosen("deposit_0")
        for number, method in enumerate(self._methods):
            said = self.cleaned_data[f"method_{number}"]
            account = self._chosen(f"deposit_{number}")
            if number and said == "" and account is None:
                choices.choose_method(self.company, method, None, None)
                continue
            chosen = self._chosen(f"method_{number}") if said or not number else default[0]
            choices.choose_method(self.company, method, chosen, account or default[1])

    def _add_items(self) -> None:
        rows = ItemMapping.objects.filter(company=self.company).select_related("item")
        used = words.services([self.unit])
        self._items = _by_word({row.service: row for row in rows}, "", used)
        default = self._items[""]
        sold = [entry for entry in self._entries[Kind.ITEM] if entry.type in _SOLD]
        for number, row in enumerate(self._items.values()):
            empty = (
                _as_any_other("service", default.item if default else None)
                if number
                else "Choose one"
            )
            self._add(f"item_{number}", sold, row.item if row else None, empty)

    def _add_methods(self) -> None:
        rows = MethodMapping.objects.filter(company=self.company)
        rows = rows.select_related("payment_method", "deposit_account")
        used = words.methods([self.unit])
        self._methods = _by_word({row.method: row for row in rows}, "", used)
        default = self._methods[""]
        banks = [e for e in self._entries[Kind.ACCOUNT] if e.type in _DEPOSITED_TO]
        for number, row in enumerate(self._methods.values()):
            self._add_method(f"method_{number}", row, default, is_default=not number)
            account = default.deposit_account if default else None
            empty = _as_any_other("method", account) if number else "Choose an account"
            self._add(f"deposit_{number}", banks, row.deposit_account if row else None, empty)

    def _add_method(
        self,
        name: str,
        row: MethodMapping | None,
        default: MethodMapping | None,
        *,
        is_default: bool,
    ) -> None:
        """Add the select of a payment method, where 'none' is a choice of its own."""
        listed = self._entries[Kind.PAYMENT_METHOD]
        none = (NO_METHOD, "No payment method")
        usual = default.payment_method if default else None
        inherited = _as_any_other("method", usual or "no payment method")
        first = [none] if is_default else [("", inherited), none]
        self._add(name, listed, row.payment_method if row else None, "", first)
        if (row is not None or is_default) and not self.initial[name]:
            self.initial[name] = NO_METHOD

    def _add_tax_codes(self) -> None:
        rows = TaxMapping.objects.filter(company=self.company)
        mapped = {
            (row.tax_code, row.taxable): row for row in rows.select_related("quickbooks_tax_code")
        }
        used = [] if self.company.is_us else words.tax_codes([self.unit])
        both = [("", True), ("", False)]
        keys = [*both, *sorted({*mapped, *used} - {*both})]
        self._taxes = {key: mapped.get(key) for key in keys}
        for number, (key, row) in enumerate(self._taxes.items()):
            usual = self._taxes[("", key[1])]
            same = _as_any_other("line", usual.quickbooks_tax_code if usual else None)
            empty = same if key[0] else "Choose a tax code"
            current = row.quickbooks_tax_code if row else None
            self._add(f"tax_{number}", self._entries[Kind.TAX_CODE], current, empty)

    def _add_discount_account(self) -> None:
        accounts = [e for e in self._entries[Kind.ACCOUNT] if e.type in _DISCOUNTED_FROM]
        current = self.company.discount_account
        self._add("discount_account", accounts, current, "None: invoices have no discounts")
        self.fields["discount_account"].label = "Discounts are taken from"

    def _add_unit(self) -> None:
        """Add class and location, only where the company tracks them."""
        mapped = UnitMapping.objects.filter(company=self.company, business_unit=self.unit)
        row = mapped.select_related("quickbooks_class", "department").first()
        company = self.company
        if company.tracks_classes_per_line or company.tracks_classes_per_transaction:
            self._add(
                "class",
                self._entries[Kind.CLASS],
                row.quickbooks_class if row else None,
                "No class",
            )
            self.fields["class"].label = f"Class of {self.unit}"
        if company.tracks_departments:
            listed = self._entries[Kind.DEPARTMENT]
            self._add("department", listed, row.department if row else None, "No location")
            self.fields["department"].label = f"Location of {self.unit}"

    def _add(
        self,
        name: str,
        entries: Iterable[ReferenceEntry],
        current: ReferenceEntry | None,
        empty: str,
        first: list[tuple[str, str]] | None = None,
    ) -> None:
        """Add one select; an entry that is inactive now is not offered and must be replaced."""
        options = [(str(entry.pk), _label(entry)) for entry in entries]
        offered = [*(first or [("", empty)]), *options]
        self.fields[name] = forms.ChoiceField(choices=offered, required=False, widget=Select())
        is_offered = current is not None and current.active
        self.initial[name] = str(current.pk) if current is not None and is_offered else ""

    def _row(self, word: str, row: Any, *names: str) -> Row:
        is_default = names[0] in {"item_0", "method_0"}
        fields = [self[name] for name in names]
        for field in fields:
            field.field.widget.attrs["aria-label"] = word
        return Row(word, fields, _basis(row), is_default)

    def _chosen(self, name: str) -> ReferenceEntry | None:
        pk = self.cleaned_data.get(name)
        if not pk or pk == NO_METHOD:
            return None
        return next(
            entry for listed in self._entries.values() for entry in listed if str(entry.pk) == pk
        )


def _entries_to_choose(company: QuickBooksCompany) -> dict[Kind, list[ReferenceEntry]]:
    listed: dict[Kind, list[ReferenceEntry]] = {kind: [] for kind in Kind}
    entries = ReferenceEntry.objects.filter(company=company, active=True)
    for entry in entries.order_by("name", "id"):
        listed[Kind(entry.kind)].append(entry)
    return listed


def _label(entry: ReferenceEntry) -> str:
    """Return the entry's name, with the income account where it is an item."""
    income = (entry.data.get("IncomeAccountRef") or {}).get("name")
    return f"{entry.name} ({income})" if income else entry.name


def _as_any_other(word: str, default: ReferenceEntry | str | None) -> str:
    return f"As any other {word}: {default or 'not chosen yet'}"


def _by_word(mapped: dict[str, Any], default: str, used: Iterable[str]) -> dict[str, Any]:
    """Return the default's row and then a row, or None, for each word in use or mapped."""
    others = sorted({*mapped, *used} - {default}, key=str.casefold)
    return {word: mapped.get(word) for word in (default, *others)}


def _basis(row: Any) -> str:
    if row is None:
        return "Nothing of this name was found"
    return f"Proposed: {row.basis}" if row.basis else "Chosen by a person"
