"""One button for all that one cause stopped: which remedy it asks about, of which, and for whom."""

import pytest

from accounts.models import Role
from sync.models import CompanyRequest, SyncRecord
from tests import factories
from tests.admin.conftest import messages_of, record_of, settle

State = SyncRecord.State
LIST = "/admin/sync/syncrecord/"
LINK = "/admin/sync/companyrequest/link/"


def stopped(unit, count, state=State.FAILED, **why):
    for _ in range(count):
        settle(factories.InvoiceFactory(business_unit=unit), state, **why)


def press(client, cause):
    return client.post(f"{LIST}?cause={cause}", {"all_of_cause": "1"}, follow=True)


@pytest.mark.parametrize(
    ("state", "code", "button", "title"),
    [
        ("failed", "6000", "Retry: all 2", "Send these again?"),
        ("failed", "MAPPING", "Retry: all 2", "Send these again?"),
        ("failed", "6140", "Compare: all 2", "Compare with QuickBooks?"),
        ("mismatch", "BALANCE", "Check again: all 2", "Check again in QuickBooks?"),
        ("uncertain", "UNCERTAIN", "Check again: all 2", "Check again in QuickBooks?"),
        ("mismatch", "GONE", "Unlink: all 2", "Unlink what was deleted in QuickBooks?"),
    ],
)
def test_each_cause_has_its_remedy(accountant, riverside, state, code, button, title):
    stopped(riverside, 2, state, error_code=code, error="Why.")
    stopped(riverside, 1, error_code="9999", error="Something else.")
    assert button in accountant.get(f"{LIST}?cause={code}").content.decode()
    page = press(accountant, code)
    assert page.context["title"] == title
    assert len(page.context["rows"]) == 2
    assert page.context["back"] == f"{LIST}?cause={code}"


def test_there_is_none_without_one_cause_or_without_a_row(accountant, riverside):
    stopped(riverside, 1, error_code="6000", error="Why.")
    for query in ("", "?state__exact=failed", "?cause=9999"):
        assert "all_of_cause" not in accountant.get(f"{LIST}{query}").content.decode()
    page = press(accountant, "9999")
    assert page.wsgi_request.get_full_path() == f"{LIST}?cause=9999"


def test_it_is_for_those_who_may_resolve_and_of_their_units(sign_in, viewer, riverside, foreign):
    stopped(riverside, 1, error_code="6000", error="Why.")
    stopped(foreign, 1, error_code="6000", error="Why.")
    assert "all_of_cause" not in viewer.get(f"{LIST}?cause=6000").content.decode()
    assert press(viewer, "6000").status_code == 403
    both = sign_in(riverside, Role.ACCOUNTANT, username="lee")
    factories.MembershipFactory(user=both.user, business_unit=foreign, role=Role.VIEWER)
    page = press(both, "6000")
    assert [row.customer for row in page.context["rows"]] == [
        str(SyncRecord.objects.get(business_unit=riverside).invoice.customer)
    ]


def test_the_first_of_very_many_are_asked_about(accountant, riverside, monkeypatch):
    monkeypatch.setattr("sync.admin.exports.causes.MOST_AT_ONCE", 2)
    stopped(riverside, 3, error_code="6000", error="Why.")
    page = press(accountant, "6000")
    assert len(page.context["rows"]) == 2
    assert messages_of(page) == ["These are the first 2; come back for the rest."]


def test_only_those_in_which_nothing_differs_are_linked_at_once(accountant, fully_paid):
    """A person ticks the rest, one by one, having looked."""
    record_of(fully_paid, "invoice", State.FAILED, error_code="6140", error="Taken.")
    outcomes = []
    said = {"done": False, "words": "", "linkable": True, "qbo_id": "7", "sync_token": "0"}
    for payment, differs in zip(fully_paid.payments.all(), (False, True, None), strict=True):
        record = record_of(payment, "payment", State.FAILED, error_code="6140")
        about = {"record": record.pk, "name": "", "of": "", "page": ["payment", payment.pk]}
        known = {} if differs is None else {"contradicts": differs}
        outcomes.append({**about, **said, **known, "rows": []})
    outcomes.append({**outcomes[0], "record": SyncRecord.objects.get(kind="invoice").pk})
    compared = factories.CompanyRequestFactory(
        kind="compare",
        state="done",
        company=fully_paid.business_unit.quickbooks_company,
        business_unit=fully_paid.business_unit,
        params={"documents": []},
        result={"outcomes": outcomes},
    )
    page = accountant.get(f"/admin/sync/companyrequest/outcome/?request={compared.pk}")
    assert "Link the 2 in which nothing differs" in page.content.decode()
    accountant.post(LINK, {"request": compared.pk, "agreeing": "1"})
    asked = CompanyRequest.objects.get(kind="link").params["documents"]
    assert {one["record"] for one in asked} == {outcomes[0]["record"], outcomes[3]["record"]}
