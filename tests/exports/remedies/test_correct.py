"""After a mismatch of tax each remedy leads to an end in both systems, to the cent."""

from decimal import Decimal

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync import tasks
from sync.discrepancies.drift.drift import look_at
from sync.discrepancies.tieout.files import as_csv
from sync.discrepancies.tieout.tieouts import start, unmatched
from sync.exports.remedies import decide, requests
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.requests import Remedy
from sync.models import BatchRequest, Drift, Event, ExportRun, Invoice, InvoiceLine, SyncRecord
from tests.exports import ledger
from tests.exports.conftest import answers, serve
from tests.exports.taxed import taxed, taxing_unit
from tests.factories import MembershipFactory, PaymentFactory
from tests.sampled import one_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]
UPDATE = {"contains": '"sparse":true'}
EQUAL = (True, "It is in QuickBooks and equals ours.")


@pytest.fixture
def unit(simulator):
    yield taxing_unit(simulator)
    simulator.switch(tax_override="documented", tax_drift_cents=0)


@pytest.fixture
def differing(simulator, unit, export):
    """An unpaid invoice in QuickBooks with a tax of 8.00 where ours is 8.01."""
    invoice = taxed(unit, "T-1", "8.01")
    export(status=1)
    assert record().state == "mismatch"
    assert ledger.payments(simulator, unit) == []
    return invoice


def record(number="T-1"):
    return SyncRecord.objects.get(kind="invoice", invoice__number=number)


def correct_here(invoice, tax, amount=100):
    """Correct the invoice as its page does, and let what it was paid follow."""
    InvoiceLine.objects.filter(invoice=invoice).update(amount=amount, unit_price=amount)
    total = amount + Decimal(tax)
    Invoice.objects.filter(pk=invoice.pk).update(subtotal=amount, tax_total=tax, total=total)
    invoice.refresh_from_db()


def step(remedy):
    [found] = requests.plan(remedy, SyncRecord.objects.filter(pk=record().pk))
    return found


def there(simulator, unit):
    return ledger.invoices(simulator, unit)["T-1"][:2]


def updates(simulator, unit):
    sent = simulator.journal(unit.quickbooks_company.realm_id)
    return len([e for e in sent if '"sparse":true' in (e["body"] or "")])


# Send the correction ---------------------------------------------------------------------------


@pytest.mark.long
def test_what_was_corrected_here_to_their_figure_needs_no_write_and_its_payments_go(
    simulator, unit, differing, ask, lee
):
    correct_here(differing, "8.00")
    simulator.clear_journal()
    assert step(Remedy.CORRECT).words == (
        "It was corrected here to what QuickBooks has. Nothing is changed there."
    )
    assert ask(Remedy.CORRECT, [record()]) == {"Invoice T-1": EQUAL}
    assert updates(simulator, unit) == 0
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.00"))
    # What was paid beyond it arrives unapplied.
    assert ledger.payments(simulator, unit) == [
        (Decimal("108.01"), Decimal("0.01"), "2026-05-10", "T-1")
    ]
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert ExportRun.objects.get().state == "finished"
    event = Event.objects.get(action="corrected_there")
    assert (event.actor, event.subject_kind, event.subject_id) == (lee, "invoice", differing.pk)
    assert look_at([record()]) == 0  # what was confirmed is what is here


def test_a_correction_of_lines_is_sent_by_one_update_and_its_payments_follow(
    simulator, unit, differing, ask
):
    correct_here(differing, "8.80", amount=Decimal(110))
    PaymentFactory(invoice=differing, amount=Decimal("10.79"))
    simulator.clear_journal()
    assert step(Remedy.CORRECT).words == (
        "It is $108.00 with a tax of $8.00 there, and becomes $118.80 with a tax of $8.80, as it"
        " stands here now."
    )
    assert ask(Remedy.CORRECT, [record()]) == {"Invoice T-1": EQUAL}
    assert updates(simulator, unit) == 1
    # The payment that was queued goes; the later one is ready to be exported.
    assert there(simulator, unit) == (Decimal("118.80"), Decimal("10.79"))
    assert [row[:2] for row in ledger.payments(simulator, unit)] == [(Decimal("108.01"), 0)]
    assert not BatchRequest.objects.exclude(settled_at__isnull=False, body="").exists()
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize(
    ("fault", "more", "sent"),
    one_in(2, [("lose", {}, 1), ("cut", {}, 1), ("status", {"status": 503, "when": "before"}, 2)]),
)
def test_a_correction_without_an_answer_is_looked_for_before_it_is_repeated(
    simulator, unit, differing, lee, fault, more, sent
):
    correct_here(differing, "4.00", amount=Decimal(50))
    simulator.clear_journal()
    simulator.fault(fault, match=UPDATE, **more)
    [asked] = requests.ask(Remedy.CORRECT, [record().pk], lee)
    while asked.state not in {"done", "failed"}:
        serve(asked)
    assert answers([asked]) == {"Invoice T-1": EQUAL}
    assert updates(simulator, unit) == sent
    assert there(simulator, unit) == (Decimal("54.00"), Decimal("0.00"))
    assert ledger.payments(simulator, unit) == [
        (Decimal("108.01"), Decimal("54.01"), "2026-05-10", "T-1")
    ]
    assert not BatchRequest.objects.exclude(settled_at__isnull=False, body="").exists()


def grown(invoice, _bookkeeper):
    Invoice.objects.filter(pk=invoice.pk).update(total=200, tax_total=100)


def paid_by_hand(_invoice, bookkeeper):
    there = bookkeeper.ours("Invoice")[0]
    bookkeeper.receive(there["CustomerRef"]["value"], 5, there["Id"])


def changed_by_hand(_invoice, bookkeeper):
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], CustomerMemo={"value": "Thanks"})


def closed(_invoice, bookkeeper):
    bookkeeper.close_books("2026-05-04")


def numbered(invoice, _bookkeeper):
    Invoice.objects.filter(pk=invoice.pk).update(chosen_number="T-1B")


def taxed_otherwise(invoice, _bookkeeper):
    Invoice.objects.filter(pk=invoice.pk).update(tax_total="7.90", total="107.90")


@pytest.mark.parametrize(
    ("before", "words"),
    one_in(
        2,
        [
            (grown, "still has $91.99 due"),
            (paid_by_hand, "It was changed in QuickBooks meanwhile."),
            (changed_by_hand, "It was changed in QuickBooks meanwhile."),
            (closed, "QuickBooks has closed its books through 4 May 2026"),
            (numbered, "It has another number here now."),
            (taxed_otherwise, "The tax of this invoice is 7.90 here and would be 8.00 there."),
        ],
    ),
)
def test_what_cannot_be_corrected_stays_as_it_is_on_both_sides(
    unit, differing, ask, bookkeeper, before, words
):
    correct_here(differing, "8.00")
    before(differing, bookkeeper)
    books, content = bookkeeper.books(), record().content
    done, said = ask(Remedy.CORRECT, [record()])["Invoice T-1"]
    assert words in said, said
    assert not done
    assert bookkeeper.books() == books
    assert (record().state, record().content) == ("mismatch", content)


def test_a_refused_correction_says_why_and_may_be_sent_again(
    simulator, unit, differing, ask, bookkeeper
):
    correct_here(differing, "4.00", amount=Decimal(50))
    fault = {"status": 400, "code": "6000", "message": "A business validation error"}
    simulator.fault("fault", match=UPDATE, **fault)
    books = bookkeeper.books()
    done, said = ask(Remedy.CORRECT, [record()])["Invoice T-1"]
    assert said.startswith("QuickBooks did not take the correction: ")
    assert not done
    assert bookkeeper.books() == books
    assert ask(Remedy.CORRECT, [record()]) == {"Invoice T-1": EQUAL}


# Accept as it is there -------------------------------------------------------------------------


def test_what_is_accepted_is_paid_as_far_as_is_there_and_named_in_the_tie_out(
    simulator, unit, differing, ask, lee
):
    assert step(Remedy.ACCEPT).words == (
        "Stays at $108.00 with a tax of $8.00 there; it was sent as $108.01. $0.01 of its payments"
        " arrives unapplied, as the customer's credit."
    )
    simulator.clear_journal()
    assert ask(Remedy.ACCEPT, [record()]) == {
        "Invoice T-1": (
            True,
            "Accepted at $108.00. $0.01 of its payments arrives unapplied, as the customer's"
            " credit.",
        )
    }
    assert updates(simulator, unit) == 0
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.00"))
    assert ledger.payments(simulator, unit) == [
        (Decimal("108.01"), Decimal("0.01"), "2026-05-10", "T-1")
    ]
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert ExportRun.objects.get().state == "finished"
    drift = Drift.objects.get()
    assert (drift.state, drift.decided_by, drift.snapshot["total"]) == ("accepted", lee, "108.00")
    assert Event.objects.get(action="accepted_there").actor == lee
    # It is compared with what was accepted from now on, and its money is not applied twice.
    assert ask(Remedy.CHECK, SyncRecord.objects.exclude(kind="customer")) == {
        "Invoice T-1": EQUAL,
        "Payment of $108.01, 10 May 2026": EQUAL,
    }
    made = start(unit, differing.issued_on, differing.issued_on, lee)
    tasks.relay(unit.quickbooks_company_id)
    made.refresh_from_db()
    assert made.own_counts == {
        "matched": 0, "accepted": 1, "missing": 0, "extra": 0, "different": 0,
    }  # fmt: skip
    [line] = unmatched(made)
    assert (line["outcome"], line["ours"], line["theirs"]) == ("accepted", "108.01", "108.00")
    assert line["words"].startswith("$108.01 → $108.00; tax $8.01 → $8.00; accepted by lee on ")
    assert "accepted,USD,108.01,108.00,$108.01 → $108.00; tax" in as_csv(made)


@pytest.mark.long
def test_what_is_more_there_stays_open_there(simulator, unit, export, ask):
    taxed(unit, "T-1", "7.90")
    export(status=1)
    said = ask(Remedy.ACCEPT, [record()])["Invoice T-1"]
    assert said == (
        True, "Accepted at $108.00. $0.10 of it stays open there after its payments.",
    )  # fmt: skip
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.10"))
    assert ask(Remedy.CHECK, [record()]) == {"Invoice T-1": EQUAL}


def test_what_changed_there_since_it_was_shown_is_not_accepted(
    simulator, unit, differing, lee, bookkeeper
):
    asked = requests.ask(Remedy.ACCEPT, [record().pk], lee)
    changed_by_hand(differing, bookkeeper)
    assert answers(asked)["Invoice T-1"] == (
        False, "It was changed in QuickBooks after you saw it. Check it again, and look anew.",
    )  # fmt: skip
    assert (record().state, Drift.objects.count()) == ("mismatch", 0)
    assert ledger.payments(simulator, unit) == []


def test_more_than_a_figure_is_not_accepted(differing, ask, bookkeeper):
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], TxnDate="2026-05-08")
    ask(Remedy.CHECK, [record()])
    done, words = ask(Remedy.ACCEPT, [record()])["Invoice T-1"]
    assert words.startswith("More than its total and tax differs. ")
    assert "the date is 2026-05-04 here and 2026-05-08 in QuickBooks" in words
    assert not done


@pytest.mark.long
def test_a_later_change_of_what_was_accepted_stops_it_again_and_may_be_corrected(
    simulator, unit, export, ask, bookkeeper
):
    invoice = taxed(unit, "T-1", "8.01")
    export(status=1)
    simulator.fault("fault", match={"entity": "Payment"}, status=400, code="6000", message="no")
    ask(Remedy.ACCEPT, [record()])
    assert SyncRecord.objects.get(kind="payment").state == "failed"
    line = bookkeeper.ours("Invoice")[0]["Line"][0]
    line = {name: line[name] for name in ("Id", "DetailType", "SalesItemLineDetail")}
    line["SalesItemLineDetail"].pop("UnitPrice", None)
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], Line=[line | {"Amount": 90}])
    ask(Remedy.CHECK, [record()])
    assert "the total is 108.00 here and 97.20 in QuickBooks" in record().error
    correct_here(invoice, "8.00")
    assert ask(Remedy.CORRECT, [record()]) == {"Invoice T-1": EQUAL}
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("108.00"))
    assert set(Drift.objects.values_list("state", flat=True)) == {"undone"}
    decide.retry(invoice.payments.get(), None)
    tasks.relay(unit.quickbooks_company_id)
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.00"))


def test_several_payments_take_what_is_there_in_their_order_and_a_late_one_the_rest(
    simulator, unit, export, ask
):
    invoice = taxed(unit, "T-1", "7.90")
    invoice.payments.update(amount=Decimal("70.00"), received_on="2026-05-06")
    PaymentFactory(invoice=invoice, amount=Decimal("37.90"), received_on="2026-05-07")
    export(status=1)
    ask(Remedy.ACCEPT, [record()])
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.10"))
    PaymentFactory(invoice=invoice, amount=Decimal("0.25"), received_on="2026-05-12")
    export(status=None)
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.00"))
    assert ledger.payments(simulator, unit) == [
        (Decimal("0.25"), Decimal("0.15"), "2026-05-12", "T-1"),
        (Decimal("37.90"), Decimal("0.00"), "2026-05-07", "T-1"),
        (Decimal("70.00"), Decimal("0.00"), "2026-05-06", "T-1"),
    ]


# Remove, and who may ---------------------------------------------------------------------------


@pytest.mark.long
def test_removed_corrected_and_let_go_again_it_arrives_whole(
    simulator, unit, differing, ask, export, lee
):
    assert ask(Remedy.REMOVE, [record()]) == {"Invoice T-1": (True, "Removed from QuickBooks.")}
    assert ledger.invoices(simulator, unit) == {}
    correct_here(differing, "8.00")
    decide.allow(differing, lee)
    export()
    assert there(simulator, unit) == (Decimal("108.00"), Decimal("0.00"))
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize("remedy", [Remedy.CORRECT, Remedy.ACCEPT])
def test_who_may_not_resolve_changes_nothing(unit, differing, remedy, bookkeeper):
    clerk = MembershipFactory(business_unit=unit, role=Role.EXPORTER).user
    correct_here(differing, "8.00")
    books = bookkeeper.books()
    with pytest.raises(AccessDenied):
        requests.ask(remedy, [record().pk], clerk)
    assert bookkeeper.books() == books
    assert record().state == "mismatch"


@pytest.mark.long
@pytest.mark.parametrize("remedy", [Remedy.CORRECT, Remedy.ACCEPT])
def test_what_equals_ours_is_not_offered(unit, export, ask, remedy):
    taxed(unit, "T-1", "8.00")
    export()
    with pytest.raises(RemedyRefused, match="Its total and tax are the same there"):
        ask(remedy, [record()])
