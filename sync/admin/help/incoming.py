"""Help for files, sources, and what waits for what it belongs to."""

from sync.admin.help.help import Help, Texts
from sync.words import later

_FEED = Help(
    later(
        "A system that customers, invoices and payments come from by themselves. They are taken in"
        " here; nothing is sent to QuickBooks by that. The page says what came, what is held for an"
        " answer, and when it asks next."
    ),
    (
        (later("Pull now"), later("Asks for what changed there since last time.")),
        (
            later("Read everything again"),
            later("Asks for all of it. What is here already and the same stays as it is."),
        ),
        (later("Test"), later("Tries the connection, and takes nothing in.")),
        (later("Pause"), later("Asks for nothing more until you start it again.")),
        (later("Confirm"), later("Takes the fields that are shown as right, for all that comes.")),
    ),
)
TEXTS: Texts = {
    "sync_import_changelist": Help(
        later(
            "Files that were brought in: who, when, which file, and what came of it. As long as"
            " nothing of a file has been exported, its page can undo it."
        ),
        (
            (
                later("Bring a file in"),
                later("Lets you choose a CSV or Excel file, and shows what it would bring first."),
            ),
        ),
    ),
    "sync_import_bring": Help(
        later(
            "Takes a file as your other system saves it: CSV or Excel, whatever its columns are"
            " called. What the file does not tell by itself is asked."
        ),
        (
            (
                later("Look at it"),
                later("Reads the file and shows what would come of each row. Nothing is stored."),
            ),
        ),
    ),
    "sync_import_change": Help(
        later(
            "One file, row by row: what is new, changed, the same, waiting or refused, and why."
            " The sums stand beside the file's own."
        ),
        (
            (
                later("Take all in"),
                later(
                    "Stores the rows in the background; you may leave the page. Nothing goes to"
                    " QuickBooks by this."
                ),
            ),
            (
                later("Undo this import"),
                later("Takes away what the file brought, while nothing of it has been exported."),
            ),
        ),
    ),
    "sync_feed_changelist": Help(
        later("Systems that invoices and payments come from by themselves, and how each is doing."),
    ),
    "sync_feed_change": _FEED,
    "sync_feed_connect": Help(
        later(
            "Lets Paidup ask another system for invoices and payments by itself. The key is kept"
            " encrypted and is never shown again."
        ),
    ),
    "sync_delivery_changelist": Help(
        later(
            "What came in before what it belongs to, such as a payment of an invoice that is not"
            " here yet. It attaches by itself as soon as that comes."
        ),
    ),
    "sync_delivery_change": Help(
        later("One thing that waits, as it was delivered, and what it waits for."),
        (
            (
                later("Attach"),
                later("Puts it with the document you choose, rather than to wait for its own."),
            ),
        ),
    ),
}
