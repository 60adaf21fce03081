"""Selects of reference entries: only active ones are offered, and nothing is unset by accident.

A short list stands in the page; a long one is searched while typing, as no page should carry
thousands of options many times over.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Count, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from sync.mappings.reference import Kind
from sync.models import QuickBooksCompany, ReferenceEntry
from sync.words import later

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select

    INPUT_CLASSES: list[str]
else:
    from unfold.widgets import INPUT_CLASSES
    from unfold.widgets import UnfoldAdminSelectWidget as Select

__all__ = ["NONE", "SAME", "Entries", "Resting", "date_input", "field_name", "found", "select"]

# What may be chosen beside an entry: as the default row has it, or none at all.
SAME = "same"
NONE = "none"
_RESTING = {SAME: later("As any other"), NONE: later("None")}
MOST_LISTED = 100
PAGE = 20

_SOLD = ("Service", "NonInventory", "Inventory")
_DEPOSITED_TO = ("Bank", "Other Current Asset")
_DISCOUNTED_FROM = (
    "Income",
    "Other Income",
    "Expense",
    "Other Expense",
)
# What each kind of select offers: a list, and which types of it where that matters.
OFFERS: dict[str, tuple[Kind, Sequence[str]]] = {
    "item": (Kind.ITEM, _SOLD),
    "method": (Kind.PAYMENT_METHOD, ()),
    "deposit": (Kind.ACCOUNT, _DEPOSITED_TO),
    "taxable": (Kind.TAX_CODE, ()),
    "exempt": (Kind.TAX_CODE, ()),
    "discount": (Kind.ACCOUNT, _DISCOUNTED_FROM),
    "class": (Kind.CLASS, ()),
    "department": (Kind.DEPARTMENT, ()),
    "term": (Kind.TERM, ()),
}


@dataclass(frozen=True, slots=True)
class Resting:
    """Choices that are no entry, the first being what holds where no entry is mapped."""

    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)


class Entries:
    """What a company's selects offer; short lists are read once for all selects of a page."""

    def __init__(self, company: QuickBooksCompany, search_url: str) -> None:
        self.company, self.search_url = company, search_url
        rows = ReferenceEntry.objects.filter(company=company, active=True).annotate(
            size=Window(Count("pk"), partition_by="kind"),
            place=Window(RowNumber(), partition_by="kind", order_by="id"),
        )
        # Of a long list one row only, which tells that there is one.
        read = rows.filter(Q(size__lte=MOST_LISTED) | Q(place=1)).order_by("name", "id")
        self.long = {Kind(row.kind) for row in read if row.size > MOST_LISTED}
        self._listed = [row for row in read if row.kind not in self.long]

    def of(self, what: str) -> list[ReferenceEntry]:
        """Return the entries that a select lists; none where they are searched."""
        kind, types = OFFERS[what]
        only = only_codes(self.company, what)
        return [
            row
            for row in self._listed
            if row.kind == kind
            and (not types or row.type in types)
            and (only is None or (row.qbo_id in only[0]) == only[1])
        ]

    def is_searched(self, what: str) -> bool:
        """Say whether the list is too long to stand in the page."""
        return OFFERS[what][0] in self.long

    def chosen(self, value: str) -> ReferenceEntry | None:
        """Return the entry that a select's value stands for."""
        if not value.isdecimal():
            return None
        entries = ReferenceEntry.objects.filter(company=self.company)
        listed = (row for row in self._listed if str(row.pk) == value)
        return next(listed, None) or entries.filter(pk=value).first()


def only_codes(company: QuickBooksCompany, what: str) -> tuple[set[str], bool] | None:
    """Return the tax codes that alone fit US lines, or with False those that alone do not."""
    if not company.is_us or what not in {"taxable", "exempt"}:
        return None
    if what == "exempt":
        return {"NON"}, True
    if company.names_sales_tax:
        return {"NON", "CustomSalesTax"}, False
    return {"TAX"}, True


def found(company: QuickBooksCompany, what: str, words: str) -> QuerySet[ReferenceEntry]:
    """Return the active entries that a select may hold and whose name has every word."""
    kind, types = OFFERS[what]
    entries = ReferenceEntry.objects.filter(company=company, kind=kind, active=True)
    if types:
        entries = entries.filter(type__in=types)
    if (only := only_codes(company, what)) is not None:
        codes, are_offered = only
        entries = (entries.filter if are_offered else entries.exclude)(qbo_id__in=codes)
    for word in words.split()[:5]:
        entries = entries.filter(name__icontains=word)
    return entries.order_by("name", "id")


class SearchSelect(Select):
    """A select that asks the site for what it offers while the person types."""

    def __init__(self, entries: Entries, what: str, resting: Resting) -> None:
        also = ",".join(key for key, _ in resting.choices)
        super().__init__(
            {
                "class": "unfold-admin-autocomplete admin-autocomplete",
                "data-theme": "admin-autocomplete",
                "data-ajax--cache": "true",
                "data-ajax--delay": 250,
                "data-ajax--type": "GET",
                "data-ajax--url": f"{entries.search_url}?of={what}&also={also}",
            }
        )
        self.entries = entries

    class Media:
        js = (
            "admin/js/vendor/jquery/jquery.min.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/jquery.init.js",
            "admin/js/autocomplete.js",
        )
        css = {
            "screen": ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css"),
        }

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        """Add what was chosen by searching to the options, so that it is shown again."""
        known = {str(key) for key, _ in self.choices}
        for entry in filter(None, map(self.entries.chosen, set(value) - known)):
            self.choices = [*self.choices, (str(entry.pk), label_of(entry))]
        return super().optgroups(name, value, attrs)


class SearchField(forms.ChoiceField):
    """Takes any active entry of its list, whether or not it stands in the page."""

    def __init__(self, entries: Entries, what: str, **options: Any) -> None:
        super().__init__(**options)
        self._entries, self._what = entries, what

    def valid_value(self, value: str) -> bool:
        if super().valid_value(value):
            return True
        offered = found(self._entries.company, self._what, "")
        return value.isdecimal() and offered.filter(pk=value).exists()

    def __deepcopy__(self, memo: Any) -> "SearchField":
        copy = super().__deepcopy__(memo)
        copy._entries, copy._what = self._entries, self._what
        return copy


def select(
    entries: Entries, what: str, current: ReferenceEntry | None, resting: Resting
) -> tuple[forms.ChoiceField, str]:
    """Return the field and its initial value.

    Where the mapped entry is inactive a person must choose another: falling to a default would
    post elsewhere without anybody having said so.
    """
    is_lost = current is not None and not current.active
    first: list[tuple[str, str]] = []
    if current is not None and is_lost:
        first = [("", _("%(name)s is inactive: choose another") % {"name": current.name})]
    elif current is None and not resting.choices:
        first = [("", _("Choose one"))]
    options = {str(entry.pk): label_of(entry) for entry in entries.of(what)}
    kept = ""
    if current is not None and current.active:
        kept = str(current.pk)
        options.setdefault(kept, label_of(current))
    offered = [*first, *resting.choices, *options.items()]
    if entries.is_searched(what):
        searched = SearchSelect(entries, what, resting)
        field: forms.ChoiceField = SearchField(
            entries, what, choices=offered, required=is_lost, widget=searched
        )
    else:
        field = forms.ChoiceField(choices=offered, required=is_lost, widget=Select())
    return field, kept or offered[0][0]


def date_input() -> forms.DateInput:
    """Return the browser's own picker of dates, in the theme's looks."""
    attrs: dict[str, Any] = {"type": "date", "class": " ".join(INPUT_CLASSES)}
    return forms.DateInput(format="%Y-%m-%d", attrs=attrs)


def field_name(kind: str, *words: str) -> str:
    """Return a name that means these words and no others, whatever words come up meanwhile."""
    return "-".join([kind, *(word.encode().hex() for word in words)])


def results(offered: QuerySet[ReferenceEntry], also: str, page: int) -> dict[str, Any]:
    """Return one page of a search as the browser's script takes it.

    `also` names the choices that are no entry, which come first where nothing was typed.
    """
    rows = list(offered[(page - 1) * PAGE : page * PAGE + 1])
    resting = [key for key in also.split(",") if key in _RESTING] if page == 1 else []
    first = [{"id": key, "text": _RESTING[key]} for key in resting]
    shown = [{"id": str(entry.pk), "text": label_of(entry)} for entry in rows[:PAGE]]
    return {"results": [*first, *shown], "pagination": {"more": len(rows) > PAGE}}


def label_of(entry: ReferenceEntry) -> str:
    """Return the entry's name, with the income account where it is an item."""
    income = (entry.data.get("IncomeAccountRef") or {}).get("name")
    return f"{entry.name} ({income})" if income else entry.name
