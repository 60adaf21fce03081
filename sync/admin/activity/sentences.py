"""The audit trail as sentences: who did what to which document, with its link, and why."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sync.discrepancies.drift.snapshots import change_words, told
from sync.models import Customer, Event, Payment, Refund
from sync.words import later, listed, money

Action = Event.Action
# What somebody did; the document stands where the braces are.
DID = {
    Action.EXPORT_CONFIRMED: later("confirmed {}"),
    Action.GO_ON: later("let {} go on"),
    Action.DO_NOT_EXPORT: later("said that {} is not to be exported"),
    Action.ALLOW_EXPORT: later("allowed {} to be exported again"),
    Action.RELEASE: later("released {} to be exported though a part was refunded"),
    Action.RETRY: later("had {} sent again"),
    Action.CHECK_AGAIN: later("had {} compared with QuickBooks again"),
    Action.LINKED: later("linked {} to what is in QuickBooks"),
    Action.UNLINKED: later("undid the link of {} to QuickBooks"),
    Action.CORRECTED_THERE: later("had {} in QuickBooks made as it is here"),
    Action.ACCEPTED_THERE: later("accepted {} as it is in QuickBooks"),
    Action.TAX_AS_OURS: later("agreed that {} goes with the tax charged here"),
    Action.REMOVED_FROM_QUICKBOOKS: later("removed {} from QuickBooks"),
    Action.CUSTOMER_RENAMED: later("gave {} another name for QuickBooks"),
    Action.CUSTOMER_FOR_CURRENCY: later("let what waits in another currency go to {}"),
    Action.MATCH_DECLINED: later("said that {} is none of the customers in QuickBooks"),
    Action.MATCH_RECONSIDERED: later("had {} matched anew"),
    Action.REFUND_ENTERED: later("entered {}"),
    Action.REFUND_CHANGED: later("changed {}"),
    Action.REFUND_REVIEWED: later("reviewed {}"),
    Action.REFUND_ASSIGNED: later("gave {} to somebody to work on"),
    Action.REFUND_NOTED: later("wrote a note on {}"),
    Action.REFUND_PART_TAKEN: later("took a part of a document in QuickBooks for {}"),
    Action.REFUND_VOIDED: later("took {} back"),
    Action.REFUND_VERIFIED: later("found {} adjusted in QuickBooks"),
    Action.REFUND_REOPENED: later("opened {} again"),
    Action.STRAY_DEALT_WITH: later("dealt with {}"),
    Action.DRIFT_FOUND: later("found {}"),
    Action.DRIFT_DECIDED: later("decided about {}"),
    Action.DRIFT_FOLLOWED_REFUND: later("settled {} with its refund"),
    Action.TIE_OUT_SIGNED: later("signed {}"),
    Action.DIGEST_SUBSCRIBED: later("turned on the weekly e-mail for {}"),
    Action.DIGEST_UNSUBSCRIBED: later("turned off the weekly e-mail for {}"),
    Action.NEEDS_MAIL_CHOSEN: later("chose when e-mail about what needs somebody comes to {}"),
    Action.CONNECTED: later("connected the business unit to {}"),
    Action.DISCONNECTED: later("disconnected the business unit from {}"),
    Action.LINK_MADE: later("made {}"),
    Action.LINK_MAILED: later("mailed {}"),
    Action.LINK_WITHDRAWN: later("took back {}"),
    Action.COMPANY_CONFIRMED: later("confirmed {} as the right company"),
    Action.SETUP_FINISHED: later("finished the set-up with {}"),
    Action.SHARED_CHANGE_ASKED: later("asked for a change of what several units post with to {}"),
    Action.SHARED_CHANGE_AGREED: later("agreed to a change of what several units post with to {}"),
    Action.SHARED_CHANGE_MADE: later("changed what several units post with to {}"),
    Action.SHARED_CHANGE_DECLINED: later("declined a change of what several units post with to {}"),
    Action.SHARED_CHANGE_OVERTAKEN: later(
        "dropped an overtaken change of what units post with to {}"
    ),
    Action.BOOKS_TO_READ: later("had the books of {} read"),
    Action.BOOKS_DONE: later("finished looking through the books of {}"),
    Action.BOOKS_SKIPPED: later("skipped looking through the books of {}"),
    Action.TAX_AS_LINE: later("chose that tax goes as a line to {}"),
    Action.TAX_PROVEN_ANEW: later("had the tax of {} proven anew"),
    Action.IMPORT_CONFIRMED: later("took in {}"),
    Action.IMPORT_UNDONE: later("took {} out again"),
    Action.DELIVERY_ATTACHED: later("attached {}"),
    Action.SOURCE_CONNECTED: later("connected {}"),
    Action.SOURCE_ANSWERED: later("answered the questions of {}"),
    Action.SOURCE_STARTED: later("started {}"),
    Action.SOURCE_PAUSED: later("paused {}"),
    Action.SOURCE_DISCONNECTED: later("disconnected {}"),
    Action.PULL_ASKED: later("had {} pulled"),
}
# What a row is called where it is not there any more, or is not the person's to see.
CALLED: dict[str, str] = {
    "connectlink": later("a link to connect with"),
    "delivery": later("something that waited"),
    "drift": later("a change after export"),
    "exportrun": later("an export"),
    "feed": later("a source"),
    "import": later("a file"),
    "quickbookscompany": "QuickBooks",
    "refund": later("a refund"),
    "stray": later("a document found in QuickBooks"),
    "tieout": later("a tie-out"),
    "user": later("themselves"),
}
Rows = dict[tuple[str, int], Model]


def rows_of(request: HttpRequest, events: Iterable[Event]) -> Rows:
    """Load what the events are about, as far as the person may see it: one query a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.subject_id is not None:
            wanted[event.subject_kind.lower()].add(event.subject_id)
    found: Rows = {}
    for kind, ids in wanted.items():
        shown = _page_of(kind)
        if shown is None:
            continue
        rows = shown.get_queryset(request).select_related(*_JOINED.get(kind, ()))
        found |= {(kind, pk): row for pk, row in rows.in_bulk(ids).items()}
    return found


_JOINED = {"refund": ("payment",), "payment": ("invoice",)}


def _page_of(kind: str) -> Any:
    try:
        return admin.site._registry.get(apps.get_model("sync", kind))
    except LookupError:
        return None


def sentence(event: Event, rows: Rows) -> SafeString:
    """Say it: Lee said that Invoice 1042 is not to be exported: “Barter”."""
    did = DID.get(Action(event.action)) if event.action in Action.values else None
    before, _braces, after = (did or f"{event.action.replace('_', ' ')} {{}}").partition("{}")
    return format_html(
        "{} {}{}{}{}.", event.actor or "Paidup", before, _named(event, rows), after, why(event)
    )


def _named(event: Event, rows: Rows) -> SafeString | str:
    kind = event.subject_kind.lower()
    row = rows.get((kind, event.subject_id or 0))
    words = CALLED.get(kind, f"{kind} {event.subject_id or ''}".strip() or _("it"))
    if row is None:
        return words
    try:
        page = reverse(f"admin:sync_{kind}_change", args=[row.pk])
    except NoReverseMatch:
        return words
    return format_html('<a class="paidup-link" href="{}">{}</a>', page, _name(kind, row, words))


def _name(kind: str, row: Any, words: str) -> str:
    if isinstance(row, Payment | Refund):
        currency = row.currency if isinstance(row, Payment) else row.payment.currency
        of = _("payment of %(amount)s") if kind == "payment" else _("refund of %(amount)s")
        return of % {"amount": money(row.amount, currency)}
    if isinstance(row, Customer) or kind == "invoice":
        return str(row)
    return f"{words} ({row.pk})" if kind == "exportrun" else words


def why(event: Event) -> str:
    """Return what was said or changed, to stand after a sentence; empty where nothing was."""
    said, parts = event.detail, []
    if changes := said.get("changes"):
        currency = said.get("currency", "USD")
        parts.append(str(listed(change_words(each, currency) for each in told(changes))))
    if said.get("document"):
        parts.append(str(said["document"]))
    if said.get("what"):
        parts.append(str(said["what"]))
    parts += [f"“{said[name]}”" for name in ("reason", "note", "outcome") if said.get(name)]
    return f": {'; '.join(parts)}" if parts else ""
