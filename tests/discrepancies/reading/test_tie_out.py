"""Tie-out against the simulator's own ledger: agrees to the cent, and names what does not."""

import csv
import io
import os
import re
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.access import AccessDenied
from accounts.models import Role
from sync import tasks
from sync.discrepancies.tieout.files import as_csv, as_xlsx
from sync.discrepancies.tieout.tieouts import TieOutRefused, sign, start, unmatched
from sync.exports.rules.reasons import day
from sync.models import Event, Invoice, Payment, SyncRecord
from tests.discrepancies.reading.exported_world import TODAY, export_payments
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENTS = int(os.environ.get("VOLUME", "60"))
FIRST, LAST = TODAY - timedelta(days=75), TODAY - timedelta(days=45)


@pytest.fixture
def accountant(unit):
    person = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    person.first_name, person.last_name = "Lee", "Marsh"
    person.save()
    return person


@pytest.fixture
def compare(unit, accountant):
    def compare():
        made = start(unit, FIRST, LAST, accountant)
        tasks.relay(unit.quickbooks_company_id)
        made.refresh_from_db()
        assert made.done_at, made.request.error
        return made

    return compare


def total(made, group, name):
    rows = [t for t in made.totals if (t["group"], t["name"]) == (group, name)]
    return [(row["ours"], row["theirs"], row["difference"]) for row in rows]


def test_a_month_agrees_with_the_ledger_and_one_cent_is_found_and_named(
    simulator, unit, keeper, compare
):
    _, receipts = export_payments(unit, keeper, DOCUMENTS // 2, customers=max(2, DOCUMENTS // 40))
    simulator.clear_journal()
    began = time.monotonic()
    made = compare()
    requests = len(simulator.journal(unit.quickbooks_company.realm_id, kind="api"))
    print(f"{DOCUMENTS} documents: {requests} requests, {time.monotonic() - began:.1f} s")
    counts = {"matched": DOCUMENTS, "missing": 0, "extra": 0, "different": 0}
    assert made.counts == counts | {"others": made.counts["others"]}
    realm = unit.quickbooks_company.realm_id
    for entity in ("Invoice", "Payment"):
        ledger = sum(
            Decimal(str(document["TotalAmt"]))
            for document in simulator.documents(realm, entity)
            if document["TxnDate"] == str(TODAY - timedelta(days=60))
        )
        assert total(made, "Documents", f"{entity}s") == [
            (f"{ledger:.2f}", f"{ledger:.2f}", "0.00")
        ]
    keeper.do(keeper.changed(receipts[7], Decimal("149.99")))
    made = compare()
    assert {**made.counts, "others": 0} == {
        "matched": DOCUMENTS - 1, "missing": 0, "extra": 0, "different": 1, "others": 0,
    }  # fmt: skip
    (line,) = unmatched(made)
    assert (line["kind"], line["qbo_id"], line["ours"], line["theirs"], line["words"]) == (
        "payment",
        receipts[7]["Id"],
        "150.00",
        "149.99",
        "$150.00 → $149.99",
    )
    assert total(made, "Documents", "Payments")[0][2] == "-0.01"


@pytest.mark.long
def test_missing_extra_and_moved_documents_are_named(unit, keeper, compare):
    _, receipts = export_payments(unit, keeper, 6, customers=2)
    customer = receipts[0]["CustomerRef"]["value"]
    operation, entity, body = keeper.payment(customer, Decimal("5.00"), LAST)
    body["PrivateNote"] = f"Paidup {unit.code} 11111111-1111-4111-8111-111111111111"
    head = {"Id": receipts[2]["Id"], "SyncToken": receipts[2]["SyncToken"], "sparse": True}
    moved = head | {"CustomerRef": receipts[2]["CustomerRef"], "TxnDate": str(TODAY)}
    stranger = keeper.do(
        (operation, entity, body),
        keeper.deleted(receipts[0]),
        keeper.voided(receipts[1]),
        ("update", "Payment", moved),
    )[0]
    made = compare()
    assert {line["customer"] for line in made.lines} == {"World customer 0", "World customer 1"}
    found = {(line["qbo_id"], line["outcome"], line["words"]) for line in unmatched(made)}
    assert found == {
        (stranger["Id"], "extra", "it carries our mark, but we hold no such document"),
        (receipts[0]["Id"], "missing", "deleted"),
        (receipts[1]["Id"], "different", "voided"),
        (receipts[2]["Id"], "different", f"date {day(TODAY - timedelta(days=60))} → {day(TODAY)}"),
    }


def test_what_is_voided_on_both_sides_matches_at_nothing(unit, keeper, compare):
    _, receipts = export_payments(unit, keeper, 2, customers=2)
    payment = SyncRecord.objects.get(kind="payment", qbo_id=receipts[0]["Id"]).payment
    Payment.objects.filter(pk=payment.pk).update(voided_at=timezone.now())
    keeper.do(keeper.voided(receipts[0]))
    made = compare()
    assert unmatched(made) == []
    assert total(made, "Documents", "Payments") == [("150.00", "150.00", "0.00")]


def test_signing_is_dated_named_and_done_once(unit, keeper, compare, accountant):
    _, receipts = export_payments(unit, keeper, 4, customers=2)
    keeper.do(keeper.voided(receipts[0]))
    made = compare()
    with pytest.raises(TieOutRefused, match="Say why the differences may stand"):
        sign(made.pk, accountant, " ")
    exporter = MembershipFactory(business_unit=unit, role=Role.EXPORTER).user
    with pytest.raises(AccessDenied):
        sign(made.pk, exporter, "Fine")
    signed = sign(made.pk, accountant, "Bounced, collected in June")
    assert (signed.signer_name, signed.signed_by) == ("Lee Marsh", accountant)
    assert signed.signed_at is not None
    with pytest.raises(TieOutRefused, match="Lee Marsh signed it already"):
        sign(made.pk, accountant, "Again")
    assert Event.objects.filter(action="tie_out_signed").count() == 1


def test_files_hold_every_document(unit, keeper, compare):
    export_payments(unit, keeper, 4, customers=2)
    made = compare()
    rows = list(csv.DictReader(io.StringIO(as_csv(made))))
    assert len(rows) == 8
    assert {row["Outcome"] for row in rows} == {"matched"}
    invoices = Invoice.objects.select_related("customer")
    wanted = 2 * [(each.customer.display_name, each.number) for each in invoices]
    assert sorted((row["Customer"], row["Invoice"]) for row in rows) == sorted(wanted)
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(made)))
    assert book.sheet_names == ["Documents", "Totals", "Sign-off"]
    headings, *lines = book.get_sheet_by_name("Documents").to_python()
    assert headings == list(rows[0])
    assert [[*line[:7], *map(float, line[7:9]), line[9]] for line in map(list, lines)] == [
        [*each[:7], *map(float, each[7:9]), each[9]]
        for each in (list(row.values()) for row in rows)
    ]
    assert ["Matched", 8.0] in book.get_sheet_by_name("Sign-off").to_python()


def test_page_names_the_customer_and_invoice_of_what_differs(
    client, unit, keeper, accountant, compare
):
    payments, receipts = export_payments(unit, keeper, 2, customers=2)
    keeper.do(keeper.changed(receipts[0], Decimal("149.99")))
    client.force_login(accountant)
    text = client.get(f"/admin/sync/tieout/{compare().pk}/change/").content.decode()
    invoice = payments[0].invoice
    assert f"<td>{invoice.customer.display_name}, {invoice.number}</td>" in text


def test_pages_ask_compare_show_and_sign(client, unit, keeper, accountant):
    export_payments(unit, keeper, 2, customers=2)
    client.force_login(accountant)
    address = "/admin/sync/tieout/"
    assert client.get(f"{address}add/").status_code == 200
    form = {"unit": unit.pk, "first_day": str(FIRST), "last_day": str(LAST)}
    page = client.post(f"{address}add/", form)["Location"]
    assert "being compared" in client.get(page).content.decode()
    tasks.relay(unit.quickbooks_company_id)
    text = client.get(page).content.decode()
    assert "4 matched · 0 missing · 0 extra · 0 different" in text
    made_id = page.split("/")[-3]
    csv_file, xlsx_file = re.findall(r'href="([^"]*/(?:csv|xlsx)/)"', text)
    assert client.get(csv_file).content.startswith(b"\xef\xbb\xbfDocument")
    assert client.get(xlsx_file).content[:2] == b"PK"
    assert client.post(page, {"note": ""}).status_code == 302
    assert "Signed by" in client.get(page).content.decode()
    viewer = MembershipFactory(business_unit=unit, role=Role.VIEWER).user
    client.force_login(viewer)
    assert client.get(page).status_code == 200
    assert client.post(page, {"note": ""}).status_code == 403
    assert client.get(f"{address}add/").status_code == 403
    client.force_login(MembershipFactory(role=Role.ADMINISTRATOR).user)
    assert client.get(page).status_code == 404
    assert client.get(f"{address}{made_id}/csv/").status_code == 404
