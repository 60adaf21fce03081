"""Every row can be closed truthfully: what a person shows is read and judged aloud."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Role
from sync import tasks
from sync.company.requests import ask
from sync.discrepancies.refunds import showing
from sync.discrepancies.refunds.reading import proof
from sync.discrepancies.refunds.refund_entry import void
from sync.discrepancies.refunds.reviews import ReviewRefused
from sync.discrepancies.refunds.showing import show
from sync.models import CompanyRequest, Drift, Refund, RefundDiscrepancy, RefundReview
from sync.quickbooks.links import deep_link
from tests.discrepancies.reading.exported_world import AMOUNT, TODAY, export_payments, give_back
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(unit, keeper):
    return export_payments(unit, keeper, 4, customers=2)


@pytest.fixture
def case(world):
    return give_back(*world, 1)[0]


@pytest.fixture
def accountant(unit):
    return MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user


def served(unit, request):
    tasks.relay(unit.quickbooks_company_id)
    request.refresh_from_db()
    return request


@pytest.fixture
def read(unit):
    def read():
        request = served(unit, ask(unit.quickbooks_company, proof.KIND))
        assert request.state == "done", request.error
        return request.result

    return read


@pytest.fixture
def shown(unit, case, accountant):
    """Show a document for the refund; return what is said of it."""

    def shown(text):
        request = served(unit, show(RefundDiscrepancy.objects.get(), accountant, text))
        return request.result.get("words") or request.error

    return shown


def status():
    review = RefundReview.objects.first()
    return review.status if review else "open"


def nameless(keeper, amount, day):
    detail = {"AccountRef": {"value": keeper.income}}
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail"}
    body = {"PaymentType": "Check", "AccountRef": {"value": keeper.bank}, "TxnDate": str(day)}
    line["AccountBasedExpenseLineDetail"] = detail
    return ("create", "Purchase", body | {"Line": [line]})


def test_an_expense_without_a_name_is_proposed_and_may_be_shown(keeper, case, read, shown):
    late = case.day + timedelta(days=9)
    check = keeper.one(*nameless(keeper, case.amount, late))
    assert read() == {"verified": 0, "proposed": 1, "reopened": 0}
    match = case.refund.matches.get()
    assert (match.adjustment.qbo_id, match.why) == (check["Id"], "It names no customer.")
    words = shown(check["Id"])
    assert words.startswith(f"Check {check['Id']} of ")
    assert "pays out $20.25 and credits the sale by $20.25." in words
    assert status() == "verified"
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    keeper.one(*keeper.deleted(check, "Purchase"))
    assert read()["reopened"] == 1


def test_what_reading_would_only_ask_about_is_closed_by_its_link(keeper, case, read, shown, unit):
    receipt = keeper.one(*keeper.refund_receipt(case.customer, case.amount, TODAY))
    assert read()["verified"] == 0
    realm = unit.quickbooks_company.realm_id
    words = shown(deep_link(realm, "RefundReceipt", receipt["Id"]))
    assert "pays out $20.25 and credits the sale by $20.25" in words
    assert status() == "verified"


def test_what_reading_would_only_ask_about_is_closed_by_its_number(keeper, case, read, shown):
    Refund.objects.update(kind="bounced")
    entry = keeper.one(*keeper.journal_entry(case.customer, case.amount, TODAY))
    assert read()["verified"] == 0
    assert "pays out $20.25" in shown(f"Journal entry #{entry['DocNumber']}")
    assert status() == "verified"


def test_what_is_shown_is_refused_in_words_where_it_is_no_adjustment(keeper, case, world, shown):
    assert shown("4711") == "QuickBooks has no document 4711."
    entry = keeper.journal_entry(case.customer, case.amount, case.day)[2]
    income = {"value": keeper.income}
    entry["Line"][1]["JournalEntryLineDetail"]["AccountRef"] = income
    fee = keeper.one("create", "JournalEntry", entry)
    assert shown(fee["DocNumber"]).endswith("it pays nothing back, so it is no adjustment.")
    other = world[1][1]["CustomerRef"]["value"]
    receipt = keeper.one(*keeper.refund_receipt(other, case.amount, case.day))
    assert shown(receipt["Id"]).endswith("is of another customer: it cannot adjust this refund.")
    assert status() == "open"


def test_half_of_it_shown_says_what_is_left(keeper, case, shown):
    memo = keeper.one(*keeper.credit_memo(case.customer, case.amount, TODAY))
    assert shown(memo["Id"]).endswith("That is a part: the payout is missing.")
    assert (status(), RefundReview.objects.get().left) == ("open", {"payout": "20.25"})


def test_nothing_is_asked_for_nothing(case, accountant):
    for text in (" ", "x" * 301):
        with pytest.raises(ReviewRefused):
            show(RefundDiscrepancy.objects.get(), accountant, text)
    assert not CompanyRequest.objects.filter(kind=showing.KIND).exists()


def test_a_receipt_under_the_parent_is_proposed(keeper, case, read):
    parent = keeper.one(*keeper.customer("Household"))
    row = keeper.read("Customer", case.customer)
    moved = {
        "Id": row["Id"],
        "SyncToken": row["SyncToken"],
        "sparse": True,
        "Job": True,
        "ParentRef": {"value": parent["Id"]},
    }
    keeper.one("update", "Customer", moved)
    keeper.one(*keeper.refund_receipt(parent["Id"], case.amount, case.day))
    assert read() == {"verified": 0, "proposed": 1, "reopened": 0}
    assert case.refund.matches.get().why == "It is under a relative of this customer."


def test_a_payment_deleted_and_entered_again_is_drift_and_no_adjustment(keeper, case, read, unit):
    Refund.objects.update(kind="bounced", amount=AMOUNT)
    invoice = case.payment["Line"][0]["LinkedTxn"][0]["TxnId"]
    keeper.one(*keeper.deleted(case.payment))
    keeper.one(*keeper.payment(case.customer, AMOUNT, case.day, invoice))
    assert read() == {"verified": 0, "proposed": 0, "reopened": 0}
    served(unit, ask(unit.quickbooks_company, "drift", net=True))
    assert Drift.objects.filter(record__kind="payment").get().state == "open"


def test_a_refund_taken_back_gives_its_amount_back_and_leaves_drift(
    keeper, case, read, accountant, unit
):
    receipt = keeper.one(*keeper.refund_receipt(case.customer, case.amount, case.day))
    assert read()["verified"] == 1
    void(case.refund.pk, accountant, "Entered for the wrong customer")
    assert not RefundDiscrepancy.objects.exists()
    payment = case.refund.payment
    payment.refresh_from_db()
    assert payment.refunded_total == Decimal("0.00")
    drift = Drift.objects.get()
    assert (drift.side, drift.state) == ("here", "open")
    assert drift.changes == [
        {"field": "adjusted", "was": "", "now": f"Refund receipt {receipt['Id']}"}
    ]
    again = Refund.objects.create(
        payment=payment, amount=case.amount, refunded_on=case.day, kind="sale"
    )
    assert read()["verified"] == 1
    assert RefundReview.objects.get(refund=again).status == "verified"
    served(unit, ask(unit.quickbooks_company, "drift", net=True))
    assert Drift.objects.get().state == "undone"


def test_the_report_reads_first_and_tells_in_json(keeper, case, unit):
    memo = keeper.one(*keeper.credit_memo(case.customer, case.amount, case.day))
    out = StringIO()
    arguments = ("refund_report", unit.code, "--read", "--status", "all", "--format", "json")
    call_command(*arguments, stdout=out)
    [row] = json.loads(out.getvalue())
    told = {name: row[name] for name in ("refund", "kind", "status", "evidence", "missing")}
    assert told == {
        "refund": case.refund.pk,
        "kind": "sale",
        "status": "open",
        "evidence": f"Credit memo {memo.get('DocNumber') or memo['Id']}",
        "missing": "the payout is missing",
    }


def test_the_report_says_it_where_nothing_can_be_read(case, unit):
    company = unit.quickbooks_company
    company.status = "disconnected"
    company.save()
    with pytest.raises(CommandError, match="is not connected to QuickBooks"):
        call_command("refund_report", unit.code, "--read", stdout=StringIO())


def test_a_reading_goes_in_pieces_and_what_is_urgent_goes_in_between(case, unit, keeper):
    reading = ask(unit.quickbooks_company, proof.KIND)
    shown = []

    def one_more(session, request):
        shown.append(request.pk)
        return {}

    handlers = tasks.HANDLERS | {"urgent": one_more}
    from sync.company.requests import asked, go_on, serve
    from sync.company.sessions import open_session

    company = unit.quickbooks_company
    with open_session(company.pk) as session:
        assert serve(session, asked(company.pk, handlers), handlers)
        pieces = 0
        while go_on(session, asked(company.pk, handlers), handlers):
            pieces += 1
            if pieces == 2:
                ask(company, "urgent")
                assert serve(session, asked(company.pk, handlers), handlers)
    reading.refresh_from_db()
    assert (reading.state, len(shown)) == ("done", 1)
    assert pieces > 5
