"""A large file is stored in pieces, and the database counts its tables while they grow."""

import pytest

from sync.intake.imports import arriving, storing, taking
from sync.models import Invoice
from tests.factories import BusinessUnitFactory


@pytest.mark.django_db
def test_statistics_are_renewed_each_time_four_times_as_many_rows_are_in(monkeypatch):
    seen = []
    monkeypatch.setattr(storing, "renew_statistics", lambda: seen.append(Invoice.objects.count()))
    monkeypatch.setattr(storing, "COUNTED_FROM", 2)
    monkeypatch.setattr(taking, "CHUNK", 2)
    lines = ["Invoice number,Customer,Date,Service,Total"]
    lines += [f"A-{n},Bob,2026-05-{n:02},Mowing,10.00" for n in range(1, 14)]
    content = "\n".join(lines).encode()
    entry = arriving.receive(BusinessUnitFactory(), "own.csv", content, kind="invoices", by=None)
    arriving.look(entry)
    storing.confirm(entry, None, only_good=True)
    assert storing.store(entry)
    assert seen == [1, 7]  # of 2 and 8 rows of the file, of which the first is its header
    assert Invoice.objects.count() == 13
