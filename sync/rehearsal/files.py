"""What a rehearsal found as one JSON object, and as rows of a spreadsheet: every document of it."""

from collections.abc import Iterator
from typing import Any

from sync.rehearsal.beside import Differing, Named, Side, Total
from sync.rehearsal.report import BY, KINDS, Report
from sync.spreadsheets import Cell

COLUMNS = (
    *("Found", "By", "Name", "Document", "Number", "Invoice", "Date", "Customer", "Currency"),
    *("In the books", "Rehearsed", "Difference", "Words"),
)


def as_json(report: Report) -> dict[str, Any]:
    """Return it as one JSON object; amounts are strings."""
    beside, left = report.done.beside, report.done.left_out
    return {
        "company": str(report.done.company),
        "units": [unit.code for unit in report.done.units],
        "month": f"{report.month.first:%Y-%m}",
        "equal": report.is_equal,
        "api_calls": report.done.calls,
        "documents": {
            "books": beside.counts(Side.THERE),
            "rehearsed": beside.counts(Side.HERE),
        },
        "totals": [_figures(report, total) for total in report.totals],
        "differing": [
            _figures(report, row.total) | {"document": _document(row.document)}
            for row in beside.differing()
        ],
        "only_in_books": [
            _document(document) | {"here": report.why_not_here(document)}
            for document in beside.only(Side.THERE)
        ],
        "only_in_rehearsal": [_document(document) for document in beside.only(Side.HERE)],
        "left_out": dict(left.counts),
        "stopped": [
            {"kind": each.kind, "name": each.name, "words": each.words} for each in left.stopped
        ],
        "halted": left.halted,
    }


def rows(report: Report) -> Iterator[list[Cell]]:
    """Return every total and every document as a row under `COLUMNS`."""
    beside = report.done.beside
    yield list(COLUMNS)
    for total in report.totals:
        of = [BY[total.group], report.name(total)]
        yield ["Total", *of, *[""] * 5, total.currency, *_amounts(total), ""]
    for row in beside.differing():
        yield _differing(report, row)
    for document in beside.only(Side.THERE):
        why = report.why_not_here(document)
        yield ["Only in the books", "", "", *_cells(document), document.amount, None, None, why]
    for document in beside.only(Side.HERE):
        yield ["Only rehearsed", "", "", *_cells(document), None, document.amount, None, ""]
    for each in report.done.left_out.stopped:
        yield ["Stopped", "", "", each.kind, each.name, *[""] * 4, None, None, None, each.words]


def _differing(report: Report, row: Differing) -> list[Cell]:
    named = [BY[row.total.group], report.name(row.total), *_cells(row.document)]
    words = "" if row.is_paired else "only on one side"
    return ["Differs", *named, *_amounts(row.total), words]


def _figures(report: Report, total: Total) -> dict[str, str]:
    return {
        "by": total.group.value,
        "name": report.name(total),
        "currency": total.currency,
        "books": f"{total.there:.2f}",
        "rehearsed": f"{total.here:.2f}",
        "difference": f"{total.difference:.2f}",
    }


def _cells(document: Named) -> list[Cell]:
    kind = KINDS.get(document.entity, document.entity)
    where = [document.number, document.invoice, document.day, document.customer, document.currency]
    return [kind, *where]


def _amounts(total: Total) -> list[Cell]:
    return [total.there, total.here, total.difference]


def _document(document: Named) -> dict[str, str]:
    return {
        "kind": document.entity,
        "id": document.qbo_id,
        "number": document.number,
        "invoice": document.invoice,
        "customer": document.customer,
        "day": document.day,
        "currency": document.currency,
        "amount": f"{document.amount:.2f}",
    }
