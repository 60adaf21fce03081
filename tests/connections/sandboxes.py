"""Companies of the simulator for probes: connected by their rows alone, and their whole ledger."""

from datetime import timedelta

from django.utils import timezone

from sync.models import QuickBooksCompany
from tests.factories import BusinessUnitFactory

KINDS = (
    *("Invoice", "Payment", "CreditMemo", "RefundReceipt", "SalesReceipt", "Deposit", "Purchase"),
    *("JournalEntry", "Customer", "Vendor", "Item", "Account", "PaymentMethod", "Term", "Class"),
    *("Department", "TaxCode", "TaxRate", "CompanyInfo", "Preferences", "CompanyCurrency"),
)


def sandbox(simulator, variant="us", **switches):
    """Give a unit with a company of that kind; nothing of it was read yet."""
    realm_id = simulator.create_company(variant=variant)
    simulator.switch(realm_id=realm_id, **switches)
    granted = simulator.grant(realm_id)
    company = QuickBooksCompany.objects.create(
        realm_id=realm_id,
        name=variant,
        access_token=granted["access_token"],
        access_token_expires_at=timezone.now() + timedelta(hours=1),
        refresh_token=granted["refresh_token"],
    )
    return BusinessUnitFactory(code=f"probe-{realm_id}", quickbooks_company=company)


def ledger(simulator, unit, *, with_marked=False):
    """Every document of a unit's company; entries that bear the probe's mark where asked."""
    realm_id = unit.quickbooks_company.realm_id
    found = {}
    for kind in KINDS:
        for row in simulator.documents(realm_id, kind):
            name = row.get("DisplayName", row.get("Name", ""))
            if with_marked or not str(name).startswith("Paidup probe"):
                found[kind, row["Id"]] = row
    return found


def marked(simulator, unit):
    """The entries with the probe's mark: kind, name as it was, and whether it is active."""
    whole = ledger(simulator, unit, with_marked=True)
    rest = ledger(simulator, unit)
    names = {
        key: str(row.get("DisplayName", row.get("Name"))).split(" (deleted")[0]
        for key, row in whole.items()
        if key not in rest
    }
    return sorted((kind, names[kind, id_], whole[kind, id_]["Active"]) for kind, id_ in names)
