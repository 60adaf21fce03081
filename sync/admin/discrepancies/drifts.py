"""Changes after export: what differs from what was exported, in QuickBooks or here."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import AccessDenied, Capability
from sync.admin.common.base import ReadOnlyMixin, actor_of, row_numbers
from sync.admin.common.once import acts_once
from sync.admin.common.theme import NOTHING, DropdownFilter, Textarea, action, display
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, moment_words
from sync.admin.search.documents import HELP, search_records
from sync.discrepancies.drift.decide import LONGEST_NOTE, DecisionRefused, decide
from sync.discrepancies.drift.drift import look_at
from sync.discrepancies.words import drift_words, whose
from sync.models import Drift, SyncRecord
from sync.quickbooks.links import deep_link
from sync.words import later, number

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select

State = Drift.State
LIST = "admin:sync_drift_changelist"
COLOURS = {State.OPEN: "warning", State.EXPLAINED: "info", State.ACCEPTED: "success"}
MOST_AT_ONCE = 1_000


class DecisionForm(forms.Form):
    """Accept or explain; what a decision needs, the room says."""

    state = forms.ChoiceField(
        label=later("Decision"),
        widget=Select(),
        choices=[
            (State.ACCEPTED.value, later("Accept: it is right as it stands now")),
            (
                State.EXPLAINED.value,
                later("Explain: it stays different, for the reason below"),
            ),
        ],
    )
    note = forms.CharField(
        label=later("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=Textarea(attrs={"rows": 3, "data-first": True}),
    )


class StandingFilter(DropdownFilter):
    """Opens on what waits for a decision."""

    title = later("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((state.value, str(state.label)) for state in State), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() if self.value() in State.values else State.OPEN)


@admin.register(Drift)
class DriftAdmin(ReadOnlyMixin, ListAdmin):
    """What was changed, voided or deleted after it was exported."""

    change_capability = Capability.RESOLVE
    list_display = [
        "what", "customer", "business_unit", "state_shown", "in_quickbooks", "note"
    ]  # fmt: skip
    list_display_links = None
    list_select_related = [
        "record__company",
        "record__invoice__customer",
        "record__payment__customer",
        "record__payment__invoice",
        "business_unit",
    ]
    list_filter = [StandingFilter, UnitFilter, "side"]
    search_fields = ["record"]
    search_help_text = HELP
    ordering = ["-changed_at", "-id"]
    readonly_fields = [
        "what", "customer", "business_unit", "state_shown", "in_quickbooks", "note", "decided"
    ]  # fmt: skip
    fields = (*readonly_fields,)
    actions = ["decide_selected"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.decide_view))
        return [path("decide/", view, name="sync_drift_decide"), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return search_records(request, queryset, search_term, "record__"), False

    @display(description=later("what changed"), ordering="changed_at")
    def what(self, drift: Drift) -> str:
        return drift_words(drift)

    @display(description=later("customer and invoice"))
    def customer(self, drift: Drift) -> SafeString:
        record = drift.record
        return format_html(
            '<a class="paidup-link" href="{}">{}</a><br><span class="paidup-muted">{}</span>',
            reverse(
                f"admin:sync_{record.kind}_change", args=[record.invoice_id or record.payment_id]
            ),
            *whose(record),
        )

    @display(description=later("state"))
    def state_shown(self, drift: Drift) -> SafeString:
        colour = COLOURS.get(State(drift.state), "quiet")
        return format_html(
            '<span class="paidup-badge paidup-{}">{}</span>', colour, drift.get_state_display()
        )

    @display(description=later("in QuickBooks"))
    def in_quickbooks(self, drift: Drift) -> SafeString:
        record = drift.record
        return format_html(
            '<a class="paidup-link whitespace-nowrap" href="{}" target="_blank" rel="noopener">'
            "{} {} ↗</a>",
            deep_link(record.company.realm_id, record.kind.capitalize(), record.qbo_id),
            record.get_kind_display(),
            record.qbo_id,
        )

    @display(description=later("decided by"))
    def decided(self, drift: Drift) -> str:
        if drift.decided_by is None:
            return NOTHING
        return f"{drift.decided_by}, {moment_words(drift.decided_at, drift.business_unit)}"

    @action(description=later("Accept or explain"), permissions=["resolve"])
    def decide_selected(
        self, request: HttpRequest, queryset: QuerySet[Drift]
    ) -> HttpResponse | None:
        """Ask what to say of the ticked changes; nothing is stored before that page is posted."""
        held = self.within(request, queryset, Capability.RESOLVE).order_by(*self.ordering)
        drifts = list(held[: MOST_AT_ONCE + 1])
        if not drifts or len(drifts) > MOST_AT_ONCE:
            messages.error(
                request,
                _("Tick 1 to %(MOST_AT_ONCE)s changes that you may decide on.")
                % {"MOST_AT_ONCE": number(MOST_AT_ONCE)},
            )
            return None
        return self._page(request, DecisionForm(), drifts)

    @acts_once
    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """Store the decision on the changes of the page before."""
        ids = row_numbers(request.POST.getlist("drift"))
        held = self.get_queryset(request).select_related(*self.list_select_related)
        drifts = list(held.filter(pk__in=ids[: MOST_AT_ONCE + 1]))
        if not ids or len(drifts) != len(set(ids)):
            raise PermissionDenied
        form = DecisionForm(request.POST)
        if form.is_valid():
            state, note = State(form.cleaned_data["state"]), form.cleaned_data["note"]
            try:
                number = decide(ids, actor_of(request), state, note)
            except DecisionRefused as refused:
                form.add_error("note", str(refused))
            except AccessDenied as denied:
                raise PermissionDenied from denied
            else:
                messages.success(
                    request,
                    _("%(number)s changes: %(label)s.")
                    % {"number": number, "label": state.label.lower()},
                )
                return HttpResponseRedirect(reverse(LIST))
        return self._page(request, form, drifts)

    def _page(self, request: HttpRequest, form: DecisionForm, drifts: list[Drift]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Accept or explain"),
            "form": form,
            "drifts": [
                {
                    "pk": drift.pk,
                    "words": drift_words(drift),
                    "whose": ", ".join(whose(drift.record)),
                    "link": self.in_quickbooks(drift),
                }
                for drift in drifts
            ],
            "back": reverse(LIST),
        }
        return TemplateResponse(request, "admin/sync/discrepancies/drifts/decide.html", context)


def warn_before(request: HttpRequest, name: str, records: QuerySet[SyncRecord]) -> None:
    """Say, before anything is changed, that QuickBooks would not be told."""
    if request.method == "GET" and records.exclude(qbo_id="").exists():
        messages.warning(
            request,
            _(
                "This %(name)s is in QuickBooks. What you change here is not sent there: it "
                "is listed under Changes after export."
            )
            % {"name": name},
        )


def list_after(request: HttpRequest, name: str, records: QuerySet[SyncRecord]) -> None:
    """List what was just changed of an exported document, and say so."""
    exported = records.exclude(qbo_id="").select_related("business_unit", "invoice", "payment")
    if exported:
        look_at(exported)
        messages.warning(
            request,
            _(
                "This %(name)s is already in QuickBooks. What you changed here is not sent: "
                "change it in QuickBooks too. It is listed under Changes after export."
            )
            % {"name": name},
        )
