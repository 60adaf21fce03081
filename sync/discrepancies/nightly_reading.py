"""When QuickBooks is read for what changed: every night, and when a person asks."""

import structlog

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company import pacing
from sync.company.isolation import apart
from sync.company.requests import ask
from sync.discrepancies.drift import drift
from sync.discrepancies.refunds.reading import proof
from sync.models import BusinessUnit, CompanyRequest, QuickBooksCompany

log = structlog.get_logger(__name__)


def read_nightly() -> int:
    """Ask every connected company for what changed; return how many were asked."""
    if pacing.is_kept_for_exports():
        log.warning("reads.kept_for_exports")
        return 0
    companies = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    return len(apart(list(companies), ask_company).done)


def ask_company(company: QuickBooksCompany, actor: User | None = None) -> list[CompanyRequest]:
    """Ask a company for what changed: refunds first.

    A document of ours that was changed to adjust a refund is no drift.
    """
    return [
        ask(company, proof.KIND, actor=actor),
        ask(company, drift.KIND, actor=actor, net=True),
    ]


def read_now(unit: BusinessUnit, actor: User) -> CompanyRequest | None:
    """Ask a unit's company for what changed, now; None where the unit is not connected."""
    access.require(actor, Capability.RESOLVE, unit.pk)
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        return None
    return ask_company(company, actor)[0]
