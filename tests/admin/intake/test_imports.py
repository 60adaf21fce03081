"""Files through the pages: brought, asked about, shown row by row, taken in, and undone."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role, User
from sync import tasks
from sync.exports.customers import twins
from sync.intake.imports import shelf
from sync.models import Customer, Delivery, Event, Import, Invoice, Payment
from sync.words import plainly
from tests import factories

BRING = "/admin/sync/import/bring/"
GOOD = "Number,Customer,Date,Total\n1,Ada Quist,2026-01-05,10.00\n"
MIXED = GOOD + "2,Ada Quist,2026-01-06,99.999\n"


@pytest.fixture(autouse=True)
def imports_dir(settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")


@pytest.fixture
def bring(accountant, riverside):
    def bring(text, client=accountant):
        file = SimpleUploadedFile("own.csv", text.encode())
        answer = client.post(
            BRING, {"business_unit": riverside.pk, "file": file, "kind": "auto"}, follow=False
        )
        assert answer.status_code == 302
        entry = Import.objects.latest("pk")
        assert tasks.bring_in(entry.pk)
        entry.refresh_from_db()
        return entry

    return bring


def act(client, entry, what, **data):
    return client.post(reverse(f"admin:sync_import_{what}", args=[entry.pk]), data)


def page(client, entry):
    return client.get(entry.get_absolute_url()).content.decode()


def test_a_file_is_shown_row_by_row_before_anything_is_taken_in(accountant, bring):
    entry = bring(MIXED)
    assert (entry.state, entry.created_by) == ("ready", accountant.user)
    shown = page(accountant, entry)
    assert "Refused: 1" in shown
    assert "nothing is rounded" in shown
    assert Invoice.objects.count() == 0
    assert act(accountant, entry, "confirm", good="1").status_code == 302
    assert tasks.bring_in(entry.pk)
    assert Invoice.objects.get().number == "1"
    assert "was taken in" in page(accountant, entry)
    file = b"".join(act_get(accountant, entry, "refused").streaming_content).decode("utf-8-sig")
    assert file.splitlines()[1].startswith("2,Ada Quist,2026-01-06,99.999,")


def test_each_reads_why_a_row_is_refused_in_her_own_language(accountant, bring):
    entry = bring(MIXED)
    [row] = entry.rows.filter(outcome="refused")
    [[code, column, words]] = row.reasons
    english = "Total: 99.999 — This has more decimal places than money has; nothing is rounded."
    assert (code, column, plainly(words)) == ("too_many_decimals", "Total", english)
    assert english in page(accountant, entry)
    User.objects.update(language="es")
    shown = page(accountant, entry)
    assert "Total: 99.999 — Tiene más decimales que el dinero; no se redondea nada." in shown
    file = b"".join(act_get(accountant, entry, "refused").streaming_content).decode("utf-8-sig")
    heading, line = file.splitlines()
    assert heading.endswith(",Why it was refused")  # by which the mended file is known again
    assert line.endswith("Tiene más decimales que el dinero; no se redondea nada.")
    User.objects.update(language="fr-ca")
    assert "Il y a plus de décimales que l" in page(accountant, entry)


def test_what_was_stored_before_is_shown_as_it_stands(accountant, bring):
    entry = bring(MIXED)
    old = [["too_many_decimals", "Total", "Total: 99.999 — An older release said so."]]
    entry.rows.filter(outcome="refused").update(reasons=old)
    User.objects.update(language="es")
    assert "Total: 99.999 — An older release said so." in page(accountant, entry)


def test_refused_rows_are_taken_away_mended_and_brought_back(accountant, bring):
    header, good, bad = "Number,Customer,Date,Total\n", "1,Ada Quist,3/4/2026,10.00\n", "99.999"
    entry = bring(header + good + f"2,Ada Quist,3/4/2026,{bad}\n")
    act(accountant, entry, "answer", q0="day")
    tasks.bring_in(entry.pk)
    act(accountant, entry, "confirm", good="1")
    tasks.bring_in(entry.pk)
    file = b"".join(act_get(accountant, entry, "refused").streaming_content).decode("utf-8-sig")
    mended = bring(file.replace(f"2026,{bad}", "2026,99.99"))
    assert (mended.state, mended.counts["created"]) == ("ready", 1)  # the day is not asked again
    act(accountant, mended, "confirm")
    tasks.bring_in(mended.pk)
    assert (
        f"{Invoice.objects.get(number='2').issued_on} " + str(Invoice.objects.get(number="2").total)
        == "2026-04-03 99.99"
    )


def act_get(client, entry, what):
    return client.get(reverse(f"admin:sync_import_{what}", args=[entry.pk]))


def test_all_or_nothing_is_refused_where_a_row_is(accountant, bring):
    entry = bring(MIXED)
    act(accountant, entry, "confirm")
    entry.refresh_from_db()
    assert entry.state == "ready"


def test_what_the_file_does_not_tell_is_asked_and_answered(accountant, bring):
    entry = bring("Number,Customer,Date,Total\n1,Ada Quist,3/4/2026,10.00\n")
    assert entry.state == "asking"
    assert "What stands first in this date" in page(accountant, entry)
    assert act(accountant, entry, "answer", q0="day").status_code == 302
    assert tasks.bring_in(entry.pk)
    entry.refresh_from_db()
    assert (entry.state, entry.answers) == ("ready", {"dates": {"Date": "day"}})


def test_an_import_is_undone_while_nothing_of_it_was_exported(accountant, bring, riverside):
    typed = factories.CustomerFactory(business_unit=riverside, display_name="Bo Ny")
    entry = bring(GOOD + "3,Bo Ny,2026-01-05,10.00\n")
    act(accountant, entry, "confirm")
    tasks.bring_in(entry.pk)
    assert Invoice.objects.count() == 2
    first = Invoice.objects.get(number="1")
    record = factories.SyncRecordFactory(kind="invoice", payment=None, invoice=first)
    act(accountant, entry, "undo")
    assert Invoice.objects.count() == 2
    record.delete()
    act(accountant, entry, "undo")
    entry.refresh_from_db()
    assert (entry.state, entry.undone_by) == ("undone", accountant.user)
    assert (Invoice.objects.count(), Delivery.objects.count()) == (0, 0)
    assert list(Customer.objects.all()) == [typed]


def test_a_killed_worker_is_followed_by_one_that_goes_on(accountant, bring, monkeypatch):
    from sync.intake.imports import rows, taking

    monkeypatch.setattr(taking, "CHUNK", 2)
    lines = "".join(f"{n},Ada Quist,2026-01-05,10.00\n" for n in range(1, 10))
    entry = bring("Number,Customer,Date,Total\n" + lines)
    act(accountant, entry, "confirm")
    kept, calls = rows.keep, []

    def killed(made):
        calls.append(made)
        if len(calls) == 3:
            raise KeyboardInterrupt
        kept(made)

    monkeypatch.setattr(rows, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        tasks.bring_in(entry.pk)
    assert 0 < Invoice.objects.count() < 9
    assert not tasks.bring_in(entry.pk)  # it may still be at it
    Import.objects.update(seen_at=None)
    assert tasks.bring_in(entry.pk)
    entry.refresh_from_db()
    assert (entry.state, entry.counts["created"], entry.rows.count()) == ("done", 9, 9)
    assert entry.sums == {"USD": {"invoices": "90.00"}}
    assert Invoice.objects.count() == 9


def test_roles_decide_who_imports_and_who_sees(exporter, sign_in, bring, foreign):
    entry = bring(GOOD)
    assert exporter.get(BRING).status_code == 403
    assert "Take all in" not in page(exporter, entry)
    assert act(exporter, entry, "confirm").status_code == 403
    stranger = sign_in(foreign, Role.ADMINISTRATOR, username="eve")
    assert stranger.get(entry.get_absolute_url()).status_code == 404
    assert act(stranger, entry, "confirm").status_code == 404
    assert (Invoice.objects.count(), Payment.objects.count()) == (0, 0)


def test_templates_are_read_without_a_question_about_columns(accountant, bring):
    for kind in ("customers", "invoices", "payments", "refunds"):
        answer = accountant.get(f"/admin/sync/import/template/{kind}/")
        header = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert header.count(",") > 3
    assert accountant.get("/admin/sync/import/template/nothing/").status_code == 404
    header = "Invoice number,Customer,Email,Invoice date,Due date,Service,Description,Quantity,"
    row = "7,Ada,a@example.com,2026-01-05,2026-02-05,Mowing,,2,5.00,10.00,0.00,10.00\n"
    entry = bring(header + "Price,Amount,Tax total,Total\n" + row)
    assert entry.state == "ready"
    act(accountant, entry, "confirm")
    tasks.bring_in(entry.pk)
    assert Invoice.objects.get().lines.get().quantity == Decimal(2)


def test_what_waits_is_in_sight_and_attached_by_a_person(accountant, exporter, bring, riverside):
    invoice = factories.InvoiceFactory(business_unit=riverside, number="1042")
    entry = bring("Payment ID,Date received,Amount,Invoice\np1,2026-01-06,150.00,lost\n")
    act(accountant, entry, "confirm")
    tasks.bring_in(entry.pk)
    waiting = Delivery.objects.get(state="waiting")
    page = f"/admin/sync/delivery/{waiting.pk}/change/"
    assert (
        "Invoice lost has not come in yet"
        in accountant.get("/admin/sync/delivery/").content.decode()
    )
    assert "150.00" in accountant.get(page).content.decode()
    attach = f"/admin/sync/delivery/{waiting.pk}/attach/"
    assert exporter.post(attach, {"to": "invoice", "name": "1042"}).status_code == 403
    accountant.post(attach, {"to": "invoice", "name": "nothing"})
    assert Payment.objects.count() == 0
    accountant.get(page)
    accountant.post(attach, {"to": "invoice", "name": "1042"})
    assert Payment.objects.get().invoice == invoice


def test_a_refused_row_is_corrected_in_place_and_the_file_stays_as_it_came(accountant, bring):
    entry = bring(MIXED)
    [row] = entry.rows.filter(outcome="refused")
    shown = accountant.get(f"{entry.get_absolute_url()}?outcome=refused&row={row.place}")
    assert 'name="c3-3" value="99.999"' in shown.content.decode()
    assert 'name="c3-3"' not in page(accountant, entry)
    cells = {"c3-0": "2", "c3-1": "Ada Quist", "c3-2": "2026-01-06", "c3-3": "99.99"}
    assert correct(accountant, entry, row, **cells).status_code == 302
    assert tasks.bring_in(entry.pk)
    entry.refresh_from_db()
    assert entry.answers["cells"] == {"3": {"Total": "99.99"}}
    assert (entry.state, entry.counts["created"], entry.counts["refused"]) == ("ready", 2, 0)
    assert "1 cell corrected here, not in the file: row 3, Total: “99.99”" in page(
        accountant, entry
    )
    act(accountant, entry, "confirm")
    assert tasks.bring_in(entry.pk)
    assert Invoice.objects.get(number="2").total == Decimal("99.99")
    confirmed = Event.objects.get(action="import_confirmed")
    assert confirmed.detail["corrected"] == 1
    # What is corrected goes through the door as what the file says: the mended file is the same.
    again = bring(MIXED.replace("99.999", "99.99"))
    assert (again.counts["created"], again.counts["unchanged"]) == (0, 2)
    assert b"99.999" in shelf.fetch(entry)


def test_a_cell_corrected_wrongly_is_refused_again_and_corrected_again(accountant, bring):
    entry = bring(MIXED)
    for text, outcome in (("ninety", "refused"), ("", "refused"), ("90.00", "created")):
        row = entry.rows.get(first_row=3)
        correct(accountant, entry, row, **{"c3-3": text})
        assert tasks.bring_in(entry.pk)
        assert entry.rows.get(first_row=3).outcome == outcome
    # What is taken in as it is has nothing to correct.
    assert correct(accountant, entry, entry.rows.get(first_row=3)).status_code == 404


def test_what_is_being_taken_in_is_corrected_and_answered_no_more(accountant, bring):
    entry = bring(MIXED)
    row = entry.rows.get(outcome="refused")
    act(accountant, entry, "confirm", good="1")
    storing = Import.objects.values().get()
    assert correct(accountant, entry, row, **{"c3-3": "90.00"}).status_code == 404
    act(accountant, entry, "answer", q0="day")
    assert Import.objects.values().get() == storing
    assert tasks.bring_in(entry.pk)
    correct(accountant, entry, entry.rows.get(outcome="refused"), **{"c3-3": "90.00"})
    entry.refresh_from_db()
    assert (entry.state, entry.answers) == ("done", {})


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_who_may_not_bring_may_not_correct(sign_in, riverside, bring, role):
    entry = bring(MIXED)
    row = entry.rows.get(outcome="refused")
    client = sign_in(riverside, role, username="other")
    assert correct(client, entry, row, **{"c3-3": "90.00"}).status_code == 403
    entry.refresh_from_db()
    assert entry.answers == {}


def correct(client, entry, row, **cells):
    return client.post(f"/admin/sync/import/{entry.pk}/row/{row.place}/", cells)


def test_undoing_leaves_a_customer_that_has_one_of_its_own_for_a_currency(accountant, bring):
    entry = bring(GOOD)
    act(accountant, entry, "confirm")
    tasks.bring_in(entry.pk)
    customer = Invoice.objects.get(number="1").customer
    twin = twins.twin_for(customer, "EUR")
    twin.save()
    act(accountant, entry, "undo")
    entry.refresh_from_db()
    assert (entry.state, Invoice.objects.count()) == ("undone", 0)
    assert set(Customer.objects.all()) == {customer, twin}
