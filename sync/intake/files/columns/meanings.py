"""What the words of type, status and method columns mean, in six languages; compared bare."""

import re
from enum import StrEnum

from sync.intake.files.columns.names import bare
from sync.intake.files.outcomes import Code
from sync.intake.files.values.dates import MONTHS


class Row(StrEnum):
    """What a row is, where it is ours."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    DEPOSIT = "deposit"
    REFUND = "refund"


class Standing(StrEnum):
    """How an invoice or payment stands, as its source says."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    WRITTEN_OFF = "written_off"


Meant = Row | Standing | Code

TYPES: dict[Meant, str] = {
    Row.INVOICE: "invoice|inv|tax invoice|sales invoice|accrec|rechnung|facture|factura|factuur|"
    "fattura",
    Row.PAYMENT: "payment|charge|accrecpayment|receive payment|customer payment|invoice payment|"
    "zahlung|paiement|"
    "pago|betaling|pagamento|sales receipt payment|cash|check|cheque|card|credit card|debit card|"
    "zelle|venmo|cash app|paypal|wire|wire transfer|money order|interac|"
    "ach|eft|e transfer|financing|visa|mastercard|amex|american express|discover|bank transfer",
    Row.DEPOSIT: "deposit|prepayment|anzahlung|acompte|anticipo|aanbetaling|acconto|retainer",
    Row.REFUND: "refund|partial refund|refunded|refund receipt|erstattung|rückerstattung|"
    "remboursement|reembolso|terugbetaling|rimborso|refund cash|refund check|refund credit card",
    Code.CREDIT_NOTE: "credit note|crn|credit memo|sales credit note|accreccredit|gutschrift|avoir|"
    "nota de crédito|creditnota|creditfactuur|nota di credito|statement charge credit",
    Code.OVERPAYMENT: "sales overpayment|overpayment|sales prepayment|customer credit",
    Code.PAYOUT: "payout|payout reversal|transfer to bank|auszahlung",
    Code.FEE: "fee|stripe fee|network cost|processing fee|gebühr|application fee",
    Code.DISPUTE: "dispute|dispute reversal|chargeback|chargeback reversal",
    Code.TRANSFER: "transfer|transfer reversal|topup|top up|platform earning|adjustment|journal|"
    "general journal|"
    "journal entry|other adjustment|connect collection transfer|reserve transaction|"
    "risk reserved funds",
    Code.DELETED: "void|voided|voided payment|canceled|cancelled",
    Code.QUOTE: "quote|estimate|angebot|devis|presupuesto|offerte|preventivo|proforma",
    Code.OTHER_TYPE: "accpay|accpaypayment|sales receipt|bill|"
    "bill payment|bill pmt check|bill pmt ccard|expense|"
    "purchase|purchase order|"
    "no sale|inventory adjust|paycheck|sales tax payment|sales order|item receipt|liability check",
}
STATUSES: dict[Meant, str] = {
    Standing.OPEN: "open|sent|viewed|awaiting payment|past due|overdue|unpaid|due|outstanding|"
    "partial|partially paid|partly paid|approved|authorised|authorized|issued|unsent|late|offen|"
    "überfällig|ausstehend|teilweise bezahlt|teilbezahlt|unbezahlt|impayée|envoyée|en retard|"
    "pendiente|pendiente de cobro|pendiente de pago|enviada|vencida|openstaand|"
    "verzonden|aperta|inviata|scaduta|scheduled|in progress|completed|complete|done|"
    "needs scheduling|"
    "owes|owing|owed|billed|invoiced|balance due|emailed|mailed|delivered|"
    "finished|active|not paid|no|n|nein|non|false|posted|exported|succeeded|settled|success|"
    "captured|received|cleared|ok|in process|user scheduled|complete rated|complete unrated",
    Standing.PAID: "paid|paid in full|closed|fully paid|auto paid|bezahlt|beglichen|payée|payé|"
    "réglée|pagada|pagado|cobrada|cobrado|betaald|pagata|pagato|yes|y|ja|oui|sí|si|true|x|"
    "paid online|"
    "pif|paid full|paid cash|settled in full",
    Standing.VOID: "void|voided|cancelled|canceled|storniert|storno|annulée|annulé|anulada|anulado|"
    "geannuleerd|annullata|pro canceled|user canceled|reversed",
    Standing.WRITTEN_OFF: "bad debt|write off|written off|uncollectible|ausgebucht|uneinbringlich|"
    "irrécouvrable|incobrable|oninbaar",
    Code.DRAFT: "draft|entwurf|brouillon|borrador|concept|bozza|saved|pending approval|submitted",
    Code.DELETED: "deleted|inactive|gelöscht|supprimée|eliminada|verwijderd",
    Code.NOT_RECEIVED: "failed|declined|pending|requires payment method|requires action|incomplete|"
    "requires confirmation|requires capture|blocked|expired|uncaptured|processing|rejected|fail|"
    "failure|error",
    Row.REFUND: "refunded|partial refund|partially refunded",
}
TYPE_WORDS = {word: meant for meant, words in TYPES.items() for word in words.split("|")}
STATUS_WORDS = {word: meant for meant, words in STATUSES.items() for word in words.split("|")}
BILL_METHOD = re.compile(r"\baccpay|\b(?:supplier|vendor) payment")
"""Ways of paying by which money went to others."""
SINCE = re.compile(r" (?:by|in|since|for) \d{1,4} (?:day|week|month)s?\Z")
"""How long a bill stands as it does: "overdue by 12 days"."""
PAID_SO = re.compile(
    r"(?:paid|pd|bezahlt)\.?(?: in full)?[ :,-]*(?:on )?"
    r"(?P<day>\d{1,2}[/-]\d{1,2}(?:[/-](?:\d{4}|\d{2}))?)?[ ,-]*(?:by |w/ ?|with |via |per )?"
    r"(?:(?P<how>cash|check|cheque|chk|ck|cc|credit card|card|visa|mc|mastercard|amex|ach|eft|"
    r"zelle|venmo|e-?transfer|bar)[ .]*(?:no\.?|#)? ?(?P<number>\d{1,8})?)?"
)
"""How people write that a bill was paid: "PAID 3/4 ck 1123". More words than these are asked."""
ALARMING = re.compile(
    r"void|cancel|storn|annul|refund|erstatt|rembours|draft|writ|bad debt|nsf|bounce|return|"
    r"dispute|charge ?back|delet|uncollect"
)
"""Words within a remark that may say that a bill or payment does not stand."""
UNDONE = r"\bvoid(?:ed)?\b|\bstorniert|\bannul[ée]|\banulad|\bwrit(?:e|ten)[ -]?off\b|\bbad debt\b"
UNDONE_BILL = re.compile(UNDONE)
UNDONE_MONEY = re.compile(
    UNDONE + r"|\bnsf\b|\bbounced\b|\bcharge ?backs?\b|\bstop(?:ped)? payment\b|"
    r"\breturned (?:check|cheque|payment|item)|\brefund(?:ed)?\b"
)
"""Words of a note that may say that the bill does not stand, or the money was not kept."""
NO_MONEY = re.compile(
    r"\bwrit(?:e|ten) ?off|\bbad debt|\b(?:account|customer|store|house) credit\b|"
    r"\bcredit (?:memo|note|applied|balance)|\bapplied credit|\bdiscount|\badjustment|\bcourtesy|"
    r"\bvoid"
)
"""Ways of settling a bill by which no money may have come in."""
NOT_SO = frozenset({"", "-", "no", "n", "false", "f", "0", "none", "nein", "non"})
"""What a column of yes and no has where it is not so."""
VOID_NAMES = frozenset({"void", "voided", "cancelled", "canceled"})
BEFORE_TAX = re.compile(r"\btax|\bht\b|\bhors taxe|\bexcl|\bvat\b|\bgst\b|\bbtw\b|\biva\b")
"""What a column of sums without tax is called where its name says so."""
REFUND_METHOD = re.compile(r"\brefund|erstattung|remboursement|reembolso|terugbetaling|rimborso")
TOTAL_ROW = re.compile(
    r"\A(?:report |grand |sub[ -]?|sous[- ])?totals?(?: ?:|$| for | g[eé]n[eé]ral$| ht$| ttc$)|"
    r"\A(?:sub[ -]?totals?|zwischensumme|sous[- ]total|subtotaal|subtotale|subtotal) |"
    r"\A(?:(?:zwischen|gesamt)?summe|gesamt(?:betrag)?|totaal|totale|suma|somme|subtotaal) ?:?$"
)
TOTAL_OF_A_GROUP = re.compile(r"\A(?:total|summe|totaal|totale|suma|somme) .{1,100}\Z")
TOTAL_BY_ITS_END = re.compile(
    r"\A(?:[^\W\d_][\w .'-]{1,40} totals?:?|(?:year|month|week) to date:?)\Z"
)
SUBTOTAL_ROW = re.compile(
    r"(?i)\s*((?:sub[ -]?total|zwischensumme|sous[- ]total|subtotaal|subtotale)s?\b.*)"
)
FOOTER_ROW = re.compile(
    r"(?:accrual|cash) basis|\A(?:generated|printed|exported|created|page|seite|report|erstellt|"
    r"gedruckt|exportiert|imprimé|édité|généré|exporté|généré|impreso|generado|stampato|generato|"
    r"afgedrukt|gegenereerd) |gmt[+-]\d"
)


def type_meaning(word: str) -> Meant | None:
    """Return what a word of a type column stands for, None where it is not known."""
    return TYPE_WORDS.get(bare(word))


def status_meaning(word: str) -> Meant | None:
    """Return what a word of a status column stands for, None where it is not known."""
    plain = SINCE.sub("", bare(word))
    return STATUS_WORDS.get(plain) or (Standing.PAID if paid_so(word) else None)


def paid_so(text: str) -> re.Match[str] | None:
    """Return day, way and number of a remark that says "paid" and nothing else."""
    return PAID_SO.fullmatch(" ".join(text.casefold().split()))


def day_in(word: str) -> str:
    """Return the day that stands beside a status, empty where none does."""
    said = paid_so(word)
    return (said["day"] or "") if said else ""


def is_no_money(word: str) -> bool:
    """Say whether a way of paying may be none: what was written off or taken from a credit."""
    return NO_MONEY.search(bare(word)) is not None


def is_void_name(name: str) -> bool:
    """Say whether the word that stands for a void row stands in place of a customer."""
    return len(name) < 12 and bare(name) in VOID_NAMES


def is_alarming(text: str) -> bool:
    """Say whether a remark may say that something does not stand."""
    return ALARMING.search(text.casefold()) is not None


def is_total(text: str) -> bool:
    """Say whether a cell names a row of totals and nothing else."""
    return len(text) < 120 and TOTAL_ROW.search(text.strip().casefold()) is not None


def is_total_of_group(text: str) -> bool:
    """Say whether a cell may name a group's totals: "Total Acme", but a "Total Wash" too."""
    return TOTAL_OF_A_GROUP.search(text.strip().casefold()) is not None


def ends_in_total(text: str) -> bool:
    """Say whether a cell may name totals by its end: "January total", but a "Wash total" too."""
    return TOTAL_BY_ITS_END.search(text.strip().casefold()) is not None


def may_be_name(word: str) -> bool:
    """Say whether a heading may be a customer: a way of paying, a status or a month is none."""
    first = bare(word).split(" ")[0]
    return first not in MONTHS and not type_meaning(word) and not status_meaning(word)


def total_of(text: str) -> str:
    """Return of what part a row holds totals: `A` of "Total for A", empty where it is of all."""
    found = re.match(r"(?i)\s*total(?: for)? (.+)", text) or SUBTOTAL_ROW.match(text)
    if found is None and not is_total(text):
        found = re.match(r"(?i)\s*(.+) totals?:?\s*\Z", text)
    return found[1].strip() if found else ""


def is_footer(text: str) -> bool:
    """Say whether a cell is a report's own remark."""
    return FOOTER_ROW.search(text.strip().casefold()) is not None
