"""What forms call their fields, and say of them, can be translated."""

from django import forms
from django.utils.functional import Promise


def ours(kind=forms.BaseForm):
    for each in kind.__subclasses__():
        if each.__module__.startswith(("sync.admin", "accounts")):
            yield each
        yield from ours(each)


def said(form):
    """Return what a form says of its fields that nobody can translate."""
    for name, field in form.base_fields.items():
        if not field.widget.is_hidden:
            # Django would make a label of the name.
            told = [field.label if field.label is not None else name, field.help_text]
            yield from (words for words in told if words and not isinstance(words, Promise))


def test_every_label_and_help_of_a_form_can_be_translated():
    forms_met = list(ours())
    assert len(forms_met) > 8
    assert {form.__qualname__: words for form in forms_met if (words := list(said(form)))} == {}
