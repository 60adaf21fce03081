"""How far the matching of a unit's customers is, for its pages."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from sync.exports.customers.proposing import KIND, unmatched
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    CustomerMatch,
    QuickBooksCompany,
    SyncRecord,
)

Standing = CustomerMatch.Standing


@dataclass(frozen=True, slots=True)
class Summary:
    """What there is to decide; `others` are only to be created. Not read yet: `read_at` is None."""

    certain: int
    look: int
    name: int
    others: int
    read_at: datetime | None

    @property
    def may_be_there(self) -> bool:
        """Say whether some of ours are in QuickBooks, or nobody has looked."""
        return self.read_at is None or self.certain + self.look > 0

    @property
    def first(self) -> CustomerMatch.Standing:
        """Return where there is something to decide, the quickest first."""
        counts = (
            (Standing.CERTAIN, self.certain),
            (Standing.LOOK, self.look),
            (Standing.NAME, self.name),
        )
        return next((standing for standing, count in counts if count), Standing.CERTAIN)


def open_matches(rows: QuerySet[CustomerMatch]) -> QuerySet[CustomerMatch]:
    """Leave out customers that went to QuickBooks meanwhile, or are on their way."""
    known = SyncRecord.objects.filter(company=OuterRef("company"), customer=OuterRef("customer"))
    return rows.filter(~Exists(known))


def summary_of(unit: BusinessUnit) -> Summary | None:
    """Count what there is to decide; None where the unit posts to no company."""
    company = unit.quickbooks_company
    if company is None:
        return None
    read = CompanyRequest.objects.filter(
        company=company, kind=KIND, state=CompanyRequest.State.DONE
    ).order_by("-id")
    return summary_by(unit, company, read.values_list("finished_at", flat=True).first())


def summary_by(unit: BusinessUnit, company: QuickBooksCompany, read_at: datetime | None) -> Summary:
    """Count what there is to decide, in one query; the company's customers were read then."""
    match = CustomerMatch.objects.filter(company=company, customer=OuterRef("pk"))
    ours = unmatched(company, [unit]).annotate(standing=Subquery(match.values("standing")[:1]))
    counts = dict(ours.order_by().values_list("standing").annotate(Count("pk")))
    certain, look, name = (
        counts.pop(standing, 0) for standing in (Standing.CERTAIN, Standing.LOOK, Standing.NAME)
    )
    return Summary(certain, look, name, others=sum(counts.values()), read_at=read_at)
