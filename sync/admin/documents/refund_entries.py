"""Refunds as the office enters them; what to do in QuickBooks is in the report (refunds.py)."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import actor_of, row_numbers, units_of
from sync.admin.common.escaped import as_text
from sync.admin.common.forms import RefundForm, is_in_quickbooks
from sync.admin.common.theme import ChoicesDropdownFilter, display
from sync.admin.lists.amount_filter import AmountFilter
from sync.admin.lists.date_filter import DateFilter
from sync.admin.lists.downloads import Downloadable
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin
from sync.admin.search.documents import HELP, search_documents
from sync.discrepancies.refunds.refund_entry import RefundRefused, enter, left_to_refund
from sync.models import Payment, Refund
from sync.words import day, later, money, told


class RefundUnitFilter(UnitFilter):
    """By the unit of the refunded payment."""

    lookup = "payment__business_unit"


@admin.register(Refund)
class RefundAdmin(Downloadable, ListAdmin):
    """Money given back of payments."""

    unit_path = "payment__business_unit"
    form = RefundForm
    download_columns: ClassVar[dict[str, str]] = {
        "Refund": "pk",
        "Business unit": "business_unit__name",
        "Refunded on": "refunded_on",
        "Customer": "payment__customer__display_name",
        "Invoice": "payment__invoice__number",
        "Payment": "payment",
        "Amount": "amount",
        "Currency": "currency",
        "What it was": "kind",
        "Reason": "reason",
        "Source": "source",
        "Source's ID": "external_id",
    }
    list_display = [
        "refunded_on",
        "customer",
        "invoice",
        "payment",
        "amount_shown",
        "what_it_was",
        "reason",
    ]
    list_select_related = ["payment__customer", "payment__invoice"]
    list_filter = [
        RefundUnitFilter,
        ("refunded_on", DateFilter),
        ("amount", AmountFilter),
        ("kind", ChoicesDropdownFilter),
    ]
    search_fields = ["payment"]
    search_help_text = HELP
    ordering = ["-refunded_on", "-id"]
    autocomplete_fields = ["payment"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        payments = search_documents(request, Payment.objects.all(), search_term)
        return queryset.filter(payment__in=payments.values("pk")), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields: tuple[str, ...] = ("payment", "kind", "amount", "refunded_on", "reason")
        if obj is not None and obj.voided_at is not None:
            return ((None, {"fields": (*fields, "taken_back")}),)
        chosen = self._chosen(request, obj)
        said = _of_which(chosen, obj.pk if obj else None) if chosen else ""
        if obj is None and request.method == "POST":  # asked only where it has to be
            fields = (*fields, "is_another")
        if self._is_of_an_exported_payment(request, obj):
            fields = (*fields, "understood")
        return ((None, {"fields": fields, "description": as_text(said)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is not None and obj.voided_at is not None:
            return ["taken_back", "payment", "kind", "amount", "refunded_on", "reason"]
        return ["payment"] if obj else []

    def _chosen(self, request: HttpRequest, refund: Refund | None) -> Payment | None:
        """Return the payment that is refunded, as far as it is chosen and may be seen."""
        if refund is not None:
            return refund.payment
        chosen = row_numbers([request.POST.get("payment") or request.GET.get("payment") or ""])
        held = units_of(request, Capability.VIEW)
        payments = Payment.objects.filter(pk__in=chosen, business_unit__in=held)
        return payments.select_related("customer", "invoice").first()

    def _is_of_an_exported_payment(self, request: HttpRequest, refund: Refund | None) -> bool:
        if refund is not None and not self.has_change_permission(request, refund):
            return False
        payment = self._chosen(request, refund)
        return payment is not None and is_in_quickbooks(payment=payment)

    @display(description=later("taken back"))
    def taken_back(self, refund: Refund) -> str:
        """Say why the refund no longer counts."""
        return _("Entered here by mistake: %(void_reason)s") % {
            "void_reason": told(refund.void_reason)
        }

    @display(description=later("what it was"), ordering="kind")
    def what_it_was(self, refund: Refund) -> str:
        label = str(refund.get_kind_display())
        return _("%(label)s (taken back)") % {"label": label} if refund.voided_at else label

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a slip of the keyboard be taken back, unless QuickBooks holds the payment."""
        if obj is None or not self.has_change_permission(request, obj):
            return False
        return not is_in_quickbooks(payment=obj.payment_id)

    @display(description=later("customer"), ordering="payment__customer__display_name")
    def customer(self, refund: Refund) -> str:
        return str(refund.payment.customer)

    @display(description=later("invoice"))
    def invoice(self, refund: Refund) -> str:
        return refund.payment.invoice.number if refund.payment.invoice else "-"

    @display(description=later("amount"), ordering="amount")
    def amount_shown(self, refund: Refund) -> str:
        return money(refund.amount, refund.payment.currency)

    def save_model(self, request: HttpRequest, obj: Refund, form: Any, change: Any) -> None:
        enter(
            obj,
            actor_of(request),
            understood=bool(form.cleaned_data.get("understood")),
            is_another=bool(form.cleaned_data.get("is_another")),
        )
        if is_in_quickbooks(payment=obj.payment_id):
            messages.warning(
                request,
                _(
                    "QuickBooks was not told of this refund: it is now listed under"
                    " Refunds to adjust."
                ),
            )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say it when somebody else refunded, or exported, the payment just now."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RefundRefused as refused:
            messages.error(request, _("Nothing was saved. %(refused)s") % {"refused": refused})
            return HttpResponseRedirect(request.get_full_path())


def _of_which(payment: Payment, refund_id: int | None) -> str:
    left = money(left_to_refund(payment, refund_id), payment.currency)
    whole = money(payment.amount, payment.currency)
    of = (
        _("invoice %(number)s") % {"number": payment.invoice.number}
        if payment.invoice
        else _("no invoice")
    )
    return _(
        "%(customer)s, %(of)s: %(whole)s by %(method)s on %(received_on)s, of which "
        "%(left)s can still be refunded"
    ) % {
        "customer": payment.customer,
        "of": of,
        "whole": whole,
        "method": payment.method,
        "received_on": day(payment.received_on),
        "left": left,
    }
