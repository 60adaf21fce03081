"""Help for the first page, people, what happened, and pages that ask once more."""

from sync.admin.help.help import Help, Texts
from sync.admin.help.money import SAVE
from sync.words import later

HISTORY = Help(later("What was changed on this page's document, by whom and when."))
DELETE = Help(
    later("Asks before something is deleted here. Nothing is deleted in QuickBooks."),
)
ASKS = Help(
    later(
        "Asks once more before anything is done. The page says what will happen; the button does"
        " exactly that, once."
    ),
    ((later("Cancel"), later("Does nothing, and goes back.")),),
)
_PERSON = Help(
    later(
        "Somebody who signs in. What a person may do is decided by roles, one for each business"
        " unit."
    ),
    (SAVE,),
)
_ROLE = Help(
    later(
        "What one person may do in one business unit: look, export, keep the books, or connect"
        " QuickBooks and give roles."
    ),
    (SAVE,),
)
TEXTS: Texts = {
    "index": Help(
        later(
            "What needs you comes first, then what is ready to export with its sums, what runs now,"
            " and what was exported lately. Every figure opens the list behind it."
        ),
    ),
    "app_list": Help(later("All lists of this site that you may open.")),
    "search": Help(later("Documents and pages that fit what you typed, of every list.")),
    "operations": Help(
        later(
            "Whether the site works: workers, queue, database, QuickBooks, and what each table"
            " holds."
        ),
    ),
    "list_columns": Help(later("Which columns a list shows to you; others choose their own.")),
    "language": Help(later("The language in which you are shown pages, amounts and dates.")),
    "needs_mail": Help(
        later("How often Paidup writes to you about what needs you, and about what."),
        (
            (
                later("Save"),
                later("Changes when you are written to. Every e-mail can turn itself off."),
            ),
        ),
    ),
    "sync_event_changelist": Help(
        later("Who did what, when, from where. Nothing here can be changed or deleted."),
    ),
    "sync_event_change": Help(later("One thing that happened, with everything noted about it.")),
    "accounts_user_changelist": Help(later("Everybody who can sign in, and when they last did.")),
    "accounts_user_change": _PERSON,
    "accounts_user_add": _PERSON,
    "accounts_membership_changelist": Help(later("Who may do what in which business unit.")),
    "accounts_membership_change": _ROLE,
    "accounts_membership_add": _ROLE,
    "auth_user_password_change": Help(
        later("Sets a new password for this person, who is signed out everywhere by that."),
    ),
    "password_change": Help(later("Sets a new password for yourself.")),
    "password_change_done": Help(later("Your password was changed.")),
}
