"""Which payments may go to QuickBooks, and why the others may not.

There is one definition, in SQL: each reason is a condition, and the first that holds is the row's.
Lists, previews, the planner and the words that people read all come from it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from accounts.access import Capability, holds_everything, unit_ids
from accounts.models import User
from sync.connections import stored_readiness
from sync.exports.rules.reasons import words_for
from sync.models import (
    BooksMatch,
    BusinessUnit,
    Invoice,
    Payment,
    QuickBooksCompany,
    Reason,
    SyncRecord,
    Verdict,
    without_tokens,
)
from sync.models.sql import KeptCase

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class _Standing(TypedDict):
    standing: str


class _Reason(_Standing):
    reason: str


if TYPE_CHECKING:
    StandingPayment = WithAnnotations[Payment, _Standing]
    ReasonedPayment = WithAnnotations[Payment, _Reason]

State = SyncRecord.State
COMPANY = "business_unit__quickbooks_company"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why one payment stays here, for a bookkeeper to read."""

    code: Reason
    words: str


# Subqueries about the payment's own unit of work -----------------------------------------------


def _state_of(company: int | None, **document: object) -> Subquery:
    where = {"company": OuterRef(COMPANY) if company is None else company, **document}
    # One at most, and so in no order: PostgreSQL would sort for each.
    return Subquery(SyncRecord.objects.filter(**where).order_by().values("state")[:1])


def _states(company: int | None) -> dict[str, Subquery]:
    return {
        "own_state": _state_of(company, payment=OuterRef("pk")),
        "invoice_state": _state_of(company, invoice=OuterRef("invoice")),
        "customer_state": _state_of(company, customer=OuterRef("invoice__customer")),
    }


_STATES = _states(None)
_STOPPED = [State.FAILED, State.UNCERTAIN, State.MISMATCH]
# A queued payment stands where the invoice or customer stands that it waits behind.
_STANDING = Case(
    When(own_state__isnull=True, then=Value("")),
    When(~Q(own_state=State.PENDING), then=F("own_state")),
    When(invoice_state__in=_STOPPED, then=F("invoice_state")),
    When(invoice_state=State.PENDING, customer_state__in=_STOPPED, then=F("customer_state")),
    default=Value(State.PENDING.value),
)


def with_standing(
    payments: QuerySet[Payment], company: int | None = None
) -> QuerySet[StandingPayment]:
    """Annotate `standing`: a SyncRecord state, or "" for a payment that was never sent.

    It is about the company that each unit posts to now, or about the one given.
    """
    return payments.annotate(**(_STATES if company is None else _states(company))).annotate(
        standing=_STANDING
    )


def _siblings(**conditions: object) -> QuerySet[Payment]:
    return Payment.objects.filter(invoice=OuterRef("invoice"), voided_at__isnull=True, **conditions)


_FULLY_PAID = Q(invoice__balance_due__lte=0)
# A person released it although a refund took some back; it *was* fully paid.
_RELEASED = Q(invoice__released_at__isnull=False) & Q(invoice__paid_total__gte=F("invoice__total"))
# What left for a company without an answer may be there.
_ELSEWHERE = Exists(
    SyncRecord.objects.filter(
        ~Q(qbo_id="") | Q(state__in=[State.IN_FLIGHT, State.UNCERTAIN]), invoice=OuterRef("invoice")
    ).exclude(company=OuterRef(COMPANY))
)
_SAME_NUMBER = Invoice.objects.filter(
    quickbooks_number=OuterRef("invoice__quickbooks_number")
).exclude(pk=OuterRef("invoice"))
_IS_THERE = Exists(
    SyncRecord.objects.filter(company=OuterRef(OuterRef(COMPANY)), invoice=OuterRef("pk"))
)
_NUMBER_OF_ANOTHER_UNIT = Exists(_SAME_NUMBER.filter(_IS_THERE))
# Of two that come from two systems, or are alike in their last 21 characters, the first one goes.
_NUMBER_OF_THE_UNIT = Exists(
    _SAME_NUMBER.filter(business_unit=OuterRef("business_unit")).filter(
        Q(_IS_THERE)
        | Q(pk__lt=OuterRef("invoice"), voided_at__isnull=True, do_not_export_at__isnull=True)
    )
)
# A customer is of one currency in QuickBooks, for good: that of the invoice it first went with.
_CUSTOMER_IN_ANOTHER = Exists(
    SyncRecord.objects.filter(company=OuterRef(COMPANY), customer=OuterRef("invoice__customer"))
    .annotate(kept_in=KT("content__currency"))
    .filter(~Q(kept_in=OuterRef("invoice__currency")), kept_in__isnull=False)
)
_NAME = Coalesce(
    Case(
        When(
            ~Q(invoice__customer__quickbooks_name=""), then=F("invoice__customer__quickbooks_name")
        )
    ),
    F("invoice__customer__display_name"),
)
# A customer that is there already, linked by a person, keeps the name it has there.
_NAME_REFUSED = Q(quickbooks_name__regex=r"[:\t\r\n]") & (
    Q(customer_state__isnull=True) | ~Q(customer_state=State.EXPORTED)
)


# What QuickBooks held before, and nobody said of it yet that it is another one.
_IN_BOOKS = Exists(
    BooksMatch.objects.filter(
        company=OuterRef(COMPANY), invoice=OuterRef("invoice"), is_declined=False
    )
)
# What was linked is there; its late payments wait for nothing of this.
_INVOICE_THERE = Exists(
    SyncRecord.objects.filter(company=OuterRef(COMPANY), invoice=OuterRef("invoice")).exclude(
        qbo_id=""
    )
)
# By subqueries, which are asked only of rows that nothing else keeps; a join would read all.
_VERDICT = Verdict.objects.filter(invoice=OuterRef("invoice"))
# Missing, or found by other rules than the company's present ones.
_NO_VERDICT = ~Exists(_VERDICT.filter(version=OuterRef(f"{COMPANY}__rules__version")))
_VERDICT_CODE = Subquery(_VERDICT.values("code")[:1])


# Each list below is in the order of asking. What the documents themselves tell is in the payment's
# stage as well (models/payment_stages.py), so an open payment is not asked it again.
_DOCUMENT_CONDITIONS = [
    (Reason.VOIDED, Q(voided_at__isnull=False) | Q(invoice__voided_at__isnull=False)),
    (Reason.NO_INVOICE, Q(invoice__isnull=True)),
    (Reason.DO_NOT_EXPORT, Q(invoice__do_not_export_at__isnull=False)),
    (Reason.IN_ANOTHER_COMPANY, Q(_ELSEWHERE)),
    (Reason.NOTHING_TO_COLLECT, Q(invoice__total__lte=0)),
    (Reason.NOT_FULLY_PAID, ~(_FULLY_PAID | _RELEASED)),
    (
        Reason.CUSTOMER_MISMATCH,
        Q(Exists(_siblings().exclude(customer=OuterRef("invoice__customer")))),
    ),
    (
        Reason.CURRENCY_MISMATCH,
        Q(Exists(_siblings().exclude(currency=OuterRef("invoice__currency")))),
    ),
]
_LINES_CONDITION = (Reason.LINES_MISMATCH, ~Q(invoice__lines_total=F("invoice__subtotal")))

_SEVERAL = f"{COMPANY}__preferences__CurrencyPrefs__MultiCurrencyEnabled"


def _currency_conditions(units: Units | None) -> list[tuple[Reason, Q]]:
    # Where QuickBooks does not tell, the comparison alone would be unknown, and let it go.
    one_currency = Q(**{f"{_SEVERAL}__isnull": True}) | ~Q(**{_SEVERAL: True})
    home = (
        Q(**{f"{COMPANY}__home_currency__gt": ""})
        & ~Q(invoice__currency=F(f"{COMPANY}__home_currency"))
        & one_currency
    )
    several = Q(**{_SEVERAL: True}) if units is None else Q(business_unit__in=units.several)
    return [
        (Reason.CURRENCY_MISMATCH, home),
        (Reason.CUSTOMER_CURRENCY, several & Q(_CUSTOMER_IN_ANOTHER)),
    ]


_CLOSED = f"{COMPANY}__book_close_date"
_BOOKS_CLOSED = Q(**{f"{_CLOSED}__isnull": False}) & (
    Q(invoice__issued_on__lte=F(_CLOSED)) | Q(Exists(_siblings(received_on__lte=OuterRef(_CLOSED))))
)


def _company_conditions(incomplete: list[int], units: Units | None) -> list[tuple[Reason, Q]]:
    of_another = Q(_NUMBER_OF_ANOTHER_UNIT)
    if units is not None:
        of_another &= Q(business_unit__in=units.sharing)
    return [
        (Reason.NAME_REFUSED, _NAME_REFUSED),
        (
            Reason.NOT_CONNECTED,
            Q(**{f"{COMPANY}__isnull": True})
            | ~Q(**{f"{COMPANY}__status": QuickBooksCompany.Status.CONNECTED}),
        ),
        (Reason.SETUP_INCOMPLETE, Q(business_unit__in=incomplete)),
        (
            Reason.BEFORE_START_DATE,
            Q(invoice__issued_on__lt=F("business_unit__export_start_date")),
        ),
        (Reason.IN_BOOKS, Q(_IN_BOOKS) & ~Q(_INVOICE_THERE)),
        (Reason.BOOKS_CLOSED, _BOOKS_CLOSED),
        (Reason.NUMBER_TAKEN, Q(_NUMBER_OF_THE_UNIT) | of_another),
    ]


@dataclass(frozen=True, slots=True)
class Units:
    """What of units decides about many payments at once; read once for a page."""

    incomplete: list[int]
    # That posted to another company before, post to one with others, or in several currencies.
    moved: list[int]
    sharing: list[int]
    several: list[int]

    @property
    def asked(self) -> set[int]:
        """Return the units where more than unit and verdict decides: payments are asked there."""
        return {*self.moved, *self.sharing, *self.several}


_STANDING_CONDITIONS = [
    (Reason.ALREADY_EXPORTED, Q(own_state__in=[State.EXPORTED, State.MISMATCH])),
    (Reason.FAILED, Q(standing=State.FAILED)),
    (Reason.UNCERTAIN, Q(standing__in=[State.UNCERTAIN, State.MISMATCH])),
    (Reason.IN_PROGRESS, ~Q(standing="")),
]


def incomplete_units(
    *only: BusinessUnit, among: Collection[int] | None = None, for_trial: bool = False
) -> dict[int, list[str]]:
    """Return what each connected unit's set-up still lacks, by unit; complete ones are left out.

    It is about the units named or those of the ids `among`, else about every one. A trial needs
    everything but the steps that come after it.
    """
    units = {unit.pk for unit in only} if only else among
    missing = {
        unit_id: found.for_trial if for_trial else found.words
        for unit_id, found in stored_readiness.lacking(units).items()
    }
    return {unit_id: words for unit_id, words in missing.items() if words}


def with_reasons(
    payments: QuerySet[Payment], incomplete: Iterable[int], *, queued: bool = False
) -> QuerySet[ReasonedPayment]:
    """Annotate `reason`: a Reason, or "" where the payment may go.

    `incomplete` are the units that `incomplete_units` names. With `queued`, records do not count,
    nor verdicts, as bodies are checked again then: that is how the planner asks once more whether
    what is queued may still go.
    """
    incomplete = sorted(incomplete)
    conditions = [
        *_DOCUMENT_CONDITIONS,
        *_currency_conditions(None),
        _LINES_CONDITION,
        *_company_conditions(incomplete, None),
    ]
    if not queued:
        conditions = [*_STANDING_CONDITIONS, *conditions, (Reason.CHECKING, Q(_NO_VERDICT))]
    about = ("all", queued, *incomplete)
    return _first_of(conditions, payments, Value("") if queued else _VERDICT_CODE, about)


def _first_of(
    conditions: list[tuple[Reason, Q]],
    payments: QuerySet[Payment],
    last: Value | Subquery,
    about: Hashable,
) -> QuerySet[ReasonedPayment]:
    cases = [When(condition, then=Value(reason.value)) for reason, condition in conditions]
    return (
        with_standing(payments)
        .annotate(quickbooks_name=_NAME)
        .annotate(reason=KeptCase(*cases, default=last, about=about))
    )


def explain(payments: Iterable[Payment]) -> dict[int, Blocked]:
    """Return why each payment may not go, by id; those that may are left out."""
    asked = list(payments)
    if not asked:
        return {}
    incomplete = incomplete_units(among={payment.business_unit_id for payment in asked})
    return blocked_among([payment.pk for payment in asked], incomplete)


def blocked_among(
    payment_ids: Collection[int], incomplete: dict[int, list[str]]
) -> dict[int, Blocked]:
    """Return the same by ids, of units of which it is known whose set-up is `incomplete`."""
    rows = with_reasons(Payment.objects.filter(pk__in=payment_ids), incomplete)
    return blocked_rows(rows, incomplete)


def blocked_rows(rows: QuerySet[Payment], incomplete: dict[int, list[str]]) -> dict[int, Blocked]:
    """Put words to those of the rows that `with_reasons` gave a reason."""
    # Asked for by itself first: mostly there is none, and then nothing else need be read.
    asked = rows.values_list("pk", "reason")  # type: ignore[misc]  # annotated
    reasons = {pk: Reason(reason) for pk, reason in asked if reason}
    if not reasons:
        return {}
    related = Payment.objects.select_related(
        "invoice__customer",
        "invoice__do_not_export_by",
        "invoice__verdict",
        "business_unit__quickbooks_company",
    )
    read = without_tokens(related, "business_unit__quickbooks_company").in_bulk(list(reasons))
    return {
        pk: Blocked(reasons[pk], words_for(row, reasons[pk], incomplete))
        for pk, row in read.items()
    }


def open_with_reasons(
    payments: QuerySet[Payment], units: Units, stages: Sequence[str] = (Payment.Stage.OPEN,)
) -> QuerySet[ReasonedPayment]:
    """Keep what its documents let go, and annotate `reason` by what is left to be asked.

    For lists and counts: what of units is rare is asked of those few only. What goes is asked once
    more in full (`with_reasons`).
    """
    conditions = [*_currency_conditions(units), *_company_conditions(units.incomplete, units)]
    if units.moved:
        conditions.insert(0, (Reason.IN_ANOTHER_COMPANY, Q(_ELSEWHERE)))
    conditions.append((Reason.CHECKING, Q(_NO_VERDICT)))
    about = ("open", *(tuple(getattr(units, field.name)) for field in fields(units)))
    return _first_of(conditions, payments.filter(stage__in=stages), _VERDICT_CODE, about)


def goes_plainly(units: Units, verdict: str = "") -> Q:
    """Return what lets an invoice go that has nothing odd, in a unit that is not asked.

    It is about verdicts that count, by what is stored with them (models/open_sums.py): all that
    `with_reasons` asks of such an invoice. `verdict` leads there from other rows of the same unit.
    """
    start, closed = "business_unit__export_start_date", f"{COMPANY}__book_close_date"
    home = f"{COMPANY}__home_currency"
    return (
        Q(**{f"{verdict}is_odd": False, f"{COMPANY}__status": QuickBooksCompany.Status.CONNECTED})
        & ~Q(business_unit__among=[*units.incomplete, *units.asked])
        & (Q(**{start: None}) | Q(**{f"{verdict}issued_on__gte": F(start)}))
        & (Q(**{closed: None}) | Q(**{f"{verdict}first_on__gt": F(closed)}))
        & (Q(**{home: ""}) | Q(**{f"{verdict}currency": F(home)}))
    )


def visible_payments(actor: User | None, capability: Capability) -> QuerySet[Payment]:
    """Return the payments of units where the person may do that; None is the command line."""
    if actor is None or holds_everything(actor):
        return Payment.objects.all()
    return Payment.objects.filter(business_unit__in=unit_ids(actor, capability))
