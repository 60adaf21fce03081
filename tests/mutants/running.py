"""Mutants run side by side: each in a child of a process that has imported the libraries.

The child reads the product from a copy of the tree, but for the one broken file, which an import
hook gives it; so nothing is written, and whoever edits the tree meanwhile disturbs nothing.
"""

import fcntl
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any, TextIO

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.places import ROOT, VAR

TREE = VAR / "tree"
LOGS = VAR / "logs"
# What a test process imports of others' work: most of the time it needs to begin.
LIBRARIES = [
    "django.contrib.admin", "django.core.management", "django.db.backends.sqlite3.base",
    "django.test", "factory.django", "hypothesis", "intuitlib.client", "pytest_django.plugin",
    "quickbooks.objects", "starlette.applications", "structlog", "time_machine",
    "uvicorn", "jinja2", "requests", "playwright.sync_api",
]  # fmt: skip
# Far longer than any of these tests take together: a mutant that goes round in circles is ended.
MOST_SECONDS = 600.0


@dataclass(slots=True)
class Result:
    """What became of a mutant: killed, survived, hung, or broken where no test could run."""

    mutant: Mutant
    outcome: str
    by: str  # the first test that failed, or what else to say
    seconds: float


class Broken(MetaPathFinder):
    """Gives one module the source of a mutant."""

    def __init__(self, mutant: Mutant) -> None:
        self._path, self._source = TREE / mutant.file, mutant.source
        self._name = mutant.file.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, *_more: Any) -> ModuleSpec | None:
        """Answer for that module only."""
        if name != self._name:
            return None
        loader = _Loader(name, self._path, self._source)
        return spec_from_file_location(name, self._path, loader=loader)


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, _name: str) -> CodeType:
        return compile(self._source, self.path, "exec")


def keep_others_away() -> TextIO:
    """Hold the place of the copy until the file is closed; two runs would break each other's."""
    VAR.mkdir(parents=True, exist_ok=True)
    lock = (VAR / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("Another run is under way in this tree.")
    return lock


def copy_tree() -> None:
    """Copy what git knows of, as it stands in the tree now."""
    shutil.rmtree(TREE, ignore_errors=True)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = TREE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


def run_all(
    jobs: Iterable[tuple[Mutant, list[str]]], at_once: int, tell: Callable[[Result], None]
) -> list[Result]:
    """Run each mutant against its tests, so many at a time; `tell` hears of each result."""
    lock = keep_others_away()
    copy_tree()
    for library in LIBRARIES:
        importlib.import_module(library)
    waiting, running, results = list(enumerate(jobs)), {}, []
    waiting.reverse()
    while waiting or running:
        while waiting and len(running) < at_once:
            number, (mutant, tests) = waiting.pop()
            log = LOGS / f"{number}.txt"
            running[_start(mutant, tests, log)] = (mutant, log, time.monotonic())
        time.sleep(0.05)
        for pid in list(running):
            mutant, log, began = running[pid]
            ended, status = os.waitpid(pid, os.WNOHANG)
            seconds = time.monotonic() - began
            if not ended and seconds < MOST_SECONDS:
                continue
            del running[pid]
            result = _judge(mutant, status, log, seconds) if ended else _hung(pid, mutant, seconds)
            results.append(result)
            tell(result)
    lock.close()
    return results


def _start(mutant: Mutant, tests: list[str], log: Path) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        os._exit(_child(mutant, tests, log))
    finally:  # the child must not go on as if it were the parent
        traceback.print_exc()
        os._exit(70)


def _child(mutant: Mutant, tests: list[str], log: Path) -> int:
    os.setsid()  # so that it ends whole where it hangs
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(TREE)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path[:] = [str(TREE), *(path for path in sys.path if path not in {"", str(ROOT)})]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.meta_path.insert(0, Broken(mutant))
    options = ["-x", "-q", "--no-header", "--tb=short", "-p", "no:randomly", "-p", "no:xdist"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # they are imported already
    if "/models/" in mutant.file:  # triggers are among what migrations leave
        os.environ["MIGRATE_ANEW"] = "1"
    return int(pytest.main([*options, "-m", "not services and not browser", *tests]))


def _judge(mutant: Mutant, status: int, log: Path, seconds: float) -> Result:
    code = os.waitstatus_to_exitcode(status)
    said = log.read_text(errors="replace").splitlines()
    failed = [line for line in said if line.startswith(("FAILED ", "ERROR "))]
    by = failed[0].split(" ", 1)[1].split(" - ")[0] if failed else ""
    if code == pytest.ExitCode.OK:
        return Result(mutant, "survived", said[-1] if said else "", seconds)
    # What cannot even be imported is refused by every test.
    if failed and code in {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}:
        return Result(mutant, "killed", by, seconds)
    return Result(mutant, "broken", f"exit {code}, see {log}", seconds)


def _hung(pid: int, mutant: Mutant, seconds: float) -> Result:
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    outcome = "killed" if mutant.may_hang else "hung"
    return Result(mutant, outcome, f"no end after {seconds:.0f} s", seconds)
