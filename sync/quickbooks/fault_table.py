"""The closed table of Intuit's faults: one row for each that means something to us.

A code alone says too little: 5010 and 6210 were both seen for closed books, 6210 and 6240 for a
duplicate number, so a row is found by HTTP status, code and words. The first row that fits wins.

Source: Intuit's pages of error codes and recorded answers, developer.intuit.com
/app/developer/qbo/docs/develop/troubleshooting/error-codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sync.words import stored

# What says for certain that something stands where a document was to go.
NUMBER_TAKEN, NAME_TAKEN = "6140", "6240"
DUPLICATES = frozenset({NUMBER_TAKEN, NAME_TAKEN})
# Something that the document refers to is gone or inactive, and the answer does not say what.
REFERS_AMISS = frozenset({"610", "2500"})


class Outcome(StrEnum):
    """What follows from a fault."""

    RETRY = "retry"  # nothing was written; the same again may work
    REAUTHORIZE = "reauthorize"  # nothing was written; a fresh access token first
    BLOCKED = "blocked"  # nothing was written; someone must put something right first
    REJECTED = "rejected"  # nothing was written; this document must change
    DUPLICATE = "duplicate"  # a name or number is taken, perhaps by what we wrote before
    UNKNOWN = "unknown"  # it may have been written: look


@dataclass(frozen=True, slots=True)
class KnownFault:
    """One fault: where it applies, what follows, and a bookkeeper's sentence with the remedy."""

    outcome: Outcome
    words: str
    code: str = ""  # empty: any
    kept_as: str = ""  # the code it is kept under, where Intuit's own means other things too
    statuses: range = range(100, 600)
    pattern: str = ""  # sought in message and detail, whatever the case
    throttled: bool = False
    company_wide: bool = False

    def fits(self, status: int, code: str, text: str) -> bool:
        """Whether this row is the one for that fault."""
        return (
            status in self.statuses
            and self.code in {"", code}
            and re.search(self.pattern, text, re.IGNORECASE) is not None
        )


def row_for(status: int, code: str, text: str) -> KnownFault | None:
    """The row of the table for this fault, None when the table has none."""
    return next((row for row in TABLE if row.fits(status, code, text)), None)


# A fault of one batch item comes inside a 200, the same fault of a single write as a 400.
_BUSINESS = range(200, 401)
_SERVER = range(500, 600)

_SLOW_DOWN = stored(
    "QuickBooks asked us to slow down. Nothing to do: the export waits a minute, "
    "checks what arrived and goes on."
)
_CLOSED = stored(
    "QuickBooks has closed its books for the date of this document. Ask your "
    "accountant to change the closing date in QuickBooks, or mark it Do not export."
)
_NUMBER_TAKEN = stored(
    "QuickBooks already has a document with this number. Compare the two, then "
    "link to the existing document or mark this one Do not export."
)
_OUR_MISTAKE = stored(
    "QuickBooks did not understand what was sent. Nothing was written; pass the "
    "details below to whoever runs this system."
)
_TROUBLE = stored(
    "QuickBooks had trouble and did not say whether it kept this. Nothing to do: "
    "the export checks QuickBooks before it tries again."
)

LOOK_FIRST = KnownFault(
    Outcome.REJECTED,
    stored(
        "QuickBooks refused this for a reason not seen before. Read its own words "
        "below, correct the document or the set-up, and retry."
    ),
)
WAIT_AND_LOOK = KnownFault(Outcome.UNKNOWN, _TROUBLE)
UNREADABLE = KnownFault(
    Outcome.UNKNOWN,
    stored(
        "QuickBooks answered with something that could not be read. Nothing to do: the "
        "export checks QuickBooks before it tries again."
    ),
)

TABLE: tuple[KnownFault, ...] = (
    # How fast, and whether at all
    KnownFault(Outcome.UNKNOWN, _SLOW_DOWN, statuses=range(429, 430), throttled=True),
    KnownFault(Outcome.UNKNOWN, _SLOW_DOWN, code="3001", throttled=True),
    KnownFault(Outcome.UNKNOWN, _SLOW_DOWN, pattern="ThrottleExceeded", throttled=True),
    # Intuit's own trouble: whatever the body says, a 5xx may have been carried out
    KnownFault(Outcome.UNKNOWN, _TROUBLE, statuses=_SERVER),
    KnownFault(Outcome.UNKNOWN, _TROUBLE, code="10000"),
    # Who may
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "The person who connected QuickBooks no longer has access to this company. "
            "Have one of its administrators reconnect it."
        ),
        code="120",
        company_wide=True,
    ),
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "QuickBooks does not let this app work in this company. Check that the app's "
            "keys are the ones for this kind of company, then reconnect."
        ),
        code="3100",
        company_wide=True,
    ),
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "QuickBooks refused access to this company. Check its subscription and the "
            "app's permissions, then reconnect."
        ),
        statuses=range(403, 404),
        company_wide=True,
    ),
    KnownFault(
        Outcome.REAUTHORIZE,
        stored(
            "QuickBooks no longer accepts this connection. If it does not recover by "
            "itself, reconnect the company."
        ),
        statuses=range(401, 402),
        company_wide=True,
    ),
    KnownFault(
        Outcome.REAUTHORIZE,
        stored(
            "QuickBooks no longer accepts this connection. If it does not recover by "
            "itself, reconnect the company."
        ),
        code="3200",
        company_wide=True,
    ),
    # For a while
    *(
        KnownFault(
            Outcome.RETRY,
            stored(
                "QuickBooks has locked this company for its own maintenance. Nothing to do: it "
                "is tried again."
            ),
            code=code,
            statuses=range(200, 500),
            company_wide=True,
        )
        for code in ("130", "140", "150")
    ),
    KnownFault(
        Outcome.UNKNOWN,
        stored(
            "QuickBooks says that it has had this request before. Nothing to do: the "
            "export checks what became of it."
        ),
        code="600",
    ),
    # Books and subscription
    KnownFault(Outcome.BLOCKED, _CLOSED, code="5010", statuses=_BUSINESS, pattern="period.*closed"),
    KnownFault(Outcome.BLOCKED, _CLOSED, code="6210", statuses=_BUSINESS, pattern="period.*closed"),
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "The QuickBooks subscription of this company has ended or has a billing "
            "problem. Put it right in QuickBooks, then retry."
        ),
        code="6190",
        statuses=_BUSINESS,
        company_wide=True,
    ),
    # Numbers and names
    KnownFault(Outcome.DUPLICATE, _NUMBER_TAKEN, code=NUMBER_TAKEN, statuses=_BUSINESS),
    *(
        KnownFault(
            Outcome.DUPLICATE,
            _NUMBER_TAKEN,
            code=code,
            statuses=_BUSINESS,
            kept_as=NUMBER_TAKEN,
            pattern="duplicate.*(document )?number",
        )
        for code in ("6210", "6240")
    ),
    KnownFault(
        Outcome.DUPLICATE,
        stored(
            "QuickBooks already has a customer, vendor or employee with this name. Link to "
            "that customer, or give ours another name."
        ),
        code=NAME_TAKEN,
        statuses=_BUSINESS,
    ),
    # What the document refers to
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "An account, item, customer or other thing this document uses was made "
            "inactive in QuickBooks. Make it active again there, or change the mapping, "
            "then retry."
        ),
        code="610",
        statuses=_BUSINESS,
        pattern="inactive",
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "QuickBooks no longer has this document, or one it refers to. Check in "
            "QuickBooks whether it was deleted, then unlink or retry."
        ),
        code="610",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "A mapping points to something that is not in QuickBooks. Refresh the lists "
            "from QuickBooks, choose again in the mappings, and retry."
        ),
        code="2500",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.BLOCKED,
        stored(
            "QuickBooks did not accept the tax code of a line. Check the tax mappings, then retry."
        ),
        code="6100",
        statuses=_BUSINESS,
    ),
    # What the document says
    KnownFault(
        Outcome.RETRY,
        stored(
            "Someone changed this in QuickBooks at the same time. Nothing to do: it is "
            "read again and tried again."
        ),
        code="5010",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "Something QuickBooks requires is missing from this document. Read its words "
            "below, add what is missing, and retry."
        ),
        code="2020",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "QuickBooks does not take the customer's e-mail address. Correct it on the "
            "customer's page (it needs an @ and a dot after it) or leave it empty, and "
            "retry."
        ),
        code="2210",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "A name has a sign in it that QuickBooks does not take: a colon, a tab or a "
            "line break. Correct the names on the customer's page, or give it another name "
            "in QuickBooks there, and retry."
        ),
        code="2040",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "A text is longer than QuickBooks takes. Read its words below, shorten that "
            "text, and retry."
        ),
        code="2050",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "An amount is outside what QuickBooks takes (0 to 999,999,999). Correct the "
            "amount and retry."
        ),
        code="2240",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "The amount of a line is not its quantity times its price. Correct the line and retry."
        ),
        code="6070",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "An item on this document is tracked as inventory and starts later than the "
            "document's date. Correct the item's start date in QuickBooks, or map another "
            "item, and retry."
        ),
        code="6270",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "This payment is part of a bank deposit in QuickBooks. Remove it from the "
            "deposit there first, then retry."
        ),
        code="6540",
        statuses=_BUSINESS,
    ),
    KnownFault(
        Outcome.REJECTED,
        stored(
            "A rule of QuickBooks forbids this document. Read its words below, correct the "
            "document or the set-up, and retry."
        ),
        code="6000",
        statuses=_BUSINESS,
    ),
    # What only a mistake of ours brings about
    *(
        KnownFault(Outcome.REJECTED, _OUR_MISTAKE, code=code, statuses=_BUSINESS)
        for code in ("500", "2010", "2030", "2170", "4000", "4001")
    ),
)
