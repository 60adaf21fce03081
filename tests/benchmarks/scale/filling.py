"""Ten years of payments in many units, written by the database itself in a minute or two.

Of each hundred invoices 90 are in QuickBooks, three are ready, three not fully paid, one each
voided, held, queued and failed, all spread evenly over units and years: the hardest to find.
"""

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction

from sync.models import (
    BusinessUnit,
    Customer,
    ExportRun,
    Invoice,
    InvoiceLine,
    Payment,
    QuickBooksCompany,
    Refund,
    SyncRecord,
    triggers,
)
from tests.bulk_rows import numbers, write_like
from tests.factories import (
    ItemMappingFactory,
    MethodMappingFactory,
    QuickBooksCompanyFactory,
    TaxMappingFactory,
    UnitSetupFactory,
)

BEGAN, DAYS = date(2016, 12, 1), 3_600
GIVEN = ("Ana", "Bo", "Cleo", "Dana", "Eli", "Fay", "Gus", "Hope", "Ida", "Jon", "Kim")
FAMILY = ("Abbott", "Baker", "Castillo", "Dunn", "Ekberg", "Farrow", "Greene", "Holt", "Ibarra",
          "Jensen", "Kovacs", "Lindqvist", "Moreau")  # fmt: skip
# What an invoice of each hundred is; the first ones are in QuickBooks.
THERE, READY, UNPAID, VOIDED, HELD, QUEUED = 90, 93, 96, 97, 98, 99


def fill(payments, units):
    """Write them, and return the units."""
    with transaction.atomic():
        made = _units(units)
    with _without_triggers():
        _documents(made, payments)
        _records()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(_CHECKED)
        cursor.execute("ANALYZE")
    assert triggers.wrong_sums() == {}
    return made


def _units(count):
    companies = QuickBooksCompany.objects.bulk_create(
        QuickBooksCompanyFactory.build(
            name=f"Company {n}", book_close_date=BEGAN + timedelta(days=30)
        )
        for n in range(count)
    )
    units = BusinessUnit.objects.bulk_create(
        BusinessUnit(
            code=f"unit-{n}",
            name=f"Unit {n:03}",
            export_start_date=BEGAN,
            quickbooks_company=company,
        )
        for n, company in enumerate(companies)
    )
    for unit, company in zip(units, companies, strict=True):
        UnitSetupFactory(business_unit=unit, company=company)
        ItemMappingFactory(company=company)
        MethodMappingFactory(company=company)
        TaxMappingFactory(company=company)
        TaxMappingFactory(company=company, taxable=True)
    return units


@contextmanager
def _without_triggers():
    """Row by row they would take an hour; what they would store is written, and proven after."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        ours = list(triggers.definitions(connection.vendor).values())
        triggers.drop(ours)
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
    triggers.install()


def _documents(units, payments):
    # A fifth of the invoices has two payments, except where only half is paid.
    invoices = int(payments / 1.194)
    customers = len(units) * max(1, payments // 10 // len(units))
    made = Customer.objects.bulk_create(
        (
            Customer(
                business_unit=units[n % len(units)],
                external_id=f"C{n}",
                display_name=f"{GIVEN[n % len(GIVEN)]} {FAMILY[n % len(FAMILY)]} {n}",
            )
            for n in range(customers)
        ),
        batch_size=5_000,
    )
    first = Invoice.objects.count() + 1
    kind = f"((n + n / {len(units)}) % 100)"
    amount = "(100 + 2 * (n % 100))"
    half = f"{kind} BETWEEN {READY} AND {UNPAID - 1}"
    issued = _day(f"CAST(n AS BIGINT) * {DAYS} / {invoices}")
    moment = "'2026-11-01 00:00:00+00:00'"
    write_like(
        Invoice(currency="USD", subtotal=0, total=0),
        f"{numbers(invoices)} ORDER BY n",
        business_unit_id=f"{units[0].pk} + n % {len(units)}",
        customer_id=f"{made[0].pk} + n % {customers}",
        number="CAST(1000 + n AS VARCHAR(20))",
        issued_on=issued,
        subtotal=amount,
        total=amount,
        lines_total=amount,
        external_id="'I' || n",
        paid_total=f"CASE WHEN {kind} = {UNPAID} THEN 0 WHEN {half} THEN {amount} / 2"
        f" ELSE {amount} END",
        do_not_export_at=_timestamp(f"CASE WHEN {kind} = {VOIDED} THEN {moment} END"),
        do_not_export_reason=f"CASE WHEN {kind} = {VOIDED} THEN 'Written off' ELSE '' END",
    )
    write_like(
        InvoiceLine(position=1, service="Cleaning"),
        "sync_invoice ORDER BY id",
        invoice_id="id",
        amount="total",
        unit_price="total",
    )
    numbered = f"(SELECT i.*, i.id - {first} AS n FROM sync_invoice i) invoice"
    for is_second in (False, True):
        part = f"CASE WHEN n % 5 = 0 OR {half} THEN total / 2 ELSE total END"
        second = f" WHERE n % 5 = 0 AND NOT ({half})" if is_second else ""
        write_like(
            Payment(method="Check", currency="USD", kind="final"),
            f"{numbered}{second} ORDER BY n",
            business_unit_id="business_unit_id",
            customer_id="customer_id",
            invoice_id="id",
            amount=part,
            received_on="issued_on",
            external_id=f"'{'S' if is_second else 'F'}' || n",
            voided_at=_timestamp(f"CASE WHEN {kind} = {UNPAID} THEN {moment} END"),
        )


def _day(days):
    if connection.vendor == "sqlite":
        return f"date('{BEGAN}', '+' || ({days}) || ' days')"
    return f"DATE '{BEGAN}' + CAST({days} AS INTEGER)"


def _timestamp(sql):
    return f"CAST({sql} AS TIMESTAMPTZ)" if connection.vendor == "postgresql" else sql


def _records():
    units = BusinessUnit.objects.count()
    first = Invoice.objects.order_by("pk").values_list("pk", flat=True)[0]
    kind = f"((i.id - {first} + (i.id - {first}) / {units}) % 100)"
    is_there = f"{kind} < {THERE}"
    company = (
        "(SELECT u.quickbooks_company_id FROM sync_businessunit u WHERE u.id = {}.business_unit_id)"
    )
    exported = f"CASE WHEN {is_there} THEN 'exported' WHEN {kind} = {QUEUED} THEN 'failed'"
    there = f"CASE WHEN {is_there} THEN CAST({{}}.id AS VARCHAR(50)) ELSE '' END"
    moment = "'2026-10-01 00:00:00+00:00'"
    sent = f"({is_there} OR {kind} >= {HELD})"
    for name, rows, state in (
        ("customer", "sync_customer c", "'exported'"),
        ("invoice", f"sync_invoice i WHERE {sent}", f"{exported} ELSE 'pending' END"),
        (
            "payment",
            f"sync_payment p JOIN sync_invoice i ON i.id = p.invoice_id WHERE {sent}",
            f"CASE WHEN {is_there} THEN 'exported' ELSE 'pending' END",
        ),
    ):
        row = name[0]
        write_like(
            SyncRecord(kind=name, content={}, exported_at=None),
            f"{rows} ORDER BY {row}.id",
            company_id=company.format(row),
            business_unit_id=f"{row}.business_unit_id",
            marker=f"'{name} ' || {row}.id",
            state=state,
            exported_at=_timestamp(moment),
            qbo_id=f"CAST({row}.id AS VARCHAR(50))" if row == "c" else there.format(row),
            error=f"CASE WHEN {kind} = {QUEUED} THEN 'Refused' ELSE '' END" if row == "i" else "''",
            **{f"{name}_id": f"{row}.id"},
        )
    write_like(
        Refund(currency="USD", kind="sale", amount=Decimal(10), void_reason=""),
        f"sync_payment p JOIN sync_invoice i ON i.id = p.invoice_id"
        f" WHERE p.id % 200 = 0 AND {is_there}",
        payment_id="p.id",
        business_unit_id="p.business_unit_id",
        refunded_on="p.received_on",
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for table, refunded in _REFUNDED.items():
            value = triggers.computed(table, "refunded_total", table)
            cursor.execute(f"UPDATE {table} SET refunded_total = {value} WHERE id IN ({refunded})")
        stage = triggers.computed("sync_payment", "stage", "sync_payment")
        cursor.execute(f"UPDATE sync_payment SET stage = {stage}")
    ExportRun.objects.bulk_create(
        ExportRun(
            business_unit=unit,
            company=unit.quickbooks_company,
            state="finished",
            confirmed_at="2026-10-01T00:00Z",
        )
        for unit in BusinessUnit.objects.all()
        for _ in range(10)
    )


_REFUNDED = {
    "sync_payment": "SELECT payment_id FROM sync_refund",
    "sync_invoice": "SELECT invoice_id FROM sync_payment WHERE refunded_total > 0",
}
# As a worker leaves them: checked, one of twenty without a mapping of its own.
_CHECKED = """
    UPDATE sync_verdict SET
      version = (SELECT r.version FROM sync_companyrules r JOIN sync_businessunit u
                 ON u.quickbooks_company_id = r.company_id WHERE u.id = business_unit_id),
      code = CASE WHEN invoice_id % 20 = 0 THEN 'NOT_MAPPED' ELSE '' END,
      words = CASE WHEN invoice_id % 20 = 0 THEN 'A service has no item.' ELSE '' END
    WHERE version = 0 AND invoice_id IN (SELECT id FROM sync_invoice WHERE balance_due <= 0)
"""
