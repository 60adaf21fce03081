"""A document's story: received, ready, queued, exported, refunded, adjusted; by whom and when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sync.admin.activity.sentences import rows_of, sentence
from sync.admin.common.standing import Standing
from sync.admin.lists.list_admin import moment_words
from sync.models import (
    BusinessUnit,
    Delivery,
    Event,
    Invoice,
    Payment,
    Refund,
    RefundReview,
    SyncRecord,
)
from sync.quickbooks.links import deep_link
from sync.words import day, money

MOST_EVENTS = 20
State = SyncRecord.State
Status = RefundReview.Status
_ON_ITS_WAY = {State.PENDING, State.IN_FLIGHT}


@dataclass(slots=True)
class Chapter:
    """One stage: whether it is behind the document, and what happened, a line each."""

    title: str
    is_done: bool
    lines: Sequence[SafeString | str] = ()
    is_bad: bool = False

    @property
    def icon(self) -> str:
        if self.is_bad:
            return "error"
        return "check_circle" if self.is_done else "radio_button_unchecked"


@dataclass(frozen=True, slots=True)
class Story:
    """The stages, and what else people did to the document, the newest first."""

    chapters: list[Chapter]
    deeds: list[tuple[str, SafeString]]


def story_of(
    request: HttpRequest,
    unit: BusinessUnit,
    invoice: Invoice | None,
    payments: Sequence[Payment],
    standing: Standing | None,
) -> Story:
    """Tell it of an invoice and its payments, or of one payment, in a fixed number of queries."""
    ids = [payment.pk for payment in payments]
    about = Q(payment__in=ids) | Q(invoice=invoice.pk if invoice else 0)
    found = SyncRecord.objects.filter(about).select_related("company", "requested_by", "linked_by")
    records = list(found.order_by("kind", "pk").defer("content"))
    refunds = list(
        Refund.objects.filter(payment__in=ids)
        .select_related("payment", "review__reviewed_by")
        .order_by("refunded_on", "pk")
    )
    teller = _Teller(unit, invoice, payments)
    chapters = [
        teller.received(),
        teller.ready(standing, is_sent=bool(records)),
        teller.queued(records),
        teller.exported(records),
    ]
    if refunds:
        chapters += [teller.refunded(refunds), teller.adjusted(refunds, records)]
    return Story(chapters, list(_deeds(request, unit, invoice, ids, refunds)))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Puts what is stored into words, by the clocks of the unit."""

    unit: BusinessUnit
    invoice: Invoice | None
    payments: Sequence[Payment]

    def received(self) -> Chapter:
        """Say what was received and how it came in."""
        typed, brought = _typed(self.payments, self.unit), _brought(self.payments, self.unit)
        lines = [
            format_html(
                _("{payment} on {day} by {method}{how}"),
                payment=_link(payment.get_absolute_url(), money(payment.amount, payment.currency)),
                day=day(payment.received_on),
                method=payment.method,
                how=typed.get(payment.pk) or brought.get(payment.pk) or _from(payment),
            )
            for payment in self.payments
        ]
        return Chapter(_("Received"), is_done=bool(self.payments), lines=lines)

    def ready(self, standing: Standing | None, *, is_sent: bool) -> Chapter:
        """Say since which day the invoice is fully paid, or what keeps it here."""
        invoice = self.invoice
        if is_sent or (standing is not None and standing.is_ready):
            words = _fully_paid(invoice, self.payments)
            return Chapter(_("Ready"), is_done=True, lines=[words] if words else [])
        words = standing.words if standing is not None else _("Nothing was received yet.")
        return Chapter(_("Ready"), is_done=False, lines=[words] if words else [])

    def queued(self, records: Sequence[SyncRecord]) -> Chapter:
        """Say who had it exported, and when."""
        chapter = Chapter(_("Queued"), is_done=bool(records))
        said = dict.fromkeys(
            (record.queued_at, record.requested_by or record.linked_by) for record in records
        )
        moments = dict.fromkeys((moment_words(at, self.unit), who) for at, who in said)
        chapter.lines = [
            _("%(at)s by %(who)s") % {"at": at, "who": who} if who else at for at, who in moments
        ]
        return chapter

    def exported(self, records: Sequence[SyncRecord]) -> Chapter:
        """Link what is in QuickBooks, and say what is not and why."""
        lines = [self._there(record) for record in records]
        waits = any(record.state in _ON_ITS_WAY for record in records)
        stopped = any(record.is_refused for record in records)
        is_done = bool(records) and not waits and not stopped
        return Chapter(_("Exported"), is_done, [line for line in lines if line], is_bad=stopped)

    def refunded(self, refunds: Sequence[Refund]) -> Chapter:
        """Say what was given back."""
        lines = [self._refund(refund) for refund in refunds]
        return Chapter(_("Refunded"), is_done=True, lines=lines)

    def adjusted(self, refunds: Sequence[Refund], records: Sequence[SyncRecord]) -> Chapter:
        """Say how QuickBooks was adjusted for each refund of a payment that is there."""
        there = {record.payment_id for record in records if record.payment_id and record.qbo_id}
        asked = [each for each in refunds if each.payment_id in there and each.voided_at is None]
        if not asked:
            words = _("Nothing of it is in QuickBooks.")
            return Chapter(_("Adjusted"), is_done=False, lines=[words])
        open_ones = [each for each in asked if _status(each) in {Status.OPEN, Status.RECORDED}]
        lines = [self._adjustment(refund) for refund in asked]
        return Chapter(_("Adjusted"), not open_ones, lines, is_bad=bool(open_ones))

    def _there(self, record: SyncRecord) -> SafeString | str:
        name = self._name(record)
        if not record.qbo_id:
            told = _("{document}: {error}")
            return format_html(told, document=name, error=record.error) if record.is_refused else ""
        link = deep_link(record.company.realm_id, record.kind.capitalize(), record.qbo_id)
        return format_html(
            '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} ↗</a> {}{}',
            link,
            name,
            moment_words(record.exported_at, self.unit) if record.exported_at else "",
            _(", linked by %(who)s") % {"who": record.linked_by} if record.linked_by else "",
        )

    def _name(self, record: SyncRecord) -> str:
        if record.invoice_id:
            return str(self.invoice)
        payment = next(each for each in self.payments if each.pk == record.payment_id)
        return _("Payment of %(amount)s") % {"amount": money(payment.amount, payment.currency)}

    def _refund(self, refund: Refund) -> SafeString:
        page = reverse("admin:sync_refund_change", args=[refund.pk])
        words = money(refund.amount, refund.payment.currency)
        return format_html(
            _("{refund} on {day}: {kind}{taken_back}"),
            refund=_link(page, words),
            day=day(refund.refunded_on),
            kind=refund.get_kind_display(),
            taken_back=_(", taken back") if refund.voided_at else "",
        )

    def _adjustment(self, refund: Refund) -> SafeString:
        page = reverse("admin:sync_refunddiscrepancy_change", args=[refund.pk])
        words, status = money(refund.amount, refund.payment.currency), _status(refund)
        review = _review(refund)
        said = ""
        if review is not None and status != Status.OPEN:
            at, who = moment_words(review.reviewed_at, self.unit), review.reviewed_by
            by = _("%(at)s by %(who)s") % {"at": at, "who": who} if who else at
            said = f", {by}"
        label = _("to be adjusted") if status == Status.OPEN else status.label
        return format_html(
            _("{refund}: {status}{more}"), refund=_link(page, words), status=label, more=said
        )


def _review(refund: Refund) -> RefundReview | None:
    return getattr(refund, "review", None)


def _status(refund: Refund) -> RefundReview.Status:
    review = _review(refund)
    return review.status_of(refund) if review is not None else Status.OPEN


def _link(page: str, words: object) -> SafeString:
    return format_html('<a class="paidup-link" href="{}">{}</a>', page, words)


def _from(payment: Payment) -> str:
    return _(", from %(source)s") % {"source": payment.source} if payment.source else ""


def _fully_paid(invoice: Invoice | None, payments: Sequence[Payment]) -> str:
    """Say of which day the payment is with which the invoice was fully paid."""
    if invoice is None or not payments:
        return ""
    last = invoice.payments.filter(voided_at=None).order_by("-received_on", "-pk").first()
    words = _("Fully paid with the payment of %(day)s")
    return words % {"day": day(last.received_on)} if last else ""


def _typed(payments: Iterable[Payment], unit: BusinessUnit) -> dict[int, str]:
    """Return who entered which payments here, and when."""
    ids = [str(payment.pk) for payment in payments if not payment.source]
    if not ids:
        return {}
    kind = ContentType.objects.get_for_model(Payment)
    rows = LogEntry.objects.filter(content_type=kind, action_flag=ADDITION, object_id__in=ids)
    return {
        int(row.object_id or 0): _(", entered %(at)s by %(who)s")
        % {"at": moment_words(row.action_time, unit), "who": row.user}
        for row in rows.select_related("user")
    }


def _brought(payments: Iterable[Payment], unit: BusinessUnit) -> dict[int, SafeString]:
    """Return which payments a file brought, with a link to it."""
    ids = [payment.pk for payment in payments if payment.source]
    if not ids:
        return {}
    rows = Delivery.objects.filter(
        business_unit=unit, kind=Delivery.Kind.PAYMENT, document_id__in=ids
    ).exclude(brought_by=None)
    return {
        row.document_id or 0: format_html(
            _(", from {source}"),
            source=_link(
                reverse("admin:sync_import_change", args=[row.brought_by_id]), row.brought_by
            ),
        )
        for row in rows.select_related("brought_by")
    }


def _deeds(
    request: HttpRequest,
    unit: BusinessUnit,
    invoice: Invoice | None,
    payment_ids: list[int],
    refunds: Sequence[Refund],
) -> Iterator[tuple[str, SafeString]]:
    """Yield what people and Paidup did to it, as the list of activity tells it."""
    about = Q(subject_kind="payment", subject_id__in=payment_ids)
    about |= Q(subject_kind="refund", subject_id__in=[refund.pk for refund in refunds])
    if invoice is not None:
        about |= Q(subject_kind="invoice", subject_id=invoice.pk)
    events = Event.objects.filter(about, business_unit=unit).select_related("actor")
    shown = list(events.order_by("-id")[:MOST_EVENTS])
    rows = rows_of(request, shown)
    for event in shown:
        yield moment_words(event.at, unit), sentence(event, rows)
