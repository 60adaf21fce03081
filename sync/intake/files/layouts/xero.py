"""Xero: a row a line, the invoice's values and its total on each of them; no payment rows."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

LAYOUTS = (
    Layout(
        code="xero-invoices",
        title=mark("Xero, sales invoices"),
        source="xero",
        kind=Kind.INVOICES,
        required=("ContactName", "InvoiceNumber", "InvoiceDate", "UnitAmount", "TaxType"),
        fields={
            "ContactName": Field.CUSTOMER,
            "EmailAddress": Field.EMAIL,
            "POAddressLine1": Field.STREET,
            "POCity": Field.CITY,
            "PORegion": Field.REGION,
            "POPostalCode": Field.POSTAL_CODE,
            "POCountry": Field.COUNTRY,
            "InvoiceNumber": Field.NUMBER,
            "InvoiceDate": Field.ISSUED,
            "DueDate": Field.DUE,
            "Total": Field.TOTAL,
            "TaxTotal": Field.TAX_TOTAL,
            "InvoiceAmountPaid": Field.PAID_TOTAL,
            "InvoiceAmountDue": Field.BALANCE,
            "InventoryItemCode": Field.SERVICE,
            "Description": Field.DESCRIPTION,
            "Quantity": Field.QUANTITY,
            "UnitAmount": Field.PRICE,
            "Discount": Field.DISCOUNT_RATE,
            "LineAmount": Field.LINE_AMOUNT,
            "TaxType": Field.TAX_CODE,
            "TaxAmount": Field.LINE_TAX,
            "Currency": Field.CURRENCY,
            "Type": Field.TYPE,
            "Status": Field.STATUS,
        },
    ),
    Layout(
        code="xero-account-transactions",
        title=mark("Xero, account transactions"),
        source="xero",
        kind=Kind.PAYMENTS,
        required=("Date", "Source", "Description", "Reference", "Debit", "Credit", "Gross"),
        fields={"Date": Field.RECEIVED, "Contact": Field.CUSTOMER},
        holds=Code.JOURNAL,
    ),
)
