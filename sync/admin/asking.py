"""Remedies that read or write QuickBooks: offered on lists and pages, asked once more, watched."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.access import Capability
from sync.admin.base import ScopedAdmin, is_allowed
from sync.admin.standing import BY_STATE
from sync.admin.theme import action
from sync.exports import asking
from sync.exports.asking import Remedy, Step
from sync.exports.decisions import MOST_AT_ONCE
from sync.exports.reasons import money
from sync.exports.there import GONE
from sync.models import SyncRecord

State, Kind = SyncRecord.State, SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A remedy as a page asks about it: exactly what will happen, before it does."""

    title: str
    lead: str
    button: str
    is_grave: bool = False


QUESTIONS = {
    Remedy.CHECK: Question(
        "Check again in QuickBooks?",
        "Each document is read in QuickBooks and compared with ours, to the cent. What equals ours"
        " is Exported, and what waits for it goes on. What differs shows both figures. Nothing is"
        " changed in QuickBooks.",
        "Check again",
    ),
    Remedy.COMPARE: Question(
        "Compare with QuickBooks?",
        "QuickBooks is searched for what has the same number, name or amount. You see both side by"
        " side, and decide then whether they are the same. Nothing is changed.",
        "Compare",
    ),
    Remedy.UNLINK: Question(
        "Unlink what was deleted in QuickBooks?",
        "Each document is looked for in QuickBooks first. What was deleted there is unlinked, and"
        " may be exported again. What is still there, or was voided, stays as it is. Nothing is"
        " changed in QuickBooks.",
        "Unlink",
    ),
    Remedy.REMOVE: Question(
        "Remove from QuickBooks?",
        "These documents are deleted in QuickBooks for good: the payments first, then their"
        " invoice. An invoice goes with all its payments, or not at all: it stays where the books"
        " are closed, where a payment was deposited, or where anything was changed in QuickBooks"
        " since. Afterwards it is marked Do not export, until somebody allows it again.",
        "Remove from QuickBooks",
        is_grave=True,
    ),
}


def question_page(
    request: HttpRequest, owner: ScopedAdmin, remedy: Remedy, records: QuerySet[SyncRecord]
) -> HttpResponse | None:
    """Ask whether to do it, naming each document; None, with a message, where there is none."""
    ids = list(records.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(ids) > MOST_AT_ONCE:
        messages.error(request, f"Choose at most {MOST_AT_ONCE:,} documents: narrow the list.")
        return None
    steps = asking.plan(remedy, SyncRecord.objects.filter(pk__in=ids))
    going = [step for step in steps if not step.refused]
    if not steps:
        messages.warning(request, "There is nothing to do for what was chosen.")
        return None
    question = QUESTIONS[remedy]
    context = {
        **owner.admin_site.each_context(request),
        "opts": owner.model._meta,
        "title": question.title,
        "question": question,
        "remedy": remedy.value,
        "rows": [_row(step) for step in steps],
        "counted": _counted(going),
        "going": ",".join(str(step.record.pk) for step in going),
        "back": request.get_full_path() if request.method == "POST" else _page_of(request),
    }
    return TemplateResponse(request, "admin/sync/remedies/ask.html", context)


def _page_of(request: HttpRequest) -> str:
    match = request.resolver_match
    name = match.url_name if match else None
    if name is None or match is None or "object_id" not in match.kwargs:
        return reverse("admin:sync_syncrecord_changelist")
    model = name.split("_")[1]
    return reverse(f"admin:sync_{model}_change", args=[match.kwargs["object_id"]])


def _row(step: Step) -> dict[str, Any]:
    record = step.record
    document = record.payment or record.invoice
    label, tone = BY_STATE[State(record.state)]
    invoice = record.payment.invoice if record.payment else None
    return {
        "name": f"{step.name}, {invoice}" if invoice else step.name,
        "amount": _amount(record, document),
        "label": label,
        "tone": tone,
        "words": record.error,
        "refused": step.refused,
    }


def _amount(record: SyncRecord, document: Any) -> str:
    if document is None:
        return ""
    return money(document.amount if record.payment else document.total, document.currency)


def _counted(steps: Iterable[Step]) -> str:
    kinds = [step.record.kind for step in steps]
    parts = [
        f"{kinds.count(kind)} {word}{'' if kinds.count(kind) == 1 else 's'}"
        for kind, word in ((Kind.CUSTOMER, "customer"), (Kind.INVOICE, "invoice"),
                           (Kind.PAYMENT, "payment"))
        if kind in kinds
    ]  # fmt: skip
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


class AskingLists(ScopedAdmin):
    """Actions of a list: many at once, within the units where the person may resolve."""

    def records_about(self, rows: QuerySet[Any], remedy: Remedy) -> QuerySet[SyncRecord]:
        """Return the sync records that the chosen rows mean."""
        raise NotImplementedError

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Any], remedy: Remedy
    ) -> HttpResponse | None:
        allowed = self.resolvable(request, rows)
        return question_page(request, self, remedy, self.records_about(allowed, remedy))

    @action(description="Check again in QuickBooks", permissions=["resolve"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.CHECK)

    @action(description="Compare with QuickBooks, and link", permissions=["resolve"])
    def compare(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.COMPARE)

    @action(description="Unlink what was deleted in QuickBooks", permissions=["resolve"])
    def unlink(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.UNLINK)

    @action(description="Remove from QuickBooks", permissions=["resolve"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.REMOVE)


LIST_ACTIONS = ["check_again", "compare", "unlink", "remove"]
PAGE_ACTIONS = ["check_one", "compare_one", "unlink_one", "remove_one"]


class AskingPages(ScopedAdmin):
    """Buttons of a page: only those that make sense for the document as it stands."""

    def records_of(self, row: Any, remedy: Remedy) -> QuerySet[SyncRecord]:
        """Return the sync records that the page's remedies are about."""
        raise NotImplementedError

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done with the document as it stands."""
        found = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        if not is_allowed(request, Capability.RESOLVE, self.unit_id_of(row)):
            return found
        records = list(self.records_of(row, Remedy.CHECK).select_related("payment"))
        offered = {
            "check_one": any(r.qbo_id or r.state == State.UNCERTAIN for r in records),
            "compare_one": any(asking.is_comparable(record) for record in records),
            "unlink_one": any(record.error_code == GONE for record in records),
            "remove_one": any(r.qbo_id and r.kind != Kind.CUSTOMER for r in records),
        }
        prefix = f"sync_{self.model._meta.model_name}_"
        unfit = {prefix + name for name, fits in offered.items() if not fits}
        return [one for one in found if one.action_name not in unfit]

    def _ask_one(self, request: HttpRequest, object_id: str, remedy: Remedy) -> HttpResponse:
        row = self.get_object(request, object_id)
        page = question_page(request, self, remedy, self.records_of(row, remedy))
        return page or HttpResponse(status=302, headers={"Location": _page_of(request)})

    @action(description="Check again", permissions=["resolve"], icon="fact_check")
    def check_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.CHECK)

    @action(description="Compare and link", permissions=["resolve"], icon="compare_arrows")
    def compare_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.COMPARE)

    @action(description="Unlink", permissions=["resolve"], icon="link_off")
    def unlink_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.UNLINK)

    @action(description="Remove from QuickBooks", permissions=["resolve"], icon="delete")
    def remove_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.REMOVE)
