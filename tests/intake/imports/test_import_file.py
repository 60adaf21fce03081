"""A file through the command: every row is accounted for, asked where it must be, never doubled."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.models import Customer, Delivery, FileAnswers, Import, Invoice, Payment, Refund
from sync.models.triggers import wrong_sums
from tests.factories import BusinessUnitFactory, CustomerFactory
from tests.intake.files.helpers import table

pytestmark = pytest.mark.django_db
INVOICES = "Invoice #,Client name,Client email,Issued date,Due date,Status,Total ($),Balance ($)"
LEDGER = (
    "Client name,Date,Type,Total $,Tip $,Note,Cheque #,Invoice #,Method,Transaction ID,"
    "Confirmation #"
)
CARDS = "Client name,Date,Type,Paid with,Total $,Fee $,Invoice #,Payout #"
OWN = "Number,Customer,Date,Total"
COUNTED = ("created", "changed", "unchanged", "stale", "waiting", "refused", "not_ours", "asked")


@pytest.fixture(autouse=True)
def unit(db, settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")
    return BusinessUnitFactory(code="riverside", currency="CAD", timezone="America/Toronto")


@pytest.fixture
def bring(tmp_path):
    def bring(content, expected=0, *options, **answers):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = StringIO()
        given = [*options, "--answers", json.dumps(answers)] if answers else options
        try:
            call_command("import_file", "riverside", str(path), "--json", *given, stdout=out)
            status = 0
        except SystemExit as ended:
            status = ended.code
        assert status == expected, out.getvalue()
        said = json.loads(out.getvalue())
        assert said["rows"] == sum(said[name] for name in COUNTED)
        return said

    return bring


def told(said):
    return {name: said[name] for name in COUNTED if said[name]}


def invoice_row(number, **more):
    return {
        "Invoice #": number, "Client name": "Ada Quist", "Issued date": "Jan 15, 2026",
        "Due date": "Jan 29, 2026", "Status": "Paid", "Total ($)": "210.0", "Balance ($)": "0.0",
    } | more  # fmt: skip


def ledger_row(kind, total, **more):
    return {"Client name": "Ada Quist", "Date": "2026-01-20", "Type": kind, "Total $": total} | more


TWO = table(INVOICES, invoice_row("81"), invoice_row("82", **{"Total ($)": "105.0"}))


def test_rows_are_taken_in_counted_and_summed(bring):
    draft = invoice_row("83", Status="Draft", **{"Issued date": "-"})
    said = bring(table(INVOICES, invoice_row("81"), draft, invoice_row("84")) + ",,,,,,,\n")
    assert told(said) == {"created": 2, "not_ours": 1}
    assert said["sums"] == {"CAD": {"invoices": "420.00"}}
    assert said["export"] == "Jobber, invoices"
    assert Customer.objects.get().display_name == "Ada Quist"
    assert {(i.number, i.total, i.currency, i.source) for i in Invoice.objects.all()} == {
        ("81", Decimal("210.00"), "CAD", "jobber"), ("84", Decimal("210.00"), "CAD", "jobber"),
    }  # fmt: skip
    entry = Import.objects.get()
    assert (entry.state, entry.rows.count(), entry.counts["created"]) == ("done", 3, 2)
    assert Delivery.objects.filter(brought_by=entry).count() == 3


def test_a_tip_beside_the_sums_of_a_bill_is_a_line_without_tax(bring):
    head = "Invoice #,Customer,Date,Subtotal,Tax,Tip,Total\n"
    bring(head + "1,Ada,2026-01-13,100.00,8.25,10.00,118.25\n")
    invoice = Invoice.objects.get()
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (
        Decimal("110.00"), Decimal("8.25"), Decimal("118.25"),
    )  # fmt: skip
    lines = invoice.lines.order_by("position").values_list("service", "amount", "taxable")
    assert list(lines) == [("Services", Decimal("100.00"), True), ("Tip", Decimal("10.00"), False)]


def test_the_same_file_again_changes_nothing(bring):
    bring(TWO)
    before = list(Invoice.objects.values())
    assert told(bring(TWO)) == {"unchanged": 2}
    assert list(Invoice.objects.values()) == before


def test_a_dry_run_says_the_same_and_keeps_nothing(bring, settings):
    dry = bring(TWO, 0, "--dry-run")
    assert (told(dry), Import.objects.count(), Invoice.objects.count()) == ({"created": 2}, 0, 0)
    assert dry["sums"] == bring(TWO)["sums"]


def test_a_ledger_does_not_erase_what_the_invoices_said(bring):
    bring(TWO)
    said = bring(
        table(LEDGER, ledger_row("Invoice", "210.00", **{"Invoice #": "81", "Date": "2026-01-15"}))
    )
    assert told(said) == {"unchanged": 1}
    assert Invoice.objects.get(number="81").due_on.isoformat() == "2026-01-29"


def test_a_payment_over_two_invoices_is_asked_with_the_open_balances(bring):
    bring(TWO)
    money = ledger_row("Payment", "-315.00", **{"Invoice #": "81, 82", "Method": "e-Transfer"})
    text = table(LEDGER, money)
    asked = bring(text, 3)
    [question] = [one for one in asked["questions"] if one["required"]]
    answers = {tuple(way["key"]): way["answer"] for way in question["choices"]}
    assert answers == {
        ("splits", "81,82=315.00", "81"): "210.00",
        ("splits", "81,82=315.00", "82"): "105.00",
    }
    assert Payment.objects.count() == 0
    said = bring(text, 0, splits={"81,82=315.00": {"81": "210.00", "82": "105.00"}})
    assert told(said) == {"created": 1}
    assert sorted(Payment.objects.values_list("invoice__number", "amount")) == [
        ("81", Decimal("210.00")), ("82", Decimal("105.00")),
    ]  # fmt: skip
    assert wrong_sums() == {}


def test_the_same_money_in_another_export_is_asked_and_never_doubled(bring):
    bring(TWO)
    bring(table(LEDGER, ledger_row("Payment", "-210.00", **{"Invoice #": "81"})))
    cards = table(
        CARDS,
        {"Client name": "Ada Quist", "Date": "2026-01-20", "Type": "Payment", "Paid with": "Card",
         "Total $": "$210.00", "Fee $": "$6.39", "Invoice #": "81", "Payout #": "P1"},
    )  # fmt: skip
    assert [q["code"] for q in bring(cards, 3)["questions"] if q["required"]] == ["same_money"]
    assert told(bring(cards, 0, same_money="same")) == {"unchanged": 1}
    assert told(bring(cards)) == {"unchanged": 1}
    assert Payment.objects.count() == 1


def ledger_of(*rows):
    return table(LEDGER, ledger_row("Invoice", "210.00", **{"Invoice #": "81"}),
                 ledger_row("Invoice", "105.00", **{"Invoice #": "82"}), *rows)  # fmt: skip


TOGETHER = ledger_row("Payment", "-315.00", **{"Invoice #": "81, 82"})
HALVES = {"splits": {"81,82=315.00": {"81": "210.00", "82": "105.00"}}}


def test_the_whole_of_a_receipt_that_is_here_in_parts_is_asked(bring):
    bring(ledger_of(TOGETHER), **HALVES)
    assert Payment.objects.count() == 2
    whole = {"Client name": "Ada Quist", "Date": "2026-01-20", "Type": "Payment"}
    cards = table(CARDS, whole | {"Total $": "$315.00"}, whole | {"Total $": "$9.00"})
    said = bring(cards, 3)
    assert [one["code"] for one in said["questions"] if one["required"]] == ["same_money"]
    assert told(bring(cards, same_money="same")) == {"created": 1, "unchanged": 1}
    assert sum(Payment.objects.values_list("amount", flat=True)) == Decimal("324.00")


def test_the_parts_that_are_here_one_by_one_are_asked_of_a_whole_receipt(bring):
    bring(ledger_of())
    one = {"Client name": "Ada Quist", "Date": "2026-01-20", "Type": "Payment"}
    bring(table(CARDS, one | {"Total $": "$210.00", "Invoice #": "81"},
                one | {"Total $": "$105.00", "Invoice #": "82"}))  # fmt: skip
    said = bring(ledger_of(TOGETHER), 3, **HALVES)
    assert [one["code"] for one in said["questions"] if one["required"]] == ["same_money"]
    bring(ledger_of(TOGETHER), same_money="same", **HALVES)
    assert sorted(Payment.objects.values_list("invoice__number", "amount")) == [
        ("81", Decimal("210.00")), ("82", Decimal("105.00"))
    ]  # fmt: skip


def test_a_name_that_one_customer_has_is_shown_and_one_that_two_have_is_asked(bring, unit):
    ours = CustomerFactory(business_unit=unit, display_name="ADA  QUIST")
    text = table(INVOICES, invoice_row("81"))
    bring(text)
    assert Invoice.objects.get().customer == ours
    assert [one[0] for one in Import.objects.get().rows.get().reasons] == ["customer_found"]
    CustomerFactory(business_unit=unit, display_name="Bo Ny")
    other = CustomerFactory(business_unit=unit, display_name="Bo Ny")
    two = table(INVOICES, invoice_row("85", **{"Client name": "Bo Ny"}))
    [question] = [one for one in bring(two, 3)["questions"] if one["required"]]
    assert (question["code"], len(question["choices"])) == ("customer", 3)
    bring(two, 0, customers={"bo ny": str(other.pk)})
    assert Invoice.objects.get(number="85").customer == other


def test_one_name_with_two_addresses_is_asked(bring):
    text = table(
        INVOICES,
        invoice_row("81", **{"Client email": "ada@example.com"}),
        invoice_row("82", **{"Client email": "quist@example.com"}),
    )
    bring(text, 3)
    bring(text, 0, customers={"ada quist": "each"})
    assert Customer.objects.count() == 2


def test_a_refused_row_is_told_and_stops_no_other(bring):
    own = "Number,Customer,Date,Total\n1,Ada,2026-01-05,10.00\n2,Ada,2026-01-06,99.999\n"
    said = bring(own, 1)
    assert told(said) == {"created": 1, "refused": 1}
    assert Invoice.objects.get().number == "1"


def test_what_was_answered_is_remembered_for_these_columns(bring, unit):
    text = "Number,Customer,Date,Total\n1,Ada,3/4/2026,10.00\n"
    bring(text, 3)
    bring(text, 0, dates={"Date": "day"})
    assert Invoice.objects.get().issued_on.isoformat() == "2026-04-03"
    assert FileAnswers.objects.get().answers == {"dates": {"Date": "day"}}
    bring("Number,Customer,Date,Total\n2,Ada,5/6/2026,10.00\n")
    assert Invoice.objects.get(number="2").issued_on.isoformat() == "2026-06-05"


def test_files_of_customers_and_of_refunds(bring):
    bring("Name,Email,Phone\nAda Quist,ada@example.com,555 1\nBo Ny,,\n")
    assert list(Customer.objects.values_list("display_name", "email")) == [
        ("Ada Quist", "ada@example.com"), ("Bo Ny", ""),
    ]  # fmt: skip
    bring("Number,Customer,Date,Total\n1,Ada Quist,2026-01-05,10.00\n")
    assert Customer.objects.count() == 2
    bring("Payment ID,Customer,Date received,Amount,Invoice\np1,Ada Quist,2026-01-06,10.00,1\n")
    said = bring("Payment ID,Date,Amount\np1,2026-01-09,4.00\n", 0, "--kind", "refunds")
    assert told(said) == {"created": 1}
    assert Refund.objects.get().payment.receipt == "p1"


@pytest.mark.parametrize(
    ("content", "expected"), [(b"", 2), (b"%PDF-1.4", 2), (b"\x00\xff" * 40, 2), (b"a,b\n1,2\n", 3)]
)
def test_a_file_that_cannot_be_read_is_told_and_kept_nowhere(bring, settings, content, expected):
    bring(content, expected)
    assert not Import.objects.exists()


@pytest.mark.parametrize("answers", ['["x"]', "{", '{"nonsense": "1"}', '{"customers": {"a": 1}}'])
def test_answers_of_no_shape_are_a_bad_request(tmp_path, answers):
    path = tmp_path / "file.csv"
    path.write_text(TWO)
    with pytest.raises(SystemExit) as ended:
        call_command("import_file", "riverside", str(path), "--answers", answers)
    assert ended.value.code == 2
    assert not Import.objects.exists()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_get_a_clear_answer(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(b"Number,Customer,Date,Total\n1,Ada,2026-01-05,10.00\n" + content)
    out = StringIO()
    try:
        call_command("import_file", "riverside", str(path), "--json", "--dry-run", stdout=out)
    except SystemExit as ended:
        status = ended.code
    else:
        status = 0
    assert status in {0, 1, 2, 3}
    said = json.loads(out.getvalue())
    assert said["rows"] == sum(said[name] for name in COUNTED)
