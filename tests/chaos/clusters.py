"""The workers: real clusters as `make run` starts them, killed with -9 and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.chaos.plan import ROOT

# How long a supervisor lets a cluster go on that lost one of its processes.
PATIENCE = 2.0


class Clusters:
    """A number of worker clusters that are put back some time after they were killed."""

    def __init__(self, number: int, folder: Path, dice: random.Random) -> None:
        """Start them in the environment of this process; each writes to its log in `folder`."""
        self.kills: Counter[str] = Counter()
        self._dice = dice
        self._folder = folder
        self._running: list[subprocess.Popen[bytes] | None] = [None] * number
        self._back_at = [0.0] * number
        # Clusters that lost one process, and when to put them away: django-q2 replaces the process,
        # but one that dies while it reads the queue leaves it locked for good.
        self._maimed: dict[int, float] = {}
        self.keep_up()

    def keep_up(self) -> None:
        """Start each cluster whose time has come, that ended, or that may hang (`_maimed`)."""
        for place, cluster in enumerate(self._running):
            maimed = place in self._maimed and time.monotonic() > self._maimed[place]
            if cluster is not None and (maimed or cluster.poll() is not None):
                self._kill(place)
            if self._running[place] is None and time.monotonic() >= self._back_at[place]:
                self._running[place] = self._start(place)

    def _start(self, place: int) -> subprocess.Popen[bytes]:
        with (self._folder / f"worker-{place}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_some(self) -> None:
        """Kill one process, one cluster, or all of them as a power cut would."""
        how = self._dice.choice(("process", "cluster", "cluster", "all"))
        places = [place for place, cluster in enumerate(self._running) if cluster]
        if not places:
            return
        if how == "process":
            self._kill_a_process(self._dice.choice(places))
        else:
            for place in places if how == "all" else [self._dice.choice(places)]:
                self._kill(place)
                self._back_at[place] = time.monotonic() + self._dice.uniform(0, 0.8)
        self.kills[how] += 1

    def _kill_a_process(self, place: int) -> None:
        """Kill one that the cluster itself replaces: a worker, the pusher or the monitor."""
        cluster = self._running[place]
        leaves = _leaves(cluster.pid) if cluster else []
        if leaves:
            with suppress(ProcessLookupError):
                os.kill(self._dice.choice(leaves), signal.SIGKILL)
            self._maimed[place] = time.monotonic() + PATIENCE

    def _kill(self, place: int) -> None:
        cluster = self._running[place]
        if cluster:
            with suppress(ProcessLookupError):
                os.killpg(cluster.pid, signal.SIGKILL)
            cluster.wait()
            self._running[place] = None
            self._maimed.pop(place, None)

    def end(self) -> None:
        """Kill them all, for good or until they are to be kept up again."""
        for place in range(len(self._running)):
            self._kill(place)


def _leaves(root: int) -> list[int]:
    """Return the descendants of a process that have no children, as Linux lists them."""
    children = _children(root)
    if not children:
        return [root]
    return sorted(leaf for child in children for leaf in _leaves(child))


def _children(pid: int) -> list[int]:
    try:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
