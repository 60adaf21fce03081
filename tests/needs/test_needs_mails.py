"""E-mail about what needs a person: what the first page says, where it is new, once, to whom."""

import re
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import translation

from accounts.models import Membership, Role, User
from config.logs import RequestMiddleware
from sync import tasks
from sync.models import Event, NeedsMail, SyncRecord
from sync.needs import mails
from sync.needs.choices import choose, rhythm_of, unsubscribe_address
from tests import factories
from tests.admin.conftest import settle
from tests.admin.home.test_home import paid

pytestmark = pytest.mark.django_db
State, Rhythm = SyncRecord.State, NeedsMail.Rhythm
# A Wednesday, half past seven in New York: the factory's clocks.
MORNING = datetime(2026, 6, 3, 11, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def stop(unit, number, **values):
    """Have one more invoice and its payment stopped."""
    invoice = paid(unit, number)
    settle(invoice, State.FAILED, **({"error_code": "6140", "error": "It is taken."} | values))


def lines(message):
    """Return what the mail says of each need: title and words, and the link."""
    parts = message.body.split("\n\n")[1:-1]
    return [tuple(part.splitlines()) for part in parts]


def test_it_says_what_the_first_page_says(accountant, troubles, settings):
    choose(accountant.user, Rhythm.AT_ONCE)
    assert tasks.tell_needs() == 1
    (message,) = mail.outbox
    assert message.to == [accountant.user.email]
    said = [(line, link.removeprefix(settings.SITE_URL)) for line, link in lines(message)]
    home = accountant.get("/admin/").context["needs"]
    assert len(home) == 4
    assert said == [
        (
            f"{need.title.capitalize()}: {need.count} ({need.count} new). {need.words}".rstrip(),
            need.link,
        )
        for need in home
    ]
    assert message.subject == "What needs you: 4 documents stopped, and 3 more"
    for need in home:
        assert accountant.get(need.link).context["cl"].result_count == need.count
        assert need.rows.count() == need.count


@translation.override("en")  # what a request speaks stays on afterwards
def test_it_speaks_the_language_of_who_reads_it(accountant, riverside, settings):
    User.objects.filter(pk=accountant.user.pk).update(language="fr-ca")
    accountant.post("/admin/mail/", {"rhythm": "at_once"})
    assert rhythm_of(accountant.user) == Rhythm.AT_ONCE
    assert Event.objects.get(action="needs_mail_chosen").detail == {"what": "At once"}
    stop(riverside, "1")
    assert tasks.tell_needs() == 1
    (message,) = mail.outbox
    assert message.subject == "Ce qui vous attend : 2 documents arrêtés"
    assert lines(message)[0][0] == "Documents arrêtés\xa0: 2 (nouveaux\xa0: 2). It is taken."
    assert f"Tout\xa0: {settings.SITE_URL}/admin/" in message.body
    page = re.search(r"\S+token=\S+", message.body)[0].removeprefix(settings.SITE_URL)
    asked = accountant.get(page).content.decode()
    assert "Vous ne recevrez plus de courriels sur ce qui vous attend." in asked


def test_at_once_tells_what_is_new_and_at_most_once_an_hour(accountant, riverside, clock):
    choose(accountant.user, Rhythm.AT_ONCE)
    stop(riverside, "1")
    refunded = paid(riverside, "9")
    settle(refunded, State.EXPORTED)
    assert tasks.tell_needs() == 1
    stop(riverside, "2")
    clock.shift(timedelta(minutes=59))
    assert tasks.tell_needs() == 0
    clock.shift(timedelta(minutes=1))
    assert tasks.tell_needs() == 1
    assert [line for line, _ in lines(mail.outbox[1])] == [
        "Documents stopped: 4 (2 new). It is taken."
    ]
    factories.RefundFactory(payment=refunded.payments.get())
    clock.shift(timedelta(hours=2))
    assert tasks.tell_needs() == 1
    assert [line.partition(".")[0] for line, _ in lines(mail.outbox[2])] == [
        "Refunds to adjust: 1 (1 new)"
    ]
    clock.shift(timedelta(days=30))
    assert tasks.tell_needs() == 0


def test_as_many_as_before_are_new_where_they_are_others(accountant, riverside, clock):
    choose(accountant.user, Rhythm.AT_ONCE)
    stop(riverside, "1")
    assert tasks.tell_needs() == 1
    SyncRecord.objects.update(state=State.PENDING, error_code="")
    stop(riverside, "2")
    clock.shift(timedelta(hours=1))
    assert tasks.tell_needs() == 1
    assert lines(mail.outbox[1])[0][0] == "Documents stopped: 2 (2 new). It is taken."


def test_what_was_settled_and_comes_back_is_new(accountant, riverside, clock):
    choose(accountant.user, Rhythm.AT_ONCE)
    stop(riverside, "1")
    assert tasks.tell_needs() == 1
    SyncRecord.objects.update(state=State.PENDING)
    clock.shift(timedelta(hours=1))
    assert tasks.tell_needs() == 0
    SyncRecord.objects.update(state=State.FAILED)
    assert tasks.tell_needs() == 1


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [(Rhythm.DAILY, [4, 5, 6, 7, 8]), ("", [4, 5, 6, 7, 8]), (Rhythm.WEEKLY, [8]), ("never", [])],
)
def test_by_day_and_by_week_it_comes_in_the_morning_of_the_unit(
    accountant, riverside, clock, rhythm, days
):
    if rhythm:
        choose(accountant.user, Rhythm(rhythm))
    tasks.tell_needs()
    seen = []
    for hour in range(24 * 6):
        if hour % 12 == 0:
            stop(riverside, f"A{hour}")
        clock.move_to(MORNING + timedelta(hours=hour))
        if tasks.tell_needs():
            seen.append((MORNING + timedelta(hours=hour)).day)
            assert clock_hour(hour) == 11
    assert seen == days
    assert len(mail.outbox) == len(days)


def clock_hour(hour):
    return (MORNING + timedelta(hours=hour)).hour


def test_by_day_all_is_listed_and_nothing_comes_where_nothing_is_new(
    accountant, riverside, troubles, clock
):
    choose(accountant.user, Rhythm.DAILY)
    clock.shift(timedelta(days=1))
    assert tasks.tell_needs() == 1
    clock.shift(timedelta(days=1))
    assert tasks.tell_needs() == 0
    stop(riverside, "77", error_code="610", error="Gone. Do.")
    clock.shift(timedelta(days=1))
    assert tasks.tell_needs() == 1
    assert [line.partition(".")[0] for line, _ in lines(mail.outbox[1])] == [
        "Documents stopped: 4",
        "Documents stopped: 2 (2 new)",
        "Documents stopped: 2",
        "Refunds to adjust: 1",
        "Changes after export: 1",
    ]


def test_nothing_is_told_of_units_without_a_role(accountant, riverside, foreign):
    choose(accountant.user, Rhythm.AT_ONCE)
    stop(foreign, "H1", error="Harbor's alone.")
    assert tasks.tell_needs() == 0
    stop(riverside, "1")
    assert tasks.tell_needs() == 1
    assert lines(mail.outbox[0])[0][0] == "Documents stopped: 2 (2 new). It is taken."
    assert "Harbor" not in mail.outbox[0].body
    Membership.objects.filter(user=accountant.user).delete()
    NeedsMail.objects.update(told={}, sent_at=None)
    assert tasks.tell_needs() == 0


def test_who_can_settle_nothing_or_is_gone_gets_nothing(exporter, viewer, accountant, troubles):
    for each in (exporter, viewer, accountant):
        choose(each.user, Rhythm.AT_ONCE)
    User.objects.filter(pk=accountant.user.pk).update(is_active=False)
    assert tasks.tell_needs() == 0
    User.objects.filter(pk=accountant.user.pk).update(is_active=True, email="")
    assert tasks.tell_needs() == 0


def test_who_runs_the_site_is_mailed_only_if_they_chose_it(sign_in, troubles, clock):
    root = sign_in(is_superuser=True)
    assert rhythm_of(root.user) == Rhythm.NEVER
    tasks.tell_needs()
    clock.shift(timedelta(days=8))
    assert tasks.tell_needs() == 0
    choose(root.user, Rhythm.AT_ONCE)
    assert tasks.tell_needs() == 1


def test_a_mail_server_that_is_away_is_tried_again(accountant, troubles, clock, settings, caplog):
    choose(accountant.user, Rhythm.AT_ONCE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert tasks.tell_needs() == 0
    assert "needs.not_sent" in caplog.text
    assert accountant.user.email not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tasks.tell_needs() == 0
    clock.shift(timedelta(minutes=5))
    assert tasks.tell_needs() == 1
    assert len(lines(mail.outbox[0])) == 4


def test_a_worker_killed_while_it_sends_is_followed_once_by_the_same_mail(
    accountant, troubles, clock, monkeypatch
):
    def killed(*_args, **_more):
        raise SystemExit

    choose(accountant.user, Rhythm.AT_ONCE)
    with monkeypatch.context() as patch:
        patch.setattr(mails, "_settle", killed)
        with pytest.raises(SystemExit):
            mails.tell(accountant.user.pk)
    assert len(mail.outbox) == 1
    assert tasks.tell_needs() == 0
    clock.shift(timedelta(minutes=10))
    assert tasks.tell_needs() == 1
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    clock.shift(timedelta(hours=2))
    assert tasks.tell_needs() == 0


def test_one_of_two_workers_sends(accountant, troubles):
    choose(accountant.user, Rhythm.AT_ONCE)
    row = NeedsMail.objects.get()
    assert [mails._take(row), mails._take(row)] == [True, False]
    NeedsMail.objects.update(taken_until=None, serial=row.serial + 1)
    assert not mails._take(row)  # the other has told it all meanwhile


@pytest.mark.services
@pytest.mark.skipif(connection.vendor == "sqlite", reason="its threads would share a table lock")
@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_send_one_mail(accountant, troubles):
    choose(accountant.user, Rhythm.AT_ONCE)
    start = Barrier(3)
    sent = []

    def work():
        start.wait()
        try:
            sent.append(mails.tell(accountant.user.pk))
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sent) == [False, False, True]
    assert len(mail.outbox) == 1


def test_a_person_whose_mail_fails_stops_nobody_else(accountant, sign_in, riverside, monkeypatch):
    other = sign_in(riverside, Role.ADMINISTRATOR)
    for each in (accountant, other):
        choose(each.user, Rhythm.AT_ONCE)
    stop(riverside, "1")
    ask = mails.needs

    def fails_once(sight):
        monkeypatch.setattr(mails, "needs", ask)
        raise LookupError

    monkeypatch.setattr(mails, "needs", fails_once)
    assert tasks.tell_needs() == 1
    assert mail.outbox[0].to == [other.user.email]


def leave(person, settings):
    return unsubscribe_address(person).removeprefix(settings.SITE_URL)


def test_one_click_ends_it_without_signing_in(accountant, client, troubles, settings):
    choose(accountant.user, Rhythm.AT_ONCE)
    tasks.tell_needs()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    assert address in mail.outbox[0].body
    assert "e-mails about what needs you" in client.get(address).content.decode()
    assert rhythm_of(accountant.user) == Rhythm.AT_ONCE
    for _ in range(2):
        answer = client.post(address, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, "no more" in answer.content.decode()) == (200, True)
    assert rhythm_of(accountant.user) == Rhythm.NEVER
    told = list(Event.objects.order_by("pk").values_list("action", "actor", "detail__what"))
    assert told == [
        ("needs_mail_chosen", accountant.user.pk, "At once"),
        ("needs_mail_chosen", accountant.user.pk, "Never"),
    ]


@pytest.mark.parametrize("why", ["forged", "none", "nonsense", "old", "left", "of a digest"])
def test_an_address_that_holds_no_longer_ends_nothing(
    accountant, client, settings, monkeypatch, riverside, why
):
    address = leave(accountant.user, settings)
    path, token = address.split("?token=")
    sent = {"none": path, "nonsense": f"{path}?token=%F0x", "forged": f"{path}?token=x{token}"}
    if why == "old":
        monkeypatch.setattr("accounts.mail.LEAVES_FOR", timedelta(seconds=-1))
    if why == "left":
        User.objects.update(is_active=False)
    if why == "of a digest":
        from sync.discrepancies import digests

        token = digests.unsubscribe_address(riverside, accountant.user).split("?token=")[1]
        sent[why] = f"{path}?token={token}"
    assert client.get(sent.get(why, address)).status_code == 404
    assert client.post(sent.get(why, address)).status_code == 404
    assert not NeedsMail.objects.exclude(rhythm="").exists()


def test_the_log_holds_no_token(accountant, settings, rf):
    asked = rf.get(leave(accountant.user, settings))
    assert RequestMiddleware.format_request(asked) == "GET /mail/unsubscribe/"


def test_the_person_chooses_on_their_own_page(accountant):
    menu = accountant.get("/admin/").content.decode()
    assert re.search(r'href="/admin/mail/"[^>]*>\s*Your e-mails', menu)
    page = accountant.get("/admin/mail/").content.decode()
    assert re.search(r'value="daily"[^>]*checked', page)
    for _ in range(2):
        answer = accountant.post("/admin/mail/", {"rhythm": "weekly"}, follow=True)
        assert "Your choice is kept." in answer.content.decode()
        accountant.get("/admin/mail/")
    assert NeedsMail.objects.get().rhythm == "weekly"
    assert Event.objects.get().action == "needs_mail_chosen"
    assert accountant.post("/admin/mail/", {"rhythm": "hourly"}).status_code == 200
    assert NeedsMail.objects.get().rhythm == "weekly"
    assert Event.objects.get().detail == {"what": "Once a week"}


def test_nobody_signed_out_chooses(client, db):
    assert client.get("/admin/mail/").status_code == 302
    assert client.post("/admin/mail/", {"rhythm": "never"}).status_code == 302
    assert not NeedsMail.objects.exists()
