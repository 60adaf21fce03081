"""Checks: what of a company and a unit's set-up is right, doubtful or wrong, with a remedy each.

What they look at is stored, so that a page asks nothing of QuickBooks; `look` reads it anew at
connect, every night and on demand.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.utils import timezone

from sync.connections.checks.check import AMBER, GREEN, RED, Check
from sync.connections.checks.taxes import tax_checks
from sync.mappings.mappings import MappedEntries
from sync.models import BusinessUnit, Invoice, QuickBooksCompany, TaxMode
from sync.words import both, stored, together

MOST_SECONDS_APART = 120
WARN_BEFORE_END = timedelta(days=14)
_ENDED = ("EXPIRED", "CANCEL", "SUSPENDED")


def checks_of(
    unit: BusinessUnit,
    company: QuickBooksCompany,
    mapped: MappedEntries,
    modes: Iterable[TaxMode],
) -> list[Check]:
    """Return every check of a unit in its company, in one query at most."""
    return [
        *company_checks(unit, company),
        _tax(unit, company),
        *tax_checks(modes),
        _tracking(company, mapped),
        _mapped(mapped),
    ]


def company_checks(unit: BusinessUnit, company: QuickBooksCompany) -> Iterator[Check]:
    """Yield what the company's own row tells: no queries."""
    yield _subscription(company)
    yield _connection(company)
    yield _numbers(company)
    yield _currency(unit, company)
    yield _credits(company)
    yield _closing_date(unit, company)
    yield _clocks(company)


def is_reconnect_due(company: QuickBooksCompany) -> bool:
    """Say whether signing in at QuickBooks anew is what puts something right, or soon will be."""
    return bool(company.refusal) or _connection(company).level != GREEN


def _subscription(company: QuickBooksCompany) -> Check:
    title = stored("Subscription and rights")
    if company.refusal:
        return Check(title, RED, company.refusal, stored("When that is put right, check again."))
    status = company.told("SubscriptionStatus")
    if status in {"", "SUBSCRIBED", "PAID"}:
        plan = company.told("OfferingSku") or stored("QuickBooks Online")
        return Check(
            title,
            GREEN,
            stored("%(plan)s, and the person who connected may work in it.", plan=plan),
        )
    return Check(
        title,
        RED if status.startswith(_ENDED) else AMBER,
        stored(
            "QuickBooks calls the subscription %(status)s.", status=status.replace("_", " ").lower()
        ),
        stored(
            "See that it does not run out. In QuickBooks: Gear > Account and settings > "
            "Billing & Subscription."
        ),
    )


def _connection(company: QuickBooksCompany) -> Check:
    title, ends = stored("Connection"), company.connection_ends_at
    if not company.is_connected:
        return Check(
            title,
            RED,
            stored("The connection to %(company)s has ended.", company=company),
            stored("Reconnect it."),
        )
    if ends is not None and ends - timezone.now() < WARN_BEFORE_END:
        return Check(
            title,
            AMBER,
            stored("The permission given at QuickBooks ends on %(ends)s.", ends=ends),
            stored("Reconnect before that day; everything is kept."),
        )
    words = stored("The permission holds and is renewed every day.")
    if ends is not None:
        words = stored(
            "The permission holds until %(ends)s at least and is renewed every day.", ends=ends
        )
    return Check(title, GREEN, words)


def _numbers(company: QuickBooksCompany) -> Check:
    title = stored("Invoice numbers")
    if company.uses_custom_numbers:
        return Check(title, GREEN, stored("QuickBooks takes our invoice numbers."))
    return Check(
        title,
        RED,
        stored("QuickBooks assigns its own invoice numbers."),
        stored(
            "Switch on Custom transaction numbers in QuickBooks under Gear > Account and "
            "settings > Sales > Sales form content, then verify again."
        ),
    )


def _currency(unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    title, home = stored("Currency"), company.home_currency
    if unit.currency == home:
        words = (
            stored(
                "%(unit)s bills in %(home)s; %(company)s keeps its books in it, and takes others."
            )
            if company.is_multicurrency
            else stored("%(unit)s bills in %(home)s; %(company)s keeps its books in it.")
        )
        return Check(title, GREEN, words.filled(unit=unit, home=home, company=company))
    return _other_currency(title, unit, company)


def _other_currency(title: str, unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    home = company.home_currency
    if company.is_multicurrency:
        return Check(
            title,
            AMBER,
            stored(
                "%(unit)s bills in %(currency)s; %(company)s keeps its books in %(home)s.",
                unit=unit,
                currency=unit.currency,
                company=company,
                home=home,
            ),
            stored(
                "QuickBooks converts at its own rates. A customer keeps the currency it was "
                "made with."
            ),
        )
    return Check(
        title,
        RED,
        stored(
            "%(unit)s bills in %(currency)s, but %(company)s keeps its books in %(home)s only.",
            unit=unit,
            currency=unit.currency,
            company=company,
            home=home or stored("another currency"),
        ),
        stored(
            "Connect a company in %(currency)s, or switch on multicurrency in QuickBooks "
            "and verify again.",
            currency=unit.currency,
        ),
    )


def _credits(company: QuickBooksCompany) -> Check:
    title = stored("Credits applied by QuickBooks itself")
    applies = (
        company.preference("SalesFormsPrefs", name) is True
        for name in ("AutoApplyCredit", "AutoApplyPayments")
    )
    if not any(applies):
        return Check(
            title, GREEN, stored("QuickBooks leaves credits and payments where they are put.")
        )
    return Check(
        title,
        AMBER,
        stored(
            "QuickBooks applies open credits and payments to new invoices by itself: one "
            "may take up an invoice before its own payment arrives, which is then stopped "
            "and shown to you."
        ),
        stored(
            "Switch it off. In QuickBooks: Gear > Account and settings > Advanced > Automation."
        ),
    )


def _closing_date(unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    title, closed = stored("Closing date"), company.book_close_date
    if closed is None:
        return Check(title, GREEN, stored("No books are closed."))
    start = unit.export_start_date
    if start is not None and start > closed:
        return Check(
            title,
            GREEN,
            stored("Books are closed through %(closed)s, before the start date.", closed=closed),
        )
    return Check(
        title,
        AMBER,
        stored(
            "Books are closed through %(closed)s: what is dated until then is not exported.",
            closed=closed,
        ),
        stored("Move the start date behind it, or have your accountant move the closing date."),
    )


def _clocks(company: QuickBooksCompany) -> Check:
    title, apart = stored("Clocks"), company.clock_seconds
    if apart is None or abs(apart) <= MOST_SECONDS_APART:
        return Check(title, GREEN, stored("The clock here agrees with QuickBooks'."))
    words = (
        stored("The clock here is %(seconds)s seconds behind QuickBooks'.")
        if apart > 0
        else stored("The clock here is %(seconds)s seconds ahead of QuickBooks'.")
    )
    return Check(
        title,
        AMBER,
        words.filled(seconds=abs(apart)),
        stored("Whoever runs this site should set it by a time server."),
    )


def _tax(unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    title = stored("Sales tax")
    if not company.uses_sales_tax:
        if Invoice.objects.filter(business_unit=unit, tax_total__gt=0).exists():
            return Check(
                title,
                AMBER,
                stored(
                    "Sales tax is switched off in %(company)s, but %(unit)s has invoices with tax: "
                    "they are stopped if their totals differ.",
                    company=company,
                    unit=unit,
                ),
                stored("Set up sales tax in QuickBooks under Taxes, then verify again."),
            )
        return Check(
            title,
            GREEN,
            stored("No sales tax, in %(company)s and in %(unit)s.", company=company, unit=unit),
        )
    if company.preference("TaxPrefs", "PartnerTaxEnabled") is False:
        return Check(
            title,
            AMBER,
            stored("Automated sales tax is switched on but not set up."),
            stored("Finish it in QuickBooks under Taxes, then verify again."),
        )
    return Check(
        title,
        GREEN,
        stored("QuickBooks works tax out by itself; each invoice's tax is compared to the cent.")
        if company.has_automated_tax
        else stored(
            "QuickBooks takes the tax that we send; each invoice's tax is compared to the cent."
        ),
    )


def _tracking(company: QuickBooksCompany, mapped: MappedEntries) -> Check:
    title = stored("Classes and locations")
    kinds = [
        word
        for word, is_tracked, chosen in (
            (
                stored("no class"),
                company.tracks_classes_per_line or company.tracks_classes_per_transaction,
                mapped.class_id,
            ),
            (stored("no location"), company.tracks_departments, mapped.department_id),
        )
        if is_tracked and not chosen
    ]
    if not kinds:
        return Check(title, GREEN, stored("As QuickBooks tracks them."))
    return Check(
        title,
        AMBER,
        stored("QuickBooks tracks them, and invoices carry %(lacking)s.", lacking=both(kinds)),
        stored("Choose them below if your reports go by them."),
    )


def _mapped(mapped: MappedEntries) -> Check:
    title = stored("Mapped things")
    lost = mapped.inactive()
    if not lost:
        return Check(title, GREEN, stored("Everything that is mapped is active in QuickBooks."))
    return Check(title, RED, together(*lost), stored("Choose below, and save."))
