"""The report's pages: who sees what, what is filtered and found, and what a post changes."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from sync.discrepancies.refunds.reviews import review
from sync.discrepancies.refunds.rows import Status
from sync.discrepancies.refunds.summary import Slice, slices
from sync.models import CompanyRequest, Event, RefundDiscrepancy, RefundReview
from sync.models.sql import renew_statistics
from sync.quickbooks.links import deep_link
from tests.discrepancies.conftest import proposed
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    MembershipFactory,
    QuickBooksCompanyFactory,
    RefundFactory,
    RefundReviewFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/sync/refunddiscrepancy/"


@pytest.fixture
def sign_in(client, unit):
    def as_(role, *units):
        person = UserFactory()
        for one in units or [unit]:
            MembershipFactory(user=person, business_unit=one, role=role)
        client.force_login(person)
        return person

    return as_


@pytest.fixture
def refund(exported):
    return RefundFactory(payment=exported(), amount=Decimal("20.00"), refunded_on=date(2026, 5, 20))


@pytest.fixture
def foreign(exported):
    unit = BusinessUnitFactory(
        code="harbor", name="Harbor", quickbooks_company=QuickBooksCompanyFactory()
    )
    customer = CustomerFactory(business_unit=unit, display_name="Foreign Customer")
    return RefundFactory(payment=exported(unit=unit, customer=customer), amount=Decimal("33.00"))


def shown(client, query=""):
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return [refund.pk for refund in response.context["cl"].result_list]


def page_of(refund):
    return reverse("admin:sync_refunddiscrepancy_change", args=[refund.pk])


def nothing_changed():
    return not RefundReview.objects.exists() and not Event.objects.exists()


def test_list_stands_at_its_documented_address():
    assert reverse("admin:sync_refunddiscrepancy_changelist") == LIST


def test_list_shows_what_a_bookkeeper_needs(client, sign_in, refund):
    sign_in(Role.VIEWER)
    text = client.get(LIST).content.decode()
    payment = refund.payment
    for words in (
        "20 May 2026",
        "José O&#x27;Brien",
        payment.invoice.number,
        "$20.00",
        "Partial",
        "14 May 2026",
        "Credit memo and refund",
        "Open",
    ):
        assert words in text
    for record in (*payment.sync_records.all(), *payment.invoice.sync_records.all()):
        entity = record.kind.capitalize()
        assert f'href="{deep_link("9130348000000001", entity, record.qbo_id)}"' in text


def test_list_opens_on_what_is_to_adjust_and_finds_the_rest(client, sign_in, exported):
    sign_in(Role.VIEWER)
    opened, recorded, done = (RefundFactory(payment=exported()) for _ in range(3))
    RefundReviewFactory(refund=recorded, status="recorded", note="Credit memo 12")
    RefundReviewFactory(refund=done, status="not_needed", note="Entered twice")
    assert shown(client) == [opened.pk, recorded.pk]
    assert shown(client, "?status=open") == [opened.pk]
    assert shown(client, "?status=recorded") == [recorded.pk]
    assert shown(client, "?status=not_needed") == [done.pk]
    assert shown(client, "?status=all") == [opened.pk, recorded.pk, done.pk]
    assert shown(client, "?status=nonsense") == [opened.pk, recorded.pk]


def test_list_is_filtered_by_unit_size_and_date(client, sign_in, unit, refund, foreign):
    sign_in(Role.VIEWER, unit, foreign.payment.business_unit)
    full = RefundFactory(
        payment=refund.payment.__class__.objects.get(pk=foreign.payment_id),
        amount=Decimal("1.00"),
        refunded_on=date(2026, 6, 1),
    )
    assert shown(client) == [refund.pk, foreign.pk, full.pk]
    assert shown(client, f"?unit={unit.pk}") == [refund.pk]
    assert shown(client, "?unit=nonsense") == []
    assert shown(client, "?size=full") == []
    assert shown(client, "?size=partial") == [refund.pk, foreign.pk, full.pk]
    assert shown(client, "?refunded_on_from=2026-05-21") == [full.pk]
    assert shown(client, "?refunded_on_to=2026-05-21") == [refund.pk, foreign.pk]


def test_list_is_searched_by_customer_and_invoice_number(client, sign_in, unit, exported):
    sign_in(Role.VIEWER)
    named = CustomerFactory(business_unit=unit, display_name="Peña & Sons")
    found = RefundFactory(payment=exported(customer=named))
    other = RefundFactory(payment=exported())
    number = other.payment.invoice.number
    assert shown(client, "?q=peña") == [found.pk]
    assert shown(client, f"?q={number}") == [other.pk]
    assert shown(client, f"?q={number}0") == []
    assert shown(client, "?q=O'Brien") == [other.pk]


def test_person_of_one_unit_cannot_learn_of_another(client, sign_in, refund, foreign):
    sign_in(Role.ADMINISTRATOR)
    assert shown(client) == [refund.pk]
    assert shown(client, "?q=Foreign") == []
    assert shown(client, f"?unit={foreign.payment.business_unit_id}") == []
    text = client.get(LIST).content.decode() + client.get(f"{LIST}csv/").getvalue().decode()
    assert "Harbor" not in text
    assert "Foreign Customer" not in text
    assert "33.00" not in text
    assert client.get(page_of(foreign)).status_code == 404
    post = {"status": "recorded", "note": "Credit memo 12"}
    assert client.post(page_of(foreign), post).status_code == 404
    assert client.post(f"{LIST}review/", {**post, "refund": foreign.pk}).status_code == 403
    assert nothing_changed()


def test_person_without_a_role_sees_nothing(client, refund):
    client.force_login(UserFactory())
    for address in (LIST, f"{LIST}csv/"):
        assert client.get(address).status_code == 403
    assert client.get(page_of(refund)).status_code == 404


def test_stranger_is_sent_to_sign_in(client, refund):
    for address in (LIST, f"{LIST}csv/", page_of(refund)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


def test_page_says_what_to_enter_and_stores_the_review(client, sign_in, refund):
    person = sign_in(Role.ACCOUNTANT)
    text = client.get(page_of(refund)).content.decode()
    assert "</span>: customer José O&#x27;Brien, date 20 May 2026, $20.00" in text
    assert 'name="status" value="recorded"' in text
    response = client.post(page_of(refund), {"status": "recorded", "note": "Credit memo 12"})
    assert (response.status_code, response["Location"]) == (302, LIST)
    review = RefundReview.objects.get()
    assert (review.refund_id, review.status, review.note, review.reviewed_by) == (
        refund.pk,
        "recorded",
        "Credit memo 12",
        person,
    )
    assert Event.objects.get().actor == person
    assert "said" in client.get(page_of(refund)).content.decode()


@pytest.mark.parametrize("status", ["recorded", "not_needed"])
def test_page_asks_for_the_note(client, sign_in, refund, status):
    sign_in(Role.ACCOUNTANT)
    response = client.post(page_of(refund), {"status": status, "note": " "})
    assert response.status_code == 200
    assert "Say in the note" in response.content.decode()
    assert nothing_changed()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_reader_sees_the_page_without_its_form_and_cannot_post(client, sign_in, refund, role):
    sign_in(role)
    text = client.get(page_of(refund)).content.decode()
    assert "</span>: customer José O&#x27;Brien" in text
    assert 'name="status"' not in text
    post = {"status": "recorded", "note": "Credit memo 12"}
    assert client.post(page_of(refund), post).status_code == 403
    assert client.post(f"{LIST}review/", {**post, "refund": refund.pk}).status_code == 403
    ticked = {"action": "review_selected", "_selected_action": refund.pk}
    client.post(LIST, ticked)
    assert nothing_changed()


def test_page_of_a_refund_that_is_not_in_the_report_does_not_exist(client, sign_in, unit):
    sign_in(Role.ACCOUNTANT)
    outside = RefundFactory(payment__invoice__business_unit=unit)
    assert client.get(page_of(outside)).status_code == 404


def test_bulk_review_asks_first_and_then_changes_all(client, sign_in, exported):
    sign_in(Role.ACCOUNTANT)
    refunds = [RefundFactory(payment=exported()) for _ in range(3)]
    ticked = [refund.pk for refund in refunds[:2]]
    page = client.post(LIST, {"action": "review_selected", "_selected_action": ticked})
    assert page.status_code == 200
    assert "Review 2 refunds" in page.content.decode()
    assert nothing_changed()
    post = {"refund": ticked, "status": "not_needed", "note": "Test company"}
    response = client.post(f"{LIST}review/", post)
    assert (response.status_code, response["Location"]) == (302, LIST)
    stored = RefundReview.objects.order_by("refund").values_list("refund", "status", "note")
    assert list(stored) == [(pk, "not_needed", "Test company") for pk in ticked]
    assert Event.objects.count() == 2
    assert shown(client) == [refunds[2].pk]


def test_bulk_review_without_a_note_changes_nothing(client, sign_in, refund):
    sign_in(Role.ACCOUNTANT)
    post = {"refund": [refund.pk], "status": "recorded", "note": ""}
    response = client.post(f"{LIST}review/", post)
    assert response.status_code == 200
    assert "Say in the note what was entered" in response.content.decode()
    assert nothing_changed()


def test_bulk_review_leaves_out_units_where_the_person_only_reads(
    client, sign_in, unit, refund, foreign
):
    person = sign_in(Role.ACCOUNTANT)
    MembershipFactory(user=person, business_unit=foreign.payment.business_unit, role=Role.VIEWER)
    ticked = {"action": "review_selected", "_selected_action": [refund.pk, foreign.pk]}
    text = client.post(LIST, ticked).content.decode()
    assert "Review 1 refund" in text
    assert "1 of 2 refunds were left out" in text
    post = {"refund": [refund.pk, foreign.pk], "status": "recorded", "note": "Journal 5"}
    assert client.post(f"{LIST}review/", post).status_code == 403
    assert nothing_changed()


@pytest.mark.parametrize("ids", [["x"], ["-1"], ["9" * 30], ["1; DROP"]])
def test_bulk_review_of_nonsense_is_refused(client, sign_in, refund, ids):
    sign_in(Role.ACCOUNTANT)
    post = {"refund": ids, "status": "recorded", "note": "Credit memo 12"}
    assert client.post(f"{LIST}review/", post).status_code == 403
    assert nothing_changed()


def test_reviews_are_never_stored_by_a_get(client, sign_in, refund):
    sign_in(Role.ACCOUNTANT)
    query = f"?refund={refund.pk}&status=recorded&note=Credit+memo"
    assert client.get(f"{LIST}review/{query}").status_code == 405
    client.get(f"{page_of(refund)}{query}")
    assert nothing_changed()


def test_csv_holds_exactly_what_is_filtered(client, sign_in, unit, exported):
    sign_in(Role.VIEWER)
    evil = CustomerFactory(business_unit=unit, display_name="=1+1")
    first = RefundFactory(payment=exported(customer=evil), refunded_on=date(2026, 5, 19))
    second = RefundFactory(payment=exported(), refunded_on=date(2026, 5, 20))
    RefundFactory(payment=exported(), amount=Decimal("150.00"))
    response = client.get(f"{LIST}csv/?size=partial")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.streaming
    text = response.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert [int(row["Refund"]) for row in rows] == [first.pk, second.pk]
    assert [row["Customer"] for row in rows] == ["'=1+1", "José O'Brien"]
    assert [row["Amount"] for row in rows] == ["20.00", "20.00"]


def test_list_takes_the_same_number_of_queries_for_any_number_of_rows(
    client, sign_in, exported, django_assert_max_num_queries
):
    sign_in(Role.ACCOUNTANT)
    taken = []
    for number in (1, 3):
        while RefundDiscrepancy.objects.count() < number:
            RefundReviewFactory(refund=RefundFactory(payment=exported()))
        with django_assert_max_num_queries(25) as queries:
            assert len(shown(client)) == number
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_rows_cannot_be_added_or_deleted_here(client, sign_in, refund):
    sign_in(Role.ADMINISTRATOR)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{refund.pk}/delete/", {"post": "yes"}).status_code == 403
    assert RefundDiscrepancy.objects.get() == refund


def test_head_sums_what_is_open_by_age_and_unit(client, sign_in, unit, exported):
    harbor = BusinessUnitFactory(
        name="Harbor", quickbooks_company=QuickBooksCompanyFactory(realm_id="2")
    )
    sign_in(Role.VIEWER, unit, harbor)
    today = timezone.localdate()
    for days, amount in ((0, "1.00"), (7, "2.00"), (8, "4.00"), (91, "8.00")):
        RefundFactory(
            payment=exported(), amount=Decimal(amount), refunded_on=today - timedelta(days=days)
        )
    RefundFactory(payment=exported(unit=harbor), amount=Decimal("16.00"), refunded_on=today)
    closed = RefundFactory(payment=exported(), amount=Decimal("32.00"), refunded_on=today)
    RefundReviewFactory(refund=closed, status="not_needed", note="Entered twice")
    cl = client.get(LIST).context["cl"]
    assert [(age["title"], age["number"], age["amount"]) for age in cl.ages()] == [
        ("0 to 7 days", 3, "$19.00"),
        ("8 to 30 days", 1, "$4.00"),
        ("31 to 60 days", 0, "$0.00"),
        ("61 to 90 days", 0, "$0.00"),
        ("over 90 days", 1, "$8.00"),
    ]
    assert [(r["unit"].name, r["number"], r["amount"], r["ages"]) for r in cl.by_unit()] == [
        ("Harbor", 1, "$16.00", ["$16.00", "", "", "", ""]),
        ("Riverside", 4, "$15.00", ["$3.00", "$4.00", "", "", "$8.00"]),
    ]
    assert [(r["number"], r["amount"], r["ages"]) for r in cl.of_all_units()] == [
        (5, "$31.00", ["$19.00", "$4.00", "", "", "$8.00"]),
    ]
    assert cl.open_amounts() == ["$31.00 in 5 refunds"]
    assert [tab["title"] for tab in cl.tabs()] == [
        "To adjust (5)", "Open (5)", "Recorded (0)", "Verified (0)",
        "Adjusted another way (0)", "Not needed (1)", "All (6)",
    ]  # fmt: skip
    assert len(shown(client, "?age=week")) == 3
    assert len(shown(client, "?age=older")) == 1


def test_head_holds_every_unit_and_the_sum_of_all_and_shows_eight_first(
    client, sign_in, unit, exported
):
    person = sign_in(Role.VIEWER)
    for number in range(9):
        more = BusinessUnitFactory(
            name=f"Unit {number}", quickbooks_company=unit.quickbooks_company
        )
        MembershipFactory(user=person, business_unit=more, role=Role.VIEWER)
        amount = Decimal(10 + number)
        RefundFactory(payment=exported(unit=more), amount=amount, refunded_on=timezone.localdate())
    page = client.get(LIST)
    assert len(page.context["cl"].by_unit()) == 9
    [total] = page.context["cl"].of_all_units()
    assert (total["number"], total["amount"]) == (9, "$126.00")
    text = page.content.decode()
    assert "Show all 9, not only the 8 with the most" in text
    # The smallest comes last and is shown when asked for; the sum has it in any case.
    hidden = text.split('class="paidup-rest"')
    assert len(hidden) == 2
    assert "Unit 0" in hidden[1].split("</tr>")[0]
    assert "$126.00" in hidden[1]


def test_head_keeps_currencies_of_one_unit_apart(client, sign_in, unit, exported):
    sign_in(Role.VIEWER)
    RefundFactory(payment=exported(), amount=Decimal("1.00"))
    RefundFactory(payment=exported(currency="CAD"), amount=Decimal("2.00"))
    assert client.get(LIST).context["cl"].open_amounts() == [
        "CA$2.00 in 1 refund",
        "$1.00 in 1 refund",
    ]


@pytest.mark.parametrize(("expected", "readings"), [(["CAD", "USD"], 1), (["USD"], 2), ([], 2)])
def test_sums_are_read_once_where_no_other_currency_is_there(
    exported, unit, expected, readings, django_assert_num_queries
):
    canada = BusinessUnitFactory(currency="CAD", quickbooks_company=QuickBooksCompanyFactory())
    old, today = date(2026, 1, 1), timezone.localdate()
    open_one = {"amount": Decimal("1.00"), "refunded_on": today}
    RefundFactory(payment=exported(), **open_one)
    RefundFactory(payment=exported(), **open_one)
    settled = RefundFactory(payment=exported(), amount=Decimal("4.00"), refunded_on=old)
    RefundReviewFactory(refund=settled, status="not_needed", note="Entered twice")
    RefundFactory(payment=exported(unit=canada, currency="CAD"), **open_one)
    with django_assert_num_queries(readings):
        found = slices(RefundDiscrepancy.objects.all(), expected)
    assert sorted(found, key=lambda each: (each.unit_id, each.total)) == [
        Slice(unit.pk, "USD", Status.OPEN, "week", 2, Decimal("2.00")),
        Slice(unit.pk, "USD", Status.NOT_NEEDED, "older", 1, Decimal("4.00")),
        Slice(canada.pk, "CAD", Status.OPEN, "week", 1, Decimal("1.00")),
    ]


def test_list_reads_the_sums_of_units_with_several_currencies_once(
    client, sign_in, unit, exported, django_assert_max_num_queries
):
    canada = BusinessUnitFactory(currency="CAD", quickbooks_company=QuickBooksCompanyFactory())
    sign_in(Role.VIEWER, unit, canada)
    RefundFactory(payment=exported(), amount=Decimal("1.00"))
    RefundFactory(payment=exported(unit=canada, currency="CAD"), amount=Decimal("2.00"))
    with django_assert_max_num_queries(40) as queries:
        assert client.get(LIST).status_code == 200
    assert len([1 for query in queries if ' AS "key"' in query["sql"]]) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL needs no id to prove it")
def test_whether_a_payment_is_in_quickbooks_is_asked_of_an_index_alone(exported):
    RefundFactory(payment=exported())
    # SQLite keeps what it counted in another test, whatever was rolled back there.
    renew_statistics()
    plan = RefundDiscrepancy.objects.all().explain()
    assert "USING COVERING INDEX record_of_payment_there (payment_id=?)" in plan


def test_ticked_refunds_are_taken_on_and_found_as_mine(client, sign_in, exported):
    person = sign_in(Role.ACCOUNTANT)
    mine, other = (RefundFactory(payment=exported()) for _ in range(2))
    client.post(LIST, {"action": "take_selected", "_selected_action": [mine.pk]})
    assert RefundReview.objects.get().owner == person
    assert shown(client, "?queue=mine") == [mine.pk]
    assert shown(client, "?queue=nobody") == [other.pk]


def test_what_waits_to_be_accepted_is_found_and_accepted_by_a_post(client, sign_in, exported):
    sign_in(Role.ACCOUNTANT)
    refund = RefundFactory(payment=exported(), amount=Decimal("20.00"))
    RefundFactory(payment=exported())
    match = proposed(refund)
    assert shown(client, "?queue=accept") == [refund.pk]
    assert "This is it" in client.get(page_of(refund)).content.decode()
    address = f"{LIST}accept/{match.pk}/"
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert RefundReview.objects.get().status == "verified"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_reader_can_neither_accept_nor_have_quickbooks_read(client, sign_in, exported, role):
    sign_in(role)
    refund = RefundFactory(payment=exported())
    match = proposed(refund)
    assert client.post(f"{LIST}accept/{match.pk}/").status_code == 403
    client.post(f"{LIST}read/")
    assert nothing_changed()
    assert not CompanyRequest.objects.exists()


def test_stranger_cannot_accept(client, sign_in, foreign):
    sign_in(Role.ADMINISTRATOR)
    assert client.post(f"{LIST}accept/{proposed(foreign).pk}/").status_code == 404
    assert nothing_changed()


def test_looking_now_asks_the_company_once(client, sign_in, unit):
    sign_in(Role.ACCOUNTANT)
    client.post(f"{LIST}read/")
    client.post(f"{LIST}read/")
    asked = CompanyRequest.objects.order_by("pk").values_list("kind", "company")
    # Proof first: a payment that was changed to adjust a refund is no drift.
    assert list(asked) == [(kind, unit.quickbooks_company_id) for kind in ("proof", "drift")]


def test_after_saving_the_next_refund_is_shown_with_the_lists_search_and_filters(
    client, sign_in, exported
):
    sign_in(Role.ACCOUNTANT)
    first, other, last = (RefundFactory(payment=exported()) for _ in range(3))
    RefundReviewFactory(refund=other, status="recorded", note="Credit memo 3")
    kept = "?_changelist_filters=status%3Dopen"
    post = {"status": "not_needed", "note": "Entered twice"}
    response = client.post(f"{page_of(first)}{kept}", post)
    assert (response.status_code, response["Location"]) == (302, f"{page_of(last)}{kept}")
    response = client.post(f"{page_of(last)}{kept}", post)
    assert response["Location"] == f"{LIST}?status=open"


def test_nothing_is_selected_beforehand(client, sign_in, refund):
    sign_in(Role.ACCOUNTANT)
    form = client.get(page_of(refund)).context["form"]
    assert (form.initial.get("status"), form.initial.get("owner")) == (None, None)
    assert form.fields["status"].choices[0][0] == ""
    response = client.post(page_of(refund), {"status": "", "note": ""})
    assert "Say something" in response.content.decode()
    assert nothing_changed()


def test_what_another_reviewer_said_meanwhile_is_told_and_not_overwritten(
    client, sign_in, unit, refund
):
    sign_in(Role.ACCOUNTANT)
    page = client.get(page_of(refund))
    version = page.context["version"]
    other = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    review(refund, other, Status.NOT_NEEDED, "Entered twice")
    post = {"status": "recorded", "note": "Credit memo 12", "version": version}
    response = client.post(page_of(refund), post)
    assert f"said {other}: Entered twice" in response.content.decode()
    assert RefundReview.objects.get().status == "not_needed"


def test_a_refund_is_taken_back_from_its_page(client, sign_in, refund):
    sign_in(Role.ACCOUNTANT)
    address = f"{LIST}{refund.pk}/void/"
    assert client.get(address).status_code == 405
    assert client.post(address, {"reason": " "}).status_code == 302
    assert RefundDiscrepancy.objects.exists()
    assert client.post(address, {"reason": "Wrong customer"})["Location"] == LIST
    assert not RefundDiscrepancy.objects.exists()


@pytest.mark.parametrize("route", ["void", "show"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_reader_can_neither_take_back_nor_show(client, sign_in, refund, role, route):
    sign_in(role)
    post = {"reason": "Wrong customer", "document": "326"}
    assert client.post(f"{LIST}{refund.pk}/{route}/", post).status_code == 403
    assert nothing_changed()
    assert not CompanyRequest.objects.exists()


def test_stranger_can_neither_take_back_nor_show(client, sign_in, foreign):
    sign_in(Role.ADMINISTRATOR)
    for route in ("void", "show"):
        post = {"reason": "Wrong customer", "document": "326"}
        assert client.post(f"{LIST}{foreign.pk}/{route}/", post).status_code == 404
    assert nothing_changed()


def test_a_document_is_shown_by_a_post_and_what_was_said_of_it_is_on_the_page(
    client, sign_in, refund
):
    person = sign_in(Role.ACCOUNTANT)
    response = client.post(f"{LIST}{refund.pk}/show/", {"document": " 326 "})
    assert response["Location"] == page_of(refund)
    asked = CompanyRequest.objects.get()
    assert (asked.kind, asked.requested_by, asked.params) == (
        "show_adjustment",
        person,
        {"refund": refund.pk, "text": "326"},
    )
    CompanyRequest.objects.update(state="failed", error="QuickBooks has no document 326.")
    assert "QuickBooks has no document 326." in client.get(page_of(refund)).content.decode()


def test_the_oldest_that_is_open_comes_first_and_then_the_next(client, sign_in, exported):
    payment = exported()
    newer, older = (
        RefundFactory(payment=payment, amount="5.00", refunded_on=day)
        for day in ("2026-05-12", "2026-05-11")
    )
    sign_in(Role.ACCOUNTANT)
    settled = RefundFactory(payment=payment, amount="5.00", refunded_on="2026-05-10")
    RefundReviewFactory(refund=settled, status="not_needed", note="Paid back")
    first = client.get(f"{LIST}oldest/")
    assert first["Location"].startswith(page_of(older))
    following = client.post(first["Location"], {"status": "not_needed", "note": "In cash"})
    assert following["Location"].startswith(page_of(newer))
    client.post(following["Location"], {"status": "not_needed", "note": "In cash"})
    assert client.get(f"{LIST}oldest/")["Location"] == LIST
