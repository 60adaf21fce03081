"""Proposals: what QuickBooks may hold of our invoices is put before a person; nothing is linked.

Until a person decides, such an invoice is not Ready (`rules/eligibility.py`).
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from sync.exports.existing.candidates import is_read, matches, to_match
from sync.exports.existing.matching import Match
from sync.models import BooksMatch, Invoice, QuickBooksCompany, SyncRecord

Standing = BooksMatch.Standing
UNDECIDED = Q(chosen__isnull=True, is_declined=False)
_ENOUGH = 20  # candidates that are kept of one invoice


def open_matches(rows: QuerySet[BooksMatch]) -> QuerySet[BooksMatch]:
    """Leave out what was decided otherwise: went to QuickBooks, was voided, is not to be sent."""
    there = SyncRecord.objects.filter(
        company=OuterRef("company"), invoice=OuterRef("invoice")
    ).exclude(qbo_id="")
    return rows.filter(
        ~Exists(there), invoice__voided_at__isnull=True, invoice__do_not_export_at__isnull=True
    )


def undecided(rows: QuerySet[BooksMatch]) -> QuerySet[BooksMatch]:
    """Return what nobody decided about yet."""
    return open_matches(rows).filter(UNDECIDED)


def propose_for(company: QuickBooksCompany, invoice_ids: Collection[int]) -> None:
    """Propose for those of these invoices that may be there already."""
    if not is_read(company):
        return
    invoices = to_match(company).filter(pk__in=invoice_ids)
    propose(company, list(invoices.select_related("customer", "business_unit").order_by("pk")))


def propose(company: QuickBooksCompany, invoices: Sequence[Invoice]) -> None:
    """Propose for a chunk of invoices; what a person decided stays, unless more fits now."""
    ids = [invoice.pk for invoice in invoices]
    made = matches(company, invoices)
    with transaction.atomic():
        rows = BooksMatch.objects.filter(company=company, invoice__in=ids)
        kept = {
            row.invoice_id
            for row in rows.filter(Q(chosen__isnull=False) | Q(is_declined=True))
            if not _is_news(row, made.get(row.invoice_id))
        }
        rows.exclude(invoice__in=kept).delete()
        found = [
            _row(company, invoice, made[invoice.pk])
            for invoice in invoices
            if invoice.pk in made and invoice.pk not in kept
        ]
        BooksMatch.objects.bulk_create(found, ignore_conflicts=True)


def _is_news(row: BooksMatch, found: Match | None) -> bool:
    """Say whether something fits a declined one that the person did not see."""
    if not row.is_declined or found is None:
        return False
    seen = {pk for pk, _ in row.candidates}
    return any(candidate.theirs.pk not in seen for candidate in found.candidates)


def _row(company: QuickBooksCompany, invoice: Invoice, found: Match) -> BooksMatch:
    return BooksMatch(
        company=company,
        business_unit_id=invoice.business_unit_id,
        invoice=invoice,
        number=invoice.quickbooks_number,
        standing=Standing.LOOK if found.doubt else Standing.CERTAIN,
        doubt=found.doubt or "",
        document_id=found.best.theirs.pk,
        candidates=[[each.theirs.pk, list(each.doubts)] for each in found.candidates[:_ENOUGH]],
    )
