"""Every event says who did what, when, and from where."""

import re
import sys
from pathlib import Path

from sync.models import Event, Subject
from sync.models.events import called_from

ROOT = Path(__file__).parents[3]


def sources():
    return list(Event.objects.order_by("pk").values_list("source", flat=True))


def test_a_request_leaves_its_address_with_what_it_did(accountant, fully_paid):
    page = f"/admin/sync/invoice/{fully_paid.pk}/hold/"
    accountant.post(page, {"reason": "Barter"}, REMOTE_ADDR="203.0.113.7")
    event = Event.objects.get()
    assert (event.action, event.actor, event.source) == (
        "do_not_export",
        accountant.user,
        "203.0.113.7",
    )
    shown = accountant.get(f"/admin/sync/event/{event.pk}/change/")
    assert "203.0.113.7" in shown.content.decode()


def test_without_a_request_the_program_is_told_but_not_its_arguments(db, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/srv/manage.py", "export_payments", "--customer", "Ann"])
    with called_from("203.0.113.7"):
        Event.objects.record(Event.Action.RETRY, None, [Subject(None, "invoice", 1)])
    Event.objects.record(Event.Action.RETRY, None, [Subject(None, "invoice", 2, {"reason": "x"})])
    assert sources() == ["203.0.113.7", "manage.py export_payments"]
    told = Event.objects.order_by("pk").values_list("subject_kind", "subject_id", "detail")
    assert list(told) == [("invoice", 1, {}), ("invoice", 2, {"reason": "x"})]


def test_events_are_written_in_one_place():
    by_hand = re.compile(r"\bEvent\.objects\.(?!record|filter|get\b)\w*create|^\s*Event\($", re.M)
    files = [p for p in (ROOT / "sync").rglob("*.py") if "simulator" not in p.parts]
    found = {
        p.relative_to(ROOT / "sync").parent.as_posix()
        for p in files
        if by_hand.search(p.read_text())
    }
    assert found == {"models"}
