"""The forms of a source: how to reach it, which part feeds the unit, what it leaves open, when."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.admin.common.escaped import as_text
from sync.admin.common.theme import Select, TextInput
from sync.intake.sources.interface import Source
from sync.models import BusinessUnit, Feed
from sync.words import later, told


class SecretInput(TextInput):
    """Is typed unseen, and never shown again."""

    input_type = "password"

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "new-password"})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        return context


class ConnectForm(forms.Form):
    """What a source asks to be reached by, for a unit that the person manages."""

    business_unit = forms.ModelChoiceField(
        BusinessUnit.objects.none(), label=later("Business unit"), widget=Select
    )

    def __init__(self, request: HttpRequest, source: Source, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units: Any = self.fields["business_unit"]
        units.queryset = units_of(request, Capability.MANAGE)
        unit = request.GET.get("unit", "")
        units.initial = unit if unit.isdecimal() else None
        for entry in source.entries:
            self.fields[entry.name] = forms.CharField(
                label=told(entry.label),
                help_text=f"{capfirst(told(entry.help))}." if entry.help else "",
                max_length=200,
                strip=not entry.is_secret,
                widget=SecretInput() if entry.is_secret else TextInput(),
            )


_NOT_ACTIVE = later("%(name)s (%(id)s, not active)")


class PlaceForm(forms.Form):
    """Which part of the source feeds the unit."""

    place = forms.ChoiceField(label=later("It is fed by"), widget=Select)

    def __init__(self, feed: Feed, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [
            (key, f"{told(name)} ({key})" if is_active else _NOT_ACTIVE % {"name": name, "id": key})
            for key, name, is_active in feed.looked.get("places", [])
        ]
        field: Any = self.fields["place"]
        field.choices = [("", "-"), *places]
        field.initial = feed.place


class AnswersForm(forms.Form):
    """A field for each question; what is proven stands in it, with values to decide by."""

    def __init__(self, feed: Feed, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys: dict[str, str] = {}
        for at, question in enumerate(feed.looked.get("questions", [])):
            name = f"q{at}"
            self.keys[name] = question["key"]
            choices = [(value, told(words)) for value, words in question["choices"]]
            if not any(value == "" for value, _ in choices):
                choices.insert(0, ("", "-"))
            samples = ", ".join(question["samples"])
            self.fields[name] = forms.ChoiceField(
                label=as_text(told(question["label"])),
                choices=choices,
                initial=feed.answers.get(question["key"]) or question["answer"],
                required=question["is_required"],
                help_text=as_text(_("For example %(samples)s") % {"samples": samples})
                if samples
                else "",
                widget=Select,
            )

    def said(self) -> dict[str, str]:
        """Return the answers by their questions' keys."""
        return {self.keys[name]: value for name, value in self.cleaned_data.items()}


class ScheduleForm(forms.Form):
    """How often it is pulled."""

    every_minutes = forms.IntegerField(
        label=later("Minutes from one pull to the next"),
        min_value=1,
        max_value=1440,
        widget=TextInput,
    )
    overlap_minutes = forms.IntegerField(
        label=later("Minutes that are read again each time"),
        help_text=later("For clocks that differ and edits that were under way."),
        min_value=0,
        max_value=10080,
        widget=TextInput,
    )
    full_every_days = forms.IntegerField(
        label=later("Days until everything is read again"),
        help_text=later("Shows what was deleted there. 0 is never."),
        min_value=0,
        max_value=90,
        widget=TextInput,
    )
