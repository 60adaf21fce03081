"""The verdict: the simulator's whole ledger of the company against ours, document by document."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q

from sync.models import BatchRequest, Invoice, Payment, SyncRecord
from sync.simulator.server import Simulator
from tests.chaos.bookkeeper import HERS, Touched

Kind, State = SyncRecord.Kind, SyncRecord.State
ENTITY = {Kind.CUSTOMER: "Customer", Kind.INVOICE: "Invoice", Kind.PAYMENT: "Payment"}
Entity = dict[str, Any]
STOPPED = (State.FAILED, State.UNCERTAIN, State.MISMATCH)


def note(document: Entity) -> str:
    """Return where our marker stands."""
    return str(document.get("PrivateNote", document.get("Notes", "")))


def money(value: Any) -> Decimal:
    """Return an amount with its exact digits."""
    return Decimal(str(value if value is not None else 0))


def meddled_invoices(touched: Touched) -> set[int]:
    """Return the invoices whose unit of work the bookkeeper had her hand in, by id."""
    records = SyncRecord.objects.filter(marker__in=_markers(touched.notes))
    customers = Q(customer__sync_records__in=records) | Q(customer__display_name__in=touched.names)
    found = Invoice.objects.filter(
        customers
        | Q(number__in=touched.numbers)
        | Q(sync_records__in=records)
        | Q(payments__sync_records__in=records)
    )
    return set(found.values_list("pk", flat=True))


def _markers(notes: set[str]) -> list[str]:
    return [marker for marker in SyncRecord.objects.values_list("marker", flat=True)
            if any(marker in text for text in notes)]  # fmt: skip


def invoices_of(record: SyncRecord) -> set[int]:
    """Return the invoices that a record's outcome concerns."""
    if record.kind == Kind.CUSTOMER:
        return set(record.customer.invoices.values_list("pk", flat=True))
    return {record.invoice_id or record.payment.invoice_id}


@dataclass
class Doubts:
    """What stood before a person when the storm was over, before any remedy was taken."""

    by_meddling: Counter[str] = field(default_factory=Counter)
    other: list[str] = field(default_factory=list)


def is_explained(record: SyncRecord, touched: Touched, meddled: set[int]) -> bool:
    """Say whether the bookkeeper's hand explains where a record stands."""
    if record.kind == Kind.CUSTOMER:
        is_hers = record.customer.display_name in touched.names
        return is_hers or any(record.marker in text for text in touched.notes)
    return bool(invoices_of(record) & meddled)


def doubts(touched: Touched) -> Doubts:
    """Sort what is uncertain, or differs, by whether the bookkeeper's hand explains it."""
    meddled, found = meddled_invoices(touched), Doubts()
    for record in SyncRecord.objects.filter(state__in=[State.UNCERTAIN, State.MISMATCH]):
        if is_explained(record, touched, meddled):
            found.by_meddling[record.state] += 1
        elif record.state == State.UNCERTAIN and record.kind in touched.deleted_kinds:
            # She deleted one of that kind; which, nobody can see any more but by looking.
            found.by_meddling["uncertain after a deletion"] += 1
        else:
            found.other.append(f"{record!r} {record.pk} {record.state}: {record.error}")
    return found


def to_retry(touched: Touched) -> list[SyncRecord]:
    """Return what a person retries: all that failed, and doubts that her hand does not explain."""
    meddled = meddled_invoices(touched)
    stopped = SyncRecord.objects.filter(state__in=[State.FAILED, State.UNCERTAIN])
    return [
        record
        for record in stopped.select_related("payment__invoice", "company").order_by("pk")
        if record.state == State.FAILED or not is_explained(record, touched, meddled)
    ]


@dataclass
class Verdict:
    """What differs; all counts but the first two and `by_meddling` must be zero."""

    documents: int = 0
    exported: int = 0
    duplicated: int = 0
    lost: int = 0
    wrong: int = 0
    stopped: int = 0
    by_meddling: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Say whether the laws held."""
        return not (self.duplicated or self.lost or self.wrong or self.stopped or self.problems)

    def lose(self, words: str) -> None:
        self.lost += 1
        self.problems.append(f"lost: {words}")

    def blame(self, words: str) -> None:
        self.wrong += 1
        self.problems.append(f"wrong: {words}")


class Judge:
    """Compares once everything is at rest."""

    def __init__(
        self,
        simulator: Simulator,
        realm: str,
        before: dict[str, set[str]],
        touched: Touched,
        edited: dict[int, bool],
    ) -> None:
        """`before` holds the ids that were there before the export, by entity.

        `edited` says of each invoice that the office edited whether it had not left by then.
        """
        self._ledger = {e: simulator.documents(realm, e) for e in ENTITY.values()}
        self._journal = simulator.journal(realm, kind="api")
        self._before = before
        self._touched = touched
        self._meddled = meddled_invoices(touched)
        self._edited = set(edited)
        self._edited_since = {pk for pk, before in edited.items() if not before}
        self._verdict = Verdict()

    def decide(self, doubts: Doubts) -> Verdict:
        """Return what was found, and add what was doubtful before remedies were taken."""
        self._verdict.by_meddling += doubts.by_meddling
        self._verdict.stopped += len(doubts.other)
        self._verdict.problems += [f"doubtful: {words}" for words in doubts.other]
        for kind, entity in ENTITY.items():
            self._compare(kind, entity)
        self._check_payments()
        self._check_stopped()
        self._check_rest()
        self._check_requests()
        return self._verdict

    def _compare(self, kind: str, entity: str) -> None:
        verdict = self._verdict
        records = {
            record.marker: record
            for record in SyncRecord.objects.filter(kind=kind).select_related(
                "invoice", "payment__invoice", "customer"
            )
        }
        found: dict[str, list[Entity]] = defaultdict(list)
        for document in self._ledger[entity]:
            marker = next((m for m in records if m in note(document)), None)
            if marker:
                found[marker].append(document)
            elif document["Id"] not in self._before[entity] and HERS not in note(document):
                verdict.blame(f"{entity} {document['Id']} is nobody's: {note(document)}")
        verdict.documents += sum(map(len, found.values()))
        for marker, record in records.items():
            there = found[marker]
            if len(there) > 1:
                verdict.duplicated += len(there) - 1
                ids = [document["Id"] for document in there]
                verdict.problems.append(f"duplicated: {entity} of {record!r}: {ids}")
            self._compare_one(record, entity, there)

    def _compare_one(self, record: SyncRecord, entity: str, there: list[Entity]) -> None:
        verdict = self._verdict
        name = f"{entity} {record.pk} ({record.state}) of {sorted(invoices_of(record))[:3]}"
        if not record.qbo_id:
            if there and not invoices_of(record) & self._meddled:
                verdict.blame(f"{name} is in QuickBooks and we do not know it")
            return
        verdict.exported += 1
        if not there:
            if not self._was_deleted(record):
                verdict.lose(f"{name} has the id {record.qbo_id} and is not there")
            return
        if record.qbo_id not in {document["Id"] for document in there}:
            verdict.blame(f"{name} has another id than {record.qbo_id}")
        if not invoices_of(record) & self._meddled:
            for words in _differences(record, there[0], self._edited_since):
                verdict.blame(f"{name}: {words}")

    def _was_deleted(self, record: SyncRecord) -> bool:
        return any(record.marker in text for text in self._touched.deleted)

    def _check_payments(self) -> None:
        """Everything that nobody put a hand to is exported; the rest is there or is explained."""
        exported = SyncRecord.objects.filter(state=State.EXPORTED, payment__isnull=False)
        missing = Payment.objects.exclude(pk__in=exported.values("payment"))
        for payment in missing.exclude(invoice__in=self._edited | self._meddled):
            standing = payment.sync_records.values_list("state", "error").first()
            self._verdict.lose(f"payment {payment.pk} of {payment.invoice_id}: {standing}")

    def _check_stopped(self) -> None:
        for record in SyncRecord.objects.filter(state__in=STOPPED):
            if not is_explained(record, self._touched, self._meddled):
                self._verdict.stopped += 1
                self._verdict.problems.append(
                    f"stopped: {record!r} {record.pk} {record.state}: {record.error}"
                    f" {record.error_detail}"
                )

    def _check_rest(self) -> None:
        if left := BatchRequest.objects.filter(settled_at=None).count():
            self._verdict.problems.append(f"rest: {left} requests have no outcome")
        if left := SyncRecord.objects.filter(state=State.IN_FLIGHT).count():
            self._verdict.problems.append(f"rest: {left} records are in flight")
        if left := BatchRequest.objects.exclude(settled_at=None).exclude(body="").count():
            self._verdict.problems.append(f"rest: {left} settled requests keep their body")

    def _check_requests(self) -> None:
        """The same requestid always came with the same bytes."""
        bodies: dict[str, set[str]] = defaultdict(set)
        for entry in self._journal:
            if "requestid" in entry["params"]:
                bodies[entry["params"]["requestid"]].add(entry["body"])
        if bent := [key for key, sent in bodies.items() if len(sent) > 1]:
            self._verdict.problems.append(f"requests: {bent} were sent with other bytes")


def _differences(record: SyncRecord, document: Entity, edited: set[int]) -> list[str]:
    """Compare with what was confirmed; unless `edited` since, that is what stands here now too."""
    content = record.content
    if record.kind == Kind.CUSTOMER:
        pairs = [("name", content["display_name"], document["DisplayName"])]
    elif record.kind == Kind.INVOICE:
        pairs = [
            ("total", money(content["total"]), money(document["TotalAmt"])),
            ("number", content["number"], document["DocNumber"]),
            ("date", content["issued_on"], document["TxnDate"]),
        ]
        if record.invoice_id not in edited:
            pairs += [
                ("our total", record.invoice.total, money(document["TotalAmt"])),
                ("balance", Decimal(0), money(document["Balance"])),
                ("due", True, record.invoice.balance_due <= 0),
                ("voided", None, record.invoice.voided_at),
            ]
    else:
        invoice = SyncRecord.objects.filter(invoice=record.payment.invoice_id).first()
        applied = sum((money(line["Amount"]) for line in document.get("Line", [])), Decimal(0))
        linked = {t["TxnId"] for line in document.get("Line", []) for t in line["LinkedTxn"]}
        pairs = [
            ("amount", money(content["amount"]), money(document["TotalAmt"])),
            ("applied", money(content["applied"]), applied),
            ("date", content["received_on"], document["TxnDate"]),
            ("invoice", {invoice.qbo_id} if applied else set(), linked),
        ]
        if record.payment.invoice_id not in edited:
            pairs += [
                ("our amount", record.payment.amount, money(document["TotalAmt"])),
                ("our date", record.payment.received_on.isoformat(), document["TxnDate"]),
            ]
    return [f"{what} is {ours} here and {theirs} there" for what, ours, theirs in pairs
            if ours != theirs]  # fmt: skip
