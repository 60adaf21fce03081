"""What waits in sight, attached by a person: they say whose it is, or what it belongs to."""

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from sync.exports.runs import verdicts
from sync.intake.door.bodies import from_json
from sync.intake.door.door import deliver
from sync.intake.door.incoming import (
    Allocation,
    CustomerBody,
    Incoming,
    PaymentBody,
    RefundBody,
    Result,
    Status,
)
from sync.models import Customer, Delivery, Event, Invoice, Payment
from sync.models.events import Subject
from sync.words import told


class CannotAttach(Exception):
    """Why it still waits; the words are for whoever tried."""


def attach(waiting: Delivery, to: Customer | Invoice | Payment, by: User | None) -> Result:
    """Attach a waiting payment to a customer or an invoice, or a refund to a payment.

    It goes through the door as if its source had said so, with the same time.
    """
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=waiting.pk)
        if row.state != Delivery.State.WAITING or to.business_unit_id != row.business_unit_id:
            raise CannotAttach(_("It does not wait any more, or that is of another business unit."))
        body = _belonging(row, to)
        said = Incoming(
            source=row.source,
            external_id=row.external_id,
            observed_at=row.observed_at,
            version=row.version,
            body=body,
        )
        # It counts as said by the source itself, so that the same file again changes nothing.
        row.digest = ""
        row.save(update_fields=["digest"])
        [result] = deliver(row.business_unit, [said])
        if result.status in {Status.WAITING, Status.REFUSED}:
            raise CannotAttach(" ".join(told(problem.words) for problem in result.problems))
        Delivery.objects.filter(pk=row.pk).update(digest=waiting.digest)
        detail = {"to": to._meta.model_name or "", "id": to.pk}
        subject = Subject(row.business_unit_id, row.kind, result.document_id, detail)
        Event.objects.record(Event.Action.DELIVERY_ATTACHED, by, [subject])
        verdicts.renew_soon(row.business_unit.quickbooks_company_id)
        return result


def _belonging(row: Delivery, to: Customer | Invoice | Payment) -> PaymentBody | RefundBody:
    """Return what the row says, and that it belongs there."""
    body = from_json(row.kind, row.body or {})
    if isinstance(body, PaymentBody) and isinstance(to, Invoice):
        parts = (Allocation(to.external_id or to.number, min(body.amount, to.balance_due)),)
        if to.balance_due <= 0:
            raise CannotAttach(_("Invoice %(number)s has nothing due.") % {"number": to.number})
        return replace(body, customer="", allocations=parts)
    if isinstance(body, PaymentBody) and isinstance(to, Customer):
        return replace(body, customer=_known_as(row, to), allocations=())
    if isinstance(body, RefundBody) and isinstance(to, Payment) and to.receipt:
        invoice = to.invoice.number if to.invoice else ""
        return replace(body, payment=to.receipt, invoice=invoice)
    raise CannotAttach(_("That is nothing that it can belong to."))


def _known_as(row: Delivery, customer: Customer) -> str:
    """Return what the source of a delivery knows a customer by, making it known where it is not."""
    if customer.source == row.source and customer.external_id:
        return customer.external_id
    name = f"ours:{customer.pk}"
    body = CustomerBody(customer.display_name, same_as=customer.pk)
    deliver(
        row.business_unit,
        [Incoming(source=row.source, external_id=name, observed_at=row.observed_at, body=body)],
    )
    return name
