"""A small disk of its own for one PostgreSQL database, so that it can be full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.databases import _command, _postgres_template, _url

MEGABYTES = 400


class Disk:
    """What can be filled up and emptied again."""

    def __init__(self, folder: Path) -> None:
        self._filling = folder / "filling"

    def fill(self) -> None:
        with self._filling.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65_536)
            except OSError:
                return

    def empty(self) -> None:
        self._filling.unlink(missing_ok=True)


def _run(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def database(name: str, folder: Path) -> Iterator[tuple[str, Disk | None]]:
    """Yield the address of a migrated database, and its disk where this machine lets us have one.

    Whatever happens, the database goes before its disk: the server would miss its files.
    """
    template = _postgres_template()
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    options = ["-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0755", "tmpfs", str(folder)]
    is_mounted = _run("mount", *options)
    there = folder / "tablespace"
    there.mkdir()
    has_disk = is_mounted and _run("chown", "postgres", str(there))
    try:
        if has_disk:
            _command(f"CREATE TABLESPACE \"{name}\" LOCATION '{there}'")
        at = f'TABLESPACE "{name}"' if has_disk else ""
        _command(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {at}')
        yield _url(name), Disk(folder) if has_disk else None
    finally:
        _command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if has_disk:
            _command(f'DROP TABLESPACE IF EXISTS "{name}"')
        if is_mounted:
            _run("umount", str(folder))
