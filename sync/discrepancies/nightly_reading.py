"""When QuickBooks is read for what changed: every night, and when a person asks."""

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company.requests import ask
from sync.discrepancies.drift import drift
from sync.discrepancies.refunds import proof
from sync.models import BusinessUnit, CompanyRequest, QuickBooksCompany


def read_nightly() -> int:
    """Ask every connected company for what changed; return how many were asked."""
    companies = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    for company in companies:
        ask(company, proof.KIND)
        ask(company, drift.KIND, net=True)
    return len(companies)


def read_now(unit: BusinessUnit, actor: User) -> CompanyRequest | None:
    """Ask a unit's company for what changed, now; None where the unit is not connected."""
    access.require(actor, Capability.RESOLVE, unit.pk)
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        return None
    asked = ask(company, proof.KIND, actor=actor)
    # After proof: a payment that was changed to adjust a refund is no drift.
    ask(company, drift.KIND, actor=actor, net=True)
    return asked
