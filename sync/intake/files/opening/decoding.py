"""Bytes of a text file to rows: encoding, delimiter and quotes found by evidence in the file."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sync.intake.files.outcomes import Code, FileRefused

SAMPLE = 65_536
DELIMITERS = ",;\t|"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = {"utf-8": "utf-8", "cp1252": "cp1252", "latin-1": "latin-1", "mac-roman": "mac-roman"}
UNUSED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
SEPARATOR_LINE = re.compile('\\A\ufeff?"?sep=(.)"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """How a text file is written; `is_certain` is False for eight bits without a mark."""

    content: bytes
    encoding: str
    delimiter: str
    has_separator_line: bool
    is_certain: bool

    def rows(self) -> Iterator[list[str]]:
        """Yield every record, blank ones as empty lists, without holding them."""
        lines = io.TextIOWrapper(
            io.BytesIO(self.content), self.encoding, errors="replace", newline=""
        )
        if self.has_separator_line:
            lines.readline()
            yield []
        try:
            yield from csv.reader(lines, delimiter=self.delimiter)
        except csv.Error as error:
            raise FileRefused(Code.BROKEN_FILE, str(error)) from None


def read_text(content: bytes, encoding: str = "", delimiter: str = "") -> Text:
    """Find how the bytes are written, or take what a person said; refuses what is no text."""
    if encoding and encoding not in ENCODINGS:
        raise FileRefused(Code.BAD_ANSWER, "encoding")
    if delimiter and delimiter not in DELIMITERS:
        raise FileRefused(Code.BAD_ANSWER, "delimiter")
    found, is_certain = find_encoding(content)
    encoding = encoding or found
    sample = _decode(content[:SAMPLE], encoding)
    if not sample.strip() and len(content) <= SAMPLE:
        raise FileRefused(Code.EMPTY_FILE)
    if len(CONTROLS.findall(sample)) * 50 > len(sample):
        raise FileRefused(Code.NOT_TEXT)
    if re.match(r"\s*<(!doctype|html|table|\?xml)", sample.lstrip("\ufeff"), re.IGNORECASE):
        raise FileRefused(Code.WEB_PAGE)
    line = SEPARATOR_LINE.match(sample)
    stated = line.group(1) if line and line.group(1) in DELIMITERS else ""
    delimiter = delimiter or stated or find_delimiter(sample)
    return Text(content, encoding, delimiter, line is not None, is_certain)


def find_encoding(content: bytes) -> tuple[str, bool]:
    """Return the encoding and whether the bytes prove it."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return name, True
    sample = content[:SAMPLE]
    if sample.count(0) * 5 > len(sample):
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if max(even, odd) > 10 * min(even, odd):
            return ("utf-16-le" if odd > even else "utf-16-be"), True
        raise FileRefused(Code.NOT_TEXT)
    if _is_utf8(content):
        return "utf-8", True
    return ("latin-1" if UNUSED_IN_1252.search(content) else "cp1252"), False


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), SAMPLE):
            decoder.decode(content[start : start + SAMPLE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decode(sample: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)


def find_delimiter(sample: str) -> str:
    """Return the delimiter under which most lines have one width; a comma where none has."""
    return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> int:
    lines = io.StringIO(sample, newline="")
    widths: Counter[int] = Counter()
    try:
        for row, _ in zip(csv.reader(lines, delimiter=delimiter), range(100), strict=False):
            widths[len(row)] += len(row) > 1
    except csv.Error:
        return 0
    return max(((width - 1) * count for width, count in widths.items()), default=0)
