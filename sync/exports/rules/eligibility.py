"""Which payments may go to QuickBooks, and why the others may not.

There is one definition, in SQL: each reason is a condition, and the first that holds is the row's.
Lists, previews, the planner and the words that people read all come from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from accounts.access import Capability, holds_everything, unit_ids
from accounts.models import User
from sync.connections import readiness
from sync.models import (
    BooksMatch,
    BusinessUnit,
    Invoice,
    Payment,
    QuickBooksCompany,
    SyncRecord,
    Verdict,
)

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


class Reason(TextChoices):
    """Why a payment cannot be exported; the order is the order of asking."""

    ALREADY_EXPORTED = "ALREADY_EXPORTED", "Already exported"
    FAILED = "FAILED", "Failed before"
    UNCERTAIN = "UNCERTAIN", "Uncertain"
    IN_PROGRESS = "IN_PROGRESS", "Being exported"
    VOIDED = "VOIDED", "Voided"
    NO_INVOICE = "NO_INVOICE", "No invoice yet"
    DO_NOT_EXPORT = "DO_NOT_EXPORT", "Do not export"
    IN_ANOTHER_COMPANY = "IN_ANOTHER_COMPANY", "In another QuickBooks company"
    NOTHING_TO_COLLECT = "NOTHING_TO_COLLECT", "Nothing to collect"
    NOT_FULLY_PAID = "NOT_FULLY_PAID", "Not fully paid"
    CUSTOMER_MISMATCH = "CUSTOMER_MISMATCH", "Another customer paid"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH", "Currencies differ"
    CUSTOMER_CURRENCY = "CUSTOMER_CURRENCY", "Customer has another currency"
    LINES_MISMATCH = "LINES_MISMATCH", "Lines do not add up"
    NAME_REFUSED = "NAME_REFUSED", "Name not possible in QuickBooks"
    NOT_CONNECTED = "NOT_CONNECTED", "QuickBooks not connected"
    SETUP_INCOMPLETE = "SETUP_INCOMPLETE", "Set-up not finished"
    BEFORE_START_DATE = "BEFORE_START_DATE", "Before the start date"
    IN_BOOKS = "IN_BOOKS", "Perhaps in QuickBooks already"
    BOOKS_CLOSED = "BOOKS_CLOSED", "Books closed"
    NUMBER_TAKEN = "NUMBER_TAKEN", "Number taken"
    CHECKING = "CHECKING", "Being checked"
    # Found where documents are made (runs/preflight.py), and stored as the invoice's verdict.
    NO_RATE = "NO_RATE", "No exchange rate"
    NOT_MAPPED = "NOT_MAPPED", "Not mapped"
    WOULD_BE_REFUSED = "WOULD_BE_REFUSED", "QuickBooks would refuse it"
    TAX_DIFFERS = "TAX_DIFFERS", "QuickBooks keeps another tax"
    CANNOT_BE_CHECKED = "CANNOT_BE_CHECKED", "Cannot be checked"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why one payment stays here, for a bookkeeper to read."""

    code: Reason
    words: str


# Subqueries about the payment's own unit of work -----------------------------------------------


def _state_of(company: int | None, **document: object) -> Subquery:
    where = {"company": OuterRef(COMPANY) if company is None else company, **document}
    return Subquery(SyncRecord.objects.filter(**where).values("state")[:1])


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
    return payments.annotate(
        own_state=_state_of(company, payment=OuterRef("pk")),
        invoice_state=_state_of(company, invoice=OuterRef("invoice")),
        customer_state=_state_of(company, customer=OuterRef("invoice__customer")),
    ).annotate(standing=_STANDING)


def _siblings(**conditions: object) -> QuerySet[Payment]:
    return Payment.objects.filter(invoice=OuterRef("invoice"), voided_at__isnull=True, **conditions)


_FULLY_PAID = Q(invoice__balance_due__lte=0)
# A person released it although a refund took some back; it *was* fully paid.
_RELEASED = Q(invoice__released_at__isnull=False) & Q(invoice__paid_total__gte=F("invoice__total"))
_ELSEWHERE = Exists(
    SyncRecord.objects.filter(invoice=OuterRef("invoice"))
    .exclude(qbo_id="")
    .exclude(company=OuterRef(COMPANY))
)
# By invoice number first, which is indexed with the unit: by company it would read every record.
_SAME_NUMBER = Invoice.objects.filter(
    quickbooks_number=OuterRef("invoice__quickbooks_number")
).exclude(pk=OuterRef("invoice"))
_NUMBER_THERE = Exists(
    _SAME_NUMBER.filter(
        Exists(
            SyncRecord.objects.filter(company=OuterRef(OuterRef(COMPANY)), invoice=OuterRef("pk"))
        ),
        business_unit__in=BusinessUnit.objects.values("pk"),
    )
)
# Of two that come from two systems, or are alike in their last 21 characters, the first one goes.
_NUMBER_BEFORE = Exists(
    _SAME_NUMBER.filter(
        business_unit=OuterRef("business_unit"),
        pk__lt=OuterRef("invoice"),
        voided_at__isnull=True,
        do_not_export_at__isnull=True,
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


def _company_conditions(incomplete: list[int]) -> list[tuple[Reason, Q]]:
    closed = f"{COMPANY}__book_close_date"
    several = f"{COMPANY}__preferences__CurrencyPrefs__MultiCurrencyEnabled"
    # Where QuickBooks does not tell, the comparison alone would be unknown, and let it go.
    one_currency = Q(**{f"{several}__isnull": True}) | ~Q(**{several: True})
    return [
        (
            Reason.CURRENCY_MISMATCH,
            Q(Exists(_siblings().exclude(currency=OuterRef("invoice__currency"))))
            | Q(**{f"{COMPANY}__home_currency__gt": ""})
            & ~Q(invoice__currency=F(f"{COMPANY}__home_currency"))
            & one_currency,
        ),
        (Reason.CUSTOMER_CURRENCY, Q(**{several: True}) & Q(_CUSTOMER_IN_ANOTHER)),
        (Reason.LINES_MISMATCH, ~Q(invoice__lines_total=F("invoice__subtotal"))),
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
        (
            Reason.BOOKS_CLOSED,
            Q(invoice__issued_on__lte=F(closed))
            | Q(Exists(_siblings(received_on__lte=OuterRef(closed)))),
        ),
        (Reason.NUMBER_TAKEN, Q(_NUMBER_THERE) | Q(_NUMBER_BEFORE)),
    ]


def _document_conditions() -> list[tuple[Reason, Q]]:
    return [
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
    ]


_STANDING_CONDITIONS = [
    (Reason.ALREADY_EXPORTED, Q(own_state__in=[State.EXPORTED, State.MISMATCH])),
    (Reason.FAILED, Q(standing=State.FAILED)),
    (Reason.UNCERTAIN, Q(standing__in=[State.UNCERTAIN, State.MISMATCH])),
    (Reason.IN_PROGRESS, ~Q(standing="")),
]


def incomplete_units(*only: BusinessUnit, for_trial: bool = False) -> dict[int, list[str]]:
    """Return what each connected unit's set-up still lacks, by unit; complete ones are left out.

    A trial needs everything but the steps that come after it.
    """
    units = BusinessUnit.objects.filter(quickbooks_company__isnull=False)
    if only:
        units = units.filter(pk__in=[unit.pk for unit in only])
    missing = {
        unit.pk: readiness.missing_setup(unit, for_trial=for_trial)
        for unit in units.select_related("quickbooks_company__discount_account").prefetch_related(
            "setups"
        )
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
    conditions = [*_document_conditions(), *_company_conditions(list(incomplete))]
    if not queued:
        conditions = [*_STANDING_CONDITIONS, *conditions, (Reason.CHECKING, Q(_NO_VERDICT))]
    cases = [When(condition, then=Value(reason.value)) for reason, condition in conditions]
    return (
        with_standing(payments)
        .annotate(quickbooks_name=_NAME)
        .annotate(reason=Case(*cases, default=Value("") if queued else _VERDICT_CODE))
    )


def visible_payments(actor: User | None, capability: Capability) -> QuerySet[Payment]:
    """Return the payments of units where the person may do that; None is the command line."""
    if actor is None or holds_everything(actor):
        return Payment.objects.all()
    return Payment.objects.filter(business_unit__in=unit_ids(actor, capability))


def ready_payments(
    actor: User | None, unit: BusinessUnit | None = None
) -> QuerySet[ReasonedPayment]:
    """Return the payments that the person may read and that may be exported now."""
    payments = visible_payments(actor, Capability.VIEW)
    if unit is not None:
        payments = payments.filter(business_unit=unit)
    # Said again in columns that are indexed: the reasons alone would read every row.
    payments = payments.filter(_FULLY_PAID | _RELEASED, voided_at__isnull=True)
    return with_reasons(payments, incomplete_units(*([unit] if unit else []))).filter(reason="")
