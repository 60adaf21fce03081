"""A preview with everything to tell takes few queries, however much there is."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.models import CustomerMatch, SyncRecord
from tests import factories
from tests.admin.conftest import settle
from tests.admin.exports.test_exporting import preview_of
from tests.weighing import MOST_QUERIES

PREVIEW = "/admin/sync/exportrun/preview/"


def one_more(unit, word):
    """Return the payments of one more of each thing that a preview tells of."""
    company = unit.quickbooks_company
    factories.MethodMappingFactory(company=company, method=f"Mapped {word}")
    plain = factories.InvoiceFactory(business_unit=unit, number=f"P{word}")
    whole = [factories.PaymentFactory(invoice=plain, amount=plain.total - 1, method=word)]
    factories.PaymentFactory(invoice=plain, amount=1)  # comes with the other
    odd = factories.InvoiceFactory(
        business_unit=unit, number=f"D{word}", issued_on=date(2036, 5, 1), tax_total=Decimal(5),
        discount_total=Decimal(3), lines=[],
    )  # fmt: skip
    factories.InvoiceLineFactory(
        invoice=odd, service=word, amount=odd.subtotal, unit_price=odd.subtotal, taxable=True
    )
    whole.append(
        factories.PaymentFactory(invoice=odd, amount=odd.total, received_on=date(2036, 6, 1))
    )
    over = factories.InvoiceFactory(business_unit=unit, number=f"O{word}")
    whole.append(factories.PaymentFactory(invoice=over, amount=over.total + 1))
    CustomerMatch.objects.create(
        company=company, business_unit=unit, customer=plain.customer, standing="certain"
    )
    return [*whole, _late_payment_of_a_grown_one(unit, word), _part_paid(unit, word)]


def _late_payment_of_a_grown_one(unit, word):
    grown = factories.InvoiceFactory(business_unit=unit, number=f"G{word}")
    factories.PaymentFactory(invoice=grown, amount=grown.total)
    sent = {"total": str(grown.total), "applied": str(grown.total), "invoice": grown.pk}
    settle(grown, SyncRecord.State.EXPORTED, content=sent)
    SyncRecord.objects.filter(invoice=grown).update(exported_total=grown.total - 5)
    return factories.PaymentFactory(invoice=grown, amount=5)


def _part_paid(unit, word):
    part = factories.InvoiceFactory(business_unit=unit, number=f"H{word}")
    return factories.PaymentFactory(invoice=part, amount=1)


def shown(client, payments):
    """Return the preview of payments, opened again as by its own address, and its queries."""
    data = {"action": "export_to_quickbooks", "index": "0"}
    data["_selected_action"] = [payment.pk for payment in payments]
    page = client.post("/admin/sync/payment/?status=all", data, follow=True)
    address = f"{PREVIEW}?run={preview_of(page).run.pk}"
    with CaptureQueriesContext(connection) as asked:
        again = client.get(address)
    return preview_of(again), [each["sql"] for each in asked.captured_queries]


@pytest.fixture
def taxed(riverside):
    """A unit whose company works out sales tax, and where discounts have an account."""
    company = riverside.quickbooks_company
    company.discount_account = factories.ReferenceEntryFactory(company=company, kind="Account")
    company.preferences |= {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True}}
    company.save()
    return riverside


def test_a_preview_with_everything_takes_few_queries(exporter, taxed):
    payments = one_more(taxed, "one")
    preview, first = shown(exporter, payments)
    counts = preview.included, preview.skipped_count, len(preview.items), len(preview.taxes.alone)
    assert counts == (1, 1, 5, 2)
    assert preview.to_match.notes
    begin = ("Invoice Gone is", "More was paid", "No account", "No account", "A payment", "Invoice")
    for words, beginning in zip(preview.worth_knowing, begin, strict=True):
        assert words.startswith(beginning)
    assert len(first) <= MOST_QUERIES, first
    more, asked = shown(exporter, [*payments, *one_more(taxed, "two"), *one_more(taxed, "three")])
    assert more.included == 3
    assert len(asked) == len(first), asked
