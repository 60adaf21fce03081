"""Refunds as the office enters them; what to do in QuickBooks is in the report (refunds.py)."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.access import Capability
from sync.admin.common.base import actor_of, units_of
from sync.admin.common.filters import UnitFilter
from sync.admin.common.forms import RefundForm, is_in_quickbooks
from sync.admin.common.lists import ListAdmin, row_numbers, search_documents
from sync.admin.common.theme import RangeDateFilter, display
from sync.discrepancies.refunds.refund_entry import RefundRefused, enter
from sync.exports.rules.reasons import money
from sync.models import Payment, Refund


class RefundUnitFilter(UnitFilter):
    """By the unit of the refunded payment."""

    lookup = "payment__business_unit"


@admin.register(Refund)
class RefundAdmin(ListAdmin):
    """Money given back of payments."""

    unit_path = "payment__business_unit"
    form = RefundForm
    list_display = ["refunded_on", "customer", "invoice", "payment", "amount_shown", "reason"]
    list_select_related = ["payment__customer", "payment__invoice"]
    list_filter = [RefundUnitFilter, ("refunded_on", RangeDateFilter)]
    search_fields = ["payment"]
    search_help_text = "Customer or invoice number"
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
        fields: tuple[str, ...] = ("payment", "amount", "refunded_on", "reason")
        if self._is_of_an_exported_payment(request, obj):
            fields = (*fields, "understood")
        return ((None, {"fields": fields}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["payment"] if obj else []

    def _is_of_an_exported_payment(self, request: HttpRequest, refund: Refund | None) -> bool:
        if refund is not None:
            may_change = self.has_change_permission(request, refund)
            return may_change and is_in_quickbooks(payment=refund.payment_id)
        chosen = row_numbers([request.POST.get("payment") or request.GET.get("payment") or ""])
        held = units_of(request, Capability.VIEW)
        payment = Payment.objects.filter(pk__in=chosen, business_unit__in=held).first()
        return payment is not None and is_in_quickbooks(payment=payment)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a slip of the keyboard be taken back, unless QuickBooks holds the payment."""
        if obj is None or not self.has_change_permission(request, obj):
            return False
        return not is_in_quickbooks(payment=obj.payment_id)

    @display(description="customer", ordering="payment__customer__display_name")
    def customer(self, refund: Refund) -> str:
        return str(refund.payment.customer)

    @display(description="invoice")
    def invoice(self, refund: Refund) -> str:
        return refund.payment.invoice.number if refund.payment.invoice else "-"

    @display(description="amount", ordering="amount")
    def amount_shown(self, refund: Refund) -> str:
        return money(refund.amount, refund.payment.currency)

    def save_model(self, request: HttpRequest, obj: Refund, form: Any, change: Any) -> None:
        enter(obj, actor_of(request), understood=bool(form.cleaned_data.get("understood")))
        if is_in_quickbooks(payment=obj.payment_id):
            messages.warning(
                request,
                "QuickBooks was not told of this refund: it is now listed under Refunds to adjust.",
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
            messages.error(request, f"Nothing was saved. {refused}")
            return HttpResponseRedirect(request.get_full_path())
