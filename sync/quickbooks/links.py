"""Where a document can be looked at in QuickBooks' own pages."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from sync.quickbooks.transport import from_settings

_APPS = {
    "sandbox": "https://sandbox.qbo.intuit.com/app",
    "production": "https://qbo.intuit.com/app",
}
_PAGES = {
    "Invoice": ("invoice", "txnId"),
    "Payment": ("recvpayment", "txnId"),
    "Customer": ("customerdetail", "nameId"),
    "CreditMemo": ("creditmemo", "txnId"),
    "RefundReceipt": ("refundreceipt", "txnId"),
    "Deposit": ("deposit", "txnId"),
    "Expense": ("expense", "txnId"),
    "Check": ("check", "txnId"),
    "JournalEntry": ("journal", "txnId"),
}
# Two pages of one entity.
_ENTITIES = {"Expense": "Purchase", "Check": "Purchase"}


def deep_link(realm_id: str, entity: str, qbo_id: str) -> str:
    """The page of one document; the simulator's look-around page where it stands in."""
    config = from_settings()
    app = _APPS.get(config.environment)
    if app is None:
        origin = urlsplit(config.api_url)
        path = "/".join(
            quote(part, safe="") for part in (realm_id, _ENTITIES.get(entity, entity), qbo_id)
        )
        return f"{origin.scheme}://{origin.netloc}/companies/{path}"
    page, parameter = _PAGES[entity]
    return f"{app}/{page}?{urlencode({parameter: qbo_id})}"
