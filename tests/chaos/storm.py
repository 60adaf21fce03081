"""One storm, in a process of its own: `python -m tests.chaos.storm PLAN`, with PLAN as JSON.

It prints its report as one line of JSON. The folder with database, ledger and logs is kept where
something differs.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sync.management.commands.simulator import NOT_YET_STRICT
from sync.simulator.server import Simulator, SimulatorError
from tests.chaos import databases
from tests.chaos.clusters import Clusters
from tests.chaos.plan import SCALED, VAR, Character, Plan
from tests.chaos.site import Queue, Site
from tests.chaos.weather import ITEM_LATENCY_MS, LATENCY_MS, Weather

PATIENCE = 60.0
TICK = 0.1
OVERTIME = 2.0
ROUNDS = 4
# A storm is over when this share of the documents is there, or its time is over.
SHARE = 0.85
ENTITIES = ("Customer", "Invoice", "Payment")


def run(plan: Plan) -> dict[str, Any]:
    """Run a storm and return its report."""
    began = time.monotonic()
    folder = VAR / f"storm-{plan.key}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        simulator = stack.enter_context(
            Simulator(
                state=folder / "simulator.sqlite3",
                subprocess=True,
                switches=NOT_YET_STRICT,
                latency_ms=LATENCY_MS,
                item_latency_ms=ITEM_LATENCY_MS,
                server_limit_seconds=SCALED["QUICKBOOKS_SERVER_LIMIT"],
            )
        )
        url = stack.enter_context(databases.fresh(plan.database, str(plan.seed), folder))
        queue = Queue(folder) if plan.character().has_redis and Queue.is_installed() else None
        if queue is not None:
            stack.callback(queue.end)
        _set_environment(plan, simulator, url, queue)
        site = Site(url, queue, folder, plan.random("site weather"))
        report = Storm(plan, simulator, site, folder, stack).report()
        _close_connections()
    report["seconds"] = round(time.monotonic() - began, 1)
    if report["is_good"] and not os.environ.get("KEEP"):
        shutil.rmtree(folder)
    return report


def _set_environment(plan: Plan, simulator: Simulator, url: str, queue: Queue | None) -> None:
    """Set what this process and the workers it starts read; then Django can start."""
    os.environ |= {name: str(value) for name, value in SCALED.items()}
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "REDIS_URL": queue.url if queue else "",
        "WORKERS": "1",
        "PYTHONHASHSEED": str(plan.seed),
        "QUICKBOOKS_ENVIRONMENT": "simulator",
        "QUICKBOOKS_API_URL": simulator.api_url,
        "QUICKBOOKS_DISCOVERY_URL": simulator.discovery_url,
        "QUICKBOOKS_BULK_LANES": plan.character().lanes,
    }
    import django

    django.setup()


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


class Storm:
    """Press, kill, meddle, wait until all is at rest, take the remedies offered, compare."""

    def __init__(
        self, plan: Plan, simulator: Simulator, site: Site, folder: Path, stack: ExitStack
    ) -> None:
        # Only now: Django is set up with this storm's database.
        from tests.chaos import explained, office, seeds, verdict
        from tests.chaos.bookkeeper import Bookkeeper
        from tests.chaos.person import Person

        self.office, self.verdict, self.explained = office, verdict, explained
        self.plan, self.simulator, self.site = plan, simulator, site
        self.character: Character = plan.character()
        self.remedies: Counter[str] = Counter()
        self.swept = 0.0
        self.clusters = Clusters(self.character.clusters, folder, plan.random("clusters"))
        stack.callback(self.clusters.end)
        simulator.switch(requestid=plan.requestid, **self.character.switches)
        variant = "multicurrency" if self.character.currencies else "us"
        self.realm = simulator.create_company(variant=variant, name="Riverside LLC")
        units = seeds.open_units(self.character.branches)
        self.seeded = seeds.make_invoices(units, plan)
        if not office.connect(self.realm):
            raise SimulatorError("the units could not be connected before the storm")
        units[0].refresh_from_db()
        self.company = units[0].quickbooks_company
        items = seeds.map_hedges(self.company)
        self.whole = office.documents()
        self.before = {e: {d["Id"] for d in simulator.documents(self.realm, e)} for e in ENTITIES}
        simulator.clear_journal()
        self.weather = Weather(plan, self.character, simulator, self.realm)
        self.edits = office.Edits(plan.random("office"))
        self.person = Person(self.company, plan.random("person"), self.seeded)
        self.bookkeeper = Bookkeeper(
            plan, self.character, simulator, self.realm, office.known_invoices(), items
        )
        stack.callback(self.bookkeeper.go_home)

    def report(self) -> dict[str, Any]:
        """Let it happen and say what became of it."""
        began = time.monotonic()
        self._rage()
        raged, share = time.monotonic(), self._share()
        self._calm()
        rest = self._until_rest()
        rested = time.monotonic()
        doubts = self.explained.doubts(self.bookkeeper.touched)
        rest = rest and self._put_right()
        self.clusters.end()
        found = self.verdict.Judge(
            self.simulator,
            self.realm,
            self.before,
            self.bookkeeper.touched,
            self.edits.touched,
            self.seeded,
        ).decide(doubts)
        if not rest:
            found.problems.append("rest: it did not come to rest")
        return self.plan.as_dict() | {
            "is_good": found.is_good,
            "documents": found.documents,
            "exported": found.exported,
            "duplicated": found.duplicated,
            "lost": found.lost,
            "wrong": found.wrong,
            "stopped": found.stopped,
            "by_meddling": dict(found.by_meddling),
            "kills": dict(self.clusters.kills + self.weather.kills),
            "faults": dict(self._faults()),
            "site": dict(self.site.befell),
            "edits": dict(self.edits.did),
            "meddling": dict(self.bookkeeper.did),
            "remedies": dict(self.remedies + self.person.did),
            "requests": len(self.simulator.journal(self.realm, kind="api")),
            "phases": [round(raged - began, 1), round(rested - raged, 1)],
            "share": round(share, 2),
            "problems": found.problems[:40],
        }

    def _faults(self) -> Counter[str]:
        journal = self.simulator.journal()
        injected = Counter(entry["fault"] for entry in journal if entry["fault"])
        oauth = Counter(
            f"sign-in {e['fault']}" for e in journal if e["kind"] == "oauth" and e["fault"]
        )
        return injected + oauth + self.weather.extras

    def _rage(self) -> None:
        """The storm itself: things happen as the export goes on, or as time does."""
        self.office.press(twice=True)
        head, moment = self.character.head_start, 0.0
        ends = time.monotonic() + PATIENCE
        while self._share() < head and time.monotonic() < ends:
            self._tick()
        timetable = self._timetable()
        self.weather.begin()
        if self.character.meddling:
            self.bookkeeper.start()
        began = time.monotonic()
        while moment < 1:
            grown = (self._share() - head) / (SHARE - head)
            moment = max(grown, (time.monotonic() - began) / self.plan.seconds)
            while timetable and moment > timetable[0][0]:
                timetable.pop(0)[1]()
            self._tick()

    def _tick(self) -> None:
        """Let a moment pass, with what a minute's schedule and a supervisor do in it."""
        self.clusters.keep_up()
        if time.monotonic() > self.swept + 1:
            self.remedies["resumed"] += self.office.resume_paused()
            self.office.sweep()
            self.swept = time.monotonic()
        time.sleep(TICK)

    def _share(self) -> float:
        """Return how much of the whole is in QuickBooks, as far as we know."""
        from sync.models import SyncRecord

        return SyncRecord.objects.exclude(qbo_id="").count() / self.whole

    def _timetable(self) -> list[tuple[float, Any]]:
        """Draw what happens at which moment from 0 to 1 of the storm."""
        dice, character = self.plan.random("timetable"), self.character
        events: list[tuple[float, Any]] = []

        def often(times: float, act: Any, since: float = 0.0) -> None:
            events.extend((dice.uniform(since, 1), act) for _ in range(round(times)))

        often(character.kills, self.clusters.kill_some, since=0.1)
        often(character.simulator_kills, self.weather.kill_simulator, since=0.1)
        often(8, self.weather.worsen)
        often(character.edits * 15, self.edits.one)
        often(2, self.office.press)
        often(character.cuts, self.site.cut_connections)
        often(2, self.site.lose_queue)
        often(character.upgrades, self.site.be_upgraded)
        if character.restores:
            at = dice.uniform(0, 0.6)
            events += [(at, self.site.back_up), (at + dice.uniform(0.1, 0.4), self._restore)]
        else:
            often(3, self.person.name_one)
        if character.lapses:
            often(1, self.weather.lapse, since=0.2)
        if character.reconnects:
            at = dice.uniform(0.2, 0.8)
            events.append((at, self.weather.end_the_connection))
            events.append((at + 0.1, self._reconnect))
        return sorted(events, key=lambda event: event[0])

    def _restore(self) -> None:
        self.clusters.end()
        self.site.restore()
        self.clusters.keep_up()
        self.remedies["reconnected"] += self.office.connect(self.realm)

    def _reconnect(self) -> None:
        self.remedies["reconnected"] += self.office.connect(self.realm)

    def _calm(self) -> None:
        """End the faults; the bookkeeper works on for a little while."""
        self.weather.calm()
        if self.character.reconnects:
            self._reconnect()
        ends = time.monotonic() + OVERTIME
        while self.character.meddling and time.monotonic() < ends:
            self._tick()
        self.bookkeeper.go_home()

    def _until_rest(self) -> bool:
        """Wait until nothing moves any more; what paused for a person is let go on."""
        ends, still = time.monotonic() + PATIENCE, 0
        while time.monotonic() < ends and still < 3:
            self._tick()
            still = 0 if self._is_moving() else still + 1
        return still == 3

    def _is_moving(self) -> bool:
        from sync.exports.delivery import due_work
        from sync.exports.runs import verdicts
        from sync.models import BatchRequest, SyncRecord
        from sync.tasks import HANDLERS

        return (
            due_work.has_work(self.company.pk, HANDLERS)
            or verdicts.outdated(self.company.pk).exists()
            or BatchRequest.objects.filter(settled_at=None).exists()
            or SyncRecord.objects.filter(state=SyncRecord.State.IN_FLIGHT).exists()
        )

    def _put_right(self) -> bool:
        """Take the remedies that stand at what stopped, and press once more for what is ready."""
        touched, amiss = self.bookkeeper.touched, set[int]()
        for _ in range(ROUNDS):
            if not self.person.mend(self.bookkeeper.lists, self._until_rest):
                return False
            stopped = self.explained.to_retry(touched)
            self.person.retry(stopped)
            self.office.press()
            if not self._until_rest():
                return False
            before, amiss = amiss, self.person.links_amiss()
            has_more = self.explained.to_retry(touched) or self.person.is_mapping_lost()
            if not has_more and amiss in (set(), before):
                break
        return True


def _stop(*_: object) -> None:
    """End in good order, whichever signal came first; a second one must not cut that short."""
    for known in (signal.SIGINT, signal.SIGTERM):
        signal.signal(known, signal.SIG_IGN)
    sys.exit(1)


def main() -> None:
    """Run the storm that the command line names."""
    for known in (signal.SIGINT, signal.SIGTERM):
        signal.signal(known, _stop)
    print(json.dumps(run(Plan(**json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
