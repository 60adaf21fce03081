"""Wave: its accounting export is a journal, which holds each amount in two accounts."""

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.layouts.base import Layout
from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

LAYOUTS = (
    Layout(
        code="wave-accounting",
        title=mark("Wave, accounting transactions"),
        source="wave",
        kind=Kind.PAYMENTS,
        required=(
            "Transaction ID",
            "Transaction Date",
            "Account Name",
            "Debit Amount (Two Column Approach)",
            "Credit Amount (Two Column Approach)",
        ),
        fields={"Transaction Date": Field.RECEIVED, "Customer": Field.CUSTOMER},
        holds=Code.JOURNAL,
    ),
)
