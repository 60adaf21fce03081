"""`make settings`: writes docs/settings.md from config/settings.py, comments and defaults alike."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SETTINGS = Path(__file__).with_name("settings.py")
REFERENCE = Path(__file__).parent.parent / "docs" / "settings.md"
_HEAD = """# Settings

Made by `make settings` from `config/settings.py`. All come from the environment, or from a file
`.env` beside `manage.py`, or in the folder in which `paidup` is called.
"""
_HEADING = re.compile(r"# --- (.+?) -+$")
Row = tuple[str, list[tuple[str, str]]]
_PLAIN = {"": "none", "True": "true", "False": "false"}


def text() -> str:
    """Return the whole reference."""
    lines = SETTINGS.read_text().splitlines()
    sections: list[tuple[str, list[Row]]] = [("The site", [])]
    last = 0
    for statement in ast.parse("\n".join(lines)).body:
        between = lines[last : statement.lineno - 1]
        last = statement.end_lineno or last
        sections += [(found[1], []) for line in between if (found := _HEADING.match(line))]
        rows, read = sections[-1][1], list(_read(statement))
        # One comment may stand above several that follow one another.
        if read and rows and not between:
            rows[-1][1].extend(read)
        elif read:
            rows.append((_comment(between), read))
    return _HEAD + "".join(_table(title, rows) for title, rows in sections if rows)


def _table(title: str, rows: list[Row]) -> str:
    table = f"\n## {title}\n\n| name | default | is |\n|---|---|---|\n"
    for words, read in rows:
        names = ", ".join(f"`{name}`" for name, _ in read)
        table += f"| {names} | {', '.join(default for _, default in read)} | {words} |\n"
    return table


def _comment(between: list[str]) -> str:
    """Return the comment that ends such lines, empty where there is none."""
    found: list[str] = []
    for line in reversed(between):
        if not line.startswith("# ") or _HEADING.match(line):
            break
        found.insert(0, line.removeprefix("# "))
    return " ".join(found)


def _read(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the name and default of each variable that a statement reads, as they stand in it."""
    calls = [
        (node.lineno, node.col_offset, node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
    ]
    for *_, call in sorted(calls, key=lambda each: each[:2]):
        if isinstance(call.args[0], ast.Constant):
            given = [*call.args[1:], *(each.value for each in call.keywords)]
            yield str(call.args[0].value), _default(given[0] if given else None)


def _default(given: ast.expr | None) -> str:
    """Return a default as people write it; one that depends on others is told in words."""
    if given is None:
        return "none"
    if isinstance(given, ast.Constant):
        plain = str(given.value)
        return _PLAIN.get(plain, f"`{plain}`")
    return "depends"


if __name__ == "__main__":
    REFERENCE.write_text(text())
