"""The forms of an import: the file itself, and a field for each question that it leaves open."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.admin.common.theme import FileInput, Select, TextInput
from sync.intake.files.opening.tables import MAX_BYTES
from sync.models import BusinessUnit, Import
from sync.words import later, told

MOST = MAX_BYTES // (1024 * 1024)  # MB


def _size_help() -> str:
    return _("CSV or XLSX, up to %(most)s MB, as the other system wrote it.") % {"most": MOST}


class UploadForm(forms.Form):
    """A file, for one of the units in which the person may enter documents."""

    business_unit = forms.ModelChoiceField(
        BusinessUnit.objects.none(), label=later("Business unit"), widget=Select
    )
    file = forms.FileField(label=later("File"), help_text=lazy(_size_help, str)(), widget=FileInput)
    kind = forms.ChoiceField(
        choices=Import.Kind.choices,
        initial=Import.Kind.AUTO,
        label=later("What is in it"),
        widget=Select,
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_of(request, Capability.RESOLVE)
        unit: Any = self.fields["business_unit"]
        unit.queryset = units
        first = list(units[:2])
        unit.initial = first[0] if len(first) == 1 else None

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("It is larger than %(most)s MB.") % {"most": MOST})
        return file


class QuestionsForm(forms.Form):
    """A field for each question; what is left as it is takes the answer that stands."""

    def __init__(self, entry: Import, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys: dict[str, tuple[tuple[str, ...], str]] = {}
        for at, question in enumerate(entry.questions):
            self._ask(f"q{at}", question)

    def said(self) -> dict[str, Any]:
        """Return the answers that were given, as arriving.answer takes them."""
        given: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if not value:
                continue
            key, fixed = self._keys[name]
            path = key if not fixed else (*key[:-1], str(value))
            place = given
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = fixed or str(value).strip()
        return given

    def _ask(self, name: str, question: dict[str, Any]) -> None:
        choices = question["choices"]
        keys = {tuple(choice["key"]) for choice in choices}
        label = told(question["words"])
        if not choices:
            self._text(name, tuple(question["key"]), label, question, "")
        elif len(keys) == 1:
            self._keys[name] = (keys.pop(), "")
            self.fields[name] = _choice(label, question, [(c["answer"], c) for c in choices])
        elif len({choice["answer"] for choice in choices}) == 1 and choices[0]["answer"]:
            # Which column holds something: the key varies, and the answer is what it holds.
            self._keys[name] = (tuple(choices[0]["key"]), choices[0]["answer"])
            self.fields[name] = _choice(label, question, [(c["key"][-1], c) for c in choices])
        else:
            for place, choice in enumerate(choices):
                said = f"{label} {choice['key'][-1]}"
                key, initial = tuple(choice["key"]), choice["answer"]
                self._text(f"{name}_{place}", key, said, question, initial)

    def _text(
        self, name: str, key: tuple[str, ...], label: str, question: dict[str, Any], initial: str
    ) -> None:
        self._keys[name] = (key, "")
        self.fields[name] = forms.CharField(
            label=label,
            initial=initial,
            required=question["required"],
            help_text=_examples(question),
            max_length=200,
            widget=TextInput,
        )


def _choice(
    label: str, question: dict[str, Any], ways: list[tuple[str, dict[str, Any]]]
) -> forms.ChoiceField:
    options = [(value, _words(value, choice)) for value, choice in ways]
    if question["required"]:
        options.insert(0, ("", "-"))
    return forms.ChoiceField(
        label=label,
        choices=options,
        initial=question["default"],
        required=question["required"],
        help_text=_examples(question),
        widget=Select,
    )


def _words(value: str, choice: dict[str, Any]) -> str:
    words = told(choice["words"]) if value == choice["answer"] else value
    return f"{words} — {choice['example']}" if choice["example"] else words


def _examples(question: dict[str, Any]) -> str:
    if not question["examples"]:
        return ""
    return _("In the file: %(examples)s") % {"examples": ", ".join(question["examples"])}
