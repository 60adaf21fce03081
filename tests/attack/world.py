"""A row of every model, standing where its pages have the most to say: of a company, of a unit.

A model that is added tomorrow is asked for here (`test_every_model_has_a_row`).
"""

from datetime import date
from decimal import Decimal
from functools import partial

from django.utils import timezone

from sync import models
from sync.exports.runs import drafts
from tests import factories
from tests.admin import stored_text
from tests.admin.conftest import settle

State, Kind = models.SyncRecord.State, models.ReferenceEntry.Kind
PREFERENCES = {
    "AccountingInfoPrefs": {"ClassTrackingPerTxnLine": True, "TrackDepartments": True},
    "SalesFormsPrefs": {"CustomTxnNumbers": True},
    "TaxPrefs": {"UsingSalesTax": True},
}


def of_the_company(unit):
    """Fill what the units of a company share."""
    company, filled = unit.quickbooks_company, stored_text.filled
    company.preferences = PREFERENCES
    company.save()
    for kind in Kind.values:
        factories.ReferenceEntryFactory(company=company, kind=kind, name=f"A {kind}")
    if not models.CorporateDefault.objects.exists():
        filled(models.CorporateDefault, kind="service", word="Lawn care")
        filled(models.Heartbeat)
    filled(models.Party, company=company, kind="Customer", read_at=company.verified_at)
    filled(models.Reading, company=company)
    filled(models.ProbeReport, company=company)
    filled(models.TaxMode, company=company)
    filled(models.WebhookEvent, company=company, key=f"k{company.pk}")
    filled(models.BatchRequest, company=company, request_id="r", lease_token="0" * 32)
    filled(models.DigestSent, business_unit=unit)
    filled(models.CompanyRequest, company=company, kind="verify", state="done",
           business_unit=unit, result={"found": [[1, "Accounts"]]})  # fmt: skip


def of_the_unit(unit, fully_paid, user, said="Some words"):
    """Fill what is a unit's own; `said` stands in every text."""
    filled = partial(stored_text.filled, said=said)
    refunded, refund = _documents(unit, fully_paid, user)
    _runs(unit, fully_paid, refunded, said)
    _found(unit, refunded, refund, said, filled)
    _came_in(unit, user, said, filled)
    _asked(unit, refunded, user, said, filled)
    _previewed(unit)


def _documents(unit, fully_paid, user):
    settle(fully_paid, State.FAILED, error="No", error_detail="Intuit says no", error_code="6000")
    refunded = factories.PaymentFactory(invoice__business_unit=unit)
    settle(refunded.invoice, State.EXPORTED)
    refund = factories.RefundFactory(payment=refunded)
    factories.RefundReviewFactory(refund=refund, note="Said so", owner=user)
    factories.PaymentFactory(invoice__business_unit=unit)  # ready
    factories.DepositFactory(business_unit=unit)
    held = factories.InvoiceFactory(business_unit=unit)
    held.do_not_export_reason, held.do_not_export_by = "Old books", user
    held.do_not_export_at = unit.quickbooks_company.verified_at
    held.save()
    return refunded, refund


def _runs(unit, fully_paid, refunded, said):
    company = unit.quickbooks_company
    for state in ("finished", "paused"):
        run = factories.ExportRunFactory(
            business_unit=unit,
            company=company,
            state=state,
            state_detail="It waits.",
            confirmed_at=company.verified_at,
            finished_at=company.verified_at if state == "finished" else None,
        )
        for payment in fully_paid.payments.all():
            factories.ExportRunItemFactory(run=run, payment=payment)
        factories.ExportRunItemFactory(
            run=run, payment=refunded, choice="skipped", reason_code="x", reason=said
        )


def _previewed(unit):
    """Make a draft of all that there is, as it is shown before anything goes."""
    drafts.prepare(list(unit.payment_set.values_list("pk", flat=True)), None)


def _found(unit, payment, refund, said, filled):
    """Fill what was found in QuickBooks of the unit's."""
    company = unit.quickbooks_company
    about = {"business_unit": unit, "company": company}
    entries = models.ReferenceEntry.objects.filter(company=company)
    filled(models.UnitMapping, quickbooks_class=entries.filter(kind="Class").first(), **about)
    filled(models.TermMapping, term=entries.filter(kind="Term").first(), **about)
    record = models.SyncRecord.objects.get(payment=payment)
    changes = [{"field": "total", "was": "2.00", "now": "1.00"}]
    filled(models.Drift, record=record, business_unit=unit, changes=changes, note=said)
    party = models.Party.objects.filter(company=company).first()
    for standing in models.CustomerMatch.Standing.values:
        customer = factories.CustomerFactory(business_unit=unit, display_name=f"{said} {standing}")
        filled(models.CustomerMatch, standing=standing, customer=customer, party=party,
               agrees="name", others=[], **about)  # fmt: skip
    number = str(unit.pk)
    document = filled(models.BooksDocument, company=company, kind="Invoice", qbo_id=number,
                      links=[["Payment", "7"]], read_at=company.verified_at)  # fmt: skip
    for standing in models.BooksMatch.Standing.values:
        invoice = factories.InvoiceFactory(business_unit=unit)
        filled(models.BooksMatch, standing=standing, invoice=invoice, document=document,
               doubt="" if standing == "certain" else "total", candidates=[[document.pk, []]],
               **about)  # fmt: skip
    adjustment = filled(models.Adjustment, company=company, customer=number, qbo_id=number,
                        dated_on=date(2026, 5, 2))  # fmt: skip
    filled(models.RefundMatch, refund=refund, adjustment=adjustment, amount=Decimal(2))
    filled(models.Kin, company=company, customer=number)
    filled(models.Stray, changed_at=company.verified_at, qbo_id=number, **about)


def _came_in(unit, user, said, filled):
    """Fill what came in: by hand, by files, from a source."""
    problems = [["NO_INVOICE", "allocations", said]]
    filled(
        models.Delivery,
        business_unit=unit,
        state="waiting",
        problems=problems,
        body={"method": said},
        observed_at=timezone.now(),
    )
    file = filled(models.Import, business_unit=unit, created_by=user, file_size=1)
    filled(
        models.ImportRow,
        of=file,
        place=1,
        first_row=1,
        reasons=problems,
        things=[["invoice", "9001", said, "1.00", "USD"]],
    )
    filled(models.FileAnswers, business_unit=unit)
    question = {"key": "k", "label": "Which field", "choices": [["1", said]], "answer": "1",
                "samples": [said], "is_required": True}  # fmt: skip
    looked = {"places": [["1", "North side", True]], "questions": [question], "findings": [said]}
    feed = filled(models.Feed, business_unit=unit, source="vonigo", looked=looked, secrets="{}")
    filled(models.FeedStream, feed=feed)
    filled(models.Listed, feed=feed, code="NO_DAY")
    row = {"kind": "payment", "day": "2026-05-04", "currency": "USD", "before": "0.00",
           "listed": "1.00", "here": "0.00", "differs": True,
           "named": [["7", "1.00", "0.00", said]]}  # fmt: skip
    filled(models.Pull, feed=feed, state="done", sums=[row])


def _asked(unit, payment, user, said, filled):
    """Fill what people did and asked for."""
    company = unit.quickbooks_company
    about = {"business_unit": unit, "company": company}
    factories.MembershipFactory(user=user, business_unit=unit)
    factories.EventFactory(business_unit=unit, actor=user, detail={"reason": said})
    filled(models.SharedChange, company=company, kind="item", word=said, asked_in=unit,
           asked_by=user, was=[], becomes=[])  # fmt: skip
    filled(models.DigestOptOut, user=user, business_unit=unit)
    filled(models.UsedForm, user=user)
    filled(models.NeedsMail, user=user)
    filled(models.SavedView, user=user, list_name="sync.payment", name=said[:40])
    filled(models.ListColumns, user=user, list_name="sync.payment")
    filled(models.ConnectLink, business_unit=unit, created_by=user)
    record = models.SyncRecord.objects.get(payment=payment)
    page = {"name": "Payment of", "of": "Invoice of", "page": ["payment", payment.pk]}
    outcome = {**page, "record": record.pk, "words": "Intuit says", "done": False}
    ours, theirs = "1200 Riverside Boulevard, Sacramento", "14 Washington Street, Sacramento"
    rows = [["Name", "Our words", "Their words", False], ["Address", ours, theirs, True]]
    for kind in ("check_again", "compare", "remove"):
        compared = {**outcome, "rows": rows, "linkable": True, "qbo_id": "7"}
        result = {"outcomes": [compared, outcome]}
        filled(models.CompanyRequest, kind=kind, state="done", error="Intuit says no",
               params={"documents": [page]}, result=result, **about)  # fmt: skip
    days = {"first_day": date(2026, 5, 1), "last_day": date(2026, 5, 31)}
    filled(models.TieOut, requested_by=user, done_at=company.verified_at, **days, **about)
