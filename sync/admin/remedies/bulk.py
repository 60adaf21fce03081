"""What a person decides about many invoices: one page that asks, one POST that does it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import AccessDenied, Capability
from sync.admin.common.base import ScopedAdmin, actor_of, row_numbers
from sync.admin.common.once import acts_once
from sync.admin.common.standing import Standing, standings
from sync.admin.common.theme import Textarea, action
from sync.admin.remedies.bulk_words import QUESTIONS, what_happens
from sync.admin.remedies.confirm_page import Meaning, Row, asking_page
from sync.exports.remedies import decide
from sync.exports.remedies.decision_plan import (
    MOST_AT_ONCE,
    NEEDS_REASON,
    Decision,
    InvoiceStep,
    plan,
)
from sync.models import Invoice, Payment
from sync.words import invoices as how_many
from sync.words import later, money, number

MOST_SAID = 10
LIST = "admin:sync_invoice_changelist"


class ReasonForm(forms.Form):
    """Why; it stands beside the invoice and in the activity from then on."""

    reason = forms.CharField(
        label=later("Reason"), max_length=300, widget=Textarea(attrs={"rows": 3})
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page asks: of which invoices, and where the person came from."""

    decision: Decision
    invoice_ids: Sequence[int]
    back: str
    strays: Sequence[Row] = ()  # chosen rows that no decision can be about
    note: str = ""


def question_page(
    request: HttpRequest, owner: ScopedAdmin, asked: Asked, form: ReasonForm | None = None
) -> HttpResponse:
    """Ask whether to do it, saying of each invoice what will happen or why it is left out."""
    steps = plan(asked.decision, asked.invoice_ids)
    going = [step.invoice.pk for step in steps if not step.refused]
    invoices = ",".join(map(str, going))
    return asking_page(
        request,
        owner,
        QUESTIONS[asked.decision],
        [*asked.strays, *_rows(steps)],
        post_to=reverse("admin:sync_invoice_decide"),
        hidden={"decision": asked.decision.value, "invoices": invoices, "back": asked.back},
        heading=_("The invoices"),
        counted=how_many(len(going)),
        going=invoices,
        back=asked.back,
        note=asked.note,
        form=(form or ReasonForm()) if asked.decision in NEEDS_REASON else None,
    )


def _rows(steps: Sequence[InvoiceStep]) -> list[Row]:
    payments: dict[int | None, list[Payment]] = defaultdict(list)
    chosen = Payment.objects.filter(invoice__in=[step.invoice.pk for step in steps])
    for payment in chosen.select_related("business_unit", "invoice").order_by("received_on", "pk"):
        if payment.voided_at is None:
            payments[payment.invoice_id].append(payment)
    stands = standings(payment for group in payments.values() for payment in group)
    return [
        Row(
            name=str(step.invoice),
            url=step.invoice.get_absolute_url(),
            customer=str(step.invoice.customer),
            amount=money(step.invoice.total, step.invoice.currency),
            standing=_standing([stands[payment.pk] for payment in payments[step.invoice.pk]]),
            words=what_happens(step, len(payments[step.invoice.pk])),
            refused=step.refused,
        )
        for step in steps
    ]


def _standing(stands: Sequence[Standing]) -> Standing | None:
    """Return how an invoice stands: as the payment that needs a person, or as the first."""
    troubled = [standing for standing in stands if standing.tone in {"danger", "warning"}]
    return next(iter([*troubled, *stands]), None)


class DecidingLists(ScopedAdmin):
    """Actions of a list: many at once, within the units where the person may resolve."""

    meaning: ClassVar[Meaning]

    def _decide(
        self, request: HttpRequest, rows: QuerySet[Any], decision: Decision
    ) -> HttpResponse | None:
        allowed = self.resolvable(request, rows)
        invoices = self.meaning.invoices(allowed).order_by("pk")
        ids = list(invoices.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(ids) > MOST_AT_ONCE:
            messages.error(
                request,
                _("Choose at most %(MOST_AT_ONCE)s invoices: narrow the list.")
                % {"MOST_AT_ONCE": number(MOST_AT_ONCE)},
            )
            return None
        strays = list(self.meaning.strays(allowed))
        if not ids and not strays:
            return None  # what was left out was said
        asked = Asked(decision, ids, request.get_full_path(), strays)
        return question_page(request, self, asked)

    @action(description=later("Retry what failed"), permissions=["resolve"])
    def retry_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, Decision.RETRY)

    @action(description=later("Do not export"), permissions=["resolve"])
    def hold_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, Decision.HOLD)

    @action(description=later("Allow export again"), permissions=["resolve"])
    def allow_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, Decision.ALLOW)

    @action(description=later("Release what was refunded"), permissions=["resolve"])
    def release_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, Decision.RELEASE)


DECISIONS = ["retry_many", "hold_many", "allow_many", "release_many"]


class DecisionView(ScopedAdmin):
    """Where the page that asks is posted to: an address of the invoices' own."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.decide_view))
        return [path("decide/", view, name="sync_invoice_decide"), *super().get_urls()]

    @acts_once
    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """Do what was asked to the invoices that were listed, and say exactly what became of it."""
        decision = _decision_in(request)
        ids = row_numbers(request.POST.get("invoices", "").split(","))
        seen = self.within(request, Invoice.objects.filter(pk__in=ids), Capability.VIEW)
        if not 0 < len(ids) <= MOST_AT_ONCE or seen.count() != len(set(ids)):
            raise Http404
        back = _back_in(request)
        form = ReasonForm(request.POST)
        if decision in NEEDS_REASON and not form.is_valid():
            return question_page(request, self, Asked(decision, ids, back), form)
        try:
            steps = decide.decide(decision, ids, actor_of(request), request.POST.get("reason", ""))
        except AccessDenied as denied:
            raise PermissionDenied from denied
        _tell(request, decision, steps)
        return HttpResponseRedirect(back)


def _decision_in(request: HttpRequest) -> Decision:
    try:
        return Decision(request.POST.get("decision", ""))
    except ValueError as unknown:
        raise Http404 from unknown


def _back_in(request: HttpRequest) -> str:
    """Return the page the person came from; a foreign address is not followed."""
    back = request.POST.get("back", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(back, hosts, require_https=request.is_secure()):
        return back
    return reverse(LIST)


def _tell(request: HttpRequest, decision: Decision, steps: Sequence[InvoiceStep]) -> None:
    refused = [step.refused for step in steps if step.refused]
    if done := len(steps) - len(refused):
        question = QUESTIONS[decision]
        messages.success(
            request, f"{how_many(done)} {question.one if done == 1 else question.many}"
        )
    for words in refused[:MOST_SAID]:
        messages.warning(request, words)
    if (more := len(refused) - MOST_SAID) > 0:
        messages.warning(
            request,
            ngettext("%(invoices)s more was left out.", "%(invoices)s more were left out.", more)
            % {"invoices": how_many(more)},
        )
