"""What a person does about what does not go by itself, each asked once more before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from sync.admin.common.base import ScopedAdmin, actor_of
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.theme import action
from sync.admin.remedies.bulk import DECISIONS, DecidingLists, DecisionView, ReasonForm
from sync.admin.remedies.confirm_page import Meaning, Row
from sync.admin.remedies.offer import LIST_ACTIONS, PAGE_ACTIONS, AskingAdmin
from sync.exports.remedies import decide
from sync.exports.remedies.decision_plan import MOST_AT_ONCE
from sync.exports.remedies.requests import Remedy, in_words, units_of_work
from sync.exports.rules.eligibility import with_standing
from sync.models import Invoice, Payment, SyncRecord

State = SyncRecord.State


@dataclass(frozen=True, slots=True)
class Question:
    """A step to be confirmed: what it is called, what it means, and what was done after it."""

    title: str
    sentence: str
    button: str
    done: str
    asks_reason: bool = False


def ask(
    request: HttpRequest,
    owner: ScopedAdmin,
    row: Any,
    question: Question,
    do: Callable[[User, str], object],
) -> HttpResponse:
    """Show the question on GET; on POST do it, with the reason given, and say so."""
    form = ReasonForm(request.POST or None) if question.asks_reason else None
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    back = reverse(page, args=[row.pk])
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        try:
            do(actor_of(request), reason)
        except decide.RemedyRefused as refused:
            messages.error(request, str(refused))
            refuse(request)
        else:
            messages.success(request, question.done)
        return HttpResponseRedirect(back)
    context = {
        **owner.admin_site.each_context(request),
        "opts": owner.model._meta,
        "original": row,
        "title": question.title,
        "question": question,
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "admin/sync/common/confirm.html", context)


def _records_of_invoices(rows: QuerySet[Invoice], remedy: Remedy) -> QuerySet[SyncRecord]:
    payments = Payment.objects.filter(invoice__in=rows.values("pk"))
    return units_of_work(payments.select_related("business_unit"), remedy)


class InvoiceRemedies(DecidingLists, AskingAdmin, DecisionView):
    """Do not export, allow again, release: on an invoice, for it and all its payments."""

    actions = [*DECISIONS, *LIST_ACTIONS]
    meaning = Meaning(records=_records_of_invoices, invoices=lambda rows: rows)
    actions_detail = ["hold", "allow", "release", *PAGE_ACTIONS]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done with the invoice as it stands."""
        invoice = self.get_object(request, str(object_id))
        offered = {
            "hold": invoice.do_not_export_at is None,
            "allow": invoice.do_not_export_at is not None,
            "release": _can_be_released(invoice),
        }
        unfit = {f"sync_invoice_{name}" for name, fits in offered.items() if not fits}
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name not in unfit]

    @action(description="Do not export", permissions=["resolve"], icon="block")
    @acts_once
    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep the invoice and its payments out of every export, for a reason."""
        invoice: Invoice = self.get_object(request, object_id)
        question = Question(
            title=f"Do not export invoice {invoice.number}?",
            sentence=f"{invoice} and all its payments stay out of every export until somebody"
            " allows them again. Nothing that is in QuickBooks already is changed.",
            button="Do not export",
            done=f"{invoice} will not be exported.",
            asks_reason=True,
        )
        return ask(request, self, invoice, question, lambda a, r: decide.hold(invoice, a, r))

    @action(description="Allow export again", permissions=["resolve"], icon="undo")
    @acts_once
    def allow(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Undo Do not export."""
        invoice: Invoice = self.get_object(request, object_id)
        question = Question(
            title=f"Allow the export of invoice {invoice.number} again?",
            sentence=f"It was marked Do not export by {invoice.do_not_export_by}:"
            f" {invoice.do_not_export_reason}",
            button="Allow again",
            done=f"{invoice} may be exported again.",
        )
        return ask(request, self, invoice, question, lambda a, _: decide.allow(invoice, a))

    @action(description="Release", permissions=["resolve"], icon="lock_open")
    @acts_once
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let an invoice go that is not fully paid only because of a refund."""
        invoice: Invoice = self.get_object(request, object_id)
        question = Question(
            title=f"Release invoice {invoice.number}?",
            sentence=f"{invoice} was fully paid, and some was refunded since. Released, it is"
            " exported as paid in full with all its payments, and the refund is listed under"
            " Refunds to adjust.",
            button="Release",
            done=f"{invoice} is released.",
            asks_reason=True,
        )
        return ask(request, self, invoice, question, lambda a, r: decide.release(invoice, a, r))


def _can_be_released(invoice: Invoice) -> bool:
    was_paid = invoice.paid_total >= invoice.total > 0
    return was_paid and not invoice.is_fully_paid and invoice.released_at is None


def _records_of_payments(rows: QuerySet[Payment], remedy: Remedy) -> QuerySet[SyncRecord]:
    return units_of_work(rows.select_related("business_unit"), remedy)


def _without_invoice(rows: QuerySet[Payment]) -> list[Row]:
    return [
        Row(f"{in_words(payment)} from {payment.customer}", refused="It has no invoice yet.")
        for payment in rows.filter(invoice=None).select_related("customer")[:MOST_AT_ONCE]
    ]


class PaymentRemedies(DecidingLists, AskingAdmin):
    """Retry, on a payment that failed or whose outcome a person has looked up."""

    actions = [*DECISIONS, *LIST_ACTIONS]
    meaning = Meaning(
        records=_records_of_payments,
        invoices=lambda rows: Invoice.objects.filter(pk__in=rows.values("invoice")),
        strays=_without_invoice,
    )
    actions_detail = ["retry", *PAGE_ACTIONS]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done with the payment as it stands."""
        payment: Payment = self.get_object(request, str(object_id))
        found = super().get_actions_detail(request, object_id)
        if _state_of(payment) in _RETRIED:
            return found
        return [one for one in found if one.action_name != "sync_payment_retry"]

    @action(description="Retry", permissions=["resolve"], icon="refresh")
    @acts_once
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send what stopped the payment again."""
        payment: Payment = self.get_object(request, object_id)
        question = _LOOK_FIRST if _state_of(payment) == State.UNCERTAIN else _RETRY
        return ask(request, self, payment, question, lambda a, _: decide.retry(payment, a))


_RETRIED = {State.FAILED, State.UNCERTAIN}
_RETRY = Question(
    title="Send it again?",
    sentence="Nothing of it is in QuickBooks. Retry once the reason is put right.",
    button="Retry",
    done="Queued again.",
)
_LOOK_FIRST = Question(
    title="Look for it in QuickBooks, and send it if it is not there?",
    sentence="It is not certain whether this reached QuickBooks. It is looked for there first, by"
    " our mark, and sent only if it is not there. What somebody deleted there is sent again.",
    button="Look, then send",
    done="Queued: it is looked for in QuickBooks first.",
)


def _state_of(payment: Payment) -> str:
    stands: QuerySet[Any] = with_standing(Payment.objects.filter(pk=payment.pk))
    return str(stands.values_list("standing", flat=True)[0])
