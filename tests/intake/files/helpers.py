"""Reading a file written in a test, and looking at what came out of it."""

import csv
import io
import zipfile
from collections import Counter
from datetime import UTC, date, tzinfo
from decimal import Decimal
from xml.sax.saxutils import escape

from sync.intake.files.answers import Answers
from sync.intake.files.outcomes import Code, Outcome, Question, Staged
from sync.intake.files.reading import Control, Reading, Tally, read
from sync.intake.files.records import Invoice, Payment, Refund


class Result:
    """One file read to its end; its rows are counted on the way."""

    def __init__(self, content: str | bytes, zone: tzinfo = UTC, **answers: object) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.reading: Reading = read(data, zone, Answers(**answers))  # type: ignore[arg-type]
        self.tally = Tally()
        self.staged: list[Staged] = list(self.reading.staged(self.tally))
        rows = Counter(row for one in self.staged for row in one.rows)
        expected = self.reading.table.header_row + sum(1 for _ in self.reading.table.rows())
        assert rows == Counter(range(1, expected + 1)), "every row ends once"

    @property
    def invoices(self) -> list[Invoice]:
        return self._of(Invoice)

    @property
    def payments(self) -> list[Payment]:
        return self._of(Payment)

    @property
    def refunds(self) -> list[Refund]:
        return self._of(Refund)

    def _of(self, kind: type) -> list:
        return [
            document
            for one in self.staged
            if one.outcome == Outcome.TAKEN
            for document in one.documents
            if isinstance(document, kind)
        ]

    def reasons(self, outcome: Outcome) -> list[tuple[tuple[int, ...], Code, str, str]]:
        """Return rows, code, column and value, without what is around the table."""
        around = {Code.PREAMBLE, Code.HEADER, Code.BLANK}
        return [
            (one.rows, reason.code, reason.column, reason.value)
            for one in self.staged
            if one.outcome == outcome
            for reason in one.reasons
            if reason.code not in around
        ]

    @property
    def refused(self) -> list[tuple[tuple[int, ...], Code, str, str]]:
        return self.reasons(Outcome.REFUSED)

    @property
    def not_ours(self) -> list[tuple[tuple[int, ...], Code]]:
        return [(rows, code) for rows, code, _, _ in self.reasons(Outcome.NOT_OURS)]

    @property
    def asked(self) -> list[Question]:
        return [question for question in self.reading.questions if question.required]

    @property
    def controls(self) -> list[Control]:
        return self.reading.controls(self.tally)

    @property
    def layout(self) -> str:
        found = self.reading.mapping.layout
        return found.code if found else ""


def table(header: str, *rows: dict[str, str], delimiter: str = ",") -> str:
    """Write a CSV file: a header and rows that name only the cells they fill."""
    names = header.split(",")
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(names)
    for row in rows:
        assert set(row) <= set(names), set(row) - set(names)
        writer.writerow([row.get(name, "") for name in names])
    return out.getvalue()


def money(text: str) -> Decimal:
    return Decimal(text)


def workbook(*sheets: tuple[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    """Write an XLSX file: numbers, texts, dates, and formulas ("=A1") without stored values."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{at}.xml" '
            f'ContentType="{MAIN}.worksheet+xml"/>'
            for at in range(1, len(sheets) + 1)
        )
        parts.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
            f'"/xl/workbook.xml" ContentType="{MAIN}.sheet.main+xml"/><Override PartName='
            f'"/xl/styles.xml" ContentType="{MAIN}.styles+xml"/>{kinds}</Types>',
        )
        parts.writestr("_rels/.rels", _links(["officeDocument"], ["xl/workbook.xml"]))
        names = "".join(
            f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"'
            f"{' state=' + chr(34) + 'hidden' + chr(34) if name in hidden else ''}/>"
            for at, (name, _) in enumerate(sheets, 1)
        )
        parts.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>',
        )
        paths = [f"worksheets/sheet{at}.xml" for at in range(1, len(sheets) + 1)]
        parts.writestr(
            "xl/_rels/workbook.xml.rels",
            _links(["worksheet"] * len(paths) + ["styles"], [*paths, "styles.xml"]),
        )
        parts.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{SHEET}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for at, (_, rows) in enumerate(sheets, 1):
            body = "".join(_row(number, row) for number, row in enumerate(rows, 1))
            parts.writestr(
                f"xl/worksheets/sheet{at}.xml",
                f'<worksheet xmlns="{SHEET}"><sheetData>{body}</sheetData></worksheet>',
            )
    return out.getvalue()


MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _links(kinds: list[str], targets: list[str]) -> str:
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(zip(kinds, targets, strict=True), 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def _row(number: int, row: list[object]) -> str:
    cells = "".join(
        _cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row) if value is not None
    )
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: object) -> str:
    if isinstance(value, str) and value.startswith("="):
        return f'<c r="{place}"><f>{escape(value[1:])}</f><v/></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
