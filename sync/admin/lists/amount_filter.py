"""Lists by amount, from and to."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

if TYPE_CHECKING:  # unfold ships no types
    from django.contrib.admin import FieldListFilter as RangeNumericFilter

    INPUT_CLASSES: list[str]
else:
    from unfold.contrib.filters.admin import RangeNumericFilter
    from unfold.widgets import INPUT_CLASSES


def _field(widget: forms.Widget | None = None) -> forms.DecimalField:
    return forms.DecimalField(max_digits=12, decimal_places=2, required=False, widget=widget)


class AmountForm(forms.Form):
    """Two amounts, each with its name for who does not see where it stands."""

    def __init__(self, name: str, title: str, data: dict[str, Any]) -> None:
        super().__init__(data=data)
        ends = {
            "from": (_("%(amount)s from"), pgettext("an amount", "From")),
            "to": (_("%(amount)s to"), pgettext("an amount", "To")),
        }
        for end, (spoken, shown) in ends.items():
            attrs = {
                "aria-label": (spoken % {"amount": title}).capitalize(),
                "placeholder": shown,
                "step": "0.01",
                "class": " ".join(INPUT_CLASSES),
            }
            widget = forms.NumberInput(attrs=attrs)
            self.fields[f"{name}_{end}"] = _field(widget)


class AmountFilter(RangeNumericFilter):
    """From and to, both included; what is no amount finds nothing, as acts take what is listed."""

    request: HttpRequest
    used_parameters: dict[str, Any]
    parameter_name: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows between the two."""
        try:
            ends = {"gte": self._amount("from"), "lte": self._amount("to")}
        except forms.ValidationError:
            return queryset.none()
        said = {end: amount for end, amount in ends.items() if amount is not None}
        return queryset.filter(**{f"{self.parameter_name}__{end}": said[end] for end in said})

    def choices(self, changelist: Any) -> Any:
        """Yield the form, as the theme's own filter does."""
        form = AmountForm(self.parameter_name, str(self.title), self.used_parameters)
        yield {"request": self.request, "parameter_name": self.parameter_name, "form": form}

    def _amount(self, end: str) -> Decimal | None:
        text = str(self.used_parameters.get(f"{self.parameter_name}_{end}", ""))
        amount: Decimal | None = _field().clean(text)
        return amount
