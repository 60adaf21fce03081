"""The simulator is a room of its own: it imports nothing of the product, nor of Django."""

import ast
from pathlib import Path

import sync.simulator

ROOM = Path(sync.simulator.__file__).parent
PRODUCT = ("accounts", "config", "sync", "django", "quickbooks", "intuitlib")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_simulator_imports_only_itself_and_libraries():
    files = sorted(ROOM.rglob("*.py"))
    foreign = {
        f"{path.relative_to(ROOM)}: {name}"
        for path in files
        for name in imported(path)
        if name.split(".")[0] in PRODUCT and not name.startswith("sync.simulator")
    }
    assert len(files) > 30
    assert foreign == set()


def test_only_its_command_imports_the_simulator():
    product = [*ROOM.parent.rglob("*.py"), *(ROOM.parents[1] / "accounts").rglob("*.py")]
    users = {
        str(path.relative_to(ROOM.parent))
        for path in product
        if ROOM not in path.parents
        and any(name.startswith("sync.simulator") for name in imported(path))
    }
    assert users == {"management/commands/simulator.py"}
