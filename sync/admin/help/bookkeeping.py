"""Help for refunds to adjust, changes after export, and tie-outs."""

from sync.admin.help.help import Help, Texts
from sync.words import later

TEXTS: Texts = {
    "sync_refunddiscrepancy_changelist": Help(
        later(
            "Refunds of payments that are in QuickBooks. Paidup never sends them: enter the"
            " adjustment in QuickBooks, and the row leaves the list once it is seen there."
        ),
        (
            (
                later("Look in QuickBooks now"),
                later("Reads what was entered there, and settles what fits to the cent."),
            ),
            (later("Review"), later("Decides about all that is ticked at once.")),
            (
                later("Take them on myself"),
                later("Writes your name beside them, so that others see who works on them."),
            ),
        ),
    ),
    "sync_refunddiscrepancy_change": Help(
        later(
            "One refund: what was given back, what to enter in QuickBooks, and what was found there"
            " that may be it."
        ),
        (
            (later("This is it"), later("Takes the entry shown as the adjustment of this refund.")),
            (
                later("Read it"),
                later("Reads the entry you name in QuickBooks, and says whether it fits."),
            ),
            (
                later("Recorded in QuickBooks"),
                later("Keeps this or another decision with your note. Nothing is written there."),
            ),
            (later("Take it back"), later("Opens the refund again; the decision stays on record.")),
        ),
    ),
    "sync_drift_changelist": Help(
        later(
            "Documents that were changed here or in QuickBooks after they were exported. Nothing is"
            " corrected by itself: a person says which is right."
        ),
        (
            (
                later("Accept or explain"),
                later("Keeps your words beside the change, and takes it off the list."),
            ),
        ),
    ),
    "sync_drift_change": Help(
        later("One change after export, with both versions side by side, and what may be done."),
    ),
    "sync_tieout_changelist": Help(
        later(
            "Comparisons of a period: what is here against what is in QuickBooks, to the cent, with"
            " every difference named and signed by a person."
        ),
    ),
    "sync_tieout_add": Help(
        later("Chooses the business unit and the days that are compared."),
        (
            (
                later("Compare"),
                later("Reads the period in QuickBooks in the background. Nothing is written."),
            ),
        ),
    ),
    "sync_tieout_change": Help(
        later(
            "What was compared, with its sums and differences, as it stood when it was read. The"
            " files hold the same for your auditor."
        ),
        (
            (
                later("Sign"),
                later("Puts your name, role and the time under it, once and for good."),
            ),
        ),
    ),
}
