"""Drift against the simulator: each way of change, told by webhooks or found by the net, once."""

import time
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Role
from sync import tasks
from sync.company.requests import ask
from sync.discrepancies.drift.decide import DecisionRefused, decide
from sync.discrepancies.drift.drift import look_here
from sync.discrepancies.nightly_reading import read_nightly
from sync.discrepancies.refunds.reading import proof
from sync.discrepancies.refunds.reviews import review
from sync.discrepancies.refunds.taking import accept
from sync.discrepancies.words import drift_words
from sync.exports.rules.reasons import day
from sync.models import (
    CompanyRequest,
    Drift,
    Event,
    Invoice,
    Payment,
    Refund,
    RefundMatch,
    RefundReview,
    WebhookEvent,
)
from sync.quickbooks.webhooks import is_signed
from tests.discrepancies.reading.exported_world import TODAY, export_payments, give_back
from tests.factories import MembershipFactory, RefundFactory
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_DAY = TODAY - timedelta(days=5)


@pytest.fixture
def world(unit, keeper):
    return export_payments(unit, keeper, 8, customers=2)


def serve(unit):
    tasks.relay(unit.quickbooks_company_id)
    failed = CompanyRequest.objects.exclude(state="done")
    assert not failed.exists(), list(failed.values_list("kind", "state", "error"))


def net(unit):
    read_nightly()
    serve(unit)


def found(**filters):
    """Return (document's id, field, now) of each change that stands."""
    return sorted(
        (drift.record.qbo_id, change["field"], change["now"])
        for drift in Drift.objects.filter(side="quickbooks", **filters)
        for change in drift.changes
    )


def drift_in_every_way(keeper, receipts):
    """Change, void, delete, redate, deposit and apply otherwise; return what is to be found."""
    invoices = [each["Line"][0]["LinkedTxn"][0]["TxnId"] for each in receipts]
    keeper.do(
        keeper.changed(receipts[0], Decimal("120.00")),
        keeper.voided(receipts[1]),
        keeper.deleted(receipts[2]),
        ("update", "Payment", sparse(receipts[3], TxnDate=str(OTHER_DAY))),
        ("update", "Payment", sparse(receipts[4], Line=[])),
        keeper.deposit(receipts[5]),
    )
    edited = keeper.read("Invoice", invoices[6])
    keeper.do(
        ("update", "Invoice", sparse(edited, DocNumber="W-CHANGED", Line=[keeper.sale_line(175)])),
    )
    assert keeper.read("Payment", receipts[5]["Id"])["LinkedTxn"][0]["TxnType"] == "Deposit"
    deposit = keeper.read("Payment", receipts[5]["Id"])["LinkedTxn"][0]["TxnId"]
    applied = f"Invoice {invoices[0]}: 120.00"
    return (
        sorted(
            [
                (receipts[0]["Id"], "total", "120.00"),
                (receipts[0]["Id"], "applied", applied),
                (receipts[1]["Id"], "standing", "voided"),
                (receipts[2]["Id"], "standing", "deleted"),
                (receipts[3]["Id"], "date", str(OTHER_DAY)),
                (receipts[4]["Id"], "applied", ""),
                (invoices[6], "total", "175.00"),
                (invoices[6], "number", "W-CHANGED"),
            ]
        ),
        [(receipts[5]["Id"], "deposit", deposit)],
    )


def sparse(document, **changes):
    head = {"Id": document["Id"], "SyncToken": document["SyncToken"], "sparse": True}
    if "CustomerRef" in document:
        head["CustomerRef"] = document["CustomerRef"]
    return head | changes


def until(true):
    """Wait for what another thread does."""
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.fixture
def told(simulator, live_server):
    """Have the simulator tell the site of changes; tell no more at the end."""

    def target(**how):
        url = f"{live_server.url}/quickbooks/webhooks/"
        simulator.webhooks(**{"order": "in_order", "repeat": 1, "format": "cloudevents"} | how)
        simulator.webhooks(url=url)

    yield target
    simulator.webhooks(url="", order="in_order", repeat=1, verifier_token="simulator-verifier")


def delivered(simulator):
    until(lambda: not simulator._call("GET", "/_simulator/webhooks"))


@pytest.mark.parametrize(
    "how",
    one_in(
        4,
        [
            {"format": "cloudevents"},
            {"format": "legacy"},
            {"repeat": 2},
            {"order": "reversed"},
            {"format": "legacy", "repeat": 3, "order": "reversed"},
        ],
    ),
    ids=["cloudevents", "legacy", "doubled", "reordered", "legacy-trebled-reordered"],
)
def test_every_way_of_drift_told_by_webhooks_is_found_once(
    simulator, unit, keeper, world, told, how
):
    told(**how)
    wanted, noted = drift_in_every_way(keeper, world[1])
    delivered(simulator)
    tasks.look_at_changes(unit.quickbooks_company_id)
    serve(unit)
    assert (found(state="open"), found(state="noted")) == (wanted, noted)
    assert not WebhookEvent.objects.filter(handled_at=None).exists()
    simulator.webhooks(url="")
    net(unit)
    assert (found(state="open"), found(state="noted")) == (wanted, noted)
    assert found() == sorted(wanted + noted)


def test_every_way_of_drift_is_found_by_the_net_without_webhooks(unit, keeper, world):
    wanted, noted = drift_in_every_way(keeper, world[1])
    net(unit)
    assert (found(state="open"), found(state="noted")) == (wanted, noted)
    net(unit)
    assert found() == sorted(wanted + noted)


def test_forged_webhooks_are_refused_and_the_net_still_finds(
    simulator, unit, keeper, world, told, caplog
):
    told(verifier_token="guessed")
    wanted, noted = drift_in_every_way(keeper, world[1])
    until(lambda: any(w["attempts"] for w in simulator._call("GET", "/_simulator/webhooks")))
    simulator.webhooks(url="")
    assert not WebhookEvent.objects.exists()
    assert not Drift.objects.exists()
    refusals = [r.getMessage() for r in caplog.records if "webhook.refused" in r.getMessage()]
    assert refusals
    assert not any("qbo." in each or "intuitentityid" in each for each in refusals)
    net(unit)
    assert (found(state="open"), found(state="noted")) == (wanted, noted)


def test_more_changes_than_the_net_holds_are_found(unit, keeper, world, monkeypatch):
    monkeypatch.setattr("sync.quickbooks.client.MOST_CHANGES", 1)
    wanted, noted = drift_in_every_way(keeper, world[1])
    net(unit)
    assert (found(state="open"), found(state="noted")) == (wanted, noted)


def test_after_more_than_thirty_days_deletions_are_found_by_id(simulator, unit, keeper, world):
    net(unit)
    reading = unit.quickbooks_company.readings.get(kind="drift")
    reading.read_until -= timedelta(days=40)
    reading.save()
    simulator.switch(cdc_look_back="refuse")
    wanted, noted = drift_in_every_way(keeper, world[1])
    net(unit)
    simulator.switch(cdc_look_back="any")
    assert (found(state="open"), found(state="noted")) == (wanted, noted)


def test_words_name_both_amounts_and_the_day(unit, keeper, world):
    keeper.do(keeper.changed(world[1][0], Decimal("120.00")))
    net(unit)
    drift = Drift.objects.get()
    local = drift.changed_at.astimezone(ZoneInfo(unit.timezone)).date()
    assert drift_words(drift) == (
        f"Payment {world[1][0]['Id']} changed in QuickBooks: $150.00 → $120.00 on {day(local)}"
    )


def test_a_payment_changed_to_adjust_a_refund_is_noted_and_not_asked_about(unit, keeper, world):
    case = give_back(*world, 1)[0]
    Refund.objects.update(kind="bounced")
    keeper.do(keeper.changed(case.payment, Decimal("150.00") - case.amount))
    net(unit)
    drift = Drift.objects.get(record__kind="payment")
    assert (drift.state, drift.note) == ("noted", "It is how a refund was adjusted.")


def changes_told():
    events = Event.objects.filter(subject_kind="drift").order_by("pk")
    return [(e.action, e.actor, e.detail.get("from"), e.detail.get("to")) for e in events]


def test_accepting_a_changed_payment_as_proof_settles_its_change_too(unit, keeper, world):
    person = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    case = give_back(*world, 1)[0]
    Refund.objects.update(kind="bounced")
    keeper.do(keeper.changed(case.payment, Decimal("150.00") - case.amount - 1))
    net(unit)
    assert Drift.objects.get().state == "open"
    ask(unit.quickbooks_company, proof.KIND)
    serve(unit)
    accept(RefundMatch.objects.get().pk, person)
    drift = Drift.objects.get()
    assert (drift.state, drift.note) == ("noted", "It is how a refund was adjusted.")
    assert drift.decided_by == person
    followed = ("drift_followed_refund", person, "open", "noted")
    assert changes_told() == [("drift_found", None, None, None), followed]
    net(unit)
    assert Drift.objects.get().state == "noted"
    review(case.refund, person, RefundReview.Status.OPEN, "")
    again = ("drift_followed_refund", person, "noted", "open")
    assert changes_told() == [("drift_found", None, None, None), followed, again]
    assert (Drift.objects.get().state, Drift.objects.get().note) == ("open", "")


def test_a_change_that_is_open_is_noted_when_reading_proves_a_refund_by_it(unit, keeper, world):
    payments, receipts = world
    keeper.do(keeper.changed(receipts[0], Decimal("130.00")))
    net(unit)
    assert Drift.objects.get().state == "open"
    refund = RefundFactory(
        payment=payments[0], kind="bounced", amount=Decimal("20.00"), refunded_on=TODAY
    )
    ask(unit.quickbooks_company, proof.KIND)
    serve(unit)
    assert refund.review.status == "verified"
    assert Drift.objects.get().state == "noted"
    refund.amount = Decimal("19.00")
    refund.save()
    ask(unit.quickbooks_company, proof.KIND)
    serve(unit)
    assert Drift.objects.get().state == "open"


def test_what_is_changed_back_is_undone_and_what_is_accepted_is_the_new_measure(
    unit, keeper, world
):
    person = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    first, second = world[1][:2]
    less, kept = keeper.do(
        keeper.changed(first, Decimal("120.00")), keeper.changed(second, Decimal("110.00"))
    )
    net(unit)
    back = Drift.objects.get(record__qbo_id=first["Id"])
    drift = Drift.objects.get(record__qbo_id=second["Id"])
    assert decide([drift.pk], person, Drift.State.ACCEPTED, "Agreed with the customer") == 1
    less["Line"] = first["Line"]
    keeper.do(keeper.changed(less, Decimal("150.00")))
    net(unit)
    back.refresh_from_db()
    drift.refresh_from_db()
    assert (back.state, drift.state, found(state="open")) == ("undone", "accepted", [])
    keeper.do(keeper.changed(kept, Decimal("105.00")))
    net(unit)
    again = Drift.objects.get(state="open")
    assert again.changes[0] == {"field": "total", "was": "110.00", "now": "105.00"}


def test_explaining_needs_a_reason_and_is_audited(unit, keeper, world):
    person = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    keeper.do(keeper.voided(world[1][0]))
    net(unit)
    drift = Drift.objects.get()
    with pytest.raises(DecisionRefused, match="Say why"):
        decide([drift.pk], person, Drift.State.EXPLAINED, " ")
    decide([drift.pk], person, Drift.State.EXPLAINED, "Bounced")
    drift.refresh_from_db()
    assert (drift.state, drift.note, drift.decided_by) == ("explained", "Bounced", person)
    assert Event.objects.get(action="drift_decided").actor == person
    net(unit)
    assert Drift.objects.get().state == "explained"


def test_what_is_edited_or_voided_here_is_listed(unit, world):
    paid = world[0]
    Payment.objects.filter(pk=paid[0].pk).update(amount=Decimal("140.00"))
    Invoice.objects.filter(pk=paid[1].invoice_id).update(number="W-EDITED")
    Payment.objects.filter(pk=paid[2].pk).update(voided_at="2026-05-05T10:00:00Z")
    assert look_here(unit.quickbooks_company) == 3
    assert look_here(unit.quickbooks_company) == 0
    changes = sorted(
        (d.record.kind, c["field"], c["was"], c["now"])
        for d in Drift.objects.filter(side="here")
        for c in d.changes
    )
    assert changes == [
        ("invoice", "number", "W-1", "W-EDITED"),
        ("payment", "standing", "there", "voided"),
        ("payment", "total", "150.00", "140.00"),
    ]


def test_no_signature_fits_where_no_verifier_is_set(settings):
    settings.QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN = ""
    assert not is_signed(b"[]", "vbEdx7sFAZcLLRFYcCpDhlcE0zu0e2OzxgEmOBfxi7s=")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{}", 400),
        ("[1]", 400),
        ("nonsense", 400),
        # Refused, such an event would be sent again without end, and hold back what follows.
        ('{"eventNotifications":[{}]}', 200),
        ("[{}]", 200),
    ],
)
def test_signed_nonsense_changes_nothing(client, db, body, status):
    from sync.simulator.webhooks.notifications import sign

    answer = client.post(
        "/quickbooks/webhooks/",
        body,
        content_type="application/json",
        headers={"intuit-signature": sign(body.encode(), "simulator-verifier")},
    )
    assert answer.status_code == status
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("signature", ["", "AAAA", "ü", None])
def test_unsigned_is_refused(client, db, signature):
    headers = {} if signature is None else {"intuit-signature": signature}
    body = '{"eventNotifications":[]}'
    answer = client.post(
        "/quickbooks/webhooks/", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 401
    assert client.get("/quickbooks/webhooks/").status_code == 405
