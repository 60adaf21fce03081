"""Refunds to adjust in QuickBooks: the report, and what a reviewer says of its rows."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AccessDenied, Capability
from sync.admin.base import ScopedAdmin, actor_of, units_of
from sync.admin.lists import CappedPaginator, search_documents
from sync.admin.refund_list import ListingFilter, RefundList, RefundUnitFilter, SizeFilter
from sync.admin.refund_review import ReviewForm
from sync.admin.theme import ChangeList, RangeDateFilter, action, display
from sync.discrepancies.entries import what_to_enter
from sync.discrepancies.refunds import Document, Status, row_of, rows_of, with_details
from sync.discrepancies.report import csv_lines
from sync.discrepancies.reviews import MOST_AT_ONCE, ReviewRefused, review, review_many
from sync.exports.reasons import day, money
from sync.models import Event, Payment, RefundDiscrepancy

BYTE_ORDER_MARK = "\ufeff"
"""Tells a spreadsheet that the file is UTF-8; without it accents come out wrong."""
STATUS_LABELS = {
    Status.OPEN: "warning",
    Status.RECORDED: "info",
    Status.NOT_NEEDED: "",
}


@admin.register(RefundDiscrepancy)
class RefundDiscrepancyAdmin(ScopedAdmin):
    """The bookkeeper's list of refunds that QuickBooks was not told of."""

    unit_path = "payment__business_unit"
    change_capability = Capability.RESOLVE
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    list_per_page = 50
    list_display = [
        "refund_date",
        "customer",
        "invoice",
        "amount_shown",
        "size",
        "exported_on",
        "days_open",
        "in_quickbooks",
        "what_to_enter",
        "status",
    ]
    list_display_links = ["refund_date", "customer"]
    list_filter = [
        ListingFilter,
        RefundUnitFilter,
        SizeFilter,
        ("refunded_on", RangeDateFilter),
    ]
    list_filter_submit = True
    list_before_template = "admin/sync/refunds/above.html"
    search_fields = ["pk"]
    search_help_text = "Customer or invoice number"
    ordering = ["refunded_on", "id"]
    actions = ["review_selected"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RefundList

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        if units_of(request, Capability.VIEW).count() < 2:
            return columns
        return [columns[0], "unit", *columns[1:]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        payments = search_documents(request, Payment.objects.all(), search_term)
        return queryset.filter(payment__in=payments.values("pk")), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("csv/", view(require_safe(self.csv_view)), name="sync_refunddiscrepancy_csv"),
            path(
                "review/",
                view(require_POST(self.review_many_view)),
                name="sync_refunddiscrepancy_review",
            ),
            *super().get_urls(),
        ]

    @display(description="refund date", ordering="refunded_on")
    def refund_date(self, refund: Any) -> str:
        return day(refund.refunded_on)

    @display(description="unit")
    def unit(self, refund: Any) -> str:
        return str(refund.row.unit)

    @display(description="customer")
    def customer(self, refund: Any) -> str:
        return str(refund.row.customer)

    @display(description="invoice")
    def invoice(self, refund: Any) -> str:
        return refund.row.invoice or "-"

    @display(description="amount", ordering="amount")
    def amount_shown(self, refund: Any) -> str:
        return money(refund.amount, refund.row.currency)

    @display(description="full or partial")
    def size(self, refund: Any) -> str:
        return str(refund.row.size)

    @display(description="exported on")
    def exported_on(self, refund: Any) -> str:
        return day(refund.row.exported_on) if refund.row.exported_on else "-"

    @display(description="days open")
    def days_open(self, refund: Any) -> int:
        return int(refund.row.days_open)

    @display(description="in QuickBooks")
    def in_quickbooks(self, refund: Any) -> SafeString:
        documents = [refund.row.quickbooks_invoice, refund.row.quickbooks_payment]
        links = [(link_to(document),) for document in documents if document]
        return format_html_join(SafeString("<br>"), "{}", links)

    @display(description="what to enter")
    def what_to_enter(self, refund: Any) -> SafeString:
        return format_html('<span class="paidup-why">{}</span>', refund.entry.summary)

    @display(description="status", label=STATUS_LABELS)
    def status(self, refund: Any) -> tuple[str, str]:
        return refund.row.status, refund.row.status.label

    @action(description="Review", permissions=["resolve"])
    def review_selected(
        self, request: HttpRequest, queryset: QuerySet[RefundDiscrepancy]
    ) -> HttpResponse | None:
        """Ask what to say of the ticked refunds; nothing is stored before that page is posted."""
        ticked = queryset.count()
        ids = list(
            self.within(request, queryset, Capability.RESOLVE).values_list("pk", flat=True)[
                : MOST_AT_ONCE + 1
            ]
        )
        if len(ids) > MOST_AT_ONCE:
            messages.error(
                request, f"Review at most {MOST_AT_ONCE:,} refunds at once: narrow the list."
            )
            return None
        if ticked > len(ids):
            messages.warning(
                request,
                f"{ticked - len(ids)} of {ticked} refunds were left out: you may not review for"
                " their business unit.",
            )
        return self._review_page(request, ReviewForm(), ids)

    def review_many_view(self, request: HttpRequest) -> HttpResponse:
        """Store one status and note for all refunds of the page before."""
        posted = request.POST.getlist("refund")
        ids = [int(number) for number in posted if number.isdigit() and len(number) < 19]
        within = self.get_queryset(request).filter(pk__in=ids[: MOST_AT_ONCE + 1])
        if len(ids) != len(posted) or within.count() != len(set(ids)):
            raise PermissionDenied
        form = ReviewForm(request.POST)
        if form.is_valid():
            try:
                changed = review_many(ids, actor_of(request), *form.said())
            except ReviewRefused as refused:
                form.add_error("note", str(refused))
            except AccessDenied as denied:
                raise PermissionDenied from denied
            else:
                messages.success(request, f"{changed} of {len(ids)} refunds changed.")
                return HttpResponseRedirect(reverse("admin:sync_refunddiscrepancy_changelist"))
        return self._review_page(request, form, ids)

    def _review_page(self, request: HttpRequest, form: ReviewForm, ids: list[int]) -> HttpResponse:
        chosen = with_details(self.get_queryset(request).filter(pk__in=ids))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Review {len(ids)} refund{'s' if len(ids) != 1 else ''}",
            "form": form,
            "rows": [row_of(refund) for refund in chosen.order_by(*self.ordering or [])],
            "back": reverse("admin:sync_refunddiscrepancy_changelist"),
        }
        return TemplateResponse(request, "admin/sync/refunds/review_many.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one refund with what to enter; a post stores what the reviewer says of it."""
        refund = self.get_object(request, object_id)
        row = row_of(with_details(self.get_queryset(request)).get(pk=refund.pk))
        form = ReviewForm(
            request.POST or None, initial={"status": row.status.value, "note": row.note}
        )
        if request.method == "POST":
            if not self.has_change_permission(request, refund):
                raise PermissionDenied
            if form.is_valid() and self._reviewed(request, refund, form):
                return HttpResponseRedirect(self._list_it_came_from(request))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Refund of {money(row.amount, row.currency)} to {row.customer}",
            "row": row,
            "amount": money(row.amount, row.currency),
            "payment_amount": money(row.payment_amount, row.currency),
            "entry": what_to_enter(row),
            "form": form if self.has_change_permission(request, refund) else None,
            "events": _events_of(refund),
            "back": self._list_it_came_from(request),
        }
        return TemplateResponse(request, "admin/sync/refunds/review.html", context)

    def _reviewed(self, request: HttpRequest, refund: RefundDiscrepancy, form: ReviewForm) -> bool:
        try:
            is_news = review(refund, actor_of(request), *form.said())
        except ReviewRefused as refused:
            form.add_error("note", str(refused))
            return False
        said = form.said()[0].label
        messages.success(request, f"{refund}: {said}." if is_news else "Nothing was changed.")
        return True

    def _list_it_came_from(self, request: HttpRequest) -> str:
        filters = self.get_preserved_filters(request)
        url = reverse("admin:sync_refunddiscrepancy_changelist")
        return add_preserved_filters({"preserved_filters": filters, "opts": self.opts}, url)

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send what is listed, all pages of it, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        listed = self.get_changelist_instance(request)
        lines = csv_lines(rows_of(listed.plain))  # type: ignore[attr-defined]
        response = StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="refunds-to-adjust.csv"'
        return response


def _marked(lines: Any) -> Any:
    yield BYTE_ORDER_MARK
    yield from lines


def link_to(document: Document) -> SafeString:
    """Return a link to a document in QuickBooks."""
    return format_html(
        '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} {} ↗</a>',
        document.url,
        document.entity,
        document.qbo_id,
    )


def _events_of(refund: RefundDiscrepancy) -> QuerySet[Event]:
    return (
        Event.objects.filter(subject_kind="refund", subject_id=refund.pk)
        .select_related("actor")
        .order_by("-id")
    )
