"""What may go of an invoice, summed in its verdict's row while the verdict counts; both databases.

The first page and the tabs count by it without reading a payment. What else an invoice rests on
outdates its verdict, and is summed anew with it. What is odd of an invoice has to be asked of its
documents themselves (exports/rules/eligibility.py); most have nothing odd.
"""

from collections.abc import Iterator
from functools import partial

from sync.models import trigger_words
from sync.models.trigger_words import Definition, differs

_when = partial(trigger_words.when, "open_sums")
_changing = partial(trigger_words.changing, "open_sums")
_calling = partial(trigger_words.calling, "open_sums")

_PAYMENTS = "FROM sync_payment p WHERE p.invoice_id = {row}.invoice_id"
_OF_INVOICE = "(SELECT i.{} FROM sync_invoice i WHERE i.id = {{row}}.invoice_id)"
_TWINS = (
    "SELECT t.id FROM sync_invoice i JOIN sync_invoice t ON t.quickbooks_number ="
    " i.quickbooks_number AND t.business_unit_id = i.business_unit_id AND t.id <> i.id"
    " WHERE i.id = {row}.invoice_id"
)
_NAMES = "(c.display_name || c.quickbooks_name)"
_PLAIN_NAME = f"REPLACE(REPLACE(REPLACE(REPLACE({_NAMES}, ':', ''), '\t', ''), '\r', ''), '\n', '')"
_ODD = (
    "(EXISTS (SELECT 1 FROM sync_booksmatch b WHERE b.invoice_id = {row}.invoice_id)"
    f" OR EXISTS (SELECT 1 {_PAYMENTS} AND p.business_unit_id <> {{row}}.business_unit_id)"
    f" OR EXISTS ({_TWINS}) OR EXISTS (SELECT 1 FROM sync_invoice i JOIN sync_customer c"
    f" ON c.id = i.customer_id WHERE i.id = {{row}}.invoice_id AND {_PLAIN_NAME} <> {_NAMES}))"
)
_ISSUED = _OF_INVOICE.format("issued_on")
_FIRST = f"(SELECT MIN(p.received_on) {_PAYMENTS} AND p.voided_at IS NULL)"
# Each column while the verdict counts, and what it holds while it does not.
# Names of our own tables and columns only; `row` is a table's name or a trigger's NEW.
# An invoice's payments are counted by their stage, not looked for by it: while PostgreSQL takes
# none to be open, as before a large import, it would read all that are.
_COLUMNS = {
    "open_payments": (f"(SELECT COUNT(CASE WHEN p.stage = 'open' THEN 1 END) {_PAYMENTS})", "0"),
    "open_amount": (
        "ROUND(COALESCE((SELECT SUM(CASE WHEN p.stage = 'open' THEN p.amount END)"
        f" {_PAYMENTS}), 0), 2)",
        "0",
    ),
    "currency": (_OF_INVOICE.format("currency"), "''"),
    "issued_on": (_ISSUED, "NULL"),
    "first_on": (
        f"CASE WHEN {_FIRST} < {_ISSUED} THEN {_FIRST} ELSE {_ISSUED} END",
        "NULL",
    ),
    "is_odd": (_ODD, "FALSE"),
}
STORED = {
    name: f"CASE WHEN {{row}}.version > 0 THEN {counts} ELSE {not_yet} END"
    for name, (counts, not_yet) in _COLUMNS.items()
}
# Whatever is written of a verdict has its sums computed.
_TOUCH = "UPDATE sync_verdict SET is_odd = is_odd WHERE "
_NUMBER = ("number", "chosen_number", "business_unit_id")


def touch(verdicts: str) -> str:
    """Return SQL that sums those verdicts anew."""
    return f"{_TOUCH}{verdicts};"


def _twins_of(row: str) -> str:
    return touch(
        "invoice_id IN (SELECT t.id FROM sync_invoice t WHERE t.quickbooks_number"
        f" = {row}.quickbooks_number AND t.business_unit_id = {row}.business_unit_id"
        f" AND t.id <> {row}.id)"
    )


def sqlite() -> Iterator[Definition]:
    """Yield the triggers of SQLite."""
    row = "sync_verdict"
    values = ", ".join(f"{name} = {sql.format(row=row)}" for name, sql in STORED.items())
    # What ends the chain, as for other sums: a row that is right is not written again.
    wrong = " OR ".join(
        f"NEW.{name} IS NOT {sql.format(row='NEW')}" for name, sql in STORED.items()
    )
    summed = f"UPDATE sync_verdict SET {values} WHERE invoice_id = NEW.invoice_id;"
    yield _when(row, "INSERT", wrong, summed)
    yield _when(row, f"UPDATE OF version, {', '.join(STORED)}", wrong, summed)
    stage = touch("version > 0 AND invoice_id = NEW.invoice_id")
    moved = "OLD.business_unit_id IS NOT NEW.business_unit_id"
    became = f"{moved} OR (OLD.stage = 'open') IS NOT (NEW.stage = 'open')"
    yield _when("sync_payment", "UPDATE OF stage, business_unit_id", became, stage)
    old, new = (touch(f"version > 0 AND invoice_id = {row}.invoice_id") for row in ("OLD", "NEW"))
    yield _when("sync_booksmatch", "INSERT", "", new)
    yield _when("sync_booksmatch", "UPDATE OF invoice_id", "", f"{old} {new}")
    yield _when("sync_booksmatch", "DELETE", "", old)
    yield _when("sync_invoice", "INSERT", "", _twins_of("NEW"))
    yield _changing("sync_invoice", _NUMBER, f"{_twins_of('OLD')} {_twins_of('NEW')}")
    yield _when("sync_invoice", "DELETE", "", _twins_of("OLD"))


def postgresql() -> Iterator[Definition]:
    """Yield the triggers of PostgreSQL.

    Verdicts are touched without looking at their version, as whoever finds one has its row locked.
    """
    yield from _of_verdicts()
    old, new = (touch(f"invoice_id = {row}.invoice_id") for row in ("OLD", "NEW"))
    moved = differs(["business_unit_id"])
    became = f"{moved} OR (NEW.stage = 'open') IS DISTINCT FROM (OLD.stage = 'open')"
    yield _calling("sync_payment", "UPDATE", f"IF {became} THEN {new} END IF;")
    yield _calling(
        "sync_booksmatch",
        "INSERT OR DELETE OR UPDATE",
        f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF;",
    )
    yield _calling(
        "sync_invoice",
        "INSERT OR DELETE OR UPDATE",
        f"IF TG_OP = 'INSERT' THEN {_twins_of('NEW')} ELSIF TG_OP = 'DELETE' THEN"
        f" {_twins_of('OLD')} ELSIF {differs(_NUMBER)} THEN {_twins_of('OLD')} {_twins_of('NEW')}"
        " END IF;",
    )


def _of_verdicts() -> Iterator[Definition]:
    counts = " ".join(
        f"NEW.{name} := {sql.format(row='NEW')};" for name, (sql, _) in _COLUMNS.items()
    )
    not_yet = " ".join(f"NEW.{name} := {value};" for name, (_, value) in _COLUMNS.items())
    name = "sync_verdict_open_sums"
    yield Definition(
        name,
        "sync_verdict",
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON sync_verdict"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()",
        f" BEGIN IF NEW.version > 0 THEN {counts} ELSE {not_yet} END IF; RETURN NEW; END ",
    )
    # Of two invoices that came at once with one number, the later verdict sees them both.
    twins = touch(f"NOT is_odd AND invoice_id IN ({_TWINS.format(row='NEW')})")
    yield trigger_words.calling(
        "odd_twins",
        "sync_verdict",
        "UPDATE",
        f"IF NEW.is_odd AND NOT OLD.is_odd THEN {twins} END IF;",
    )
