"""Law 3, nothing guessed: a remedy is offered only where what it rests on is known."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from sync.company.requests import RequestFailed
from sync.exports.delivery import settling
from sync.exports.remedies import decide, requests
from sync.exports.remedies.decide import Decision, RemedyRefused
from sync.exports.remedies.decision_plan import plan as decision_steps
from sync.exports.remedies.requests import Remedy, is_comparable
from sync.exports.remedies.results import Outcomes
from sync.models import QuickBooksCompany, SyncRecord
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    CompanyRequestFactory,
    DepositFactory,
    InvoiceFactory,
    PaymentFactory,
    SyncRecordFactory,
)

TAKEN = "QuickBooks holds an invoice with this number already."  # words decide nothing


@pytest.fixture
def invoice(company):
    return InvoiceFactory(business_unit=BusinessUnitFactory(quickbooks_company=company))


@pytest.fixture
def record(company, invoice):
    """Return a function that gives the invoice, or a payment of it, its record."""

    def made(payment=None, **values):
        document = {"payment": payment} if payment else {"kind": "invoice", "invoice": invoice}
        given = {"payment": None, "content": {"number": "7", "total": "150.00"}} | document
        if values.get("state") == "in_flight":
            given["batch"] = BatchRequestFactory(company=company)
        return SyncRecordFactory(company=company, **given | values)

    return made


@pytest.mark.parametrize(("remedy", "with_customer"), [(Remedy.CHECK, True), (Remedy.LINK, False)])
def test_a_remedy_is_about_whole_units_of_work_where_they_post_to(
    company, invoice, record, remedy, with_customer
):
    paid, other = PaymentFactory(invoice=invoice), PaymentFactory(invoice=invoice)
    whole = {record(), record(other)}
    if with_customer:
        whole.add(SyncRecordFactory(company=company, kind="customer", customer=invoice.customer))
    SyncRecordFactory(company=company)  # of somebody else
    assert set(requests.units_of_work([paid], remedy)) == whole


# Compare and link ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ({"state": "failed", "error_code": "6140"}, True),
        ({"state": "failed", "error_code": "6240"}, True),
        ({"state": "failed", "error": TAKEN}, False),
        ({"state": "failed", "error_code": "6000", "error": "No."}, False),
        ({"state": "failed", "error_code": "ABSENT"}, False),
        ({"state": "uncertain"}, True),
        ({"state": "pending"}, False),
        ({"state": "failed", "error_code": "6140", "qbo_id": "9"}, False),
        ({"state": "uncertain", "qbo_id": "9"}, False),
        ({"state": "exported", "qbo_id": "9"}, False),
        ({"state": "mismatch", "qbo_id": "9"}, False),
    ],
)
def test_compare_and_link_is_offered_where_something_may_stand_there(record, values, fits):
    row = record(**values)
    assert is_comparable(row) is fits
    steps = requests.plan(Remedy.COMPARE, SyncRecord.objects.all())
    assert [not step.refused for step in steps] == ([] if row.qbo_id else [fits])


@pytest.mark.parametrize(
    ("of_invoice", "code", "fits"),
    [
        ("mismatch", "BALANCE", True),
        ("mismatch", "MISMATCH", False),
        ("exported", "", False),
        ("uncertain", "BALANCE", False),
    ],
)
def test_a_waiting_payment_is_compared_only_behind_an_invoice_with_too_little_open(
    invoice, record, of_invoice, code, fits
):
    record(state=of_invoice, error_code=code, qbo_id="9")
    assert is_comparable(record(PaymentFactory(invoice=invoice), state="pending")) is fits


def test_an_invoice_that_differs_elsewhere_says_nothing_of_this_company(invoice, record):
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    elsewhere = record(state="mismatch", error_code="BALANCE", qbo_id="9")
    SyncRecord.objects.filter(pk=elsewhere.pk).update(company=other)
    assert not is_comparable(record(PaymentFactory(invoice=invoice), state="pending"))


# While something is on its way -----------------------------------------------------------------


def refusals(remedy, *records):
    rows = SyncRecord.objects.filter(pk__in=[one.pk for one in records])
    return {step.record.pk: step.refused for step in requests.plan(remedy, rows)}


ON_ITS_WAY = "It is on its way to QuickBooks right now. Wait until that is known."
NOT_CERTAIN = "Whether it reached QuickBooks is not certain. Check it again first."


def test_what_is_on_its_way_is_not_compared(record):
    moving = record(state="in_flight")
    assert refusals(Remedy.COMPARE, moving) == {moving.pk: ON_ITS_WAY}
    with pytest.raises(RemedyRefused):
        requests.ask(Remedy.COMPARE, [moving.pk], None)


@pytest.mark.parametrize(
    ("state", "words"), [("in_flight", ON_ITS_WAY), ("uncertain", NOT_CERTAIN)]
)
def test_a_unit_stays_whole_while_a_payment_of_it_is_not_known(invoice, record, state, words):
    there = record(state="exported", qbo_id="9")
    payment = PaymentFactory(invoice=invoice)
    record(payment, state=state)
    told = f"{requests.in_words(payment)}: {words}"
    assert refusals(Remedy.REMOVE, there) == {there.pk: told}
    with pytest.raises(RemedyRefused):
        requests.ask(Remedy.REMOVE, [there.pk], None)


@pytest.mark.parametrize("remedy", [Remedy.CHECK, Remedy.UNLINK, Remedy.REMOVE])
@pytest.mark.parametrize("state", ["waiting", "running", "looking"])
def test_no_remedy_touches_what_is_being_removed(company, record, remedy, state):
    leaving = record(state="exported", qbo_id="9")
    asked = {"documents": [{"record": leaving.pk}]}
    CompanyRequestFactory(company=company, kind="remove", params=asked, state=state)
    assert "It is being removed" in refusals(remedy, leaving)[leaving.pk]


def test_a_removal_that_is_over_or_of_others_keeps_nothing(company, record):
    stays = record(state="exported", qbo_id="9")
    asked = {"documents": [{"record": stays.pk}]}
    CompanyRequestFactory(company=company, kind="remove", params=asked, state="failed")
    CompanyRequestFactory(company=company, kind="check_again", params=asked)
    CompanyRequestFactory(kind="remove", params=asked)
    assert refusals(Remedy.CHECK, stays) == {stays.pk: ""}


def test_a_delete_without_an_answer_keeps_every_remedy_away(company, record):
    batch = BatchRequestFactory(company=company, operation="delete")
    leaving = record(state="exported", qbo_id="9", batch=batch)
    assert refusals(Remedy.CHECK, leaving)[leaving.pk].startswith("It is being removed")
    type(batch).objects.update(settled_at=Now())
    assert refusals(Remedy.CHECK, leaving)[leaving.pk] == ""


def test_what_is_there_and_in_doubt_is_not_unlinked(record):
    doubtful = record(state="uncertain", qbo_id="9")
    assert refusals(Remedy.UNLINK, doubtful) == {doubtful.pk: NOT_CERTAIN}


# What a person decides -------------------------------------------------------------------------


def refused(decision, invoice):
    [step] = decision_steps(decision, [invoice.pk])
    return step.refused


@pytest.mark.parametrize(
    ("values", "may_be_held"),
    [
        ({"state": "pending"}, True),
        ({"state": "failed"}, True),
        ({"state": "in_flight"}, False),
        ({"state": "uncertain"}, False),
        ({"state": "exported", "qbo_id": "9"}, False),
        ({"state": "failed", "qbo_id": "9"}, False),
    ],
)
@pytest.mark.parametrize("is_payment", [False, True])
def test_only_what_never_left_is_kept_out(invoice, record, values, may_be_held, is_payment):
    record(PaymentFactory(invoice=invoice) if is_payment else None, **values)
    assert (refused(Decision.HOLD, invoice) == "") is may_be_held
    if not may_be_held:
        with pytest.raises(RemedyRefused):
            decide.hold(invoice, None, "why")


def test_do_not_export_stands_while_it_is_being_removed(company, invoice, record):
    decide.hold(invoice, None, "why")
    assert refused(Decision.HOLD, invoice).endswith("is marked Do not export already.")
    leaving = record(state="exported", qbo_id="9")
    asked = {"documents": [{"record": leaving.pk}]}
    request = CompanyRequestFactory(company=company, kind="remove", params=asked)
    assert "is being removed" in refused(Decision.ALLOW, invoice)
    type(request).objects.update(state="done")
    assert refused(Decision.ALLOW, invoice) == ""
    decide.allow(invoice, None)
    assert refused(Decision.ALLOW, invoice).endswith("is not marked Do not export.")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "failed"}, ""),
        ({"state": "uncertain"}, ""),
        ({"state": "failed", "qbo_id": "9"}, "Nothing of invoice"),
        ({"state": "in_flight"}, "Nothing of invoice"),
        ({"state": "pending"}, "Nothing of invoice"),
        ({"state": "mismatch", "qbo_id": "9"}, "is in QuickBooks, but differs"),
    ],
)
def test_only_what_was_refused_or_is_in_doubt_is_retried(invoice, record, values, words):
    record(**values)
    told = refused(Decision.RETRY, invoice)
    assert words in told
    assert bool(words) is bool(told)


def test_what_stopped_in_another_company_is_not_retried_here(invoice, record):
    stopped = record(state="failed")
    assert refused(Decision.RETRY, invoice) == ""
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    SyncRecord.objects.filter(pk=stopped.pk).update(company=other)
    assert refused(Decision.RETRY, invoice).startswith("Nothing of invoice")


# A longer pause stands -------------------------------------------------------------------------


def paused(company):
    company.refresh_from_db()
    return company.paused_until, company.pause_reason


def test_a_shorter_pause_does_not_end_a_longer_one(company):
    settling.pause(company, 600, "QuickBooks asks to slow down.")
    longer = paused(company)
    settling.pause(company, 5, "QuickBooks does not answer.")
    assert paused(company) == longer
    settling.pause(company, 1200, "QuickBooks refuses the company.")
    until, reason = paused(company)
    assert until > longer[0] + timedelta(seconds=500)
    assert reason == "QuickBooks refuses the company."
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    assert paused(other) == (None, "")


def test_a_pause_that_is_over_does_not_stand(company):
    QuickBooksCompany.objects.filter(pk=company.pk).update(
        paused_until=Now() - timedelta(seconds=60)
    )
    settling.pause(company, 5, "QuickBooks does not answer.")
    assert paused(company)[1] == "QuickBooks does not answer."


def test_a_deposit_without_an_invoice_is_not_retried(db):
    with pytest.raises(RemedyRefused, match=r"This payment has no invoice\."):
        decide.retry(DepositFactory(), None)


def test_a_request_that_names_no_unit_does_nothing_for_anybody(company):
    params = {"documents": []}
    request = CompanyRequestFactory(company=company, business_unit=None, params=params)
    with pytest.raises(RequestFailed, match="it names no business unit"):
        Outcomes(request)
