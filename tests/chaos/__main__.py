"""`make chaos`: a hundred storms, or some of them, that can be stopped and gone on with.

Each storm's report is a line in var/chaos/storms.jsonl; one that is there already with the code as
it is now is not run again.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from tests.chaos import databases
from tests.chaos.plan import DATABASES, REQUESTID, ROOT, VAR, Plan

RESULTS = VAR / "storms.jsonl"
TIMEOUT = 420
Report = dict[str, Any]


def plans() -> list[Plan]:
    """Return the storms that the environment asks for; the combinations take turns."""
    wanted = os.environ.get("DATABASES", " ".join(DATABASES)).split()
    if "postgres" in wanted and not databases.has_postgres():
        print(f"No PostgreSQL at {databases.PG_URL} (PG_URL): SQLite only.")
        wanted.remove("postgres")
    ids = os.environ.get("REQUESTID", " ".join(REQUESTID)).split()
    combinations = list(itertools.product(ids, wanted))
    first, count = int(os.environ.get("SEED") or 1), int(os.environ.get("STORMS") or 20)
    invoices = int(os.environ.get("INVOICES") or 100)
    return [
        Plan(first + n, *combinations[n % len(combinations)], invoices)
        for n in range(count if combinations else 0)
    ]


def known(code: str) -> dict[str, Report]:
    """Return the reports of storms that were run with this code, by key."""
    if not RESULTS.exists():
        return {}
    reports = map(json.loads, RESULTS.read_text().splitlines())
    return {r["key"]: r for r in reports if r["code"] == code and "documents" in r}


class Runner:
    """Runs storms in processes of their own and writes down what they report."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, plan: Plan) -> Report:
        """Run one storm to its end; what does not report counts as bad."""
        with self._lock:
            if self._stopped:
                return {}
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.storm", json.dumps(plan.as_dict())],
                cwd=ROOT,
                env=os.environ | {"PYTHONHASHSEED": str(plan.seed)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            self._running.add(process)
        try:
            out, words = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.terminate()
            out, words = process.communicate()
        self._running.discard(process)
        if self._stopped:
            return {}
        return self._keep(plan, out, words)

    def _keep(self, plan: Plan, out: str, words: str) -> Report:
        try:
            report = json.loads(out.splitlines()[-1])
        except (IndexError, ValueError):
            report = plan.as_dict() | {
                "is_good": False,
                "problems": [f"no report: {words[-2000:]}"],
            }
        report |= {"key": plan.key, "code": self._code}
        with self._lock, RESULTS.open("a") as results:
            results.write(f"{json.dumps(report)}\n")
        return report

    def stop(self) -> None:
        """End what runs; what has no line is run next time."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.send_signal(signal.SIGTERM)


def line(report: Report) -> str:
    """Return what is printed of one storm."""
    figures = [f"{name} {report.get(name, '?')}" for name in
               ("documents", "duplicated", "lost", "wrong", "stopped", "seconds")]  # fmt: skip
    words = "" if report["is_good"] else "".join(f"\n    {p}" for p in report["problems"][:10])
    return f"{'good' if report['is_good'] else 'BAD '} {report['key']}: {', '.join(figures)}{words}"


def figures(reports: list[Report]) -> str:
    """Return the sums over storms, one a line."""
    sums: dict[str, Counter[str]] = {
        name: sum((Counter(r.get(name, {})) for r in reports), Counter())
        for name in ("kills", "faults", "site", "edits", "meddling", "remedies", "by_meddling")
    }
    combinations = Counter(f"{r['requestid']}/{r['database']}" for r in reports)
    rows = {"storms": len(reports), "in": dict(sorted(combinations.items()))}
    for name in ("documents", "requests", "duplicated", "lost", "wrong"):
        rows[name] = sum(r.get(name, 0) for r in reports)
    rows["stopped by meddling"] = dict(sums.pop("by_meddling"))
    rows["stopped otherwise"] = sum(r.get("stopped", 0) for r in reports)
    rows |= {name: f"{count.total()} {dict(count.most_common())}" for name, count in sums.items()}
    rows["seconds"] = round(sum(r.get("seconds", 0) for r in reports))
    rows["bad"] = [r["key"] for r in reports if not r["is_good"]]
    return "\n".join(f"{name:>20}  {value}" for name, value in rows.items())


def main() -> int:
    """Run what has not been run, and print the figures of all that was asked for."""
    for asked_to_stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked_to_stop, signal.default_int_handler)
    VAR.mkdir(parents=True, exist_ok=True)
    asked, code = plans(), databases.code()
    done = known(code)
    left = [plan for plan in asked if plan.key not in done]
    print(f"{len(asked)} storms, {len(asked) - len(left)} of them run before with this code")
    runner = Runner(code)
    with ThreadPoolExecutor(int(os.environ.get("JOBS") or 1)) as pool:
        try:
            for future in as_completed([pool.submit(runner.run, plan) for plan in left]):
                report = future.result()
                done[report["key"]] = report
                print(line(report), flush=True)
        except KeyboardInterrupt:
            runner.stop()
            pool.shutdown(cancel_futures=True)
            print("Stopped; the same command goes on from here.")
    databases.drop_templates()
    reports = [done[plan.key] for plan in asked if plan.key in done]
    print(figures(reports))
    return 0 if all(report["is_good"] for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
