"""What a person should know of a draft before she confirms it, beside its sums."""

from dataclasses import dataclass, field

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.exports.customers.summary import open_matches
from sync.exports.documents.units_of_work import totals_there
from sync.exports.rules.odd_dates import DUE, ISSUED, RECEIVED, odd_dates
from sync.models import (
    BusinessUnit,
    Customer,
    CustomerMatch,
    ExportRun,
    ExportRunItem,
    Invoice,
    MethodMapping,
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


def to_match(unit: BusinessUnit, new: QuerySet[Customer]) -> ToMatch:
    """Say which of the customers that would be created seem to be there, or cannot be named so."""
    rows = open_matches(CustomerMatch.objects.filter(business_unit=unit, customer__in=new))
    undecided = rows.filter(
        company=unit.quickbooks_company_id, chosen=None, is_declined=False
    ).exclude(standing=Standing.CREATE)
    counted = dict(undecided.order_by().values_list("standing").annotate(Count("pk")))
    found = [standing for standing in _KNOWN if counted.get(standing)]
    if not found:
        return ToMatch()
    notes = [_known(standing, counted[standing]) for standing in found]
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


def worth_knowing(
    run: ExportRun, chosen: QuerySet[ExportRunItem], invoices: QuerySet[Invoice]
) -> list[str]:
    """Say what of a draft's documents is hardly meant, or arrives otherwise than it is here."""
    return [
        *_less_there(run, invoices),
        *_overpaid(run, invoices),
        *_by_default(run, chosen),
        *_odd_dates(run, chosen, invoices),
    ]


def _overpaid(run: ExportRun, invoices: QuerySet[Invoice]) -> list[str]:
    """Name the invoices of which more was paid than they come to; grown ones are told already."""
    grown = SyncRecord.objects.filter(company=run.company, exported_total__lt=F("invoice__total"))
    over = invoices.filter(paid_total__gt=F("total")).exclude(pk__in=grown.values("invoice"))
    named = [
        _("%(invoice)s by %(amount)s")
        % {
            "invoice": invoice.number,
            "amount": money(invoice.paid_total - invoice.total, invoice.currency),
        }
        for invoice in over.order_by("number", "pk")[:NAMED]
    ]
    if not named:
        return []
    count = over.count()
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


def _by_default(run: ExportRun, chosen: QuerySet[ExportRunItem]) -> list[str]:
    """Name the payment methods that nobody mapped, where others are: they go by the default."""
    mapped = MethodMapping.objects.filter(company=run.company).select_related("deposit_account")
    by_word = {row.method: row for row in mapped}
    default = by_word.pop("", None)
    if default is None or not by_word:
        return []
    unknown = chosen.exclude(payment__method__in=[*by_word, ""])
    counted = unknown.order_by("payment__method").values_list("payment__method")
    return [
        _(
            "No account was chosen for the method “%(method)s” (%(payments)s): it goes to "
            "%(account)s, as any other method."
        )
        % {"method": method, "payments": payments(count), "account": default.deposit_account.name}
        for method, count in counted.annotate(Count("pk"))[:NAMED]
    ]


def _less_there(run: ExportRun, invoices: QuerySet[Invoice]) -> list[str]:
    """Say which invoices became more here after their export: of a late payment less applies."""
    if run.company is None:
        return []
    records = SyncRecord.objects.filter(company=run.company, exported_total__lt=F("invoice__total"))
    grown = Invoice.objects.filter(pk__in=records.filter(invoice__in=invoices).values("invoice"))
    shown = {invoice.pk: invoice for invoice in grown.order_by("number")[:NAMED]}
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


def _odd_dates(
    run: ExportRun, chosen: QuerySet[ExportRunItem], invoices: QuerySet[Invoice]
) -> list[str]:
    """Name the dates that are hardly meant, before anything goes under them."""
    today = run.business_unit.today()
    payments = Payment.objects.filter(pk__in=chosen.values("payment")).select_related("invoice")
    paid = payments.filter(RECEIVED.q("received_on", today)).order_by("pk")[:NAMED]
    billed = invoices.filter(ISSUED.q("issued_on", today) | DUE.q("due_on", today))
    words = [
        _("A payment of %(invoice)s is dated %(received_on)s.")
        % {"invoice": row.invoice, "received_on": day(row.received_on)}
        for row in paid
    ]
    for invoice in billed.order_by("number")[:NAMED]:
        dates = {"issued_on": invoice.issued_on, "due_on": invoice.due_on}
        odd = in_a_row(
            (_("dated %(day)s") if name == "issued_on" else _("due %(day)s")) % {"day": day(found)}
            for name, found in odd_dates(dates, today)
        )
        words.append(_("%(invoice)s is %(odd)s.") % {"invoice": invoice, "odd": odd})
    return [_("%(sentence)s Is that meant?") % {"sentence": sentence} for sentence in words]
