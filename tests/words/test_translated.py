"""Every word that people read can be translated, and is: into Spanish and Canadian French."""

import re
from functools import partial
from pathlib import Path

import pytest

from tests.words import catalogs
from tests.words.finding import in_python, in_script, in_template

HERE = Path(__file__).parent
ROOT = catalogs.ROOT
# What is read by nobody, or is a name: exactly so, wherever it stands.
NO_WORDS = set((HERE / "no_words.txt").read_text().splitlines())
# Read by programmers and operators, in English: commands, the stand-ins, what asks a sandbox.
FOR_OPERATORS = (
    "/management/", "/migrations/", "/simulator/", "/standin/", "/quickbooks/probe/",
    "/rehearsal/", "/operations/", "sync/intake/demo", "config/check_deploy", "config/cluster",
    "config/env", "config/reference", "config/safety", "config/serve", "config/worker",
    "config/logs", "sync/connections/probing", "sync/connections/simulated_consent",
    "sync/checks", "_triggers.py", "triggers.py", "trigger_words.py",
)  # fmt: skip
# What other systems call their columns, and people their months and payments: no words of ours.
# Their codes become sentences in files/words.py, and a column is known by its name.
NAMES_OF_OTHERS = (
    "sync/intake/files/", "sync/intake/imports/taking_away.py", "sync/mappings/usual_names.py",
)  # fmt: skip
WORDS_OF_CODES = "sync/intake/files/words.py"

# What QuickBooks calls its things: where it is spoken to these stand as it wants them.
SPEAKS_TO_QUICKBOOKS = (
    "sync/quickbooks/",
    "sync/exports/",
    "sync/discrepancies/",
    "sync/mappings/",
)
ITS_NAMES = {
    "Account", "Address", "Amount", "Balance", "City", "Class", "Classification", "Code",
    "Country", "Customer", "Department", "Deposit", "Description", "Employee", "Entity", "Id",
    "Invoice", "Item", "Line", "Mobile", "Name", "Payment", "Preferences", "Purchase", "Region",
    "Sales tax", "Taxable", "Term", "Type", "Vendor",
}  # fmt: skip


def files():
    for path in catalogs.python_files():
        name = path.relative_to(ROOT).as_posix()
        is_of_others = name.startswith(NAMES_OF_OTHERS) and name != WORDS_OF_CODES
        # Columns' help is for programmers; what forms show is asked of them (test_forms.py).
        helps = "models" not in path.parts
        yield path, partial(in_python, helps=helps, names_of_others=is_of_others)
    yield from ((path, in_template) for path in catalogs.templates())
    yield from ((path, in_script) for path in (ROOT / "static/paidup").rglob("*.js"))


def untranslated():
    """Return what stands there as it is, by file."""
    found = {}
    for path, look in files():
        name = path.relative_to(ROOT).as_posix()
        if any(part in name for part in FOR_OPERATORS):
            continue
        known = NO_WORDS | ITS_NAMES if name.startswith(SPEAKS_TO_QUICKBOOKS) else NO_WORDS
        words = [(line, text) for line, text in look(path.read_text()) if text not in known]
        if words:
            found[name] = words
    return found


def test_every_word_for_people_can_be_translated():
    assert not untranslated(), "wrap them in gettext, or see tests/words/no_words.txt"


@pytest.mark.parametrize(
    ("look", "text"),
    [
        (in_python, 'messages.error(request, "Nothing was saved.")'),
        (in_python, 'def f():\n    return f"{count} payments"'),
        (in_python, 'title = "status"'),
        (in_python, 'display(description="when")'),
        (in_python, 'BY = {"a": ("Queued", "info")}'),
        (in_python, 'words = _("{} and {}").format("a file", one)'),
        (in_python, 'stored("It is %(what)s.", what="a file")'),
        (partial(in_python, names_of_others=True), 'Layout(title="Wave, payments")'),
        (in_template, "<p>Nothing <b>waits</b></p>"),
        (in_template, '<nav aria-label="Tabs"></nav>'),
        (in_template, '{% component "x.html" with title="Home" %}{% endcomponent %}'),
        (in_template, '{{ name|default:"nobody" }}'),
        (in_script, 'link.textContent = "Finished: show it";'),
        (in_script, "parts.push(`less discount ${words(discount)}`);"),
    ],
)
def test_what_cannot_be_translated_is_found(look, text):
    assert look(text)


@pytest.mark.parametrize(
    ("look", "text"),
    [
        (in_python, '"""What it does."""\nX = 1'),
        (in_python, 'raise ValueError("no such kind")'),
        (in_python, 'messages.error(request, _("Nothing was saved."))'),
        (in_python, 'log.info("a file was read", rows=1)'),
        (in_python, 'stored("Part %(part)s", part=part)'),
        (partial(in_python, names_of_others=True), 'Layout(required=("Job ID", "Amount paid"))'),
        (in_python, 'rows.filter(pk=1).select_related("one two")'),
        (in_template, '<p class="one two">{% translate "Home" %} {{ unit }} | Paidup</p>'),
        (in_template, "{% blocktranslate %}Nothing {{ more }} waits{% endblocktranslate %}"),
        (in_template, '<span class="material-symbols-outlined">add</span>'),
        (in_script, 'document.querySelector("#result_list tr.data-row");'),
    ],
)
def test_what_nobody_reads_is_left_alone(look, text):
    assert not look(text)


NAMED = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|</?\w+[^>]*>")


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_the_catalog_is_complete(locale):
    kept = catalogs.kept(locale)
    asked = {(one.context, one.id): one for one in catalogs.collected() if one.id}
    have = {(one.context, one.id): one for one in kept if one.id}
    assert set(asked) == set(have), "run make messages, and translate what is new"
    wrong = [one.id for one in have.values() if not catalogs.is_translated(one)]
    assert not wrong


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_translations_have_the_places_of_their_source(locale):
    for one in filter(lambda message: message.id, catalogs.kept(locale)):
        sources = [one.id] if isinstance(one.id, str) else list(one.id)
        strings = [one.string] if isinstance(one.string, str) else list(one.string)
        for number, words in enumerate(strings):
            source = sources[min(number, len(sources) - 1)]
            assert sorted(NAMED.findall(words)) == sorted(NAMED.findall(source)), words
            assert ('"' in words) <= ('"' in source), words  # it may stand in an attribute
            for edge in (0, -1):
                assert source[edge].isspace() <= words[edge].isspace(), words


@pytest.mark.parametrize("locale", catalogs.LOCALES)
def test_what_a_site_reads_is_what_was_translated(locale):
    stored = (catalogs.folder(locale) / "django.mo").read_bytes()
    assert stored == catalogs.compiled(catalogs.kept(locale)), "run make messages"
