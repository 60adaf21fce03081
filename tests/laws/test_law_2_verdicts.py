"""Law 2: nothing is ready whose documents were not checked as they are, by the rules there are."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils.translation import get_language, override

from sync import tasks
from sync.admin.common.standing import standings
from sync.exports.rules import by_stage, eligibility
from sync.exports.rules.eligibility import explain, with_reasons
from sync.exports.rules.eligibility import with_standing as as_it_is
from sync.exports.runs import preflight, verdicts
from sync.exports.runs.drafts import prepare
from sync.models import (
    BusinessUnit,
    CompanyRules,
    Customer,
    ExchangeRate,
    Invoice,
    InvoiceLine,
    ItemMapping,
    MethodMapping,
    Payment,
    QuickBooksCompany,
    ReferenceEntry,
    SyncRecord,
    TaxMapping,
    Verdict,
)
from sync.models.verdicts import NOT_NEEDED
from tests.factories import (
    ItemMappingFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    ReferenceEntryFactory,
    SyncRecordFactory,
    UnitMappingFactory,
)

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def ready(fully_paid, company, monkeypatch):
    """A checked invoice, where no worker is at hand."""
    monkeypatch.setattr(eligibility, "with_standing", as_it_is)
    verdicts.renew_all(company.pk)
    assert reasons() == {""}
    return fully_paid


def reasons():
    return set(with_reasons(Payment.objects.all(), []).values_list("reason", flat=True))


def plain(model, **values):
    """Change every row by plain SQL, as no code of ours would."""

    def change(*_given):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            for name, value in values.items():
                cursor.execute(f"UPDATE {table} SET {name} = %s", [value])

    return change


def there(company, customer):
    """Link a customer to one that is in QuickBooks."""
    SyncRecordFactory(
        company=company,
        kind="customer",
        customer=customer,
        qbo_id="5",
        state="exported",
        content={"display_name": "A", "currency": "USD"},
    )


def add_line(invoice, _company):
    InvoiceLine.objects.bulk_create([InvoiceLine(invoice=invoice, amount=Decimal(0))])


def move(invoice, _company):
    other = QuickBooksCompanyFactory()
    BusinessUnit.objects.filter(pk=invoice.business_unit_id).update(quickbooks_company=other)
    BusinessUnit.objects.update(quickbooks_company=QuickBooksCompany.objects.first())


OUTDATE = {
    **{
        f"{model.__name__}.{name}": plain(model, **{name: value})
        for model, changes in {
            Invoice: {"due_on": "2026-07-01", "chosen_number": "X-9", "issued_on": "2026-05-05"},
            InvoiceLine: {
                "service": "Hauling", "description": "Other", "quantity": 2, "unit_price": 75,
                "taxable": True, "tax_code": "GST", "position": 7,
            },
            Payment: {"method": "Cash", "received_on": "2026-05-11", "reference": "17"},
            Customer: {
                "display_name": "B", "quickbooks_name": "B", "given_name": "B",
                "family_name": "B", "company_name": "B", "email": "b@b.example", "phone": "1",
                "address": "B", "city": "B", "region": "B", "postal_code": "B", "country": "B",
            },
            QuickBooksCompany: {"country": "CA", "home_currency": "CAD", "preferences": "{}"},
            ReferenceEntry: {"active": False, "qbo_id": "77"},
            ItemMapping: {"service": "Hauling"},
        }.items()
        for name, value in changes.items()
    },
    "a new line": add_line,
    "no line": lambda *_given: InvoiceLine.objects.all()._raw_delete("default"),
    "a new payment": lambda invoice, _: PaymentFactory(invoice=invoice),
    "another item": lambda _, company: ItemMappingFactory(company=company, service="Hauling"),
    "no method": lambda *_given: MethodMapping.objects.all().delete(),
    "no tax code": lambda *_given: TaxMapping.objects.all().delete(),
    "a class": lambda invoice, company: UnitMappingFactory(
        company=company, business_unit=invoice.business_unit
    ),
    "another company": move,
}  # fmt: skip


@pytest.mark.parametrize("change", OUTDATE)
def test_whatever_changes_it_is_checked_anew(ready, company, change):
    OUTDATE[change](ready, company)
    now = Invoice.objects.get()
    assert verdicts.outdated(now.business_unit.quickbooks_company_id).exists() or (
        now.balance_due > 0
    )
    assert reasons() & {"CHECKING", "LINES_MISMATCH", "CURRENCY_MISMATCH"} == reasons()
    assert verdicts.wrong() == []


def test_what_changes_nothing_leaves_it_as_it_is(ready, company):
    for row in (*Payment.objects.all(), *InvoiceLine.objects.all(), *Customer.objects.all()):
        row.save()
    Invoice.objects.get().save()
    company.save()
    ReferenceEntry.objects.update(name="Other", read_at=NOW)
    ReferenceEntryFactory(company=company)
    QuickBooksCompany.objects.filter(pk=company.pk).update(api_calls=7, stuck_reason="x")
    assert reasons() == {""}
    assert not verdicts.outdated(company.pk).exists()


def test_it_says_that_it_is_checked_until_a_worker_has_done_it(ready, company):
    Payment.objects.update(reference="17")
    number = ready.number
    assert {why.words for why in explain(Payment.objects.all()).values()} == {
        f"Invoice {number} is being checked against QuickBooks' rules. Look again in a minute."
    }
    assert {str(each.label) for each in standings(Payment.objects.all()).values()} == {
        "Being checked"
    }
    assert list(by_stage.ready_payments(None)) == []
    assert verdicts.wake_where_outdated(company.pk)
    assert tasks.find_verdicts(company.pk)
    assert reasons() == {""}
    assert not verdicts.wake_where_outdated(company.pk)


def test_what_would_be_refused_is_told_in_the_list(ready, company):
    Customer.objects.update(email="bob@localhost")
    verdicts.renew_all(company.pk)
    assert reasons() == {"WOULD_BE_REFUSED"}
    [why] = explain(Payment.objects.all()).values()
    assert why.words.startswith("QuickBooks does not take the customer's e-mail address")
    there(company, ready.customer)
    assert reasons() == {"CHECKING"}  # a customer that is there is not made any more
    verdicts.renew_all(company.pk)
    assert reasons() == {""}


def test_nothing_is_looked_at_that_has_left_until_something_comes_back(ready, company):
    payment = ready.payments.get()
    known = {"company": company, "state": "exported"}
    there(company, ready.customer)
    SyncRecordFactory(
        kind="invoice", invoice=ready, qbo_id="6", content={"total": "150.00"}, **known
    )
    SyncRecordFactory(payment=payment, qbo_id="7", content={"applied": "150.00"}, **known)
    ItemMapping.objects.update(service="Hauling")
    assert verdicts.renew_all(company.pk)
    assert Verdict.objects.get().version == NOT_NEEDED
    ItemMapping.objects.update(service="")
    assert not verdicts.outdated(company.pk).exists()
    SyncRecord.objects.filter(kind="payment").delete()
    assert verdicts.outdated(company.pk).exists()
    assert reasons() == {"CHECKING"}


def test_what_changes_while_it_is_found_makes_it_outdated(ready, company, monkeypatch):
    Payment.objects.update(reference="17")
    found = preflight.bodies_against

    def meanwhile(*given):
        CompanyRules.objects.filter(company=company).update(version=1000)
        return found(*given)

    monkeypatch.setattr(verdicts, "bodies_against", meanwhile)
    verdicts.renew_all(company.pk)
    assert reasons() == {"CHECKING"}


def test_an_unexpected_error_takes_out_its_own_invoice(ready, company, monkeypatch):
    other = PaymentFactory(invoice__business_unit=ready.business_unit).invoice
    Payment.objects.update(reference="17")
    take = verdicts._take

    def broken(verdict, *given):
        if verdict.pk == ready.pk:
            raise ZeroDivisionError
        take(verdict, *given)

    monkeypatch.setattr(verdicts, "_take", broken)
    verdicts.renew_all(company.pk)
    told = explain(Payment.objects.all())
    assert {why.code for why in told.values()} == {"CANNOT_BE_CHECKED"}
    assert set(told) == {ready.payments.get().pk}
    assert by_stage.ready_payments(None).get().invoice == other
    monkeypatch.setattr(verdicts, "_take", take)
    prepare([ready.payments.get().pk], None)
    assert reasons() == {""}


def test_a_verdict_that_is_wrong_is_proved_so(ready):
    call_command("prove_sums")
    Verdict.objects.update(code="NO_RATE")
    with pytest.raises(CommandError, match="Verdicts that are wrong: 1 invoices"):
        call_command("prove_sums")


def test_a_rate_that_is_corrected_outdates_what_was_found_by_it(ready, company):
    rate = ExchangeRate.objects.create(
        company=company, currency="EUR", day=date(2026, 5, 4), rate="1.09", read_at=NOW
    )
    assert reasons() == {""}
    ExchangeRate.objects.filter(pk=rate.pk).update(rate="1.1")
    assert reasons() == {"CHECKING"}


def test_verdicts_are_found_in_english_whoever_has_them_found(ready, company, monkeypatch):
    """Their words are stored, and read by everybody."""
    spoken = []

    def found(company, work, mappings):
        spoken.append(get_language())
        return preflight.bodies_against(company, work, mappings)

    monkeypatch.setattr(verdicts, "bodies_against", found)
    CompanyRules.objects.update(version=F("version") + 1)
    with override("es"):
        verdicts.renew_all(company.pk)
    assert set(spoken) == {"en"}
