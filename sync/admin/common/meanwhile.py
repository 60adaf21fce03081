"""A form that says what somebody else changed while it was open, instead of putting it back.

The page carries a mark of each value as it stood when it was opened. What is posted is stored
only if the same marks stand, looked at under lock; else the form says what changed, shows that
where nothing was typed over it, keeps what was typed, and carries the marks of now: who saves once
more has seen it.
"""

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from sync.admin.common.theme import ModelAdmin
from sync.words import in_a_row

FIELD = "as_it_stood"
LANGUAGE = "written_in"
MOST_NAMED = 5


def marks_of(values: Mapping[str, object]) -> dict[str, str]:
    """Return a short mark of each value."""
    return {name: f"{crc32(str(value).encode()):08x}" for name, value in values.items()}


def field_of(values: Mapping[str, object]) -> SafeString:
    """Return the hidden field that says how values stood when a form was opened."""
    stood = json.dumps(marks_of(values), separators=(",", ":"))
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, stood)


def changed_since(posted: str, values: Mapping[str, object]) -> list[str]:
    """Return the names of values that stand otherwise than when the form was opened.

    A form without marks, as one opened before they came, is taken as it is.
    """
    stood = _stood(posted)
    if stood is None:
        return list(values)
    return [name for name, mark in marks_of(values).items() if stood.get(name, mark) != mark]


def is_untouched(posted: str, name: str, typed: object) -> bool:
    """Say whether what was typed is what the form was opened with."""
    value = typed.pk if isinstance(typed, models.Model) else typed
    return (_stood(posted) or {}).get(name) == marks_of({name: value})[name]


def _stood(posted: str) -> dict[str, Any] | None:
    try:
        stood = json.loads(posted) if posted else {}
    except (ValueError, RecursionError):  # nobody's page: brackets in brackets
        return None
    return stood if isinstance(stood, dict) else None


def words_for(changed: list[str]) -> str:
    """Say what changed, and what to do."""
    left = len(changed) - MOST_NAMED
    more = [_("%(count)s more") % {"count": left}] if left > 0 else []
    return _(
        "Somebody else changed this page while you had it open: %(names)s. Nothing of yours is"
        " saved yet. What you did not touch is shown as it is now: look, and save once more."
    ) % {"names": in_a_row([*changed[:MOST_NAMED], *more])}


def retype(form: Any, values: Mapping[str, object]) -> None:
    """Have a posted form shown again with other values in some of its fields."""
    form.data = form.data.copy()
    for name, value in values.items():
        form.data[name] = value


class SaysWhatChanged(ModelAdmin):
    """Rows whose form on the theme's page overwrites nothing that the person did not see."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read a form in the language that its page was written in.

        A person may choose another one on another page meanwhile: 03/04 is no April then.
        """
        now, written_in = translation.get_language(), request.POST.get(LANGUAGE, "")
        if written_in == now or written_in not in dict(settings.LANGUAGES):
            return super().changeform_view(request, *args, **kwargs)
        with translation.override(written_in):
            response = super().changeform_view(request, *args, **kwargs)
            # What is shown once more is read in that language again.
            return response.render() if isinstance(response, TemplateResponse) else response

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Have the form look, where it is posted, whether all stands as it was shown."""
        form: Any = super().get_form(request, obj, *args, **kwargs)
        if obj is None or request.method != "POST":
            return form
        owner, posted = self, request.POST.get(FIELD, "")

        class Checked(form):  # type: ignore[misc]
            def full_clean(self) -> None:
                owner.load_anew(self.instance)
                super().full_clean()
                now = owner.stands(request, obj.pk, self)
                if changed := changed_since(posted, now):
                    retype(self, _taken_over(self, posted, changed, now))
                    self.add_error(None, _words(changed, now, self, request.path))

        return Checked

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the marks on the page."""
        row, form = context.get("original"), context["adminform"].form
        if row is not None and form.fields:
            is_posted = request.method == "POST"  # what was typed is in the row already
            context["as_it_stood"] = field_of(
                self.stands(request, row.pk, form, None if is_posted else row)
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def load_anew(self, row: Any) -> None:
        """Lock the row and read it again: it is stored whole, also what no form shows of it.

        Whoever held it meanwhile may have marked it Do not export.
        """
        rows = self.model._base_manager.select_for_update(no_key=True)
        try:
            row.refresh_from_db(from_queryset=rows)
        except self.model.DoesNotExist as gone:  # storing it would bring it back
            raise Http404 from gone

    def stands(
        self, request: HttpRequest, pk: Any, form: Any, loaded: Any = None
    ) -> dict[str, object]:
        """Return how the row's fields on the form, and its lines, stand in the database.

        A row that was loaded just now need not be read again.

        Where the form is posted they are locked: nobody changes them until it is stored.
        """
        columns = {field.name for field in self.model._meta.concrete_fields}
        typed = {name for name, field in form.fields.items() if not field.disabled}
        if "is_voided" in typed:
            typed.add("voided_at")
        names = sorted(columns & typed)
        found: dict[str, object] = {
            name: loaded.serializable_value(name) for name in names if loaded
        }
        if loaded is None and names:
            rows = self.model._base_manager.filter(pk=pk)
            if request.method == "POST":
                rows = rows.select_for_update(no_key=True)
            found = dict(rows.values(*names).first() or {})
        row = self.model(pk=pk)
        for inline in self.get_inline_instances(request, row):
            if inline.has_change_permission(request, row):
                with override("en"):  # its mark is found in whatever language it is posted
                    name = str(inline.verbose_name_plural)
                found[name] = _lines(inline, pk, self.model)
        return found


def _taken_over(
    form: Any, posted: str, changed: list[str], now: Mapping[str, object]
) -> dict[str, object]:
    """Return what somebody else stored in fields that this person left as they were."""
    cleaned = form.cleaned_data
    taken = {
        form.add_prefix(name): now[name]
        for name in changed
        if name in cleaned and is_untouched(posted, name, cleaned[name])
    }
    if "voided_at" in changed and cleaned.get("is_voided") != (now["voided_at"] is not None):
        taken[form.add_prefix("is_voided")] = now["voided_at"] is not None
    return taken


def _lines(inline: Any, pk: Any, parent: type[models.Model]) -> list[Any]:
    """Return the lines of a row as they stand."""
    fields = inline.model._meta.concrete_fields
    to_parent = next(
        field.name for field in fields if field.remote_field and field.remote_field.model is parent
    )
    names = [field.name for field in fields if field.editable]
    rows = inline.model._base_manager.filter(**{to_parent: pk}).order_by("pk")
    return list(rows.values_list("pk", *names))


def _words(changed: list[str], now: Mapping[str, object], form: Any, page: str) -> SafeString:
    link = format_html(
        '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{}</a>',
        page,
        _("See it as it stands"),
    )
    return format_html(
        "{} {}", words_for([_change(name, now[name], form) for name in changed]), link
    )


def _change(name: str, value: object, form: Any) -> str:
    """Name a value that changed, and say what it is now where that is short and plain."""
    field = form.fields.get(name)
    given = field.label if field is not None else ""
    label = capfirst(str(given or _(name.replace("_", " "))))
    is_plain = field is not None and not hasattr(field, "queryset")
    if not is_plain or value in {None, ""}:
        return label
    return _("%(label)s (now %(value)s)") % {"label": label, "value": value}
