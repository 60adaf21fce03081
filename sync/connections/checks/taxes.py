"""Whose sales tax counts in a company: what was proven, as checks, and what an accountant chooses.

Where QuickBooks keeps only its own figure there are two ways: the invoice is corrected to it, or
lines go as exempt and the tax as a line to a liability account, which its tax return does not see.
"""

from collections.abc import Iterable
from itertools import islice

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.connections.checks.check import AMBER, GREEN, RED, Check
from sync.mappings import shared
from sync.mappings.shared import Choice
from sync.models import (
    BusinessUnit,
    QuickBooksCompany,
    ReferenceEntry,
    SharedChange,
    TaxMode,
)
from sync.words import stored, together

Keeps = TaxMode.Keeps
MOST_SHOWN = 50
MEANS = stored(
    "QuickBooks' own sales tax reports and tax return do not see that line: "
    "whoever files the return adds it from the account."
)


class TaxRefused(Exception):
    """A choice that cannot be had; the text says why."""


def modes_of(company: QuickBooksCompany) -> QuerySet[TaxMode]:
    """Return what is known of a company's keys, with what proves it and what was chosen."""
    return TaxMode.objects.filter(company=company).select_related("probe", "liability_item")


def tax_checks(modes: Iterable[TaxMode]) -> list[Check]:
    """Return what was proven, one check a key."""
    return [_check(mode) for mode in islice(modes, MOST_SHOWN)]


def _check(mode: TaxMode) -> Check:
    title = stored("Sales tax: %(mode)s", mode=mode)
    if mode.liability_item is not None:
        words = together(
            stored(
                "Lines go as exempt, with the tax as a line of %(item)s.", item=mode.liability_item
            ),
            MEANS,
        )
        return Check(title, AMBER, words)
    if mode.probe is not None:
        number = mode.probe.content["number"]
        return Check(
            title,
            AMBER,
            stored(
                "Invoice %(number)s goes alone, to see whose tax counts; others wait.",
                number=number,
            ),
        )
    if mode.keeps == Keeps.NOTHING:
        return Check(
            title,
            RED,
            together(
                stored("QuickBooks keeps only its own tax: %(proof)s", proof=_proof(mode)),
                stored("Invoices with another tax are not sent."),
            ),
            stored(
                "Correct invoices to QuickBooks' figure, or choose below to send the tax as a line."
            ),
        )
    if holds := _holds(mode):
        return Check(title, GREEN, stored("%(words)s: %(proof)s", words=holds, proof=_proof(mode)))
    return Check(
        title, AMBER, stored("Not proven yet: the next invoice goes alone, and others wait.")
    )


def _holds(mode: TaxMode) -> str:
    if mode.keeps == Keeps.SENT:
        return stored("Our tax is kept as it is sent")
    if mode.keeps == Keeps.UPDATED:
        return stored("Our tax is kept once the invoice is corrected, which is done at once")
    return stored("QuickBooks works out the same tax as we") if mode.agreed_at else ""


def _proof(mode: TaxMode) -> str:
    proof, when = mode.proof, mode.proven_at
    if not proof or when is None:
        return stored("proven before.")
    return stored(
        "invoice %(number)s had %(ours)s here and %(theirs)s as worked out there, %(when)s.",
        number=proof["number"],
        ours=proof["ours"],
        theirs=proof["theirs"],
        when=when,
    )


def liability_items(company: QuickBooksCompany) -> QuerySet[ReferenceEntry]:
    """Return the items whose sales go to a liability account."""
    entries = ReferenceEntry.objects.filter(company=company, active=True)
    accounts = entries.filter(kind=ReferenceEntry.Kind.ACCOUNT, type__icontains="Liabilit")
    items = entries.filter(kind=ReferenceEntry.Kind.ITEM)
    into = items.annotate(account=KT("data__IncomeAccountRef__value"))
    return into.filter(account__in=accounts.values("qbo_id")).order_by("name")


def unkept(modes: Iterable[TaxMode]) -> list[TaxMode]:
    """Return the keys about which an accountant has to choose, or chose."""
    return [mode for mode in modes if mode.keeps == Keeps.NOTHING or mode.liability_item]


def send_as_line(
    unit: BusinessUnit, mode_id: int, item_id: int, actor: User | None
) -> tuple[TaxMode, bool]:
    """Send this tax as a line to a liability account from now on; TaxRefused says why not.

    Also says whether that waits until the accountants of other units agree.
    """
    mode = _mode(unit, mode_id, actor)
    item = liability_items(mode.company).filter(pk=item_id).first()
    if item is None:
        raise TaxRefused(stored("Choose an item whose income account is a liability account."))
    return _change(unit, mode, item, actor)


def prove_anew(unit: BusinessUnit, mode_id: int, actor: User | None) -> tuple[TaxMode, bool]:
    """Let the next invoice find out once more; TaxRefused says why not."""
    return _change(unit, _mode(unit, mode_id, actor), None, actor)


def _mode(unit: BusinessUnit, mode_id: int, actor: User | None) -> TaxMode:
    access.require(actor, Capability.RESOLVE, unit.pk)
    modes = TaxMode.objects.filter(company=unit.quickbooks_company).select_related("company")
    mode = modes.filter(pk=mode_id).first()
    if mode is None:
        raise TaxRefused(
            stored("That tax is not one of this company's any more. Look at the page again.")
        )
    return mode


def _change(
    unit: BusinessUnit, mode: TaxMode, item: ReferenceEntry | None, actor: User | None
) -> tuple[TaxMode, bool]:
    chosen = Choice(SharedChange.Kind.TAX_MODE, (item,), mode.key)
    return mode, bool(shared.change(unit, mode.company_id, [chosen], actor))
