"""What units share a QuickBooks company with is told only to people who hold a role there too."""

import io
from datetime import date

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import Role
from sync.discrepancies.tieout.files import as_csv, as_xlsx
from sync.models import Payment, SyncRecord, TieOut
from tests import factories


@pytest.fixture
def beside(riverside):
    """Another unit of the same company."""
    return factories.BusinessUnitFactory(
        name="Lakeside", quickbooks_company=riverside.quickbooks_company
    )


@pytest.mark.parametrize(
    ("is_colleague", "words"), [(False, ""), (True, "It is taken by Lakeside.")]
)
def test_who_holds_a_number_is_named_to_colleagues(
    accountant, riverside, beside, fully_paid, is_colleague, words
):
    theirs = factories.InvoiceFactory(business_unit=beside, number=fully_paid.number)
    factories.SyncRecordFactory(
        company=riverside.quickbooks_company, kind="invoice", invoice=theirs, payment=None
    )
    if is_colleague:
        factories.MembershipFactory(user=accountant.user, business_unit=beside, role=Role.VIEWER)
    payment = Payment.objects.filter(invoice=fully_paid).first()
    taken = f"Invoice number {fully_paid.number} is taken by another unit"
    for page in (fully_paid, payment):
        shown = accountant.get(page.get_absolute_url()).content.decode()
        assert taken in shown
        assert words in shown
        assert ("Lakeside" in shown) is is_colleague
    listed = accountant.get("/admin/sync/payment/?status=not-ready").content.decode()
    assert taken in listed
    assert SyncRecord.objects.count() == 1


@pytest.mark.parametrize("is_colleague", [False, True])
def test_others_documents_are_counted_for_colleagues_only(
    accountant, riverside, beside, is_colleague
):
    made = TieOut.objects.create(
        company=riverside.quickbooks_company,
        business_unit=riverside,
        first_day=date(2026, 5, 1),
        last_day=date(2026, 5, 31),
        requested_by=accountant.user,
        done_at=timezone.now(),
        counts={"matched": 3, "others": 4711},
    )
    if is_colleague:
        factories.MembershipFactory(user=accountant.user, business_unit=beside, role=Role.VIEWER)
    page = f"/admin/sync/tieout/{made.pk}/change/"
    assert ("4711 other documents" in accountant.get(page).content.decode()) is is_colleague
    assert accountant.post(page, {"note": ""}).status_code == 302
    activity = accountant.get("/admin/sync/event/").content.decode()
    assert "matched: 3" in activity
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(made)))
    cells = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert ["Matched", 3.0] in cells[-1]
    for told in (activity, as_csv(made), str(cells)):
        assert "4711" not in told
