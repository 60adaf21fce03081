"""What outdates what a unit lacks; for both databases.

A change of the unit raises its own number, one of its company that of the company's rules: a
company that many units post to costs one row. Lines are told of once, by the first of its kind.
"""

from collections.abc import Iterator
from functools import partial

from sync.models import trigger_words
from sync.models.trigger_words import Definition, differs

_when = partial(trigger_words.when, "readiness")
_changing = partial(trigger_words.changing, "readiness")
_calling = partial(trigger_words.calling, "readiness")

_UNIT = ("quickbooks_company_id", "name", "currency", "export_start_date")
_COMPANY = (
    "realm_id", "name", "status", "refusal", "preferences", "home_currency", "discount_account_id",
    "verified_at",
)  # fmt: skip
_ENTRY = ("active", "name")
_MAPPINGS = ("item", "method", "tax", "unit", "term")
_ROWS = (
    ("sync_unitsetup", "business_unit_id"),
    *((f"sync_{name}mapping", "company_id") for name in _MAPPINGS),
)

_NEW_UNIT = (
    "INSERT INTO sync_unitreadiness (business_unit_id) VALUES (NEW.id)"
    " ON CONFLICT (business_unit_id) DO UPDATE SET changes = sync_unitreadiness.changes + 1;"
)


# Names of our own tables and columns only, in everything below; no value is put into it.
def _raise(column: str, row: str) -> str:
    """Raise the number of the unit or company that a row's column names."""
    if column == "business_unit_id":
        return (
            "UPDATE sync_unitreadiness SET changes = changes + 1"
            f" WHERE business_unit_id = {row}.business_unit_id;"
        )
    return (
        "UPDATE sync_companyrules SET setup_changes = setup_changes + 1"
        f" WHERE company_id = {row}.{column};"
    )


_UNIT_CHANGED = (
    "UPDATE sync_unitreadiness SET changes = changes + 1 WHERE business_unit_id = NEW.id;"
)
_COMPANY_CHANGED = _raise("id", "NEW")


def _first(flag: str, unit: str, condition: str) -> str:
    return (
        f"UPDATE sync_unitreadiness SET {flag} = TRUE, changes = changes + 1"
        f" WHERE business_unit_id = {unit} AND NOT {flag} AND {condition};"
    )


_OF_LINE = "(SELECT i.business_unit_id FROM sync_invoice i WHERE i.id = NEW.invoice_id)"
_LINE = (
    f"{_first('has_taxable_lines', _OF_LINE, 'NEW.taxable')}"
    f" {_first('has_exempt_lines', _OF_LINE, 'NOT NEW.taxable')}"
)
_DISCOUNT = _first("has_discounts", "NEW.business_unit_id", "NEW.discount_total > 0")
_LINES = "SELECT 1 FROM sync_invoiceline l WHERE l.invoice_id = NEW.id AND"
_MOVED = " ".join(
    [
        _first("has_taxable_lines", "NEW.business_unit_id", f"EXISTS ({_LINES} l.taxable)"),
        _first("has_exempt_lines", "NEW.business_unit_id", f"EXISTS ({_LINES} NOT l.taxable)"),
        _DISCOUNT,
    ]
)


def sqlite() -> Iterator[Definition]:
    """Yield the triggers of SQLite."""
    yield _when("sync_businessunit", "INSERT", "", _NEW_UNIT)
    yield _changing("sync_businessunit", _UNIT, _UNIT_CHANGED)
    yield _changing("sync_quickbookscompany", _COMPANY, _COMPANY_CHANGED)
    yield _changing("sync_referenceentry", _ENTRY, _raise("company_id", "NEW"))
    for table, column in _ROWS:
        old, new = _raise(column, "OLD"), _raise(column, "NEW")
        yield _when(table, "INSERT", "", new)
        yield _when(table, "UPDATE", "", f"{old} {new}")
        yield _when(table, "DELETE", "", old)
    yield _when("sync_invoiceline", "INSERT", "", _LINE)
    yield _changing("sync_invoiceline", ("invoice_id", "taxable"), _LINE)
    yield _when("sync_invoice", "INSERT", "NEW.discount_total > 0", _DISCOUNT)
    yield _changing("sync_invoice", ("business_unit_id", "discount_total"), _MOVED)


def postgresql() -> Iterator[Definition]:
    """Yield the triggers of PostgreSQL; columns are compared in the function, as for verdicts."""
    yield _calling(
        "sync_businessunit",
        "INSERT OR UPDATE",
        f"IF TG_OP = 'INSERT' THEN {_NEW_UNIT} ELSIF {differs(_UNIT)} THEN {_UNIT_CHANGED} END IF;",
    )
    # Its row is written at every request, so its function is called for these columns only.
    yield _calling(
        "sync_quickbookscompany",
        f"UPDATE OF {', '.join(_COMPANY)}",
        f"IF {differs(_COMPANY)} THEN {_COMPANY_CHANGED} END IF;",
    )
    yield _calling(
        "sync_referenceentry",
        "UPDATE",
        f"IF {differs(_ENTRY)} THEN {_raise('company_id', 'NEW')} END IF;",
    )
    for table, column in _ROWS:
        yield _calling(
            table,
            "INSERT OR DELETE OR UPDATE",
            f"IF TG_OP <> 'INSERT' THEN {_raise(column, 'OLD')} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {_raise(column, 'NEW')} END IF;",
        )
    yield _calling("sync_invoiceline", "INSERT OR UPDATE OF invoice_id, taxable", _LINE)
    yield _calling(
        "sync_invoice",
        "INSERT OR UPDATE",
        f"IF TG_OP = 'INSERT' THEN IF NEW.discount_total > 0 THEN {_DISCOUNT} END IF;"
        f" ELSIF {differs(('business_unit_id', 'discount_total'))} THEN {_MOVED} END IF;",
    )


def _any(table: str, condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE i.business_unit_id = u.id AND {condition})"


_OF_UNIT = "sync_invoice i JOIN sync_invoiceline l ON l.invoice_id = i.id"
# Units that have none yet: all at first.
FILL = (
    "INSERT INTO sync_unitreadiness"
    " (business_unit_id, has_taxable_lines, has_exempt_lines, has_discounts)"
    f" SELECT u.id, {_any(_OF_UNIT, 'l.taxable')}, {_any(_OF_UNIT, 'NOT l.taxable')},"
    f" {_any('sync_invoice i', 'i.discount_total > 0')} FROM sync_businessunit u"
    " WHERE NOT EXISTS (SELECT 1 FROM sync_unitreadiness r WHERE r.business_unit_id = u.id)"
    " ON CONFLICT (business_unit_id) DO NOTHING"
)
