"""What a change of name carries along: the "(deleted)" mark, sub-entries, references."""

from dataclasses import replace

from sync.simulator.ledger.books.books import NAME_PROPERTY, Books, Document
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.references import is_bare, named
from sync.simulator.ledger.books.schema import KINDS, OBJECTS
from sync.simulator.wire import parse_json, to_json

MARK = " (deleted"


def mark_deactivated(books: Books, draft: Draft) -> None:
    """Add "(deleted)" to an inactive entry's name, so that the name is free; take it off again."""
    if draft.old is None or "Active" not in draft.body:
        return
    was, is_now = draft.old.body.get("Active"), draft.body["Active"]
    if was and not is_now and books.switches.deactivated_names == "suffix":
        _rename(draft, _free_name(books, draft))
    elif not was and is_now:
        plain = _own_name(draft).split(MARK, 1)[0]
        if books.named(draft.kind, plain) is None:
            _rename(draft, plain)


def _own_name(draft: Draft) -> str:
    return str(draft.body["DisplayName" if "DisplayName" in draft.body else "Name"])


def _free_name(books: Books, draft: Draft) -> str:
    name = _own_name(draft)
    if MARK in name:
        return name
    marked, count = f"{name}{MARK})", 1
    while books.named(draft.kind, marked) is not None:
        count += 1
        marked = f"{name}{MARK} {count})"
    return marked


def _rename(draft: Draft, name: str) -> None:
    before = _own_name(draft)
    draft.body["DisplayName" if "DisplayName" in draft.body else "Name"] = name
    full = draft.body.get(NAME_PROPERTY[draft.kind], name)
    if "FullyQualifiedName" in draft.body:
        full = draft.body["FullyQualifiedName"]
        draft.body["FullyQualifiedName"] = full.removesuffix(before) + name


def carry_name(books: Books, old: Document, new: Document) -> None:
    """Write a changed name wherever it is shown: below the entry, and in what refers to it."""
    full = new.body.get("FullyQualifiedName")
    if full is not None and full != old.body.get("FullyQualifiedName"):
        for child in _children(books, new):
            own = child.body.get("DisplayName", child.body.get("Name"))
            renamed = books.amend(child, FullyQualifiedName=f"{full}:{own}")
            carry_name(books, child, renamed)
    before, after = to_json(named(books, old)), to_json(named(books, new))
    if before == after:
        return
    for prop in _properties_naming(books, new.kind):
        for document in list(books.holding(f'"{prop}":{before}')):
            if prop == "ParentRef" and document.kind != new.kind:
                continue
            text = books.text(document).replace(f'"{prop}":{before}', f'"{prop}":{after}')
            books.put(replace(document, body=parse_json(text)))


def _children(books: Books, parent: Document) -> list[Document]:
    needle = f'"ParentRef":{{"value":{to_json(parent.id)}'
    return [each for each in books.holding(needle) if each.kind == parent.kind]


def _properties_naming(books: Books, kind: str) -> set[str]:
    known = [*KINDS.values(), *OBJECTS.values()]
    found = {p.name for each in known for p in each.values() if p.code == "R" and p.of == kind}
    return {name for name in found if not is_bare(books, name)}
