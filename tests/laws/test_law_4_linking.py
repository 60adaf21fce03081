"""Law 4, to the cent: only what equals ours is linked, and only what is gone is unlinked."""

from decimal import Decimal

import pytest

from sync.exports.delivery.marker_search import Findings
from sync.exports.documents.units_of_work import load
from sync.exports.remedies import compare, link, unlink
from sync.models import QuickBooksCompany, SyncRecord
from tests.factories import (
    BatchRequestFactory,
    CompanyRequestFactory,
    CustomerFactory,
    RefundFactory,
    SyncRecordFactory,
)
from tests.laws.holding import session_of


class Client:
    """Answers nothing but the names that vendors and employees hold."""

    def __init__(self):
        self.names = {}

    def select_each(self, entity, _name, _values):
        return [{"DisplayName": name} for name in self.names.get(entity, [])], set()


@pytest.fixture
def session(company):
    session = session_of(company)
    session.client = Client()
    return session


@pytest.fixture
def customer(session, fully_paid):
    """A customer's record whose name was refused as taken."""
    work = load(session.company, [fully_paid.pk])[fully_paid.pk]
    return SyncRecordFactory(
        company=session.company,
        kind="customer",
        payment=None,
        customer=fully_paid.customer,
        content=work.customer,
        state="failed",
        error_code="6240",
    )


@pytest.fixture
def run(session, monkeypatch):
    """Serve a comparison, a link or an unlinking, with what QuickBooks holds of each record."""

    def ran(handler, *records, theirs=None):
        theirs = theirs or {}
        monkeypatch.setattr(compare, "look_for", lambda *_given: Findings(strangers=theirs))
        monkeypatch.setattr(
            link, "read_ids", lambda _client, _kind, ids: {e["Id"]: e for e in theirs.values()}
        )
        monkeypatch.setattr(compare, "read_ids", lambda *_given: {})
        monkeypatch.setattr(unlink, "read", lambda _client, _records: theirs)
        documents = [
            {"record": r.pk, "name": str(r.pk), "of": "", "page": [], "to": ["7", "0"]}
            for r in records
        ]
        request = CompanyRequestFactory(
            company=session.company,
            business_unit=records[0].business_unit,
            params={"documents": documents},
        )
        return handler(session, request)["outcomes"]

    return ran


def theirs(record, **changes):
    content = record.content
    return {
        "Id": "7", "SyncToken": "0", "Active": True,
        "DisplayName": content["display_name"], "CompanyName": content["company_name"],
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"Active": False}, "That customer is inactive."),
        ({"CurrencyRef": {"value": "CAD"}}, "It is in another currency there."),
        ({"CurrencyRef": {"value": "USD"}}, ""),
    ],
)
def test_which_customer_may_be_linked(session, customer, run, changes, words):
    several = {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    QuickBooksCompany.objects.filter(pk=session.company.pk).update(preferences=several)
    [shown] = run(compare.compare, customer, theirs={customer.pk: theirs(customer, **changes)})
    assert shown["linkable"] is (words == "")
    assert shown["words"].startswith(words or "Link it if the two are the same.")
    [done] = run(link.link, customer, theirs={customer.pk: theirs(customer, **changes)})
    assert done["done"] is (words == "")
    customer.refresh_from_db()
    assert (customer.state, customer.qbo_id) == (("failed", "") if words else ("exported", "7"))


def test_a_company_of_one_currency_says_nothing_of_it(customer, run):
    other = theirs(customer, CurrencyRef={"value": "CAD"})
    [shown] = run(compare.compare, customer, theirs={customer.pk: other})
    assert shown["linkable"]


def test_whoever_asks_is_told_of_a_customer_in_another_currency(session, customer):
    """Customers are linked and mended without a comparison of each figure, which tells it too."""
    company, cad = session.company, theirs(customer, CurrencyRef={"value": "CAD"})
    assert compare.why_not_customer(cad, "USD", company) == ""
    company.preferences = {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    company.save()
    company = QuickBooksCompany.objects.get(pk=company.pk)
    words = "It is in another currency there."
    assert compare.why_not_customer(cad, "USD", company).startswith(words)
    assert compare.why_not_customer(cad, "CAD", company) == ""


def test_what_changed_there_or_here_after_it_was_shown_is_not_linked(customer, run):
    def told(**changes):
        [outcome] = run(link.link, customer, theirs={customer.pk: theirs(customer, **changes)})
        assert not outcome["done"]
        return outcome["words"]

    assert told(SyncToken="1") == link.CHANGED_THERE
    assert told(Id="8") == link.NOT_THERE
    SyncRecord.objects.update(error_code="6000")
    assert told() == link.NO_LONGER


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        ("Vendor", "The name is a vendor's in QuickBooks"),
        ("Employee", "The name is an employee's in QuickBooks"),
        ("Nobody", "Nothing that could be linked is in QuickBooks now."),
    ],
)
def test_a_name_that_others_hold_is_told(session, customer, run, holder, words):
    session.client.names = {holder: [customer.content["display_name"].upper()]}
    [shown] = run(compare.compare, customer)
    assert shown["words"].startswith(words)


def invoice_of(session, invoice, **values):
    work = load(session.company, [invoice.pk])[invoice.pk]
    given = {"state": "failed", "error_code": "6140", "content": work.content} | values
    return SyncRecordFactory(
        company=session.company, kind="invoice", payment=None, invoice=invoice, **given
    )


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("TxnType=Estimate with TxnId=12", "The number is used by another kind of document"),
        ("TxnType=Invoice with TxnId=12", "Nothing that could be linked"),
        ("", "Nothing that could be linked"),
    ],
)
def test_a_number_that_another_kind_holds_is_told(session, fully_paid, run, detail, words):
    [shown] = run(compare.compare, invoice_of(session, fully_paid, error_detail=detail))
    assert shown["words"].startswith(words)


def test_a_document_that_another_record_holds_or_marks_is_not_linked(session, fully_paid):
    record = invoice_of(session, fully_paid)
    document = {"Id": "7", "TotalAmt": "150.00"}
    words = "It is another of our documents. Give this one another number."
    marked = document | {"PrivateNote": f"Paidup other {record.pk}"}
    assert compare.why_not(record, "not mapped", marked) == words
    assert compare.why_not(record, "not mapped", document) == "not mapped"
    own = document | {"PrivateNote": record.marker}
    assert compare.why_not(record, "not mapped", own) == "not mapped"
    SyncRecordFactory(
        company=session.company,
        kind="customer",
        payment=None,
        customer=CustomerFactory(),
        qbo_id="7",
    )
    assert compare.why_not(record, "not mapped", document) == "not mapped"
    held = SyncRecordFactory(company=session.company, qbo_id="7")
    SyncRecord.objects.filter(pk=held.pk).update(kind="invoice", payment=None, invoice=other(held))
    elsewhere = (
        "It belongs to another unit that posts to this company. Give this one another number."
    )
    assert compare.why_not(record, "not mapped", document) == elsewhere
    SyncRecord.objects.filter(pk=held.pk).update(business_unit=record.business_unit)
    assert compare.why_not(record, "not mapped", document) == words


def other(record):
    return record.payment.invoice


def test_both_sides_are_shown_by_name_or_else_by_id(session, fully_paid):
    record = invoice_of(session, fully_paid)
    shown = {"CustomerRef": {"value": "5", "name": "Smith"}, "TotalAmt": "150.00"}
    rows = {label: (ours, its) for label, ours, its, _ in compare.side_by_side(record, shown)}
    assert rows["Customer"][1] == "Smith"
    assert rows["Total"] == ("150.00", "150.00")
    assert rows["Our mark"] == ("yes", "no")
    rows = compare.side_by_side(record, {"CustomerRef": {"value": "5"}})
    assert {label: its for label, _, its, _ in rows}["Customer"] == "5"
    assert compare.waiting_amount(record) == Decimal(0)


# Unlinking -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "entity", "words"),
    [
        ({"state": "exported", "qbo_id": "7"}, None, "It was deleted there."),
        ({"state": "mismatch", "qbo_id": "7"}, None, "It was deleted there."),
        ({"state": "uncertain", "qbo_id": "7"}, None, "It is not something that can be unlinked."),
        ({"state": "exported", "qbo_id": "7"}, {"TotalAmt": "1"}, unlink.STILL_THERE),
        (
            {"state": "exported", "qbo_id": "7"},
            {"TotalAmt": 0, "PrivateNote": "Voided"},
            unlink.VOIDED,
        ),
    ],
)
def test_only_what_is_gone_is_unlinked(session, fully_paid, run, values, entity, words):
    record = invoice_of(session, fully_paid, **values)
    [said] = run(unlink.unlink, record, theirs={record.pk: entity} if entity else {})
    assert said["words"].startswith(words)
    assert SyncRecord.objects.exists() is not said["done"]


def test_a_customer_is_not_unlinked(customer, run):
    SyncRecord.objects.update(state="exported", qbo_id="7")
    [said] = run(unlink.unlink, customer)
    assert (said["done"], SyncRecord.objects.count()) == (False, 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "exported", "qbo_id": "9"}, "1 of its payments is still linked"),
        ({"state": "in_flight"}, "It is not certain yet what became of its payments."),
        ({"state": "uncertain"}, "It is not certain yet what became of its payments."),
        ({"state": "pending"}, "It was deleted there."),
    ],
)
def test_an_invoice_is_unlinked_after_its_payments(session, fully_paid, run, values, words):
    record = invoice_of(session, fully_paid, state="exported", qbo_id="7")
    if values["state"] == "in_flight":
        values = values | {"batch": BatchRequestFactory(company=session.company)}
    SyncRecordFactory(company=session.company, payment=fully_paid.payments.get(), **values)
    [said] = run(unlink.unlink, record)
    assert said["words"].startswith(words)


def test_a_refund_keeps_its_payment_linked(session, fully_paid, run):
    payment = fully_paid.payments.get()
    RefundFactory(payment=payment)
    record = SyncRecordFactory(
        company=session.company, payment=payment, state="exported", qbo_id="9"
    )
    [said] = run(unlink.unlink, record)
    assert "is still to adjust" in said["words"]
