"""Parses the query language: SELECT … FROM … WHERE … ORDERBY … STARTPOSITION … MAXRESULTS …"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sync.simulator.ledger.books import faults

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<symbol><=|>=|!=|[=<>*(),]))"
)
OPERATORS = {"=", "<", ">", "<=", ">=", "!=", "IN", "LIKE"}
RESERVED = {"WHERE", "ORDERBY", "ORDER", "STARTPOSITION", "MAXRESULTS"}
MOST = 1000
USUAL = 100
Token = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Condition:
    """A property compared with one value, or with several for IN."""

    name: str
    operator: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Query:
    """A parsed query; `columns` is empty for * and None for count(*)."""

    entity: str
    columns: list[str] | None
    conditions: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)  # (property, descending)
    start: int = 1
    most: int = USUAL


def parse(text: str) -> Query:
    """Parse a query, or raise a 4000 fault where it is not one."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._split())
        self.position = 0

    def _split(self) -> Iterator[Token]:
        position, end = 0, len(self.text.rstrip().rstrip(";"))
        while position < end:
            match = TOKEN.match(self.text, position)
            if match is None or match.end() > end:
                raise self._error(self.text[position:].strip()[:1], position)
            kind = str(match.lastgroup)
            yield kind, match.group(kind), match.start(kind)
            position = match.end()

    def _error(self, found: str, column: int) -> faults.RequestFault:
        shown = found or "<EOF>"
        return faults.query_unparsed(f'Encountered " "{shown}" "" at line 1, column {column + 1}.')

    def _peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def _next(self) -> Token:
        if self.position >= len(self.tokens):
            raise self._error("", len(self.text))
        self.position += 1
        return self.tokens[self.position - 1]

    def _take(self, *words: str) -> bool:
        """Consume one of these words or symbols if it comes next."""
        if self._peek().upper() in words and self.tokens[self.position][0] != "string":
            self.position += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            token = self.tokens[self.position] if self._peek() else ("", "", len(self.text))
            raise self._error(token[1], token[2])

    def _word(self) -> str:
        kind, text, column = self._next()
        if kind != "word":
            raise self._error(text, column)
        return text

    def query(self) -> Query:
        self._expect("SELECT")
        columns = self._columns()
        self._expect("FROM")
        query = Query(self._word(), columns)
        if self._take("WHERE"):
            query.conditions.append(self._condition())
            while self._take("AND"):
                query.conditions.append(self._condition())
        while self._peek():
            self._clause(query)
        return query

    def _columns(self) -> list[str] | None:
        if self._peek().upper() == "COUNT":
            for part in ("COUNT", "(", "*", ")"):
                self._expect(part)
            return None
        columns = [self._column()]
        while self._take(","):
            columns.append(self._column())
        return [] if "*" in columns else columns

    def _column(self) -> str:
        return "*" if self._take("*") else self._word()

    def _condition(self) -> Condition:
        name = self._word()
        _, operator, column = self._next()
        operator = operator.upper()
        if operator not in OPERATORS:
            raise self._error(operator, column)
        if operator != "IN":
            return Condition(name, operator, (self._value(),))
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return Condition(name, operator, tuple(values))

    def _value(self) -> str:
        kind, text, column = self._next()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number" or text.lower() in {"true", "false"}:
            return text
        raise self._error(text, column)

    def _clause(self, query: Query) -> None:
        if self._take("ORDERBY"):
            query.order = self._order()
        elif self._take("ORDER"):
            self._expect("BY")
            query.order = self._order()
        elif self._take("STARTPOSITION"):
            query.start = self._count()
        elif self._take("MAXRESULTS"):
            query.most = self._count()
            if query.most > MOST:
                raise faults.query_invalid(
                    f"value {query.most} is too large. Max allowed value is {MOST}"
                )
        else:
            _, text, column = self._next()
            raise self._error(text, column)

    def _order(self) -> list[tuple[str, bool]]:
        order = [self._sort_key()]
        while self._take(","):
            order.append(self._sort_key())
        return order

    def _sort_key(self) -> tuple[str, bool]:
        name = self._word()
        if self._take("DESC"):
            return name, True
        self._take("ASC")
        return name, False

    def _count(self) -> int:
        kind, text, column = self._next()
        digits = text.strip("'")
        if kind not in {"number", "string"} or not digits.lstrip("-").isdigit():
            raise self._error(text, column)
        if int(digits) < 1:
            raise faults.query_invalid(f"value {digits} is too small. Min allowed value is 1")
        return int(digits)
