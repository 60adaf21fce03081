"""One small breakage of one file, and the text that tells it from others."""

from dataclasses import dataclass, field

from tests.mutants.places import ROOT


@dataclass(frozen=True, slots=True)
class Mutant:
    """What a line says and what it is made to say; `source` is the whole file, broken."""

    file: str
    line: int
    last_line: int
    function: str
    was: str
    now: str
    source: str = field(repr=False)
    tests: tuple[str, ...] = ()  # those that must fail; none where they are chosen by reach
    may_hang: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Name it so that it is found again after lines were put above it."""
        return self.file, self.function, self.was, self.now

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}\n    - {self.was}\n    + {self.now}"


def cut(file: str, source: str, function: str, start: int, end: int, text: str) -> Mutant:
    """Put a text where bytes of a file are; the lines that change are what it is known by."""
    raw = source.encode()
    broken = raw[:start] + text.encode() + raw[end:]
    line, last = raw.count(b"\n", 0, start) + 1, raw.count(b"\n", 0, end) + 1
    grown = text.count("\n")
    return Mutant(
        file=file,
        line=line,
        last_line=last,
        function=function,
        was=_joined(source.splitlines()[line - 1 : last]),
        now=_joined(broken.decode().splitlines()[line - 1 : line + grown]),
        source=broken.decode(),
    )


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def read(file: str) -> str:
    """Return a file of the product."""
    return (ROOT / file).read_text()
