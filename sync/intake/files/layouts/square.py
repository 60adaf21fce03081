"""Square: a refund shares the sale's Transaction ID; a sale may be paid in several ways at once."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import Row
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

PARTY = {"Customer ID": Field.CUSTOMER_ID, "Customer Name": Field.CUSTOMER}
LAYOUTS = (
    Layout(
        code="square-items",
        title=mark("Square, items"),
        source="square",
        kind=Kind.INVOICES,
        required=("Date", "Item", "Qty", "Gross Sales", "Net Sales", "Transaction ID"),
        fields=PARTY
        | {
            "Date": Field.ISSUED,
            "Transaction ID": Field.NUMBER,
            "Event Type": Field.TYPE,
            "Item": Field.SERVICE,
            "Price Point Name": Field.DESCRIPTION,
            "Qty": Field.QUANTITY,
            "Net Sales": Field.LINE_AMOUNT,
            "Tax": Field.LINE_TAX,
        },
        tax_mode="exclusive",
        words={"payment": Row.INVOICE, "refund": Code.REFUND_LINE},
    ),
    Layout(
        code="square-transactions",
        title=mark("Square, transactions"),
        source="square",
        kind=Kind.PAYMENTS,
        required=("Date", "Total Collected", "Net Total", "Transaction ID", "Card|Cash"),
        fields=PARTY
        | {
            "Date": Field.RECEIVED,
            "Event Type": Field.TYPE,
            "Total Collected": Field.AMOUNT,
            "Tip": Field.TIP,
            "Card": Field.TENDER_CARD,
            "Cash": Field.TENDER_CASH,
            "Square Gift Card": Field.TENDER_GIFT,
            "Other Tender": Field.TENDER_OTHER,
            "Other Tender Type": Field.METHOD,
            "Fees": Field.FEE,
            "Transaction ID": Field.RECEIPT,
            "Refund Reason": Field.REASON,
            "Transaction Status": Field.STATUS,
            "Description": Field.NOTE,
            "Card Brand": Field.IGNORE,
            "PAN Suffix": Field.REFERENCE,
        },
        tip_is_inside=True,
    ),
)
