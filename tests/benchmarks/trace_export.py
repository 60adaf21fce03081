"""`make trace`: how many files of `sync/` one export passes through, and how long files are.

One fully paid invoice with its payment is confirmed in the admin and drained by a relay against a
simulator in a process of its own, until its run is finished. A file counts of which any function
was called between the press and the settlement; what an import runs does not count. The command
fails above the targets, so that neither many small files nor a few long ones creep in.
"""

import statistics
import sys
import threading
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from config.check_deploy import PRODUCTION
from tests.benchmarks import product, stage

SYNC = Path(__file__).resolve().parents[2] / "sync"
CONFIRM = "/admin/sync/exportrun/confirm/"
MOST_FILES, MOST_MEDIAN, MOST_90TH = 55, 110, 250


def main():
    with stage.simulator(limits="off", latency=False) as running, stage.installed(running):
        files = sorted(passed_through(running))
    for path in files:
        sys.stdout.write(f"{_length(path):5} {path.relative_to(SYNC.parent)}\n")
    lengths = sorted(map(_length, product_files()))
    median, longest = statistics.median(lengths), lengths[int(len(lengths) * 0.9)]
    sys.stdout.write(
        f"{len(files)} files between press and settlement (at most {MOST_FILES}); of all"
        f" {len(lengths)} files of sync the median has {median:.0f} lines (at most {MOST_MEDIAN}),"
        f" the 90th of a hundred {longest} (at most {MOST_90TH})\n"
    )
    return int(len(files) > MOST_FILES or median > MOST_MEDIAN or longest > MOST_90TH)


def passed_through(running):
    """Export one payment, from the press to the finished run; give the files it passed through."""
    from django.core.management import call_command

    from accounts.models import Role
    from sync import tasks
    from sync.exports.runs.drafts import prepare
    from sync.models import SyncRecord
    from tests.factories import InvoiceFactory, MembershipFactory, PaymentFactory, UserFactory
    from tests.form_client import FormClient

    unit = product.connected_unit(running, "traced")
    person = UserFactory()
    MembershipFactory(user=person, business_unit=unit, role=Role.EXPORTER)
    payment = PaymentFactory(invoice=InvoiceFactory(business_unit=unit))
    [run] = prepare([payment.pk], person, is_single=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    import_module("config.wsgi")  # what the web server does when it starts
    client = FormClient(SERVER_NAME=PRODUCTION["ALLOWED_HOSTS"])
    client.force_login(person)
    assert client.get(f"/admin/sync/exportrun/preview/?run={run.pk}").status_code == 200
    with traced() as files:
        answer = client.post(CONFIRM, {"run": run.pk})
        tasks.relay(unit.quickbooks_company_id)
    run.refresh_from_db()
    states = set(SyncRecord.objects.filter(run=run).values_list("state", flat=True))
    assert (answer.status_code, run.state, states) == (302, "finished", {"exported"})
    return files


@contextmanager
def traced():
    """Collect the files of `sync/` of which a function is called, in this thread and new ones."""
    files, inside = set(), f"{SYNC}/"

    def called(frame, _event, _argument):
        code = frame.f_code
        if code.co_filename.startswith(inside) and code.co_name != "<module>":
            files.add(Path(code.co_filename))

    before = sys.gettrace()
    threading.settrace(called)
    sys.settrace(called)
    try:
        yield files
    finally:
        sys.settrace(before)
        threading.settrace(None)


def product_files():
    """Return the files of `sync/` that have a line; not migrations, nor the simulator."""
    return [
        path
        for path in SYNC.rglob("*.py")
        if not {"migrations", "simulator"} & set(path.relative_to(SYNC).parts) and _length(path)
    ]


def _length(path):
    return len(path.read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main())
