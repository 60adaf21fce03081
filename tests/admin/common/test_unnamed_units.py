"""What units share a QuickBooks company with is told only to people who hold a role there too."""

import io
from datetime import date

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import Role
from sync.discrepancies.tieout.files import as_csv, as_xlsx
from sync.exports.customers.proposing import _propose
from sync.exports.remedies import compare
from sync.exports.remedies.results import Outcomes
from sync.models import CompanyRequest, CustomerMatch, Event, Party, Payment, SyncRecord, TieOut
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
    [event] = Event.objects.all()
    activity = accountant.get(f"/admin/sync/event/{event.pk}/change/").content.decode()
    activity += accountant.get("/admin/sync/event/").content.decode()
    assert "matched: 3" in activity
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(made)))
    cells = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert ["Matched", 3.0] in cells[-1]
    for told in (activity, as_csv(made), str(cells)):
        assert "4711" not in told


@pytest.fixture
def theirs(riverside, beside):
    """A customer in QuickBooks that only the other unit holds, of the name of one of ours."""
    company = riverside.quickbooks_company
    party = Party.objects.create(
        company=company, kind="Customer", qbo_id="77", name="Ann Secret", name_key="ann secret",
        email="secret@lake.example", phone="2065550100", city="Lakeville",
        read_at="2026-05-01T00:00:00Z",
    )  # fmt: skip
    factories.SyncRecordFactory(
        company=company, kind="customer", payment=None, state="exported", qbo_id="77",
        business_unit=beside, customer=factories.CustomerFactory(business_unit=beside),
    )  # fmt: skip
    return party


@pytest.mark.parametrize("is_colleague", [False, True])
def test_customers_of_another_unit_are_shown_to_colleagues_only(
    accountant, riverside, beside, theirs, is_colleague
):
    if is_colleague:
        factories.MembershipFactory(user=accountant.user, business_unit=beside, role=Role.VIEWER)
    match = CustomerMatch.objects.create(
        company=riverside.quickbooks_company, business_unit=riverside, standing="look",
        customer=factories.CustomerFactory(business_unit=riverside, display_name="Bo"),
        name="Bo", party=theirs, agrees="name,email", doubt="It is linked.",
    )  # fmt: skip
    page = f"/admin/sync/customermatch/{match.pk}/change/"
    listed = f"/admin/sync/customermatch/?standing=look&unit={riverside.pk}"
    for address in (listed, page, f"{page}?q=secret"):
        shown = accountant.get(address).content.decode()
        for word in ("Ann Secret", "secret@lake", "555-0100", "Lakeville", "and e-mail"):
            assert (word in shown) is is_colleague, (address, word)
        assert ("A customer of another unit of this company" in shown) is not is_colleague
    accountant.post(page, {"decision": "link", "party": theirs.pk})
    match.refresh_from_db()
    assert (match.chosen == theirs) is is_colleague


def test_who_is_there_cannot_be_probed_by_e_mail_or_phone(riverside, beside, theirs):
    company = riverside.quickbooks_company
    contact = {"email": theirs.email, "phone": theirs.phone}
    ours = factories.CustomerFactory(business_unit=riverside, display_name="Bo", **contact)
    same = factories.CustomerFactory(business_unit=riverside, display_name="ann secret")
    also = factories.CustomerFactory(business_unit=beside, display_name="Bo Beside", **contact)
    _propose(company, [ours, same, also])
    found = dict(CustomerMatch.objects.values_list("customer", "agrees"))
    assert found == {same.pk: "name", also.pk: "email,phone"}


@pytest.mark.parametrize("is_colleague", [False, True])
def test_a_link_is_not_mended_to_a_customer_of_others(
    accountant, riverside, beside, theirs, is_colleague
):
    if is_colleague:
        factories.MembershipFactory(user=accountant.user, business_unit=beside, role=Role.VIEWER)
    record = factories.SyncRecordFactory(
        company=riverside.quickbooks_company, kind="customer", payment=None, state="exported",
        qbo_id="5", business_unit=riverside, content={"display_name": "Bo", "currency": "USD"},
        customer=factories.CustomerFactory(business_unit=riverside, display_name="Bo"),
    )  # fmt: skip
    page = f"/admin/sync/customer/{record.customer_id}/mend/"
    assert ("secret@lake" in accountant.get(f"{page}?q=secret").content.decode()) is is_colleague
    accountant.post(page, {"decision": "relink", "to": "77"})
    assert CompanyRequest.objects.exists() is is_colleague


def test_compare_shows_nothing_of_another_units_document(riverside, beside, theirs):
    record = factories.SyncRecordFactory(
        company=riverside.quickbooks_company, kind="customer", payment=None, state="failed",
        business_unit=riverside, customer=factories.CustomerFactory(business_unit=riverside),
    )  # fmt: skip
    entity = {"Id": "77", "DisplayName": "Ann Secret", "Balance": "9.00"}
    asked = {"record": record.pk, "name": "Bo", "of": "", "page": ["customer", 1]}
    request = CompanyRequest(
        company=record.company, business_unit=riverside, kind="compare",
        params={"documents": [asked]},
    )  # fmt: skip
    outcomes = Outcomes(request)
    compare._show(outcomes, record, "", entity)
    [said] = outcomes.result("", done=True)["outcomes"]
    assert "rows" not in said
    assert "Secret" not in str(said)
    words = "It belongs to another unit that posts to this company. Give ours another name in"
    assert compare.why_not(record, "", entity).startswith(words)
