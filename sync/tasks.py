"""What workers do: ids in, one call. The rows say what there is to do; a task only wakes."""

from sync.connections import creating, looking, notices, proposals
from sync.connections.verification import verify
from sync.connections.wake import enqueue_relay
from sync.discrepancies import digests, drift, proof, tieouts, webhooks
from sync.discrepancies.watching import read_nightly
from sync.exports import relay as relays
from sync.exports import waiting
from sync.exports.asking import Remedy
from sync.exports.checking import check_again
from sync.exports.comparing import compare
from sync.exports.customers import deciding, proposing
from sync.exports.customers.linking import link_chosen
from sync.exports.linking import link
from sync.exports.removing import remove
from sync.exports.unlinking import unlink

HANDLERS = {
    "verify": verify,
    looking.CHECK: looking.look,
    creating.CREATE: creating.create,
    proposing.KIND: proposing.read_and_propose,
    deciding.LINK: link_chosen,
    proof.KIND: proof.prove,
    Remedy.CHECK.value: check_again,
    Remedy.COMPARE.value: compare,
    Remedy.LINK.value: link,
    Remedy.UNLINK.value: unlink,
    Remedy.REMOVE.value: remove,
    drift.KIND: drift.watch,
    tieouts.KIND: tieouts.tie_out,
}


def relay(company_id: int) -> str:
    """Drain one company for a time slice."""
    return relays.relay(company_id, HANDLERS).value


def sweep() -> int:
    """Wake what was forgotten: a lost task, a killed worker, a wait that is over."""
    for company_id in webhooks.forgotten():
        webhooks.look_at_changes(company_id)
    companies = waiting.waiting_companies(HANDLERS)
    for company_id in companies:
        enqueue_relay(company_id)
    return len(companies)


def nightly() -> int:
    """Have every connected company looked up and read for adjustments; warn of ending ones."""
    looking.look_at_all()
    notices.tell_due()
    return read_nightly()


def tell(company_id: int) -> bool:
    """Tell people that a connection has ended."""
    return notices.tell(company_id)


def look_at_changes(company_id: int) -> int:
    """Look at what QuickBooks told of."""
    return webhooks.look_at_changes(company_id)


def weekly() -> int:
    """Send the digests."""
    return digests.send_weekly()


def spread_defaults() -> int:
    """Propose anew in every company after a corporate default changed."""
    return proposals.propose_everywhere()
