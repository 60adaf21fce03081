"""What a reviewer says of refunds to adjust, one by one or many at once."""

from collections.abc import Collection
from copy import copy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import AccessDenied, Capability
from accounts.models import User
from sync.admin.common.base import ScopedAdmin, actor_of, units_of
from sync.admin.common.once import acts_once, refuse
from sync.admin.common.theme import Textarea, action
from sync.admin.discrepancies.refund_words import facts, said_before, shown_for
from sync.discrepancies.nightly_reading import read_now
from sync.discrepancies.refunds.refund_entry import RefundRefused, void
from sync.discrepancies.refunds.refunds import next_of, row_of, with_details
from sync.discrepancies.refunds.reviews import (
    LONGEST_NOTE,
    MOST_AT_ONCE,
    ReviewRefused,
    Said,
    reviewers,
    say,
    version_of,
)
from sync.discrepancies.refunds.rows import Status
from sync.discrepancies.refunds.showing import LONGEST, show
from sync.discrepancies.refunds.suggested_entry import what_to_enter
from sync.discrepancies.refunds.taking import accept
from sync.models import RefundDiscrepancy, RefundMatch
from sync.words import later, money, number

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select

KEEP, NOBODY = "", "nobody"
LIST = "admin:sync_refunddiscrepancy_changelist"


class ReviewForm(forms.Form):
    """A status, a note and an owner; what they must be together, the room says.

    One refund's page has a button for each of the decisions, in place of the field of the status.
    """

    status = forms.ChoiceField(required=False, widget=Select(), label=later("Status"))
    note = forms.CharField(
        label=later("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=Textarea(attrs={"rows": 3, "data-first": True}),
        help_text=later("What you entered, such as “Credit memo 1051”, or why nothing is needed."),
    )
    owner = forms.ChoiceField(required=False, widget=Select(), label=later("Who works on it"))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            (KEEP, _("Leave as it is")),
            (
                Status.RECORDED.value,
                _("Recorded in QuickBooks: stays listed until it is found there"),
            ),
            (Status.ADJUSTED_OTHERWISE.value, _("Adjusted another way: your name stands for it")),
            (Status.NOT_NEEDED.value, _("Not needed")),
            (Status.OPEN.value, _("Open again")),
        ]
        self.decisions = [
            (Status.RECORDED.value, _("Recorded in QuickBooks")),
            (Status.ADJUSTED_OTHERWISE.value, _("Adjusted another way")),
            (Status.NOT_NEEDED.value, _("Not needed")),
            (Status.OPEN.value, _("Open again")),
        ]
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            (KEEP, _("Leave as it is")),
            (NOBODY, _("Nobody")),
            *((key, str(person)) for key, person in self.people.items()),
        ]

    def said(self, seen: dict[int, str]) -> Said:
        """Return what the reviewer says of the rows as they were seen."""
        status, owner = self.cleaned_data["status"], self.cleaned_data["owner"]
        return Said(
            status=Status(status) if status else None,
            note=self.cleaned_data["note"],
            owner=self.people.get(owner),
            is_assigned=bool(owner),
            seen=seen,
        )


class RefundReviews(ScopedAdmin):
    """Reviews: nothing is stored before a page that asks is posted."""

    change_capability = Capability.RESOLVE
    actions = ["review_selected", "take_selected"]

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            guarded = self.admin_site.admin_view(require_POST(view))
            address: URLPattern = path(route, guarded, name=f"sync_refunddiscrepancy_{name}")
            return address

        return [
            at("review/", self.review_many_view, "review"),
            at("read/", self.read_view, "read"),
            at("accept/<int:match_id>/", self.accept_view, "accept"),
            at("<int:refund_id>/show/", self.show_view, "show"),
            at("<int:refund_id>/void/", self.void_view, "void"),
            *super().get_urls(),
        ]

    @action(description=later("Review"), permissions=["resolve"])
    def review_selected(
        self, request: HttpRequest, queryset: QuerySet[RefundDiscrepancy]
    ) -> HttpResponse | None:
        """Ask what to say of the ticked refunds; nothing is stored before that page is posted."""
        ids = self._reviewable(request, queryset)
        if not ids:
            return None
        return self._review_page(request, self._form(request), ids)

    @action(description=later("Take them on myself"), permissions=["resolve"])
    def take_selected(self, request: HttpRequest, queryset: QuerySet[RefundDiscrepancy]) -> None:
        """Assign the ticked refunds to the person."""
        ids = self._reviewable(request, queryset)
        actor = actor_of(request)
        if ids:
            changed = say(ids, actor, Said(owner=actor, is_assigned=True))
            messages.success(
                request,
                _("%(changed)s of %(ids_count)s refunds are yours now.")
                % {"changed": changed, "ids_count": len(ids)},
            )

    def _reviewable(self, request: HttpRequest, rows: QuerySet[RefundDiscrepancy]) -> list[int]:
        """Return the ids of the ticked rows that the person may review; say what is left out."""
        ticked = rows.count()
        held = self.within(request, rows, Capability.RESOLVE).values_list("pk", flat=True)
        ids = list(held[: MOST_AT_ONCE + 1])
        if len(ids) > MOST_AT_ONCE:
            messages.error(
                request,
                _("Review at most %(MOST_AT_ONCE)s refunds at once: narrow the list.")
                % {"MOST_AT_ONCE": number(MOST_AT_ONCE)},
            )
            return []
        if ticked > len(ids):
            messages.warning(
                request,
                _(
                    "%(value)s of %(ticked)s refunds were left out: you may not review for their "
                    "business unit."
                )
                % {"value": ticked - len(ids), "ticked": ticked},
            )
        return ids

    def _form(self, request: HttpRequest, **initial: Any) -> ReviewForm:
        people = reviewers(units_of(request, Capability.RESOLVE))
        return ReviewForm(
            request.POST if "note" in request.POST else None, people=people, **initial
        )

    @acts_once
    def review_many_view(self, request: HttpRequest) -> HttpResponse:
        """Store what is said for all refunds of the page before."""
        posted = request.POST.getlist("refund")
        ids = [int(number) for number in posted if number.isdecimal() and len(number) < 19]
        within = self.get_queryset(request).filter(pk__in=ids[: MOST_AT_ONCE + 1])
        if len(ids) != len(posted) or within.count() != len(set(ids)):
            raise PermissionDenied
        form = self._form(request)
        if form.is_valid():
            try:
                changed = say(ids, actor_of(request), form.said(_seen(request, ids)))
            except ReviewRefused as refused:
                form.add_error("note", str(refused))
            except AccessDenied as denied:
                raise PermissionDenied from denied
            else:
                messages.success(
                    request,
                    _("%(changed)s of %(ids_count)s refunds changed.")
                    % {"changed": changed, "ids_count": len(ids)},
                )
                return HttpResponseRedirect(self._list_it_came_from(request))
        return self._review_page(request, form, ids)

    def _review_page(self, request: HttpRequest, form: ReviewForm, ids: list[int]) -> HttpResponse:
        chosen = with_details(self.get_queryset(request).filter(pk__in=ids))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": ngettext(
                "Review %(ids_count)s refund", "Review %(ids_count)s refunds", len(ids)
            )
            % {"ids_count": len(ids)},
            "form": form,
            "refunds": [
                facts(row_of(refund)) | {"version": version_of(refund)}
                for refund in chosen.order_by(*self.ordering or [])
            ],
            "back": self._list_it_came_from(request),
            "preserved": self._filters(request),
        }
        return TemplateResponse(
            request, "admin/sync/discrepancies/refunds/review_many.html", context
        )

    @acts_once
    def read_view(self, request: HttpRequest) -> HttpResponse:
        """Have QuickBooks read now, for every unit that the person may review."""
        units = units_of(request, Capability.RESOLVE).select_related("quickbooks_company")
        asked = {r.company_id for unit in units if (r := read_now(unit, actor_of(request)))}
        if asked:
            messages.success(
                request, _("QuickBooks is being read. Open this page again in a minute.")
            )
        else:
            messages.error(request, _("None of your business units is connected to QuickBooks."))
            refuse(request)
        return HttpResponseRedirect(reverse(LIST))

    @acts_once
    def accept_view(self, request: HttpRequest, match_id: int) -> HttpResponse:
        """Take a proposed document as the proof of its refund."""
        match = RefundMatch.objects.filter(pk=match_id).first()
        if match is None:
            messages.error(request, _("That document is no longer proposed. Look at it anew."))
            return HttpResponseRedirect(reverse(LIST))
        self.get_object(request, str(match.refund_id))  # answers 404 for what may not be seen
        going = self._go_on(request, match.refund_id)
        try:
            taken = accept(match_id, actor_of(request), request.POST.get("version"))
            messages.success(request, f"{taken.words} {_outcome(is_whole=taken.is_whole)}")
        except AccessDenied as denied:
            raise PermissionDenied from denied
        except ReviewRefused as refused:
            return self._refused(request, match.refund_id, str(refused))
        return going if taken.is_whole else self._back_to(request, match.refund_id)

    @acts_once
    def show_view(self, request: HttpRequest, refund_id: int) -> HttpResponse:
        """Have a document read that the reviewer names, and judged."""
        refund = self.get_object(request, str(refund_id))
        try:
            show(refund, actor_of(request), request.POST.get("document", ""))
            messages.success(
                request, _("QuickBooks is being asked. Open this page again in a while.")
            )
        except AccessDenied as denied:
            raise PermissionDenied from denied
        except ReviewRefused as refused:
            return self._refused(request, refund_id, str(refused))
        return self._back_to(request, refund_id)

    @acts_once
    def void_view(self, request: HttpRequest, refund_id: int) -> HttpResponse:
        """Take a refund back that was entered here by mistake."""
        refund = self.get_object(request, str(refund_id))
        going = self._go_on(request, refund_id)
        try:
            void(refund.pk, actor_of(request), request.POST.get("reason", ""))
        except AccessDenied as denied:
            raise PermissionDenied from denied
        except RefundRefused as refused:
            return self._refused(request, refund_id, str(refused))
        messages.success(
            request,
            _("%(refund)s was taken back: its amount is the payment's again.") % {"refund": refund},
        )
        return going

    @acts_once
    def page_of(self, request: HttpRequest, row: RefundDiscrepancy, **shown: Any) -> HttpResponse:
        """Show one refund with what to enter; a post stores what the reviewer says of it."""
        told = row_of(with_details(self.get_queryset(request)).get(pk=row.pk))
        form = self._form(request, initial={"note": told.note})
        if request.method == "POST":
            if not self.has_change_permission(request, row):
                raise PermissionDenied
            if form.is_valid():
                going = self._go_on(request, row.pk)
                if self._reviewed(request, row, form):
                    return going
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Refund of %(amount)s to %(customer)s")
            % {"amount": money(told.amount, told.currency), "customer": told.customer},
            **facts(told),
            "entry": what_to_enter(told),
            "form": form if self.has_change_permission(request, row) else None,
            "said_before": said_before(row),
            "shown": shown_for(row),
            "longest": LONGEST,
            # The version that was seen first stays: what is refused once is looked at anew.
            "version": request.POST.get("version") or version_of(row),
            "back": self._list_it_came_from(request),
            "preserved": self._filters(request),
        }
        return TemplateResponse(request, "admin/sync/discrepancies/refunds/review.html", context)

    def _reviewed(self, request: HttpRequest, refund: RefundDiscrepancy, form: ReviewForm) -> bool:
        try:
            changed = say([refund.pk], actor_of(request), form.said(_seen(request, [refund.pk])))
        except ReviewRefused as refused:
            form.add_error("note", str(refused))
            return False
        messages.success(
            request,
            _("%(refund)s: saved.") % {"refund": refund} if changed else _("Nothing was changed."),
        )
        return True

    def _list_it_came_from(self, request: HttpRequest) -> str:
        return self._filtered(request, reverse(LIST))

    @staticmethod
    def _filters(request: HttpRequest) -> str:
        """Return the list's search and filters, also where its own page posts."""
        kept = request.GET.get("_changelist_filters", "")
        return kept or (request.GET.urlencode() if request.path == reverse(LIST) else "")

    def _filtered(self, request: HttpRequest, address: str) -> str:
        filters = self._filters(request)
        kept = urlencode({"_changelist_filters": filters}) if filters else ""
        return str(add_preserved_filters({"preserved_filters": kept, "opts": self.opts}, address))

    def _back_to(self, request: HttpRequest, refund_id: int) -> HttpResponseRedirect:
        address = reverse("admin:sync_refunddiscrepancy_change", args=[refund_id])
        return HttpResponseRedirect(self._filtered(request, address))

    def _refused(self, request: HttpRequest, refund_id: int, words: str) -> HttpResponse:
        """Say why nothing was done; the form may be sent again."""
        messages.error(request, words)
        refuse(request)
        return self._back_to(request, refund_id)

    def _go_on(self, request: HttpRequest, refund_id: int) -> HttpResponseRedirect:
        """Return the way to the next refund of the list as it is filtered, or back to it."""
        listed = self.get_changelist_instance(_as_list(request, self._filters(request)))
        following = next_of(listed.queryset, refund_id)
        if following is None:
            return HttpResponseRedirect(self._list_it_came_from(request))
        return self._back_to(request, following)


def _as_list(request: HttpRequest, filters: str) -> HttpRequest:
    """Return the request that shows the list with these filters."""
    shown = copy(request)
    shown.method, shown.GET = "GET", QueryDict(filters)
    return shown


def _seen(request: HttpRequest, ids: Collection[int]) -> dict[int, str]:
    """Return the versions of the rows that the page showed."""
    if len(ids) == 1 and "version" in request.POST:
        return dict.fromkeys(ids, request.POST["version"])
    return {pk: request.POST[f"version-{pk}"] for pk in ids if f"version-{pk}" in request.POST}


def _outcome(*, is_whole: bool) -> str:
    return (
        _("It is the adjustment: verified.") if is_whole else _("Listed until the rest is there.")
    )
