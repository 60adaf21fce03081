"""The accountant: takes the remedy that stands where something stopped, as its pages offer it."""

import random
from collections import Counter
from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from accounts.models import User
from sync.exports.customers.link_state import documents_of, state_of
from sync.exports.customers.mending import ask_to_mend
from sync.exports.remedies import decide, requests
from sync.exports.remedies.requests import Remedy
from sync.models import Customer, ItemMapping, Payment, QuickBooksCompany, SyncRecord
from tests.chaos.her_lists import HerLists
from tests.chaos.seeds import Seeded, map_hedges_anew

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
LOST = {Problem.GONE, Problem.INACTIVE}


class Person:
    """Mends what stopped; `rest` waits until what was asked is done, and says whether it was."""

    def __init__(self, company: QuickBooksCompany, dice: random.Random, seeded: Seeded) -> None:
        self.did: Counter[str] = Counter()
        self._company = company
        self._dice = dice
        self._seeded = seeded
        self._user = User.objects.create(username="lee", is_superuser=True)

    def name_one(self) -> None:
        """Take a name that QuickBooks can store for a customer that has none."""
        if not self._seeded.nameless:
            return
        pk = self._dice.choice(sorted(self._seeded.nameless))
        name = self._seeded.nameless.pop(pk)
        customer = Customer.objects.get(pk=pk)
        customer.quickbooks_name = name
        customer.save(update_fields=["quickbooks_name"])
        self.did["named"] += 1

    def mend(self, her: HerLists, rest: Callable[[], bool]) -> bool:
        """Check what differs, follow what was renamed, link anew what is lost, map anew."""
        self._check(SyncRecord.objects.filter(company=self._company, state=State.MISMATCH))
        if not rest():
            return False
        self._check(self._in_the_way())
        if not rest():
            return False
        for record in list(self._customers()):
            if record.error_code in LOST:
                self._mend_link(record, her)
            else:
                self._accept_name(record)
        if not rest():
            return False
        self._have_made_active(her)
        if self.is_mapping_lost():
            map_hedges_anew(self._company, her.items)
            self.did["mapped anew"] += 1
        return rest()

    def is_mapping_lost(self) -> bool:
        """Say whether a mapping leads to an item that is known to be inactive."""
        return ItemMapping.objects.filter(company=self._company, item__active=False).exists()

    def links_amiss(self) -> set[int]:
        """Return the customers that are lost, and the invoices that are of another one there."""
        rows = SyncRecord.objects.filter(company=self._company, state=State.MISMATCH)
        lost = {record.pk for record in self._customers() if record.error_code in LOST}
        return lost | {
            record.pk
            for record in rows.filter(kind=Kind.INVOICE).select_related("invoice")
            if record.read_back.get("CustomerRef") != _whose(record)
        }

    def _in_the_way(self) -> QuerySet[SyncRecord]:
        """Return what must be settled before the links of lost customers can be mended."""
        lost = [record for record in self._customers() if record.error_code in LOST]
        ids = {document.pk for record in lost for document in documents_of(record)}
        return SyncRecord.objects.filter(pk__in=ids, state=State.UNCERTAIN)

    def _have_made_active(self, her: HerLists) -> None:
        """Ask for customers whose payments can go to no other, as their invoices are there."""
        rows = SyncRecord.objects.filter(kind=Kind.PAYMENT, state=State.FAILED)
        for record in rows.filter(error_code=Problem.INACTIVE).select_related("payment"):
            of = SyncRecord.objects.filter(customer=record.payment.customer_id).first()
            her.make_active(record.customer_there or of.qbo_id)
            self.did["made active"] += 1

    def _customers(self) -> QuerySet[SyncRecord]:
        rows = SyncRecord.objects.filter(company=self._company, kind=Kind.CUSTOMER)
        return rows.filter(state=State.MISMATCH).order_by("pk")

    def _check(self, records: QuerySet[SyncRecord]) -> None:
        """Check them again with their customers, as the page of a payment does."""
        ids = {record.pk for record in records}
        customers = {pk for record in records for pk in _customers_of(record)}
        rows = SyncRecord.objects.filter(customer__in=customers).exclude(qbo_id="")
        ids |= set(rows.values_list("pk", flat=True))
        if ids:
            self._ask(lambda: requests.ask(Remedy.CHECK, ids, self._user), "checked")

    def _accept_name(self, record: SyncRecord) -> None:
        self._ask(lambda: requests.ask(Remedy.NAME, [record.pk], self._user), "named as there")

    def _mend_link(self, record: SyncRecord, her: HerLists) -> None:
        listed = her.did
        left = next(iter(state_of(record).survivors), "") or listed.merged.get(record.qbo_id, "")
        left = listed.whose(left) if left else ""
        if left:
            if her.is_inactive(left):
                her.make_active(left)
            self._ask(
                lambda: ask_to_mend(record, Remedy.RELINK, self._user, to=left), "linked anew"
            )
        else:
            self._ask(lambda: ask_to_mend(record, Remedy.ANEW, self._user), "created anew")

    def _ask(self, ask: Callable[[], object], what: str) -> None:
        try:
            ask()
            self.did[what] += 1
        except decide.RemedyRefused:
            self.did[f"not {what}"] += 1

    def retry(self, records: Iterable[SyncRecord]) -> None:
        """Take the remedy that the page offers for these."""
        for record in records:
            payment = _payment_behind(record)
            if payment is not None:
                self._ask(lambda p=payment: decide.retry(p, self._user), "retried")


def _whose(record: SyncRecord) -> str:
    """Return the id of the customer that an invoice is to be of in QuickBooks."""
    link = SyncRecord.objects.filter(
        company=record.company_id, customer=record.invoice.customer_id
    ).first()
    return record.customer_there or (link.qbo_id if link else "")


def _customers_of(record: SyncRecord) -> set[int]:
    documents = (record.invoice, record.payment)
    return {document.customer_id for document in documents if document is not None}


def _payment_behind(record: SyncRecord) -> Payment | None:
    queued = Payment.objects.filter(sync_records__company=record.company)
    match record.kind:
        case SyncRecord.Kind.CUSTOMER:
            return queued.filter(invoice__customer=record.customer).first()
        case SyncRecord.Kind.INVOICE:
            return queued.filter(invoice=record.invoice).first()
    return record.payment
