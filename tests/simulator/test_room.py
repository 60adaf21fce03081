"""The simulator is a room of its own: it imports nothing of the product, nor of Django."""

import ast
from dataclasses import fields
from pathlib import Path

import sync.simulator
from sync.simulator.oauth.authority import Lifetimes
from sync.simulator.state.switches import CHOICES, Switchboard
from sync.simulator.traffic.injection import KINDS, MATCHES
from sync.simulator.traffic.limits import Figures

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


def test_readme_names_every_switch_value_fault_and_figure():
    readme = (ROOM / "README.md").read_text()
    names = {*Switchboard().as_dict(), *KINDS, *MATCHES}
    names |= {value for values in CHOICES.values() for value in values}
    names |= {field.name for kind in (Figures, Lifetimes) for field in fields(kind)}
    assert sorted(name for name in names if name not in readme) == []
