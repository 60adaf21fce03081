"""QuickBooks Online: its own import format, and its reports with customers as headings."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import Meant, Standing
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

REPORT = {
    "Date": Field.DATE,
    "Transaction date": Field.DATE,
    "Transaction type": Field.TYPE,
    "Type": Field.TYPE,
    "Num": Field.NUMBER,
    "No.": Field.NUMBER,
    "Number": Field.NUMBER,
    "Customer": Field.CUSTOMER,
    "Customer full name": Field.CUSTOMER,
    "Name": Field.CUSTOMER,
    "Due date": Field.DUE,
    "Currency": Field.CURRENCY,
}
STATUSES: dict[str, Meant] = dict.fromkeys(
    ("due later", "unapplied", "applied", "deposited", "not deposited", "accepted", "converted"),
    Standing.OPEN,
)
# In the books a check pays a bill, and a deposit takes money to the bank that was received before.
BOOKS: dict[str, Meant] = dict.fromkeys(
    ("check", "deposit", "charge", "credit card charge", "cash"), Code.OTHER_TYPE
)
LAYOUTS = (
    Layout(
        code="quickbooks-import",
        title=mark("QuickBooks Online, invoices to import"),
        source="quickbooks",
        kind=Kind.INVOICES,
        required=(
            "InvoiceNo",
            "Customer",
            "InvoiceDate",
            "ItemAmount",
            "Item(Product/Service)|Item|ItemDescription",
        ),
        fields={
            "InvoiceNo": Field.NUMBER,
            "Customer": Field.CUSTOMER,
            "InvoiceDate": Field.ISSUED,
            "DueDate": Field.DUE,
            "Item(Product/Service)": Field.SERVICE,
            "Item": Field.SERVICE,
            "ItemDescription": Field.DESCRIPTION,
            "ItemQuantity": Field.QUANTITY,
            "ItemRate": Field.PRICE,
            "ItemAmount": Field.LINE_AMOUNT,
            "Item Tax Code": Field.TAX_CODE,
            "Item Tax Amount": Field.LINE_TAX,
            "Taxable": Field.TAXABLE,
            "Currency": Field.CURRENCY,
        },
    ),
    Layout(
        code="quickbooks-sales-detail",
        title=mark("QuickBooks Online, sales by customer"),
        source="quickbooks",
        kind=Kind.INVOICES,
        required=(
            "Date|Transaction date",
            "Transaction type|Type",
            "Num|No.",
            "Amount",
            "Qty|Quantity",
            "Sales price|Rate",
        ),
        fields=REPORT
        | {
            "Date": Field.ISSUED,
            "Transaction date": Field.ISSUED,
            "Product/Service": Field.SERVICE,
            "Item": Field.SERVICE,
            "Product/Service full name": Field.SERVICE,
            "Memo/Description": Field.DESCRIPTION,
            "Description": Field.DESCRIPTION,
            "Memo": Field.DESCRIPTION,
            "Qty": Field.QUANTITY,
            "Quantity": Field.QUANTITY,
            "Rate": Field.PRICE,
            "Sales price": Field.PRICE,
            "Amount": Field.LINE_AMOUNT,
        },
        words={"payment": Code.OTHER_TYPE, "refund": Code.REFUND_LINE},
    ),
    Layout(
        code="quickbooks-transactions",
        title=mark("QuickBooks Online, transactions by customer"),
        source="quickbooks",
        kind=Kind.LEDGER,
        required=("Date|Transaction date", "Transaction type|Type", "Num|No.", "Amount"),
        fields=REPORT
        | {
            "Date": Field.RECEIVED,
            "Transaction date": Field.RECEIVED,
            "Num": Field.REFERENCE,
            "No.": Field.REFERENCE,
            "Number": Field.REFERENCE,
            "Amount": Field.AMOUNT,
            "Open balance": Field.BALANCE,
            "Memo/Description": Field.NOTE,
            "Payment method": Field.METHOD,
            "Status": Field.STATUS,
        },
        words=BOOKS | STATUSES,
    ),
    Layout(
        code="quickbooks-desktop",
        title=mark("QuickBooks Desktop, transactions in debit and credit"),
        source="quickbooks",
        kind=Kind.LEDGER,
        required=("Type", "Date", "Num", "Split", "Debit", "Credit"),
        fields={
            "Type": Field.TYPE,
            "Date": Field.RECEIVED,
            "Num": Field.REFERENCE,
            "Name": Field.CUSTOMER,
            "Memo": Field.NOTE,
            "Debit": Field.AMOUNT,
        },
        words=BOOKS,
        payments_are_negative=False,
    ),
)
