"""Help for previews, exports, and the documents that are in QuickBooks."""

from sync.admin.help.help import Help, Texts
from sync.admin.help.money import REMEDIES
from sync.words import later

TEXTS: Texts = {
    "sync_exportrun_preview": Help(
        later(
            "What would go to QuickBooks, in which company, with its sums, and what is left out"
            " and why. Nothing has been sent yet."
        ),
        (
            (
                later("Confirm and export"),
                later(
                    "Puts the invoices with all their payments into the queue. Workers send them,"
                    " each once; you may leave the page."
                ),
            ),
            (later("Cancel"), later("Sends nothing, and goes back to the list as it was.")),
        ),
    ),
    "sync_exportrun_changelist": Help(
        later(
            "Every export that somebody confirmed: who, when, how much, and how much of it is in"
            " QuickBooks."
        ),
    ),
    "sync_exportrun_change": Help(
        later(
            "One export while it goes on and afterwards: what is in QuickBooks, what is left, and"
            " what was refused, by its cause."
        ),
        (
            (
                later("Go on with the rest"),
                later("Sends what of it waits. What is in QuickBooks is not sent again."),
            ),
        ),
    ),
    "sync_syncrecord_changelist": Help(
        later(
            "Every customer, invoice and payment that Paidup has put into QuickBooks, is about to,"
            " or could not."
        ),
        REMEDIES,
    ),
    "sync_syncrecord_change": Help(
        later(
            "One document as it stands in QuickBooks: its id there, when it went, and what"
            " QuickBooks answered."
        ),
    ),
    "sync_companyrequest_outcome": Help(
        later("What QuickBooks answered to what you asked, with ours and theirs side by side."),
        (
            (
                later("Link what is ticked"),
                later(
                    "Says that the two are the same. Ours then counts as exported; nothing is"
                    " changed in QuickBooks."
                ),
            ),
        ),
    ),
    "sync_stray_changelist": Help(
        later(
            "Documents in QuickBooks that bear Paidup's mark and that nothing here knows of, after"
            " a restore for example. What can be exported is found there when it goes, and is not"
            " made twice; the rest you look at."
        ),
        (
            (
                later("Say that it was dealt with"),
                later("Takes it off the list, with your name. Nothing is changed in QuickBooks."),
            ),
        ),
    ),
    "sync_stray_change": Help(
        later("One document in QuickBooks that bears Paidup's mark and is not known here."),
    ),
}
