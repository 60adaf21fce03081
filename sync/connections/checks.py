"""Checks: what of a company and a unit's set-up is right, doubtful or wrong, with a remedy each.

What they look at is stored, so that a page asks nothing of QuickBooks; `look` reads it anew at
connect, every night and on demand.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from sync.connections.check import AMBER, GREEN, RED, Check
from sync.connections.taxes import tax_checks
from sync.mappings.mappings import Mappings
from sync.models import BusinessUnit, Invoice, QuickBooksCompany

MOST_SECONDS_APART = 120
WARN_BEFORE_END = timedelta(days=14)
_ENDED = ("EXPIRED", "CANCEL", "SUSPENDED")
_SETTINGS = "In QuickBooks: Gear > Account and settings > "


def checks_of(unit: BusinessUnit, company: QuickBooksCompany) -> list[Check]:
    """Return every check of a unit in its company, in a fixed number of queries."""
    return [
        *company_checks(unit, company),
        _tax(unit, company),
        *tax_checks(company),
        _tracking(company, mappings := Mappings.of(company, unit)),
        _mapped(mappings),
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
    title = "Subscription and rights"
    if company.refusal:
        return Check(title, RED, company.refusal, "When that is put right, check again.")
    status = company.told("SubscriptionStatus")
    if status in {"", "SUBSCRIBED", "PAID"}:
        plan = company.told("OfferingSku") or "QuickBooks Online"
        return Check(title, GREEN, f"{plan}, and the person who connected may work in it.")
    return Check(
        title,
        RED if status.startswith(_ENDED) else AMBER,
        f"QuickBooks calls the subscription {status.replace('_', ' ').lower()}.",
        f"See that it does not run out. {_SETTINGS}Billing & Subscription.",
    )


def _connection(company: QuickBooksCompany) -> Check:
    title, ends = "Connection", company.connection_ends_at
    if not company.is_connected:
        return Check(title, RED, f"The connection to {company} has ended.", "Reconnect it.")
    if ends is not None and ends - timezone.now() < WARN_BEFORE_END:
        return Check(
            title,
            AMBER,
            f"The permission given at QuickBooks ends on {ends:%-d %B %Y}.",
            "Reconnect before that day; everything is kept.",
        )
    until = f" until {ends:%-d %B %Y} at least" if ends else ""
    return Check(title, GREEN, f"The permission holds{until} and is renewed every day.")


def _numbers(company: QuickBooksCompany) -> Check:
    title = "Invoice numbers"
    if company.uses_custom_numbers:
        return Check(title, GREEN, "QuickBooks takes our invoice numbers.")
    return Check(
        title,
        RED,
        "QuickBooks assigns its own invoice numbers.",
        "Switch on Custom transaction numbers in QuickBooks under Gear > Account and settings > "
        "Sales > Sales form content, then verify again.",
    )


def _currency(unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    title, home = "Currency", company.home_currency
    if unit.currency == home:
        also = ", and takes others" if company.is_multicurrency else ""
        return Check(
            title, GREEN, f"{unit} bills in {home}; {company} keeps its books in it{also}."
        )
    if company.is_multicurrency:
        return Check(
            title,
            AMBER,
            f"{unit} bills in {unit.currency}; {company} keeps its books in {home}.",
            "QuickBooks converts at its own rates. A customer keeps the currency it was made with.",
        )
    return Check(
        title,
        RED,
        f"{unit} bills in {unit.currency}, but {company} keeps its books in "
        f"{home or 'another currency'} only.",
        f"Connect a company in {unit.currency}, or switch on multicurrency in QuickBooks and "
        "verify again.",
    )


def _credits(company: QuickBooksCompany) -> Check:
    title = "Credits applied by QuickBooks itself"
    applies = (
        company.preference("SalesFormsPrefs", name) is True
        for name in ("AutoApplyCredit", "AutoApplyPayments")
    )
    if not any(applies):
        return Check(title, GREEN, "QuickBooks leaves credits and payments where they are put.")
    return Check(
        title,
        AMBER,
        "QuickBooks applies open credits and payments to new invoices by itself: one may take up "
        "an invoice before its own payment arrives, which is then stopped and shown to you.",
        f"Switch it off. {_SETTINGS}Advanced > Automation.",
    )


def _closing_date(unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    title, closed = "Closing date", company.book_close_date
    if closed is None:
        return Check(title, GREEN, "No books are closed.")
    words = f"Books are closed through {closed:%-d %B %Y}"
    start = unit.export_start_date
    if start is not None and start > closed:
        return Check(title, GREEN, f"{words}, before the start date.")
    return Check(
        title,
        AMBER,
        f"{words}: what is dated until then is not exported.",
        "Move the start date behind it, or have your accountant move the closing date.",
    )


def _clocks(company: QuickBooksCompany) -> Check:
    title, apart = "Clocks", company.clock_seconds
    if apart is None or abs(apart) <= MOST_SECONDS_APART:
        return Check(title, GREEN, "The clock here agrees with QuickBooks'.")
    return Check(
        title,
        AMBER,
        f"The clock here is {abs(apart)} seconds {'behind' if apart > 0 else 'ahead of'} "
        "QuickBooks'.",
        "Whoever runs this site should set it by a time server.",
    )


def _tax(unit: BusinessUnit, company: QuickBooksCompany) -> Check:
    title = "Sales tax"
    if not company.uses_sales_tax:
        if Invoice.objects.filter(business_unit=unit, tax_total__gt=0).exists():
            return Check(
                title,
                AMBER,
                f"Sales tax is switched off in {company}, but {unit} has invoices with tax: they "
                "are stopped if their totals differ.",
                "Set up sales tax in QuickBooks under Taxes, then verify again.",
            )
        return Check(title, GREEN, f"No sales tax, in {company} and in {unit}.")
    if company.preference("TaxPrefs", "PartnerTaxEnabled") is False:
        return Check(
            title,
            AMBER,
            "Automated sales tax is switched on but not set up.",
            "Finish it in QuickBooks under Taxes, then verify again.",
        )
    how = "works tax out by itself" if company.has_automated_tax else "takes the tax that we send"
    return Check(title, GREEN, f"QuickBooks {how}; each invoice's tax is compared to the cent.")


def _tracking(company: QuickBooksCompany, mappings: Mappings) -> Check:
    title = "Classes and locations"
    kinds = [
        word
        for word, is_tracked, chosen in (
            (
                "class",
                company.tracks_classes_per_line or company.tracks_classes_per_transaction,
                mappings.class_id,
            ),
            ("location", company.tracks_departments, mappings.department_id),
        )
        if is_tracked and not chosen
    ]
    if not kinds:
        return Check(title, GREEN, "As QuickBooks tracks them.")
    return Check(
        title,
        AMBER,
        f"QuickBooks tracks them, and invoices carry no {' and no '.join(kinds)}.",
        "Choose them below if your reports go by them.",
    )


def _mapped(mappings: Mappings) -> Check:
    title = "Mapped things"
    lost = mappings.inactive()
    if not lost:
        return Check(title, GREEN, "Everything that is mapped is active in QuickBooks.")
    return Check(title, RED, " ".join(lost), "Choose below, and save.")
