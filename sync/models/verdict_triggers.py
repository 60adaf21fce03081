"""What outdates verdicts, and what raises the version of a company's rules; for both databases."""

from collections.abc import Iterator
from functools import partial

from sync.models import trigger_words
from sync.models.trigger_words import Definition, differs

_when = partial(trigger_words.when, "verdict")
_changing = partial(trigger_words.changing, "verdict")
_calling = partial(trigger_words.calling, "verdict")


# Tables that bodies are made of, the key by which an invoice is found, and the columns that count.
_CONTENT = {
    "sync_invoiceline": (
        "invoice_id", "position", "service", "description", "quantity", "unit_price", "amount",
        "taxable", "tax_code", "tax_amount",
    ),
    "sync_payment": (
        "invoice_id", "customer_id", "method", "amount", "currency", "received_on", "reference",
        "voided_at",
    ),
}  # fmt: skip
_INVOICE = (
    "business_unit_id", "customer_id", "number", "chosen_number", "issued_on", "due_on", "currency",
    "subtotal", "discount_total", "tax_total", "total", "prices_include_tax",
)  # fmt: skip
_CUSTOMER = (
    "display_name", "quickbooks_name", "given_name", "family_name", "company_name", "email",
    "phone", "address", "city", "region", "postal_code", "country",
)  # fmt: skip
_COMPANY = ("realm_id", "preferences", "country", "home_currency", "discount_account_id")
_ENTRY = ("qbo_id", "active", "data")
# What is proven of how a company works tax out; not which invoice proves it just now.
_TAX_MODE = ("company_id", "keeps", "rounding", "agreed_at", "liability_item_id")
_MAPPINGS = ("item", "method", "tax", "unit", "term")

_NEW_INVOICE = (
    "INSERT INTO sync_verdict (invoice_id, business_unit_id) VALUES (NEW.id, NEW.business_unit_id)"
    " ON CONFLICT (invoice_id) DO UPDATE SET version = 0;"
)
_NEW_COMPANY = (
    "INSERT INTO sync_companyrules (company_id) VALUES (NEW.id)"
    " ON CONFLICT (company_id) DO UPDATE SET version = sync_companyrules.version + 1;"
)
_INVOICE_CHANGED = (
    "UPDATE sync_verdict SET version = 0, business_unit_id = NEW.business_unit_id"
    " WHERE invoice_id = NEW.id;"
)
_UNIT_MOVED = "UPDATE sync_verdict SET version = 0 WHERE business_unit_id = NEW.id;"


# Names of our own tables and columns only, in everything below; no value is put into it.
def _outdate(invoice: str) -> str:
    # Without looking at the version: on PostgreSQL whoever finds a verdict has its row locked.
    return f"UPDATE sync_verdict SET version = 0 WHERE invoice_id = {invoice};"


def _outdate_customer(customer: str, also: str = "") -> str:
    return (
        f"UPDATE sync_verdict SET version = 0 WHERE version <> 0{also} AND invoice_id IN"
        f" (SELECT i.id FROM sync_invoice i WHERE i.customer_id = {customer});"
    )


def _raise(company: str) -> str:
    return f"UPDATE sync_companyrules SET version = version + 1 WHERE company_id = {company};"


# A customer that is there is not made any more; what was to be refused of it does not count. And
# whom a person linked may have invoices there.
_CUSTOMER_THERE = _outdate_customer(
    "NEW.customer_id", " AND (code <> '' OR NEW.linked_by_id IS NOT NULL)"
)
# Whether it is charged any tax is told once it is there.
_CUSTOMER_EXEMPT = _outdate_customer("NEW.customer_id")
_RECORD_GONE = (
    _outdate(
        "COALESCE(OLD.invoice_id,"
        " (SELECT p.invoice_id FROM sync_payment p WHERE p.id = OLD.payment_id))"
    )
    + " "
    + _outdate_customer("OLD.customer_id")
)


def sqlite() -> Iterator[Definition]:
    """Yield the triggers of SQLite."""
    yield _when("sync_invoice", "INSERT", "", _NEW_INVOICE)
    yield _changing("sync_invoice", _INVOICE, _INVOICE_CHANGED)
    for table, columns in _CONTENT.items():
        old, new = _outdate("OLD.invoice_id"), _outdate("NEW.invoice_id")
        yield _when(table, "INSERT", "", new)
        yield _when(table, "DELETE", "", old)
        yield _changing(table, columns, f"{old} {new}")
    yield _changing("sync_customer", _CUSTOMER, _outdate_customer("NEW.id"))
    there = "NEW.customer_id IS NOT NULL AND NEW.qbo_id <> ''"
    yield _when("sync_syncrecord", "INSERT", there, _CUSTOMER_THERE)
    changed = f"{there} AND OLD.qbo_id <> NEW.qbo_id"
    yield _when("sync_syncrecord", "UPDATE OF qbo_id", changed, _CUSTOMER_THERE)
    yield _when("sync_syncrecord", "DELETE", "", _RECORD_GONE)
    became = (
        ("INSERT", "NEW.is_exempt"),
        ("UPDATE OF is_exempt", "OLD.is_exempt <> NEW.is_exempt"),
    )
    for event, condition in became:
        yield trigger_words.when("exempt", "sync_syncrecord", event, condition, _CUSTOMER_EXEMPT)
    yield _changing("sync_businessunit", ("quickbooks_company_id",), _UNIT_MOVED)
    yield _when("sync_quickbookscompany", "INSERT", "", _NEW_COMPANY)
    yield _changing("sync_quickbookscompany", _COMPANY, _raise("NEW.id"))
    for mapping in _MAPPINGS:
        table = f"sync_{mapping}mapping"
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            yield _when(table, event, "", _raise(f"{row}.company_id"))
    yield _changing("sync_referenceentry", _ENTRY, _raise("NEW.company_id"))
    yield _changing("sync_taxmode", _TAX_MODE, _raise("NEW.company_id"))
    yield _when("sync_taxmode", "DELETE", "", _raise("OLD.company_id"))
    rate = "OLD.rate <> '' AND OLD.rate <> NEW.rate"
    yield _when("sync_exchangerate", "UPDATE OF rate", rate, _raise("NEW.company_id"))


def postgresql() -> Iterator[Definition]:
    """Yield the triggers of PostgreSQL.

    Columns are compared in the function where that can be: a trigger that names a column stands in
    the way of a migration that changes it.
    """
    yield from _of_documents()
    yield from _of_what_went()
    yield from _of_rules()


def _of_documents() -> Iterator[Definition]:
    yield _calling(
        "sync_invoice",
        "INSERT OR UPDATE",
        f"IF TG_OP = 'INSERT' THEN {_NEW_INVOICE}"
        f" ELSIF {differs(_INVOICE)} THEN {_INVOICE_CHANGED} END IF;",
    )
    for table, columns in _CONTENT.items():
        yield _calling(
            table,
            "INSERT OR DELETE OR UPDATE",
            f"IF TG_OP = 'INSERT' THEN {_outdate('NEW.invoice_id')}"
            f" ELSIF TG_OP = 'DELETE' THEN {_outdate('OLD.invoice_id')}"
            f" ELSIF {differs(columns)} THEN {_outdate('OLD.invoice_id')}"
            f" IF NEW.invoice_id IS DISTINCT FROM OLD.invoice_id THEN {_outdate('NEW.invoice_id')}"
            f" END IF; END IF;",
        )
    yield _calling(
        "sync_customer",
        "UPDATE",
        f"IF {differs(_CUSTOMER)} THEN {_outdate_customer('NEW.id')} END IF;",
    )


def _of_what_went() -> Iterator[Definition]:
    yield _calling(
        "sync_syncrecord",
        "INSERT OR DELETE OR UPDATE OF qbo_id, is_exempt",
        f"IF TG_OP = 'DELETE' THEN {_RECORD_GONE}"
        f" ELSIF NEW.customer_id IS NOT NULL AND NEW.qbo_id <> '' THEN"
        f" IF TG_OP = 'INSERT' THEN IF NEW.is_exempt THEN {_CUSTOMER_EXEMPT}"
        f" ELSE {_CUSTOMER_THERE} END IF;"
        f" ELSIF OLD.is_exempt <> NEW.is_exempt THEN {_CUSTOMER_EXEMPT}"
        f" ELSIF OLD.qbo_id <> NEW.qbo_id THEN {_CUSTOMER_THERE} END IF; END IF;",
    )
    yield _calling(
        "sync_businessunit",
        "UPDATE",
        f"IF {differs(('quickbooks_company_id',))} THEN {_UNIT_MOVED} END IF;",
    )


def _of_rules() -> Iterator[Definition]:
    # Its row is written at every request, so its function is called for these columns only.
    yield _calling(
        "sync_quickbookscompany",
        f"INSERT OR UPDATE OF {', '.join(_COMPANY)}",
        f"IF TG_OP = 'INSERT' THEN {_NEW_COMPANY}"
        f" ELSIF {differs(_COMPANY)} THEN {_raise('NEW.id')} END IF;",
    )
    for mapping in _MAPPINGS:
        yield _calling(
            f"sync_{mapping}mapping",
            "INSERT OR DELETE OR UPDATE",
            f"IF TG_OP = 'DELETE' THEN {_raise('OLD.company_id')}"
            f" ELSE {_raise('NEW.company_id')} END IF;",
        )
    yield _calling(
        "sync_referenceentry",
        "UPDATE",
        f"IF {differs(_ENTRY)} THEN {_raise('NEW.company_id')} END IF;",
    )
    yield _calling(
        "sync_taxmode",
        "DELETE OR UPDATE",
        f"IF TG_OP = 'DELETE' THEN {_raise('OLD.company_id')}"
        f" ELSIF {differs(_TAX_MODE)} THEN {_raise('NEW.company_id')} END IF;",
    )
    yield _calling(
        "sync_exchangerate",
        "UPDATE",
        f"IF OLD.rate <> '' AND OLD.rate <> NEW.rate THEN {_raise('NEW.company_id')} END IF;",
    )


# What has none yet: all at first, and then what came in before the triggers were there. By joins,
# as PostgreSQL would ask subqueries a row at a time; payments have their stage by now.
FILL = (
    "INSERT INTO sync_verdict (invoice_id, business_unit_id, version)"
    " SELECT i.id, i.business_unit_id, CASE WHEN there.invoice_id IS NOT NULL"
    " AND unsent.invoice_id IS NULL THEN -1 ELSE 0 END FROM sync_invoice i"
    " LEFT JOIN (SELECT DISTINCT invoice_id FROM sync_syncrecord WHERE invoice_id IS NOT NULL"
    " AND qbo_id <> '') there ON there.invoice_id = i.id"
    " LEFT JOIN (SELECT DISTINCT invoice_id FROM sync_payment WHERE voided_at IS NULL"
    " AND stage NOT IN ('sent', 'queued', 'stuck')) unsent ON unsent.invoice_id = i.id"
    " WHERE NOT EXISTS (SELECT 1 FROM sync_verdict v WHERE v.invoice_id = i.id)"
    " ON CONFLICT (invoice_id) DO NOTHING",
    "INSERT INTO sync_companyrules (company_id) SELECT c.id FROM sync_quickbookscompany c"
    " WHERE NOT EXISTS (SELECT 1 FROM sync_companyrules r WHERE r.company_id = c.id)"
    " ON CONFLICT (company_id) DO NOTHING",
)
