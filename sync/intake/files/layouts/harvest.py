"""Harvest: a row an invoice, with two taxes; its ID is the invoice's number."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark

LAYOUTS = (
    Layout(
        code="harvest-invoices",
        title=mark("Harvest, invoices"),
        source="harvest",
        kind=Kind.INVOICES,
        required=("Issue Date", "Last Payment Date", "ID", "Client", "Invoice Amount", "Balance"),
        fields={
            "Issue Date": Field.ISSUED,
            "Last Payment Date": Field.PAID_ON,
            "ID": Field.NUMBER,
            "Client": Field.CUSTOMER,
            "Subject": Field.DESCRIPTION,
            "Invoice Amount": Field.TOTAL,
            "Paid Amount": Field.PAID_TOTAL,
            "Balance": Field.BALANCE,
            "Subtotal": Field.SUBTOTAL,
            "Discount": Field.DISCOUNT_TOTAL,
            "Tax": Field.TAX_TOTAL,
            "Tax2": Field.TAX_TOTAL_2,
            "Currency": Field.CURRENCY,
            "Document Type": Field.TYPE,
        },
    ),
)
