"""Lists by date, from and to: days stand in addresses as ISO writes them, in every language."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from sync.words import later

if TYPE_CHECKING:  # unfold ships no types
    from django.contrib.admin import FieldListFilter as RangeDateFilter

    INPUT_CLASSES: list[str]
else:
    from unfold.contrib.filters.admin import RangeDateFilter
    from unfold.widgets import INPUT_CLASSES

_ISO = "%Y-%m-%d"
_FIELD = forms.DateField(input_formats=[_ISO], required=False)
_ENDS = {"from": later("From"), "to": later("To")}


class DateForm(forms.Form):
    """Two days, each with its name for who does not see where it stands."""

    def __init__(self, name: str, title: str, data: dict[str, Any]) -> None:
        super().__init__(data=data)
        for end, words in _ENDS.items():
            # The browser's own field: it shows a day as is usual where it is, and sends ISO.
            attrs = {
                "type": "date",
                "aria-label": f"{title} {words}".capitalize(),
                "class": " ".join(INPUT_CLASSES),
            }
            self.fields[f"{name}_{end}"] = forms.DateField(
                label=words,
                required=False,
                input_formats=[_ISO],
                widget=forms.DateInput(format=_ISO, attrs=attrs),
            )


class DateFilter(RangeDateFilter):
    """From and to, both included; what is no day finds nothing, and is told at its field.

    The theme's own reads what stands in an address as in the United States, whoever typed it.
    """

    request: HttpRequest
    used_parameters: dict[str, Any]
    parameter_name: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows between the two."""
        try:
            ends = {"gte": self._day("from"), "lte": self._day("to")}
        except ValidationError:
            return queryset.none()
        said = {end: day for end, day in ends.items() if day is not None}
        return queryset.filter(**{f"{self.parameter_name}__{end}": said[end] for end in said})

    def choices(self, changelist: Any) -> Any:
        """Yield the form, as the theme's own filter does."""
        form = DateForm(self.parameter_name, str(self.title), self.used_parameters)
        yield {"request": self.request, "parameter_name": self.parameter_name, "form": form}

    def _day(self, end: str) -> date | None:
        text = str(self.used_parameters.get(f"{self.parameter_name}_{end}", ""))
        day: date | None = _FIELD.clean(text)
        return day
