"""Authorize.net: a row a transaction; its status tells a payment from a refund and a decline."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import Meant, Row, Standing
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

_STATUSES: dict[Meant, str] = {
    Standing.OPEN: "settled successfully|captured pending settlement",
    Row.REFUND: "credit settled successfully|refund settled successfully",
    Code.NOT_RECEIVED: "declined|general error|expired|failed review|communication error|"
    "authorized pending capture|authorized pending release|settlement error|under review|"
    "refund pending settlement|could not void|returned item|referral",
}
LAYOUTS = (
    Layout(
        code="authorize-net-transactions",
        title=mark("Authorize.net, transactions"),
        source="authorize.net",
        kind=Kind.PAYMENTS,
        required=(
            "Transaction ID",
            "Transaction Status",
            "Settlement Amount",
            "Submit Date/Time",
            "Invoice Number",
        ),
        fields={
            "Transaction ID": Field.PAYMENT_ID,
            "Transaction Status": Field.STATUS,
            "Settlement Amount": Field.AMOUNT,
            "Settlement Currency": Field.CURRENCY,
            "Submit Date/Time": Field.RECEIVED,
            "Reference Transaction ID": Field.CHARGE_ID,
            "Invoice Number": Field.INVOICES,
            "Invoice Description": Field.NOTE,
            "Method": Field.METHOD,
            "Customer ID": Field.CUSTOMER_ID,
            "Company": Field.CUSTOMER,
            "Customer First Name": Field.GIVEN_NAME,
            "Customer Last Name": Field.FAMILY_NAME,
            "Email": Field.EMAIL,
        },
        words={word: meant for meant, words in _STATUSES.items() for word in words.split("|")},
    ),
)
