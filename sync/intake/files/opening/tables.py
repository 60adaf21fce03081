"""From a file to one table: its sheet, its header row, and every row after it with its number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, islice

from sync.intake.files.answers import Answers
from sync.intake.files.columns.names import exact, meaning
from sync.intake.files.layouts import KNOWN_NAMES, recognise
from sync.intake.files.opening.decoding import Text, read_text
from sync.intake.files.opening.workbooks import Cell, Formula, Sheet, Workbook, is_workbook
from sync.intake.files.outcomes import Code, FileRefused, Question, ask, offer

MAX_BYTES = 100 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_NAME = 100
HEADER_WITHIN = 60
ALL_SHEETS = "*"
"""In place of a sheet's name, which cannot have this sign: all that have the same columns."""
Rows = Callable[[], Iterator[Sequence[Cell]]]

WHY_REFUSED = "Why it was refused"
"""The column that a file of refused rows has besides: the same file, mended, is one of its kind."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How the file is written, or the sheet that is read, and what that leaves open."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[Sheet, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet with its header; `labels` are its names, each once ("Type", "Type #2")."""

    read: Rows
    header_row: int
    header: tuple[str, ...]
    labels: tuple[str, ...]
    above: tuple[tuple[str, ...], ...]
    """The rows before the header, as text."""
    origin: Origin
    corrected: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    """Row to position to what a person wrote in place of what the file has."""

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield every row after the header with its number in the file, from one on."""
        for number, row in enumerate(self.read(), start=1):
            if number > MAX_ROWS:
                raise FileRefused(Code.TOO_MANY_ROWS, str(MAX_ROWS))
            if number > self.header_row:
                mended = self.corrected.get(number)
                yield number, _mended(row, mended) if mended else row

    @property
    def signature(self) -> str:
        """Return what answers are remembered by: the names of the columns, whatever their order."""
        names = "\x1f".join(sorted(exact(name) for name in self.labels if name != WHY_REFUSED))
        return sha256(names.encode("utf-8", "surrogatepass")).hexdigest()


def open_table(content: bytes, answers: Answers) -> Table:
    """Find the table of a file; refuses a file in which there is none, saying why."""
    if len(content) > MAX_BYTES:
        raise FileRefused(Code.FILE_TOO_LARGE, str(MAX_BYTES // 1024 // 1024))
    if not content.strip(b"\x00 \r\n\t"):
        raise FileRefused(Code.EMPTY_FILE)
    if content.startswith(b"%PDF"):
        raise FileRefused(Code.PDF)
    if is_workbook(content):
        return _open_workbook(Workbook(content), answers)
    return _open_text(read_text(content, answers.encoding, answers.delimiter), answers)


def _mended(row: Sequence[Cell], cells: Mapping[int, str]) -> Sequence[Cell]:
    mended = [*row, *[""] * (max(cells) + 1 - len(row))]
    for position, text in cells.items():
        mended[position] = text
    return mended


def _corrected(labels: tuple[str, ...], answers: Answers) -> Mapping[int, Mapping[int, str]]:
    """Return what was corrected, by row and position, of the columns that are there."""
    at = {label: position for position, label in enumerate(labels)}
    found = {
        int(row): {at[label]: text for label, text in cells.items() if label in at}
        for row, cells in answers.cells.items()
    }
    return {row: cells for row, cells in found.items() if cells}


def _open_text(text: Text, answers: Answers) -> Table:
    read: Rows = text.rows
    at, top = _find_header(read, answers)
    questions = () if text.is_certain or answers.encoding else (_about_encoding(text),)
    origin = Origin(text.encoding, text.delimiter, questions=questions)
    return _table(read, at, top, origin, answers)


def _about_encoding(text: Text) -> Question:
    """Ask how eight-bit letters are meant, showing the first line that has some."""
    line = next((part for part in text.content.splitlines() if not part.isascii()), b"")[:200]
    ways = {name: line.decode(name, "replace") for name in ("cp1252", "mac-roman")}
    return offer(Code.ENCODING, ("encoding",), ways, text.encoding)


def _open_workbook(book: Workbook, answers: Answers) -> Table:
    visible = [sheet.name for sheet in book.sheets if not sheet.is_hidden]
    if answers.sheet and answers.sheet not in {*visible, ALL_SHEETS}:
        raise FileRefused(Code.NO_SUCH_SHEET, answers.sheet[:MAX_NAME])
    is_chosen = answers.sheet in visible
    for name in [answers.sheet] if is_chosen else visible:
        read: Rows = _reader(book, name)
        try:
            at, top = _find_header(read, answers)
        except FileRefused as refused:
            if refused.code != Code.NO_TABLE:
                raise
            continue
        twins = [] if is_chosen else _twins(book, visible, name, top[at], answers)
        questions: tuple[Question, ...] = ()
        if len(visible) > 1 and not answers.sheet:
            questions = (_about_sheets(book, visible, name, has_twins=bool(twins)),)
        if answers.sheet == ALL_SHEETS:
            read = _reader(book, name, *twins)
        origin = Origin("", "", name, book.sheets, questions)
        return _table(read, at, top, origin, answers)
    raise FileRefused(Code.NO_TABLE)


def _reader(book: Workbook, *names: str) -> Rows:
    return lambda: chain.from_iterable(book.rows(name) for name in names)


def _twins(
    book: Workbook, visible: list[str], first: str, header: tuple[str, ...], answers: Answers
) -> list[str]:
    """Return the sheets after the first that have the same columns: one for each month."""
    twins = []
    for name in visible[visible.index(first) + 1 :]:
        try:
            at, top = _find_header(_reader(book, name), answers)
        except FileRefused:
            continue
        if _ended(top[at]) == _ended(header):
            twins.append(name)
    return twins


def _ended(header: tuple[str, ...]) -> tuple[str, ...]:
    return header[: max((at for at, name in enumerate(header, 1) if name), default=0)]


def _about_sheets(book: Workbook, visible: list[str], name: str, *, has_twins: bool) -> Question:
    """Offer the other sheets; where some have the same columns, none is left out unasked."""
    ways = {sheet: _first_words(book, sheet) for sheet in visible}
    if has_twins:
        return ask(Code.SHEET, ("sheet",), {ALL_SHEETS: "", **ways})
    return offer(Code.SHEET, ("sheet",), ways, name)


def _first_words(book: Workbook, name: str) -> str:
    for row in islice(book.rows(name), HEADER_WITHIN):
        words = " | ".join(_word(cell) for cell in row[:8] if _word(cell))
        if words:
            return words[:200]
    return ""


def _table(
    read: Rows, at: int, top: list[tuple[str, ...]], origin: Origin, answers: Answers
) -> Table:
    header = top[at]
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise FileRefused(Code.TOO_MANY_COLUMNS, str(MAX_COLUMNS))
    labels = _labels(header)
    above = tuple(top[:at])
    return Table(read, at + 1, header, labels, above, origin, _corrected(labels, answers))


def _labels(header: tuple[str, ...]) -> tuple[str, ...]:
    met: dict[str, int] = {}
    labels = []
    for position, name in enumerate(header, start=1):
        label = name[:MAX_NAME] or f"column {position}"
        met[label] = met.get(label, 0) + 1
        labels.append(label if met[label] == 1 else f"{label} #{met[label]}")
    return tuple(labels)


def _find_header(read: Rows, answers: Answers) -> tuple[int, list[tuple[str, ...]]]:
    """Return the header's position and the first rows as text."""
    top = [tuple(_word(cell) for cell in row) for row in islice(read(), HEADER_WITHIN)]
    if answers.header_row:
        at = int(answers.header_row) - 1 if answers.header_row.isdecimal() else -1
        if not 0 <= at < len(top) or not any(top[at]):
            raise FileRefused(Code.BAD_ANSWER, "header_row")
        return at, top
    for at, row in enumerate(top):
        if recognise(row):
            return at, top
    scores = [_known(row) for row in top]
    best = max(scores, default=0)
    if best >= 2:
        return scores.index(best), top
    for at, row in enumerate(top[:-1]):
        named = [word for word in row if word]
        if len(named) >= 2 and len(set(named)) == len(named) and not any(map(_is_value, named)):
            return at, top
    raise FileRefused(Code.NO_TABLE if any(map(any, top)) else Code.EMPTY_FILE)


def _known(row: tuple[str, ...]) -> int:
    return len({exact(name) for name in row if _is_known(name)})


def _is_known(name: str) -> bool:
    return (
        bool(name)
        and len(name) <= MAX_NAME
        and (meaning(name) is not None or exact(name) in KNOWN_NAMES)
    )


def _is_value(word: str) -> bool:
    return sum(letter.isdigit() for letter in word) * 2 > len(word)


def _word(cell: Cell) -> str:
    if isinstance(cell, Formula):
        return ""
    return " ".join(str(cell).replace("\ufeff", "").split())
