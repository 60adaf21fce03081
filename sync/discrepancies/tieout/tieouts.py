"""Tie-out: every exported document of a unit and period against what QuickBooks holds of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.company.requests import ask, progress
from sync.company.sessions import CompanySession
from sync.discrepancies.changes import in_chunks, read_by_id
from sync.discrepancies.drift.decide import note_too_long
from sync.discrepancies.drift.snapshots import (
    Snapshot,
    change_words,
    differences,
    exported_snapshot,
    snapshot_here,
    snapshot_there,
)
from sync.discrepancies.tieout.accepted import accepted_there, is_just, said_of
from sync.discrepancies.words import whose
from sync.mappings.mappings import Mappings
from sync.models import (
    STANDS,
    BusinessUnit,
    CompanyRequest,
    Drift,
    Event,
    ReferenceEntry,
    RefundDiscrepancy,
    RefundReview,
    Subject,
    SyncRecord,
    TieOut,
)
from sync.quickbooks.documents import has_marker
from sync.words import listed, stored

KIND = "tie_out"
ENTITIES = {"invoice": "Invoice", "payment": "Payment"}
_READING = {
    "invoice": stored("Reading invoices of the period"),
    "payment": stored("Reading payments of the period"),
}
_NAMES = {"invoice": stored("Invoices"), "payment": stored("Payments")}
_NONE = stored("none")
DATES = {"invoice": "issued_on", "payment": "received_on"}
COMPARED = ("standing", "total", "tax", "number", "date", "customer")
MATCHED, MISSING, EXTRA, DIFFERENT = "matched", "missing", "extra", "different"
ACCEPTED = "accepted"  # it differs by just what a person accepted; counted where there is any
OUTCOMES = (MATCHED, MISSING, EXTRA, DIFFERENT)
LONGEST_NOTE = 500
ZERO = Decimal(0)
Row = dict[str, Any]
Line = dict[str, str]


class TieOutRefused(ValueError):
    """It cannot be made or signed; the text is for the page."""


def start(unit: BusinessUnit, first_day: date, last_day: date, actor: User) -> TieOut:
    """Ask for a tie-out of a unit and period."""
    require(actor, Capability.RESOLVE, unit.pk)
    if last_day < first_day:
        raise TieOutRefused(stored("The period ends before it begins."))
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        raise TieOutRefused(stored("%(unit)s is not connected to QuickBooks.", unit=unit))
    with transaction.atomic():
        made = TieOut.objects.create(
            business_unit=unit,
            company=company,
            first_day=first_day,
            last_day=last_day,
            requested_by=actor,
        )
        made.request = ask(company, KIND, unit=unit, actor=actor, tie_out=made.pk)
        made.save(update_fields=["request"])
    return made


@transaction.atomic
def sign(tie_out_id: int, actor: User, note: str) -> TieOut:
    """Sign a finished tie-out with the actor's name; differences need a word."""
    made = TieOut.objects.select_for_update().get(pk=tie_out_id)
    require(actor, Capability.RESOLVE, made.business_unit_id)
    note = note.strip()
    if made.done_at is None:
        raise TieOutRefused(stored("It is not finished yet."))
    if made.signed_at is not None:
        raise TieOutRefused(stored("%(who)s signed it already.", who=made.signer_name))
    if not note and any(made.counts.get(each) for each in (MISSING, EXTRA, DIFFERENT)):
        raise TieOutRefused(stored("Say why the differences may stand."))
    if len(note) > LONGEST_NOTE:
        raise TieOutRefused(note_too_long(note, LONGEST_NOTE))
    made.signed_by, made.signed_at, made.sign_note = actor, timezone.now(), note
    made.signer_name = signer_name(actor)
    made.save()
    detail = {
        "period": stored("%(first)s to %(last)s", first=made.first_day, last=made.last_day),
        **made.own_counts,
        "note": note,
    }
    about = Subject(made.business_unit_id, "tieout", made.pk, detail)
    Event.objects.record(Event.Action.TIE_OUT_SIGNED, actor, [about])
    return made


def signer_name(actor: User) -> str:
    """Return the name that a person signs with."""
    return actor.get_full_name() or actor.get_username()


def tie_out(session: CompanySession, request: CompanyRequest) -> dict[str, Any]:
    """Read the period, compare and keep the outcome; the handler of the request `tie_out`."""
    made = TieOut.objects.select_related("business_unit").get(pk=request.params["tie_out"])
    comparison = _Comparison(made)
    for step, (kind, entity) in enumerate(ENTITIES.items()):
        progress(request, _READING[kind], step, len(ENTITIES))
        where = f"TxnDate >= '{made.first_day}' AND TxnDate <= '{made.last_day}'"
        rows = {str(row["Id"]): row for row in session.client.select(entity, where)}
        records = comparison.records(kind)
        missing = {record.qbo_id for record in records} - rows.keys()
        rows |= read_by_id(session.client, entity, missing)
        comparison.compare(kind, records, rows)
    comparison.add_adjusted_otherwise()
    with transaction.atomic():
        session.lease.lock()
        made.lines, made.totals = comparison.lines, comparison.totals()
        made.counts = dict.fromkeys(OUTCOMES, 0) | comparison.counts
        made.counts["others"] = comparison.others
        made.done_at = timezone.now()
        made.save(update_fields=["lines", "totals", "counts", "done_at"])
    counts: dict[str, Any] = made.counts
    return counts


class _Comparison:
    """Both sides of one period, put side by side."""

    def __init__(self, made: TieOut) -> None:
        self.made, self.unit = made, made.business_unit
        self.lines: list[Line] = []
        self.counts: Counter[str] = Counter()
        self.others = 0
        self._sums: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        self._mappings = Mappings.of(made.company, self.unit)
        entries = ReferenceEntry.objects.filter(company=made.company)
        self._names = {(e.kind, e.qbo_id): e.name for e in entries.only("kind", "qbo_id", "name")}

    def records(self, kind: str) -> list[SyncRecord]:
        """Return what was exported of the unit and bears a date of the period."""
        period = (self.made.first_day, self.made.last_day)
        return list(
            SyncRecord.objects.filter(
                company=self.made.company,
                business_unit=self.unit,
                kind=kind,
                **{f"{kind}__{DATES[kind]}__range": period},
            )
            .exclude(qbo_id="")
            .select_related(f"{kind}__customer", "payment__invoice")
            .order_by("pk")
        )

    def compare(self, kind: str, records: list[SyncRecord], rows: dict[str, Row]) -> None:
        """Take in one kind of document."""
        ours = exported_snapshot(records, Drift.Side.QUICKBOOKS)
        accepted = accepted_there(records)
        for record in records:
            here = snapshot_here(record)
            row = rows.get(record.qbo_id)
            if here["standing"] == "there":
                here = ours[record.pk] | {k: v for k, v in here.items() if k != "customer"}
            self._add(record, row, here, snapshot_there(kind, row), accepted.get(record.pk))
        known = {record.qbo_id for record in records}
        strangers = [row for qbo_id, row in rows.items() if qbo_id not in known]
        self._add_strangers(kind, strangers)

    def _add(
        self,
        record: SyncRecord,
        row: Row | None,
        ours: Snapshot,
        there: Snapshot,
        accepted: Drift | None,
    ) -> None:
        changes = [change for change in differences(ours, there) if change["field"] in COMPARED]
        document = record.invoice or record.payment
        currency = document.currency if document else self.unit.currency
        outcome = MATCHED if not changes else DIFFERENT
        words = [change_words(change, currency) for change in changes]
        if accepted is not None and changes and is_just(accepted, changes):
            outcome = ACCEPTED
            words.append(said_of(accepted))
        if there["standing"] == "deleted":
            outcome = MISSING
        theirs = _amount(there.get("total"))
        self._line(
            record.kind,
            outcome,
            record.invoice.number if record.invoice else str(record.payment_id),
            record.qbo_id,
            whose(record),
            (ours.get("total", "0.00"), f"{theirs:.2f}", currency),
            listed(words, "; "),
        )
        self._sum(
            stored("Documents"), _NAMES[record.kind], currency, _amount(ours.get("total")), theirs
        )
        if record.invoice is not None:
            tax = (_amount(ours.get("tax")), _amount(there.get("tax")))
            self._sum(stored("Tax"), stored("Sales tax"), currency, *tax)
        elif record.payment is not None:
            self._sum_payment(record.payment.method, row, currency, ours, theirs)

    def _sum_payment(
        self, method: str, row: Row | None, currency: str, ours: Snapshot, theirs: Decimal
    ) -> None:
        """Sum a payment by the method and account that either side has it under."""
        mapped = self._mappings.method(method) or ("", "")
        kinds = (ReferenceEntry.Kind.PAYMENT_METHOD, ReferenceEntry.Kind.ACCOUNT)
        names = ("PaymentMethodRef", "DepositToAccountRef")
        for group, kind, ref, our_id in zip(
            (stored("Method"), stored("Account")), kinds, names, mapped, strict=True
        ):
            our_name = self._names.get((kind, our_id), method if kind == kinds[0] else _NONE)
            their_id = str(((row or {}).get(ref) or {}).get("value", ""))
            their_name = self._names.get((kind, their_id), their_id or _NONE)
            self._sum(group, our_name, currency, _amount(ours.get("total")), ZERO)
            self._sum(group, their_name, currency, ZERO, theirs)

    def _add_strangers(self, kind: str, rows: list[Row]) -> None:
        """Take in what QuickBooks has in the period and we do not: ours by its marker, or not."""
        marked = [row for row in rows if has_marker(row, f"Paidup {self.unit.code} ")]
        self.others += len(rows) - len(marked)
        records = self._known(kind, [str(row["Id"]) for row in marked])
        for row in marked:
            record = records.get(str(row["Id"]))
            amount = _amount(row.get("TotalAmt"))
            currency = str((row.get("CurrencyRef") or {}).get("value") or self.unit.currency)
            why = stored("it carries our mark, but we hold no such document")
            if record is not None:
                why = stored(
                    "it is dated %(day)s there and outside the period here",
                    day=date.fromisoformat(str(row.get("TxnDate"))),
                )
            self._line(
                kind,
                EXTRA if record is None else DIFFERENT,
                str(row.get("DocNumber") or row.get("PaymentRefNum") or "-"),
                str(row["Id"]),
                whose(record)
                if record
                else (str((row.get("CustomerRef") or {}).get("name", "")), ""),
                ("0.00", f"{amount:.2f}", currency),
                why,
            )
            self._sum(stored("Documents"), _NAMES[kind], currency, ZERO, amount)

    def _known(self, kind: str, ids: list[str]) -> dict[str, SyncRecord]:
        records = SyncRecord.objects.filter(company=self.made.company, kind=kind)
        records = records.select_related(f"{kind}__customer", "payment__invoice")
        return {r.qbo_id: r for some in in_chunks(ids) for r in records.filter(qbo_id__in=some)}

    def _line(  # noqa: PLR0913, PLR0917 - one column each
        self,
        kind: str,
        outcome: str,
        name: str,
        qbo_id: str,
        of: tuple[str, str],
        amounts: tuple[str, str, str],
        words: str,
    ) -> None:
        self.counts[outcome] += 1
        customer, invoice = of
        ours, theirs, currency = amounts
        self.lines.append(
            {
                "kind": kind,
                "outcome": outcome,
                "name": name,
                "qbo_id": qbo_id,
                "customer": customer,
                "invoice": invoice,
                "currency": currency,
                "ours": ours,
                "theirs": theirs,
                "words": words,
            }
        )

    def _sum(self, group: str, name: str, currency: str, ours: Decimal, theirs: Decimal) -> None:
        sums = self._sums[group, name, currency]
        sums[0] += ours
        sums[1] += theirs

    def add_adjusted_otherwise(self) -> None:
        """List the refunds of the period apart that rest on a person's word alone."""
        refunds = RefundDiscrepancy.objects.filter(
            STANDS,
            business_unit=self.unit,
            review__status=RefundReview.Status.ADJUSTED_OTHERWISE,
            refunded_on__range=(self.made.first_day, self.made.last_day),
        )
        for refund in refunds.select_related("payment__customer", "review__reviewed_by"):
            whose, said = refund.payment.customer, refund.review
            name = stored(
                "Refund %(id)s of %(whose)s: %(note)s (%(who)s)",
                id=str(refund.pk),
                whose=str(whose),
                note=said.note,
                who=str(said.reviewed_by),
            )
            amount = Decimal(refund.amount)
            self._sum(stored("Refunds adjusted another way"), name, refund.currency, amount, amount)

    def totals(self) -> list[Line]:
        """Return the sums of both sides, by group and name."""
        return [
            {
                "group": group,
                "name": name,
                "currency": currency,
                "ours": f"{ours:.2f}",
                "theirs": f"{theirs:.2f}",
                "difference": f"{theirs - ours:.2f}",
            }
            for (group, name, currency), (ours, theirs) in sorted(self._sums.items())
            if ours or theirs
        ]


def unmatched(made: TieOut) -> Iterable[Line]:
    """Return what a person must look at."""
    return [line for line in made.lines if line["outcome"] != MATCHED]


def _amount(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))
