"""A person takes a twin for a customer whose invoices in a further currency are kept back."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.exports.customers.twins import twin_for
from sync.exports.documents.customer_names import CustomerNames, chosen_name
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.rules.eligibility import explain
from sync.exports.runs import verdicts
from sync.models import (
    BusinessUnit,
    Customer,
    Event,
    Invoice,
    Payment,
    QuickBooksCompany,
    Reason,
    Subject,
)
from sync.models import SyncRecord as Record
from sync.words import stored

NOT_KEPT_BACK = stored("%(invoice)s is not kept back by the currency of its customer any more.")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What taking a twin for an invoice's currency would do, for the page that asks."""

    customer: Customer
    currency: str
    name: str  # in QuickBooks, where it is free
    is_free: bool
    invoices: int


def propose(invoice: Invoice) -> Proposal:
    """Return what would be done; raises RemedyRefused where its customer does not keep it back."""
    _require_kept_back(invoice)
    customer = invoice.customer
    twin = _stored(customer, invoice.currency).first() or twin_for(customer, invoice.currency)
    company = invoice.business_unit.quickbooks_company
    [name] = CustomerNames(company).of([twin]).values() if company else [chosen_name(twin)]
    is_free = bool(twin.pk) or name == chosen_name(twin)
    waiting = _waiting(customer, invoice.currency).count()
    shown = name if is_free else chosen_name(twin)
    return Proposal(customer, invoice.currency, shown, is_free, waiting)


def use_twin(invoice: Invoice, actor: User | None) -> Customer:
    """Let what waits of the invoice's customer in its currency go to a customer of its own.

    So goes what comes in later. What has a record stays where it is. Raises AccessDenied, and
    RemedyRefused where the invoice is not kept back for its customer's currency.
    """
    access.require(actor, Capability.RESOLVE, invoice.business_unit_id)
    with transaction.atomic():
        _lock(invoice)
        invoice.refresh_from_db()
        _require_kept_back(invoice)
        customer, currency = invoice.customer, invoice.currency
        twin = _stored(customer, currency).first()
        if twin is None:
            twin = twin_for(customer, currency)
            twin.save()
        told = {"of": customer.pk, "currency": currency, **_move(customer, twin)}
        about = Subject(twin.business_unit_id, Record.Kind.CUSTOMER, twin.pk, told)
        Event.objects.record(Event.Action.CUSTOMER_FOR_CURRENCY, actor, [about])
        verdicts.renew_soon(invoice.business_unit.quickbooks_company_id)
    return twin


def _lock(invoice: Invoice) -> None:
    """Let nothing come in, be queued or be sent of the unit meanwhile."""
    unit = BusinessUnit.objects.select_for_update(no_key=True).get(pk=invoice.business_unit_id)
    companies = QuickBooksCompany.objects.filter(pk=unit.quickbooks_company_id or 0)
    list(companies.select_for_update(no_key=True).values_list("pk"))


def _require_kept_back(invoice: Invoice) -> None:
    payments = invoice.payments.filter(voided_at=None)
    is_kept_back = any(why.code == Reason.CUSTOMER_CURRENCY for why in explain(payments).values())
    is_waiting = _waiting(invoice.customer, invoice.currency).filter(pk=invoice.pk).exists()
    if not (is_kept_back and is_waiting) or invoice.customer.twin_of_id:
        raise RemedyRefused(NOT_KEPT_BACK.filled(invoice=invoice))


def _stored(customer: Customer, currency: str) -> QuerySet[Customer]:
    return Customer.objects.filter(twin_of=customer, twin_currency=currency)


def _waiting(customer: Customer, currency: str) -> QuerySet[Invoice]:
    """Return the invoices of a customer in a currency of which nothing went or is queued."""
    rows = Invoice.objects.filter(customer=customer, currency=currency)
    ids = list(rows.values_list("pk", flat=True))
    # By lists of ids: through a join, SQLite would read every record.
    payments = list(Payment.objects.filter(invoice__in=ids).values_list("pk", flat=True))
    records = Record.objects.filter(Q(invoice__in=ids) | Q(payment__in=payments))
    gone = {one or other for one, other in records.values_list("invoice", "payment__invoice")}
    return rows.filter(pk__in=set(ids) - gone)


def _move(customer: Customer, twin: Customer) -> dict[str, int]:
    """Give the twin what waits in its currency, deposits without an invoice too; say how much."""
    waiting = _waiting(customer, twin.twin_currency).select_for_update(no_key=True, of=("self",))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    payments = Payment.objects.filter(customer=customer, currency=twin.twin_currency)
    moved = payments.filter(Q(invoice__in=ids) | Q(invoice=None), sync_records=None)
    count = Payment.objects.filter(pk__in=list(moved.values_list("pk", flat=True))).update(
        customer=twin
    )
    return {"invoices": Invoice.objects.filter(pk__in=ids).update(customer=twin), "payments": count}
