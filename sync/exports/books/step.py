"""How far the step is that looks at what the books hold: what is left to decide, and its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from accounts.access import Capability, require
from accounts.models import User
from sync.connections import books_step
from sync.connections.setup import SetupRefused
from sync.exports.existing.proposals import UNDECIDED, open_matches
from sync.models import BooksMatch, BusinessUnit, UnitSetup, Verdict
from sync.models.verdicts import OUTDATED
from sync.words import stored

Standing = BooksMatch.Standing


@dataclass(frozen=True, slots=True)
class Summary:
    """What there is to decide about a unit's invoices. Not read yet: `read_at` is None."""

    certain: int
    look: int
    linking: int
    declined: int
    read_at: datetime | None
    since: date | None
    is_open: bool

    @property
    def first(self) -> BooksMatch.Standing:
        """Return where there is something to decide, the quickest first."""
        return Standing.LOOK if self.look and not self.certain else Standing.CERTAIN

    @property
    def may_finish(self) -> bool:
        """Say whether nothing certain is left; what is to be looked at waits, each by itself."""
        return self.is_open and self.read_at is not None and not (self.certain or self.linking)


def summary_of(unit: BusinessUnit) -> Summary | None:
    """Count what there is to decide; None where the unit posts to no company."""
    company, setup = unit.quickbooks_company, unit.setup
    if company is None or setup is None:
        return None
    rows = BooksMatch.objects.filter(company=company, business_unit=unit)
    counts = open_matches(rows).aggregate(
        certain=Count("pk", filter=UNDECIDED & Q(standing=Standing.CERTAIN)),
        look=Count("pk", filter=UNDECIDED & Q(standing=Standing.LOOK)),
        linking=Count("pk", filter=Q(chosen__isnull=False)),
        declined=Count("pk", filter=Q(is_declined=True)),
    )
    return Summary(
        **counts,
        read_at=setup.books_read_at,
        since=setup.books_since,
        is_open=setup.books == UnitSetup.Books.OPEN,
    )


def finish(unit: BusinessUnit, actor: User) -> None:
    """Finish the step; what is still to be looked at stays here, invoice by invoice."""
    require(actor, Capability.RESOLVE, unit.pk)
    summary = summary_of(unit)
    if summary is None or summary.read_at is None:
        raise SetupRefused(stored("What QuickBooks holds was not read yet."))
    if summary.certain or summary.linking:
        raise SetupRefused(stored("Link what is certain first, or mark it Do not export."))
    books_step.finish(unit, actor)


def conclude(unit: BusinessUnit, actor: User | None) -> None:
    """Call the step done where it is open and nothing of it is left."""
    fresh = BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk)
    summary = summary_of(fresh)
    if summary is None or not summary.may_finish or summary.look:
        return
    books_step.finish(fresh, actor)


def outdate(invoice_ids: Iterable[int]) -> None:
    """Have what these invoices' bodies tell found anew: other bodies are left to be sent now."""
    Verdict.objects.filter(pk__in=list(invoice_ids)).update(version=OUTDATED)
