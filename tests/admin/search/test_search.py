"""People find a document by what they have at hand: in its list, under every tab, and by Ctrl-K."""

from decimal import Decimal

import pytest

from sync.admin.search.documents import amount_in
from tests import factories
from tests.admin.conftest import messages_of, settle

LIST = "/admin/sync/payment/"


def bill(unit, number, total="150.00", name="Maria Alvarez", **paid):
    """An invoice that is fully paid."""
    customer = factories.CustomerFactory(
        business_unit=unit, display_name=name, email=f"{name.split()[0].lower()}@river.example"
    )
    invoice = factories.InvoiceFactory(
        business_unit=unit, customer=customer, number=number,
        subtotal=Decimal(total), total=Decimal(total),
    )  # fmt: skip
    factories.PaymentFactory(invoice=invoice, amount=Decimal(total), **paid)
    return invoice


@pytest.fixture
def billed(riverside, foreign):
    """Three invoices of the unit, one of them exported, and others' that nobody may find."""
    bill(riverside, "RIV-1121", "235.98", reference="5760")
    bill(riverside, "RIV-1122", name="Bob Ray", reference="Ck 88")
    settle(
        bill(riverside, "INV-00042", name="Ann Lee"),
        "exported",
        qbo_id="90210",
        content={"applied": "150.00", "total": "150.00", "customer": 1},
    )
    bill(foreign, "RIV-1121", "235.98", reference="5760")
    return riverside


def numbers(client, page, term, **more):
    rows = client.get(page, {"q": term, **more}).context["cl"].result_list
    return sorted(row.invoice.number if page == LIST else row.number for row in rows)


@pytest.mark.parametrize("page", [LIST, "/admin/sync/invoice/"])
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("1121", ["RIV-1121"]),
        ("riv-11", ["RIV-1121", "RIV-1122"]),
        ("#RIV-1122", ["RIV-1122"]),
        ("42", ["INV-00042"]),
        ("235.98", ["RIV-1121"]),
        ("$235.98", ["RIV-1121"]),
        ("235.9", []),
        ("5760", ["RIV-1121"]),
        ("ck 8", ["RIV-1122"]),
        ("90210", ["INV-00042"]),
        ("alvarez", ["RIV-1121"]),
        ("bob@river", ["RIV-1122"]),
        ("bo", ["RIV-1122"]),
        ("ay", []),
        ("%", []),
        ("_", []),
    ],
)
def test_a_document_is_found_by_what_is_at_hand(exporter, billed, page, term, found):
    assert numbers(exporter, page, term, **({"status": "all"} if page == LIST else {})) == found


def test_a_search_says_what_it_found_under_other_tabs(exporter, billed):
    page = exporter.get(LIST, {"q": "150.00"})
    listed = page.context["cl"]
    assert [tab["title"] for tab in listed.tabs()][:4] == [
        "Ready (1)", "Not ready (0)", "Queued (0)", "Exported (1)",
    ]  # fmt: skip
    [found] = listed.elsewhere()
    assert found["words"] == "1 under Exported"
    assert numbers(exporter, LIST, "150.00", status="exported") == ["INV-00042"]
    assert f'href="{found["link"].replace("&", "&amp;")}">1 under Exported</a>' in (
        page.content.decode()
    )


def test_records_and_customers_are_found_as_well(exporter, billed):
    rows = exporter.get("/admin/sync/syncrecord/", {"q": "00042"}).context["cl"].result_list
    assert sorted(row.kind for row in rows) == ["invoice", "payment"]
    rows = exporter.get("/admin/sync/customer/", {"q": "ann@"}).context["cl"].result_list
    assert [row.display_name for row in rows] == ["Ann Lee"]


def test_too_much_is_told(exporter, billed, monkeypatch):
    monkeypatch.setattr("sync.admin.search.documents.MOST", 1)
    told = messages_of(exporter.get(LIST, {"q": "riv-11"}))
    assert told == ["More than 1 match “riv-11”; these are only some. Type more of it."]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("235.98", "235.98"), ("$1,380", "1380"), ("ca$50.00", "50"), ("EUR 7.5", "7.5"),
        ("1,38", None), ("235.985", None), ("12 34", None), ("²", None), ("-5", None), ("", None),
    ],
)  # fmt: skip
def test_amounts_are_read_exactly(text, amount):
    assert amount_in(text) == (amount and Decimal(amount))


def hits(client, term):
    return [
        (hit.title, hit.about) for hit in client.get("/admin/search/", {"s": term}).context["hits"]
    ]


def test_the_whole_site_is_searched_for_pages_and_documents(exporter, billed):
    assert hits(exporter, "tie-") == [("Tie-outs", "Page")]
    assert hits(exporter, "5760") == [
        ("Invoice RIV-1121", "Maria Alvarez · $235.98"),
        (
            "Payment of $235.98 on 10 May 2026",
            "Check 5760 · Maria Alvarez · Invoice RIV-1121",
        ),
    ]
    assert ("Ann Lee", "Customer · ann@river.example") in hits(exporter, "ann lee")
    assert hits(exporter, "") == []


def test_more_than_a_few_lead_to_their_list(exporter, billed, monkeypatch):
    monkeypatch.setattr("sync.admin.search.finder.FEW", 1)
    page = exporter.get("/admin/search/", {"s": "riv-"})
    links = {hit.title: hit.link for hit in page.context["hits"]}
    assert links["All payments that match"] == f"{LIST}?q=riv-&status=all"


def test_whoever_holds_no_role_finds_nothing(sign_in, billed):
    assert hits(sign_in(), "RIV-1121") == []


@pytest.mark.parametrize("term", ["reçu-7", "REçU-7", "reç"])
def test_letters_beyond_a_to_z_are_found_as_they_are_written(accountant, billed, term):
    bill(billed, "reçu-7")
    assert numbers(accountant, LIST, term) == ["reçu-7"]


def test_a_unit_is_found_by_its_name_and_leads_to_its_connection(exporter, riverside, foreign):
    found = exporter.get("/admin/search/", {"s": "RIVERS"}).context["hits"]
    there = f"/admin/sync/quickbookscompany/unit/{riverside.pk}/"
    assert [(hit.title, hit.link, hit.about) for hit in found if hit.icon == "storefront"] == [
        ("Riverside", there, "QuickBooks Integration")
    ]
    assert exporter.get("/admin/search/", {"s": "Harbor"}).context["hits"] == []
