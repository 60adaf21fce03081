"""Where words for people stand that nobody can translate: in Python, in templates and in scripts.

A text counts as words when it is more than one of them or begins as a name does, unless where it
stands says that no person reads it: a docstring, a key, an address, SQL, an error of a programmer.
"""

import ast
import re

from django.template.base import Lexer, TokenType

TRANSLATED = {
    "_", "gettext", "gettext_lazy", "later", "mark", "ngettext", "ngettext_lazy", "pgettext",
    "stored", "stored_count",
}  # fmt: skip
# Calls whose texts are names, addresses, SQL, or meant for a programmer.
FOR_MACHINES = {
    "AssertionError", "Cast", "ChangesTruncated", "CheckConstraint", "F",
    "ImproperlyConfigured", "Index", "KeyError", "LookupError", "NotANotification",
    "NotImplementedError", "NotSent", "OAuthRefused", "OAuthUnavailable", "OutcomeUnknown",
    "OuterRef", "Q", "RunSQL", "RuntimeError", "TransportError", "TypeError", "TypeVar",
    "UniqueConstraint", "Value", "ValueError", "Wanted", "_link", "add_argument", "annotate",
    "bind",
    "cast", "compile", "debug", "deep_link", "defer", "endswith", "exclude", "execute",
    "filter", "findall", "fullmatch", "get", "get_field", "get_model", "getattr", "hasattr",
    "import_string", "info", "match", "only", "order_by", "partition", "path", "pop",
    "prefetch_related", "re_path", "register", "removeprefix", "removesuffix", "render",
    "render_to_string", "reverse", "reverse_lazy", "search", "select_related", "setattr",
    "split", "startswith", "strftime", "strip", "sub", "values", "values_list",
}  # fmt: skip
READ_BY_NOBODY = {
    "app_label", "class", "classes", "code", "content_type", "db_table", "field", "fields", "form",
    "href", "icon", "key", "kind", "method", "name", "ordering", "permissions", "pk",
    "related_name", "rel", "salt", "style", "template", "template_name", "to", "tone", "url",
    "url_name", "url_path", "variant", "widget",
}  # fmt: skip
READ_BY_PEOPLE = {
    "caption", "description", "empty_label", "empty_value_display", "help_text", "label", "message",
    "placeholder", "search_help_text", "short_description", "title", "verbose_name",
    "verbose_name_plural", "words",
}  # fmt: skip
SENTENCE = re.compile(
    r"[A-Za-z']{2,}[,.:;!?…”]? [“(]?[A-Za-z0-9]|[A-Za-z]{3,}[.?!…:]$|[a-z]{2,} $"
    r"|^[,:;.]? [a-z]{2,}|\b(?:1|[a-z]) [a-z]{3,}"
)
NAME = re.compile(r"[A-Z][a-z]+(?:[ -][A-Za-z][a-z]*)*")
MACHINE = re.compile(
    r"^(?:paidup-|material|unfold/|admin/|hx-|x-|https?:|/|%|\{\}<|attachment; )|__"
    r"|\b(?:SELECT|UPDATE|CASE|TRIGGER|BEGIN|NULL|IN|INTO|FROM|THEN|AND|OR) |\b(?:NEW|OLD)\."
    r"|application/|text/"
)
LETTERS = re.compile(r"[A-Za-z]")


def is_words(text):
    if MACHINE.search(text) or re.fullmatch(r"[a-z0-9_.\-]+", text):
        return False
    if text.startswith("<") and not re.search(r">[^<{]*[A-Za-z]{2,}", text):
        return False
    return bool(SENTENCE.search(text) or NAME.fullmatch(text))


def _is_translated(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATED


class _Finder(ast.NodeVisitor):
    def __init__(self, *, helps, names_of_others):
        self.found = []
        self.helps = helps
        self.names_of_others = names_of_others

    def of_body(self, node):
        for statement in node.body:
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not is_text:  # docstrings, of attributes too
                self.visit(statement)

    def visit_Module(self, node):
        self.of_body(node)

    def visit_ClassDef(self, node):
        for part in [*node.decorator_list, *node.keywords]:
            self.visit(part)
        self.of_body(node)

    def visit_FunctionDef(self, node):
        for part in [
            *node.decorator_list,
            *node.args.defaults,
            *filter(None, node.args.kw_defaults),
        ]:
            self.visit(part)
        self.of_body(node)

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)

    def visit_Assign(self, node):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
        if len(parts) == 2 and _is_translated(
            parts[1]
        ):  # a choice: its value, and what it is called
            return
        if not names & (READ_BY_NOBODY | {"__all__"}):
            self.of_value(names, node.value)

    def visit_If(self, node):
        is_for_types = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for part in node.orelse if is_for_types else [node.test, *node.body, *node.orelse]:
            self.visit(part)

    def visit_Call(self, node):
        called = node.func
        name = getattr(called, "attr", getattr(called, "id", ""))
        owner = getattr(getattr(called, "value", None), "id", "")
        if name in TRANSLATED or owner == "log":
            for given in node.keywords if name == "stored" else ():
                self.visit(given.value)
            return
        if not isinstance(called, ast.Name):
            self.visit(called)
        for given in node.args:
            self.of_argument(name, given)
        for given in node.keywords:
            if name in FOR_MACHINES:
                self.of_argument(name, given.value)
            else:
                self.of_value({given.arg}, given.value)

    def of_argument(self, name, given):
        is_text = isinstance(given, ast.Constant | ast.JoinedStr)
        if not (name in FOR_MACHINES and is_text):
            self.visit(given)

    def of_value(self, names, value):
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if names == {"help_text"} and not self.helps:
            return
        if is_text and names & READ_BY_PEOPLE:
            if LETTERS.search(value.value):
                self.found.append((value.lineno, value.value))
        elif not (names & READ_BY_NOBODY and isinstance(value, ast.Constant | ast.JoinedStr)):
            self.visit(value)

    def visit_Dict(self, node):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                self.of_value({key.value}, value)
            else:
                self.visit(value)

    def visit_Subscript(self, node):
        self.visit(node.value)

    def visit_Compare(self, node):
        for part in [node.left, *node.comparators]:
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def visit_Constant(self, node):
        if self.names_of_others:
            return
        if isinstance(node.value, str) and is_words(node.value):
            self.found.append((node.lineno, node.value))

    def visit_JoinedStr(self, node):
        parts = [part.value if isinstance(part, ast.Constant) else "" for part in node.values]
        if self.names_of_others:
            return
        if any(map(LETTERS.search, parts)) and is_words("1".join(parts)):
            self.found.append((node.lineno, "…".join(parts)))
            return
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)


def in_python(text, *, helps=True, names_of_others=False):
    """Return line and words of each text for people that stands as it is.

    What helps with a field is for people, unless it says to programmers what a column is. Where a
    file holds what other systems call their columns and documents, only a title is for people.
    """
    finder = _Finder(helps=helps, names_of_others=names_of_others)
    finder.visit(ast.parse(text))
    return finder.found


TAG = re.compile(
    r"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)>|<[a-zA-Z/!][^<>]*>", re.DOTALL
)
ICON = re.compile(r'<span class="material-symbols[^>]*>[^<]*</span>')
SPOKEN = re.compile(r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"')
GIVEN = re.compile(r'(?<!_\()(?:(?:title|heading|label|text)=|\|default:|\|yesno:)"([^"]*)"')


def in_template(text):
    """Return line and words of each text of a page outside of what translates it."""
    found, shown, inside = [], [], ""
    for token in Lexer(text).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if token.token_type is TokenType.BLOCK and name in ("blocktranslate", "comment"):
            inside = f"end{name}"
        elif token.token_type is TokenType.BLOCK and name == inside:
            inside = ""
        elif token.token_type is TokenType.TEXT and not inside:
            shown.append(token.contents)
        elif not inside:
            shown.append("\x00" + "\n" * token.contents.count("\n"))
            given = (
                GIVEN.findall(token.contents) if token.token_type is not TokenType.COMMENT else []
            )
            found += [(token.lineno, words) for words in given if _is_shown(words)]
    page = ICON.sub("", "".join(shown))
    for spoken in SPOKEN.finditer(page):
        if _is_shown(spoken[1]):
            found.append((page.count("\n", 0, spoken.start()) + 1, spoken[1]))
    for line, words in enumerate(TAG.sub(_blank, page).split("\n"), 1):
        if _is_shown(words):
            found.append((line, words.replace("\x00", "…").strip()))
    return found


def _blank(tag):
    return "\x00" + "\n" * tag[0].count("\n")


def _is_shown(words):
    told = re.sub(
        r"&#?\w+;|\b(?:Paidup|QuickBooks|CSV|XLSX|Español|Français)\b|\w+,\w+_\w+", "", words
    )
    return bool(re.search(r"[A-Za-z]{2,}", told))


LITERAL = re.compile(r"(?<!\\)(\"|'|`)((?:\\.|(?!\1).)*)\1")


def in_script(text):
    """Return line and words of each text for people; pages say them (templates/admin/base.html)."""
    code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return [
        (code.count("\n", 0, literal.start()) + 1, literal[2])
        for literal in LITERAL.finditer(code)
        if re.match(r"[A-Z][a-z]+(?: [a-z]|$|:)|[a-z]+ [a-z]+ [a-z]+|.*[a-z] \$\{", literal[2])
    ]
