"""Keeping what was read of QuickBooks' documents, and what is known of accounts and customers."""

from collections.abc import Collection, Iterable

from sync.discrepancies.changes import in_chunks
from sync.discrepancies.refunds.bookkeeping.accounts import Accounts, Role, role_of
from sync.models import (
    Adjustment,
    BusinessUnit,
    Kin,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
)

_UPDATED = [
    *("kind", "number", "amount", "currency", "dated_on", "sync_token", "ties", "words"),
    *("is_spent", "is_there", *(effect.value for effect in Adjustment.Effect)),
]
_OURS = (
    Adjustment.Kind.PAYMENT_CHANGED,
    Adjustment.Kind.PAYMENT_VOIDED,
    Adjustment.Kind.PAYMENT_DELETED,
    Adjustment.Kind.INVOICE_CHANGED,
)


def accounts_of(company: QuickBooksCompany) -> Accounts:
    """Return what the company's accounts and products are to a refund."""
    entries = ReferenceEntry.objects.filter(company=company)
    roles = {
        qbo_id: role_of(kind, subtype)
        for qbo_id, kind, subtype in entries.filter(kind=ReferenceEntry.Kind.ACCOUNT).values_list(
            "qbo_id", "type", "subtype"
        )
    }
    # What people deposit payments to is where money is, whatever its type.
    deposited = MethodMapping.objects.filter(company=company).values_list(
        "deposit_account__qbo_id", flat=True
    )
    roles |= dict.fromkeys(deposited, Role.MONEY)
    products = {
        qbo_id: str((data.get("IncomeAccountRef") or {}).get("value") or "")
        for qbo_id, data in entries.filter(kind=ReferenceEntry.Kind.ITEM).values_list(
            "qbo_id", "data"
        )
    }
    return Accounts(roles, products, home_currency(company))


def home_currency(company: QuickBooksCompany) -> str:
    """Return the currency of a document that names none."""
    if company.home_currency:
        return company.home_currency
    unit = BusinessUnit.objects.filter(quickbooks_company=company).first()
    return unit.currency if unit else "USD"


def store(
    company: QuickBooksCompany, entity: str, read: Collection[Adjustment], ids: Collection[str]
) -> None:
    """Keep what was read of an entity's documents; the rest of these documents is gone."""
    kept = Adjustment.objects.filter(company=company, entity=entity)
    there = {(each.qbo_id, each.customer) for each in read}
    before = {
        (row.qbo_id, row.customer): row
        for chunk in in_chunks(sorted(ids))
        for row in kept.filter(qbo_id__in=chunk)
    }
    gone = [row.pk for key, row in before.items() if key not in there and row.is_there]
    for chunk in in_chunks(gone):
        kept.filter(pk__in=chunk).update(is_there=False)
    for each in read:
        each.company = company
        old = before.get((each.qbo_id, each.customer))
        if each.kind in _OURS and old is not None and old.effects == each.effects:
            each.dated_on = old.dated_on  # the first time that it was so, not its last edit
    Adjustment.objects.bulk_create(
        read,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["company", "entity", "qbo_id", "customer"],
        update_fields=_UPDATED,
    )


def store_kin(company: QuickBooksCompany, rows: Iterable[tuple[str, str]]) -> None:
    """Keep under whom customers stand, given as (customer, parent) ids."""
    Kin.objects.bulk_create(
        [Kin(company=company, customer=one, parent=parent) for one, parent in dict(rows).items()],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["company", "customer"],
        update_fields=["parent"],
    )
