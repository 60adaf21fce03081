"""Every event says who did what, when, and from where."""

import re
import sys
from pathlib import Path

from sync.admin.activity.sentences import DID
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


def test_activity_is_told_in_sentences_on_one_clock(accountant, fully_paid, foreign):
    foreign.timezone = "Asia/Tokyo"
    foreign.save()
    accountant.post(f"/admin/sync/invoice/{fully_paid.pk}/hold/", {"reason": "Barter <b>"})
    change = {"field": "total", "was": "200.00", "now": "150.00"}
    found = {"document": "Payment 881", "changes": [change]}
    about = Subject(fully_paid.business_unit_id, "drift", 7, found)
    Event.objects.record(Event.Action.DRIFT_FOUND, None, [about])
    listed = accountant.get("/admin/sync/event/").context["cl"].result_list
    assert [event.sentence for event in listed] == [
        "Paidup found a change after export: $200.00 → $150.00; Payment 881.",
        f'lee said that <a class="paidup-link" href="{fully_paid.get_absolute_url()}">Invoice 1042'
        "</a> is not to be exported: “Barter &lt;b&gt;”.",
    ]
    assert {str(event.zone) for event in listed} == {fully_paid.business_unit.timezone}


def test_every_action_has_its_sentence():
    assert {action for action in Event.Action if DID.get(action, "").count("{}") != 1} == set()


def test_events_are_written_in_one_place():
    by_hand = re.compile(r"\bEvent\.objects\.(?!record|filter|get\b)\w*create|^\s*Event\($", re.M)
    files = [p for p in (ROOT / "sync").rglob("*.py") if "simulator" not in p.parts]
    found = {
        p.relative_to(ROOT / "sync").parent.as_posix()
        for p in files
        if by_hand.search(p.read_text())
    }
    assert found == {"models"}
