"""What a person does about what does not go by itself, each asked once more before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from sync.admin.common.base import ScopedAdmin, actor_of
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.standing import Standing
from sync.admin.common.theme import action
from sync.admin.remedies.bulk import DECISIONS, DecidingLists, DecisionView, ReasonForm
from sync.admin.remedies.confirm_page import Meaning, Row
from sync.admin.remedies.offer import LIST_ACTIONS, PAGE_ACTIONS, AskingAdmin
from sync.exports.customers import second_currency
from sync.exports.remedies import decide
from sync.exports.remedies.decision_plan import MOST_AT_ONCE
from sync.exports.remedies.requests import Remedy, in_words, units_of_work
from sync.exports.rules.eligibility import with_standing
from sync.models import Invoice, Payment, Reason, SyncRecord
from sync.words import later

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
    actions_detail = ["hold", "allow", "release", "own_customer", *PAGE_ACTIONS]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done with the invoice as it stands."""
        invoice = self.get_object(request, str(object_id))
        offered = {
            "hold": invoice.do_not_export_at is None,
            "allow": invoice.do_not_export_at is not None,
            "release": _can_be_released(invoice),
            "own_customer": False,  # it stands as a link beside the reason
        }
        unfit = {f"sync_invoice_{name}" for name, fits in offered.items() if not fits}
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name not in unfit]

    @action(description=later("Do not export"), permissions=["resolve"], icon="block")
    @acts_once
    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep the invoice and its payments out of every export, for a reason."""
        invoice: Invoice = self.get_object(request, object_id)
        question = Question(
            title=_("Do not export invoice %(number)s?") % {"number": invoice.number},
            sentence=_(
                "%(invoice)s and all its payments stay out of every export until somebody "
                "allows them again. Nothing that is in QuickBooks already is changed."
            )
            % {"invoice": invoice},
            button=_("Do not export"),
            done=_("%(invoice)s will not be exported.") % {"invoice": invoice},
            asks_reason=True,
        )
        return ask(request, self, invoice, question, lambda a, r: decide.hold(invoice, a, r))

    @action(description=later("Allow export again"), permissions=["resolve"], icon="undo")
    @acts_once
    def allow(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Undo Do not export."""
        invoice: Invoice = self.get_object(request, object_id)
        question = Question(
            title=_("Allow the export of invoice %(number)s again?") % {"number": invoice.number},
            sentence=_(
                "It was marked Do not export by %(do_not_export_by)s: %(do_not_export_reason)s"
            )
            % {
                "do_not_export_by": invoice.do_not_export_by,
                "do_not_export_reason": invoice.do_not_export_reason,
            },
            button=_("Allow again"),
            done=_("%(invoice)s may be exported again.") % {"invoice": invoice},
        )
        return ask(request, self, invoice, question, lambda a, _: decide.allow(invoice, a))

    @action(description=later("Release"), permissions=["resolve"], icon="lock_open")
    @acts_once
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let an invoice go that is not fully paid only because of a refund."""
        invoice: Invoice = self.get_object(request, object_id)
        question = Question(
            title=_("Release invoice %(number)s?") % {"number": invoice.number},
            sentence=_(
                "%(invoice)s was fully paid, and some was refunded since. Released, it is "
                "exported as paid in full with all its payments, and the refund is listed "
                "under Refunds to adjust."
            )
            % {"invoice": invoice},
            button=_("Release"),
            done=_("%(invoice)s is released.") % {"invoice": invoice},
            asks_reason=True,
        )
        return ask(request, self, invoice, question, lambda a, r: decide.release(invoice, a, r))

    @action(
        description=later("Use a customer of its own"),
        permissions=["resolve"],
        icon="person_add",
    )
    @acts_once
    def own_customer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let what its customer has in this currency go to a customer of its own."""
        invoice: Invoice = self.get_object(request, object_id)
        try:
            proposal = second_currency.propose(invoice)
        except decide.RemedyRefused as refused:
            messages.error(request, str(refused))
            refuse(request)
            return HttpResponseRedirect(invoice.get_absolute_url())
        question = own_customer_question(proposal)
        return ask(
            request, self, invoice, question, lambda a, _: second_currency.use_twin(invoice, a)
        )


def own_customer_question(proposal: second_currency.Proposal) -> Question:
    """Ask whether a customer gets one of its own for a further currency."""
    customer, currency, count = proposal.customer, proposal.currency, proposal.invoices
    number = "" if proposal.is_free else _(" with a number behind it, as that name is taken")
    return Question(
        title=_("Use a customer of its own for %(currency)s?") % {"currency": currency},
        sentence=ngettext(
            "QuickBooks keeps %(customer)s in another currency, for good. A customer of its own for"
            " %(currency)s gets the name “%(name)s” there%(number)s. %(count)s invoice in"
            " %(currency)s goes to it with the payments, and so does every later one in"
            " %(currency)s. What is in QuickBooks, or queued, stays as it is.",
            "QuickBooks keeps %(customer)s in another currency, for good. A customer of its own for"
            " %(currency)s gets the name “%(name)s” there%(number)s. %(count)s invoices in"
            " %(currency)s go to it with the payments, and so does every later one in"
            " %(currency)s. What is in QuickBooks, or queued, stays as it is.",
            count,
        )
        % {
            "customer": customer,
            "currency": currency,
            "name": proposal.name,
            "number": number,
            "count": count,
        },
        button=_("Use a customer of its own for %(currency)s") % {"currency": currency},
        done=_("What %(customer)s has in %(currency)s goes to “%(name)s”%(number)s.")
        % {"customer": customer, "currency": currency, "name": proposal.name, "number": number},
    )


def own_customer_link(
    standing: Standing | None, invoice: Invoice | None, *, may_resolve: bool
) -> tuple[str, str] | None:
    """Return words and address of that, where an invoice is kept back for its currency."""
    if standing is None or standing.code != Reason.CUSTOMER_CURRENCY or invoice is None:
        return None
    page = reverse("admin:sync_invoice_own_customer", args=[invoice.pk])
    words = _("Use a customer of its own for %(currency)s") % {"currency": invoice.currency}
    return (words, page) if may_resolve else None


def _can_be_released(invoice: Invoice) -> bool:
    was_paid = invoice.paid_total >= invoice.total > 0
    return was_paid and not invoice.is_fully_paid and invoice.released_at is None


def _records_of_payments(rows: QuerySet[Payment], remedy: Remedy) -> QuerySet[SyncRecord]:
    return units_of_work(rows.select_related("business_unit"), remedy)


def _without_invoice(rows: QuerySet[Payment]) -> list[Row]:
    return [
        Row(
            _("%(payment)s from %(customer)s")
            % {"payment": in_words(payment), "customer": payment.customer},
            refused=_("It has no invoice yet."),
        )
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

    @action(description=later("Retry"), permissions=["resolve"], icon="refresh")
    @acts_once
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send what stopped the payment again."""
        payment: Payment = self.get_object(request, object_id)
        question = _LOOK_FIRST if _state_of(payment) == State.UNCERTAIN else _RETRY
        return ask(request, self, payment, question, lambda a, _: decide.retry(payment, a))


_RETRIED = {State.FAILED, State.UNCERTAIN}
_RETRY = Question(
    title=later("Send it again?"),
    sentence=later("Nothing of it is in QuickBooks. Retry once the reason is put right."),
    button=later("Retry"),
    done=later("Queued again."),
)
_LOOK_FIRST = Question(
    title=later("Look for it in QuickBooks, and send it if it is not there?"),
    sentence=later(
        "It is not certain whether this reached QuickBooks. It is looked for there first, by"
        " our mark, and sent only if it is not there. What somebody deleted there is sent again."
    ),
    button=later("Look, then send"),
    done=later("Queued: it is looked for in QuickBooks first."),
)


def _state_of(payment: Payment) -> str:
    stands: QuerySet[Any] = with_standing(Payment.objects.filter(pk=payment.pk))
    return str(stands.values_list("standing", flat=True)[0])
