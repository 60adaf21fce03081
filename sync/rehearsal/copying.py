"""A copy of what a month needs, in a database of its own: nothing here is changed by a rehearsal.

The copy stands as if nothing had been exported, the books were open and every step of the set-up
was taken. What people decided, such as Do not export, stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import connections, models, transaction
from django.utils import timezone

from accounts.models import User
from sync.company.sessions import epoch
from sync.exports.documents.confirmed_content import customer_content
from sync.exports.documents.customer_names import chosen_name
from sync.models import (
    BusinessUnit,
    Customer,
    ExchangeRate,
    InvoiceLine,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    Refund,
    SyncRecord,
    TaxMapping,
    TaxMode,
    TermMapping,
    UnitMapping,
    UnitSetup,
)
from sync.quickbooks.documents import marker_of, name_key, plain
from sync.rehearsal.furnishing import Furnished
from sync.rehearsal.month import Documents

ALIAS = "rehearsal"
_CHUNK = 500
_OF_COMPANY = (ReferenceEntry, ItemMapping, MethodMapping, TaxMapping, ExchangeRate)
_OF_UNIT = (UnitMapping, TermMapping)
# One process of the copy speaks to the stand-in, and nothing of the real one's traffic counts.
_AT_REST: dict[str, Any] = {
    "status": QuickBooksCompany.Status.CONNECTED,
    "lease_token": None,
    "lease_expires_at": None,
    "lease_supervisor": None,
    "lease_pid": None,
    "paused_until": None,
    "pause_reason": "",
    "stuck_since": None,
    "stuck_reason": "",
    "recent_calls": [],
    "learned_pace": 1.0,
    "session_serial": 0,
    "book_close_date": None,
}
Row = TypeVar("Row", bound=models.Model)


@contextmanager
def database(file: Path) -> Iterator[None]:
    """Let a migrated SQLite file be the database of that name, for the block."""
    connections.databases[ALIAS] = connections.databases["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {"timeout": 20},
        "CONN_MAX_AGE": 0,
    }
    try:
        yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


def copy(
    company: QuickBooksCompany,
    units: Sequence[BusinessUnit],
    documents: Documents,
    made: Furnished,
    tokens: dict[str, str],
) -> None:
    """Copy what the month needs; the stand-in's company takes the place of the real one."""
    with transaction.atomic(using=ALIAS):
        _Copy(company, units, documents, made).run(tokens)


class _Copy:
    """One copy. Whoever is named in it is one person: nobody's account is copied."""

    def __init__(
        self,
        company: QuickBooksCompany,
        units: Sequence[BusinessUnit],
        documents: Documents,
        made: Furnished,
    ) -> None:
        self.company, self.units, self.documents, self.made = company, units, documents, made
        self.somebody = User.objects.using(ALIAS).create(username="somebody", is_active=False)

    def run(self, tokens: dict[str, str]) -> None:
        company, documents = self.company, self.documents
        self._company(tokens)
        self._units()
        for model in _OF_COMPANY:
            self._put(model._default_manager.filter(company=company))
        for of_unit in _OF_UNIT:
            rows = of_unit._default_manager.filter(company=company)
            self._put(rows.filter(business_unit__in=self.units))
        if company.preferences.get("TaxPrefs") == plain(self.made.preferences).get("TaxPrefs"):
            self._put(TaxMode.objects.filter(company=company), probe_id=None)
        self._put(documents.customers)
        self._put(documents.invoices)
        self._put(InvoiceLine.objects.filter(invoice__in=documents.invoices))
        self._put(documents.payments)
        self._put(Refund.objects.filter(payment__in=documents.payments))
        self._customers()

    def _put(self, rows: models.QuerySet[Any], **changed: Any) -> None:
        """Copy rows under their own keys, with some values of another kind."""
        fields = rows.model._meta.concrete_fields
        people = [field.attname for field in fields if field.related_model is User]
        for chunk in _pieces(rows.order_by("pk").iterator(chunk_size=_CHUNK)):
            for row in chunk:
                for name in people:
                    if getattr(row, name) is not None:
                        setattr(row, name, self.somebody.pk)
                for name, value in changed.items():
                    setattr(row, name, value)
            _insert(chunk)

    def _company(self, tokens: dict[str, str]) -> None:
        ends = timezone.now() + timedelta(hours=1)
        told = {"CompanyInfo": self.company.preferences.get("CompanyInfo") or {}}
        self._put(
            QuickBooksCompany.objects.filter(pk=self.company.pk),
            realm_id=self.made.realm_id,
            access_token=tokens["access_token"],
            access_token_expires_at=ends,
            refresh_token=tokens["refresh_token"],
            refresh_token_expires_at=ends + timedelta(days=1),
            known_epochs=[epoch()],
            preferences=plain(self.made.preferences) | told,
            **_AT_REST,
        )

    def _units(self) -> None:
        first = self.documents.first_invoice or timezone.localdate()
        rows = BusinessUnit.objects.filter(pk__in=[unit.pk for unit in self.units])
        self._put(rows, export_start_date=first)
        now = timezone.now()
        steps = dict.fromkeys(
            ("connected_at", "confirmed_at", "accepted_at", "trial_skipped_at", "finished_at"), now
        )
        _insert(
            [
                UnitSetup(
                    business_unit_id=unit.pk,
                    company_id=self.company.pk,
                    books=UnitSetup.Books.UPGRADE,
                    **steps,
                )
                for unit in self.units
            ]
        )

    def _customers(self) -> None:
        """Keep to whom customers are linked; those of an equal name there are taken for them."""
        records = SyncRecord.objects.filter(
            company=self.company, customer__in=self.documents.customers
        ).exclude(qbo_id="")
        self._put(
            records, state=SyncRecord.State.EXPORTED, run_id=None, batch_id=None, tax_mode_id=None
        )
        linked = set(records.values_list("customer", flat=True))
        unlinked = self.documents.customers.select_related("business_unit").order_by("pk")
        for chunk in _pieces(unlinked.iterator(chunk_size=_CHUNK)):
            known = ((row, self._named(row)) for row in chunk if row.pk not in linked)
            _insert([self._link(row, there) for row, there in known if there is not None])

    def _named(self, customer: Customer) -> dict[str, Any] | None:
        return self.made.same_name.get(name_key(chosen_name(customer)))

    def _link(self, customer: Customer, there: dict[str, Any]) -> SyncRecord:
        unit = customer.business_unit
        currency = str((there.get("CurrencyRef") or {}).get("value") or unit.currency)
        return SyncRecord(
            company_id=self.company.pk,
            business_unit_id=unit.pk,
            kind=SyncRecord.Kind.CUSTOMER,
            customer_id=customer.pk,
            state=SyncRecord.State.EXPORTED,
            marker=marker_of(unit.code, self.made.realm_id, customer.uuid),
            content=customer_content(customer, str(there["DisplayName"]), currency),
            qbo_id=str(there["Id"]),
            is_exempt=there.get("Taxable") is False,
            linked_by_id=self.somebody.pk,
        )


def _insert(rows: Sequence[models.Model]) -> None:
    if rows:
        type(rows[0])._base_manager.using(ALIAS).bulk_create(rows)


def _pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
