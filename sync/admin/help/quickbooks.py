"""Help for connecting a business unit, and for what its company holds already."""

from sync.admin.help.help import Help, Texts
from sync.admin.help.money import SAVE
from sync.words import later

_DEFAULT = Help(
    later("One service or method, and where it goes unless a business unit says otherwise."),
    (SAVE,),
)
TEXTS: Texts = {
    "sync_businessunit_quickbooks_join": Help(
        later(
            "Another business unit of yours posts to this QuickBooks company already. Its mappings"
            " would be shared by both."
        ),
    ),
    "sync_customer_mend": Help(
        later(
            "Whom this customer is in QuickBooks. What has gone stays with the one it went to;"
            " what is to come goes to the one you choose."
        ),
    ),
    "sync_businessunit_quickbooks": Help(
        later(
            "How this business unit is connected to QuickBooks, step by step: connect, check, say"
            " where each service and payment method goes, match customers, finish. A step can be"
            " left and gone on with later."
        ),
        (
            (later("Verify again"), later("Reads the company and its lists anew.")),
            (later("Check now"), later("Asks QuickBooks whether the connection works.")),
            (
                later("Save mappings"),
                later("Keeps which account, item or method each goes to, for all exports to come."),
            ),
        ),
    ),
    "sync_businessunit_quickbooks_going_live": Help(
        later(
            "What is to be in order before the first real export, and which of it is. Nothing is"
            " done on this page."
        ),
    ),
    "sync_businessunit_changelist": Help(
        later("Your branches: how each is connected, and what it lacks before it can export."),
    ),
    "sync_businessunit_change": Help(
        later(
            "One branch: its time zone, currency, and the day from which it exports. Its menu leads"
            " to QuickBooks, ready payments and imports."
        ),
    ),
    "sync_businessunit_add": Help(
        later(
            "A branch with its own invoices. Its time zone decides which day it is there, and its"
            " currency is that of all its money."
        ),
    ),
    "sync_corporatedefault_changelist": Help(
        later(
            "Where services and methods go in QuickBooks wherever a business unit does not say so"
            " itself."
        ),
    ),
    "sync_corporatedefault_add": _DEFAULT,
    "sync_corporatedefault_change": _DEFAULT,
    "sync_customermatch_changelist": Help(
        later(
            "Customers who may be in QuickBooks already. A match that is certain can be accepted"
            " for all at once; the others you look at."
        ),
        (
            (later("Read customers"), later("Reads the customers of QuickBooks anew.")),
            (
                later("None of theirs: create new ones"),
                later("Each is created in QuickBooks with its first export."),
            ),
        ),
    ),
    "sync_customermatch_change": Help(
        later("One customer of ours, with those in QuickBooks who may be the same."),
        (
            (
                later("This is it"),
                later("Links the two. Its invoices then go to that customer in QuickBooks."),
            ),
            (
                later("None of these: create a new one"),
                later("It is created in QuickBooks with its first export."),
            ),
        ),
    ),
    "sync_booksmatch_changelist": Help(
        later(
            "Invoices that QuickBooks may hold already, typed by hand or brought by another tool."
            " Until they are decided, they would be entered twice."
        ),
        (
            (
                later("Link those that fit to the cent"),
                later("They count as exported. Nothing is changed in QuickBooks."),
            ),
            (later("Do not export ours"), later("Ours stay here, and never go.")),
            (
                later("None of theirs: export ours"),
                later("Ours may be exported, as they are not the same."),
            ),
        ),
    ),
    "sync_booksmatch_change": Help(
        later("One invoice of ours beside what QuickBooks holds, with what contradicts marked."),
        (
            (
                later("This is it: link"),
                later("Ours counts as exported. Nothing is changed in QuickBooks."),
            ),
            (
                later("It is there: do not export ours"),
                later("Ours stays here, and never goes."),
            ),
            (
                later("None of these: export ours"),
                later("Ours may be exported, as it is not the same."),
            ),
        ),
    ),
}
