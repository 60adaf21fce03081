"""What a role shows and what it hides: a foreign row answers 404, whatever is asked of it."""

import pytest

from accounts.models import Role
from sync.models import Event, ExportRun, Payment
from tests import factories

LISTS = ["payment", "invoice", "customer", "refund", "exportrun", "syncrecord", "event"]


def rows_of(unit):
    """One row of every model, all of one unit."""
    payment = factories.PaymentFactory(invoice__business_unit=unit)
    record = factories.SyncRecordFactory(payment=payment, company=unit.quickbooks_company)
    return {
        "payment": payment,
        "invoice": payment.invoice,
        "customer": payment.customer,
        "refund": factories.RefundFactory(payment=payment),
        "exportrun": ExportRun.objects.create(
            business_unit=unit, state="running", confirmed_at="2026-05-04T10:00:00Z"
        ),
        "syncrecord": record,
        "event": Event.objects.create(action="retry", business_unit=unit),
        "businessunit": unit,
    }


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_foreign_rows_answer_404(sign_in, riverside, foreign, page):
    client = sign_in(riverside, Role.ADMINISTRATOR)
    for name, row in rows_of(foreign).items():
        response = client.get(f"/admin/sync/{name}/{row.pk}/{page}/")
        assert response.status_code == 404, name
        absent = client.get(f"/admin/sync/{name}/999999/{page}/")
        assert absent.status_code == 404, name


def test_own_rows_are_shown_to_a_viewer(viewer, riverside):
    for name, row in rows_of(riverside).items():
        assert viewer.get(f"/admin/sync/{name}/{row.pk}/change/").status_code == 200, name


def test_lists_show_rows_of_own_units_only(viewer, riverside, foreign):
    own, others = rows_of(riverside), rows_of(foreign)
    for name in LISTS:
        query = "?status=all" if name == "payment" else ""
        shown = viewer.get(f"/admin/sync/{name}/{query}").context["cl"].result_list
        assert [row.pk for row in shown] == [own[name].pk], name
        assert others[name].pk != own[name].pk
    units = viewer.get("/admin/sync/businessunit/").context["cl"].result_list
    assert [unit.name for unit in units] == ["Riverside"]


def test_nobody_without_a_role_gets_in_anywhere(sign_in, riverside):
    client = sign_in()
    rows = rows_of(riverside)
    page = client.get("/admin/")
    assert page.status_code == 200
    assert "Riverside" not in page.content.decode()
    for name, row in rows.items():
        assert client.get(f"/admin/sync/{name}/").status_code == 403, name
        assert client.get(f"/admin/sync/{name}/{row.pk}/change/").status_code == 404, name
    assert [group["items"] for group in page.context["sidebar_navigation"]][1:] == []


def test_filters_and_choices_name_own_units_only(accountant, riverside, foreign):
    page = accountant.get("/admin/sync/payment/?status=all").content.decode()
    assert "Harbor" not in page
    form = accountant.get("/admin/sync/payment/add/").context["adminform"].form
    assert list(form.fields["business_unit"].queryset) == [riverside]
    rows_of(foreign)
    assert not form.fields["customer"].queryset.exists()
    answer = accountant.get(
        "/admin/autocomplete/?app_label=sync&model_name=payment&field_name=invoice"
    )
    assert answer.json()["results"] == []


def test_a_viewer_of_one_unit_adds_nothing_there(sign_in, riverside, foreign):
    client = sign_in(riverside, Role.ACCOUNTANT)
    factories.MembershipFactory(user=client.user, business_unit=foreign, role=Role.VIEWER)
    customer = factories.CustomerFactory(business_unit=foreign)
    response = client.post(
        "/admin/sync/payment/add/",
        {
            "business_unit": foreign.pk,
            "customer": customer.pk,
            "kind": "deposit",
            "method": "Cash",
            "amount": "70.00",
            "currency": "USD",
            "received_on": "2026-05-04",
        },
    )
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {"business_unit", "customer"}
    assert not Payment.objects.exists()


def test_nothing_that_the_site_writes_can_be_written_by_hand(sign_in, riverside):
    client = sign_in(is_superuser=True)
    rows = rows_of(riverside)
    for name in ("exportrun", "syncrecord", "event"):
        assert client.get(f"/admin/sync/{name}/add/").status_code == 403, name
        assert client.post(f"/admin/sync/{name}/{rows[name].pk}/delete/").status_code == 403, name
        before = type(rows[name]).objects.values().get(pk=rows[name].pk)
        client.post(f"/admin/sync/{name}/{rows[name].pk}/change/", {"action": "x", "state": "x"})
        assert type(rows[name]).objects.values().get(pk=rows[name].pk) == before


def test_signing_in_leads_home(riverside):
    user = factories.UserFactory()
    from django.test import Client

    answer = Client().post(
        "/admin/login/", {"username": user.username, "password": "correct horse battery staple"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_schedules_of_the_queue_are_out_of_reach_for_superusers_too(sign_in):
    client = sign_in(is_superuser=True)
    for name in ("django_q/schedule", "django_q/success", "axes/accessattempt", "auth/group"):
        assert client.get(f"/admin/{name}/").status_code == 404, name
