"""What a person should know of a draft before she confirms it, beside its sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.exports.documents.units_of_work import totals_there
from sync.exports.rules.odd_dates import DUE, ISSUED, RECEIVED, odd_dates
from sync.mappings.mappings import Mappings
from sync.models import (
    BusinessUnit,
    Customer,
    CustomerMatch,
    ExportRun,
    ExportRunItem,
    Invoice,
    Payment,
    SyncRecord,
)
from sync.needs.places import matches_of
from sync.words import day, in_a_row, money, number, payments

Standing = CustomerMatch.Standing
# Of each kind so many are named, and the rest counted.
NAMED = 10


@dataclass(frozen=True, slots=True)
class ToMatch:
    """What is known of new customers of a draft and nobody decided; `place` is where one does."""

    notes: list[str] = field(default_factory=list)
    place: str = ""


def standings_of(unit: BusinessUnit, new: QuerySet[Customer]) -> dict[str | None, int]:
    """Count the customers that would be created by what is proposed and nobody decided of them."""
    undecided = CustomerMatch.objects.filter(
        company=unit.quickbooks_company_id, customer=OuterRef("pk"), chosen=None, is_declined=False
    )
    standing = Subquery(undecided.order_by().values("standing")[:1])
    counted = new.order_by().annotate(standing=standing).values_list("standing")
    return dict(counted.annotate(Count("pk")))


def to_match(unit: BusinessUnit, standings: Mapping[str | None, int]) -> ToMatch:
    """Say which of the customers that would be created seem to be there, or cannot be named so."""
    found = [standing for standing in _KNOWN if standings.get(standing)]
    if not found:
        return ToMatch()
    notes = [_known(standing, standings[standing]) for standing in found]
    return ToMatch(notes, matches_of(unit, found[0]))


_KNOWN = (Standing.CERTAIN, Standing.LOOK, Standing.NAME)


def _known(standing: Standing, count: int) -> str:
    if standing == Standing.CERTAIN:
        words = ngettext(
            "%(count)s of the new customers is in QuickBooks already, by all that is known there, "
            "and nobody accepted that yet: QuickBooks would refuse its name, or hold it twice.",
            "%(count)s of the new customers are in QuickBooks already, by all that is known there, "
            "and nobody accepted that yet: QuickBooks would refuse their names, or hold them "
            "twice.",
            count,
        )
    elif standing == Standing.LOOK:
        words = ngettext(
            "%(count)s of the new customers may be in QuickBooks already.",
            "%(count)s of the new customers may be in QuickBooks already.",
            count,
        )
    else:
        words = ngettext(
            "QuickBooks would refuse the name of %(count)s of the new customers.",
            "QuickBooks would refuse the names of %(count)s of the new customers.",
            count,
        )
    return words % {"count": count}


@dataclass(frozen=True, slots=True)
class Noted:
    """The invoices of a draft that there is something to know of; some may be of several kinds."""

    grown: list[Invoice]
    overpaid: list[Invoice]
    dated: list[Invoice]


def worth_knowing(
    run: ExportRun,
    chosen: QuerySet[ExportRunItem],
    invoices: QuerySet[Invoice],
    mappings: Mappings | None,
    methods: Mapping[str, int],
) -> list[str]:
    """Say what of a draft's documents is hardly meant, or arrives otherwise than it is here.

    `methods` counts its payments by method.
    """
    today = run.business_unit.today()
    rows = invoices.annotate(is_grown=Exists(_grown(run)))
    noted = _noted(rows, today)
    return [
        *_less_there(run, noted.grown),
        *_overpaid(rows, noted.overpaid),
        *_by_default(mappings, methods),
        *_odd_dates(chosen, noted.dated, today),
    ]


_OVERPAID = Q(paid_total__gt=F("total"), is_grown=False)  # grown ones are told already


def _grown(run: ExportRun) -> QuerySet[SyncRecord]:
    """Return what says that an invoice became more here after its export."""
    records = SyncRecord.objects.filter(company=run.company_id, invoice=OuterRef("pk"))
    return records.filter(exported_total__lt=OuterRef("total"))


def _noted(rows: QuerySet[Any], today: date) -> Noted:
    """Read the first invoices of each kind, all in one query."""
    is_dated = ISSUED.q("issued_on", today) | DUE.q("due_on", today)
    kinds = (Q(is_grown=True), _OVERPAID, is_dated)
    ordered = rows.order_by("number", "pk")
    firsts = [Q(pk__in=ordered.filter(kind).values("pk")[:NAMED]) for kind in kinds]
    found = list(ordered.filter(reduce(or_, firsts)))
    return Noted(
        grown=[each for each in found if each.is_grown][:NAMED],
        overpaid=[e for e in found if e.paid_total > e.total and not e.is_grown][:NAMED],
        dated=[each for each in found if _odd_of(each, today)][:NAMED],
    )


def _odd_of(invoice: Invoice, today: date) -> list[tuple[str, date]]:
    dates = {"issued_on": invoice.issued_on, "due_on": invoice.due_on}
    return list(odd_dates(dates, today))


def _overpaid(rows: QuerySet[Any], over: Sequence[Invoice]) -> list[str]:
    """Name the invoices of which more was paid than they come to."""
    named = [
        _("%(invoice)s by %(amount)s")
        % {
            "invoice": invoice.number,
            "amount": money(invoice.paid_total - invoice.total, invoice.currency),
        }
        for invoice in over
    ]
    if not named:
        return []
    count = len(over) if len(over) < NAMED else rows.filter(_OVERPAID).count()
    if count > NAMED:
        named.append(_("%(count)s more") % {"count": number(count - NAMED)})
    words = ngettext(
        "More was paid than %(count)s invoice comes to (%(which)s): that arrives in QuickBooks "
        "unapplied, as the customer's credit.",
        "More was paid than %(count)s invoices come to (%(which)s): that arrives in QuickBooks "
        "unapplied, as the customers' credit.",
        count,
    )
    return [words % {"count": number(count), "which": in_a_row(named)}]


def _by_default(mappings: Mappings | None, methods: Mapping[str, int]) -> list[str]:
    """Name the payment methods that nobody mapped, where others are: they go by the default."""
    by_word = mappings.methods if mappings else {}
    default = by_word.get("")
    if default is None or len(by_word) == 1:
        return []
    unknown = sorted((word, count) for word, count in methods.items() if word not in by_word)
    return [
        _(
            "No account was chosen for the method “%(method)s” (%(payments)s): it goes to "
            "%(account)s, as any other method."
        )
        % {"method": method, "payments": payments(count), "account": default.deposit_account.name}
        for method, count in unknown[:NAMED]
    ]


def _less_there(run: ExportRun, grown: Sequence[Invoice]) -> list[str]:
    """Say which invoices became more here after their export: of a late payment less applies."""
    if run.company is None or not grown:
        return []
    shown = {invoice.pk: invoice for invoice in grown}
    there = totals_there(run.company, shown)
    return [
        _(
            "%(invoice)s is %(total)s here but %(there)s in QuickBooks: what is paid "
            "beyond that arrives there unapplied. To have it applied, first change the "
            "invoice there too and accept the change here."
        )
        % {
            "invoice": invoice,
            "total": money(invoice.total, invoice.currency),
            "there": money(there[pk], invoice.currency),
        }
        for pk, invoice in shown.items()
        if there[pk] < invoice.total
    ]


def _odd_dates(chosen: QuerySet[ExportRunItem], dated: Sequence[Invoice], today: date) -> list[str]:
    """Name the dates that are hardly meant, before anything goes under them."""
    payments = Payment.objects.filter(pk__in=chosen.values("payment")).select_related("invoice")
    paid = payments.filter(RECEIVED.q("received_on", today)).order_by("pk")[:NAMED]
    words = [
        _("A payment of %(invoice)s is dated %(received_on)s.")
        % {"invoice": row.invoice, "received_on": day(row.received_on)}
        for row in paid
    ]
    for invoice in dated:
        odd = in_a_row(
            (_("dated %(day)s") if name == "issued_on" else _("due %(day)s")) % {"day": day(found)}
            for name, found in _odd_of(invoice, today)
        )
        words.append(_("%(invoice)s is %(odd)s.") % {"invoice": invoice, "odd": odd})
    return [_("%(sentence)s Is that meant?") % {"sentence": sentence} for sentence in words]
