"""ExchangeRate and CompanyCurrency: rates of the day, and what a document without one gets."""

from decimal import Decimal

import pytest

from tests.simulator.desk import Desk, Refused


@pytest.fixture
def desk():
    return Desk("multicurrency")


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def rate(desk, **params):
    return desk.call("GET", "exchangerate", **params)["ExchangeRate"]


def set_rate(desk, code, day, value):
    body = {"SourceCurrencyCode": code, "AsOfDate": day, "Rate": Decimal(value)}
    return desk.call("POST", "exchangerate", body)["ExchangeRate"]


def test_a_rate_is_read_by_currency_and_day(desk):
    assert rate(desk, sourcecurrencycode="EUR", asofdate="2026-03-01") == {
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
        "SourceCurrencyCode": "EUR",
        "TargetCurrencyCode": "USD",
        "Rate": Decimal("1.09"),
        "AsOfDate": "2026-03-01",
        "MetaData": {"LastUpdatedTime": "2026-03-20T11:30:15-07:00"},
    }
    assert rate(desk, sourcecurrencycode="eur")["AsOfDate"] == "2026-03-20"
    assert rate(desk, sourcecurrencycode="USD")["Rate"] == 1


def test_a_rate_holds_from_its_day_on(desk):
    set_rate(desk, "EUR", "2026-03-10", "1.15")
    assert set_rate(desk, "EUR", "2026-03-10", "1.16")["SyncToken"] == "1"
    set_rate(desk, "GBP", "2026-03-01", "1.30")
    days = ("2026-03-09", "2026-03-10", "2026-03-20")
    found = [rate(desk, sourcecurrencycode="EUR", asofdate=day)["Rate"] for day in days]
    assert found == [Decimal("1.09"), Decimal("1.16"), Decimal("1.16")]
    text = "select * from exchangerate where SourceCurrencyCode in ('EUR', 'GBP')"
    rows = desk.rows(f"{text} and AsOfDate = '2026-03-09'")
    assert [(row["SourceCurrencyCode"], row["Rate"]) for row in rows] == [
        ("EUR", Decimal("1.09")),
        ("GBP", Decimal("1.30")),
    ]
    assert desk.query(text.replace("*", "count(*)")) == {"totalCount": 2}
    assert len(desk.rows("SELECT * FROM ExchangeRate")) == 3


def test_no_rate_before_the_first_and_none_of_a_new_currency(desk):
    assert refused(rate, desk, sourcecurrencycode="EUR", asofdate="2020-01-01") == "610"
    assert refused(rate, desk, sourcecurrencycode="MXN") == "2500"
    assert desk.create("CompanyCurrency", Code="mxn")["Name"] == "Mexican Peso"
    assert refused(desk.create, "CompanyCurrency", Code="MXN") == "6240"
    assert refused(desk.create, "CompanyCurrency", Code="USD") == "2170"
    assert refused(rate, desk, sourcecurrencycode="MXN") == "610"
    set_rate(desk, "MXN", "2026-03-20", "0.055")
    assert rate(desk, sourcecurrencycode="MXN")["Rate"] == Decimal("0.055")
    codes = [row["Code"] for row in desk.rows("SELECT * FROM companycurrency")]
    assert sorted(codes) == ["CAD", "EUR", "GBP", "MXN"]


def test_what_cannot_be_asked_or_set(desk):
    assert refused(rate, desk) == "2020"
    assert refused(set_rate, desk, "EUR", "2026-03-10", "0") == "2240"
    assert refused(desk.query, "SELECT * FROM ExchangeRate WHERE Rate > '1'") == "4001"
    assert refused(rate, Desk("us"), sourcecurrencycode="EUR") == "6000"
    assert refused(Desk("us").create, "CompanyCurrency", Code="EUR") == "6000"


def test_a_document_without_a_rate_gets_one_or_that_of_its_day(desk):
    anke = desk.customer("Anke", CurrencyRef={"value": "EUR"})
    invoice = desk.invoice(anke, "100.00")
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"]) == (1, Decimal("100.00"))
    desk.switches.set(missing_rate="of_the_day")
    set_rate(desk, "EUR", "2026-03-10", "1.15")
    invoice = desk.invoice(anke, "100.00", TxnDate="2026-03-09")
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"]) == (
        Decimal("1.09"),
        Decimal("109.00"),
    )
    assert desk.invoice(anke, "100.00")["HomeTotalAmt"] == Decimal("115.00")
    given = desk.invoice(anke, "100.00", ExchangeRate=Decimal("1.2"))
    assert (given["HomeTotalAmt"], given["HomeBalance"]) == (Decimal("120.00"), Decimal("120.00"))


def test_a_payment_is_in_the_customers_one_currency(desk):
    anke = desk.customer("Anke", CurrencyRef={"value": "EUR"})
    invoice = desk.invoice(anke, "100.00")
    dollars = {"CurrencyRef": {"value": "USD"}}
    assert refused(desk.payment, anke, "100.00", (invoice, "100.00"), **dollars) == "6000"
    assert refused(desk.invoice, anke, **dollars) == "6000"
    assert desk.get("Invoice", invoice["Id"]) == invoice
