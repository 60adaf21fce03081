"""The invoices of a ledger: one row each, with a number, a day and a total."""

from collections.abc import Container

from sync.intake.files.columns.fields import Field
from sync.intake.files.documents.ends import end, read_currency
from sync.intake.files.documents.parties import Parties
from sync.intake.files.outcomes import Code, Reason, Staged
from sync.intake.files.records import Invoice
from sync.intake.files.values.cells import Cells, Values


def ledger_invoice(
    cells: Cells,
    parties: Parties,
    numbers: tuple[int, ...],
    row: Values,
    repeated: Container[str],
) -> Staged:
    """Take an invoice's row of a ledger: it has a number, a day and a total."""
    problems: list[Reason] = []
    part = Field.INVOICES if cells.has(Field.INVOICES) else Field.REFERENCE
    number = cells.text(row, part, problems)
    if number in repeated:
        problems.append(cells.reason(Code.INVOICE_REPEATED, part, row))
    customer = parties.of((row,), problems)
    issued_on = cells.day(row, Field.RECEIVED, problems)
    total = cells.money(row, Field.AMOUNT, problems)
    if not (number and customer and issued_on and total is not None):
        absent = [part] * (not number) + [Field.CUSTOMER] * (not customer)
        problems += [Reason(Code.MISSING, cells.mapping.label(name)) for name in absent]
        if not problems:
            problems.append(Reason(Code.MISSING, cells.mapping.label(Field.AMOUNT)))
        return end(numbers, (), problems)
    if total < 0:
        return end(numbers, (), [*problems, cells.reason(Code.NEGATIVE, Field.AMOUNT, row)])
    currency = read_currency(cells, row, problems)
    due_on = cells.day(row, Field.DUE, problems) if cells.has(Field.DUE) else None
    invoice = Invoice(number, number, customer, issued_on, total, due_on, currency)
    return end(numbers, (invoice,), problems)
