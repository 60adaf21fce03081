"""A table as a spreadsheet file: just enough of the XLSX format for text and amounts."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

Cell = str | int | Decimal
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def xlsx(sheets: Sequence[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """Return a workbook of named sheets; text is never taken for a formula."""
    out = io.BytesIO()
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml"'
            f' ContentType="{_TYPE}.worksheet+xml"/>'
            for n in numbers
        )
        book.writestr(
            "[Content_Types].xml",
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f"{overrides}</Types>",
        )
        book.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        names = "".join(
            f'<sheet name="{escape(name[:31], {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
            for n, (name, _) in zip(numbers, sheets, strict=True)
        )
        book.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}">'
            f"<sheets>{names}</sheets></workbook>",
        )
        targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
        book.writestr("xl/_rels/workbook.xml.rels", _relations(targets))
        for n, (_, rows) in zip(numbers, sheets, strict=True):
            book.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(rows))
    return out.getvalue()


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOC}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _sheet(rows: Iterable[Sequence[Cell]]) -> str:
    body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        kept = "".join(sign for sign in value if sign.isprintable())
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(kept)}</t></is></c>'
    return f"<c><v>{value}</v></c>"
