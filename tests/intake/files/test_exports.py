"""Small files as other systems and people write them, unedited, and what each must give.

`exports/expected.json` says it file by file: the question that must be answered, every document
in one line, and each row that is none with its reason. A new file is a copy of what came, and an
entry.
"""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync.intake.files.outcomes import FileRefused, Outcome
from sync.intake.files.records import Document, Invoice, Payment, Refund
from tests.intake.files.helpers import Result

FOLDER = Path(__file__).parent / "exports"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
AROUND = {"preamble", "header", "blank", "heading", "total", "footer"}


def summary(path: Path) -> dict[str, object]:
    """Return what a file gives, in lines that a person can check beside it."""
    try:
        result = Result(path.read_bytes(), ZoneInfo("America/Chicago"))
    except FileRefused as refused:
        return {"unreadable": refused.code.value}
    said = {
        "export": result.layout,
        "asked": [f"{one.code} {one.column}".strip() for one in result.asked],
        "documents": [
            line(document)
            for one in result.staged
            if one.outcome == Outcome.TAKEN
            for document in one.documents
        ],
        "others": [
            f"{one.rows[0]} {one.outcome}: {', '.join(reason.code for reason in one.reasons)}"
            for one in result.staged
            if one.outcome != Outcome.TAKEN and one.reasons[0].code not in AROUND
        ],
        "totals": [f"{one.column} {one.stated} {one.found}" for one in result.controls],
    }
    return {name: value for name, value in said.items() if value}


def line(document: Document) -> str:
    """Return a document in one line: what it is, whose, how much, when, and what it names."""
    whose = document.customer.name if getattr(document, "customer", None) else "nobody"
    if isinstance(document, Invoice):
        words = [f"invoice {document.number}", whose, f"{document.total} {document.currency}"]
        words += [f"{document.issued_on}", f"{len(document.lines)} lines"]
        words += [f"tax {document.tax_total}"] if document.tax_total else []
        words += [f"paid {document.paid_by_source}"] if document.paid_by_source else []
        words += ["void"] if document.voided else []
    elif isinstance(document, Payment):
        words = [document.kind.value, whose, f"{document.amount} {document.currency}"]
        words += [f"{document.received_on}", f"{document.method} {document.reference}".strip()]
        words += [f"{part.invoice_number}: {part.amount}" for part in document.allocations]
    elif isinstance(document, Refund):
        words = ["refund", whose, f"{document.amount} {document.currency}"]
        words += [f"{document.refunded_on}", document.payment_external_id]
        words += list(document.invoice_numbers)
    else:
        words = ["customer", document.name]
    return " | ".join(word.strip() for word in words if word.strip())


def test_every_file_has_its_entry():
    assert {path.name for path in FOLDER.iterdir()} == {*EXPECTED, "expected.json"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_exactly_this(name: str):
    assert summary(FOLDER / name) == EXPECTED[name]
