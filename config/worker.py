"""Keeps one worker cluster whole: `manage.py worker`, until SIGTERM or SIGINT.

A worker process that is killed while it waits for a task dies with the lock of the cluster's queue
in its hand. django-q2 replaces it, but no worker of that cluster takes a task ever again, so a
cluster that has lost any process is stopped, and another started.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from sync.company import lease
from sync.company.wake import (
    enqueue,
    enqueue_relay,
    is_queue_empty,
    is_queue_there,
    wake_due,
)
from sync.models import Heartbeat
from sync.operations import facts, heartbeats, schema

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
# What has no company in its hands ends within these, and what has one after it let go.
STOP_SECONDS = 5.0
# A cluster that lasted this long was well; before that, each next one waits longer.
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 20.0
# Seconds until a process that was killed is no more; one that waits for a disk takes longer.
DEAD_SECONDS = 10.0


class Worker:
    """One cluster after another."""

    def __init__(self) -> None:
        self._is_stopping = False
        self._name = heartbeats.process_name()
        self._supervisor = uuid4()
        self._owes_sweep = False
        self._beat_at = 0.0

    def run(self) -> None:
        """Keep a cluster running until a signal asks to stop; then return when all of it ended."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        pause = 0.0
        while not self._is_stopping:
            self._wait_for_schema()
            self._wait_for_queue()
            began = time.monotonic()
            self._run_one()
            is_steady = time.monotonic() - began > STEADY_SECONDS
            pause = 0.0 if is_steady else min(pause * 2 or 1.0, LONGEST_PAUSE)
            self._rest(pause)
        self._beat(leaves=True)

    def _wait_for_schema(self) -> None:
        """Begin nothing on another release's schema: it would use up the tries of what is asked."""
        while not self._is_stopping and not (found := facts.schema()).is_well:
            log.warning("worker.waits", schema=found.words)
            connection.close()
            self._rest(LOOK_SECONDS)

    def _wait_for_queue(self) -> None:
        """Begin nothing while the queue is away: a cluster would lose its processes again."""
        while not self._is_stopping and not is_queue_there():
            log.warning("worker.waits", queue="away")
            connection.close()
            self._rest(LOOK_SECONDS)

    def _beat(self, *, leaves: bool = False) -> None:
        """Write down that this worker is there, now and then; a database that is away is no end."""
        if not leaves and time.monotonic() < self._beat_at:
            return
        self._beat_at = time.monotonic() + heartbeats.BEAT_SECONDS
        try:
            if leaves:
                heartbeats.leave(Heartbeat.Kind.WORKER, self._name)
                return
            heartbeats.beat(Heartbeat.Kind.WORKER, self._name)
            # What a broken queue lost, or a process that died held, need not wait for the schedule.
            self._owes_sweep |= is_queue_empty() and heartbeats.may_ask_for_sweep()
        except DatabaseError as error:
            log.warning("worker.no_heartbeat", error=type(error).__name__)
            connection.close()

    def _wake(self) -> None:
        """Wake what is due, and what a broken queue may have lost."""
        self._owes_sweep = self._owes_sweep and not enqueue("sync.tasks.sweep")
        try:
            wake_due()
        except DatabaseError:
            connection.close()

    def _ask_to_stop(self, *_: Any) -> None:
        self._is_stopping = True

    def _run_one(self) -> None:
        """Run a cluster until it is to stop or has lost a process, and end what is left of it."""
        with tempfile.TemporaryDirectory(prefix="paidup-") as folder:
            self._run_with(Path(folder) / "stop")

    def _run_with(self, stop_sign: Path) -> None:
        cluster = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "config.cluster", str(os.getpid())],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {lease.SUPERVISOR: str(self._supervisor), lease.STOP_SIGN: str(stop_sign)},
        )
        main = psutil.Process(cluster.pid)
        seen: set[psutil.Process] = set()
        self._owes_sweep = True
        while not self._is_stopping:
            there = descendants([main])
            if cluster.poll() is not None or seen - there:
                log.warning("worker.cluster_lost_a_process", cluster=cluster.pid)
                self._free(seen - there)
                break
            if schema.differs():
                log.warning("worker.schema_differs", cluster=cluster.pid)
                break
            seen |= there
            self._beat()
            self._wake()
            time.sleep(LOOK_SECONDS)
        stop_sign.touch()
        self._free(end(cluster, seen | {main}, self._holds_a_company))

    def _holds_a_company(self) -> bool:
        """Say whether a process of this command has a company; yes where that cannot be told."""
        try:
            return lease.is_held_by(self._supervisor)
        except DatabaseError:
            connection.close()
            return True

    def _free(self, processes: Iterable[psutil.Process]) -> None:
        """Let go on at once what processes of this command held that are dead for certain."""
        dead = {process.pid for process in processes if not is_alive(process)}
        patience = STOP_SECONDS if self._is_stopping else settings.QUICKBOOKS_LEASE
        ends = time.monotonic() + patience
        while dead and time.monotonic() < ends:
            try:
                for company_id in lease.end_of_dead(self._supervisor, dead):
                    log.warning("worker.freed", company=company_id)
                    enqueue_relay(company_id)
            except DatabaseError as error:
                log.warning("worker.not_freed", error=type(error).__name__)
                connection.close()
                time.sleep(LOOK_SECONDS)
            else:
                return

    def _rest(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not self._is_stopping and time.monotonic() < ends:
            self._beat()
            time.sleep(min(LOOK_SECONDS, seconds))


def descendants(processes: Iterable[psutil.Process]) -> set[psutil.Process]:
    """Return the processes below others, without those that are dead and not yet reaped."""
    found: set[psutil.Process] = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found |= set(process.children(recursive=True))
    return {process for process in found if is_alive(process)}


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process is there and more than an entry in its parent's list."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(
    cluster: subprocess.Popen[bytes], seen: set[psutil.Process], is_busy: Callable[[], bool]
) -> set[psutil.Process]:
    """Ask a cluster to stop, by its main process alone; kill what is left once it is not busy.

    Busy is who has a company in hand, for a time slice at most. A cluster whose queue is away may
    never end by itself. Returns the processes that it had.
    """
    left = seen | descendants(seen)
    cluster.terminate()
    ends = time.monotonic() + settings.QUICKBOOKS_TIME_SLICE + STOP_SECONDS
    idle_ends = time.monotonic() + STOP_SECONDS
    while cluster.poll() is None and time.monotonic() < min(ends, idle_ends):
        time.sleep(0.2)
        if is_busy():
            idle_ends = time.monotonic() + STOP_SECONDS
    left |= descendants(left)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    cluster.wait()
    ends = time.monotonic() + DEAD_SECONDS
    while any(map(is_alive, left)) and time.monotonic() < ends:
        time.sleep(0.1)
    return left
