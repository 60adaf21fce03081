"""Help for payments, invoices, customers and refunds."""

from sync.admin.help.help import Act, Help, Texts
from sync.admin.remedies import bulk_words, offer
from sync.words import later

# What each remedy does is said once, where it is asked about.
REMEDIES: tuple[Act, ...] = tuple(
    (question.button, question.lead)
    for questions in (bulk_words.QUESTIONS, offer.QUESTIONS)
    for question in questions.values()
)
SAVE: Act = (
    later("Save"),
    later("Keeps what you typed. Nothing goes to QuickBooks by this."),
)
_EXPORT: Act = (
    later("Export to QuickBooks"),
    later("Shows a preview first. Nothing goes before you confirm it."),
)
_PAYMENT = Help(
    later(
        "One payment: what was received, for which invoice, and how far it is on its way to"
        " QuickBooks. What you change after it was exported is never sent: it is shown under"
        " Changes after export."
    ),
    (_EXPORT, SAVE),
)
_INVOICE = Help(
    later(
        "One invoice with its lines, payments and refunds. Once its payments add up to its total"
        " it can be exported, together with all of them. What you change after that is never sent:"
        " it is shown under Changes after export."
    ),
    (SAVE,),
)
_CUSTOMER = Help(
    later(
        "One customer with its invoices and payments, and what is due. The page says under which"
        " name it is in QuickBooks, or will be."
    ),
    (SAVE,),
)
_REFUND = Help(
    later(
        "Money that was given back. It is never sent to QuickBooks. Where its payment is there, it"
        " waits under Refunds to adjust until the adjustment is seen in the books."
    ),
    (SAVE,),
)
TEXTS: Texts = {
    "sync_payment_changelist": Help(
        later(
            "Money that was received. The tabs say how far each payment is: ready, not ready and"
            " why, exported, or stopped by a problem. An invoice goes with all its payments, once,"
            " when it is fully paid."
        ),
        (
            (
                later("Export Payments"),
                later(
                    "Shows a preview of what is ticked, or of all that is ready where nothing is"
                    " ticked. Nothing goes before you confirm it."
                ),
            ),
            *REMEDIES,
        ),
    ),
    "sync_payment_change": _PAYMENT,
    "sync_payment_add": _PAYMENT,
    "sync_invoice_changelist": Help(
        later(
            "All invoices, whatever was paid of them. An invoice is exported by exporting its"
            " payments, once it is fully paid."
        ),
        REMEDIES,
    ),
    "sync_invoice_change": _INVOICE,
    "sync_invoice_add": _INVOICE,
    "sync_customer_changelist": Help(
        later("Everybody who was invoiced. Open one to see the account: invoices, payments, due."),
    ),
    "sync_customer_change": _CUSTOMER,
    "sync_customer_add": _CUSTOMER,
    "sync_refund_changelist": Help(
        later(
            "All money that was given back. What of it is to be entered in QuickBooks is listed"
            " under Refunds to adjust."
        ),
    ),
    "sync_refund_change": _REFUND,
    "sync_refund_add": _REFUND,
}
