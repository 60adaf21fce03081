"""Excel files to rows: values as stored, a formula only by its stored number or date, never run."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.etree import ElementTree as Xml

import python_calamine as calamine

from sync.intake.files.outcomes import Code, FileRefused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 120
MAX_PARTS = 2_000
EXACT_DIGITS = 15
"""Excel stores no more digits of a number; what is longer lost its last ones."""
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError,
    LookupError, OSError,
)  # fmt: skip
"""What reading a damaged or locked zip file raises."""
FORMULA_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f\b')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Formula(str):
    """A cell that is a formula without a stored number or date; its text is never used."""

    __slots__ = ()


Cell = str | Decimal | date
"""A text (also a Formula), a stored number, or a stored date; dates with a time are datetimes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook by name; hidden ones are not offered."""

    name: str
    is_hidden: bool


class Workbook:
    """An XLSX, XLS, XLSB or ODS file."""

    def __init__(self, content: bytes) -> None:
        if content.startswith(ZIP):
            _refuse_bombs(content)
        self._content = content
        self._known: dict[str, dict[int, list[int]]] = {}
        self._last: calamine.CalamineSheet | None = None
        try:
            self._book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        except calamine.PasswordError:
            raise FileRefused(Code.LOCKED) from None
        except calamine.CalamineError as error:
            raise FileRefused(Code.BROKEN_FILE, type(error).__name__) from None
        self.sheets = tuple(
            Sheet(meta.name, meta.visible != calamine.SheetVisibleEnum.Visible)
            for meta in self._book.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        )

    def rows(self, name: str) -> Iterator[list[Cell]]:
        """Yield the rows of a sheet from its first one on, padded as they are stored."""
        sheet = self._sheet(name)
        top, left = sheet.start or (0, 0)
        if name not in self._known:
            self._known[name] = self._formulas(name)
        formulas = self._known[name]
        yield from ([] for _ in range(top))
        for row, cells in enumerate(sheet.iter_rows(), start=top):
            values = ["" for _ in range(left)] + [_cell(value) for value in cells]
            for column in formulas.get(row, ()):
                values += [""] * (column + 1 - len(values))
                if isinstance(values[column], str):
                    values[column] = Formula("=")
            yield values

    def _sheet(self, name: str) -> calamine.CalamineSheet:
        """Read a sheet; the last one read is kept, for it is gone through more than once."""
        if self._last is None or self._last.name != name:
            try:
                self._last = self._book.get_sheet_by_name(name)
            except calamine.CalamineError as error:
                raise FileRefused(Code.BROKEN_FILE, type(error).__name__) from None
        return self._last

    def _formulas(self, name: str) -> dict[int, list[int]]:
        if not self._content.startswith(ZIP):
            return {}
        found: dict[int, list[int]] = {}
        try:
            with zipfile.ZipFile(io.BytesIO(self._content)) as parts:
                path = _part_of(parts, name)
                body = parts.read(path) if path else b""
        except UNREADABLE:  # which cells are formulas is not known then
            raise FileRefused(Code.BROKEN_FILE, "zip") from None
        for letters, number in FORMULA_CELL.findall(body):
            found.setdefault(int(number) - 1, []).append(_column(letters))
        return found


def is_workbook(content: bytes) -> bool:
    """Say whether the bytes are a spreadsheet file rather than text."""
    return content.startswith((ZIP, OLE))


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            count = len(parts.infolist())
    except UNREADABLE:
        raise FileRefused(Code.BROKEN_FILE, "zip") from None
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(content) or count > MAX_PARTS:
        raise FileRefused(Code.TOO_DENSE)


def _part_of(parts: zipfile.ZipFile, name: str) -> str:
    """Return the path of the sheet with a name inside the file; empty where it is another kind."""
    try:
        book = Xml.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - expat resolves nothing
        links = Xml.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, Xml.ParseError):
        return ""
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for sheet in book.iterfind(".//{*}sheet"):
        if sheet.get("name") == name:
            target = targets.get(sheet.get(RELATION), "").lstrip("/")
            path = target if target.startswith("xl/") else f"xl/{target}"
            return path if path in parts.namelist() else ""
    return ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return Decimal(f"{value:.{EXACT_DIGITS}g}")
    if isinstance(value, date | datetime):
        return value
    if isinstance(value, time | timedelta):
        return str(value)
    return ""
