"""Whether what is stored of a company can be trusted to be what was last done there.

Not at the first session after a start of the product, since a backup may have been restored
before it; not after a takeover, since what the other process did may have been lost with it; and
not where the company has been held less often than this process remembers, which only a restored
database says.
"""

import os
from uuid import uuid4

from sync.company.lease import Lease
from sync.models import QuickBooksCompany

_EPOCH = "PAIDUP_EPOCH"
_MOST_EPOCHS = 8
_remembered: dict[str, int] = {}


def epoch() -> str:
    """Return the name of this start; the processes that it starts inherit it."""
    return os.environ.setdefault(_EPOCH, uuid4().hex)


def is_broken(company: QuickBooksCompany, lease: Lease) -> bool:
    """Say whether the company must be looked through first; it stays so until that is done."""
    before = _remembered.get(company.realm_id, 0)
    _remembered[company.realm_id] = company.session_serial
    if lease.is_takeover or company.session_serial <= before:
        company.known_epochs = []
        company.save(update_fields=["known_epochs"])
    return epoch() not in company.known_epochs


def mend(company: QuickBooksCompany) -> None:
    """Keep that the company was looked through, in the caller's transaction."""
    company.known_epochs = [*company.known_epochs, epoch()][-_MOST_EPOCHS:]
    company.save(update_fields=["known_epochs"])
