"""Jobber: the person chooses the columns of the invoices report; no ids but card money's."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

PARTY = {
    "Client name": Field.CUSTOMER,
    "Client email": Field.EMAIL,
    "Client phone": Field.PHONE,
    "Service street": Field.STREET,
    "Service city": Field.CITY,
    "Service province": Field.REGION,
    "Service state": Field.REGION,
    "Service ZIP": Field.POSTAL_CODE,
    "Service country": Field.COUNTRY,
    "Postal code": Field.POSTAL_CODE,
}
LAYOUTS = (
    Layout(
        code="jobber-invoices",
        title=mark("Jobber, invoices"),
        source="jobber",
        kind=Kind.INVOICES,
        required=("Invoice #", "Client name", "Status", "Total ($)", "Issued date|Created date"),
        fields=PARTY
        | {
            "Invoice #": Field.NUMBER,
            "Issued date": Field.ISSUED,
            "Due date": Field.DUE,
            "Status": Field.STATUS,
            "Total ($)": Field.TOTAL,
            "Balance ($)": Field.BALANCE,
            "Pre-tax total ($)": Field.SUBTOTAL,
            "Pre-tax total": Field.SUBTOTAL,
            "Tax amount ($)": Field.TAX_TOTAL,
            "Tax amount": Field.TAX_TOTAL,
            "Tax (%)": Field.TAX_CODE,
            "Discount ($)": Field.DISCOUNT_TOTAL,
            "Discount": Field.DISCOUNT_TOTAL,
            "Line items": Field.LINES,
            "Marked paid date": Field.PAID_ON,
        },
    ),
    Layout(
        code="jobber-transactions",
        title=mark("Jobber, transaction list"),
        source="jobber",
        kind=Kind.LEDGER,
        required=("Client name", "Date", "Type", "Total $", "Transaction ID", "Confirmation #"),
        fields=PARTY
        | {
            "Date": Field.RECEIVED,
            "Type": Field.TYPE,
            "Total $": Field.AMOUNT,
            "Tip $": Field.TIP,
            "Note": Field.NOTE,
            "Cheque #": Field.CHECK_NUMBER,
            "Check #": Field.CHECK_NUMBER,
            "Invoice #": Field.INVOICES,
            "Method": Field.METHOD,
            "Transaction ID": Field.PAYMENT_ID,
            "Confirmation #": Field.REFERENCE,
        },
        payments_are_negative=True,
        tip_is_inside=True,
    ),
    Layout(
        code="jobber-payments",
        title=mark("Jobber, card payments"),
        source="jobber",
        kind=Kind.PAYMENTS,
        required=("Client name", "Date", "Type", "Paid with", "Total $", "Payout #"),
        fields=PARTY
        | {
            "Date": Field.RECEIVED,
            "Type": Field.TYPE,
            "Paid with": Field.METHOD,
            "Total $": Field.AMOUNT,
            "Tip $": Field.TIP,
            "Fee $": Field.FEE,
            "Note": Field.NOTE,
            "Card ending #": Field.REFERENCE,
            "Invoice #": Field.INVOICES,
            "Quote #": Field.QUOTE,
        },
        words={"payout": Code.PAYOUT},
        tip_is_inside=True,
    ),
)
