"""Ids of documents follow each other, so that an index is written at its end only."""

from sync.models import Customer, Invoice, Payment
from sync.models.ids import new_uuid


def test_ids_are_of_version_seven_in_order_and_never_twice(monkeypatch) -> None:
    clock = iter(range(1_700_000_000_000, 1_700_000_001_000))
    monkeypatch.setattr("time.time_ns", lambda: next(clock) * 1_000_000)
    made = [new_uuid() for _ in range(1000)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert made[0].int >> 80 == 1_700_000_000_000


def test_documents_get_such_ids() -> None:
    assert {model().uuid.version for model in (Customer, Invoice, Payment)} == {7}
