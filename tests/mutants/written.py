"""What is written down: the kept breakages, and those that nothing can tell from the original."""

import sys
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.mutants.guards import guards_of
from tests.mutants.mutant import Mutant, cut, functions, read
from tests.mutants.places import ASKED_OF, HERE

KEPT = HERE / "kept"
EQUIVALENT = HERE / "equivalent.toml"


class Stale(Exception):
    """An entry that does not fit the code any more; the text says which."""


def kept() -> list[Mutant]:
    """Return the kept breakages; Stale where a line is gone or stands twice."""
    entries = [e for file in sorted(KEPT.glob("*.toml")) for e in _entries(file.read_text())]
    return _all(_kept, entries)


def _kept(entry: dict[str, Any]) -> Mutant:
    file, wanted = entry["file"], [line.strip() for line in entry["line"].splitlines()]
    source = read(file)
    lines = source.splitlines()
    texts = [line.strip() for line in lines]
    places = [at for at in range(len(texts)) if texts[at : at + len(wanted)] == wanted]
    if len(places) != 1:
        raise Stale(f"{file}: this is there {len(places)} times: {entry['line']}")
    [at] = places
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    start = sum(len(line.encode()) + 1 for line in lines[:at])
    end = start + len("\n".join(lines[at : at + len(wanted)]).encode())
    to = "\n".join(indent + line for line in entry["to"].splitlines())
    mutant = cut(file, source, functions(source)[at + 1], start, end, to)
    compile(mutant.source, file, "exec")
    return replace(mutant, tests=tuple(entry["tests"]), may_hang=entry.get("may_hang", False))


def equivalents(found: Iterable[Mutant]) -> set[tuple[str, str, str, str]]:
    """Return the keys of what is written down as equivalent; Stale where it is not found."""
    known = {mutant.key for mutant in found}

    def key(entry: dict[str, Any]) -> tuple[str, str, str, str]:
        named = (entry["file"], entry["in"], entry["was"], entry["now"])
        if named not in known:
            raise Stale(f"{EQUIVALENT.name}: nothing like this is found: {named}")
        if not entry["why"]:
            raise Stale(f"{EQUIVALENT.name}: no reason is given: {named}")
        return named

    return set(_all(key, _entries(EQUIVALENT.read_text())))


def _entries(text: str) -> list[dict[str, Any]]:
    return tomllib.loads(text).get("breakage", [])


def _all(take: Any, entries: list[dict[str, Any]]) -> list[Any]:
    """Take each entry; say of all that are stale at once, so that they are mended at once."""
    taken, stale = [], []
    for entry in entries:
        try:
            taken.append(take(entry))
        except (Stale, OSError, SyntaxError) as problem:
            stale.append(str(problem))
    if stale:
        sys.exit("Stale entries:\n" + "\n".join(stale))
    return taken


def main() -> None:
    """Say what does not fit the code any more, without running a test: a part of `make check`."""
    known = equivalents(mutant for module in ASKED_OF for mutant in guards_of(module))
    print(f"{len(kept())} kept breakages and {len(known)} equivalent ones fit the code")


if __name__ == "__main__":
    main()
