"""The catalogs of translations: what the code asks for is collected and compiled by Babel.

`make messages` runs it. English is the source and has no catalog; the theme's words that Django
does not translate are ours to translate. Compiled files are committed: a site needs no tool.
"""

import ast
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import unfold
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
LOCALES = ["es", "fr_CA"]
ROOMS = ["accounts", "config", "sync"]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "later": None,
    "stored": None,
    "mark": None,
    "stored_count": (1, 2),
}
NO_DATE = datetime(2026, 11, 30, tzinfo=UTC)  # a date of each run would make a difference of none


def folder(locale):
    return ROOT / "locale" / locale / "LC_MESSAGES"


def python_files(root=ROOT, rooms=ROOMS):
    """Return the files of the product in which words for people may stand."""
    found = (path for room in rooms for path in (root / room).rglob("*.py"))
    left_out = ("migrations", "simulator", "commands")
    return sorted(path for path in found if not set(left_out) & set(path.parts))


def templates(root=ROOT / "templates"):
    return sorted(root.rglob("*.html")) + sorted(root.rglob("*.txt"))


def collected():
    """Return a catalog of all that is asked for, without translations."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    theme = Path(unfold.__file__).parent
    ours = [*python_files(), *templates()]
    for path in [*ours, *python_files(theme, [""]), *templates(theme / "templates")]:
        is_ours = path.is_relative_to(ROOT) and path in ours
        for _, message, _, context in _messages(path):
            first = message[0] if isinstance(message, tuple) else message
            if first and (is_ours or not _is_djangos(first)):
                catalog.add(message, context=context)
    return catalog


def _messages(path):
    text = path.read_text()
    if path.suffix == ".py":
        text = "\n".join([text, *_in_f_strings(text)])
    else:
        text = "\n".join(line.strip() for line in templatize(text, str(path)).splitlines())
    return extract("python", BytesIO(text.encode()), KEYWORDS)


def _in_f_strings(text):
    """Return the calls inside f-strings: before Python 3.12 babel looks into the plainest only."""
    nodes = ast.walk(ast.parse(text))
    inside = (part for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node))
    return sorted({ast.unparse(part) for part in inside if isinstance(part, ast.Call)})


def _is_djangos(message):
    return all(message in known for known in _djangos())


def _djangos():
    if not _known:
        import django

        root = Path(django.__file__).parent
        apps = ("admin", "auth", "contenttypes", "sessions")
        places = [root / "conf/locale", *(root / f"contrib/{app}/locale" for app in apps)]
        for language in ("es", "fr"):
            files = (place / language / "LC_MESSAGES" / "django.mo" for place in places)
            known = set()
            for file in filter(Path.exists, files):
                with file.open("rb") as opened:
                    for one in read_mo(opened):
                        known.add(one.id[0] if isinstance(one.id, (list, tuple)) else one.id)
            _known.append(known)
    return _known


_known: list[set[str]] = []


def kept(locale):
    """Return the catalog as it is kept; an empty one where there is none yet."""
    path = folder(locale) / "django.po"
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def compiled(catalog):
    """Return the bytes that a site reads."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def store(catalog, locale):
    catalog.creation_date = catalog.revision_date = NO_DATE
    catalog.project, catalog.version = "Paidup", "1"
    catalog.header_comment = "# The words of Paidup: make messages"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    folder(locale).mkdir(parents=True, exist_ok=True)
    with (folder(locale) / "django.po").open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, no_location=True, ignore_obsolete=True)
    (folder(locale) / "django.mo").write_bytes(compiled(kept(locale)))


def main():
    found = collected()
    for locale in LOCALES:
        catalog = kept(locale)
        catalog.update(found, no_fuzzy_matching=True)
        store(catalog, locale)
        missing = sum(1 for one in catalog if one.id and not is_translated(one))
        sys.stdout.write(f"{locale}: {len(catalog)} entries, {missing} without a translation\n")


def is_translated(message):
    words = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(words) and not message.fuzzy


if __name__ == "__main__":
    main()
