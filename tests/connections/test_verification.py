"""Verification: what is read and kept, what is proposed, and what is said when it fails."""

from datetime import date

import pytest
import requests as http
from django.core.management import call_command

from sync.company import requests
from sync.company.sessions import open_session
from sync.connections.handshake import VERIFY
from sync.connections.readiness import missing_setup
from sync.connections.verification import verify
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    UnitMapping,
)
from sync.quickbooks import lists, oauth
from sync.quickbooks.batches import BatchItem, compose
from sync.quickbooks.client import Client, QuickBooksFault
from tests.connections.conftest import fresh, verify_now
from tests.connections.test_readiness import NUMBERS
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)


def entry(company, kind, name):
    return ReferenceEntry.objects.get(company=company, kind=kind, name=name)


def change(simulator, company, kind, name, **values):
    """Change an entry in QuickBooks, as its own people do."""
    row = next(r for r in simulator.documents(company.realm_id, kind) if r["Name"] == name)
    answer = http.post(
        f"{simulator.api_url}/company/{company.realm_id}/{kind.lower()}",
        params={"minorversion": "75"},
        json={"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True, **values},
        headers={"Authorization": f"Bearer {fresh(company).access_token}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def sold(north):
    """An invoice of North whose words are to be mapped."""
    invoice = InvoiceFactory(business_unit=north, lines=[], issued_on=date(2026, 2, 3))
    InvoiceLineFactory(invoice=invoice, service="mowing", taxable=True)
    InvoiceLineFactory(invoice=invoice, service="Snow removal", tax_code="HST ON", taxable=True)
    for method in ("cheque", "Visa", "Zelle"):
        PaymentFactory(invoice=invoice, method=method)
    return invoice


def test_company_and_settings_are_kept(company):
    assert (company.name, company.country, company.home_currency) == (
        "Northern Lights LLC",
        "US",
        "USD",
    )
    assert company.verified_at is not None
    assert company.uses_custom_numbers
    assert company.preferences["CompanyInfo"] == {
        "FiscalYearStartMonth": "January",
        "SubscriptionStatus": "SUBSCRIBED",
        "OfferingSku": "QuickBooks Online Plus",
        "Region": "CA",
    }


def test_every_list_is_read_whole(simulator, company):
    for kind in ReferenceEntry.Kind:
        theirs = {
            (row["Id"], row.get("FullyQualifiedName") or row["Name"], row.get("Active", True))
            for row in simulator.documents(company.realm_id, kind.value)
        }
        ours = ReferenceEntry.objects.filter(company=company, kind=kind)
        assert set(ours.values_list("qbo_id", "name", "active")) == theirs
    funds = entry(company, "Account", "Undeposited Funds")
    assert (funds.type, funds.subtype) == ("Other Current Asset", "UndepositedFunds")
    assert entry(company, "Item", "Mowing").data["IncomeAccountRef"]["name"] == "Lawn Care Income"


def test_progress_and_result_are_kept_for_the_page(company, connected):
    request = verify_now(company, connected)
    assert (request.state, request.error, request.tries) == ("done", "", 1)
    assert (request.step, request.steps_done, request.steps_total) == ("Proposing mappings", 10, 11)
    assert request.result["found"] == [
        ["accounts", 49],
        ["products and services", 20],
        ["tax codes", 5],
        ["tax rates", 3],
        ["payment methods", 8],
        ["classes", 3],
        ["locations", 3],
        ["terms", 4],
    ]
    assert request.finished_at is not None


def test_requests_are_few_and_lists_are_read_by_the_thousand(simulator, company):
    token = fresh(company).access_token
    with Client(company.realm_id, token) as client:
        for start in range(0, 1020, 30):
            items = [
                BatchItem(str(n), "create", "PaymentMethod", {"Name": f"Method {start + n}"})
                for n in range(30)
            ]
            assert client.send_batch(compose(items), f"make-{start}").status == 200
    simulator.advance(120)
    simulator.clear_journal()
    verify_now(company)

    calls = simulator.journal(company.realm_id, kind="api")
    # Each list is counted, the long one read further, and the company looked through at first.
    assert len(calls) <= 2 + 2 * 8 + 8
    assert not any("ORDERBY Id" in str(call["body"]) for call in calls)
    methods = ReferenceEntry.objects.filter(company=company, kind="PaymentMethod", active=True)
    assert methods.count() == 1028


def test_inactive_entries_show_as_inactive_and_come_back(simulator, company):
    change(simulator, company, "Item", "Aeration", Active=False)
    verify_now(company)
    gone = ReferenceEntry.objects.get(company=company, kind="Item", name__startswith="Aeration")
    assert not gone.active
    change(simulator, company, "Item", gone.name, Active=True, Name="Aeration")
    verify_now(company)
    gone.refresh_from_db()
    assert gone.active


def test_vanished_entry_is_marked_inactive_and_kept(company):
    vanished = ReferenceEntry.objects.get(company=company, kind="Item", name="Aeration")
    vanished.qbo_id = "99999"
    vanished.save()
    verify_now(company)
    vanished.refresh_from_db()
    assert not vanished.active


def test_us_company_gets_proposals_with_their_basis(sold, company):
    items = ItemMapping.objects.filter(company=company)
    assert {(row.service, row.item.name, row.basis) for row in items} == {
        ("", "Services", "an item called Services"),
        ("mowing", "Mowing", "same name"),
    }
    methods = MethodMapping.objects.filter(company=company)
    assert {
        (row.method, getattr(row.payment_method, "name", None), row.deposit_account.name, row.basis)
        for row in methods
    } == {
        ("", None, "Undeposited Funds", "QuickBooks' own account for undeposited funds"),
        ("cheque", "Check", "Undeposited Funds", "Check is this company's name for it"),
        ("Visa", "Visa", "Undeposited Funds", "same name"),
    }
    taxes = TaxMapping.objects.filter(company=company)
    assert {
        (row.tax_code, row.taxable, row.quickbooks_tax_code.name, row.basis) for row in taxes
    } == {
        ("", True, "California", "the company's own setting for sales tax"),
        ("", False, "NON", "QuickBooks' own code for exempt lines"),
    }
    assert company.discount_basis == "the company's own setting for discounts"
    assert company.discount_account.subtype == "DiscountsRefundsGiven"
    assert not UnitMapping.objects.exists()


def test_start_date_is_that_of_the_oldest_invoice(sold, connected):
    assert connected.export_start_date == date(2026, 2, 3)


def test_start_date_without_invoices_is_the_fiscal_years_first_day(connected):
    assert connected.export_start_date == date(connected.today().year, 1, 1)


def test_start_date_that_a_person_set_stays(company, connected):
    BusinessUnit.objects.update(export_start_date=date(2025, 7, 1))
    verify_now(company)
    connected.refresh_from_db()
    assert connected.export_start_date == date(2025, 7, 1)


def test_ready_unit_misses_nothing(sold, connected):
    assert missing_setup(connected) == []


def test_canadian_company_is_mapped_by_name_and_kind(simulator, sold, north):
    BusinessUnit.objects.update(currency="CAD")
    realm = simulator.create_company(variant="canada")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    taxes = TaxMapping.objects.select_related("quickbooks_tax_code")
    assert {(row.tax_code, row.taxable, row.quickbooks_tax_code.name) for row in taxes} == {
        ("", True, "GST"),
        ("", False, "Exempt"),
        ("HST ON", True, "HST ON"),
    }
    north.refresh_from_db()
    assert missing_setup(north) == []


def test_class_and_location_are_proposed_only_for_the_units_own_name(simulator, north):
    realm = simulator.create_company(variant="class_lines")
    name = simulator.documents(realm, "Class")[0]["Name"]
    BusinessUnit.objects.update(name=name.upper())
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    row = UnitMapping.objects.get()
    assert (row.quickbooks_class.name, row.department) == (name, None)
    assert row.basis == "same name as the unit"


def test_messy_company_is_stopped_with_the_right_sentence(simulator, north):
    InvoiceFactory(business_unit=north, issued_on=date(2020, 1, 1))
    realm = simulator.create_company(variant="messy")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    company = north.quickbooks_company
    assert missing_setup(north) == [NUMBERS]
    default = MethodMapping.objects.get(method="")
    assert default.deposit_account.name != "Undeposited Funds"
    assert default.deposit_account.subtype == "UndepositedFunds"
    assert (north.export_start_date - company.book_close_date).days == 1


def test_what_a_person_chose_is_never_proposed_away(simulator, sold, company):
    other = entry(company, "Item", "Trip Charge")
    ItemMapping.objects.filter(service="mowing").update(item=other, basis="")
    change(simulator, company, "Item", "Trip Charge", Active=False)
    verify_now(company)
    row = ItemMapping.objects.get(service="mowing")
    assert (row.item_id, row.basis, row.item.active) == (other.pk, "", False)


def test_proposal_that_became_inactive_is_replaced(simulator, sold, company):
    change(simulator, company, "PaymentMethod", "Visa", Active=False)
    verify_now(company)
    row = MethodMapping.objects.get(method="Visa")
    assert (row.payment_method.name, row.basis) == (
        "Credit Card",
        "Credit Card is this company's name for it",
    )


def test_proposal_that_still_holds_stays(sold, company):
    before = list(ItemMapping.objects.values())
    history = ItemMapping.history.count()
    verify_now(company)
    assert list(ItemMapping.objects.values()) == before
    assert ItemMapping.history.count() == history


def test_every_unit_of_the_company_is_proposed_for(company):
    south = BusinessUnitFactory(name="South", quickbooks_company=company, export_start_date=None)
    invoice = InvoiceFactory(business_unit=south, lines=[])
    InvoiceLineFactory(invoice=invoice, service="Deep clean")
    verify_now(company)
    south.refresh_from_db()
    assert ItemMapping.objects.get(service="Deep clean").item.name == "Deep Clean"
    assert south.export_start_date == invoice.issued_on


# --- When it fails --------------------------------------------------------------------------


def test_connection_ended_at_intuit_is_said_and_marked(company, connected):
    oauth.revoke(fresh(company).refresh_token)
    request = verify_now(company, connected)
    assert request.state == "failed"
    assert request.error == (
        "The connection to Northern Lights LLC has ended. Reconnect; mappings and work are kept."
    )
    assert fresh(company).status == "needs_reconnect"


def test_access_that_quickbooks_refuses_early_is_renewed_and_reading_goes_on(simulator, company):
    simulator.expire_tokens(company.realm_id)
    assert verify_now(company).state == "done"
    assert fresh(company).access_token != company.access_token


@pytest.mark.parametrize("status", [500, 503])
def test_trouble_of_intuit_fails_with_words_and_keeps_what_was_known(simulator, company, status):
    known = list(ReferenceEntry.objects.order_by("id").values("id", "active"))
    simulator.fault("status", match={"endpoint": "query"}, status=status)
    try:
        request = verify_now(company)
    finally:
        simulator.clear_faults()
    assert request.state == "failed"
    assert request.error == (
        "QuickBooks had trouble at this step: Reading its accounts. Verify again in a few minutes."
    )
    assert list(ReferenceEntry.objects.order_by("id").values("id", "active")) == known


def test_lost_answer_fails_with_words(simulator, company):
    simulator.fault("lose", match={"endpoint": "preferences"})
    try:
        request = verify_now(company)
    finally:
        simulator.clear_faults()
    assert request.error == (
        "QuickBooks did not answer at this step: Reading its settings. Verify again."
    )


def test_throttled_verification_waits_again_at_no_cost(simulator, company):
    simulator.fault("throttle", match={"endpoint": "query"})
    try:
        with pytest.raises(QuickBooksFault) as slow:
            verify_now(company)
    finally:
        simulator.clear_faults()
    assert slow.value.fault.throttled
    request = CompanyRequest.objects.order_by("id").last()
    assert (request.state, request.tries, request.error) == ("waiting", 0, "")
    with open_session(company.pk) as session:
        requests.serve_whole(session, {VERIFY: verify})
    request.refresh_from_db()
    assert request.state == "done"


# --- Requests -------------------------------------------------------------------------------


def serve_now(how, session, handlers):
    """Serve one thing that waits now; say whether there was one."""
    return how(session, requests.asked(session.company.pk, handlers), handlers)


def test_read_in_pieces_is_the_company_whole(simulator, company, connected, monkeypatch):
    whole = list(ReferenceEntry.objects.order_by("kind", "qbo_id").values_list("kind", "name"))
    found = CompanyRequest.objects.get(kind=VERIFY).result["found"]
    monkeypatch.setattr(lists, "PAGE", 2)
    ReferenceEntry.objects.update(active=False, name="old")
    requests.ask(company, VERIFY, unit=connected)
    seen = []
    with open_session(company.pk) as session:
        assert serve_now(requests.serve, session, {VERIFY: verify})
        while serve_now(requests.go_on, session, {VERIFY: verify}):
            again = CompanyRequest.objects.latest("id")
            seen.append((again.state, again.step, again.tries))
    assert ("waiting", "Reading its accounts (2 so far)", 0) in seen
    assert seen[-1] == ("done", "Proposing mappings", 1)
    assert CompanyRequest.objects.latest("id").result["found"] == found
    read = ReferenceEntry.objects.filter(active=True).order_by("kind", "qbo_id")
    assert list(read.values_list("kind", "name")) == whole


def test_what_has_begun_lets_go_first_what_was_asked_since(company):
    served = []

    def piece(session, request):
        served.append(request.params["name"])
        if len(request.place.get("done", [])) == 2:
            return {}
        requests.keep_place(request, {"done": [*request.place.get("done", []), 1]})
        return None

    for name in ("long", "other"):
        requests.ask(company, "piece", name=name)
    with open_session(company.pk) as session:
        handlers = {"piece": piece, "short": lambda *_: served.append("short") or {}}
        while any(serve_now(how, session, handlers) for how in (requests.serve, requests.go_on)):
            if len(served) == 3:
                requests.ask(company, "short")
    assert served == ["long", "other", "long", "short", "long", "other", "other"]


def test_what_has_begun_is_not_joined_by_who_asks_again(company):
    first = requests.ask(company, "piece")
    requests.keep_place(first, {"start": 2})
    assert requests.ask(company, "piece") != first


def test_asked_twice_while_waiting_is_one_request(company, connected):
    first = requests.ask(company, VERIFY, unit=connected)
    assert requests.ask(company, VERIFY, unit=connected) == first
    assert requests.ask(company, VERIFY) != first
    assert requests.ask(company, "look", unit=connected, id=1) != requests.ask(
        company, "look", unit=connected, id=2
    )


def test_request_of_a_killed_server_is_served_again_but_not_for_ever(company):
    running = requests.ask(company, VERIFY)
    CompanyRequest.objects.filter(pk=running.pk).update(state="running", tries=2)
    requests.take_up_again(company.pk)
    running.refresh_from_db()
    assert running.state == "waiting"
    CompanyRequest.objects.filter(pk=running.pk).update(state="running", tries=3)
    requests.take_up_again(company.pk)
    running.refresh_from_db()
    assert (running.state, running.error) == (
        "failed",
        "It was interrupted 3 times. Please start it again.",
    )


def test_company_removed_from_quickbooks_users_is_said(simulator, company):
    simulator.post("condition", realm_id=company.realm_id, condition="no_access")
    request = verify_now(company)
    assert request.state == "failed"
    assert "reconnect" in request.error
    assert QuickBooksCompany.objects.get().status == "connected"
