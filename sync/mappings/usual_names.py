"""What lists call ways of paying, tips, fees, discounts and taxes; no words of ours."""

SOLD = frozenset({"Service", "NonInventory"})
DEFAULT_ITEMS = ("services", "service", "sales")
# Ways of paying: what lists call one, and what else people write for it.
WAYS_OF_PAYING: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("check", "cheque"), ("paper check", "personal check", "cashier's check")),
    (("cash",), ("petty cash",)),
    (
        ("credit card", "card", "credit/debit card"),
        (
            *("visa", "mastercard", "american express", "amex", "discover", "diners club"),
            *("debit card", "debit", "credit", "stripe", "square", "card on file"),
        ),
    ),
    (
        ("ach", "bank transfer", "eft", "e-check", "wire transfer"),
        ("e-transfer", "interac e-transfer", "direct debit", "wire", "direct deposit", "bank"),
    ),
)
# Tips and fees: what else people call them.
EXTRAS = (
    ("tip", "tips", "gratuity", "gratuities"),
    ("trip fee", "trip charge", "travel fee", "call-out fee", "service call"),
    ("late fee", "late fees", "late charge"),
    ("disposal fee", "disposal", "dump fee"),
    ("convenience fee", "card fee", "processing fee"),
)
# What taxable and exempt are called, the plainest first; compared as whole names.
TAXABLE_NAMES = ("gst", "hst", "vat", "standard", "taxable", "20.0% s", "gst on income", "tax")
EXEMPT_NAMES = (
    "exempt",
    "out of scope",
    "zero-rated",
    "zero rated",
    "gst free",
    "no vat",
    "0.0% z",
    "non",
)
DISCOUNTS = "Discounts given"
