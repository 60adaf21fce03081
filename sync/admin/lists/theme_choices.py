"""A filter's drop-down, written in one go: the theme renders a template for each of its choices."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString

from sync.admin.common.theme import Select

if TYPE_CHECKING:  # unfold ships no types
    DropdownForm: Any
else:
    from unfold.contrib.filters.forms import DropdownForm

_LOOKS = {
    "data-theme": "admin-autocomplete",
    "class": "unfold-admin-autocomplete admin-autocomplete",
}


class QuickSelect(Select):
    """The theme's drop-down with other choices put in; 500 of them took a third of a page."""

    shown: Iterable[tuple[Any, Any]] = ()

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        before, _, rest = super().render(name, None, attrs, renderer).partition("<option")
        chosen = set(map(str, self.format_value(value)))
        options = (
            f'<option value="{escape(key)}"{" selected" if str(key) in chosen else ""}>'
            f"{conditional_escape(label)}</option>"
            for key, label in self.shown
        )
        after = rest.partition("</option>")[2]
        return SafeString("\n".join([before, *options, after]))


class QuickForm(DropdownForm):  # type: ignore[misc]
    """A filter's form: its choices are only shown, and what is chosen the filter reads itself."""

    def __init__(self, name: str, label: str, choices: Any, data: Any, **_more: Any) -> None:
        forms.Form.__init__(self, data=data)
        widget = QuickSelect(dict(_LOOKS), choices=[("", "")])
        widget.shown = choices
        self.fields[name] = forms.CharField(label=label, required=False, widget=widget)
