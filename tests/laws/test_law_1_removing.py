"""Law 1 both ways: a unit of work leaves QuickBooks whole, or not one delete is sent."""

from datetime import date
from decimal import Decimal

import pytest

from sync.company.requests import LookLater, RequestFailed
from sync.exports.delivery import delete_write
from sync.exports.remedies import remove
from sync.models import CompanyRequest, Event, SyncRecord
from tests.factories import (
    BatchRequestFactory,
    CompanyRequestFactory,
    PaymentFactory,
    RefundFactory,
    SyncRecordFactory,
    UserFactory,
)
from tests.laws.holding import session_of


class Books:
    """An invoice of $150.00 and its payment as QuickBooks holds them, and what is done to them."""

    def __init__(self, session, invoice):
        self.session, self.document = session, invoice
        company = session.company
        self.invoice = SyncRecordFactory(
            company=company, kind="invoice", payment=None, invoice=invoice, state="exported",
            qbo_id="1", qbo_sync_token="0", exported_total=Decimal("150.00"),
        )  # fmt: skip
        self.payment = SyncRecordFactory(
            company=company, payment=invoice.payments.get(), state="exported",
            qbo_id="2", qbo_sync_token="0", exported_total=Decimal("150.00"),
        )  # fmt: skip
        self.there = {
            self.invoice.pk: {
                "Id": "1", "SyncToken": "1", "TxnDate": "2026-05-04", "TotalAmt": "150.00",
                "Balance": "0.00", "PrivateNote": self.invoice.marker,
                "LinkedTxn": [{"TxnType": "Payment", "TxnId": "2"}],
            },
            self.payment.pk: {
                "Id": "2", "SyncToken": "0", "TxnDate": "2026-05-10", "TotalAmt": "150.00",
                "PrivateNote": self.payment.marker,
                "Line": [{"LinkedTxn": [{"TxnType": "Invoice", "TxnId": "1"}]}],
            },
        }  # fmt: skip
        self.deleted = []
        self.refuses = {}

    def read(self, _client, records):
        return {r.pk: self.there[r.pk] for r in records if r.pk in self.there}

    def delete(self, _session, record, _entity):
        self.deleted.append(record.kind)
        if record.kind in self.refuses:
            return self.refuses[record.kind]
        del self.there[record.pk]
        if record.kind == "payment" and self.invoice.pk in self.there:
            self.there[self.invoice.pk] |= {"LinkedTxn": [], "Balance": "150.00"}
        return None

    def remove(self, **values):
        """Serve a removal; return what is said of each document, by kind."""
        records = [self.invoice, self.payment]
        documents = [{"record": r.pk, "name": r.kind, "of": "", "page": []} for r in records]
        request = CompanyRequestFactory(
            company=self.session.company,
            business_unit=self.document.business_unit,
            kind="remove",
            params={"documents": documents},
            **values,
        )
        result = remove.remove(self.session, request)
        return {outcome["name"]: outcome["words"] for outcome in result["outcomes"]}


@pytest.fixture
def books(company, fully_paid, monkeypatch):
    books = Books(session_of(company), fully_paid)
    monkeypatch.setattr(remove, "read_preferences", lambda _session: None)
    monkeypatch.setattr(remove, "read", books.read)
    monkeypatch.setattr(delete_write, "delete", books.delete)
    return books


def is_held(books):
    books.document.refresh_from_db()
    return books.document.do_not_export_at is not None


def refused(books):
    """Have it refused; return the words, the same for each document, with nothing done."""
    before = list(SyncRecord.objects.order_by("pk").values())
    [words] = set(books.remove().values())
    assert books.deleted == []
    assert not is_held(books)
    assert list(SyncRecord.objects.order_by("pk").values()) == before
    return words


def test_payments_go_before_their_invoice_and_nothing_is_left(books):
    person = UserFactory(username="lee", is_superuser=True)
    said = books.remove(requested_by=person)
    assert said == dict.fromkeys(("invoice", "payment"), "Removed from QuickBooks.")
    assert books.deleted == ["payment", "invoice"]
    assert is_held(books)
    assert books.document.do_not_export_by == person
    assert not SyncRecord.objects.exists()
    assert Event.objects.filter(action="do_not_export").count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "in_flight"}, "Part of it is on its way to QuickBooks right now."),
        ({"state": "uncertain"}, "Whether part of it reached QuickBooks is not certain."),
        ({"state": "exported", "qbo_id": "3"}, "More of it was exported meanwhile."),
    ],
)
def test_more_of_it_keeps_the_whole(books, company, values, words):
    if values["state"] == "in_flight":
        values = values | {"batch": BatchRequestFactory(company=company)}
    late = PaymentFactory(invoice=books.document, amount=Decimal("1.00"))
    SyncRecordFactory(company=company, payment=late, **values)
    assert refused(books).startswith(words)


def test_what_waits_of_it_is_taken_back_and_keeps_nothing(books, company):
    late = PaymentFactory(invoice=books.document, amount=Decimal("1.00"))
    SyncRecordFactory(company=company, payment=late)
    books.remove()
    assert not SyncRecord.objects.exists()


def test_a_refund_keeps_the_whole(books):
    RefundFactory(payment=books.payment.payment)
    assert refused(books).startswith("Its refund of $20.00 is still to adjust.")


def linked(record, books):
    record.linked_by = UserFactory(username="kim")
    record.save()
    books.there[record.pk]["PrivateNote"] = "by hand"


@pytest.mark.parametrize("kind", ["invoice", "payment"])
def test_what_somebody_else_entered_stays(books, kind):
    linked(getattr(books, kind), books)
    assert "was entered in QuickBooks by somebody else and linked by kim" in refused(books)


def test_what_was_linked_and_bears_our_mark_goes(books):
    books.payment.linked_by = UserFactory()
    books.payment.save()
    books.remove()
    assert books.deleted == ["payment", "invoice"]


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        (date(2026, 5, 3), ""),
        (date(2026, 5, 4), "Invoice"),
        (date(2026, 5, 10), "The payment is dated 10 May 2026, and QuickBooks has closed"),
    ],
)
def test_closed_books_stay_as_they_are(books, closed, words):
    books.session.company.book_close_date = closed
    if words:
        assert refused(books).startswith(words)
    else:
        assert len(books.remove()) == len(books.deleted) == 2


@pytest.mark.parametrize("kind", ["invoice", "payment"])
def test_what_has_another_total_there_stays(books, kind):
    books.there[getattr(books, kind).pk]["TotalAmt"] = "150.01"
    assert "it was $150.00 and is $150.01 now" in refused(books)


def test_a_total_that_was_never_known_is_not_held_against_it(books):
    SyncRecord.objects.update(exported_total=None)
    books.remove()
    assert books.deleted == ["payment", "invoice"]


def test_a_payment_in_a_deposit_stays(books):
    books.there[books.payment.pk]["LinkedTxn"] = [{"TxnType": "Deposit", "TxnId": "9"}]
    assert "is part of a bank deposit" in refused(books)


def test_a_payment_that_changed_there_stays(books):
    books.there[books.payment.pk]["SyncToken"] = "1"
    assert "(version 0 then, 1 now)" in refused(books)


def test_a_payment_of_something_else_there_stays(books):
    other = [{"TxnType": "Invoice", "TxnId": "8"}]
    books.there[books.payment.pk]["Line"].append({"LinkedTxn": other})
    assert "was applied to another document" in refused(books)


def test_an_invoice_with_what_is_not_ours_stays(books):
    other = {"TxnType": "CreditMemo", "TxnId": "7"}
    books.there[books.invoice.pk]["LinkedTxn"].append(other)
    assert "(CreditMemo 7)" in refused(books)


@pytest.mark.parametrize(("token", "stays"), [("0", False), ("1", False), ("2", True)])
def test_an_invoice_that_changed_more_than_by_our_payments_stays(books, token, stays):
    books.there[books.invoice.pk]["SyncToken"] = token
    if stays:
        assert "was changed in QuickBooks after it was exported" in refused(books)
    else:
        books.remove()
        assert books.deleted == ["payment", "invoice"]


def test_an_invoice_older_than_it_was_is_not_trusted(books):
    SyncRecord.objects.filter(pk=books.invoice.pk).update(qbo_sync_token="2")
    assert "(version 2 then, 1 now)" in refused(books)


def test_what_was_begun_goes_on_though_our_deletes_changed_the_invoice(books):
    books.document.do_not_export_at = "2026-06-01T00:00:00Z"
    books.document.do_not_export_reason = "Removed from QuickBooks by the command line."
    books.document.save()
    books.there[books.invoice.pk]["SyncToken"] = "9"
    books.remove()
    assert books.deleted == ["payment", "invoice"]
    assert not Event.objects.filter(action="do_not_export").exists()


# While it is done ------------------------------------------------------------------------------


def test_an_invoice_keeps_its_place_where_a_payment_of_it_stays(books):
    class Fault:
        words = "QuickBooks says no."

    books.refuses = {"payment": Fault}
    said = books.remove()
    assert said == {"payment": "QuickBooks says no.", "invoice": remove.KEPT}
    assert books.deleted == ["payment"]
    assert SyncRecord.objects.count() == 2


def test_what_is_still_there_after_its_delete_is_told(books, monkeypatch):
    monkeypatch.setattr(delete_write, "delete", lambda *_given: None)
    assert books.remove() == {"payment": remove.NOT_SEEN, "invoice": remove.KEPT}
    assert SyncRecord.objects.count() == 2


def test_what_is_applied_to_the_invoice_meanwhile_keeps_it(books, monkeypatch):
    delete = books.delete

    def and_credit(*given):
        delete(*given)
        books.there[books.invoice.pk]["Balance"] = "140.00"

    monkeypatch.setattr(delete_write, "delete", and_credit)
    said = books.remove()
    assert said == {"payment": "Removed from QuickBooks.", "invoice": remove.APPLIED}
    assert books.deleted == ["payment"]


def test_what_is_gone_already_is_forgotten_without_a_delete(books):
    books.there.clear()
    said = books.remove()
    assert set(said.values()) == {"Removed from QuickBooks."}
    assert books.deleted == []
    assert not SyncRecord.objects.exists()


def test_nothing_is_removed_while_a_delete_of_it_has_no_answer(books, company):
    batch = BatchRequestFactory(company=company, operation="delete")
    SyncRecord.objects.filter(pk=books.payment.pk).update(batch=batch)
    with pytest.raises(LookLater):
        books.remove()
    assert books.deleted == []
    BatchRequestFactory(company=company, operation="delete")
    type(batch).objects.filter(pk=batch.pk).update(settled_at="2026-06-01T00:00:00Z")
    books.remove()
    assert len(books.deleted) == 2


@pytest.mark.parametrize(("tries", "is_over"), [(4, False), (5, True)])
def test_a_removal_is_not_served_for_ever(books, tries, is_over):
    if is_over:
        with pytest.raises(RequestFailed):
            books.remove(tries=tries)
    else:
        books.remove(tries=tries)
    assert bool(books.deleted) is not is_over
    assert CompanyRequest.objects.count() == 1
