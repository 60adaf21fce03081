"""Customers to match, through the screen: lists, decisions, roles, number of queries."""

import pytest
from django.urls import reverse

from accounts.models import Role
from sync.exports.customers import deciding, proposing
from sync.exports.customers.matching import OTHER_NAME
from sync.models import (
    CompanyRequest,
    Customer,
    CustomerMatch,
    Event,
    Party,
    SyncRecord,
    UsedForm,
)
from sync.models.used_forms import FIELD
from tests import factories
from tests.admin.conftest import messages_of, record_of
from tests.form_client import tokens_in

LIST = reverse("admin:sync_customermatch_changelist")


@pytest.fixture
def party(riverside):
    """Make a customer of Riverside LLC in QuickBooks."""

    def make(name, company=None, **more):
        return Party.objects.create(
            company=company or riverside.quickbooks_company,
            kind=more.pop("kind", "Customer"),
            qbo_id=str(Party.objects.count() + 70),
            name=name,
            name_key=name.casefold(),
            read_at="2026-05-01T00:00:00Z",
            **more,
        )

    return make


@pytest.fixture
def row(riverside, party):
    """Make a match of a customer of Riverside."""

    def make(name, standing="certain", unit=riverside, **values):
        customer = factories.CustomerFactory(business_unit=unit, display_name=name)
        if standing in {"certain", "look"}:
            theirs = party(name.title(), unit.quickbooks_company, email=f"{name}@example.com")
            values = {"party": theirs, "agrees": "name"} | values
        return CustomerMatch.objects.create(
            company=unit.quickbooks_company,
            business_unit=unit,
            customer=customer,
            name=name,
            standing=standing,
            **values,
        )

    return make


def change(match):
    return reverse("admin:sync_customermatch_change", args=[match.pk])


def of_unit(name, unit):
    return reverse(f"admin:sync_customermatch_{name}", args=[unit.pk])


def names(response):
    return [match.name for match in response.context["cl"].result_list]


def titles(response):
    return [tab["title"] for tab in response.context["cl"].tabs()]


def stored():
    models = (CustomerMatch, Customer, SyncRecord, Event, CompanyRequest)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.fixture
def four(row):
    return {
        "sure": row("ann lee"),
        "other": row("bo ek", "look", doubt=OTHER_NAME, agrees="phone"),
        "colon": row(
            "cy:dee",
            "name",
            doubt="It has a colon.",
            new_name="cy-dee",
            rule="a colon becomes a hyphen",
        ),
        "own": row("dee", "create", is_declined=True),
    }


def test_each_tab_lists_what_it_says(accountant, four):
    shown = accountant.get(LIST)
    assert titles(shown) == ["Certain (1)", "To look at (1)", "Names to change (1)", "Declined"]
    assert names(shown) == ["ann lee"]
    text = shown.content.decode()
    assert "Ann Lee ↗" in text
    assert "Same name" in text
    assert "ann lee@example.com" in text
    looked = accountant.get(LIST, {"standing": "look"})
    assert names(looked) == ["bo ek"]
    assert "Same phone, other name" in looked.content.decode()
    named = accountant.get(LIST, {"standing": "name"})
    assert names(named) == ["cy:dee"]
    for words in ("cy-dee", "So a colon becomes a hyphen.", "It has a colon."):
        assert words in named.content.decode()
    assert names(accountant.get(LIST, {"standing": "create"})) == ["dee"]


def test_one_that_went_meanwhile_is_not_listed(accountant, four):
    record_of(four["sure"].customer, "customer", "pending")
    assert names(accountant.get(LIST)) == []
    assert accountant.get(change(four["sure"])).status_code == 404


def test_all_that_is_certain_is_accepted_after_a_question(accountant, riverside, row, four):
    row("eve")
    asked = accountant.get(of_unit("accept", riverside))
    assert "Accept all 2 certain matches?" in asked.content.decode()
    assert not CustomerMatch.objects.filter(chosen__isnull=False).exists()
    done = accountant.post(of_unit("accept", riverside), follow=True)
    assert messages_of(done) == ["2 accepted; being linked now."]
    chosen = CustomerMatch.objects.filter(chosen__isnull=False)
    assert {(m.name, m.chosen_id == m.party_id, m.chosen_by) for m in chosen} == {
        ("ann lee", True, accountant.user),
        ("eve", True, accountant.user),
    }
    [request] = CompanyRequest.objects.all()
    assert (request.kind, request.business_unit) == (deciding.LINK, riverside)
    assert "hx-trigger" in done.content.decode()


def test_ticked_ones_are_accepted_declined_and_named(accountant, row, four):
    other = row("eve")

    def act(name, *rows, standing):
        data = {"action": name, "_selected_action": [r.pk for r in rows]}
        url = f"{LIST}?standing={standing}"
        return messages_of(accountant.post(url, data, follow=True))

    assert act("accept_selected", other, standing="certain") == ["1 accepted; being linked now."]
    assert CustomerMatch.objects.get(chosen__isnull=False) == other
    assert act("decline_selected", four["other"], standing="look")[0].startswith("1 declined")
    four["other"].refresh_from_db()
    assert four["other"].is_declined
    assert act("use_names_selected", four["colon"], standing="name") == [
        "1 of the names will be used in QuickBooks."
    ]
    assert Customer.objects.get(display_name="cy:dee").quickbooks_name == "cy-dee"


def test_what_a_tab_does_not_offer_is_not_done(accountant, four):
    before = stored()
    data = {"action": "accept_selected", "_selected_action": [four["other"].pk]}
    accountant.post(f"{LIST}?standing=look", data, follow=True)
    assert stored() == before


def test_all_names_shown_are_used_after_a_question(accountant, riverside, four):
    before = stored()
    assert (
        "Use all the names shown?" in accountant.get(of_unit("names", riverside)).content.decode()
    )
    assert stored() == before
    accountant.post(of_unit("names", riverside))
    assert Customer.objects.get(display_name="cy:dee").quickbooks_name == "cy-dee"


def test_one_is_looked_at_searched_and_chosen(accountant, riverside, four, party):
    wanted = party("Ekman & Sons", phone="3125550100")
    party("Ekman Supply", kind="Vendor")
    page = accountant.get(change(four["other"]))
    assert OTHER_NAME in page.content.decode()
    assert "This is it" in page.content.decode()
    found = accountant.get(change(four["other"]), {"q": "ekman"})
    assert [offer["pk"] for offer in found.context["found"]] == [wanted.pk]
    done = accountant.post(change(four["other"]), {"decision": "link", "party": wanted.pk})
    assert done.url.startswith(LIST)  # it was the last one to look at
    four["other"].refresh_from_db()
    assert (four["other"].chosen, four["other"].chosen_by) == (wanted, accountant.user)
    assert "Being linked" in accountant.get(change(four["other"])).content.decode()


def test_a_decision_leads_to_the_next_one(accountant, row, four):
    following = row("carl", "look")
    done = accountant.post(change(four["other"]), {"decision": "decline"})
    assert done.url == change(following)
    four["other"].refresh_from_db()
    assert four["other"].is_declined
    # Its name is a customer's there, so it needs another one; the page after says so.
    assert (four["other"].standing, four["other"].new_name != "") == ("name", True)
    said = messages_of(accountant.get(done.url))
    assert said == ["bo ek is none of theirs. Its name is taken there: see Names to change."]
    accountant.post(change(four["other"]), {"decision": "reconsider"})
    four["other"].refresh_from_db()
    assert not four["other"].is_declined


def test_a_name_is_typed_and_refused_or_used(accountant, four, party):
    party("City Landfill", kind="Vendor")
    refused = accountant.post(
        change(four["colon"]), {"decision": "name", "name": "City Landfill"}, follow=True
    )
    assert messages_of(refused) == ["The name is a vendor's in QuickBooks."]
    assert Customer.objects.get(display_name="cy:dee").quickbooks_name == ""
    accountant.post(change(four["colon"]), {"decision": "name", "name": "Cy, Dee"})
    assert Customer.objects.get(display_name="cy:dee").quickbooks_name == "Cy, Dee"


@pytest.mark.parametrize("given", ["", "x", "0", "999999"])
def test_choosing_nobody_is_refused_in_words(accountant, four, given):
    before = stored()
    refused = accountant.post(
        change(four["other"]), {"decision": "link", "party": given}, follow=True
    )
    assert messages_of(refused) == ["It is no longer in QuickBooks. Read the customers again."]
    assert stored() == before


def test_one_of_another_companys_is_not_chosen(accountant, four, foreign, party):
    before = stored()
    other = party("Harbor Customer", foreign.quickbooks_company)
    accountant.post(change(four["other"]), {"decision": "link", "party": other.pk})
    assert stored() == before
    assert not accountant.get(change(four["other"]), {"q": "harbor"}).context["found"]


def test_reading_is_asked_for_and_watched(accountant, riverside):
    empty = accountant.get(LIST)
    assert "Read the customers of Riverside LLC first" in empty.content.decode()
    accountant.post(of_unit("read", riverside))
    [request] = CompanyRequest.objects.all()
    assert (request.kind, request.requested_by) == (proposing.KIND, accountant.user)
    progress = of_unit("progress", riverside)
    moving = accountant.get(progress)
    assert "Waiting for the background worker" in moving.content.decode()
    assert (moving.status_code, moving.headers.get("HX-Refresh")) == (200, None)
    CompanyRequest.objects.update(state="failed", error="QuickBooks did not answer.")
    over = accountant.get(progress)
    assert (over.content, over["HX-Refresh"]) == (b"", "true")
    assert "QuickBooks did not answer." in accountant.get(LIST).content.decode()


def test_who_may_not_resolve_looks_and_changes_nothing(viewer, exporter, riverside, four):
    before = stored()
    for client in (viewer, exporter):
        page = client.get(LIST)
        assert names(page) == ["ann lee"]
        for words in ("Accept all", "Read customers"):
            assert words not in page.content.decode()
        for match in four.values():
            assert "This is it" not in client.get(change(match)).content.decode()
            for decision in ("link", "decline", "name", "reconsider"):
                data = {"decision": decision, "party": match.party_id or 0, "name": "x"}
                assert client.post(change(match), data).status_code == 404
        for name in ("read", "accept", "names"):
            assert client.post(of_unit(name, riverside)).status_code == 404
        data = {"action": "accept_selected", "_selected_action": [four["sure"].pk]}
        client.post(LIST, data)
        customer = reverse("admin:sync_customer_undo_link", args=[four["sure"].customer_id])
        assert client.post(customer).status_code in {302, 403, 404}
    assert stored() == before


def test_other_units_customers_are_not_told_to_exist(accountant, foreign, row, four):
    theirs = row("zoe", unit=foreign)
    before = stored()
    assert "zoe" not in accountant.get(LIST, {"unit": foreign.pk}).content.decode()
    assert accountant.get(change(theirs)).status_code == 404
    assert accountant.post(change(theirs), {"decision": "decline"}).status_code == 404
    for name in ("read", "accept", "names", "progress"):
        assert accountant.post(of_unit(name, foreign)).status_code in {404, 405}
    data = {"action": "accept_selected", "_selected_action": [theirs.pk]}
    accountant.post(LIST, data)
    assert stored() == before


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    accountant, riverside, row, django_assert_num_queries, django_assert_max_num_queries
):
    row("ann")
    with django_assert_max_num_queries(21) as one:
        accountant.get(LIST)
    for number in range(10):
        row(f"bo {number}")
    with django_assert_num_queries(len(one)):
        accountant.get(LIST)


def test_the_set_up_page_says_what_there_is_to_match(accountant, riverside, row, four):
    factories.CustomerFactory(business_unit=riverside)
    CompanyRequest.objects.create(
        company=riverside.quickbooks_company,
        kind=proposing.KIND,
        state="done",
        finished_at="2026-05-01T00:00:00Z",
    )
    page = accountant.get(reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk]))
    text = page.content.decode()
    assert "1 certain match to accept, 1 to look at, 1 name to change." in text
    assert "2 others will be created in QuickBooks" in text
    assert f"{LIST}?unit={riverside.pk}&amp;standing=certain" in text


def test_a_link_is_seen_and_undone_on_the_customers_page(accountant, riverside, party):
    customer = factories.CustomerFactory(business_unit=riverside, display_name="Ann Lee")
    party("Ann M. Lee")
    record = record_of(
        customer,
        "customer",
        "exported",
        qbo_id="70",
        linked_by=accountant.user,
        content={"display_name": "Ann M. Lee"},
    )
    url = reverse("admin:sync_customer_change", args=[customer.pk])
    page = accountant.get(url).content.decode()
    assert "Ann M. Lee ↗" in page
    assert "linked by lee" in page
    undo = reverse("admin:sync_customer_undo_link", args=[customer.pk])
    assert "Undo the link of Ann Lee to QuickBooks?" in accountant.get(undo).content.decode()
    assert SyncRecord.objects.filter(pk=record.pk).exists()
    accountant.post(undo)
    assert not SyncRecord.objects.exists()
    assert CustomerMatch.objects.get(customer=customer).standing == "look"
    assert "Undo the link" not in accountant.get(url).content.decode()


def test_a_link_that_is_used_is_not_undone(accountant, riverside, fully_paid):
    record_of(
        fully_paid.customer,
        "customer",
        "exported",
        linked_by=accountant.user,
        content={"display_name": "Ann"},
    )
    record_of(fully_paid, "invoice", "pending")
    before = stored()
    undo = reverse("admin:sync_customer_undo_link", args=[fully_paid.customer_id])
    said = messages_of(accountant.post(undo, follow=True))
    assert said == [
        "An invoice of it is in QuickBooks or on its way there already. Mend its link instead."
    ]
    assert stored() == before


def test_who_sees_no_connected_unit_is_told(sign_in):
    unit = factories.BusinessUnitFactory()
    lee = sign_in(unit, Role.ACCOUNTANT)
    assert "No business unit that you see is connected" in lee.get(LIST).content.decode()


def test_when_it_was_read_is_told_by_the_units_own_clocks(accountant, riverside, four):
    type(riverside).objects.update(timezone="America/Denver")
    factories.CompanyRequestFactory(
        company=riverside.quickbooks_company,
        kind=proposing.KIND,
        state="done",
        finished_at="2026-05-02T03:30:00Z",
    )
    shown = accountant.get(LIST).content.decode()
    assert "</a> and Riverside LLC, as read on 1 May 2026 21:30 MDT." in shown
    back = reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk])
    assert f'<a class="paidup-link" href="{back}">Riverside</a> and' in shown


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"linked": 2, "refused": 0}, "Accepted last: 2 linked to customers of Riverside LLC.<"),
        (
            {"linked": 1, "refused": 1},
            "linked to customers of Riverside LLC. 1 could not be, and say why under To look at.",
        ),
    ],
)
def test_what_came_of_accepting_is_told_until_customers_are_read_again(
    accountant, riverside, four, result, words
):
    company = riverside.quickbooks_company
    done = factories.CompanyRequestFactory(
        company=company, business_unit=riverside, kind=deciding.LINK, state="done", result=result
    )
    assert words in accountant.get(LIST).content.decode()
    factories.CompanyRequestFactory(company=company, kind=proposing.KIND, state="done")
    assert "Accepted last" not in accountant.get(LIST).content.decode()
    done.pk = None
    done.business_unit = factories.BusinessUnitFactory(quickbooks_company=company)
    done.save()
    assert "Accepted last" not in accountant.get(LIST).content.decode()


def token_of(client, page):
    return tokens_in(client.get(page).content.decode(), page)[page]


@pytest.mark.parametrize("token", ["of the page", "none"])
def test_ticked_ones_are_accepted_once(accountant, four, token):
    sent = "" if token == "none" else token_of(accountant, LIST)
    data = {"action": "accept_selected", "_selected_action": four["sure"].pk, FIELD: sent}
    answers = [accountant.post(LIST, data).status_code for _ in range(2)]
    done = CustomerMatch.objects.filter(chosen__isnull=False).count()
    assert (answers, done) == (([400, 400], 0) if token == "none" else ([302, 409], 1))


def test_what_was_refused_may_be_decided_again(accountant, four):
    page = change(four["other"])
    data = {"decision": "link", "party": 0, FIELD: token_of(accountant, page)}
    assert [accountant.post(page, data).status_code for _ in range(2)] == [302, 302]
    assert not UsedForm.objects.exists()


@pytest.mark.parametrize("has_a_role_there", [True, False])
def test_a_customer_of_another_unit_is_named_to_those_with_a_role_there_only(
    accountant, riverside, row, has_a_role_there
):
    mine, theirs = row("amy"), row("bob")
    beside = factories.BusinessUnitFactory(quickbooks_company=riverside.quickbooks_company)
    held = factories.CustomerFactory(business_unit=beside)
    record_of(held, "customer", SyncRecord.State.EXPORTED, payment=None, qbo_id=theirs.party.qbo_id)
    if has_a_role_there:
        factories.MembershipFactory(user=accountant.user, business_unit=beside, role=Role.VIEWER)
    page = accountant.get(LIST).content.decode()
    assert mine.party.email in page
    assert (theirs.party.email in page) is has_a_role_there
    assert ("A customer of another unit of this company" in page) is not has_a_role_there
