"""Batches sent by hand, one wave after the other, so that a worker can die between two of them."""

from sync.company.sessions import open_session
from sync.exports.delivery.planner import mark_as_sent, plan_batches
from sync.exports.delivery.settling import settle


def send(session, planned):
    """Write a planned batch; what became of it is not written down."""
    mark_as_sent(session, [planned])
    return session.client.send_batch(planned.batch.body.encode(), planned.batch.request_id)


def send_and_settle(unit, count):
    """Let the first waves go in good order: the customer, the invoice, the payments."""
    with open_session(unit.quickbooks_company_id) as session:
        for _ in range(count):
            [planned] = plan_batches(session, 1)
            settle(session, [(planned, send(session, planned))])
