"""Every text that is stored, replaced by one that would be a script: found from the models."""

from html.parser import HTMLParser
from uuid import uuid4

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from sync.models.fields import EncryptedTextField

OURS = ("accounts", "sync")
# Every way to be followed instead of shown; `pz7` marks what came from a column.
LONG = (
    "javascript:pz7()//\"' pz7='1' @click='pz7()' onmouseover='pz7()' ><pz7 x-init='pz7()'"
    ' hx-post="/pz7" hx-trigger="load"></pz7><script>pz7()</script>'
)
SHORT = "\"'><pz7 @a=1>"
# Columns that hold no words: the page or the database takes only a code there.
CODES = {
    "accounts.User.password": "a hash",
    "sync.CustomerMatch.agrees": "of a closed list",
    "sync.CompanyRequest.kind": "what its handler is found by",
    "sync.BusinessUnit.code": "a slug",
    "sync.SavedView.list_name": "what its list is found by",
    "sync.ListColumns.list_name": "what its list is found by",
    "sync.BusinessUnit.timezone": "an IANA name",
    "sync.BusinessUnit.currency": "three capital letters",
}
FEWEST = 12  # what fits no more is a code: a currency, a country, a version


def columns():
    """Yield every column of text or JSON, with its model, that a person or QuickBooks can fill."""
    for model in apps.get_models():
        if model._meta.app_label not in OURS or model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
            if not is_text or field.choices or isinstance(field, EncryptedTextField):
                continue
            if (field.max_length or FEWEST) >= FEWEST and _name(field) not in CODES:
                yield model, field


def _name(field):
    return f"{field.model._meta.app_label}.{field.model.__name__}.{field.name}"


def poison():
    """Put a payload into every such column of every row; return the columns that took it."""
    return {_name(field) for model, field in columns() if _fill(model, field)}


def _fill(model, field):
    payload = LONG if (field.max_length or len(LONG)) >= len(LONG) else SHORT
    took = False
    for pk, value in model._base_manager.values_list("pk", field.name):
        if isinstance(field, models.JSONField):
            new = _in_json(value, payload)
        else:
            unique = f"{pk} " if field.unique or field.name in _UNIQUE else ""
            new = f"{unique}{payload}"[: field.max_length]
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=pk).update(**{field.name: new})
            took = True
        except DatabaseError:
            continue  # a constraint keeps the column to a shape
    return took


_UNIQUE = {"number", "external_id", "qbo_id", "word", "service", "method", "tax_code", "name_key"}


def _in_json(value, payload):
    """Replace the words in it; names of keys, numbers and single words (codes, dates) stay."""
    if isinstance(value, dict):
        return {key: _in_json(each, payload) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_json(each, payload) for each in value]
    return payload if isinstance(value, str) and " " in value else value


class Followed(HTMLParser):
    """Collects what of a page would follow a payload: elements, attributes, scripts, addresses."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found, self._within = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._within = tag
        if "pz7" in tag:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            said = value or ""
            is_run = name.startswith(("x-", "@", ":", "hx-", "on", "style"))
            leads = name in {"href", "src", "action", "formaction", "data-href"}
            leads = leads and said.strip().lower().startswith("javascript:")
            if "pz7" in name or ("pz7" in said and (is_run or leads)):
                self.found.append(f"<{tag} {name}={said!r}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self._within = ""

    def handle_data(self, data):
        if self._within in {"script", "style"} and "pz7" in data:
            self.found.append(f"<{self._within}>{data}")


def followed(response):
    """Return what of a page would follow a payload."""
    if "html" not in response.get("Content-Type", ""):
        return []
    return Followed(response.content.decode()).found


def filled(model, said="Some words", **values):
    """Store a row of a model that has no factory: what must be given is given."""
    given = {}
    for field in model._meta.concrete_fields:
        if field.name in values or field.null or field.has_default() or field.primary_key:
            continue
        given[field.name] = _value_for(field, said)
    return model._base_manager.create(**given | values)


def _value_for(field, said):
    if isinstance(field, models.ForeignKey):
        return field.remote_field.model._base_manager.order_by("pk").first()
    if field.choices:
        return field.choices[0][0]
    kinds = (kind for kind in _VALUES if isinstance(field, kind))
    kind = next(kinds, None)
    if field.unique and kind is None:
        return uuid4().hex[: field.max_length]
    return _VALUES[kind]() if kind else said[: getattr(field, "max_length", None)]


_VALUES = {
    models.DateTimeField: timezone.now,
    models.DateField: timezone.localdate,
    models.DecimalField: lambda: "1.00",
    models.JSONField: list,
}
