"""FreshBooks: a row a line with up to two taxes; a date of payment but no payment."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark

LAYOUTS = (
    Layout(
        code="freshbooks-invoices",
        title=mark("FreshBooks, invoice details"),
        source="freshbooks",
        kind=Kind.INVOICES,
        required=("Client Name", "Invoice #", "Date Issued", "Line Subtotal", "Line Total"),
        fields={
            "Client Name": Field.CUSTOMER,
            "Invoice #": Field.NUMBER,
            "Date Issued": Field.ISSUED,
            "Date Due": Field.DUE,
            "Invoice Status": Field.STATUS,
            "Date Paid": Field.PAID_ON,
            "Item Name": Field.SERVICE,
            "Item Description": Field.DESCRIPTION,
            "Rate": Field.PRICE,
            "Quantity": Field.QUANTITY,
            "Discount Percentage": Field.DISCOUNT_RATE,
            "Line Subtotal": Field.LINE_AMOUNT,
            "Tax 1 Type": Field.TAX_CODE,
            "Tax 1 Amount": Field.LINE_TAX,
            "Tax 2 Amount": Field.LINE_TAX_2,
            "Line Total": Field.LINE_TOTAL,
            "Currency": Field.CURRENCY,
        },
    ),
)
