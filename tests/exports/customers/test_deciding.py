"""What a person decides: link, choose, decline, rename, undo; and what then goes to QuickBooks."""

from decimal import Decimal

import pytest

from accounts.access import AccessDenied
from accounts.models import Membership, Role
from sync.exports.customers import deciding
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.customers.linking import CHANGED_HERE, CHANGED_THERE, GONE, NO_ROLE
from sync.exports.delivery.relay import drain
from sync.exports.remedies.decide import retry
from sync.models import Customer, CustomerMatch, Event, Party, Payment, SyncRecord
from sync.tasks import HANDLERS
from tests.factories import InvoiceFactory, MembershipFactory, PaymentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def paid_invoice(customer, number):
    invoice = InvoiceFactory(business_unit=customer.business_unit, customer=customer, number=number)
    PaymentFactory(invoice=invoice, amount=Decimal("150.00"), received_on="2026-05-09")
    return invoice


def matches():
    return CustomerMatch.objects.all()


def party(name):
    return Party.objects.get(name=name)


def test_what_is_accepted_is_used_and_nothing_is_created(
    unit, bookkeeper, customer, read, link, lee, export
):
    building = bookkeeper.sub_customer("Birchwood Apartments", "Building 9")
    ours, sub = customer("chen, wei"), customer("Birchwood Apartments:Building 9")
    paid_invoice(ours, "M-1")
    paid_invoice(sub, "M-2")
    read()
    before = bookkeeper.documents("Customer")
    assert deciding.accept(matches(), lee) == 2
    assert link() == (2, 0)
    assert not matches().exists()

    [record] = SyncRecord.objects.filter(customer=ours)
    there = next(c for c in before if c["DisplayName"] == "Chen, Wei")
    assert (record.state, record.qbo_id, record.linked_by) == ("exported", there["Id"], lee)
    assert record.content["display_name"] == "Chen, Wei"
    assert set(Event.objects.filter(action="linked").values_list("actor", "subject_id")) == {
        (lee.pk, ours.pk),
        (lee.pk, sub.pk),
    }
    assert export()["exported"] == 2
    assert bookkeeper.documents("Customer") == before
    invoices = {d["DocNumber"]: d["CustomerRef"]["value"] for d in bookkeeper.ours("Invoice")}
    assert invoices == {"M-1": there["Id"], "M-2": building["Id"]}
    paid = {d["CustomerRef"]["value"] for d in bookkeeper.ours("Payment")}
    assert paid == {there["Id"], building["Id"]}


def test_only_what_is_certain_is_accepted_in_bulk(unit, customer, read, lee):
    customer("Chen, Wei", email="other@example.com")
    read()
    with pytest.raises(DecisionRefused):
        deciding.accept(matches(), lee)
    assert matches().get().chosen is None


def test_a_person_chooses_another(unit, customer, read, link, lee):
    ours = customer("Somebody Else:Entirely")
    row = read(ours)
    deciding.choose(row, party("Garza, Lucia").pk, lee)
    assert link() == (1, 0)
    assert SyncRecord.objects.get(customer=ours).qbo_id == party("Garza, Lucia").qbo_id


@pytest.mark.long
def test_one_that_was_made_inactive_after_it_was_linked_creates_none(
    unit, bookkeeper, customer, read, link, lee, export
):
    paid_invoice(customer("Chen, Wei"), "I-1")
    read()
    deciding.accept(matches(), lee)
    link()
    there = next(c for c in bookkeeper.documents("Customer") if c["DisplayName"] == "Chen, Wei")
    inactive = bookkeeper.edit("Customer", there, Active=False)
    before = bookkeeper.books()
    assert export(status=1)["failed"] == 1
    assert "inactive" in SyncRecord.objects.get(kind="invoice").error
    assert bookkeeper.books() == before
    bookkeeper.edit("Customer", inactive, Active=True)
    retry(Payment.objects.get(), lee)
    drain(SyncRecord.objects.get(kind="invoice").run, HANDLERS)
    [invoice] = bookkeeper.ours("Invoice")
    assert invoice["CustomerRef"]["value"] == there["Id"]
    assert not bookkeeper.ours("Customer")


def test_two_of_ours_may_be_linked_to_one_of_theirs_by_a_person(
    unit, bookkeeper, customer, read, link, lee, export
):
    for number, name in enumerate(("Chen, Wei", "chen, wei")):
        paid_invoice(customer(name), f"T-{number}")
    read()
    before = bookkeeper.documents("Customer")
    for row in matches():
        deciding.choose(row, row.party_id, lee)
    assert link() == (2, 0)
    assert export()["exported"] == 2
    assert bookkeeper.documents("Customer") == before
    assert len(bookkeeper.ours("Invoice")) == 2


def test_an_inactive_one_or_a_vendor_cannot_be_chosen(unit, bookkeeper, customer, read, lee):
    row = read(customer("Smith:1"))
    with pytest.raises(DecisionRefused, match="no longer in QuickBooks"):
        deciding.choose(row, party("City Landfill").pk, lee)
    Party.objects.filter(name="Garza, Lucia").update(active=False)
    with pytest.raises(DecisionRefused, match="inactive"):
        deciding.choose(row, party("Garza, Lucia").pk, lee)
    row.refresh_from_db()
    assert row.chosen is None


@pytest.mark.long
@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (lambda b, c: b.edit("Customer", c, DisplayName="Chen, Weiwei"), CHANGED_THERE),
        (lambda b, c: b.edit("Customer", c, Active=False), CHANGED_THERE),
        (
            lambda b, c: b.edit("Customer", c, PrimaryEmailAddr={"Address": "new@example.com"}),
            CHANGED_THERE,
        ),
        (lambda b, c: Customer.objects.update(display_name="Chen, W."), CHANGED_HERE),
        (lambda b, c: Membership.objects.update(role=Role.EXPORTER), NO_ROLE),
        (lambda b, c: Party.objects.filter(name="Chen, Wei").update(qbo_id="99999"), GONE),
    ],
    ids=["renamed", "inactive", "email", "ours", "role", "gone"],
)
def test_what_changed_before_it_was_linked_is_looked_at_again(
    unit, bookkeeper, customer, read, link, lee, meddle, words
):
    row = read(customer("Chen, Wei"))
    deciding.accept(matches(), lee)
    meddle(
        bookkeeper,
        next(c for c in bookkeeper.documents("Customer") if c["DisplayName"] == "Chen, Wei"),
    )
    assert link() == (0, 1)
    row.refresh_from_db()
    assert (row.standing, row.chosen, row.refusal) == ("look", None, words)
    assert not SyncRecord.objects.exists()
    assert not Event.objects.filter(action="linked").exists()


def test_one_that_waits_to_be_created_is_linked_instead(
    unit, bookkeeper, customer, read, link, lee, export
):
    ours = customer("Chen-Ito, Wei", email="")
    paid_invoice(ours, "W-1")
    read()
    row = CustomerMatch.objects.create(
        company=unit.quickbooks_company,
        business_unit=unit,
        customer=ours,
        name="Chen-Ito, Wei",
        standing="look",
    )
    deciding.choose(row, party("Chen, Wei").pk, lee)
    before = bookkeeper.documents("Customer")
    assert export()["exported"] == 1
    assert bookkeeper.documents("Customer") == before
    assert not matches().exists()


@pytest.mark.long
def test_one_that_went_meanwhile_is_left_as_it_is(unit, customer, read, link, lee, export):
    ours = customer("Smith Co")
    paid_invoice(ours, "G-1")
    read()
    export()
    record = SyncRecord.objects.get(customer=ours)
    row = CustomerMatch.objects.create(
        company=unit.quickbooks_company,
        business_unit=unit,
        customer=ours,
        name="Smith Co",
        standing="look",
    )
    deciding.choose(row, party("Chen, Wei").pk, lee)
    link()
    assert not matches().exists()
    assert SyncRecord.objects.get(customer=ours).qbo_id == record.qbo_id


def test_a_declined_one_gets_a_name_of_its_own_and_is_created(
    unit, bookkeeper, customer, read, lee, export
):
    ours = customer("Chen, Wei", external_id="N-7", email="other@example.com")
    paid_invoice(ours, "D-1")
    row = read(ours)
    assert deciding.decline(matches(), lee) == 1
    row.refresh_from_db()
    assert (row.standing, row.new_name) == ("name", "Chen, Wei (N-7)")
    assert row.doubt == "The name is another customer's in QuickBooks."
    assert Customer.objects.get(pk=ours.pk).quickbooks_name == ""
    assert deciding.use_names(matches(), lee) == 1
    ours.refresh_from_db()
    assert ours.quickbooks_name == "Chen, Wei (N-7)"
    [event] = Event.objects.filter(action="customer_renamed")
    assert (event.detail["before"], event.detail["after"]) == ("Chen, Wei", "Chen, Wei (N-7)")
    assert read(ours).standing == "create"
    assert export()["exported"] == 1
    [created] = bookkeeper.ours("Customer")
    assert created["DisplayName"] == "Chen, Wei (N-7)"


def test_declining_is_taken_back(unit, customer, read, lee):
    row = read(customer("Chen, Wei"))
    deciding.decline(matches(), lee)
    deciding.reconsider(row, lee)
    row.refresh_from_db()
    assert (row.standing, row.is_declined, row.new_name) == ("look", False, "")
    assert row.party == party("Chen, Wei")


def test_a_declined_one_may_be_linked_after_all(unit, customer, read, link, lee):
    ours = customer("Chen, Wei")
    row = read(ours)
    deciding.decline(matches(), lee)
    deciding.choose(row, party("Garza, Lucia").pk, lee)
    row.refresh_from_db()
    assert not row.is_declined
    assert link() == (1, 0)
    assert SyncRecord.objects.get(customer=ours).qbo_id == party("Garza, Lucia").qbo_id


def test_a_name_is_changed_only_when_it_is_accepted(unit, bookkeeper, customer, read, lee, export):
    colon = customer("Smith:Unit 4")
    vendor = customer("City Landfill", external_id="V-9")
    for number, ours in enumerate((colon, vendor)):
        paid_invoice(ours, f"N-{number}")
    read()
    assert set(Customer.objects.values_list("quickbooks_name", flat=True)) == {""}
    assert deciding.use_names(matches(), lee) == 2
    assert not matches().exists()
    assert export()["exported"] == 2
    assert {c["DisplayName"] for c in bookkeeper.ours("Customer")} == {
        "Smith-Unit 4",
        "City Landfill (V-9)",
    }
    read()
    assert not matches().exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Still:wrong", "has a colon"),
        ("Cutler Fuel", "The name is a vendor's in QuickBooks."),
        ("GARZA, LUCIA", "The name is another customer's in QuickBooks."),
        ("  ", "has no name"),
    ],
)
def test_a_typed_name_must_be_one_that_quickbooks_takes(unit, customer, read, lee, name, words):
    ours = customer("Smith:Unit 4")
    with pytest.raises(DecisionRefused, match=words):
        deciding.rename(read(ours), name, lee)
    ours.refresh_from_db()
    assert (ours.quickbooks_name, matches().get().standing) == ("", "name")


def test_a_typed_name_is_kept(unit, customer, read, lee):
    ours = customer("Smith:Unit 4")
    deciding.rename(read(ours), " Smith, Unit 4 ", lee)
    ours.refresh_from_db()
    assert ours.quickbooks_name == "Smith, Unit 4"
    assert not matches().exists()


@pytest.mark.long
def test_a_name_that_was_changed_here_meanwhile_stays(unit, customer, read, lee):
    ours = customer("Smith:Unit 4")
    row = read(ours)
    Customer.objects.update(quickbooks_name="Smith 4")
    assert deciding.use_names(matches(), lee) == 0
    ours.refresh_from_db()
    row.refresh_from_db()
    assert (ours.quickbooks_name, row.refusal) == ("Smith 4", CHANGED_HERE)


def test_a_link_is_undone_until_an_invoice_goes(
    unit, bookkeeper, customer, read, link, lee, export
):
    ours = customer("Chen, Wei")
    read()
    deciding.accept(matches(), lee)
    link()
    assert deciding.unlink(Customer.objects.filter(pk=ours.pk), lee) == 1
    assert not SyncRecord.objects.exists()
    assert Event.objects.get(action="unlinked").actor == lee
    row = matches().get()
    assert (row.standing, row.party) == ("look", party("Chen, Wei"))
    deciding.choose(row, row.party_id, lee)
    link()
    paid_invoice(ours, "U-1")
    export()
    before = list(SyncRecord.objects.order_by("pk").values())
    with pytest.raises(DecisionRefused):
        deciding.unlink(Customer.objects.filter(pk=ours.pk), lee)
    assert list(SyncRecord.objects.order_by("pk").values()) == before


def test_one_that_we_created_is_not_unlinked(unit, customer, read, lee, export):
    ours = customer("Smith Co")
    paid_invoice(ours, "K-1")
    export()
    assert deciding.unlink(Customer.objects.filter(pk=ours.pk), lee) == 0
    assert SyncRecord.objects.filter(customer=ours).exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER, None])
def test_only_who_may_resolve_decides(unit, customer, read, link, lee, role):
    customer("Chen, Wei")
    customer("Smith:Unit 4")
    linked = customer("Garza, Lucia")
    read()
    deciding.choose(matches().get(customer=linked), party("Garza, Lucia").pk, lee)
    link()
    other = MembershipFactory(role=Role.ACCOUNTANT).user
    if role:
        MembershipFactory(user=other, business_unit=unit, role=role)
    row, name = matches().get(standing="certain"), matches().get(standing="name")
    before = _stored()
    for do in (
        lambda: deciding.accept(matches(), other),
        lambda: deciding.choose(row, row.party_id, other),
        lambda: deciding.decline(matches(), other),
        lambda: deciding.reconsider(row, other),
        lambda: deciding.use_names(matches(), other),
        lambda: deciding.rename(name, "Smith 4", other),
        lambda: deciding.unlink(Customer.objects.all(), other),
    ):
        with pytest.raises(AccessDenied):
            do()
    assert _stored() == before


def _stored():
    models = (CustomerMatch, Customer, SyncRecord, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_unit_that_left_the_company_decides_nothing_there(unit, customer, read, lee):
    customer("Chen, Wei")
    read()
    company = unit.quickbooks_company
    unit.quickbooks_company = None
    unit.save()
    for do in (deciding.accept, deciding.decline, deciding.use_names):
        with pytest.raises(DecisionRefused):
            do(matches(), lee)
    assert matches().get(company=company).chosen is None
