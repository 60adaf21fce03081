"""Documents in another currency carry the rate of their day, or stay here."""

from decimal import Decimal

import pytest

from sync.exports.delivery.relay import relay
from sync.exports.remedies.requests import Remedy
from sync.exports.rules.eligibility import explain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ExchangeRate,
    Payment,
    SyncRecord,
)
from sync.tasks import HANDLERS
from tests.connected import connected_unit
from tests.exports import ledger
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unit(simulator, db):
    """A unit that bills in euros and posts to a company that keeps its books in dollars."""
    return connected_unit(simulator, "multicurrency", currency="EUR")


@pytest.fixture
def sold(unit):
    """An invoice of 150.00 euros, paid in two parts at two rates."""
    customer = CustomerFactory(business_unit=unit, display_name="Anke")
    invoice = InvoiceFactory(business_unit=unit, customer=customer, number="R-7")
    PaymentFactory(invoice=invoice, amount=Decimal("100.00"), received_on="2026-05-09")
    PaymentFactory(invoice=invoice, amount=Decimal("50.00"), received_on="2026-05-12")
    return invoice


@pytest.fixture
def set_rate(bookkeeper):
    def set_on(day, rate, currency="EUR"):
        body = {"SourceCurrencyCode": currency, "AsOfDate": day, "Rate": Decimal(rate)}
        bookkeeper.send("ExchangeRate", body)

    return set_on


def there(simulator, unit, entity):
    return ledger.ours_only(simulator.documents(unit.quickbooks_company.realm_id, entity))


def test_each_document_goes_at_the_rate_of_its_own_day(simulator, unit, sold, set_rate, export):
    set_rate("2026-05-09", "1.135")
    set_rate("2026-05-12", "1.1422")
    report = export()
    assert (report["exported"], report["blocked"]) == (2, {})
    [invoice] = there(simulator, unit, "Invoice")
    assert (invoice["ExchangeRate"], invoice["TotalAmt"]) == (Decimal("1.09"), 150)
    assert invoice["HomeTotalAmt"] == Decimal("163.50")
    payments = there(simulator, unit, "Payment")
    assert sorted((p["TotalAmt"], p["ExchangeRate"]) for p in payments) == [
        (50, Decimal("1.1422")),
        (100, Decimal("1.135")),
    ]
    ledger.assert_equal_to_ours(simulator, unit)
    record = SyncRecord.objects.get(kind="invoice")
    assert record.read_back["ExchangeRate"] == "1.09"
    assert record.read_back["HomeTotalAmt"] == "163.50"


def test_the_home_currency_carries_no_rate(simulator, unit, sold, export):
    BusinessUnit.objects.update(currency="USD")
    type(sold).objects.update(currency="USD")
    Payment.objects.update(currency="USD")
    assert export()["exported"] == 2
    assert not ExchangeRate.objects.exists()
    [bodies] = {"rate" in record.content for record in SyncRecord.objects.all()}
    assert bodies is False


@pytest.mark.long
def test_without_a_rate_it_stays_until_one_is_set(
    simulator, unit, sold, bookkeeper, set_rate, export
):
    type(sold).objects.update(currency="MXN")
    Payment.objects.update(currency="MXN")
    bookkeeper.send("CompanyCurrency", {"Code": "MXN"})
    report = export()
    assert (report["exported"], report["blocked"]) == (0, {"NO_RATE": 2})
    assert ledger.nothing(simulator, unit)
    assert {why.words for why in explain(sold.payments.all()).values()} == {
        "QuickBooks has no exchange rate of MXN to USD on 4 May 2026. Set one there (Gear >"
        " Currencies > MXN > Edit currency exchange), then choose Verify again on the page of the"
        " connection."
    }
    set_rate("2026-05-01", "0.055", "MXN")
    assert export()["exported"] == 2
    [invoice] = there(simulator, unit, "Invoice")
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"]) == (
        Decimal("0.055"),
        Decimal("8.25"),
    )


def test_a_rate_that_is_not_read_yet_is_said_and_read_by_the_worker(unit, sold):
    assert {why.words for why in explain(sold.payments.all()).values()} == {
        "The exchange rate of EUR on 4 May 2026 is being read from QuickBooks. Look again in a"
        " minute."
    }
    relay(unit.quickbooks_company_id, HANDLERS)
    assert explain(sold.payments.all()) == {}
    assert ExchangeRate.objects.filter(rate="1.09").count() == 3
    assert CompanyRequest.objects.filter(kind="rates").count() == 1


@pytest.mark.long
def test_a_rate_that_changed_after_the_preview_is_shown_anew(simulator, unit, sold, set_rate):
    prepare_ready(unit, None)
    relay(unit.quickbooks_company_id, HANDLERS)
    run = prepare_ready(unit, None)
    ExchangeRate.objects.filter(day="2026-05-12").update(rate="1.2")
    runs.confirm(run, None)
    assert set(run.items.values_list("choice", "reason_code")) == {("skipped", "CHANGED")}
    assert ledger.nothing(simulator, unit)


def test_a_rate_that_is_another_there_is_a_difference(
    simulator, unit, sold, bookkeeper, export, ask
):
    export()
    [invoice] = there(simulator, unit, "Invoice")
    bookkeeper.edit("Invoice", invoice, ExchangeRate=Decimal("1.5"))
    payment = next(p for p in there(simulator, unit, "Payment") if p["TotalAmt"] == 50)
    bookkeeper.edit("Payment", payment, ExchangeRate=Decimal("1.25"))
    ask(Remedy.CHECK, SyncRecord.objects.exclude(kind="customer"))
    differing = SyncRecord.objects.filter(state="mismatch").order_by("kind")
    assert list(differing.values_list("error", flat=True)) == [
        "It is in QuickBooks, but the exchange rate is 1.09 here and 1.50 in QuickBooks; the total"
        " in the home currency is 163.50 here and 225.00 in QuickBooks.",
        "It is in QuickBooks, but the exchange rate is 1.09 here and 1.25 in QuickBooks.",
    ]


def test_a_customer_of_one_currency_there_gets_no_other(simulator, unit, sold, export):
    export()
    in_dollars = InvoiceFactory(
        business_unit=unit, customer=sold.customer, number="R-8", currency="USD"
    )
    PaymentFactory(invoice=in_dollars)
    report = export()
    assert (report["exported"], report["blocked"]["CUSTOMER_CURRENCY"]) == (0, 1)
    assert [d["DocNumber"] for d in there(simulator, unit, "Invoice")] == ["R-7"]


def test_of_a_new_customer_the_first_currency_goes(simulator, unit, sold, export):
    in_dollars = InvoiceFactory(
        business_unit=unit, customer=sold.customer, number="R-8", currency="USD"
    )
    PaymentFactory(invoice=in_dollars)
    report = export()
    assert (report["exported"], report["blocked"]) == (2, {"CUSTOMER_CURRENCY": 1})
    assert (report["failed"], report["mismatch"]) == (0, 0)
    [customer] = there(simulator, unit, "Customer")
    assert customer["CurrencyRef"]["value"] == "EUR"
    assert [d["DocNumber"] for d in there(simulator, unit, "Invoice")] == ["R-7"]
