"""The pages that office staff and bookkeepers work in: declarations, grouped as the rooms are.

An action is a permission, one call into a room, and a message.
"""

from sync.admin.activity import events
from sync.admin.common import unregistered
from sync.admin.connections import defaults, views
from sync.admin.discrepancies import drifts, refunds, strays, tie_outs
from sync.admin.documents import customers, invoices, payments, refund_entries, units
from sync.admin.exports import records, runs
from sync.admin.intake import feeds, imports, waiting
from sync.admin.matching import books, matches
from sync.admin.remedies import request_admin

__all__ = [
    "books",
    "customers",
    "defaults",
    "drifts",
    "events",
    "feeds",
    "imports",
    "invoices",
    "matches",
    "payments",
    "records",
    "refund_entries",
    "refunds",
    "request_admin",
    "runs",
    "strays",
    "tie_outs",
    "units",
    "unregistered",
    "views",
    "waiting",
]
