"""Six files of other systems through the pages, unedited, and on to QuickBooks to the cent."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from sync import tasks
from sync.admin.intake.forms import QuestionsForm
from sync.models import BusinessUnit, Delivery, Import, Invoice, Payment, Refund, UnitSetup
from tests.exports import ledger

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER = Path(__file__).parents[2] / "intake" / "samples"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
JOBBER = ("13_jobber_invoices.csv", "14_jobber_transactions.csv")


@pytest.fixture
def bring(unit, sign_in, settings, tmp_path):
    """Return what brings a sample in as a person does who answers only what is asked."""
    settings.IMPORTS_DIR = str(tmp_path / "imports")
    BusinessUnit.objects.filter(pk=unit.pk).update(
        export_start_date="2025-01-01", timezone="America/Chicago"
    )
    UnitSetup.objects.update(books_since="2025-01-01")
    client = sign_in(unit, Role.ACCOUNTANT)

    def act(entry, what, **data):
        assert (
            client.post(reverse(f"admin:sync_import_{what}", args=[entry.pk]), data).status_code
            == 302
        )
        tasks.bring_in(entry.pk)
        entry.refresh_from_db()

    def bring(name, **picked):
        file = SimpleUploadedFile(name, (FOLDER / name).read_bytes())
        said = {"business_unit": unit.pk, "file": file, "kind": "auto"}
        client.post("/admin/sync/import/bring/", said)
        entry = Import.objects.latest("pk")
        tasks.bring_in(entry.pk)
        entry.refresh_from_db()
        assert {one["code"] for one in entry.questions if one["required"]} <= picked.keys()
        for _ in range(2 if picked else 0):  # an answer may raise a question of its own
            if entry.state == "asking" or any(name in picked for name in codes(entry).values()):
                act(entry, "answer", **answers(entry, picked))
        assert entry.state == "ready", entry.questions
        act(entry, "confirm", good="1")
        assert entry.state == "done"
        return entry

    return bring


def answers(entry, picked):
    """Return the page's form with what is proposed, and what was picked by a question's code."""
    proposed = {name: field.initial or "" for name, field in QuestionsForm(entry).fields.items()}
    said = {name: picked[code] for name, code in codes(entry).items() if picked.get(code)}
    return proposed | said


def codes(entry):
    return {f"q{at}": one["code"] for at, one in enumerate(entry.questions)}


def told(entry):
    return {name: count for name, count in entry.counts.items() if count}


def test_a_field_service_systems_files_are_exported_to_the_cent(bring, simulator, unit, export):
    invoices, money = (bring(name, split="") if "14" in name else bring(name) for name in JOBBER)
    expected, of_ledger = (EXPECTED[name] for name in JOBBER)
    assert (invoices.layout, told(invoices)) == ("Jobber, invoices", {"created": 6, "not_ours": 1})
    assert invoices.sums == {"USD": {"invoices": expected["total"]["CAD"]}}
    stated = [Decimal(one["stated"]) for one in money.controls]
    assert stated == [Decimal(of_ledger["control"][name]) for name in ("transactions", "value")]
    # One is of an invoice that is in neither file; the refund found its payment.
    assert told(money) == {"created": 5, "unchanged": 2, "waiting": 1}
    both = Payment.objects.filter(reference="20260120111122223333")
    assert sorted(both.values_list("invoice__number", "amount")) == [
        ("9001", Decimal("210.00")), ("9002", Decimal("105.00"))
    ]  # fmt: skip
    assert Payment.objects.filter(invoice=None).get().amount == Decimal("210.00")
    refund = Refund.objects.get()
    assert (refund.payment.invoice.number, refund.amount) == ("9003", Decimal("262.50"))
    assert Delivery.objects.get(state="waiting").waits_for == "invoice:9010"
    due = {one.number: one.balance_due for one in Invoice.objects.all()}
    claimed = Decimal(expected["balance"]["CAD"])
    # What was given back of 9003 is due again; its source claims that it is paid.
    assert (sum(due.values()), due["9003"]) == (claimed + refund.amount, refund.amount)
    assert {number for number, left in due.items() if left == 0} == {"9001", "9002"}
    assert export()["exported"] == 2
    assert {number: row[0] for number, row in ledger.invoices(simulator, unit).items()} == {
        "9001": Decimal("210.00"), "9002": Decimal("105.00")
    }  # fmt: skip
    ledger.assert_equal_to_ours(simulator, unit)
    again = bring(JOBBER[0])
    assert told(again) == {"unchanged": 6, "not_ours": 1}


def test_a_spreadsheet_of_ones_own_is_exported_to_the_cent(bring, simulator, unit, export):
    entry = bring("23_own_spreadsheet.xlsx", zeros_lost="keep", paid="yes", paid_date="no")
    assert told(entry) == {"created": 4, "refused": 2}
    paid = {one.number: one.balance_due for one in Invoice.objects.order_by("number")}
    assert paid == {"00871": 0, "00872": Decimal("336.25"), "00873": 0}
    assert export()["exported"] == 2
    assert {number: row[0] for number, row in ledger.invoices(simulator, unit).items()} == {
        "00871": Decimal("225.00"), "00873": Decimal("1250.00")
    }  # fmt: skip
    ledger.assert_equal_to_ours(simulator, unit)


def test_others_are_taken_in_as_expected(bring):
    hcp = bring("16_hcp_payments.csv", tips="inside")
    assert told(hcp) == {"waiting": 4}  # none of their invoices is in the file
    xero = bring("20_xero_sales_export.csv")
    assert told(xero) == {"created": 4, "not_ours": 2}
    assert xero.sums == {
        "NZD": {"invoices": EXPECTED["20_xero_sales_export.csv"]["invoices"]["NZD"]}
    }
    assert Invoice.objects.get(number="INV-0103").voided_at is not None
    assert not Payment.objects.exists()
    german = bring("24_european_semicolon_latin1.csv", paid="yes")
    assert told(german) == {"created": 2, "not_ours": 1}
    expected = EXPECTED["24_european_semicolon_latin1.csv"]["invoices_total"]["EUR"]
    assert german.sums == {"EUR": {"invoices": expected, "payments": "1250.00"}}
    payment = Payment.objects.get()
    assert (payment.amount, f"{payment.received_on}") == (Decimal("1250.00"), "2026-01-19")
    assert payment.invoice.number == "2026-0017"
    assert payment.invoice.balance_due == 0
