"""Probing a sandbox company: what may be probed, with its own tokens, and what is kept of it."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from sync.company.lease import Lease
from sync.company.sessions import CompanySession, open_session
from sync.models import BusinessUnit, ProbeReport, QuickBooksCompany
from sync.quickbooks.client import Client
from sync.quickbooks.probe import report
from sync.quickbooks.probe.bench import Bench
from sync.quickbooks.probe.findings import Finding, Standing
from sync.quickbooks.probe.leftovers import remove
from sync.quickbooks.probe.listening import Listener
from sync.quickbooks.probe.running import Run, run

PRODUCTION_HOST = "quickbooks.api.intuit.com"
RENEWED_EVERY = 30.0
# An access token is good for an hour.
MOST_PATIENCE = 3000.0


class ProbeRefused(Exception):
    """It must not, or cannot, be probed; the text is for who asked."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose of a probe."""

    leave_out: Collection[str] = ()
    patience: float = 0
    webhook_wait: float = 120
    listener: Listener | None = None
    merged: tuple[str, str] | None = None
    pause: Callable[[float], None] = time.sleep


def may_probe(unit: BusinessUnit) -> QuickBooksCompany:
    """Return the sandbox company of a unit, or refuse: a probe writes, voids and deletes."""
    if settings.QUICKBOOKS_ENVIRONMENT not in {"sandbox", "simulator"}:
        raise ProbeRefused(
            "A probe writes, voids and deletes: it is for sandboxes, and QUICKBOOKS_ENVIRONMENT is "
            f"{settings.QUICKBOOKS_ENVIRONMENT}."
        )
    if urlsplit(settings.QUICKBOOKS_API_URL).hostname == PRODUCTION_HOST:
        raise ProbeRefused("QUICKBOOKS_API_URL is where real companies are: nothing was asked.")
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        raise ProbeRefused(f"{unit} is not connected to QuickBooks.")
    return company


def probe(unit: BusinessUnit, options: Options, tell: Callable[[Finding], None]) -> ProbeReport:
    """Take away what an earlier probe left, ask everything, and keep what was found."""
    company = may_probe(unit)
    with open_session(company.pk) as session:
        if session is None:
            raise ProbeRefused(f"Another process speaks to {company} now. Try again when it ends.")
        bench = _bench(session, options)
        remove(session.client)
        begun = timezone.now()
        done = run(bench, options.leave_out, tell)
        return _kept(company, done, report.text(done, report.kind_of(bench), begun))


def _bench(session: CompanySession, options: Options) -> Bench:
    return Bench(
        client=session.client,
        hurry=lambda: _hurried(session, session.lease),
        pause=lambda seconds: _wait(session, options.pause, seconds),
        patience=options.patience,
        webhook_wait=options.webhook_wait,
        listener=options.listener,
        merged=options.merged,
    )


def _wait(session: CompanySession, pause: Callable[[float], None], seconds: float) -> None:
    """Wait, and hold the company all the while."""
    while True:
        pause(min(seconds, RENEWED_EVERY))
        session.lease.renew()
        seconds -= RENEWED_EVERY
        if seconds <= 0:
            return


def _hurried(session: CompanySession, lease: Lease) -> Client:
    """A client that counts what it sends, so that others wait, and waits for nothing itself."""

    def gate() -> None:
        session.pacer.count(is_batch=True)
        session.calls += 1
        lease.renew()

    return Client(session.company.realm_id, session.token, gate=gate)


def _kept(company: QuickBooksCompany, done: Run, text: str) -> ProbeReport:
    counts = {
        standing.value: sum(each.standing is standing for each in done.findings)
        for standing in Standing
    }
    return ProbeReport.objects.create(
        company=company,
        environment=settings.QUICKBOOKS_ENVIRONMENT,
        counts=counts,
        switches=report.switches_of(done.findings),
        text=text,
        left=done.removed.left,
    )


def last_probe(company: QuickBooksCompany) -> ProbeReport | None:
    """Return what a company's last probe found."""
    return ProbeReport.objects.filter(company=company).order_by("-id").first()


def write_files(kept: ProbeReport, folder: Path, name: str) -> tuple[Path, Path]:
    """Write the report that can be sent, and the simulator's switches."""
    folder.mkdir(parents=True, exist_ok=True)
    said, switches = folder / f"{name}.md", folder / f"{name}-switches.json"
    said.write_text(kept.text)
    switches.write_text(report.switches_file(kept.switches))
    return said, switches
