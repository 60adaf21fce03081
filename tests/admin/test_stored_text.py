"""What people and QuickBooks wrote is shown on every page, and followed by none.

The columns come from the models and the pages from the addresses: one that is added tomorrow is
in it. A model that has no row here fails the test.
"""

from datetime import date
from decimal import Decimal
from itertools import chain

import pytest
from django.apps import apps
from django.urls import NoReverseMatch, get_resolver, reverse

from sync import models
from tests import factories
from tests.admin.conftest import settle
from tests.admin.stored_text import (
    OURS,
    columns,
    filled,
    followed,
    poison,
)

State, Kind = models.SyncRecord.State, models.ReferenceEntry.Kind
# Rows that are no page's: counted, compared, or read by the relay only.
UNSEEN = {"ConnectAttempt", "ExchangeRate"}
PREFERENCES = {
    "AccountingInfoPrefs": {"ClassTrackingPerTxnLine": True, "TrackDepartments": True},
    "SalesFormsPrefs": {"CustomTxnNumbers": True},
    "TaxPrefs": {"UsingSalesTax": True},
}


@pytest.fixture
def admin(sign_in):
    return sign_in(is_superuser=True)


@pytest.fixture
def everything(riverside, fully_paid, admin):
    """One row at least of every model, standing where its pages have the most to say."""
    company = riverside.quickbooks_company
    company.preferences = PREFERENCES
    company.save()
    for kind in Kind.values:
        factories.ReferenceEntryFactory(company=company, kind=kind, name=f"A {kind}")
    settle(fully_paid, State.FAILED, error="No", error_detail="Intuit says no", error_code="6000")
    refunded = factories.PaymentFactory(invoice__business_unit=riverside)
    settle(refunded.invoice, State.EXPORTED)
    refund = factories.RefundFactory(payment=refunded)
    factories.RefundReviewFactory(refund=refund, note="Said so", owner=admin.user)
    factories.PaymentFactory(invoice__business_unit=riverside)  # ready
    factories.DepositFactory(business_unit=riverside)
    held = factories.InvoiceFactory(business_unit=riverside)
    held.do_not_export_reason, held.do_not_export_by = "Old books", admin.user
    held.do_not_export_at = company.verified_at
    held.save()
    for state in ("draft", "finished", "paused"):
        run = factories.ExportRunFactory(
            business_unit=riverside,
            company=company,
            state=state,
            state_detail="It waits.",
            confirmed_at=None if state == "draft" else company.verified_at,
            finished_at=company.verified_at if state == "finished" else None,
        )
        for payment in fully_paid.payments.all():
            factories.ExportRunItemFactory(run=run, payment=payment)
        factories.ExportRunItemFactory(
            run=run, payment=refunded, choice="skipped", reason_code="x", reason="Not paid"
        )
    _of_the_company(company, riverside, refunded, refund, admin.user)
    return riverside


def _of_the_company(company, unit, payment, refund, user):
    person = {"business_unit": unit, "company": company}
    factories.MembershipFactory(user=user, business_unit=unit)
    factories.EventFactory(business_unit=unit, actor=user, detail={"reason": "Some words"})
    factories.UnitMappingFactory(company=company, business_unit=unit)
    term = models.ReferenceEntry.objects.get(company=company, kind="Term")
    filled(models.TermMapping, term=term, **person)
    filled(models.CorporateDefault, kind="service", word="Lawn care")
    record = models.SyncRecord.objects.get(payment=payment)
    changes = [{"field": "total", "was": "2.00", "now": "1.00"}]
    filled(models.Drift, record=record, business_unit=unit, changes=changes, note="Some words")
    party = filled(models.Party, company=company, kind="Customer", read_at=company.verified_at)
    for standing in models.CustomerMatch.Standing.values:
        customer = factories.CustomerFactory(business_unit=unit)
        filled(models.CustomerMatch, standing=standing, customer=customer, party=party,
               agrees="name", others=[], **person)  # fmt: skip
    document = filled(models.BooksDocument, company=company, kind="Invoice",
                      links=[["Payment", "7"]], read_at=company.verified_at)  # fmt: skip
    for standing in models.BooksMatch.Standing.values:
        invoice = factories.InvoiceFactory(business_unit=unit)
        filled(models.BooksMatch, standing=standing, invoice=invoice, document=document,
               doubt="" if standing == "certain" else "total", candidates=[[document.pk, []]],
               **person)  # fmt: skip
    adjustment = filled(models.Adjustment, company=company, customer="7", dated_on=date(2026, 5, 2))
    filled(models.RefundMatch, refund=refund, adjustment=adjustment, amount=Decimal(2))
    filled(models.Reading, company=company)
    filled(models.Kin, company=company, customer="7")
    filled(models.TaxMode, company=company)
    filled(models.Stray, company=company, business_unit=unit, changed_at=company.verified_at)
    problems = [["NO_INVOICE", "allocations", "Some words"]]
    filled(
        models.Delivery,
        business_unit=unit,
        state="waiting",
        problems=problems,
        body={"method": "Some words"},
        observed_at=company.verified_at,
    )
    file = filled(models.Import, business_unit=unit, created_by=user, file_size=1)
    filled(
        models.ImportRow,
        of=file,
        place=1,
        first_row=1,
        reasons=problems,
        things=[["invoice", "9001", "Some words", "1.00", "USD"]],
    )
    filled(models.FileAnswers, business_unit=unit)
    question = {"key": "k", "label": "Which field", "choices": [["1", "Some words"]], "answer": "1",
                "samples": ["Some words"], "is_required": True}  # fmt: skip
    looked = {"places": [["1", "North side", True]], "questions": [question],
              "findings": ["Some words"]}  # fmt: skip
    feed = filled(models.Feed, business_unit=unit, source="vonigo", looked=looked)
    filled(models.FeedStream, feed=feed)
    filled(models.Listed, feed=feed, code="NO_DAY")
    row = {"kind": "payment", "day": "2026-05-04", "currency": "USD", "before": "0.00",
           "listed": "1.00", "here": "0.00", "differs": True,
           "named": [["7", "1.00", "0.00", "Some words"]]}  # fmt: skip
    filled(models.Pull, feed=feed, state="done", sums=[row])
    filled(models.WebhookEvent, company=company, key="k")
    filled(models.DigestOptOut, user=user, business_unit=unit)
    filled(models.DigestSent)
    filled(models.UsedForm, user=user)
    filled(models.Heartbeat)
    filled(models.ConnectLink, business_unit=unit, created_by=user)
    filled(models.BatchRequest, company=company, request_id="r", lease_token="0" * 32)
    page = {"name": "Payment of", "of": "Invoice of", "page": ["payment", payment.pk]}
    said = {**page, "record": record.pk, "words": "Intuit says", "done": False}
    rows = [["Name", "Our words", "Their words", False]]
    for kind in ("check_again", "compare", "remove", "verify"):
        result = {"outcomes": [{**said, "rows": rows, "linkable": True, "qbo_id": "7"}, said]}
        filled(models.CompanyRequest, kind=kind, state="done", error="Intuit says no",
               params={"documents": [page]}, result=result, **person)  # fmt: skip
    filled(models.TieOut, first_day=date(2026, 5, 1), last_day=date(2026, 5, 31), requested_by=user,
           done_at=company.verified_at, **person)  # fmt: skip


def addresses():
    """Yield the address of every admin page: each that takes a row, for the first and last rows."""
    for name, keywords in sorted(_patterns(get_resolver())):
        model = _model_of(name)
        if not keywords:
            yield reverse(f"admin:{name}")
        elif keywords == {"unit_id"}:
            yield from _for_each(name, models.BusinessUnit, "unit_id")
        elif model is not None:
            [keyword] = keywords
            yield from _for_each(name, model, keyword)


def _patterns(resolver, namespace=""):
    for each in resolver.url_patterns:
        if hasattr(each, "url_patterns"):
            yield from _patterns(each, each.namespace or namespace)
        elif namespace == "admin" and each.name and each.name not in _NO_PAGES:
            yield each.name, frozenset(each.pattern.converters)


_NO_PAGES = {"logout", "view_on_site", "app_list"}


def _model_of(name):
    parts = name.replace("auth_user", "accounts_user").split("_")
    try:
        return apps.get_model(parts[0], parts[1])
    except (LookupError, IndexError):
        return None


def _for_each(name, model, keyword):
    numbers = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    for pk in sorted({*numbers[:1], *numbers[-1:]}):
        try:
            yield reverse(f"admin:{name}", kwargs={keyword: pk})
        except NoReverseMatch:
            continue


def asking_pages(client):
    """Choose each action of the lists for all rows: most ask first, on a page of their own."""
    for name in ("payment", "invoice", "syncrecord", "customermatch", "drift", "refunddiscrepancy"):
        page = f"/admin/sync/{name}/"
        chosen = apps.get_model("sync", name)._base_manager.values_list("pk", flat=True)
        page += "?status=all" if name == "payment" else ""
        form = client.get(page).context.get("action_form")
        for action, _ in form.fields["action"].choices if form else ():
            data = {"action": action, "_selected_action": list(chosen)}
            yield f"{page} {action}", client.post(page, data)


ASKED = {
    "/admin/sync/payment/": "?status=all",
    "/admin/sync/booksmatch/": "?standing=look",
    "/admin/sync/customermatch/": "?standing=look",
    "/admin/sync/companyrequest/outcome/": "?request={request}",
    "/admin/sync/companyrequest/moved/": "?request={request}",
    "/admin/sync/exportrun/preview/": "?run={run}",
}


def test_every_model_has_a_row(everything):
    without = {
        model.__name__
        for model in {model for model, _ in columns()}
        if not model._base_manager.exists() and not model.__name__.startswith("Historical")
    }
    assert without <= UNSEEN
    assert {model._meta.app_label for model, _ in columns()} == set(OURS)


def test_no_page_follows_what_is_stored(everything, admin):
    taken = poison()
    numbers = {
        "request": models.CompanyRequest.objects.get(kind="compare").pk,
        "run": models.ExportRun.objects.get(state="draft").pk,
    }
    found, shown = {}, 0
    pages = (
        (address, admin.get(address + ASKED.get(address, "").format(**numbers)))
        for address in addresses()
    )
    for address, response in chain(pages, asking_pages(admin)):
        # 286 ends a poll of the theme's htmx.
        assert response.status_code in {200, 286, 302, 403, 404, 405}, address
        shown += not response.streaming and b"pz7" in response.content
        if parts := followed(response):
            found[address] = parts
    assert found == {}
    assert shown > 60
    assert taken >= {"sync.QuickBooksCompany.name", "sync.BusinessUnit.name", "sync.Event.detail"}
