"""Reading the books goes on where it was, ends the step by itself, and says what stops it."""

from datetime import date

import pytest

from sync.connections import books_step
from sync.exports.books import reading
from sync.exports.delivery.relay import Ended, relay
from sync.models import (
    BooksDocument,
    BooksMatch,
    BusinessUnit,
    Event,
    QuickBooksCompany,
    UnitSetup,
)
from sync.tasks import HANDLERS
from tests.exports.books.world import ASKED, LATE, LINKED, build
from tests.factories import BusinessUnitFactory, InvoiceFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process is gone in the middle of it."""


def anew(unit):
    return BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk)


def test_a_reading_that_was_killed_goes_on_where_it_was(simulator, unit, lee, monkeypatch):
    world = build(simulator, unit, 48)
    monkeypatch.setattr(reading, "_CHUNK", 10)
    request = books_step.read_again(anew(unit), lee)
    chunks = []

    def killed(company, invoices):
        chunks.append([invoice.number for invoice in invoices])
        if len(chunks) == 3:
            raise Killed
        propose(company, invoices)

    propose = reading.propose
    monkeypatch.setattr(reading, "propose", killed)
    with pytest.raises(Killed):
        relay(unit.quickbooks_company_id, HANDLERS)
    QuickBooksCompany.objects.update(lease_token=None, lease_expires_at=None)
    read = len(simulator.journal(unit.quickbooks_company.realm_id, kind="api"))
    while relay(unit.quickbooks_company_id, HANDLERS) is Ended.SLICE:
        pass
    request.refresh_from_db()
    assert request.state == "done"
    assert chunks[2] == chunks[3]  # and those before are not compared again
    assert [len(chunk) for chunk in chunks] == [10, 10, 10, 10, 10, 8]
    assert len(simulator.journal(unit.quickbooks_company.realm_id, kind="api")) == read
    found = set(BooksMatch.objects.values_list("number", flat=True))
    assert found == world.numbers(LINKED, LATE, ASKED)


def test_where_nothing_of_ours_is_there_the_step_is_done_by_itself(unit, read):
    UnitSetup.objects.update(books="", books_at=None, books_read_at=None)
    InvoiceFactory(business_unit=unit, number="ZZ-1")
    read()
    setup = UnitSetup.objects.get()
    assert (setup.books, setup.books_by, setup.books_since) == ("done", None, date(2026, 1, 1))
    assert Event.objects.filter(action="books_done", actor=None).exists()
    assert not BooksMatch.objects.exists()


def test_an_earlier_start_date_opens_the_step_again(unit, read, export):
    read()
    BusinessUnit.objects.update(export_start_date=date(2025, 6, 1))
    InvoiceFactory(business_unit=unit, number="ZZ-1")
    said = export(status=None)
    assert said["ready"] == 0
    from sync.connections.readiness import missing_setup

    [words] = missing_setup(anew(unit))
    assert words.startswith("Exports start on an earlier day than Riverside LLC was read from")
    found = read()
    assert found["since"] == "2025-06-01"
    assert missing_setup(anew(unit)) == []


def test_what_is_older_or_gone_there_is_forgotten(unit, bookkeeper, read, simulator):
    [*_, customer] = bookkeeper.documents("Customer")
    kept = bookkeeper.bill(customer["Id"], "X-1", 5, TxnDate="2026-03-01")
    gone = bookkeeper.bill(customer["Id"], "X-2", 5, TxnDate="2026-03-01")
    bookkeeper.bill(customer["Id"], "X-3", 5, TxnDate="2025-12-31")
    read()
    numbers = BooksDocument.objects.filter(number__startswith="X-")
    assert set(numbers.values_list("qbo_id", flat=True)) == {kept["Id"], gone["Id"]}
    bookkeeper.delete("Invoice", gone)
    read()
    assert numbers.get().qbo_id == kept["Id"]


def test_the_earliest_unit_says_from_when_on_a_company_is_read(unit, read):
    BusinessUnitFactory(
        code="west",
        quickbooks_company=unit.quickbooks_company,
        export_start_date=date(2025, 9, 1),
    )
    assert read()["since"] == "2025-09-01"
    assert set(UnitSetup.objects.values_list("books_since", flat=True)) == {date(2025, 9, 1)}
