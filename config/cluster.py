"""One django-q2 cluster that does not outlive the command that started it (config/worker.py)."""

import gc
import os
import sys
import threading
import time
from contextlib import suppress

import psutil
from django_q.cluster import Cluster

LOOK_SECONDS = 1.0


def run(starter: int) -> None:
    """Run a cluster until SIGTERM or SIGINT; `starter` is the process without which it ends."""
    gc.freeze()  # what is loaded by now stays: its workers need not look there for garbage
    cluster = Cluster()
    cluster.start()
    # A thread, since asking a cluster to stop holds the main one until all tasks are done.
    threading.Thread(target=_end_with, args=(starter,), daemon=True).start()
    cluster.sentinel.join()


def _end_with(starter: int) -> None:
    """Kill the whole cluster once its starter was killed: what was under way is made up for.

    The guard comes last: without it this process ends, and its thread, with the others yet alive.
    """
    while os.getppid() == starter:
        time.sleep(LOOK_SECONDS)
    here = psutil.Process()
    for guard in here.children():
        with suppress(psutil.NoSuchProcess):
            guard.suspend()  # or it would replace the workers that are killed
    for process in (*reversed(here.children(recursive=True)), here):
        with suppress(psutil.NoSuchProcess):
            process.kill()


if __name__ == "__main__":
    run(int(sys.argv[1]))
