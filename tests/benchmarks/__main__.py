"""`make bench`: runs the pieces whose figures are missing, and prints the whole table.

PIECE=name runs one, AGAIN=1 measures anew. Figures are kept under var/bench/, by piece, database
and version of the code, so that a benchmark that was interrupted goes on where it stopped.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks import table

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "bench"
NAMES = ("simulator", "clients", "batch", "both", "storm", "growth", "companies", "single")


def version():
    """Return what tells one state of the measured code from another."""
    digest = hashlib.sha256()
    for folder in ("accounts", "config", "sync", "tests/benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def figures(name, file):
    """Measure one piece in a process of its own, and keep its figures."""
    began = time.monotonic()
    sys.stdout.write(f"measuring {name} …\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", "tests.benchmarks.measure", name, file], check=True)
    sys.stdout.write(f"  {time.monotonic() - began:.0f} s\n")


def main():
    KEPT.mkdir(parents=True, exist_ok=True)
    database, code = os.environ.get("DB") or "sqlite", version()
    files = {name: KEPT / f"{name}-{database}-{code}.json" for name in NAMES}
    asked = os.environ.get("PIECE")
    if asked and asked not in NAMES:
        sys.stdout.write(f"PIECE is one of {', '.join(NAMES)}\n")
        return 2
    for name in [asked] if asked else NAMES:
        if os.environ.get("AGAIN") or not files[name].exists():
            figures(name, files[name])
    found = {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}
    checks = table.write(found, database)
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
