"""What several units post with is changed by who may in all of them; others only propose it."""

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync.mappings import shared
from sync.mappings.shared import ChangeRefused, Choice
from sync.models import Event, ItemMapping, SharedChange, TermMapping
from tests import factories
from tests.admin.conftest import foreign, riverside, sign_in

__all__ = ["foreign", "riverside", "sign_in"]
Kind = SharedChange.Kind


@pytest.fixture
def lakeside(riverside):
    """Another unit of the same company."""
    return factories.BusinessUnitFactory(
        name="Lakeside", quickbooks_company=riverside.quickbooks_company
    )


@pytest.fixture
def other_item(riverside):
    return factories.ReferenceEntryFactory(
        company=riverside.quickbooks_company, kind="Item", name="Hauling", type="Service"
    )


def accountant_of(*units):
    user = factories.UserFactory()
    for unit in units:
        factories.MembershipFactory(user=user, business_unit=unit, role=Role.ACCOUNTANT)
    return user


def default_item(company):
    return ItemMapping.objects.get(company=company, service="").item


def propose(unit, item, user):
    [row] = shared.change(unit, unit.quickbooks_company_id, [Choice(Kind.ITEM, (item,))], user)
    return row


def events():
    return sorted(Event.objects.values_list("business_unit__name", "action"))


def test_alone_in_its_company_a_units_accountant_changes_at_once(riverside, other_item):
    company = riverside.quickbooks_company
    chosen = [Choice(Kind.ITEM, (other_item,))]
    assert shared.change(riverside, company.pk, chosen, accountant_of(riverside)) == []
    assert default_item(company) == other_item
    assert events() == []


def test_who_may_in_all_units_changes_at_once_with_an_event_in_each(
    riverside, lakeside, other_item
):
    company, both = riverside.quickbooks_company, accountant_of(riverside, lakeside)
    was = default_item(company)
    assert shared.change(riverside, company.pk, [Choice(Kind.ITEM, (other_item,))], both) == []
    assert default_item(company) == other_item
    made = "shared_change_made"
    assert events() == [("Lakeside", made), ("Riverside", made)]
    detail = Event.objects.first().detail
    assert detail == {"what": "Any other service", "was": str(was), "becomes": "Hauling"}


def test_one_units_accountant_proposes_and_the_other_agrees(riverside, lakeside, other_item):
    company, mine = riverside.quickbooks_company, accountant_of(riverside)
    was = default_item(company)
    row = propose(riverside, other_item, mine)
    assert default_item(company) == was
    assert list(shared.waits_for(row)) == [lakeside]
    assert shared.agree(riverside, row.pk, mine).outcome == ""  # once more says nothing new
    assert default_item(company) == was
    with pytest.raises(AccessDenied):
        shared.agree(lakeside, row.pk, mine)
    assert shared.agree(lakeside, row.pk, accountant_of(lakeside)).outcome == "made"
    assert default_item(company) == other_item
    done = {action for _, action in events()}
    assert done == {"shared_change_asked", "shared_change_agreed", "shared_change_made"}
    for action in done:
        assert {name for name, told in events() if told == action} == {"Lakeside", "Riverside"}
    with pytest.raises(ChangeRefused):
        shared.agree(lakeside, row.pk, accountant_of(lakeside))


def test_a_decline_ends_it_with_nothing_changed(riverside, lakeside, other_item):
    company = riverside.quickbooks_company
    was = default_item(company)
    row = propose(riverside, other_item, accountant_of(riverside))
    assert shared.decline(lakeside, row.pk, accountant_of(lakeside)).outcome == "declined"
    assert default_item(company) == was
    assert ("Riverside", "shared_change_declined") in events()


def test_what_changed_meanwhile_is_not_changed_back(riverside, lakeside, other_item):
    company = riverside.quickbooks_company
    row = propose(riverside, other_item, accountant_of(riverside))
    third = factories.ReferenceEntryFactory(company=company, kind="Item", name="Third")
    both = accountant_of(riverside, lakeside)
    shared.change(riverside, company.pk, [Choice(Kind.ITEM, (third,))], both)
    assert shared.agree(lakeside, row.pk, accountant_of(lakeside)).outcome == "overtaken"
    assert default_item(company) == third


def test_a_unit_that_joins_is_asked_and_one_that_leaves_is_not(riverside, lakeside, other_item):
    company = riverside.quickbooks_company
    mine = accountant_of(riverside)
    row = propose(riverside, other_item, mine)
    third = factories.BusinessUnitFactory(name="Third", quickbooks_company=company)
    assert shared.agree(lakeside, row.pk, accountant_of(lakeside)).outcome == ""
    third.quickbooks_company = None
    third.save()
    assert shared.agree(riverside, row.pk, mine).outcome == "made"


def test_the_same_of_another_unit_is_agreement_and_another_overtakes(
    riverside, lakeside, other_item
):
    company = riverside.quickbooks_company
    third = factories.ReferenceEntryFactory(company=company, kind="Item", name="Third")
    first = propose(riverside, other_item, accountant_of(riverside))
    propose(lakeside, third, accountant_of(lakeside))
    first.refresh_from_db()
    assert first.outcome == "overtaken"
    same = [Choice(Kind.ITEM, (third,))]
    assert shared.change(riverside, company.pk, same, accountant_of(riverside)) == []
    assert default_item(company) == third


def mappings_page(unit):
    return f"/admin/sync/quickbookscompany/unit/{unit.pk}/"


def saved(client, unit, **changes):
    form = client.get(mappings_page(unit)).context["form"]
    data = {name: form.initial.get(name) or "" for name in form.fields} | changes
    return client.post(mappings_page(unit), data)


def test_the_page_asks_shows_and_names_units_to_those_who_see_them(
    sign_in, riverside, lakeside, other_item
):
    company = riverside.quickbooks_company
    was = default_item(company)
    mine, theirs = sign_in(riverside, Role.ACCOUNTANT), sign_in(lakeside, Role.ACCOUNTANT)
    page = mine.get(mappings_page(riverside)).content.decode()
    assert "waits until their accountants agree" in page
    name = next(name for name in mine.get(mappings_page(riverside)).context["form"].fields
                if name.startswith("item"))  # fmt: skip
    term = factories.ReferenceEntryFactory(company=company, kind="Term", name="Net 30")
    answer = saved(mine, riverside, **{name: str(other_item.pk), "term": str(term.pk)})
    assert answer.status_code == 302, answer.context["form"].errors
    assert default_item(company) == was
    assert TermMapping.objects.get(business_unit=riverside).term == term  # its own
    row = SharedChange.objects.get()
    for client, unit in ((mine, riverside), (theirs, lakeside)):
        shown = client.get(mappings_page(unit)).content.decode()
        assert "Any other service" in shown
        assert '→ <span class="paidup-strong">Hauling</span>' in shown
        assert ("Lakeside" in shown) is (unit == lakeside)
        assert ("Riverside<" in shown) is (unit == riverside)
    posted = theirs.post(f"{mappings_page(lakeside)}shared/", {"change": row.pk, "answer": "agree"})
    assert posted.status_code == 302
    assert default_item(company) == other_item
    assert "Changes that wait" not in mine.get(mappings_page(riverside)).content.decode()


def test_a_viewer_answers_nothing(sign_in, riverside, lakeside, other_item):
    row = propose(riverside, other_item, accountant_of(riverside))
    for client in (sign_in(lakeside, Role.EXPORTER), sign_in(riverside, Role.VIEWER)):
        for unit in (riverside, lakeside):
            answer = client.post(
                f"{mappings_page(unit)}shared/", {"change": row.pk, "answer": "agree"}
            )
            assert answer.status_code == 404
    row.refresh_from_db()
    assert row.outcome == ""
