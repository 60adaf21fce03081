"""JournalEntry: debits equal credits."""

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, ref_value
from sync.simulator.ledger.books.draft import Draft, complete_header, number_lines
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.books.postings import is_receivable
from sync.simulator.ledger.books.references import find, named
from sync.simulator.wire import Json


def complete_journal(books: Books, draft: Draft) -> None:
    """Check a journal entry: debits equal credits, and A/R lines name a customer."""
    draft.require("Line")
    complete_header(books, draft)
    if "DocNumber" not in draft.body:
        last = int(books.sequence("journal") or 0) + 1
        books.set_sequence("journal", str(last))
        draft.body["DocNumber"] = str(last)
    lines = [_journal_line(books, line) for line in draft.body["Line"]]
    sides = {"Debit": ZERO, "Credit": ZERO}
    for line in lines:
        if line["DetailType"] == "JournalEntryLineDetail":
            sides[line["JournalEntryLineDetail"]["PostingType"]] += line["Amount"]
    if sides["Debit"] != sides["Credit"]:
        raise faults.business("The debits and credits of a journal entry must be equal.")
    number_lines(draft, lines)
    draft.body["Line"] = lines
    draft.body["TotalAmt"] = cents(sides["Debit"])
    draft.default(Adjustment=False)


def _journal_line(books: Books, given: Json) -> Json:
    line = dict(given)
    line.pop("LinkedTxn", None)
    if line.get("DetailType") == "DescriptionOnly":
        return line
    line["DetailType"] = "JournalEntryLineDetail"
    detail = dict(line.get("JournalEntryLineDetail") or {})
    for name in ("PostingType", "AccountRef"):
        if name not in detail:
            raise faults.required(f"Line.JournalEntryLineDetail.{name}")
    line["Amount"] = cents(line.get("Amount", ZERO))
    if line["Amount"] < 0:
        raise faults.out_of_range("Line.Amount")
    entity = detail.get("Entity") or {}
    party_id = ref_value(entity, "EntityRef")
    if is_receivable(books, detail["AccountRef"]["value"]) and party_id is None:
        raise faults.business("When you use Accounts Receivable, you must choose a customer.")
    if party_id is not None:
        kind = entity.get("Type", "Customer")
        detail["Entity"] = {"Type": kind, "EntityRef": named(books, find(books, kind, party_id))}
    line["JournalEntryLineDetail"] = detail
    return line
