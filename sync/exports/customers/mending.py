"""Mending the link of a customer: to another one in QuickBooks, to a new one, or to none.

What went stays with the customer that it has there, and its payments go to that one. What is still
to go goes to the new one. Nothing in QuickBooks is changed.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.exports.customers.deciding import put_before_a_person
from sync.exports.customers.holders import OF_OTHERS, held_by_others
from sync.exports.customers.link_state import (
    documents_of,
    in_the_way,
    sent_for,
    stopped_invoices,
)
from sync.exports.delivery.settling import make_sendable
from sync.exports.documents.confirmed_content import customer_content
from sync.exports.documents.customer_names import CustomerNames
from sync.exports.documents.remote import read, read_ids, take
from sync.exports.remedies import requests
from sync.exports.remedies.compare import why_not_customer
from sync.exports.remedies.customer_links import say_inactive, take_name
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.decision_plan import Decision, plan
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.link import link_to
from sync.exports.remedies.requests import DocumentStep, Remedy, name_of
from sync.exports.remedies.results import Outcomes, RemedyResult, resume
from sync.exports.remedies.retry import queue_again
from sync.exports.runs.outbox import take_back
from sync.mappings.parties import SHOWN, keep, party_of
from sync.models import CompanyRequest, Customer, Event, ExportRun, ExportRunItem, Party, SyncRecord
from sync.quickbooks.documents import Entity, marker_of, name_key, ref_id
from sync.words import stored, stored_count, together

State, Kind = SyncRecord.State, SyncRecord.Kind

NOT_LINKED = stored("It is not linked to any customer in QuickBooks.")
SAME = stored("It is linked to that one already.")
NOT_THERE = stored("That customer is not in QuickBooks any more. Choose another one.")
CHANGED_HERE = stored("Its link was changed meanwhile. Look at it again.")
TAKEN_BACK = stored("Its customer was unlinked in QuickBooks before it was sent.")
CHANGED_THERE = stored("It was changed in QuickBooks after it was read. Look at it again.")
NAME_HELD = stored(
    "The customer of this name is still active in QuickBooks, so no other one can "
    "get the name. Give ours another name in QuickBooks first, on its page, or "
    "link to another one."
)


def ask_to_mend(
    record: SyncRecord, remedy: Remedy, actor: User, *, to: str = "", only: int | None = None
) -> CompanyRequest:
    """Write down that a customer's link is to be mended; `only` is the one invoice to go on by it.

    `to` is the id in QuickBooks of the customer to link to. Raises AccessDenied and RemedyRefused.
    """
    access.require(actor, Capability.RESOLVE, record.business_unit_id)
    if record.kind != Kind.CUSTOMER or not record.qbo_id:
        raise RemedyRefused(NOT_LINKED)
    if remedy == Remedy.RELINK and to in {"", record.qbo_id}:
        raise RemedyRefused(SAME if to else stored("Choose a customer."))
    if to and actor and held_by_others(record.company_id, actor).filter(qbo_id=to).exists():
        raise RemedyRefused(OF_OTHERS)
    if words := in_the_way(record):
        raise RemedyRefused(words)
    more = {"to": [to, ""]} | ({"only": [str(only)]} if only else {})
    step = DocumentStep(record, name_of(record))
    return requests.write_down(remedy, [step], actor, lambda _: more)[0]


@isolated(by_document)
def accept_name(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Call customers as QuickBooks does now, a query for many, and let go what waited."""
    outcomes = Outcomes(request)
    records = outcomes.records()
    progress(request, stored("Reading QuickBooks"), 0, len(records))
    there = read(session.client, records)
    with transaction.atomic():
        session.lease.lock()
        for record in records:
            record.refresh_from_db()
            _take_name(outcomes, record, there.get(record.pk))
        named = [record for record in records if record.state == State.EXPORTED]
        make_sendable(named)
        resume(named)
        outcomes.audit(named, Event.Action.CUSTOMER_RENAMED)
    return outcomes.result(stored("It is not linked to any customer in QuickBooks any more."))


def _take_name(outcomes: Outcomes, record: SyncRecord, entity: Entity | None) -> None:
    if not record.qbo_id or entity is None:
        outcomes.say(record.pk, NOT_THERE if record.qbo_id else NOT_LINKED)
        return
    if words := why_not_customer(entity, record.content["currency"], record.company):
        say_inactive(record, entity)
    else:
        take_name(record, entity)
        take(record, entity, [])
        words = stored(
            "It is called %(name)s here as well now.",
            name=record.content["display_name"],
        )
    record.save()
    outcomes.say(record.pk, words, done=record.state == State.EXPORTED)


@dataclass(slots=True)
class _Link:
    """One link that is about to be changed, and what was read for it."""

    record: SyncRecord
    actor: User | None
    sent: list[SyncRecord]
    documents: dict[int, Entity]
    customers: dict[str, Entity]
    target: str = ""
    only: str = ""

    @property
    def is_gone(self) -> bool:
        """Say whether ours leads nowhere: merged into another one, or inactive."""
        return self.customers.get(self.record.qbo_id, {}).get("Active", True) is False or (
            self.record.qbo_id not in self.customers
        )


class _Way(NamedTuple):
    """A way to mend a link: why it may not be gone, else what is done; both under lock."""

    refusal: Callable[[_Link], str]
    do: Callable[[_Link], str]


@isolated(by_document)
def relink(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Link customers to others in QuickBooks; what was refused for their sake is sent again."""
    return _mend(session, request, _Way(_not_to_another, _to_another))


@isolated(by_document)
def create_anew(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Have customers created in QuickBooks anew, when the next of what is theirs goes."""
    return _mend(session, request, _Way(_not_to_a_new_one, _to_a_new_one))


@isolated(by_document)
def let_go(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Unlink customers: what waits for them is taken back, and a person matches them again."""
    return _mend(session, request, _Way(lambda _link: "", _to_none))


def _mend(session: CompanySession, request: CompanyRequest, way: _Way) -> RemedyResult:
    outcomes = Outcomes(request)
    for record in outcomes.records():
        progress(request, stored("Reading QuickBooks"), 0, len(outcomes.asked))
        link = _read(session, outcomes, record)
        with transaction.atomic():
            session.lease.lock()
            before = record.qbo_id
            record.refresh_from_db()
            record.company = session.company
            if record.qbo_id != before:
                outcomes.say(record.pk, CHANGED_HERE)
            elif words := in_the_way(record) or way.refusal(link):
                outcomes.say(record.pk, words)
            else:
                stay = _keep_where_they_are(link)
                _check_again(link)
                outcomes.say(record.pk, together(way.do(link), stay), done=True)
    return outcomes.result(NOT_LINKED)


def _read(session: CompanySession, outcomes: Outcomes, record: SyncRecord) -> _Link:
    asked = outcomes.asked[record.pk]
    sent, target = sent_for(record), asked.get("to", ("", ""))[0]
    documents = read(session.client, sent)
    customers = read_ids(session.client, Kind.CUSTOMER, {record.qbo_id, target} - {""})
    only = next(iter(asked.get("only", [])), "")
    actor = outcomes.request.requested_by
    return _Link(record, actor, sent, documents, customers, target, only)


def _keep_where_they_are(link: _Link) -> str:
    """Let what went stay with the customer that it has there, and say how much that is.

    What somebody moved to yet another one stays a difference, unless ours leads nowhere: then it
    was moved by the merge.
    """
    stay: dict[str, list[int]] = defaultdict(list)
    for document in link.sent:
        was = document.customer_there or link.record.qbo_id
        now = ref_id(link.documents.get(document.pk, {}), "CustomerRef")
        is_moved_by_merge = now == link.target or link.is_gone
        stays = now if now and is_moved_by_merge else was
        stay["" if stays == link.target else stays].append(document.pk)
    invoices = {document.pk: document.invoice_id for document in link.sent}
    for customer, ids in stay.items():
        SyncRecord.objects.filter(pk__in=ids).update(customer_there=customer)
        waiting = documents_of(link.record).filter(
            payment__invoice__in=[invoices[pk] for pk in ids if invoices[pk]], qbo_id=""
        )
        waiting.update(customer_there=customer)
    left = sum(len(ids) for customer, ids in stay.items() if customer)
    if not left:
        return ""
    return stored_count(
        "%(count)s document that went stay where they are in QuickBooks.",
        "%(count)s documents that went stay where they are in QuickBooks.",
        left,
    )


def _check_again(link: _Link) -> None:
    """Have what differed compared once more: it may only have had another customer."""
    ids = [document.pk for document in link.sent]
    differing = SyncRecord.objects.filter(
        pk__in=ids, state=State.MISMATCH, error_code=SyncRecord.Problem.MISMATCH
    )
    if link.actor is not None and differing.exists():
        requests.ask(Remedy.CHECK, list(differing.values_list("pk", flat=True)), link.actor)


# To another one ----------------------------------------------------------------------------------


def _not_to_another(link: _Link) -> str:
    theirs, company = link.customers.get(link.target), link.record.company
    if theirs is None:
        return NOT_THERE
    shown = Party.objects.filter(
        company=company, kind=Party.Kind.CUSTOMER, qbo_id=link.target
    ).first()
    fresh = party_of(theirs, company, Party.Kind.CUSTOMER, timezone.now())
    if shown and any(getattr(fresh, name) != getattr(shown, name) for name in SHOWN):
        keep([fresh])
        return CHANGED_THERE
    return why_not_customer(theirs, link.record.content["currency"], company)


def _to_another(link: _Link) -> str:
    record, theirs = link.record, link.customers[link.target]
    Event.objects.record(Event.Action.UNLINKED, link.actor, [record.as_subject()])
    link_to(record, theirs, link.actor)
    record.save()
    Event.objects.record(Event.Action.LINKED, link.actor, [record.as_subject()])
    going = _send_what_was_refused(link)
    waiting = list(documents_of(record).filter(qbo_id="", state=State.PENDING))
    make_sendable([record])
    _resume(record, waiting)
    count = len({document.invoice_id for document in waiting} - {None})
    goes = (
        stored_count("%(count)s invoice goes to it now.", "%(count)s invoices go to it now.", count)
        if count
        else ""
    )
    again = (
        stored_count(
            "%(count)s of them was refused before.", "%(count)s of them were refused before.", going
        )
        if going
        else ""
    )
    if going and not count:
        again = stored("What was refused before is sent again.")
    return together(stored("Linked to %(name)s.", name=record.content["display_name"]), goes, again)


def _resume(record: SyncRecord, waiting: Sequence[SyncRecord]) -> None:
    """Let runs go on; one that is paused stays so until a person sends it on."""
    paused = ExportRun.objects.filter(
        pk__in={each.run_id for each in (record, *waiting)}, state=ExportRun.State.PAUSED
    )
    resting = set(paused.values_list("pk", flat=True))
    resume(each for each in (record, *waiting) if each.run_id not in resting)


def _send_what_was_refused(link: _Link) -> int:
    ids = [pk for pk in stopped_invoices(link.record) if link.only in {"", str(pk)}]
    steps = [step for step in plan(Decision.RETRY, ids) if not step.refused]
    if steps:
        queue_again(link.record.company, steps)
        Event.objects.record(
            Event.Action.RETRY,
            link.actor,
            [record.as_subject() for step in steps for record in step.stopped],
        )
    return len(steps)


# To a new one, or to none ------------------------------------------------------------------------


def _not_to_a_new_one(link: _Link) -> str:
    theirs = link.customers.get(link.record.qbo_id)
    if link.is_gone or theirs is None or link.record.customer is None:
        return ""
    name = CustomerNames(link.record.company).anew(link.record.customer)
    return NAME_HELD if name_key(str(theirs["DisplayName"])) == name_key(name) else ""


def _to_a_new_one(link: _Link) -> str:
    record, customer = link.record, Customer.objects.get(sync_records=link.record)
    Event.objects.record(Event.Action.UNLINKED, link.actor, [record.as_subject()])
    _send_what_was_refused(link)
    waiting = list(documents_of(record).filter(qbo_id="", invoice__isnull=False))
    _mark_anew(customer)
    if not waiting:
        record.delete()
        return stored("It is created in QuickBooks anew when the next invoice of it goes.")
    name = CustomerNames(record.company).anew(customer)
    fresh = SyncRecord(
        pk=record.pk,
        company=record.company,
        business_unit=record.business_unit,
        kind=Kind.CUSTOMER,
        customer=customer,
        run_id=next((each.run_id for each in waiting if each.run_id), None),
        requested_by=link.actor,
        marker=marker_of(record.business_unit.code, record.company.realm_id, customer.uuid),
        content=customer_content(customer, name, record.content["currency"]),
        name_key=name_key(name),
        is_single=any(each.is_single for each in waiting),
        is_sendable=True,
        queued_at=timezone.now(),
    )
    fresh.save(force_update=True)
    SyncRecord.objects.filter(pk__in=[each.pk for each in waiting]).update(is_sendable=False)
    _resume(fresh, waiting)
    return stored("%(name)s is created in QuickBooks anew, and what waits goes to it.", name=name)


def _to_none(link: _Link) -> str:
    record = link.record
    waiting = documents_of(record).filter(invoice__isnull=False, qbo_id="")
    ids = list(waiting.values_list("invoice", flat=True))
    take_back(record.company_id, [pk for pk in ids if pk], ExportRunItem.Cause.UNLINKED, TAKEN_BACK)
    if record.customer is not None:
        _mark_anew(record.customer)
    put_before_a_person([record], link.actor)
    return stored(
        "It is linked no more: say which one it is under Customers to match, or export it."
    )


def _mark_anew(customer: Customer) -> None:
    """Give a customer another mark: the one before stands in the customer that it was there."""
    customer.uuid = uuid4()
    customer.save(update_fields=["uuid"])
