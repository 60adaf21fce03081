"""The pages that office staff and bookkeepers work in: declarations, one module a noun.

An action is a permission, one call into a room, and a message.
"""

from sync.admin import (
    asked,
    connections,
    connections_defaults,
    customers,
    drifts,
    events,
    invoices,
    left_out,
    matches,
    payments,
    records,
    refund_entries,
    refunds,
    runs,
    tie_outs,
    units,
)

__all__ = [
    "asked",
    "connections",
    "connections_defaults",
    "customers",
    "drifts",
    "events",
    "invoices",
    "left_out",
    "matches",
    "payments",
    "records",
    "refund_entries",
    "refunds",
    "runs",
    "tie_outs",
    "units",
]
