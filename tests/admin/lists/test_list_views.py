"""What a person keeps of a list: views by name, columns; theirs alone, and for every list."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from sync.admin.lists.list_admin import QuietList
from sync.models import ListColumns, SavedView, UsedForm
from tests import factories

LIST = "/admin/sync/payment/"
SAVE, COLUMNS = "/admin/lists/views/", "/admin/lists/columns/"


def lists():
    """Return the lists that are declared through the common class."""
    found = []
    for model, owner in admin.site._registry.items():
        try:
            kind = owner.get_changelist(None)
        except AttributeError:
            continue
        if issubclass(kind, QuietList):
            found.append(model)
    return sorted(found, key=lambda model: model._meta.model_name)


def page_of(model):
    return f"/admin/sync/{model._meta.model_name}/"


def form_in(page, action):
    """Return the hidden fields of the form that is sent there, as a browser would send them."""
    text = page.content.decode()
    form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', text, re.S)
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group())
    return {name: value.replace("&amp;", "&") for name, value in fields if "token" not in name}


def save(client, address, name):
    data = form_in(client.get(address), SAVE)
    return client.post(SAVE, {**data, "name": name}, follow=True)


def columns_of(page):
    return [name for name in page.context["cl"].list_display if name != "action_checkbox"]


def chips(page):
    return [(chip["view"].name, chip["is_open"]) for chip in page.context["cl"].view_bar.chips]


def test_a_view_keeps_filter_search_order_and_columns_and_opens_by_one_click(
    accountant, fully_paid
):
    shown = ["received_on", "customer", "invoice_shown", "money", "status", "reference"]
    client, data = accountant, form_in(accountant.get(LIST), COLUMNS)
    client.post(COLUMNS, {**data, "column": shown})
    page = save(client, f"{LIST}?status=all&q=1042&amount_from=60&o=-4&p=1", "Big ones")
    assert "The view “Big ones” is saved. It is yours alone." in page.content.decode()
    view = SavedView.objects.get()
    assert (view.user, view.list_name, view.name) == (client.user, "sync.payment", "Big ones")
    assert view.query == "amount_from=60&q=1042&status=all"
    assert (view.order, sorted(view.switched)) == (["-money"], ["method", "reference"])
    ListColumns.objects.all().delete()
    assert columns_of(client.get(LIST)) == [
        "received_on",
        "customer",
        "invoice_shown",
        "method",
        "money",
        "status",
    ]
    [chip] = client.get(LIST).context["cl"].view_bar.chips
    opened = client.get(f"{LIST}{chip['link']}")
    assert columns_of(opened) == shown
    assert opened.context["cl"].query == "1042"
    amounts = [row.amount for row in opened.context["cl"].result_list]
    assert sorted(map(str, amounts)) == ["70.00"]
    assert chips(opened) == [("Big ones", True)]
    # Its columns stay while somebody leafs and goes from tab to tab.
    tab = next(tab for tab in opened.context["cl"].tabs() if tab["title"].startswith("Exported"))
    assert columns_of(client.get(f"{LIST}{tab['link']}")) == shown


def test_the_order_holds_where_columns_come_and_go(accountant, riverside, fully_paid):
    save(accountant, f"{LIST}?status=all&o=-5", "Largest first")
    data = form_in(accountant.get(LIST), COLUMNS)
    chip = accountant.get(LIST).context["cl"].view_bar.chips[0]
    first = [row.pk for row in accountant.get(f"{LIST}{chip['link']}").context["cl"].result_list]
    accountant.post(COLUMNS, {**data, "column": ["money", "status"]})
    other = factories.BusinessUnitFactory()
    factories.MembershipFactory(user=accountant.user, business_unit=other, role=Role.VIEWER)
    chip = accountant.get(LIST).context["cl"].view_bar.chips[0]
    then = accountant.get(f"{LIST}{chip['link']}").context["cl"]
    assert [str(row.amount) for row in then.result_list] == ["70.00", "50.00", "30.00"]
    assert [row.pk for row in then.result_list] == first


def test_a_view_is_renamed_replaced_and_deleted(accountant, fully_paid):
    for query in ("status=all", "status=exported"):
        save(accountant, f"{LIST}?{query}", "Mine")
    view = SavedView.objects.get()
    assert view.query == "status=exported"
    save(accountant, f"{LIST}?status=all", "Other")
    page = f"{SAVE}{view.pk}/"
    said = accountant.post(page, {"name": "Other"}, follow=True).content.decode()
    assert "Another view is called “Other” already." in said
    accountant.post(page, {"name": "  Gone   out "})
    assert {each.name for each in SavedView.objects.all()} == {"Gone out", "Other"}
    accountant.post(page, {"name": "", "delete": "1"})
    assert [each.name for each in SavedView.objects.all()] == ["Other"]
    assert save(accountant, f"{LIST}?status=all", " ").status_code == 200
    assert SavedView.objects.count() == 1


def test_nobody_else_sees_opens_renames_or_deletes_it(accountant, exporter, fully_paid):
    save(accountant, f"{LIST}?status=all", "Lee's own")
    view = SavedView.objects.get()
    page = exporter.get(f"{LIST}?view={view.pk}")
    assert chips(page) == []
    assert "Lee" not in page.content.decode()
    for data in ({"name": "Taken"}, {"delete": "1"}):
        assert exporter.post(f"{SAVE}{view.pk}/", data).status_code == 404
    data = form_in(exporter.get(LIST), COLUMNS)
    exporter.post(COLUMNS, {**data, "view": view.pk, "column": ["status"]})
    view.refresh_from_db()
    assert (view.name, view.switched) == ("Lee's own", [])


def test_a_list_that_is_not_the_persons_keeps_nothing(viewer, sign_in, fully_paid):
    stranger = sign_in()
    for client, name in (
        (stranger, "sync.payment"),
        (viewer, "accounts.user"),
        (viewer, "sync.nothing"),
        (viewer, "nothing"),
    ):
        for page in (SAVE, COLUMNS):
            answer = client.post(page, {"list": name, "name": "X", "query": ""})
            assert answer.status_code == 404
        assert client.get(SAVE).status_code == 405
    assert not SavedView.objects.exists()
    assert not ListColumns.objects.exists()


def test_what_was_saved_leads_nowhere_but_to_the_list(accountant, fully_paid):
    data = {"list": "sync.payment", "name": "X", "query": "view=9&o=1&a=é&//evil.example"}
    answer = accountant.post(SAVE, {**data, "order": "evil,-money", "switched": "no,method"})
    view = SavedView.objects.get()
    assert answer["Location"] == f"{LIST}?a=%C3%A9&o=-4&view={view.pk}"
    assert (view.query, view.order, view.switched) == ("a=%C3%A9", ["-money"], ["method"])


def test_only_so_many_are_kept_of_a_list(accountant, fully_paid):
    for n in range(20):
        SavedView.objects.create(user=accountant.user, list_name="sync.payment", name=f"V{n}")
    said = save(accountant, f"{LIST}?status=all", "One more").content.decode()
    assert "20 views are kept of a list" in said
    assert SavedView.objects.count() == 20
    assert "is saved" in save(accountant, f"{LIST}?status=all", "V3").content.decode()


@pytest.fixture
def root(sign_in, riverside, fully_paid):
    return sign_in(is_superuser=True)


@pytest.mark.parametrize("model", lists(), ids=lambda model: model._meta.model_name)
def test_every_list_keeps_views_and_columns_in_few_queries(root, model):
    name, page = model._meta.label_lower, page_of(model)
    first = root.get(page)
    bar = first.context["cl"].view_bar
    hideable = [column["name"] for column in bar.columns]
    root.post(COLUMNS, {"list": name, "query": "", "column": hideable[:-1]})
    assert len(columns_of(root.get(page))) == len(columns_of(first)) - 1 + len(
        set(hideable[:-1]) & set(admin.site.get_model_admin(model).more_columns)
    ) + (hideable[-1] in admin.site.get_model_admin(model).more_columns)
    root.post(SAVE, {"list": name, "name": "Kept", "query": ""})
    with CaptureQueriesContext(connection) as asked:
        listed = root.get(page)
    assert chips(listed) == [("Kept", False)]
    assert len(asked) <= 25


def test_the_lists_of_documents_are_among_them():
    names = {model._meta.model_name for model in lists()}
    assert names >= {"payment", "invoice", "customer", "refund", "refunddiscrepancy", "drift"}
    assert names >= {"syncrecord", "exportrun", "businessunit", "event", "import", "tieout"}


def shown(client, address):
    return sorted(str(row) for row in client.get(address).context["cl"].result_list)


def amounts(client, address):
    return sorted(str(row.amount) for row in client.get(address).context["cl"].result_list)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("amount_from=50", ["50.00", "70.00"]),
        ("amount_to=50.00", ["30.00", "50.00"]),
        ("amount_from=30.01&amount_to=69.99", ["50.00"]),
        ("amount_from=abc", []),
        ("amount_from=NaN&amount_to=1e99", []),
        ("amount_from=1%2C000", []),
    ],
)
def test_payments_by_amount(accountant, fully_paid, asked, found):
    assert amounts(accountant, f"{LIST}?status=all&{asked}") == found


def test_what_is_no_amount_is_told(accountant, fully_paid):
    page = accountant.get(f"{LIST}?status=all&amount_from=1%2C000").content.decode()
    assert "Enter a number." in page


def test_invoices_and_refunds_by_amount(accountant, fully_paid):
    page = "/admin/sync/invoice/?total_from="
    assert len(shown(accountant, f"{page}150")) == 1
    assert shown(accountant, f"{page}150.01") == []
    payment = fully_paid.payments.first()
    factories.RefundFactory(payment=payment, amount="5.00")
    for name in ("refund", "refunddiscrepancy"):
        for asked, count in (("amount_to=4.99", 0), ("kind__exact=bounced", 0)):
            assert shown(accountant, f"/admin/sync/{name}/?{asked}") == [""] * count
    assert amounts(accountant, "/admin/sync/refund/?amount_from=5&amount_to=5") == ["5.00"]


def test_payments_and_invoices_by_reason(accountant, riverside, fully_paid):
    due = factories.InvoiceFactory(business_unit=riverside, number="7")
    owed = factories.PaymentFactory(invoice=due, amount="1.00", kind="partial")
    deposit = factories.PaymentFactory(
        invoice=None,
        kind="deposit",
        business_unit=riverside,
        customer=due.customer,
        currency="USD",
    )
    for reason, payments in (("NOT_FULLY_PAID", [owed]), ("NO_INVOICE", [deposit]), ("VOIDED", [])):
        listed = accountant.get(f"{LIST}?reason={reason}").context["cl"]
        assert [row.pk for row in listed.result_list] == [row.pk for row in payments]
        assert listed.tab() == "not-ready"
    assert shown(accountant, "/admin/sync/invoice/?reason=NOT_FULLY_PAID") == [str(due)]
    assert len(shown(accountant, f"{LIST}?reason=nonsense&status=all")) == 5


def test_a_view_keeps_the_order_by_what_opens_a_row(accountant, riverside):
    for number in ("1", "2"):
        factories.InvoiceFactory(business_unit=riverside, number=number)
    page = "/admin/sync/invoice/"
    for asked, numbers in (("1", ["1", "2"]), ("-1", ["2", "1"])):
        save(accountant, f"{page}?o={asked}", "By number")
        assert SavedView.objects.get().order == [asked.replace("1", "number")]
        [chip] = accountant.get(page).context["cl"].view_bar.chips
        listed = accountant.get(f"{page}{chip['link']}").context["cl"]
        assert [row.number for row in listed.result_list] == numbers


@pytest.mark.parametrize("text", ["x" * 2_000, "é" * 334])
def test_a_search_too_long_to_keep_is_not_kept_by_halves(accountant, fully_paid, text):
    said = save(accountant, f"{LIST}?status=all&q={text}", "Long").content.decode()
    assert "Nothing was saved: what is looked for is too long." in said
    assert SavedView.objects.count() == 0


def test_a_view_with_a_long_search_is_kept_and_its_form_used(accountant, fully_paid):
    save(accountant, f"{LIST}?status=all&q={'x' * 1_900}", "Long")
    assert len(SavedView.objects.get().query) > 1_900
    assert UsedForm.objects.get().result == LIST


def test_a_column_that_the_list_has_not_orders_nothing(accountant, riverside):
    page = accountant.get("/admin/sync/exportrun/?o=99.-1")
    assert page.status_code == 200
    bar = page.context["cl"].view_bar
    assert bar.order == f"-{page.context['cl'].list_display[1]}"
