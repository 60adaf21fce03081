"""Files that were brought lie encrypted, and go after a while."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from sync.intake.imports import arriving, shelf
from sync.models import Import
from tests.factories import BusinessUnitFactory

pytestmark = pytest.mark.django_db
CONTENT = b"Number,Customer,Date,Total\n1,Ada Quist,2026-01-05,10.00\n"


@pytest.fixture
def entry(settings, tmp_path):
    settings.IMPORTS_DIR, settings.IMPORTS_KEPT_DAYS = str(tmp_path / "imports"), 30
    return arriving.receive(BusinessUnitFactory(), "own.csv", CONTENT, kind="auto", by=None)


def kept() -> list[Path]:
    return list(shelf._path(Import.objects.first()).parent.iterdir())


def test_nothing_of_a_file_lies_in_clear_text(entry):
    [path] = kept()
    assert b"Ada" not in path.read_bytes()
    assert path.parent.stat().st_mode & 0o077 == 0
    assert shelf.fetch(entry) == CONTENT


def test_old_files_are_deleted_and_what_came_of_them_stays(entry):
    assert shelf.prune() == 0
    Import.objects.update(created_at=timezone.now() - timedelta(days=31), state="storing")
    assert shelf.prune() == 0  # it is being taken in
    Import.objects.update(state="done")
    assert shelf.prune() == 1
    assert kept() == []
    entry.refresh_from_db()
    assert entry.pruned_at is not None
    with pytest.raises(shelf.FileGone):
        shelf.fetch(entry)


def test_files_are_encrypted_anew_with_the_first_key(entry, settings):
    before = kept()[0].read_bytes()
    assert shelf.rotate() == 1
    assert kept()[0].read_bytes() != before
    assert shelf.fetch(entry) == CONTENT
