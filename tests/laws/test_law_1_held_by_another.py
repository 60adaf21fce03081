"""Law 1, once: a document in QuickBooks is one record's, also where two of ours lay claim to it."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from sync import tasks
from sync.exports.delivery.relay import drain
from sync.exports.remedies.requests import Remedy
from sync.models import BatchRequest, SyncRecord
from tests.factories import InvoiceFactory, SyncRecordFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def claimed_by_another(unit, bookkeeper):
    """Have another invoice of ours linked to the document whose answer was lost."""
    [there] = bookkeeper.ours("Invoice")
    other = InvoiceFactory(business_unit=unit, number="OTHER")
    return SyncRecordFactory(
        company=unit.quickbooks_company,
        kind="invoice",
        payment=None,
        invoice=other,
        state="exported",
        qbo_id=there["Id"],
    )


def ours(paid):
    return SyncRecord.objects.get(invoice=paid)


def test_what_another_record_holds_is_not_adopted(unit, paid, stopped, bookkeeper):
    run = stopped()
    other = claimed_by_another(unit, bookkeeper)
    BatchRequest.objects.filter(settled_at=None).update(look_after=Now() - timedelta(seconds=1))
    before = bookkeeper.books()
    drain(run, tasks.HANDLERS)
    assert (ours(paid).state, ours(paid).qbo_id) == ("uncertain", "")
    assert ours(paid).error.startswith("QuickBooks holds this document, but another record here")
    other.refresh_from_db()
    assert other.state == "exported"
    assert bookkeeper.books() == before


def test_what_another_record_holds_is_not_taken_by_checking_again(
    unit, paid, stopped, bookkeeper, ask
):
    stopped()
    claimed_by_another(unit, bookkeeper)
    SyncRecord.objects.filter(invoice=paid).update(state="uncertain", batch=None, error="?")
    BatchRequest.objects.update(settled_at=timezone.now(), body="")
    said = ask(Remedy.CHECK, [ours(paid)])
    assert said == {
        "Invoice R-1042": (False, "QuickBooks holds it, but another record here claims it.")
    }
    assert (ours(paid).state, ours(paid).qbo_id) == ("uncertain", "")


def test_the_record_that_holds_it_itself_is_checked_as_ever(unit, paid, export, ask, bookkeeper):
    export()
    assert ask(Remedy.CHECK, [ours(paid)])["Invoice R-1042"][0]
