"""What happens to the name of a list entry that is made inactive or active again."""

from sync.simulator.ledger.books import NAME_PROPERTY, Books
from sync.simulator.ledger.draft import Draft

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
