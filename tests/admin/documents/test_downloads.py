"""Lists taken away: what is filtered and seen, exactly, and never run by a spreadsheet."""

import csv
import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from sync.models import Event
from tests import factories

LISTS = ["payment", "invoice", "customer", "refund", "event"]


def taken(client, name, form, query=""):
    answer = client.get(f"/admin/sync/{name}/download/{form}/{query}")
    assert answer.status_code == 200
    content = b"".join(answer)
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.fixture
def paid(riverside, foreign):
    ours = factories.PaymentFactory(
        invoice__business_unit=riverside,
        invoice__customer__display_name="=HYPERLINK(1)",
        invoice__number="1042",
        amount=Decimal("150.00"),
    )
    factories.PaymentFactory(invoice__business_unit=foreign, invoice__number="H-1")
    return ours


def test_a_list_is_taken_away_as_it_is_seen(exporter, paid):
    head, row = taken(exporter, "payment", "csv")
    found = dict(zip(head, row, strict=True))
    assert (found["Invoice"], found["Amount"], found["Customer"]) == (
        "1042", "150.00", "'=HYPERLINK(1)",
    )  # fmt: skip
    assert len(taken(exporter, "payment", "csv", "?received_on__gte=2099-01-01")) == 1
    head, row = taken(exporter, "payment", "xlsx")
    found = dict(zip(head, row, strict=True))
    assert (found["Amount"], found["Received on"]) == (150.0, paid.received_on.isoformat())
    assert found["Customer"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("name", LISTS)
def test_every_list_can_be_taken_away_both_ways(accountant, paid, riverside, name):
    factories.RefundFactory(payment=paid, amount=Decimal("1.00"))
    Event.objects.create(business_unit=riverside, action=Event.Action.RELEASE, detail={"a": 1})
    query = "?status=not-ready" if name == "payment" else ""
    as_text, as_sheet = (taken(accountant, name, form, query) for form in ("csv", "xlsx"))
    assert len(as_text) == len(as_sheet) == 2
    assert as_text[0] == as_sheet[0]
    page = accountant.get(f"/admin/sync/{name}/").content.decode()
    assert "download/xlsx/" in page


def test_only_what_may_be_seen_and_only_known_forms(sign_in, paid):
    nobody = sign_in()
    assert nobody.get("/admin/sync/payment/download/csv/").status_code in {302, 404}
