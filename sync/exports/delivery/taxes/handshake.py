"""The tax handshake: what the invoice that went alone tells of its key, as read in QuickBooks.

Where QuickBooks worked out another figure, one update with our tax is tried and read back. What
held is kept with its proof, and those that waited go, or are told why they cannot.
"""

from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils import timezone

from sync.company.isolation import Trouble, attempt
from sync.company.sessions import CompanySession
from sync.exports.delivery.settling import save
from sync.exports.delivery.taxes import update as tax_update
from sync.exports.documents import build
from sync.exports.documents.remote import differences, read, tax_there
from sync.exports.documents.tax_gate import is_sure, narrowed
from sync.models import SyncRecord, TaxMode
from sync.quickbooks.documents import (
    Entity,
    InvoiceDocument,
    charged_code,
    charged_rates,
    figure,
)
from sync.words import stored, together

State, Kind, Keeps = SyncRecord.State, SyncRecord.Kind, TaxMode.Keeps
MOST_UPDATES = 5
_TAX_FIELDS = {"TotalAmt", "TotalTax", "Balance"}
_LEARNED = ["keeps", "agreed_at", "rounding", "rates", "code", "proof", "proven_at", "probe"]
EXEMPT = stored(
    "The customer is exempt from sales tax there. Correct the invoice here and "
    "send the correction; or make the customer taxable there, and send it then."
)
NOT_KEPT = stored(
    "QuickBooks works this tax out itself, and kept its own figure when it was "
    "sent ours. Correct the invoice here and send the correction; accept it as it "
    "is there; or remove it from QuickBooks, and export it again once it is "
    "corrected. Where you set the tax right there by hand, check it again."
)


def go_on(session: CompanySession) -> bool:
    """Conclude from one invoice that went alone and has arrived; say whether there was one.

    Raises QuickBooksFault and TransportError. What meets an unexpected error waits, and says so.
    """
    if not session.has_tax_probes:
        return False
    done = attempt(partial(_go_on, session), company=session.company.pk)
    if isinstance(done, Trouble):
        session.set_aside(done)
        session.has_tax_probes = False
        return False
    return done


def _go_on(session: CompanySession) -> bool:
    probes = _probes(session)
    session.has_tax_probes = bool(probes)
    mode = next((mode for mode in probes if _has_settled(mode)), None)
    if mode is None:
        return False
    _conclude(session, mode)
    return True


def _probes(session: CompanySession) -> list[TaxMode]:
    """Return the keys that an invoice is to tell of, with those that came out otherwise by it."""
    modes = TaxMode.objects.filter(company=session.company)
    if not modes.exists():
        return []
    doubted = SyncRecord.objects.filter(
        company=session.company,
        kind=Kind.INVOICE,
        state=State.MISMATCH,
        tax_mode__isnull=False,
        tax_mode__probe__isnull=True,
        batch__isnull=True,
    ).exclude(tax_mode__keeps=Keeps.NOTHING)
    for record in doubted.select_related("tax_mode"):
        if record.tax_mode is not None and not _is_equal(record):
            modes.filter(pk=record.tax_mode.pk, probe=None).update(probe=record)
    found = modes.filter(probe__isnull=False)
    return list(
        found.select_related("probe__batch", "probe__business_unit", "probe__company", "company")
    )


def _is_equal(record: SyncRecord) -> bool:
    """Say whether the tax was the same on both sides when they were last compared."""
    theirs = figure(record.read_back, "TotalTax")
    return theirs is None or theirs == Decimal(record.content["tax_total"])


def _has_settled(mode: TaxMode) -> bool:
    record = mode.probe
    if record is None or tax_update.is_under_way(record):
        return False
    return record.state in {State.EXPORTED, State.MISMATCH, State.FAILED}


def _conclude(session: CompanySession, mode: TaxMode) -> None:
    record = mode.probe
    if record is None:
        return
    there = read(session.client, [record]) if record.qbo_id else {}
    entity = there.get(record.pk)
    document = _document(mode, record, entity) if entity else None
    theirs = tax_there(entity) if entity else None
    if entity is None or document is None or theirs is None:
        _tells_nothing(session, mode, record)
        return
    ours = document.tax_total
    if ours and not theirs and _customer_is_exempt(session, record):
        record.error = together(record.error, EXEMPT)
        _tells_nothing(session, mode, record)
        return
    was_sure = is_sure(ours, document.expected_taxes, mode)
    _learn(mode, document, theirs, was_updated=bool(mode.proof.get("updates")))
    mode.proof |= _proof(record, ours, theirs)
    if theirs == ours:
        if record.state == State.MISMATCH:
            tax_update.keep_as_read(session, record, entity)
        _end(session, mode)
        return
    if was_sure:
        mode.agreed_at, mode.rounding = None, ""
    if _may_try(mode, record, document, entity):
        _try_update(session, mode, record, document, entity)
    else:
        _keeps_nothing(session, mode, record, document, entity)


def _tells_nothing(session: CompanySession, mode: TaxMode, record: SyncRecord) -> None:
    """Ask it no more, and have the next one tell."""
    record.tax_mode = None
    with transaction.atomic():
        session.lease.lock()
        record.save(update_fields=["tax_mode", "error"])
    _end(session, mode)


def _customer_is_exempt(session: CompanySession, record: SyncRecord) -> bool:
    """Read whether QuickBooks charges the customer no tax by now, and keep that."""
    customer = SyncRecord.objects.filter(
        company=session.company, customer=record.content["customer"]
    ).first()
    entity = read(session.client, [customer]).get(customer.pk) if customer else None
    if customer is None or entity is None or entity.get("Taxable") is not False:
        return False
    with transaction.atomic():
        session.lease.lock()
        SyncRecord.objects.filter(pk=customer.pk).update(is_exempt=True)
    return True


def _document(mode: TaxMode, record: SyncRecord, entity: Entity) -> InvoiceDocument | None:
    """Return what we sent, with what is expected of it by the rates that were charged."""
    if mode.key.startswith("automatic|") and (rates := charged_rates(entity)) is not None:
        mode.rates, mode.code = rates, charged_code(entity)
        mode.save(update_fields=["rates", "code"])
    document = build.documents([record])[record.pk]
    return document if isinstance(document, InvoiceDocument) else None


def _learn(mode: TaxMode, document: InvoiceDocument, theirs: Decimal, *, was_updated: bool) -> None:
    """Take from a figure what it proves: ours was kept, or theirs came out as expected."""
    figures, ours = narrowed(document.expected_taxes, mode), document.tax_total
    told = {r: tax for r, tax in (document.expected_taxes or {}).items() if tax == theirs}
    if theirs == ours and figures and ours not in figures:
        mode.keeps = Keeps.UPDATED if was_updated else Keeps.SENT
    elif figures and all(tax == theirs for tax in figures):
        mode.agreed_at = timezone.now()
    elif theirs != ours and len(told) == 1 and not mode.rounding:
        mode.rounding, mode.agreed_at = next(iter(told)), timezone.now()
    mode.proven_at = timezone.now()


def _proof(record: SyncRecord, ours: Decimal, theirs: Decimal) -> dict[str, str]:
    return {
        "number": record.content["number"],
        "quickbooks_id": record.qbo_id,
        "ours": str(ours),
        "theirs": str(theirs),
    }


def _may_try(mode: TaxMode, record: SyncRecord, document: InvoiceDocument, entity: Entity) -> bool:
    """Say whether the tax alone differs, nobody linked it, and an update was not tried in vain."""
    fields = {difference.field for difference in differences(document, entity)}
    tried = int(mode.proof.get("updates", 0))
    is_ours = record.linked_by_id is None and mode.keeps != Keeps.NOTHING
    return fields <= _TAX_FIELDS and is_ours and tried < MOST_UPDATES


def _try_update(
    session: CompanySession,
    mode: TaxMode,
    record: SyncRecord,
    document: InvoiceDocument,
    entity: Entity,
) -> None:
    mode.proof["updates"] = int(mode.proof.get("updates", 0)) + 1
    _save(session, mode)
    code = "" if document.tax_code_id else charged_code(entity)
    if not tax_update.set_tax(session, record, entity, document.tax_total, code):
        return  # once it is known what became of it, it is asked here again
    now = read(session.client, [record]).get(record.pk)
    if now is None:
        _end(session, mode)
        return
    if tax_there(now) == document.tax_total:
        mode.keeps = Keeps.UPDATED
        tax_update.keep_as_read(session, record, now)
        _end(session, mode)
        return
    _keeps_nothing(session, mode, record, document, now)


def _keeps_nothing(
    session: CompanySession,
    mode: TaxMode,
    record: SyncRecord,
    document: InvoiceDocument,
    entity: Entity,
) -> None:
    mode.keeps = Keeps.NOTHING
    tax_update.keep_as_read(session, record, entity)
    if record.state == State.MISMATCH:
        record.error = together(record.error, NOT_KEPT)
        with transaction.atomic():
            session.lease.lock()
            save([record])
    _end(session, mode)


def _end(session: CompanySession, mode: TaxMode) -> None:
    """Keep what was learned, and let those go on that waited for it."""
    mode.probe = None
    mode.proof.pop("updates", None)
    waiting = SyncRecord.objects.filter(
        company=session.company, state=State.PENDING, is_sendable=False, tax_mode=mode
    )
    with transaction.atomic():  # or who is killed in between leaves them waiting for ever
        _save(session, mode)
        waiting.update(is_sendable=True)


def _save(session: CompanySession, mode: TaxMode) -> None:
    with transaction.atomic():
        session.lease.lock()
        mode.save(update_fields=_LEARNED)
