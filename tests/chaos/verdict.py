"""The verdict: the simulator's whole ledger of the company against ours, document by document."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sync.exports.rules.eligibility import explain
from sync.models import BatchRequest, ExportRun, Payment, Reason, SyncRecord
from sync.quickbooks.documents import plain_typography
from sync.simulator.server import Simulator
from tests.chaos.bookkeeper import HERS, Touched
from tests.chaos.explained import (
    Doubts,
    invoices_of,
    is_explained,
    kept_back,
    listed_invoices,
    meddled_invoices,
    money,
    note,
)
from tests.chaos.seeds import Seeded

Kind, State = SyncRecord.Kind, SyncRecord.State
ENTITY = {Kind.CUSTOMER: "Customer", Kind.INVOICE: "Invoice", Kind.PAYMENT: "Payment"}
Entity = dict[str, Any]
STOPPED = (State.FAILED, State.UNCERTAIN, State.MISMATCH)


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
        seeded: Seeded,
    ) -> None:
        """`before` holds the ids that were there before the export, by entity.

        `edited` says of each invoice that the office edited whether it had not left by then.
        """
        self._ledger = {e: simulator.documents(realm, e) for e in ENTITY.values()}
        self._journal = simulator.journal(realm, kind="api")
        self._before = before
        self._touched = touched
        self._listed = touched.listed
        self._seeded = seeded
        self._meddled = meddled_invoices(touched)
        self._kept_back = kept_back() & listed_invoices(touched)
        self._edited = set(edited)
        self._edited_since = {pk for pk, before in edited.items() if not before}
        self._verdict = Verdict()

    def decide(self, doubts: Doubts) -> Verdict:
        """Return what was found, and add what was doubtful before remedies were taken."""
        self._verdict.by_meddling += doubts.by_meddling
        self._verdict.stopped += len(doubts.other)
        self._verdict.problems += [f"doubtful: {words}" for words in doubts.other]
        self._verdict.problems += doubts.half
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
            elif document["Id"] in self._before[entity] or HERS in note(document):
                continue
            elif note(document) not in self._listed.notes:  # hers, or let go by a person
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
        is_linked_anew = record.kind == Kind.CUSTOMER and self._is_linked_anew(record)
        if is_linked_anew or not there:
            if not (self._is_a_customer(record) if is_linked_anew else self._was_deleted(record)):
                verdict.lose(f"{name} has the id {record.qbo_id} and is not there")
            return
        if record.qbo_id not in {document["Id"] for document in there}:
            verdict.blame(f"{name} has another id than {record.qbo_id}")
        if not invoices_of(record) & self._meddled:
            is_paid = not invoices_of(record) & self._kept_back
            for words in _differences(record, there[0], self._edited_since, is_paid=is_paid):
                verdict.blame(f"{name}: {words}")
            if words := self._of_another_customer(record, there[0]):
                verdict.blame(f"{name}: {words}")

    def _is_linked_anew(self, record: SyncRecord) -> bool:
        """Say whether a customer was renamed, merged or mended, so that other rules count."""
        was_touched = any(record.marker in text for text in self._listed.notes)
        return was_touched or record.linked_by_id is not None

    def _is_a_customer(self, record: SyncRecord) -> bool:
        return self._listed.whose(record.qbo_id) in {c["Id"] for c in self._ledger["Customer"]}

    def _of_another_customer(self, record: SyncRecord, document: Entity) -> str:
        """Compare whose a document is there with whose it is here, through every merge."""
        if record.kind == Kind.CUSTOMER:
            return ""
        invoice = record.invoice or record.payment.invoice
        # A customer that is to be created anew has no record before the next invoice goes.
        ours = SyncRecord.objects.filter(kind=Kind.CUSTOMER, customer=invoice.customer_id).first()
        here = self._listed.whose(record.customer_there or (ours.qbo_id if ours else ""))
        there = document["CustomerRef"]["value"]
        return "" if there == here else f"it is of customer {here} here and of {there} there"

    def _was_deleted(self, record: SyncRecord) -> bool:
        return any(record.marker in text for text in self._touched.deleted)

    def _check_payments(self) -> None:
        """Everything that nobody put a hand to is exported, or said to stay for a known reason."""
        exported = SyncRecord.objects.filter(state=State.EXPORTED, payment__isnull=False)
        missing = Payment.objects.exclude(pk__in=exported.values("payment"))
        reasons = explain(Payment.objects.filter(pk__in=missing.values("pk")))
        paused = ExportRun.objects.filter(state=ExportRun.State.PAUSED).exists()
        for payment in missing.select_related("invoice"):
            why = reasons.get(payment.pk)
            name = f"payment {payment.pk} of {payment.invoice_id}"
            if why is None or why.code == Reason.CHECKING or not why.words:
                self._verdict.problems.append(f"silent: {name} is at rest: {why}")
            elif why.code == Reason.IN_PROGRESS and not paused:
                standing = payment.sync_records.values_list("state", "is_sendable").first()
                self._verdict.problems.append(f"silent: {name} is queued at rest: {standing}")
            elif not self._may_stay(payment, why.code):
                self._verdict.lose(f"{name}: {why}")

    def _may_stay(self, payment: Payment, code: str) -> bool:
        """Say whether a hand was put to it, or it stays for what it was made with."""
        touched = self._edited | self._meddled | self._kept_back
        if payment.invoice_id in touched:
            return True
        is_named = payment.invoice.customer_id in self._seeded.nameless
        allowed = self._seeded.allowed[payment.invoice_id]
        return code in allowed or (is_named and code == Reason.NAME_REFUSED)

    def _check_stopped(self) -> None:
        for record in SyncRecord.objects.filter(state__in=STOPPED):
            if not record.error:
                self._verdict.problems.append(f"silent: {record!r} {record.pk} {record.state}")
            if not is_explained(record, self._touched, self._meddled | self._kept_back):
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


def _differences(
    record: SyncRecord, document: Entity, edited: set[int], *, is_paid: bool
) -> list[str]:
    """Compare with what was confirmed; unless `edited` since, that is what stands here now too.

    `is_paid` says of an invoice whether nothing keeps its payments here.
    """
    content = record.content
    if record.kind == Kind.CUSTOMER:
        pairs = [("name", plain_typography(content["display_name"]), document["DisplayName"])]
    elif record.kind == Kind.INVOICE:
        pairs = [
            ("total", money(content["total"]), money(document["TotalAmt"])),
            ("number", content["number"], document["DocNumber"]),
            ("date", content["issued_on"], document["TxnDate"]),
            ("currency", record.invoice.currency, document["CurrencyRef"]["value"]),
        ]
        if record.invoice_id not in edited:
            pairs += [
                ("our total", record.invoice.total, money(document["TotalAmt"])),
                ("balance", Decimal(0), money(document["Balance"]) if is_paid else Decimal(0)),
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
            ("reference", True, _has_reference(document, content["reference"])),
        ]
        if record.payment.invoice_id not in edited:
            pairs += [
                ("our amount", record.payment.amount, money(document["TotalAmt"])),
                ("our date", record.payment.received_on.isoformat(), document["TxnDate"]),
            ]
    return [f"{what} is {ours} here and {theirs} there" for what, ours, theirs in pairs
            if ours != theirs]  # fmt: skip


def _has_reference(document: Entity, reference: str) -> bool:
    """Say whether the whole reference stands there, in its field or else in the note."""
    plain = plain_typography(reference)
    return document.get("PaymentRefNum", "") == plain or plain in note(document)
