"""Verdicts: what the bodies of a unit of work tell, found anew where it is outdated.

What outdates them is in the database. Workers find them anew, and pages do where a person waits.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from django.db import transaction
from django.db.models import F, Q, QuerySet, Subquery

from sync.company.isolation import Trouble, together_or_apart
from sync.company.wake import enqueue
from sync.exports.documents import units_of_work
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.existing.proposals import propose_for
from sync.exports.rules.eligibility import Blocked
from sync.exports.runs.preflight import bodies_against, rates_missing
from sync.mappings import rates
from sync.mappings.mappings import CompanyMappings
from sync.mappings.rates import CurrencyDay
from sync.models import BusinessUnit, CompanyRules, QuickBooksCompany, Reason, SyncRecord, Verdict
from sync.models.sql import update_each
from sync.models.verdicts import NOT_NEEDED
from sync.words import in_english, stored

TASK = "sync.tasks.find_verdicts"
CHUNK = 200
# So many are found anew while a person waits for a page.
AT_ONCE = 400
# And so many by one task, between those of others.
PIECE = 20_000
_ROWS_OF = ("self", "invoice", "invoice__customer")
_FULLY_PAID = Q(invoice__voided_at__isnull=True, invoice__total__gt=0) & (
    Q(invoice__balance_due__lte=0) | Q(invoice__released_at__isnull=False)
)


def outdated(company_id: int) -> QuerySet[Verdict]:
    """Return the verdicts to be found anew, of invoices that were fully paid."""
    # Units and version as values, so that the index of the two is used.
    units = BusinessUnit.objects.filter(quickbooks_company=company_id).order_by()
    versions = dict(units.values_list("pk", "quickbooks_company__rules__version"))
    rows = Verdict.objects.filter(
        business_unit__in=list(versions),
        version__gt=NOT_NEEDED,
        version__lt=max(filter(None, versions.values()), default=0),
    )
    return rows.filter(_FULLY_PAID)


def to_find_anew(rows: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """Keep the outdated ones of a few verdicts, of whatever company."""
    rules = F("business_unit__quickbooks_company__rules__version")
    return rows.filter(_FULLY_PAID, version__gt=NOT_NEEDED, version__lt=rules)


def connected_companies() -> list[int]:
    """Return the companies whose verdicts are kept up to date."""
    connected = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    return list(connected.values_list("pk", flat=True))


def wake_where_outdated(company_id: int) -> bool:
    """Have a worker find a company's verdicts anew, if any is outdated; say whether."""
    is_outdated = outdated(company_id).exists()
    if is_outdated:
        enqueue_one(company_id)
    return is_outdated


def wake(company_id: int | None) -> None:
    """Have a worker find a company's verdicts anew once the transaction has committed."""
    if company_id is not None:
        transaction.on_commit(partial(enqueue, TASK, company_id))


def enqueue_one(company_id: int) -> None:
    """Put the wish into the queue; lost or doubled, it changes nothing."""
    enqueue(TASK, company_id)


def renew_soon(company_id: int | None) -> None:
    """Find a few anew once the transaction has committed, and have a worker go on with more."""

    def go() -> None:
        if company_id is not None and not renew_all(company_id, AT_ONCE):
            enqueue(TASK, company_id)

    transaction.on_commit(go)


def renew_all(company_id: int, most: int | None = None) -> bool:
    """Find a company's verdicts anew, a chunk at a time; say whether none is left.

    `most` is how many at most. One that somebody writes at just now is left for the next time.
    """
    after, done = 0, 0
    while most is None or done < most:
        rows = outdated(company_id).filter(pk__gt=after).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:CHUNK])
        if not ids:
            return True
        _renew(company_id, ids)
        after, done = ids[-1], done + len(ids)
    return False


def renew_piece(company_id: int) -> bool:
    """Find as many anew as a worker does in one go, and have the next one go on."""
    is_done = renew_all(company_id, PIECE)
    if not is_done:
        enqueue_one(company_id)
    return is_done


def renew(company_id: int | None, invoice_ids: Collection[int | None]) -> None:
    """Find those of these invoices' verdicts anew that are outdated, or could not be found."""
    rules = CompanyRules.objects.filter(company=company_id or 0).first()
    if rules is None:
        return
    rows = Verdict.objects.filter(pk__in=invoice_ids).filter(
        ~Q(version=rules.version) | Q(code=Reason.CANNOT_BE_CHECKED)
    )
    stale = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(stale), CHUNK):
        _renew(rules.company_id, stale[start : start + CHUNK])


@in_english
def _renew(company_id: int, ids: Sequence[int]) -> None:
    company = QuickBooksCompany.objects.select_related("discount_account").get(pk=company_id)
    tried = together_or_apart(ids, partial(_find, company), company=company_id)
    # Not here and at once: it waits for the company's row, and others wait for the invoices.
    for missing in tried.done:
        rates.want(company, missing - rates.known(company, missing).keys())
    if tried.is_general:
        return  # they stay outdated, and the log says why
    for invoice_id, trouble in tried.out:
        _say_unexpected(company_id, invoice_id, trouble)


def _find(company: QuickBooksCompany, ids: Sequence[int]) -> set[CurrencyDay]:
    """Find verdicts anew while nobody can write at what they are about; return missing rates."""
    with transaction.atomic():
        # Before anything is read by them: what changes from here on makes them outdated at once.
        rules = CompanyRules.objects.get(company=company)
        company.refresh_from_db()
        rows = _locked(ids).filter(business_unit__quickbooks_company=company)
        found = {row.pk: row for row in rows.order_by("pk")}
        # What came in since the books were read is matched before it may be Ready.
        propose_for(company, found)
        work = units_of_work.load(company, found)
        against = bodies_against(company, work, CompanyMappings(company))
        for pk, verdict in found.items():
            _take(verdict, work[pk], against.get(pk), rules.version)
        update_each(list(found.values()), ["version", "code", "words", "digest"])
    lacking = [work[pk] for pk, why in against.items() if why.code == Reason.NO_RATE]
    return {wanted for unit in lacking for wanted in rates_missing(company, unit)}


def _locked(ids: Sequence[int]) -> QuerySet[Verdict]:
    """Return verdicts with their invoices and customers, locked; none that others write at."""
    rows = Verdict.objects.select_for_update(of=_ROWS_OF, skip_locked=True, no_key=True)
    return rows.filter(pk__in=ids).select_related("invoice__customer")


def _take(verdict: Verdict, unit: UnitOfWork, why: Blocked | None, version: int) -> None:
    verdict.code, verdict.words = (why.code, why.words) if why else ("", "")
    verdict.digest = unit.digest
    verdict.version = version if why or unit.payments else NOT_NEEDED


def _say_unexpected(company_id: int, invoice_id: int, trouble: Trouble) -> None:
    version = CompanyRules.objects.filter(company=company_id).values("version")
    Verdict.objects.filter(pk=invoice_id).update(
        version=Subquery(version[:1]),
        code=Reason.CANNOT_BE_CHECKED,
        words=trouble.words(stored("Export it by itself, and it is checked anew.")),
    )


def wrong() -> list[int]:
    """Return the invoices whose verdict counts and is another one when found now: none."""
    found: list[int] = []
    counts = Q(version=F("business_unit__quickbooks_company__rules__version"))
    for company in QuickBooksCompany.objects.select_related("discount_account"):
        rows = Verdict.objects.filter(counts, business_unit__quickbooks_company=company)
        after = 0
        while chunk := {row.pk: row for row in rows.filter(pk__gt=after).order_by("pk")[:CHUNK]}:
            found += _wrong(company, chunk)
            after = max(chunk)
    return found


def _wrong(company: QuickBooksCompany, verdicts: Mapping[int, Verdict]) -> list[int]:
    work = units_of_work.load(company, verdicts)
    against = bodies_against(company, work, CompanyMappings(company))
    # What has left changes its digest by leaving, and is asked no more.
    left = set(SyncRecord.objects.filter(invoice__in=work).values_list("invoice", flat=True))
    return [
        pk
        for pk, row in verdicts.items()
        if pk not in left
        and row.code != Reason.CANNOT_BE_CHECKED
        and (row.code, row.digest) != (against[pk].code if pk in against else "", work[pk].digest)
    ]
