"""Asks a sandbox company which of our assumptions about Intuit hold."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.company.lease import LeaseLost
from sync.company.tokens import NotConnected
from sync.connections.probing import (
    MOST_PATIENCE,
    Options,
    ProbeRefused,
    may_probe,
    probe,
    write_files,
)
from sync.models import BusinessUnit
from sync.quickbooks.client import QuickBooksFault, TransportError
from sync.quickbooks.probe.findings import Finding
from sync.quickbooks.probe.listening import Listener
from sync.quickbooks.probe.registry import PROBES
from sync.quickbooks.probe.report import sentence

NAMES = [each.name for each in PROBES]
LEFT_THERE = 1


class Command(BaseCommand):
    help = (
        "Tries each assumption about Intuit on a sandbox company and takes away what it made."
        " Exit status 1 where something of it had to be left there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("code", metavar="CODE", help="the business unit whose sandbox company it is")
        add("--out", type=Path, default=Path("var/probe"), metavar="DIR", help="%(default)s")
        add("--leave-out", action="append", choices=NAMES, default=[], metavar="NAME")
        add(
            "--patience",
            type=float,
            default=0,
            metavar="S",
            help="wait before asking how long a requestid is remembered",
        )
        add("--webhooks", type=int, metavar="PORT", help="where the app's webhooks come in")
        add("--merged", metavar="Customer:ID", help="a customer that a person merged away")

    def handle(self, *_args: Any, **options: Any) -> None:
        unit = BusinessUnit.objects.filter(code=options["code"]).first()
        if unit is None:
            raise CommandError(f"There is no business unit with the code {options['code']}.")
        try:
            with ExitStack() as stack:
                kept = probe(unit, self._options(unit, options, stack), self._tell)
        except (ProbeRefused, NotConnected) as refused:
            raise CommandError(str(refused)) from None
        except LeaseLost:
            raise CommandError("Another process took the company over. Run it again.") from None
        except QuickBooksFault as failure:
            raise CommandError(
                f"{failure.fault.words} Run it again to take away what is left."
            ) from None
        except TransportError:
            raise CommandError(
                "QuickBooks did not answer. Run it again to take away what is left."
            ) from None
        said, switches = write_files(kept, options["out"], f"{unit.code}-{kept.asked_at:%Y-%m-%d}")
        self.stdout.write(", ".join(f"{count} {words}" for words, count in kept.counts.items()))
        self.stdout.write(f"Report: {said}\nSwitches: {switches}")
        if kept.left:
            self.stderr.write(f"Left in QuickBooks: {', '.join(kept.left)}.")
            sys.exit(LEFT_THERE)

    def _options(self, unit: BusinessUnit, given: dict[str, Any], stack: ExitStack) -> Options:
        if not 0 <= given["patience"] <= MOST_PATIENCE:
            raise CommandError(f"--patience is 0 to {MOST_PATIENCE:.0f} seconds.")
        company, listener = may_probe(unit), None
        if given["webhooks"] is not None:
            try:
                listener = stack.enter_context(Listener(given["webhooks"], company.realm_id))
            except OSError as problem:
                raise CommandError(f"Port {given['webhooks']} cannot be had: {problem}") from None
        entity, _, id_ = (given["merged"] or "").partition(":")
        return Options(
            leave_out=given["leave_out"],
            patience=given["patience"],
            webhook_wait=settings.QUICKBOOKS_SERVER_LIMIT,
            listener=listener,
            merged=(entity, id_) if id_ else None,
        )

    def _tell(self, finding: Finding) -> None:
        self.stdout.write(sentence(finding))
