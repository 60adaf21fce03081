"""The forms of a page as a browser would send them: every field as shown, one a button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from sync.models.used_forms import FIELD, new_token


@dataclass
class Form:
    """What a form sends, to which address."""

    address: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, address

    def posts(self):
        """Yield each post that a person could make: one a button, at least one."""
        if self.method != "post":
            return
        for name, value, address in self.buttons or [("", "", "")]:
            more = {name: [value]} if name else {}
            yield address or self.address, {**self.fields, **more}


def forms_of(response, address):
    """Return the forms of a page."""
    if response.streaming or "html" not in response.get("Content-Type", ""):
        return []
    found = _Forms(address)
    found.feed(response.content.decode())
    return found.forms


def with_token(data, user_id, address):
    """Return the data with a token of the person's own, as the page would have given it."""
    return {**data, FIELD: [new_token(user_id or 0, urlsplit(address).path)]}


class _Forms(HTMLParser):
    def __init__(self, address):
        super().__init__(convert_charrefs=True)
        self.address, self.forms, self._select, self._text = address, [], "", ""

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = said.get("method", "get").lower()
            self.forms.append(Form(said.get("action") or self.address, method))
        if not self.forms:
            return
        form, name = self.forms[-1], said.get("name", "")
        if tag == "button" or said.get("type") in {"submit", "image"}:
            form.buttons.append((name, said.get("value", ""), said.get("formaction", "")))
        elif tag == "input" and name:
            is_off = said.get("type") in {"checkbox", "radio"} and "checked" not in said
            if not is_off and said.get("type") != "file":
                form.fields.setdefault(name, []).append(said.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in said:
            form.fields.setdefault(self._select, []).append(said.get("value", ""))
        elif tag == "textarea" and name:
            self._text = name
            form.fields.setdefault(name, []).append("")

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data):
        if self._text and self.forms:
            self.forms[-1].fields[self._text][-1] += data
