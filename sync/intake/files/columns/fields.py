"""What a column may hold, in our words."""

from enum import StrEnum


class Kind(StrEnum):
    """What a file's rows are about."""

    INVOICES = "invoices"
    PAYMENTS = "payments"
    LEDGER = "ledger"
    """Invoices, payments and refunds together, told apart by a column."""
    CREDIT_NOTES = "credit_notes"
    REFUNDS = "refunds"
    CUSTOMERS = "customers"


class Field(StrEnum):
    """The meaning of a column; `date`, `sum` and `party` get theirs from the kind of file."""

    DATE = "date"
    SUM = "sum"
    # Invoice
    NUMBER = "number"
    INVOICE_ID = "invoice_id"
    TYPE = "type"
    STATUS = "status"
    ISSUED = "issued"
    DUE = "due"
    CURRENCY = "currency"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    TAX_TOTAL = "tax_total"
    TAX_TOTAL_2 = "tax_total_2"
    DISCOUNT_TOTAL = "discount_total"
    SHIPPING = "shipping"
    ADJUSTMENT = "adjustment"
    SURCHARGE = "surcharge"
    PAID_TOTAL = "paid_total"
    CREDITS = "credits"
    WRITE_OFF = "write_off"
    BALANCE = "balance"
    PAID_ON = "paid_on"
    PAID_HOW = "paid_how"
    INCLUSIVE = "inclusive"
    # Customer
    CUSTOMER = "customer"
    CUSTOMER_ID = "customer_id"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    PHONE = "phone"
    STREET = "street"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    # Line
    SERVICE = "service"
    DESCRIPTION = "description"
    QUANTITY = "quantity"
    PRICE = "price"
    LINE_AMOUNT = "line_amount"
    LINE_DISCOUNT = "line_discount"
    DISCOUNT_RATE = "discount_rate"
    LINE_TAX = "line_tax"
    LINE_TAX_2 = "line_tax_2"
    LINE_TOTAL = "line_total"
    TAX_CODE = "tax_code"
    TAXABLE = "taxable"
    LINES = "lines"
    # Payment
    PAYMENT_ID = "payment_id"
    PAYMENT_NUMBER = "payment_number"
    RECEIVED = "received"
    AMOUNT = "amount"
    METHOD = "method"
    REFERENCE = "reference"
    CHECK_NUMBER = "check_number"
    INVOICES = "invoices"
    APPLIED = "applied"
    UNAPPLIED = "unapplied"
    WITHHELD = "withheld"
    TIP = "tip"
    FEE = "fee"
    QUOTE = "quote"
    NOTE = "note"
    RECEIPT = "receipt"
    CHARGE_ID = "charge_id"
    REFUNDED = "refunded"
    REFUNDED_ON = "refunded_on"
    REASON = "reason"
    CAPTURED = "captured"
    TENDER_CARD = "tender_card"
    TENDER_CASH = "tender_cash"
    TENDER_GIFT = "tender_gift"
    TENDER_OTHER = "tender_other"
    VOIDED = "voided"
    DISPUTED = "disputed"
    UPDATED = "updated"
    IGNORE = "ignore"


MONEY = frozenset({
    Field.SUM, Field.TOTAL, Field.SUBTOTAL, Field.TAX_TOTAL, Field.TAX_TOTAL_2,
    Field.DISCOUNT_TOTAL, Field.SHIPPING, Field.ADJUSTMENT, Field.SURCHARGE,
    Field.PAID_TOTAL, Field.CREDITS, Field.WRITE_OFF,
    Field.BALANCE, Field.LINE_AMOUNT, Field.LINE_DISCOUNT, Field.LINE_TAX, Field.LINE_TAX_2,
    Field.LINE_TOTAL, Field.AMOUNT, Field.APPLIED, Field.UNAPPLIED, Field.WITHHELD, Field.TIP,
    Field.FEE, Field.REFUNDED, Field.DISPUTED, Field.TENDER_CARD, Field.TENDER_CASH,
    Field.TENDER_GIFT, Field.TENDER_OTHER,
})  # fmt: skip
FINE = frozenset({Field.QUANTITY, Field.PRICE, Field.DISCOUNT_RATE})
"""Numbers of up to four places."""
DATES = frozenset({
    Field.DATE, Field.ISSUED, Field.DUE, Field.PAID_ON, Field.RECEIVED, Field.REFUNDED_ON,
})  # fmt: skip
LINE_FIELDS = frozenset({
    Field.SERVICE, Field.DESCRIPTION, Field.QUANTITY, Field.PRICE, Field.LINE_AMOUNT,
    Field.LINE_DISCOUNT, Field.LINE_TAX, Field.LINE_TAX_2, Field.LINE_TOTAL,
})  # fmt: skip
BY_KIND: dict[Kind, dict[Field, Field]] = {
    Kind.INVOICES: {
        Field.DATE: Field.ISSUED,
        Field.SUM: Field.TOTAL,
        Field.METHOD: Field.PAID_HOW,
        Field.RECEIVED: Field.PAID_ON,
        Field.AMOUNT: Field.PAID_TOTAL,
    },
    Kind.LEDGER: {
        Field.DATE: Field.RECEIVED,
        Field.SUM: Field.AMOUNT,
        Field.NUMBER: Field.INVOICES,
    },
    Kind.CREDIT_NOTES: {Field.DATE: Field.ISSUED, Field.SUM: Field.TOTAL},
    Kind.PAYMENTS: {
        Field.DATE: Field.RECEIVED,
        Field.SUM: Field.AMOUNT,
        Field.NUMBER: Field.INVOICES,
        Field.PAID_ON: Field.RECEIVED,
        Field.PAID_HOW: Field.METHOD,
        Field.PAID_TOTAL: Field.AMOUNT,
        Field.TOTAL: Field.AMOUNT,
    },
}
BY_KIND[Kind.CUSTOMERS] = {}
BY_KIND[Kind.REFUNDS] = BY_KIND[Kind.PAYMENTS] | {
    Field.PAYMENT_ID: Field.CHARGE_ID,
    Field.REFUNDED: Field.AMOUNT,
    Field.REFUNDED_ON: Field.RECEIVED,
}
"""What a column means in a file of one kind, where it means something else elsewhere."""
