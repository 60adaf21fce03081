"""The product under measurement: units with paid invoices, a press of the button, what it cost."""

import time
from contextlib import contextmanager

from tests.benchmarks import books, stage

LATEST_SINGLE = 60
PATIENCE = 330  # seconds; with the rest of its piece, eight minutes


def connected_unit(running, code):
    """Make a unit that is connected to a company of its own; give the unit."""
    from django.core.management import call_command

    from sync.models import BusinessUnit
    from tests.factories import BusinessUnitFactory

    BusinessUnitFactory(code=code, name=code.title())
    realm_id = running.create_company(variant="us", name=f"{code.title()} LLC")
    call_command("connect_simulator", code, realm=realm_id, verbosity=0)
    return BusinessUnit.objects.select_related("quickbooks_company").get(code=code)


def seed(unit, documents):
    """Give a unit paid invoices: so many documents with their customers and payments."""
    from tests.exports.delivery.test_volume import make_paid_invoices

    make_paid_invoices(unit, round(documents / 3.5))


def press(unit):
    """Export everything that is ready, without waiting; give the run."""
    from sync.exports.runs import runs
    from sync.exports.runs.drafts import prepare_ready

    return runs.confirm(prepare_ready(unit, None), None)


def exported(unit):
    """Count the documents that are in QuickBooks as far as the product knows."""
    from sync.models import SyncRecord

    return SyncRecord.objects.filter(company=unit.quickbooks_company, state="exported").count()


def unhappy(*units):
    """Return what became of records that are not exported and do not go on by themselves."""
    from sync.models import SyncRecord

    companies = [unit.quickbooks_company_id for unit in units]
    states = ["failed", "uncertain", "mismatch"]
    rows = SyncRecord.objects.filter(company__in=companies, state__in=states)
    return list(rows.values_list("kind", "state", "error"))


def require_happy(*units):
    """Refuse a measurement in which documents did not get through."""
    if found := unhappy(*units):
        raise RuntimeError(f"{len(found)} documents are not exported, as {found[0]}")


def wait_until_finished(run, *, sweeping=False):
    """Wait until a run is at rest, or patience is at its end; say which.

    `sweeping` does every second what the schedule does every minute: for waits scaled down.
    """
    from sync import tasks

    ends = time.monotonic() + PATIENCE
    while run.state != "finished" and time.monotonic() < ends:
        time.sleep(1)
        if sweeping:
            tasks.sweep()
        run.refresh_from_db()
    return run.state == "finished"


@contextmanager
def measured(cluster):
    """Measure a cluster over the block: yields a dictionary that is filled in at the end."""
    found = {}
    before, began = cluster.meter(), time.monotonic()
    yield found
    after = cluster.meter()
    found["worker_seconds"] = after.seconds - before.seconds
    found["peak_mib"] = after.peak_mib
    found["wall_seconds"] = time.monotonic() - began


def timed_press(unit):
    """Press, and give the run with the processor seconds that pressing took."""
    began = time.process_time()
    return press(unit), time.process_time() - began


def whole_run(warm, unit, settings):
    """Export everything of a unit to its end by one worker; give what that cost.

    Seeding is left out, and what a worker does only once: a few documents of `warm` go first.
    """
    with stage.cluster(1, settings) as cluster:
        wait_until_finished(press(warm))
        with measured(cluster) as cost:
            run, pressing = timed_press(unit)
            finished = wait_until_finished(run)
    require_happy(unit)
    return cost | {"finished": finished} | _shared(cost, pressing, exported(unit))


def sustained(running, unit, settings, seconds):
    """Export for so many seconds from the first documents on; give pace and cost.

    The cost is that of the whole time, the press included, over all documents written in it.
    """
    with stage.cluster(2, settings) as cluster, measured(cluster) as cost:
        _, pressing = timed_press(unit)
        while not exported(unit):
            time.sleep(0.2)
        time.sleep(seconds)
        documents = exported(unit)
    require_happy(unit)
    journal = books.entries(running, unit.quickbooks_company.realm_id)
    return cost | _shared(cost, pressing, documents) | books.pace(journal, seconds)


def _shared(cost, pressing, documents):
    """Return processor seconds per 1,000 documents: the press, and the whole cluster."""
    return {
        "documents": documents,
        "press_seconds": pressing,
        "per_thousand": 1000 * (pressing + cost["worker_seconds"]) / documents,
    }


def in_storm(running, unit, settings):
    """Export everything of a unit through a storm; give what is doubled and what is missing."""
    from sync.models import SyncRecord

    with stage.cluster(2, settings):
        finished = wait_until_finished(press(unit), sweeping=True)
    running.clear_faults()
    records = list(SyncRecord.objects.filter(company=unit.quickbooks_company))
    asked = {_marked(record) for record in records}
    recorded = {_marked(record) for record in records if record.state == "exported"}
    realm_id = unit.quickbooks_company.realm_id
    found = books.duplicated_and_lost(running, realm_id, asked, recorded)
    return found | {"finished": finished, "uncertain": len(unhappy(unit))}


def _marked(record):
    """Return what a document of ours is known by: its entity, and its marker's last word."""
    return record.kind.capitalize(), record.marker.rpartition(" ")[2]


def at_once(running, units, settings, seconds, workers):
    """Export units of as many companies at once; give the pace of all and of each."""
    with stage.cluster(workers, settings):
        for unit in units:
            press(unit)
        for unit in units:
            while not exported(unit):
                time.sleep(0.2)
        time.sleep(seconds)
    require_happy(*units)
    journals = [books.entries(running, unit.quickbooks_company.realm_id) for unit in units]
    paces = [books.pace(journal, seconds) for journal in journals]
    return {
        "documents_per_minute": sum(pace["documents_per_minute"] for pace in paces),
        "throttled": sum(pace["throttled"] for pace in paces),
        "slowest": min(pace["documents_per_minute"] for pace in paces),
        "longest_gaps": [books.longest_gap(journal, seconds) for journal in journals],
    }


def pressed_singly(unit, presses, every):
    """Press single exports during a run of everything; give how long each took.

    Each is a customer, an invoice and a payment that are new, so three writes one after another.
    """
    from django.utils import timezone

    from sync.exports.runs import runs
    from sync.exports.runs.drafts import prepare
    from sync.models import Payment, SyncRecord
    from tests.factories import InvoiceFactory, PaymentFactory

    press(unit)
    pressed, answered = {}, []
    for _ in range(presses):
        payment = PaymentFactory(invoice=InvoiceFactory(business_unit=unit))
        pressed[payment.pk] = timezone.now()
        [run] = prepare([payment.pk], None, is_single=True)
        runs.confirm(run, None)
        answered.append((timezone.now() - pressed[payment.pk]).total_seconds())
        time.sleep(every)
    there = SyncRecord.objects.filter(payment__in=pressed, state="exported")
    ends = time.monotonic() + LATEST_SINGLE
    while there.count() < presses and time.monotonic() < ends:
        time.sleep(1)
    waited = [(r.exported_at - pressed[r.payment_id]).total_seconds() for r in there.all()]
    left = Payment.objects.filter(business_unit=unit).exclude(sync_records__state="exported")
    return {
        "pressed": presses,
        "answered": answered,
        "waited": waited,
        "bulk_left": left.count(),
    }
