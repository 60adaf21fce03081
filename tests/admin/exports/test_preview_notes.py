"""What a preview tells beside its sums: what was known before a person presses Confirm."""

from decimal import Decimal

import pytest

from sync.exports.runs import outdated_drafts
from sync.models import CustomerMatch, ExportRun
from tests import factories
from tests.admin.conftest import messages_of, record_of
from tests.admin.exports.test_exporting import CONFIRM, LIST, chosen, preview_of, tick

Standing = CustomerMatch.Standing
PREVIEW = "/admin/sync/exportrun/preview/"


def proposed(invoice, standing, **values):
    return CustomerMatch.objects.create(
        company=invoice.business_unit.quickbooks_company,
        business_unit=invoice.business_unit,
        customer=invoice.customer,
        name=invoice.customer.display_name,
        standing=standing,
        **values,
    )


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (
            Standing.CERTAIN,
            "1 of the new customers is in QuickBooks already, by all that is known there, and "
            "nobody accepted that yet: QuickBooks would refuse its name, or hold it twice.",
        ),
        (Standing.LOOK, "1 of the new customers may be in QuickBooks already."),
        (Standing.NAME, "QuickBooks would refuse the name of 1 of the new customers."),
    ],
)
def test_what_is_known_of_new_customers_is_told_with_where_to_decide(
    exporter, accountant, fully_paid, standing, words
):
    proposed(fully_paid, standing)
    payments = fully_paid.payments.all()
    for person, may in ((accountant, True), (exporter, False)):
        page = tick(person, payments)
        known = preview_of(page).to_match
        assert known.notes == [words]
        unit = fully_paid.business_unit_id
        assert known.place == f"/admin/sync/customermatch/?unit={unit}&standing={standing}"
        text = page.content.decode()
        assert ("Match now" in text) is may
        assert ("An accountant can match them." in text) is not may


@pytest.mark.parametrize(
    ("standing", "values"),
    [(Standing.LOOK, {"is_declined": True}), (Standing.CREATE, {}), (None, {})],
)
def test_what_was_decided_or_is_only_to_be_created_needs_no_word(
    exporter, fully_paid, standing, values
):
    if standing:
        proposed(fully_paid, standing, **values)
    known = preview_of(tick(exporter, fully_paid.payments.all())).to_match
    assert (known.notes, known.place) == ([], "")


def test_who_is_there_already_needs_no_matching(exporter, fully_paid):
    proposed(fully_paid, Standing.CERTAIN)
    record_of(fully_paid.customer, "customer", "exported", content={"display_name": "Bob"})
    assert preview_of(tick(exporter, fully_paid.payments.all())).to_match.notes == []


def test_an_overpayment_is_told_with_what_arrives_unapplied(exporter, fully_paid):
    factories.PaymentFactory(invoice=fully_paid, amount=Decimal("12.50"))
    assert (
        "More was paid than 1 invoice comes to (1042 by $12.50): that arrives in QuickBooks "
        "unapplied, as the customer's credit."
    ) in preview_of(tick(exporter, fully_paid.payments.all())).notes


def test_many_overpayments_are_counted_after_the_first(exporter, riverside):
    invoices = [
        factories.InvoiceFactory(business_unit=riverside, number=f"A-{n:02}") for n in range(12)
    ]
    paid = [factories.PaymentFactory(invoice=one, amount=one.total + 1) for one in invoices]
    [note] = [note for note in preview_of(tick(exporter, paid)).notes if "More was paid" in note]
    assert note.startswith("More was paid than 12 invoices come to (A-00 by $1.00, A-01 by $1.00, ")
    assert "A-09 by $1.00 and 2 more): that arrives" in note


def test_a_method_nobody_mapped_is_told_where_others_are(exporter, fully_paid):
    company = fully_paid.business_unit.quickbooks_company
    default = company.methodmapping_set.get(method="")
    fully_paid.payments.filter(amount="70.00").update(method="Chekc")
    fully_paid.payments.exclude(amount="70.00").update(method="Check")
    assert "Chekc" not in str(preview_of(tick(exporter, fully_paid.payments.all())).notes)
    factories.MethodMappingFactory(company=company, method="Check")
    assert (
        "No account was chosen for the method “Chekc” (1 payment): it goes to "
        f"{default.deposit_account.name}, as any other method."
    ) in preview_of(tick(exporter, fully_paid.payments.all())).notes


def opened_again(client, run):
    return client.get(PREVIEW, {"run": run.pk}, follow=True)


def test_a_preview_that_stands_is_opened_as_it_was(exporter, fully_paid):
    tick(exporter, fully_paid.payments.all())
    run = ExportRun.objects.get()
    page = opened_again(exporter, run)
    assert preview_of(page).run == run
    assert messages_of(page) == []
    assert ExportRun.objects.count() == 1


def grows(invoice):
    factories.PaymentFactory(invoice=invoice, amount=Decimal("5.00"))


def is_renamed(invoice):
    invoice.customer.display_name = "Robert"
    invoice.customer.save()


@pytest.mark.parametrize("change", [grows, is_renamed])
def test_a_preview_is_worked_out_anew_when_its_documents_changed(exporter, fully_paid, change):
    tick(exporter, fully_paid.payments.all(), "?status=all")
    old = ExportRun.objects.get()
    change(fully_paid)
    page = opened_again(exporter, old)
    new = preview_of(page).run
    assert new != old
    assert preview_of(page).payments == fully_paid.payments.count()
    [told] = messages_of(page)
    assert "It was worked out anew: this is what would go now." in told
    # Its own address is that of the new one, which is opened again as it is.
    assert page.redirect_chain == [(f"{PREVIEW}?run={new.pk}", 302)]
    assert page.context["back"] == f"{LIST}?status=all"
    again = opened_again(exporter, new)
    assert (preview_of(again).run, again.redirect_chain) == (new, [])
    # What another page of the old one shows is what that page confirms.
    exporter.post(CONFIRM, {"run": old.pk})
    assert chosen(old) == set()


def test_a_preview_that_changes_all_the_time_is_shown_and_leads_round_no_circle(
    exporter, fully_paid, monkeypatch
):
    tick(exporter, fully_paid.payments.all())
    old = ExportRun.objects.get()
    monkeypatch.setattr(outdated_drafts, "is_outdated", lambda _draft: True)
    page = opened_again(exporter, old)
    new = preview_of(page).run
    assert new != old
    assert page.redirect_chain == [(f"{PREVIEW}?run={new.pk}", 302)]
    assert set(ExportRun.objects.all()) == {old, new}


def test_a_preview_leaves_out_what_went_meanwhile(exporter, fully_paid, riverside):
    other = factories.PaymentFactory(invoice__business_unit=riverside)
    tick(exporter, [*fully_paid.payments.all(), other])
    old = ExportRun.objects.get()
    record_of(other.invoice, "invoice", "exported")
    record_of(other, "payment", "exported")
    preview = preview_of(opened_again(exporter, old))
    assert (preview.payments, preview.skipped_count) == (3, 1)
    assert preview.run != old


def test_a_preview_takes_what_became_ready(exporter, part_paid):
    page = tick(exporter, part_paid.payments.all(), "?status=all")
    assert preview_of(page).payments == 0
    factories.PaymentFactory(invoice=part_paid, amount=Decimal("50.00"))
    preview = preview_of(opened_again(exporter, ExportRun.objects.get()))
    assert (preview.payments, preview.included, preview.skipped_count) == (3, 1, 0)


def test_who_may_only_read_makes_no_preview(exporter, viewer, fully_paid):
    tick(exporter, fully_paid.payments.all())
    run = ExportRun.objects.get()
    grows(fully_paid)
    assert preview_of(opened_again(viewer, run)).run == run
    assert ExportRun.objects.count() == 1
