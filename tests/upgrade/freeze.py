"""Write down the hashes of the migrations that are released: `make freeze`.

What is written down already stays as it is, so a released migration can never be changed.
"""

from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("frozen.sha256")


def migrations() -> list[str]:
    """Return the migrations of this project, from its root."""
    found = ROOT.glob("*/migrations/[0-9]*.py")
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def digest(name: str) -> str:
    """Return the SHA-256 of a migration."""
    return sha256((ROOT / name).read_bytes()).hexdigest()


def frozen() -> dict[str, str]:
    """Return the hashes that are written down, by migration."""
    lines = LIST.read_text().splitlines() if LIST.exists() else []
    return {name: value for value, name in (line.split("  ") for line in lines)}


def freeze() -> None:
    """Add the migrations that are not in the list yet."""
    known = {name: digest(name) for name in migrations()} | frozen()
    LIST.write_text("".join(f"{value}  {name}\n" for name, value in sorted(known.items())))


if __name__ == "__main__":
    freeze()
