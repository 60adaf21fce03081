"""One small breakage of one file, and the text that tells it from others."""

import ast
from dataclasses import dataclass, field

from tests.mutants.places import ROOT


@dataclass(frozen=True, slots=True)
class Mutant:
    """What a line says and what it is made to say; `source` is the whole file, broken."""

    file: str
    line: int
    function: str
    was: str
    now: str
    source: str = field(repr=False)
    tests: tuple[str, ...] = ()  # those that must fail; none where its module's are asked
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


def functions(source: str) -> list[str]:
    """Return, for each line, the name of the function it is in; empty outside of any."""
    lines = [""] * (source.count("\n") + 2)

    def enter(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = f"{name}.{child.name}".strip(".")
                is_function = isinstance(child, ast.FunctionDef)
                for number in range(child.lineno, (child.end_lineno or 0) + 1):
                    lines[number] = inner if is_function else ""
            enter(child, inner)

    enter(ast.parse(source), "")
    return lines
