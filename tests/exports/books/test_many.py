"""Matching takes no more memory for many documents than for few: DOCUMENTS=100000 for the whole.

DOCUMENTS=100000 pytest -s -m long tests/exports/books/test_many.py
"""

import os
import time
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from sync.exports.books import reading
from sync.models import BooksDocument, BooksMatch, CompanyRequest, Customer, Invoice, SyncRecord
from tests.factories import BusinessUnitFactory, QuickBooksCompanyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]
DOCUMENTS = int(os.environ.get("DOCUMENTS", "10000"))
SIDES = 1000  # rows that are made at a time


def fill(unit, first, last):
    """Enter invoices here, and as many there of which every second one is ours."""
    company, now = unit.quickbooks_company, timezone.now()
    customers = list(Customer.objects.filter(business_unit=unit).order_by("pk"))
    for start in range(first, last, SIDES):
        numbers = range(start, min(start + SIDES, last))
        Invoice.objects.bulk_create(
            Invoice(
                business_unit=unit, customer=customers[n % len(customers)], number=f"M{n:07}",
                issued_on=date(2026, 1, 1) + timedelta(n % 300), currency="USD",
                subtotal=Decimal(n + 1), total=Decimal(n + 1),
            ) for n in numbers
        )  # fmt: skip
        BooksDocument.objects.bulk_create(
            BooksDocument(
                company=company, kind="Invoice", qbo_id=str(n), customer=f"C{n % len(customers)}",
                number=f"M{n:07}" if n % 2 else f"Q{n}",
                number_key=f"m{n:07}" if n % 2 else f"q{n}",
                day=date(2026, 1, 1) + timedelta(n % 300 if n % 2 else 0),
                total=Decimal(n + 1), tax=Decimal(0), left_open=Decimal(n + 1), read_at=now,
            ) for n in numbers
        )  # fmt: skip


def matched(unit):
    """Match all chunk by chunk as a reading does; return the peak of memory and the seconds."""
    request = CompanyRequest.objects.create(company=unit.quickbooks_company, kind="books")
    session = SimpleNamespace(
        company=unit.quickbooks_company, lease=SimpleNamespace(renew=lambda: None)
    )
    tracemalloc.start()
    began = time.monotonic()
    while reading._match_more(session, request):
        pass
    seconds, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak, seconds


def test_five_times_as_many_take_no_more_memory():
    company = QuickBooksCompanyFactory()
    unit = BusinessUnitFactory(quickbooks_company=company)
    customers = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"M{n}", display_name=f"Client {n}")
        for n in range(500)
    )
    SyncRecord.objects.bulk_create(
        SyncRecord(
            company=company, business_unit=unit, kind="customer", customer=customer,
            state="exported", qbo_id=f"C{n}", marker=f"m{n}", content={},
        ) for n, customer in enumerate(customers)
    )  # fmt: skip
    fill(unit, 0, DOCUMENTS // 5)
    few, _ = matched(unit)
    fill(unit, DOCUMENTS // 5, DOCUMENTS)
    many, seconds = matched(unit)
    print(
        f"{DOCUMENTS} on each side: {many / 1e6:.1f} MB (a fifth: {few / 1e6:.1f}), {seconds:.0f} s"
    )
    assert many < few * 1.5
    assert BooksMatch.objects.filter(standing="certain").count() == DOCUMENTS // 2
