"""Refunds of exported payments by the ten thousand, written by the database itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Min

from sync.models import Customer, Invoice, Payment, Refund, RefundReview, SyncRecord
from tests.factories import BusinessUnitFactory, QuickBooksCompanyFactory, UserFactory

NOW = datetime.now(UTC)
TODAY = NOW.date()
STATUSES = ("open", "open", "recorded", "verified", "not_needed", None, None, None, None, None)
AMOUNT = Decimal("150.00")


def make_refunds(count, units=5, others=0):
    """Make refunds of as many exported payments, spread over units, ages and statuses.

    So many other payments are exported and never refunded, as most are.
    """
    company = QuickBooksCompanyFactory()
    made = [BusinessUnitFactory(name=f"Unit {n}", quickbooks_company=company) for n in range(units)]
    _exported_payments(company, made, count + others)
    # The refunded ones lie among the others, not side by side.
    _refunds(company, (count + others) // count, count)
    _reviews(company, UserFactory())
    return made


def _exported_payments(company, units, count):
    customers = Customer.objects.bulk_create(
        Customer(
            business_unit=units[n % len(units)], external_id=f"M{n}", display_name=f"Customer {n}"
        )
        for n in range(count // 10 or 1)
    )
    ours = f"business_unit_id BETWEEN {units[0].pk} AND {units[-1].pk}"
    issued = TODAY - timedelta(days=200)
    _write(
        Invoice(issued_on=issued, currency="USD", subtotal=AMOUNT, total=AMOUNT, paid_total=AMOUNT),
        f"{_numbers(count)} JOIN sync_customer c ON c.id = {customers[0].pk} + n % {len(customers)}"
        " ORDER BY n",
        business_unit_id="business_unit_id",
        customer_id="c.id",
        number="'M-' || n",
    )
    _write(
        Payment(
            method="Check",
            amount=AMOUNT,
            currency="USD",
            received_on=issued + timedelta(days=1),
        ),
        f"sync_invoice WHERE {ours} ORDER BY sync_invoice.id",
        business_unit_id="business_unit_id",
        customer_id="customer_id",
        invoice_id="id",
    )
    exported = {"state": "exported", "exported_at": NOW - timedelta(days=150), "content": {}}
    for kind in ("customer", "invoice", "payment"):
        _write(
            SyncRecord(company=company, kind=kind, **exported),
            f"sync_{kind} WHERE {ours} ORDER BY sync_{kind}.id",
            business_unit_id="business_unit_id",
            marker=f"'{kind} ' || id",
            qbo_id="CAST(id AS VARCHAR(50))",
            **{f"{kind}_id": "id"},
        )


def _refunds(company, step, count):
    first = company.records.filter(kind="payment").aggregate(first=Min("payment"))["first"]
    _write(
        Refund(currency="USD", kind="sale", void_reason=""),
        f"{_numbers(count)} JOIN sync_payment p ON p.id = {first} + n * {step} ORDER BY n",
        payment_id="p.id",
        business_unit_id="p.business_unit_id",
        amount="10 + n % 100",
        refunded_on=_by_place("n % 150", [TODAY - timedelta(days=n) for n in range(150)]),
    )


def _reviews(company, reviewer):
    """Say something of every other refund, as STATUSES has it."""
    ours = f"SELECT payment_id FROM sync_syncrecord WHERE company_id = {company.pk}"
    numbered = f"(SELECT r.*, r.id % {len(STATUSES)} AS place FROM sync_refund r) refund"
    said = [n for n, status in enumerate(STATUSES) if status]
    _write(
        RefundReview(reviewed_by=reviewer, note="Said", currency="USD", kind="sale"),
        f"{numbered} WHERE payment_id IN ({ours}) AND place IN ({', '.join(map(str, said))})",
        refund_id="id",
        status=_by_place("place", [status or "" for status in STATUSES]),
        payment_id="payment_id",
        amount="amount",
        refunded_on="refunded_on",
    )


def _numbers(count):
    return (
        "(WITH RECURSIVE one(n) AS"
        f" (SELECT 0 UNION ALL SELECT n + 1 FROM one WHERE n < {count - 1})"
        " SELECT n FROM one) numbers"
    )


def _by_place(place, values):
    quote = "DATE " if connection.vendor == "postgresql" and not isinstance(values[0], str) else ""
    cases = " ".join(f"WHEN {n} THEN {quote}'{value}'" for n, value in enumerate(values))
    return f"CASE {place} {cases} END"


def _new_uuid():
    return (
        "gen_random_uuid()" if connection.vendor == "postgresql" else "LOWER(HEX(RANDOMBLOB(16)))"
    )


def _write(like, source, **columns):
    """Write a row like the one given for each of a source's; `columns` says in SQL what differs."""
    fields = [
        field
        for field in like._meta.local_concrete_fields
        if not field.generated and not field.primary_key
    ]
    columns |= {f.column: _new_uuid() for f in fields if f.get_internal_type() == "UUIDField"}
    values = [columns.get(field.column, "%s") for field in fields]
    given = [
        field.get_db_prep_save(field.pre_save(like, True), connection)
        for field in fields
        if field.column not in columns
    ]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    table = like._meta.db_table
    with connection.cursor() as cursor:
        source = source.replace("%", "%%")
        sql = ", ".join(value if value == "%s" else value.replace("%", "%%") for value in values)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {sql} FROM {source}", given)
