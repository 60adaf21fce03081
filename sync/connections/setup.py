"""The road from connecting a unit to exporting: its steps, and what a person does at each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.connections.readiness import Lacking, books_open, missing_setup
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    Event,
    ExportRun,
    QuickBooksCompany,
    Subject,
    UnitSetup,
)
from sync.words import stored


class SetupRefused(Exception):
    """The step cannot be taken yet; the text says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the page shows it: done, current, failed or later."""

    key: str
    title: str
    state: str
    words: str = ""


def start(unit: BusinessUnit, company: QuickBooksCompany, *, is_confirmed: bool) -> None:
    """Begin the set-up of a unit in a company, or go on with the one there was."""
    now = timezone.now()
    setup, _ = UnitSetup.objects.update_or_create(
        business_unit=unit, company=company, defaults={"connected_at": now}
    )
    if is_confirmed and setup.confirmed_at is None:
        setup.confirmed_at = now
        setup.save(update_fields=["confirmed_at"])


def earlier_company(unit: BusinessUnit, realm_id: str) -> QuickBooksCompany | None:
    """Return the company that the unit was connected to last, where that is another one."""
    setup = unit.setups.select_related("company").order_by("-connected_at").first()
    return setup.company if setup is not None and setup.company.realm_id != realm_id else None


def confirm_company(unit: BusinessUnit, company_id: int, actor: User | None) -> None:
    """Keep that the company that was shown is the right one."""
    require(actor, Capability.MANAGE, unit.pk)

    def confirm(setup: UnitSetup) -> None:
        if setup.company_id != company_id:
            raise SetupRefused(
                stored(
                    "%(unit)s was connected to another company meanwhile. Look again.", unit=unit
                )
            )
        setup.confirmed_at = setup.confirmed_at or timezone.now()

    _change(unit, actor, Event.Action.COMPANY_CONFIRMED, confirm)


def accept(unit: BusinessUnit, actor: User | None) -> None:
    """Keep that mappings and start date were looked through and saved."""
    require(actor, Capability.RESOLVE, unit.pk)
    setup = unit.setup
    if setup is not None and setup.accepted_at is None and unit.export_start_date is not None:
        UnitSetup.objects.filter(pk=setup.pk).update(accepted_at=timezone.now())


def skip_trial(unit: BusinessUnit, actor: User | None) -> None:
    """Finish without a trial, as the person knowingly chose."""
    _finish(unit, actor, None)


def finish(unit: BusinessUnit, trial: ExportRun, actor: User | None) -> None:
    """Finish after a trial that arrived as it is here; the caller has looked that it did."""
    _finish(unit, actor, trial)


def finish_as_proposed(unit: BusinessUnit) -> list[str]:
    """Take every step as proposed, for work without a browser; return what stands in the way."""
    company = unit.quickbooks_company
    if company is None:
        return missing_setup(unit)
    confirm_company(unit, company.pk, None)
    accept(_anew(unit), None)
    if lacking := missing_setup(_anew(unit), for_trial=True):
        return lacking
    if missing_setup(_anew(unit)):
        skip_trial(_anew(unit), None)
    return missing_setup(_anew(unit))


def _finish(unit: BusinessUnit, actor: User | None, trial: ExportRun | None) -> None:
    require(actor, Capability.MANAGE, unit.pk)
    if lacking := missing_setup(unit, for_trial=True):
        raise SetupRefused(lacking[0])

    def finished(setup: UnitSetup) -> None:
        if setup.finished_at is None:
            setup.trial_run = trial
            setup.trial_skipped_at = None if trial else timezone.now()
            setup.finished_at, setup.finished_by = timezone.now(), actor

    _change(unit, actor, Event.Action.SETUP_FINISHED, finished)


def _change(
    unit: BusinessUnit,
    actor: User | None,
    action: Event.Action,
    change: Callable[[UnitSetup], None],
) -> None:
    with transaction.atomic():
        setups = UnitSetup.objects.select_for_update(no_key=True)
        setup = setups.filter(business_unit=unit, company=unit.quickbooks_company).first()
        if setup is None:
            raise SetupRefused(stored("%(unit)s is not connected to QuickBooks.", unit=unit))
        change(setup)
        setup.save()
        about = Subject(unit.pk, "QuickBooksCompany", setup.company_id)
        Event.objects.record(action, actor, [about])


def _anew(unit: BusinessUnit) -> BusinessUnit:
    return BusinessUnit.objects.select_related("quickbooks_company").get(pk=unit.pk)


# What the page shows ----------------------------------------------------------------------------


def steps(
    unit: BusinessUnit, reading: CompanyRequest | None, lacking: Lacking, trial_words: str
) -> list[Step]:
    """Return the steps in order, the first that is not done being the current one.

    What was done stays done when a connection ends: only signing in is left to do.
    """
    company, setup = unit.quickbooks_company, unit.setup
    is_connected = company is not None and company.is_connected
    is_read = company is not None and company.verified_at is not None
    confirmed = setup is not None and setup.confirmed_at is not None
    accepted = is_read and setup is not None and setup.accepted_at is not None
    dated = accepted and unit.export_start_date is not None
    looked = _looked(unit, company, setup) if dated else ""
    finished = setup is not None and setup.finished_at is not None
    tried = finished and setup is not None and setup.trial_run_id is not None
    rows = [
        (
            "connect",
            stored("Sign in at QuickBooks"),
            is_connected,
            stored("to %(company)s", company=company) if company else "",
        ),
        ("confirm", stored("Confirm the company"), confirmed, ""),
        ("read", stored("Read its accounts, items and taxes"), is_read, ""),
        ("map", stored("Look through the mappings"), accepted, ""),
        ("start", stored("Set the start date"), dated, _starting(unit) if dated else ""),
        ("books", stored("See what QuickBooks holds already"), bool(looked), looked),
        (
            "trial",
            stored("Try one invoice"),
            finished,
            trial_words if tried or not finished else stored("skipped"),
        ),
        ("ready", stored("Ready to export"), finished and not lacking.words, ""),
    ]
    return _in_order(rows, has_failed=confirmed and _failed(reading))


def _in_order(rows: Iterable[tuple[str, str, bool, str]], *, has_failed: bool) -> list[Step]:
    """Mark the first that is not done as the current one, or as failed where its reading did."""
    found: list[Step] = []
    is_open = False
    for key, title, done, words in rows:
        state = "done" if done else "later" if is_open else "current"
        if key == "read" and not done and has_failed:
            state = "failed"
        is_open = is_open or not done
        found.append(Step(key, title, state, words))
    return found


def _starting(unit: BusinessUnit) -> str:
    day = unit.export_start_date
    return stored("invoices dated %(day)s or later", day=day) if day else ""


def _looked(unit: BusinessUnit, company: QuickBooksCompany | None, setup: UnitSetup | None) -> str:
    """Say what came of looking at the books; empty while that is open."""
    if company is None or setup is None or books_open(unit, company, setup):
        return ""
    what = setup.get_books_display()
    return stored("%(what)s by %(who)s", what=what, who=setup.books_by) if setup.books_by else what


def _failed(reading: CompanyRequest | None) -> bool:
    return reading is not None and reading.state == CompanyRequest.State.FAILED
