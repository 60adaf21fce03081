"""Connects a business unit to a company of the simulator, without a browser."""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.company import requests
from sync.company.lease import LeaseLost
from sync.company.sessions import open_session
from sync.company.tokens import NotConnected
from sync.connections import books_step, handshake
from sync.connections.handshake import Connected, ConnectRefused
from sync.connections.setup import finish_as_proposed
from sync.connections.simulated_consent import NoConsent, consent
from sync.connections.verification import verify
from sync.exports.books import reading
from sync.exports.books.step import summary_of
from sync.exports.runs import verdicts
from sync.models import BusinessUnit, CompanyRequest, ConnectAttempt, QuickBooksCompany
from sync.quickbooks.client import QuickBooksFault

# Seconds to wait for another process that holds the company to finish the verification.
WAIT_FOR_ANOTHER = 180


class Command(BaseCommand):
    """The real handshake over HTTP, then verification; proposals are taken as they are."""

    help = "Connects a business unit to a company of the QuickBooks simulator."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which unit, and which company."""
        parser.add_argument("code", metavar="CODE", help="the business unit's code")
        parser.add_argument(
            "--realm",
            metavar="ID",
            help="the company; by default the unit's own, else one that no unit posts to",
        )

    def handle(self, *_args: Any, code: str, realm: str | None, **options: Any) -> None:
        """Connect, verify, and say what is set up or missing."""
        self.is_silent = options["verbosity"] == 0
        if settings.QUICKBOOKS_ENVIRONMENT != "simulator":
            raise CommandError(
                "This command speaks to the simulator only, and QUICKBOOKS_ENVIRONMENT is "
                f"{settings.QUICKBOOKS_ENVIRONMENT}."
            )
        unit = BusinessUnit.objects.filter(code=code).first()
        if unit is None:
            raise CommandError(f"There is no business unit with the code {code}.")
        try:
            connected = _connect(unit, realm)
        except (ConnectRefused, NoConsent) as refused:
            raise CommandError(str(refused)) from None
        company = connected.company
        self._say(f"{unit} is connected to company {company.realm_id}.")
        result = _serve(connected.verification, {handshake.VERIFY: verify}, "Verification")
        self._report(BusinessUnit.objects.get(pk=unit.pk), result)
        verdicts.renew_all(company.pk)

    def _report(self, unit: BusinessUnit, result: dict[str, Any]) -> None:
        found = ", ".join(f"{count} {name}" for name, count in result["found"])
        self._say(f"{unit.quickbooks_company} is verified: {found}.")
        basis = result["start_dates"].get(str(unit.pk))
        self._say(f"Start date: {unit.export_start_date}{f' ({basis})' if basis else ''}.")
        missing = finish_as_proposed(unit)
        asked = books_step.ask_first(BusinessUnit.objects.get(pk=unit.pk), None)
        if asked is not None:
            held = _serve(asked, {reading.KIND: reading.read_and_match}, "Reading its books")
            found = ", ".join(f"{count:,} {name}" for name, count in held["read"])
            self._say(f"It holds {found} since {held['since']}.")
            missing = self._go_on(unit)
        if not missing:
            self._say(self.style.SUCCESS(f"{unit} is set up: its paid invoices can be exported."))
            return
        self._say(self.style.WARNING(f"{unit} cannot export yet. Missing:"))
        for words in missing:
            self._say(f"- {words}")

    def _go_on(self, unit: BusinessUnit) -> list[str]:
        """Finish the step and the set-up: what may be there already waits, invoice by invoice."""
        fresh = BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk)
        summary = summary_of(fresh)
        if summary is not None and summary.is_open:
            books_step.finish(fresh, None)
            count = summary.certain + summary.look
            self._say(
                f"{count:,} of ours may be there already and wait: decide about them under What"
                " QuickBooks holds."
            )
        return finish_as_proposed(unit)

    def _say(self, words: str) -> None:
        if not self.is_silent:
            self.stdout.write(words)


def _connect(unit: BusinessUnit, realm: str | None) -> Connected:
    """Go through the consent page; naming a company that others use is the confirmation."""
    address = handshake.begin(unit, None)
    answer = consent(address, lambda offered: _choose(unit, realm, offered))
    outcome = handshake.complete(answer, None)
    if isinstance(outcome, ConnectAttempt):
        return handshake.confirm(outcome, None)
    return outcome


def _choose(unit: BusinessUnit, realm: str | None, offered: dict[str, str]) -> str:
    if realm is not None:
        if realm not in offered:
            raise CommandError(
                f"The simulator has no company {realm}; it has {', '.join(offered)}."
            )
        return realm
    own = unit.quickbooks_company
    if own is not None and own.realm_id in offered:
        return own.realm_id
    posted_to = QuickBooksCompany.objects.filter(business_units__isnull=False)
    used = set(posted_to.values_list("realm_id", flat=True))
    free = [offer for offer in offered if offer not in used]
    if not free:
        raise CommandError(
            "Each company of the simulator has a unit already; name one with --realm to share it."
        )
    return next((offer for offer in free if offered[offer] == unit.currency), free[0])


def _serve(
    request: CompanyRequest, handlers: Mapping[str, requests.Handler], name: str
) -> dict[str, Any]:
    """Serve what is asked here, or wait for who holds the company; return what was found."""
    deadline = time.monotonic() + WAIT_FOR_ANOTHER
    while request.state not in {CompanyRequest.State.DONE, CompanyRequest.State.FAILED}:
        if time.monotonic() > deadline:
            raise CommandError(f"Another process holds this company: {name} waits for it.")
        try:
            with open_session(request.company_id) as session:
                if session is None:
                    time.sleep(0.2)
                else:
                    requests.serve_whole(session, handlers)
        except LeaseLost:
            continue  # another process took over while this one stood still: wait for it
        except NotConnected as ended:
            raise CommandError(str(ended)) from None
        except QuickBooksFault as slow:
            raise CommandError(slow.fault.words) from None
        request.refresh_from_db()
    if request.state == CompanyRequest.State.FAILED:
        raise CommandError(f"{name} failed. {request.error}")
    return dict(request.result)
