"""Remedies that read or write QuickBooks: offered on lists and pages, asked once more, watched."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import ScopedAdmin, is_allowed
from sync.admin.common.standing import BY_STATE, Standing
from sync.admin.common.theme import action
from sync.admin.lists.list_admin import count_up_to
from sync.admin.remedies.confirm_page import Meaning, Row, asking_page
from sync.admin.remedies.failures import link_page
from sync.exports.remedies import requests
from sync.exports.remedies.requests import DocumentStep, Remedy
from sync.models import SyncRecord
from sync.words import customers, in_a_row, invoices, later, money, number, payments

State, Kind = SyncRecord.State, SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A remedy as a page asks about it: exactly what will happen, before it does."""

    title: str
    lead: str
    button: str
    happens: str
    is_grave: bool = False


QUESTIONS = {
    Remedy.CHECK: Question(
        later("Check again in QuickBooks?"),
        later(
            "Each document is read in QuickBooks and compared with ours, to the cent. What"
            " equals ours"
            " is Exported, and what waits for it goes on. What differs shows both figures."
            " Nothing is"
            " changed in QuickBooks."
        ),
        later("Check again"),
        later("Is read and compared."),
    ),
    Remedy.COMPARE: Question(
        later("Compare with QuickBooks?"),
        later(
            "QuickBooks is searched for what has the same number, name or amount. You see"
            " both side by"
            " side, and decide then whether they are the same. Nothing is changed."
        ),
        later("Compare"),
        later("Is searched for."),
    ),
    Remedy.NAME: Question(
        later("Accept QuickBooks' names of these customers?"),
        later(
            "Each is the same customer under another name. The link stays, ours gets that name in"
            " QuickBooks from now on, and everything that waits for it goes on. Nothing is"
            " changed in"
            " QuickBooks."
        ),
        later("Accept the names"),
        later("Keeps its link, and takes its name there."),
    ),
    Remedy.UNLINK: Question(
        later("Unlink what was deleted in QuickBooks?"),
        later(
            "Each document is looked for in QuickBooks first. What was deleted there is"
            " unlinked, and"
            " may be exported again. What is still there, or was voided, stays as it is. Nothing is"
            " changed in QuickBooks."
        ),
        later("Unlink"),
        later("Is unlinked, if it was deleted there."),
    ),
    Remedy.CORRECT: Question(
        later("Send the correction to QuickBooks?"),
        later(
            "Each invoice is changed in QuickBooks to what it is here now, and read back."
            " Where it then"
            " equals ours to the cent, its payments go. Correct it here first. Nothing is"
            " changed where"
            " the books are closed, or where something is applied to it in QuickBooks."
        ),
        later("Send the correction"),
        later("Is changed in QuickBooks to what it is here."),
    ),
    Remedy.ACCEPT: Question(
        later("Accept these as they are in QuickBooks?"),
        later(
            "Each invoice stays in QuickBooks as it is there, and here as it is here. The"
            " difference is"
            " named in every tie-out, with who accepted it. Its payments go, and take no more of it"
            " than is there. Nothing is changed in QuickBooks."
        ),
        later("Accept as it is there"),
        later("Stays as it is there."),
    ),
    Remedy.REMOVE: Question(
        later("Remove from QuickBooks?"),
        later(
            "These documents are deleted in QuickBooks for good: the payments first, then their"
            " invoice. An invoice goes with all its payments, or not at all: it stays"
            " where the books"
            " are closed, where a payment was deposited, or where anything was changed in"
            " QuickBooks"
            " since. Afterwards it is marked Do not export, until somebody allows it again."
        ),
        later("Remove from QuickBooks"),
        later("Is deleted in QuickBooks."),
        is_grave=True,
    ),
}


def question_page(
    request: HttpRequest, owner: ScopedAdmin, remedy: Remedy, records: QuerySet[SyncRecord]
) -> HttpResponse | None:
    """Ask whether to do it, naming each document; None, with a message, where there is none."""
    most = requests.most_at_once(remedy)
    ids = list(records.order_by("pk").values_list("pk", flat=True)[: most + 1])
    steps = requests.plan(remedy, SyncRecord.objects.filter(pk__in=ids)) if len(ids) <= most else []
    going = [step for step in steps if not step.refused]
    if max(len(ids), len(going)) > most:
        messages.error(request, _TOO_MANY_DOCUMENTS.format(number(most)))
        return None
    if not steps:
        messages.warning(request, _("There is nothing to do for what was chosen."))
        return None
    records_going = ",".join(str(step.record.pk) for step in going)
    return asking_page(
        request,
        owner,
        QUESTIONS[remedy],
        [_row(step, QUESTIONS[remedy]) for step in steps],
        post_to=reverse("admin:sync_companyrequest_ask"),
        hidden={"remedy": remedy.value, "records": records_going},
        heading=_("The documents"),
        counted=_counted(going),
        going=records_going,
        back=request.get_full_path() if request.method == "POST" else _page_of(request),
    )


_TOO_MANY = later("You chose more than {0} rows; at most {0} go at once. Narrow the list.")
_TOO_MANY_DOCUMENTS = later(
    "What you chose is more than {} documents, as an invoice counts with each of its payments."
    " Choose less."
)


def _page_of(request: HttpRequest) -> str:
    match = request.resolver_match
    name = match.url_name if match else None
    if name is None or match is None or "object_id" not in match.kwargs:
        return reverse("admin:sync_syncrecord_changelist")
    model = name.split("_")[1]
    return reverse(f"admin:sync_{model}_change", args=[match.kwargs["object_id"]])


def _row(step: DocumentStep, question: Question) -> Row:
    record = step.record
    document = record.payment or record.invoice
    label, tone = BY_STATE[State(record.state)]
    invoice = record.payment.invoice if record.payment else None
    return Row(
        name=f"{step.name}, {invoice}" if invoice else step.name,
        url=reverse(f"admin:sync_{record.kind}_change", args=[record.document_id]),
        customer=str(document.customer) if document else "",
        amount=_amount(record, document),
        standing=Standing(label, tone, record.error),
        words=step.words or question.happens,
        refused=step.refused,
    )


def _amount(record: SyncRecord, document: Any) -> str:
    if document is None:
        return ""
    return money(document.amount if record.payment else document.total, document.currency)


def _counted(steps: Iterable[DocumentStep]) -> str:
    kinds = [step.record.kind for step in steps]
    told = ((Kind.CUSTOMER, customers), (Kind.INVOICE, invoices), (Kind.PAYMENT, payments))
    return in_a_row(how_many(kinds.count(kind)) for kind, how_many in told if kind in kinds)


LIST_ACTIONS = [
    "check_again", "compare", "accept_names", "correct", "accept_there", "unlink", "remove",
]  # fmt: skip
PAGE_ACTIONS = ["check_one", "compare_one", "name_one", "mend_one", "unlink_one", "remove_one"]
# They stand as links beside what stopped the document: a page's head has room for six buttons.
SETTLING = ["correct_one", "accept_one"]


class AskingAdmin(ScopedAdmin):
    """On a list for many at once, on a page only what makes sense for the document as it stands."""

    meaning: ClassVar[Meaning]

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Any], remedy: Remedy
    ) -> HttpResponse | None:
        allowed = self.resolvable(request, rows)
        most = requests.most_at_once(remedy)
        if count_up_to(allowed, most) > most:  # before anything of them is read
            messages.error(request, _TOO_MANY.format(number(most)))
            return None
        return question_page(request, self, remedy, self.meaning.records(allowed, remedy))

    @action(description=later("Check again in QuickBooks"), permissions=["resolve"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.CHECK)

    @action(description=later("Compare with QuickBooks, and link"), permissions=["resolve"])
    def compare(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.COMPARE)

    @action(description=later("Accept customers' names in QuickBooks"), permissions=["resolve"])
    def accept_names(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.NAME)

    @action(description=later("Send the correction to QuickBooks"), permissions=["resolve"])
    def correct(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.CORRECT)

    @action(description=later("Accept as it is in QuickBooks"), permissions=["resolve"])
    def accept_there(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.ACCEPT)

    @action(description=later("Unlink what was deleted in QuickBooks"), permissions=["resolve"])
    def unlink(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.UNLINK)

    @action(description=later("Remove from QuickBooks"), permissions=["resolve"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, Remedy.REMOVE)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done with the document as it stands."""
        found = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        if not is_allowed(request, Capability.RESOLVE, self.unit_id_of(row)):
            return found
        records = list(self._records_of(row, Remedy.CHECK).select_related("payment"))
        offered = {
            "check_one": any(r.qbo_id or r.state == State.UNCERTAIN for r in records),
            "compare_one": any(requests.is_comparable(record) for record in records),
            "name_one": any(requests.has_another_name(record) for record in records),
            "mend_one": any(requests.is_link_amiss(record) for record in records),
            "unlink_one": any(
                r.error_code == SyncRecord.Problem.GONE and r.kind != Kind.CUSTOMER for r in records
            ),
            "remove_one": any(r.qbo_id and r.kind != Kind.CUSTOMER for r in records),
        }
        offered |= dict.fromkeys(SETTLING, False)
        prefix = f"sync_{self.model._meta.model_name}_"
        unfit = {prefix + name for name, fits in offered.items() if not fits}
        return [one for one in found if one.action_name not in unfit]

    def _records_of(self, row: Any, remedy: Remedy) -> QuerySet[SyncRecord]:
        return self.meaning.records(self.model._default_manager.filter(pk=row.pk), remedy)

    def _ask_one(self, request: HttpRequest, object_id: str, remedy: Remedy) -> HttpResponse:
        row = self.get_object(request, object_id)
        page = question_page(request, self, remedy, self._records_of(row, remedy))
        return page or HttpResponse(status=302, headers={"Location": _page_of(request)})

    @action(description=later("Check again"), permissions=["resolve"], icon="fact_check")
    def check_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.CHECK)

    @action(description=later("Compare and link"), permissions=["resolve"], icon="compare_arrows")
    def compare_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.COMPARE)

    @action(
        description=later("Accept its name in QuickBooks"),
        permissions=["resolve"],
        icon="badge",
    )
    def name_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.NAME)

    @action(
        description=later("Mend the customer's link"),
        permissions=["resolve"],
        icon="add_link",
    )
    def mend_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page of the customer's link."""
        row = self.get_object(request, object_id)
        records = self._records_of(row, Remedy.CHECK).select_related("invoice", "payment")
        amiss = [record for record in records if requests.is_link_amiss(record)]
        # The document first, as it says which invoice the person came from.
        amiss.sort(key=lambda record: record.kind == Kind.CUSTOMER)
        return HttpResponseRedirect(link_page(amiss[0]) if amiss else _page_of(request))

    @action(description=later("Send the correction"), permissions=["resolve"], icon="send")
    def correct_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.CORRECT)

    @action(description=later("Accept as it is there"), permissions=["resolve"], icon="handshake")
    def accept_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.ACCEPT)

    @action(description=later("Unlink"), permissions=["resolve"], icon="link_off")
    def unlink_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.UNLINK)

    @action(description=later("Remove from QuickBooks"), permissions=["resolve"], icon="delete")
    def remove_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_one(request, object_id, Remedy.REMOVE)
