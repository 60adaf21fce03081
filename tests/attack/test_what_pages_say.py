"""Nothing on any page is said in English to somebody who reads Spanish.

A text that reads the same in both is of the world that the pages show, a name, or was never
translated, wherever it came from: a column's name, a choice, the theme. What can be translated is
translated into French too (tests/words).
"""

import re
from html.parser import HTMLParser
from zoneinfo import available_timezones

import pytest
from django.apps import apps
from django.db.models import CharField, TextField

from accounts.models import User
from tests.attack.pages import shown_to
from tests.fonts import ICONS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nowhere")]
READ_ALOUD = {"alt", "aria-label", "data-label", "placeholder", "title"}
# For operators, in English: what the system checks say, and the steps of going live at Intuit.
IN_ENGLISH = ("/admin/operations/", "/going-live/")
NAMES = {
    "5 roles", "Cookies", "Ctrl K", "Enter", "Error",
    "English (US): Nov 28, 2026", "English: 28 Nov 2026",
    "Español: 28 nov 2026", "Français (Canada) : 2026-11-28", "Paidup", "QuickBooks",
    "Riverside: QuickBooks | Paidup", "Roles",
    "Roles: 1", "Roles | Paidup", "Subtotal", "Total", "esc", "total",
}  # fmt: skip
# Of the world: what stores a list of texts, or is put together of several.
OF_THE_WORLD = {
    "1200 Riverside Boulevard, Sacramento", "14 Washington Street, Sacramento", "A Class",
    "Address", "Broken sprinkler", "Check", "Intuit says", "Name",
    "Our words", "Payment of", "Payment of, Invoice of", ", Invoice of",
    "Some words · (Som) e w-ords", "Some words | Paidup", "Some words ↗", "Their words",
    "Which field",
}  # fmt: skip


class _Texts(HTMLParser):
    """What a page shows, and what it says to who cannot see it; hidden fields left out."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = set(), []

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        for name, words in attrs:
            if name in READ_ALOUD and words:
                self.handle_data(words)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        words = " ".join(data.split())
        is_masked = "***" in words  # a password's digest, of which some begin like words
        is_shown = not is_masked and not {"script", "style"} & set(self.inside)
        if is_shown and re.search("[a-z]{3}", words):
            self.found.add(words)


def texts(page):
    parser = _Texts()
    parser.feed(page)
    return parser.found


def stored():
    """Return every text that the database holds, as pages may write it."""
    found = set()
    ours = (model for name in ("accounts", "sync") for model in apps.all_models[name].values())
    for model in ours:
        texts_of = [one for one in model._meta.fields if isinstance(one, CharField | TextField)]
        fields = [one.name for one in texts_of if not one.choices]  # codes are shown to nobody
        for row in model._base_manager.values_list(*fields):
            found |= {str(value) for value in row if value}
    return found | {name.capitalize() for name in found}


def test_no_page_says_anything_in_english_to_others(people, targets):
    clients = {kind: people[kind] for kind in ("accountant", "superuser")}
    icons = set(ICONS.read_text().split())
    zones = {zone.replace("_", " ") for zone in available_timezones()} | available_timezones()
    found = {}
    for address, kind in shown_to(clients, targets["own"]).items():
        if address.endswith(IN_ENGLISH):
            continue
        said = []
        for language in ("en", "es"):
            User.objects.update(language=language)
            said.append(texts(clients[kind].get(address).content.decode()))
        for words in set.intersection(*said) - icons - zones - NAMES - OF_THE_WORLD:
            found.setdefault(words, address)
    for words in stored():
        found.pop(words, None)
    assert found == {}
