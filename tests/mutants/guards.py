"""The guards of a module, found in its syntax, each with the ways to break it.

A guard is an `if` that refuses or returns early, or one of a chain; what decides which of two
things is returned; a condition of rows that are updated or deleted; the filter of a comprehension;
a lock; and what says in SQL whether a payment may go.
"""

import ast
from collections.abc import Iterator

from tests.mutants.mutant import Mutant, cut, functions, read

EARLY = (ast.Return, ast.Raise, ast.Continue, ast.Break)
WRITES = {"update", "delete", "settle", "look_later", "put_back", "skip"}
NARROWS = {"filter", "exclude"}
LOCKS = {"lock", "_lock", "lock_invoices"}
OTHERWISE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
Change = tuple[ast.AST, str]


def guards_of(file: str) -> list[Mutant]:
    """Return every way in which a guard of a file can be broken, each once."""
    module = _Module(file)
    found = {mutant.key: mutant for mutant in module.mutants()}
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.now))


class _Module:
    def __init__(self, file: str) -> None:
        self.file, self.source = file, read(file)
        self._inside = functions(self.source)
        starts = [0]
        for line in self.source.encode().splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self._starts = starts

    def mutants(self) -> Iterator[Mutant]:
        for node, text in self._changes(ast.parse(self.source)):
            start, end = self._span(node)
            function = self._inside[node.lineno]  # type: ignore[attr-defined]
            yield cut(self.file, self.source, function, start, end, text)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        line, column, last, end = place
        return self._starts[line - 1] + column, self._starts[last - 1] + end

    def text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source.encode()[start:end].decode()

    def _part(self, node: ast.AST) -> str:
        """Return the text of a part of an expression, in brackets where it may need them."""
        is_compound = isinstance(node, ast.NamedExpr | ast.BoolOp | ast.IfExp | ast.BinOp)
        return f"({self.text(node)})" if is_compound else self.text(node)

    def _changes(self, tree: ast.AST) -> Iterator[Change]:
        for node in ast.walk(tree):
            match node:
                case ast.If() if _refuses(node):
                    yield from self._gone(node.test)
                    yield from self._condition(node.test)
                case ast.Return(value=ast.expr() as value):
                    yield from self._returned(value)
                case ast.comprehension(ifs=conditions):
                    for condition in conditions:
                        yield condition, "True"
                        yield from self._condition(condition)
                case ast.Expr(value=ast.Call() as call) if _name(call) in LOCKS:
                    yield node, "pass"
                case ast.FunctionDef():
                    yield from self._rows_written(node)
                case ast.expr():
                    yield from self._of_rows(node)

    def _of_rows(self, node: ast.expr) -> Iterator[Change]:
        """Leave out a lock, a part of a condition, and a reason why a payment may not go."""
        match node:
            case ast.Call(func=ast.Attribute(value=rows)) if _name(node) == "select_for_update":
                yield node, self.text(rows)
            case ast.BinOp(op=ast.BitOr() | ast.BitAnd()) if self._is_of_rows(node):
                yield node, self._part(node.left)
                yield node, self._part(node.right)
            case ast.Tuple(elts=[ast.Attribute(value=ast.Name(id="Reason")), condition]):
                yield condition, "Q(pk__in=[])"

    def _is_of_rows(self, node: ast.BinOp) -> bool:
        """Say whether it joins conditions of a query, spelled out or kept under a name."""
        names = isinstance(node.left, ast.Name) and node.left.id.isupper()
        return names or "Q(" in self.text(node)

    def _gone(self, test: ast.expr) -> Iterator[Change]:
        names_something = any(isinstance(node, ast.NamedExpr) for node in ast.walk(test))
        yield test, f"({self.text(test)}) and False" if names_something else "False"

    def _returned(self, value: ast.expr) -> Iterator[Change]:
        for node in ast.walk(value):
            if isinstance(node, ast.IfExp):
                yield node.test, "True"
                yield node.test, "False"
                yield from self._condition(node.test)
        if isinstance(value, ast.BoolOp | ast.Compare | ast.UnaryOp):
            yield from self._condition(value)

    def _condition(self, test: ast.expr) -> Iterator[Change]:
        """Leave out each part of a condition, and turn each comparison of it round."""
        for node in ast.walk(test):
            if isinstance(node, ast.BoolOp):
                word = " and " if isinstance(node.op, ast.And) else " or "
                for left_out in node.values:
                    rest = [self._part(value) for value in node.values if value is not left_out]
                    yield node, f"({word.join(rest)})"
            if isinstance(node, ast.Compare) and len(node.ops) == 1:
                left, right = self._part(node.left), self._part(node.comparators[0])
                yield node, f"{left} {OTHERWISE[type(node.ops[0])]} {right}"

    def _rows_written(self, function: ast.FunctionDef) -> Iterator[Change]:
        """Leave out each condition of the rows that a function updates or deletes."""
        assigned = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=rows, attr=name)) if name in WRITES:
                    for narrowing in _narrowings(rows, dict(assigned)):
                        yield from self._without(narrowing)

    def _without(self, call: ast.Call) -> Iterator[Change]:
        given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        for left_out in given:
            rest = ", ".join(self.text(one) for one in given if one is not left_out)
            yield call, f"{self.text(call.func)}({rest})"


def _refuses(node: ast.If) -> bool:
    """Say whether it ends what is being done, or is one of a chain that tells cases apart."""
    is_chain = len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
    return is_chain or isinstance(node.body[-1], EARLY)


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _narrowings(rows: ast.expr, assigned: dict[str, ast.expr]) -> Iterator[ast.Call]:
    """Yield the filters that rows went through, also where they had a name in between."""
    while True:
        if isinstance(rows, ast.Call):
            if _name(rows) in NARROWS:
                yield rows
            rows = rows.func
        elif isinstance(rows, ast.Attribute):
            rows = rows.value
        elif isinstance(rows, ast.Name) and rows.id in assigned:
            rows = assigned.pop(rows.id)
        else:
            return
