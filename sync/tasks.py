"""What workers do: ids in, one call. The rows say what there is to do; a task only wakes."""

from sync.company.isolation import apart
from sync.company.wake import enqueue_relay
from sync.connections import health_check, notices, stored_readiness
from sync.connections.verification import verify
from sync.discrepancies import digests, webhooks
from sync.discrepancies.drift import accepting, drift
from sync.discrepancies.nightly_reading import read_nightly
from sync.discrepancies.refunds import showing
from sync.discrepancies.refunds.reading import proof
from sync.discrepancies.tieout import tieouts
from sync.exports.books import deciding as books
from sync.exports.books import linking, reading
from sync.exports.customers import deciding, mending, proposing
from sync.exports.customers.linking import link_chosen
from sync.exports.delivery import due_work
from sync.exports.delivery import relay as relays
from sync.exports.remedies.check import check_again
from sync.exports.remedies.compare import compare
from sync.exports.remedies.correct import correct
from sync.exports.remedies.link import link
from sync.exports.remedies.remove import remove
from sync.exports.remedies.requests import Remedy
from sync.exports.remedies.unlink import unlink
from sync.exports.runs import verdicts
from sync.intake.imports import shelf, working
from sync.intake.sources import working as pulls
from sync.mappings import create_entry, rates, store_proposals
from sync.models import Heartbeat
from sync.needs import mails
from sync.operations import heartbeats, pruning

HANDLERS = {
    "verify": verify,
    health_check.CHECK: health_check.look,
    create_entry.CREATE: create_entry.create,
    rates.KIND: rates.read,
    proposing.KIND: proposing.read_and_propose,
    deciding.LINK: link_chosen,
    reading.KIND: reading.read_and_match,
    books.LINK: linking.link_chosen,
    proof.KIND: proof.prove,
    showing.KIND: showing.read_shown,
    Remedy.CHECK.value: check_again,
    Remedy.COMPARE.value: compare,
    Remedy.LINK.value: link,
    Remedy.UNLINK.value: unlink,
    Remedy.REMOVE.value: remove,
    Remedy.CORRECT.value: correct,
    Remedy.ACCEPT.value: accepting.accept,
    Remedy.NAME.value: mending.accept_name,
    Remedy.RELINK.value: mending.relink,
    Remedy.ANEW.value: mending.create_anew,
    Remedy.LET_GO.value: mending.let_go,
    drift.KIND: drift.watch,
    tieouts.KIND: tieouts.tie_out,
}


def relay(company_id: int) -> str:
    """Drain one company for a time slice, and before it those in which people wait."""
    looked = apart([company_id], lambda own: due_work.awaited_elsewhere(own, HANDLERS))
    for awaited in looked.done:
        apart(awaited, lambda other: relays.relay(other, HANDLERS))
    ended = relays.relay(company_id, HANDLERS)
    apart([company_id], verdicts.wake_where_outdated)  # what was read may be other rules
    return ended.value


def find_verdicts(company_id: int) -> bool:
    """Find what the bodies of documents tell, where that is outdated."""
    return verdicts.renew_piece(company_id)


def sweep() -> int:
    """Wake what was forgotten: a lost task, a killed worker, a wait that is over."""
    heartbeats.beat(Heartbeat.Kind.SWEEP)
    apart(webhooks.forgotten(), webhooks.look_at_changes)
    apart(working.forgotten(), working.enqueue_one)
    apart(pulls.due(), pulls.wake)
    apart(verdicts.connected_companies(), verdicts.wake_where_outdated)
    apart([stored_readiness.renew_outdated], lambda do: do())
    companies = due_work.waiting_companies(HANDLERS)
    apart(companies, enqueue_relay)
    return len(companies)


def nightly() -> int:
    """Have every connected company looked up and read for adjustments; warn of ending ones.

    What a day's lost tasks left out is made up for here: notices, and what defaults propose.
    """
    made_up_for = [
        pruning.prune,
        shelf.prune,
        store_proposals.propose_everywhere,
        health_check.look_at_all,
        notices.tell_due,
    ]
    apart(made_up_for, lambda do: do())
    return read_nightly()


def bring_in(import_id: int) -> bool:
    """Look at a file that a person brought, or take it in."""
    return working.bring_in(import_id)


def pull(feed_id: int) -> bool:
    """Pull a unit's source, or go on with it."""
    return pulls.pull_on(feed_id)


def tell(company_id: int) -> bool:
    """Tell people that a connection has ended."""
    return notices.tell(company_id)


def look_at_changes(company_id: int) -> int:
    """Look at what QuickBooks told of."""
    return webhooks.look_at_changes(company_id)


def weekly() -> int:
    """Send the digests."""
    return digests.send_weekly()


def tell_needs() -> int:
    """Mail people what needs them, where something of it is new."""
    return mails.tell_due()


def spread_defaults() -> int:
    """Propose anew in every company after a corporate default changed."""
    return store_proposals.propose_everywhere()
