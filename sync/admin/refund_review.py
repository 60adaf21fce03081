"""What a reviewer says of refunds to adjust, one by one or many at once."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.access import AccessDenied, Capability
from sync.admin.base import ScopedAdmin, actor_of
from sync.admin.theme import Textarea, action
from sync.discrepancies.entries import what_to_enter
from sync.discrepancies.refunds import Row, Status, row_of, with_details
from sync.discrepancies.reviews import (
    LONGEST_NOTE,
    MOST_AT_ONCE,
    REVIEWED,
    SAYABLE,
    ReviewRefused,
    review,
    review_many,
)
from sync.exports.reasons import money
from sync.models import Event, RefundDiscrepancy

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select


class ReviewForm(forms.Form):
    """A status and a note; what the two must be together, the room says."""

    status = forms.ChoiceField(
        choices=[(each.value, each.label) for each in SAYABLE],
        widget=Select(),
        initial=Status.RECORDED.value,
    )
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        widget=Textarea(attrs={"rows": 3}),
        help_text="What you entered, such as “Credit memo 1051”, or why nothing is needed.",
    )

    def said(self) -> tuple[Status, str]:
        """Return the status and the note."""
        return Status(self.cleaned_data["status"]), self.cleaned_data["note"]


class RefundReviews(ScopedAdmin):
    """Reviews: nothing is stored before a page that asks is posted."""

    change_capability = Capability.RESOLVE
    actions = ["review_selected"]

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "review/",
            self.admin_site.admin_view(require_POST(self.review_many_view)),
            name="sync_refunddiscrepancy_review",
        )
        return [own, *super().get_urls()]

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
            "refunds": [_facts(row_of(refund)) for refund in chosen.order_by(*self.ordering or [])],
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
            request.POST or None, initial={"status": _likely(row.status), "note": row.note}
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
            **_facts(row),
            "entry": what_to_enter(row),
            "form": form if self.has_change_permission(request, refund) else None,
            "said_before": _said_before(refund),
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


def _likely(status: Status) -> str:
    """Return what is most often said next: of an open refund, that it was entered."""
    return Status.RECORDED.value if status == Status.OPEN else status.value


def _facts(row: Row) -> dict[str, Any]:
    return {
        "row": row,
        "amount": money(row.amount, row.currency),
        "payment_amount": money(row.payment_amount, row.currency),
    }


def _said_before(refund: RefundDiscrepancy) -> list[dict[str, Any]]:
    events = Event.objects.filter(action=REVIEWED, subject_kind="refund", subject_id=refund.pk)
    return [
        {
            "at": event.at,
            "who": event.actor,
            "said": Status(event.detail["to"]).label,
            "note": event.detail["note"],
        }
        for event in events.select_related("actor").order_by("-id")
    ]
