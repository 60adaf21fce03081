"""Going live: from a sandbox to a company's real books in steps, each ticked by what is seen here.

docs/going-live.md says the same at length. Nothing is asked of QuickBooks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from config import safety
from sync.connections.probing import last_probe
from sync.connections.readiness import missing_setup
from sync.models import (
    BusinessUnit,
    ExportRun,
    ExportRunItem,
    ProbeReport,
    QuickBooksCompany,
    SyncRecord,
    TieOut,
    WebhookEvent,
)

State, Choice = SyncRecord.State, ExportRunItem.Choice
FIRST, BATCH = 10, 11
_NOT_WELL = (State.FAILED, State.UNCERTAIN, State.MISMATCH)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, what was seen, what to do, and what to do when it fails."""

    key: str
    title: str
    is_done: bool
    seen: str
    todo: str
    if_it_fails: str


def addresses() -> list[tuple[str, str]]:
    """What to register at Intuit's developer site, in its words."""
    site = settings.SITE_URL
    return [
        ("Redirect URI", settings.QUICKBOOKS_REDIRECT_URI),
        ("Webhooks endpoint URL", f"{site}/quickbooks/webhooks/"),
        ("Launch URL", f"{site}/quickbooks/launch/"),
        ("Disconnect URL", f"{site}/quickbooks/disconnected/"),
        ("Reconnect URL", f"{site}/quickbooks/reconnect/"),
        ("End-user licence agreement URL", f"{site}/terms/"),
        ("Privacy policy URL", f"{site}/privacy/"),
    ]


def steps_of(unit: BusinessUnit) -> list[Step]:
    """Return every step of one unit, in order, in a fixed number of queries."""
    company = unit.quickbooks_company
    makers: list[Callable[[], Step]] = [
        _keys,
        _redirect,
        lambda: _webhooks(company),
        lambda: _connected(unit, company),
        lambda: _probe(company),
        lambda: _trial(unit),
        lambda: _first_ten(unit, company),
        lambda: _first_batch(unit),
        lambda: _tie_out(unit, company),
    ]
    return [make() for make in makers]


def _keys() -> Step:
    environment = settings.QUICKBOOKS_ENVIRONMENT
    simulators = {safety.SIMULATORS_CLIENT, safety.SIMULATORS_SECRET, ""}
    held = {settings.QUICKBOOKS_CLIENT_ID, settings.QUICKBOOKS_CLIENT_SECRET}
    is_done = environment == "production" and not held & simulators
    lacking = "" if not held & simulators else ", without keys of Intuit's"
    return Step(
        key="keys",
        title="Production keys",
        is_done=is_done,
        seen=f"QUICKBOOKS_ENVIRONMENT is {environment}{lacking}.",
        todo="Set QUICKBOOKS_ENVIRONMENT=production, QUICKBOOKS_CLIENT_ID and _CLIENT_SECRET from "
        "the app's production keys, and start web and workers anew.",
        if_it_fails="Intuit gives production keys once the app's questionnaire is answered "
        "(docs/app-assessment.md). Keys of the sandbox meet code 3100 in a real company.",
    )


def _redirect() -> Step:
    came_back = QuickBooksCompany.objects.filter(connected_at__isnull=False).exists()
    is_https = settings.SITE_URL.startswith("https://")
    is_real = settings.QUICKBOOKS_ENVIRONMENT != "simulator"
    seen = "A sign-in at QuickBooks came back here." if came_back else "No sign-in has come back."
    return Step(
        key="redirect",
        title="Redirect address",
        is_done=came_back and is_https and is_real,
        seen=seen if is_https else f"{seen} SITE_URL is without https.",
        todo=f"Register {settings.QUICKBOOKS_REDIRECT_URI}, and the other addresses below.",
        if_it_fails="Where Intuit says that the redirect_uri is wrong, the two differ in a letter "
        "or in the slash at the end. Only https is taken for production.",
    )


def _webhooks(company: QuickBooksCompany | None) -> Step:
    token = settings.QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN
    is_set = token not in {"", safety.SIMULATORS_VERIFIER}
    has_come = WebhookEvent.objects.filter(company=company).exists() if company else False
    seen = "A verifier token is set" if is_set else "No verifier token of Intuit's is set"
    return Step(
        key="webhooks",
        title="Webhook token",
        is_done=is_set and has_come,
        seen=f"{seen}; {'a signed notification has come' if has_come else 'none has come'}.",
        todo="Register the endpoint for Payment, Invoice, CreditMemo, RefundReceipt, Deposit, "
        "Purchase and JournalEntry, set QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN, and change a document "
        "in QuickBooks: it is told within minutes.",
        if_it_fails="The log says webhook.refused where the token is another one. Without "
        "webhooks nothing is lost: changes are read every night.",
    )


def _connected(unit: BusinessUnit, company: QuickBooksCompany | None) -> Step:
    is_there = company is not None and company.is_connected and company.verified_at is not None
    lacking = missing_setup(unit, for_trial=True) if is_there else []
    seen = f"{unit} is connected to {company}." if is_there else f"{unit} is not connected."
    return Step(
        key="connected",
        title="One connected company",
        is_done=is_there and not lacking,
        seen=" ".join([seen, *lacking]),
        todo="Connect one company only, look through its mappings, and set the start date to the "
        "first day that Paidup is to enter.",
        if_it_fails="The checks of its page say what is wrong, each with what to do.",
    )


def _probe(company: QuickBooksCompany | None) -> Step:
    own = last_probe(company) if company else None
    found = own or ProbeReport.objects.order_by("-id").first()
    seen = "A sandbox was probed from here." if found else "No sandbox was probed from here."
    if own:  # what was found in others' companies is theirs
        counts = ", ".join(f"{count} {words}" for words, count in own.counts.items())
        seen = f"{own.asked_at:%-d %B %Y}, {own.environment}: {counts}."
    return Step(
        key="probe",
        title="Probe of a sandbox",
        is_done=found is not None and found.environment == "sandbox" and not found.left,
        seen=seen,
        todo="With the sandbox keys, connect a sandbox company and run manage.py "
        "probe_quickbooks CODE. Where another installation did, keep its report: this one cannot "
        "see it.",
        if_it_fails="Send us the report. What did not hold is handled, not relied on; what is left "
        "in the sandbox is taken away by the next run.",
    )


def _trial(unit: BusinessUnit) -> Step:
    setup = unit.setup
    is_tried = setup is not None and setup.trial_run_id is not None
    is_skipped = setup is not None and setup.trial_skipped_at is not None
    seen = "One invoice went and was compared." if is_tried else "No trial has gone."
    return Step(
        key="trial",
        title="Trial of one invoice",
        is_done=is_tried and setup is not None and setup.finished_at is not None,
        seen="The trial was skipped." if is_skipped else seen,
        todo="On the unit's QuickBooks page, try one paid invoice that has tax.",
        if_it_fails="The page shows both figures. Remove it from QuickBooks there, correct the "
        "mapping, and try again.",
    )


def _first_ten(unit: BusinessUnit, company: QuickBooksCompany | None) -> Step:
    records = SyncRecord.objects.filter(
        company=company, business_unit=unit, kind=SyncRecord.Kind.INVOICE
    )
    count = records.filter(state=State.EXPORTED).count() if company else 0
    amiss = records.filter(state__in=_NOT_WELL).count() if company else 0
    also = f", {amiss} need somebody to look" if amiss else ""
    return Step(
        key="first-ten",
        title="First ten by hand",
        is_done=count >= FIRST and not amiss,
        seen=f"{count} invoices are in QuickBooks as they are here{also}.",
        todo="Export ten invoices one by one, of different services, taxes and methods, and open "
        "each in QuickBooks: customer, item, tax, deposit account.",
        if_it_fails="Each that failed says why and what to do. Put the mapping right before the "
        "next one; remove what went wrong from QuickBooks on its page.",
    )


def _first_batch(unit: BusinessUnit) -> Step:
    runs = ExportRun.objects.filter(
        business_unit=unit,
        company=unit.quickbooks_company,
        finished_at__isnull=False,
        is_single=False,
    ).annotate(count=Count("items", filter=~Q(items__choice=Choice.SKIPPED)))
    found = runs.filter(count__gte=BATCH).order_by("id").first()
    amiss = SyncRecord.objects.filter(payment__run_items__run=found, state__in=_NOT_WELL)
    count = amiss.distinct().count() if found else 0
    also = f", {count} need somebody to look" if count else ""
    return Step(
        key="first-batch",
        title="First batch",
        is_done=found is not None and not count,
        seen=f"{found} took {found.count} payments{also}." if found else "No batch has finished.",
        todo="Tick the payments of one day, press Export Payments, read the preview, confirm, and "
        "stay until it has finished.",
        if_it_fails="Three differences in a row pause a run by themselves. Problems lists what is "
        "left, with its remedy; nothing is sent twice.",
    )


def _tie_out(unit: BusinessUnit, company: QuickBooksCompany | None) -> Step:
    signed = TieOut.objects.filter(business_unit=unit, company=company, signed_at__isnull=False)
    found = signed.order_by("-signed_at").first() if company else None
    seen = f"{found.signer_name} signed {found.first_day} to {found.last_day}." if found else ""
    return Step(
        key="tie-out",
        title="Tie-out",
        is_done=found is not None,
        seen=seen or "None is signed.",
        todo="Under Tie-outs, compare the days that were exported, explain each line, and sign.",
        if_it_fails="A line names the document and both figures. Go on with further units only "
        "once it is explained.",
    )


def next_of(steps: list[Step]) -> str:
    """The key of the first step that is not done, empty where all are."""
    waiting: Iterator[Step] = (step for step in steps if not step.is_done)
    return next((step.key for step in waiting), "")
