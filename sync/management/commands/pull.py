"""Pull what a unit's source has, without a browser."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from sync.intake.sources import pulling, sums, working
from sync.intake.sources.registry import sources
from sync.intake.sources.storing import Overtaken
from sync.models import BusinessUnit, Feed, Listed, Pull

NOT_WELL, BAD_REQUEST = 1, 2
MOST = 100


class Command(BaseCommand):
    help = (
        "Pull a unit's source, or go on with a pull that was killed. Exit status: 0 when all is"
        " well, 1 where something was refused, differs or did not answer, 2 for a bad request."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="the business unit's code")
        parser.add_argument("--source", choices=sorted(sources()), help="where it has several")
        parser.add_argument("--full", action="store_true", help="read everything again")
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="DATE", help="what was edited since"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = self._feed(options["code"], options["source"])
        pull = self._pull(feed, is_full=options["full"], since=options["since"])
        said = self._said(feed, pull)
        if options["json"]:
            self.stdout.write(json.dumps(said))
        else:
            self._print(said)
        if pull.state != Pull.State.DONE or said["refused"] or said["differences"]:
            sys.exit(NOT_WELL)

    def _feed(self, code: str, source: str | None) -> Feed:
        unit = BusinessUnit.objects.filter(code=code).first()
        if unit is None:
            self._refuse(f"There is no business unit with the code {code!r}.")
        feeds = Feed.objects.select_related("business_unit").filter(business_unit=unit)
        if source:
            feeds = feeds.filter(source=source)
        found = list(feeds.exclude(state=Feed.State.DISCONNECTED)[:2])
        if not found:
            self._refuse(f"{unit} has no {source or 'source'} to pull: connect one first.")
        if len(found) > 1:
            self._refuse(f"{unit} has several sources: name one with --source.")
        return found[0]

    def _pull(self, feed: Feed, *, is_full: bool, since: date | None) -> Pull:
        if not working.claim(feed.pk):
            words = f"{feed} is being pulled by another process, or is not on."
            self._refuse(words if feed.state == Feed.State.ACTIVE else _not_on(feed))
        try:
            pull = working.under_way(feed.pk)
            if pull is None:
                full = is_full or (since is None and working.is_full_due(feed))
                pull = pulling.begin(feed, None, is_full=full, since=since)
            pulling.go_on(pull)
        except pulling.CannotPull as why:
            self._refuse(str(why))
        except Overtaken:
            self._refuse(f"{feed} was taken over by another process, or ended by a person.")
        working.leave(feed.pk)
        return pull

    def _said(self, feed: Feed, pull: Pull) -> dict[str, Any]:
        refused = Listed.objects.filter(feed=feed).exclude(code="")
        return {
            "source": feed.source,
            "state": pull.state,
            "words": pull.words,
            "counts": pull.counts,
            "calls": pull.calls,
            "refused": [
                {"kind": row.kind, "id": row.external_id, "code": row.code, "words": row.words}
                for row in refused.order_by("kind", "pk")[:MOST]
            ],
            "differences": list(_differences(feed)),
        }  # fmt: skip

    def _print(self, said: dict[str, Any]) -> None:
        for kind, counts in said["counts"].items():
            words = ", ".join(f"{number} {name}" for name, number in counts.items())
            self.stdout.write(f"{kind:>10}  {words.replace('_', ' ')}")
        self.stdout.write(f"{'requests':>10}  {said['calls']}")
        if said["words"]:
            self.stderr.write(self.style.ERROR(said["words"]))
        for row in said["refused"]:
            self.stdout.write(f"Refused: {row['kind']} {row['id']}. {row['words']}")
        for row in said["differences"]:
            listed = f"the source lists {row['listed']}, here are {row['here']} {row['currency']}"
            self.stdout.write(f"Differs: {row['kind']}s of {row['day']}: {listed}")
            for name, there, here, why in row["named"]:
                self.stdout.write(f"  {name}: {there} there, {here} here. {why}")

    def _refuse(self, words: str) -> NoReturn:
        self.stderr.write(self.style.ERROR(words))
        sys.exit(BAD_REQUEST)


def _differences(feed: Feed) -> Iterator[dict[str, Any]]:
    found = sums.differences(feed)[:MOST]
    named = {
        kind: sums.named_differences(feed, kind, [day for (of, day, _), *_ in found if of == kind])
        for kind in {key[0] for key, *_ in found}
    }
    for (kind, day, currency), listed, here in found:
        yield {"kind": kind, "day": day, "currency": currency, "listed": f"{listed}",
               "here": f"{here}", "named": named[kind][day]}  # fmt: skip


def _not_on(feed: Feed) -> str:
    return f"{feed} is not on: {feed.get_state_display().lower()}."
