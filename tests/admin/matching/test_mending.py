"""The link of a customer by the screen: offered where it failed, mended by the worker, told of."""

import pytest

from accounts.models import Role
from sync import tasks
from sync.models import CompanyRequest, SyncRecord
from tests import factories
from tests.admin.conftest import messages_of, record_of
from tests.exports import ledger
from tests.exports.conftest import Bookkeeper


def page_of(customer, of=None):
    page = f"/admin/sync/customer/{customer.pk}/mend/"
    return f"{page}?of={of.pk}" if of else page


def offered(client, row):
    url = f"/admin/sync/{row._meta.model_name}/{row.pk}/change/"
    return [str(action["title"]) for action in client.get(url).context["actions_detail"]]


@pytest.fixture
def books(unit, sign_in):
    return sign_in(unit, Role.ACCOUNTANT, username="lee")


@pytest.fixture
def bookkeeper(simulator, unit):
    return Bookkeeper(simulator, unit.quickbooks_company.realm_id)


def served(client, answer):
    """Let the relay serve what was asked, and return its page."""
    [company_id] = set(CompanyRequest.objects.values_list("company", flat=True))
    for _ in range(3):
        tasks.relay(company_id)
    return client.get(answer.url)


def bill(customer, number):
    invoice = factories.InvoiceFactory(
        business_unit=customer.business_unit, customer=customer, number=number
    )
    factories.PaymentFactory(invoice=invoice, amount=150, received_on="2026-05-09")
    return invoice


@pytest.mark.django_db(transaction=True)
def test_a_merged_customer_is_offered_mended_where_it_failed(
    simulator, unit, paid, export, books, bookkeeper
):
    export()
    customer = paid.customer
    survivor = bookkeeper.send("Customer", {"DisplayName": "Who is left"})["Id"]
    record = SyncRecord.objects.get(kind="customer")
    simulator.merge(unit.quickbooks_company.realm_id, "Customer", record.qbo_id, survivor)
    later, last = bill(customer, "L-1"), bill(customer, "L-2")
    export(status=1)

    for row in (later, later.payments.get(), SyncRecord.objects.get(invoice=later)):
        assert "Mend the customer's link" in offered(books, row)
        page = books.get(f"/admin/sync/{row._meta.model_name}/{row.pk}/change/")
        text = page.content.decode()
        assert "QuickBooks refused this, because its customer" in text
        assert "Who can do this in" in text
        assert "What QuickBooks said" in text
        assert "Invalid Reference Id" in page.context["failure"].detail
        led = books.get(f"/admin/sync/{row._meta.model_name}/{row.pk}/mend_one/")
        assert led.url == page_of(customer, later)
    page = books.get(customer_page(customer))
    assert "somebody merged it into another one" in page.content.decode()

    # Whom it was merged into is known without a look of anybody's.
    page = books.get(page_of(customer, later))
    state = page.context["state"]
    assert (state.invoices_stopped, state.survivors) == (2, {survivor: "Who is left"})
    assert "What went belongs to it there now." in page.content.decode()
    data = {"decision": "relink", "to": survivor, "only": str(later.pk)}
    outcome = served(books, books.post(page_of(customer, later), data))
    assert outcome.context["asked"][0]["headline"] == "1 of 1 document linked"
    assert "Linked to Who is left." in outcome.content.decode()
    tasks.relay(unit.quickbooks_company_id)
    assert set(ledger.invoices(simulator, unit)) == {"R-1042", "L-1"}
    assert SyncRecord.objects.get(invoice=last).state == "failed"
    owners = {d["CustomerRef"]["value"] for d in bookkeeper.ours("Invoice")}
    assert owners == {survivor}


def customer_page(customer):
    return f"/admin/sync/customer/{customer.pk}/change/"


@pytest.mark.django_db(transaction=True)
def test_another_name_is_accepted_for_many_by_the_list(
    simulator, unit, paid, export, books, bookkeeper
):
    export()
    there = bookkeeper.ours("Customer")[0]
    bookkeeper.edit("Customer", there, DisplayName="Married", Notes="Looked at")
    data = {"action": "check_again", "_selected_action": [paid.pk]}
    page = books.post("/admin/sync/invoice/", data)
    books.post("/admin/sync/companyrequest/ask/", page.context["hidden"])
    tasks.relay(unit.quickbooks_company_id)
    assert SyncRecord.objects.get(kind="customer").state == "mismatch"
    assert "Accept its name in QuickBooks" in offered(books, paid)
    assert books.get(page_of(paid.customer)).context["now_called"] == "Married"

    bill(paid.customer, "L-1")
    export(status=1)
    page = books.post("/admin/sync/invoice/", {**data, "action": "accept_names"})
    assert page.context["counted"] == "1 customer"
    answer = books.post("/admin/sync/companyrequest/ask/", page.context["hidden"])
    outcome = served(books, answer)
    assert "It is called Married here as well now." in outcome.content.decode()
    assert set(ledger.invoices(simulator, unit)) == {"R-1042", "L-1"}


def test_the_page_says_what_hangs_on_the_link_and_what_forbids_it(accountant, fully_paid):
    customer = fully_paid.customer
    record_of(customer, "customer", "exported", content={"display_name": "Ann"})
    record_of(fully_paid, "invoice", "uncertain", content={"customer": customer.pk})
    page = accountant.get(page_of(customer))
    state = page.context["state"]
    assert (state.invoices_sent, state.invoices_waiting, state.payments_waiting) == (0, 1, 0)
    assert "Whether Invoice 1042 of this customer reached QuickBooks" in state.in_the_way
    assert "Create a new one" not in page.content.decode()
    before = list(SyncRecord.objects.values())
    for decision in ("relink", "anew", "let_go"):
        data = {"decision": decision, "to": "77"}
        page = accountant.post(page_of(customer), data, follow=True)
        assert messages_of(page) == [state.in_the_way]
    assert accountant.post(page_of(customer), {"decision": "?"}).status_code == 404
    assert not CompanyRequest.objects.exists()
    assert list(SyncRecord.objects.values()) == before


def test_others_and_those_who_may_not_see_no_page(exporter, viewer, accountant, foreign, riverside):
    ours = factories.CustomerFactory(business_unit=riverside)
    theirs = factories.CustomerFactory(business_unit=foreign)
    for customer in (ours, theirs):
        record_of(customer, "customer", "exported", content={"display_name": "Ann"})
    assert accountant.get(page_of(theirs)).status_code == 404
    for client in (exporter, viewer):
        assert client.get(page_of(ours)).status_code == 403
        data = {"decision": "anew"}
        assert client.post(page_of(ours), data).status_code == 403
    assert not CompanyRequest.objects.exists()


def test_a_link_that_is_not_there_is_told(accountant, riverside):
    customer = factories.CustomerFactory(business_unit=riverside)
    assert "Mend the link" not in offered(accountant, customer)
    page = accountant.get(page_of(customer), follow=True)
    assert "is not linked to any customer in QuickBooks" in messages_of(page)[0]
