"""`make fonts`: cuts the theme's fonts down to what the pages show, a twelfth of their size.

Icons are the signs that templates, declarations and scripts name; `icons.txt` lists them, and the
browser tests hold every page against it. Letters beyond Latin are left in the theme's own files,
which a browser fetches only where a page has such letters.
"""

import re
from pathlib import Path

import unfold
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
THEME = Path(unfold.__file__).parent
THEIRS = THEME / "static" / "unfold" / "fonts"
SYMBOLS = THEIRS / "material-symbols" / "Material-Symbols-Outlined.woff2"
OURS = ROOT / "static" / "unfold" / "fonts"
ICONS = OURS / "material-symbols" / "icons.txt"
LETTERS = OURS / "inter"
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}
LATIN = "U+0020-007E, U+00A0-017F, U+2009-2026, U+202F-203A, U+20AC, U+2116, U+2122"
LATIN += ", U+2190-2199, U+2212, U+2260-2265, U+2713, U+2717"
NAMING = re.compile(r"icon|material-symbols", re.IGNORECASE)
# How far behind such a word its names may stand: several, where a page chooses one.
NEAR = 250
STYLED = re.compile(r"content:\s*[\"']([a-z0-9_]+)[\"']")
QUOTED = re.compile(r"[\"']([a-z0-9_]+)[\"']")


def main():
    """Write the fonts, their style sheet, and the list of icons."""
    signs = _signs(TTFont(SYMBOLS))
    names = sorted(shown())
    ICONS.parent.mkdir(parents=True, exist_ok=True)
    ICONS.write_text("\n".join(names) + "\n")
    glyphs = [signs[name] for name in names]
    _cut(SYMBOLS, OURS / "material-symbols" / SYMBOLS.name, glyphs=glyphs)
    LETTERS.mkdir(parents=True, exist_ok=True)
    letters = [each for part in LATIN.split(", ") for each in _letters(part)]
    for weight in WEIGHTS:
        name = f"Inter-{weight}"
        _cut(THEIRS / "inter" / f"{name}.woff2", LETTERS / f"{name}-Latin.woff2", letters=letters)
    (LETTERS / "styles.css").write_text("\n".join(_faces()))


def shown():
    """Return the icons that may be shown: named by styles, near “icon”, or quoted in the admin.

    One too many is no harm: a sign weighs some eighty bytes.
    """
    return _named() & _signs(TTFont(SYMBOLS)).keys()


def _named():
    found = set()
    for folder in (ROOT / "templates", ROOT / "sync", ROOT / "accounts", ROOT / "config", THEME):
        for kind in ("*.html", "*.py"):
            for path in folder.rglob(kind):
                found |= _near(path.read_text())
    for path in [*(ROOT / "sync" / "admin").rglob("*.py"), ROOT / "config" / "settings.py"]:
        found |= set(QUOTED.findall(path.read_text()))
    for script in [*(ROOT / "static" / "paidup").rglob("*.js"), THEME / "static/unfold/js/app.js"]:
        found |= _near(script.read_text())
    for sheet in [*(ROOT / "static" / "paidup").rglob("*.css"), *THEME.rglob("*.css")]:
        found |= set(STYLED.findall(sheet.read_text()))
    return found


def _near(text):
    pieces = (text[match.end() : match.end() + NEAR] for match in NAMING.finditer(text))
    return {word for piece in pieces for word in re.findall(r"[a-z0-9_]+", piece)}


def _signs(font):
    """Return the sign of each name: a font of icons writes them as ligatures."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, ligatures in table.ligatures.items():
                for each in ligatures:
                    name = "".join(letters[glyph] for glyph in (first, *each.Component))
                    found[name] = each.LigGlyph
    return found


def _cut(source, target, glyphs=(), letters=()):
    options = subset.Options(flavor="woff2", hinting=False)
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    if glyphs:
        # All that is written of small letters would be a name: only those asked for are kept.
        options.layout_closure = False
        options.layout_features = ["*"]
        cutter.populate(glyphs=glyphs, text="abcdefghijklmnopqrstuvwxyz0123456789_ ")
    else:
        options.layout_features = ["kern", "ccmp", "locl", "tnum"]
        cutter.populate(unicodes=letters)
    cutter.subset(font)
    font.flavor = "woff2"
    font.save(target)


def _letters(part):
    first, _, last = part.removeprefix("U+").partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


def _faces():
    yield "/* Made by `make fonts`. Letters beyond Latin come from the theme's own files. */"
    for name, weight in WEIGHTS.items():
        for file, letters in ((f"Inter-{name}.woff2", ""), (f"Inter-{name}-Latin.woff2", LATIN)):
            lines = (
                '  font-family: "Inter";',
                "  font-style: normal;",
                f"  font-weight: {weight};",
                "  font-display: swap;",
                f'  src: url("{file}") format("woff2");',
                *([f"  unicode-range: {letters};"] if letters else []),
            )
            yield "\n".join(("@font-face {", *lines, "}"))


if __name__ == "__main__":
    main()
