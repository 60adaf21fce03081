"""Whose tax counts is proven by the first invoice of each kind, and set right at most once."""

from decimal import Decimal

import pytest

from sync.connections import verification
from sync.exports.runs.drafts import prepare
from sync.models import BatchRequest, ExportRunItem, SyncRecord, TaxMode
from tests.exports import ledger
from tests.exports.moments import Moments
from tests.exports.taxed import taxed, taxing_unit
from tests.factories import InvoiceFactory, PaymentFactory
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)

UPDATE = {"contains": '"sparse":true'}


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.switch(tax_override="documented", tax_drift_cents=0)


@pytest.fixture
def unit(simulator):
    return taxing_unit(simulator)


def totals(simulator, unit):
    return {number: total for number, (total, *_) in ledger.invoices(simulator, unit).items()}


def writes(simulator, unit):
    """Return the bodies of the updates that reached the books, and how many were sent."""
    realm_id = unit.quickbooks_company.realm_id
    sent = [e for e in simulator.journal(realm_id) if '"sparse":true' in (e["body"] or "")]
    return len([e for e in sent if e["carried_out"]]), len(sent)


def states():
    return dict(SyncRecord.objects.filter(kind="invoice").values_list("invoice__number", "state"))


def skipped():
    return dict(
        ExportRunItem.objects.exclude(reason="").values_list("payment__invoice__number", "reason")
    )


def why_not(invoice):
    """Return why an invoice is left out of a draft."""
    [run] = prepare([payment.pk for payment in invoice.payments.all()], None)
    return run.items.get().reason


def test_what_is_kept_on_update_only_is_set_right_one_by_one(simulator, unit, export):
    simulator.switch(tax_override="on_update")
    for n in range(1, 5):
        taxed(unit, f"T-{n}", "8.01" if n < 4 else "8.00")
    export()
    assert totals(simulator, unit) == {
        "T-1": Decimal("108.01"),
        "T-2": Decimal("108.01"),
        "T-3": Decimal("108.01"),
        "T-4": Decimal("108.00"),
    }
    assert writes(simulator, unit) == (3, 3)
    ledger.assert_equal_to_ours(simulator, unit)
    mode = TaxMode.objects.get()
    assert (mode.keeps, mode.key, mode.name) == ("updated", "automatic|||", "Automated sales tax")
    assert mode.agreed_at
    assert (mode.rates, mode.code, mode.probe) == ({"3": "8"}, "2", None)
    assert (mode.proof["ours"], mode.proof["theirs"]) == ("8.01", "8.00")


def test_what_is_kept_as_sent_needs_no_update_and_lets_the_others_go(simulator, unit, export):
    simulator.switch(tax_override="code_and_total")
    for n in range(1, 6):
        taxed(unit, f"T-{n}", "7.77")
    export()
    assert set(totals(simulator, unit).values()) == {Decimal("107.77")}
    assert writes(simulator, unit) == (0, 0)
    assert TaxMode.objects.get().keeps == "sent"
    sent = simulator.journal(unit.quickbooks_company.realm_id)
    in_each = [(e["body"] or "").count('"Invoice":{"DocNumber"') for e in sent]
    assert [count for count in in_each if count] == [1, 4]


def test_where_nothing_is_kept_only_the_first_stands_otherwise_and_before_a_person(
    simulator, unit, export
):
    for n in range(1, 5):
        taxed(unit, f"T-{n}", "8.01" if n < 4 else "8.00")
    export(status=1)
    there = totals(simulator, unit)
    wrong = [number for number, total in there.items() if total != Decimal("108.00")]
    assert wrong == []  # all that is there has QuickBooks' own figure
    [first] = set(there) - {"T-4"}
    assert states() == {first: "mismatch", "T-4": "exported"}
    record = SyncRecord.objects.get(invoice__number=first)
    assert "the tax is 8.01 here and 8.00 in QuickBooks" in record.error
    assert "kept its own figure" in record.error
    for number in {"T-1", "T-2", "T-3"} - {first}:
        assert "is 8.01 here and would be 8.00 there" in skipped()[number]
    assert writes(simulator, unit) == (1, 1)
    assert TaxMode.objects.get().keeps == "nothing"
    assert [number for *_, number in ledger.payments(simulator, unit)] == ["T-4"]


@pytest.mark.parametrize(
    ("fault", "more", "sent"),
    [("lose", {}, 1), ("cut", {}, 1), ("status", {"status": 503, "when": "before"}, 2)],
)
def test_an_update_without_an_answer_is_looked_for_before_it_is_repeated(
    simulator, unit, export, fault, more, sent
):
    simulator.switch(tax_override="on_update")
    taxed(unit, "T-1", "8.01")
    taxed(unit, "T-2", "8.01")
    simulator.fault(fault, match=UPDATE, **more)
    export()
    assert set(totals(simulator, unit).values()) == {Decimal("108.01")}
    assert writes(simulator, unit) == (2, sent + 1)
    assert set(states().values()) == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)
    assert not BatchRequest.objects.filter(settled_at=None).exists()


def test_the_first_whose_answer_is_lost_is_adopted_and_tells_all_the_same(simulator, unit, export):
    simulator.switch(tax_override="on_update")
    for n in range(1, 4):
        taxed(unit, f"T-{n}", "8.01")
    simulator.fault("lose", match={"contains": '"Invoice":{"DocNumber"'})
    export()
    assert set(totals(simulator, unit).values()) == {Decimal("108.01")}
    assert len(totals(simulator, unit)) == 3
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize("mode", one_in(2, ["on_update", "bare_total", "never", "documented"]))
def test_at_no_moment_two_of_a_kind_stand_otherwise_though_answers_are_lost(
    simulator, unit, export, monkeypatch, mode
):
    simulator.switch(tax_override=mode)
    moments = Moments(simulator, unit, monkeypatch)
    invoices = [
        taxed(unit, f"{region}-{n}", tax, region=region)
        for region, right, other in (("CA", "8.00", "8.01"), ("AZ", "9.10", "9.07"))
        for n, tax in enumerate((other, right, other, other))
    ]
    simulator.fault("lose", match={"contains": '"Invoice":{"DocNumber"'})
    simulator.fault("cut", match=UPDATE)
    export(status=None)
    keys = {invoice.number: invoice.number[:2] for invoice in invoices}
    assert len(moments.seen) >= 4
    at_once = moments.most_wrong({each.number: each.total for each in invoices}, keys)
    assert set(at_once.values()) <= {1}, at_once
    there = totals(simulator, unit)
    left = [each for each in invoices if there.get(each.number, each.total) != each.total]
    assert {states()[each.number] for each in left} <= {"mismatch"}


def test_each_place_is_proven_by_itself(simulator, unit, export):
    taxed(unit, "T-1", "8.00", region="CA")
    taxed(unit, "T-2", "9.10", region="AZ")
    taxed(unit, "T-3", "9.10", region="AZ")
    export()
    assert totals(simulator, unit) == {
        "T-1": Decimal("108.00"),
        "T-2": Decimal("109.10"),
        "T-3": Decimal("109.10"),
    }
    modes = {mode.key: mode.rates for mode in TaxMode.objects.all()}
    assert modes == {"automatic||ca|": {"3": "8"}, "automatic||az|": {"1": "7.1", "2": "2"}}
    assert str(TaxMode.objects.get(key="automatic||az|")) == "Automated sales tax in AZ"


def test_other_settings_are_proven_anew(simulator, unit, export):
    taxed(unit, "T-1", "8.01")
    export(status=1)
    assert TaxMode.objects.get().keeps == "nothing"
    company = unit.quickbooks_company
    told = company.preferences | {"TaxPrefs": company.preferences["TaxPrefs"] | {"Other": True}}
    verification.keep_company(company, {"CompanyName": "H", "Country": company.country}, told)
    mode = TaxMode.objects.get()
    assert (mode.keeps, mode.agreed_at, mode.rates) == ("", None, None)
    simulator.switch(tax_override="bare_total")
    taxed(unit, "T-2", "8.01")
    export(status=None)
    assert totals(simulator, unit)["T-2"] == Decimal("108.01")
    assert TaxMode.objects.get().keeps == "sent"


def test_what_was_sure_and_differs_is_set_right_or_stops_the_rest(simulator, unit, export):
    taxed(unit, "T-1", "8.00")
    export()
    assert TaxMode.objects.get().agreed_at
    simulator.switch(tax_drift_cents=1)  # QuickBooks begins to work it out in another way
    for n in range(2, 5):
        taxed(unit, f"T-{n}", "8.00")
    export(status=1)
    mode = TaxMode.objects.get()
    assert (mode.keeps, mode.agreed_at) == ("nothing", None)
    late = taxed(unit, "T-9", "8.00")
    export(status=None)
    assert "T-9" not in totals(simulator, unit)
    assert "cannot be told beforehand" in why_not(late)


def test_tax_without_a_taxed_line_is_stopped_before_anything_goes(simulator, unit, export):
    """540.00 stands in QuickBooks where 585.90 was sent (a report of 2018 and later)."""
    invoice = InvoiceFactory(
        business_unit=unit, number="T-1", subtotal=Decimal("540.00"), tax_total=Decimal("45.90")
    )
    PaymentFactory(invoice=invoice, amount=invoice.total)
    export(status=None)
    assert ledger.nothing(simulator, unit)
    assert "no line of it is taxed" in why_not(invoice)
