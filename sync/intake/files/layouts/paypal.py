"""PayPal: one list of all that moved; what was paid to others is below zero and never ours."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import Meant, Row
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

_TYPES: dict[Meant, str] = {
    Row.PAYMENT: "express checkout payment|website payment|general payment|mobile payment|"
    "invoice payment|direct credit card payment|subscription payment|web accept payment received|"
    "payment received|checkout payment|donation payment",
    Row.REFUND: "payment refund|refund",
    Code.PAYOUT: "general withdrawal|user initiated withdrawal|withdraw funds to bank account|"
    "auto sweep|general withdrawal bank account",
    Code.DISPUTE: "payment reversal|chargeback|chargeback reversal|chargeback fee|dispute fee|"
    "hold on balance for dispute investigation|cancellation of hold for dispute resolution",
    Code.FEE: "payment fee|general fee|partner fee",
    Code.NOT_RECEIVED: "general authorization|authorization|account hold for open authorization|"
    "void of authorization|invoice sent|order",
    Code.TRANSFER: "general currency conversion|bank deposit to pp account|"
    "general account adjustment|reversal of general account hold|general hold|"
    "payment review hold|payment review release|reserve hold|reserve release",
    Code.OTHER_TYPE: "preapproved payment bill user payment|mass pay payment|payment sent",
}

LAYOUTS = (
    Layout(
        code="paypal-activity",
        title=mark("PayPal, activity"),
        source="paypal",
        kind=Kind.PAYMENTS,
        required=(
            "Date", "TimeZone|Time Zone", "Type", "Gross", "Fee", "Net", "Transaction ID",
            "Reference Txn ID",
        ),
        fields={
            "Date": Field.RECEIVED,
            "Name": Field.CUSTOMER,
            "Type": Field.TYPE,
            "Status": Field.STATUS,
            "Currency": Field.CURRENCY,
            "Gross": Field.AMOUNT,
            "Fee": Field.FEE,
            "Transaction ID": Field.PAYMENT_ID,
            "Reference Txn ID": Field.CHARGE_ID,
            "Invoice Number": Field.INVOICES,
        },
        words={word: meant for meant, words in _TYPES.items() for word in words.split("|")},
        below_zero=Code.OTHER_TYPE,
        method="PayPal",
    ),
)  # fmt: skip
