"""The files themselves: encrypted where they lie, and deleted after a while."""

from datetime import timedelta
from pathlib import Path

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils import timezone

from sync.models import Import
from sync.models.fields import fernet


class FileGone(Exception):
    """The file was pruned, or its key is no longer held."""


def keep(entry: Import, content: bytes) -> None:
    """Keep a file, written whole or not at all."""
    path = _path(entry)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".part")
    partial.write_bytes(fernet().encrypt(content))
    partial.replace(path)


def fetch(entry: Import) -> bytes:
    """Return a file's bytes as they came."""
    try:
        return fernet().decrypt(_path(entry).read_bytes())
    except (FileNotFoundError, InvalidToken) as error:
        raise FileGone(entry.file_name) from error


def drop(entry: Import) -> None:
    """Delete a file; what came of it stays."""
    _path(entry).unlink(missing_ok=True)


def prune() -> int:
    """Delete files older than IMPORTS_KEPT_DAYS; return how many."""
    before = timezone.now() - timedelta(days=settings.IMPORTS_KEPT_DAYS)
    old = Import.objects.filter(created_at__lt=before, pruned_at=None)
    entries = list(old.exclude(state__in=Import.WORKING)[:1000])
    for entry in entries:
        drop(entry)
        entry.pruned_at = timezone.now()
        entry.save(update_fields=["pruned_at"])
    return len(entries)


def rotate() -> int:
    """Encrypt every kept file anew with the first key; return how many."""
    count = 0
    for entry in Import.objects.filter(pruned_at=None).iterator():
        if _path(entry).exists():
            keep(entry, fernet().decrypt(_path(entry).read_bytes()))
            count += 1
    return count


def _path(entry: Import) -> Path:
    return Path(settings.IMPORTS_DIR) / f"{entry.key}.bin"
