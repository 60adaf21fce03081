"""The sidebar, in the users' words; it names only what the person may open."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import holds_everything
from accounts.models import Membership, User
from sync.models import (
    BooksMatch,
    BusinessUnit,
    CorporateDefault,
    Customer,
    CustomerMatch,
    Delivery,
    Drift,
    Event,
    ExportRun,
    Feed,
    Import,
    Invoice,
    Payment,
    Refund,
    RefundDiscrepancy,
    Stray,
    SyncRecord,
    TieOut,
)
from sync.words import later

Item = tuple[str, str, type[Model]]
_GROUPS: list[tuple[str, list[Item]]] = [
    (
        later("Money"),
        [
            (later("Payments"), "payments", Payment),
            (later("Invoices"), "receipt_long", Invoice),
            (later("Customers"), "group", Customer),
            (later("Refunds"), "currency_exchange", Refund),
            (later("Sources"), "cable", Feed),
            (later("Imports"), "upload_file", Import),
            (later("Waiting to attach"), "hourglass_empty", Delivery),
        ],
    ),
    (
        "QuickBooks",
        [
            (later("Refunds to adjust"), "assignment_return", RefundDiscrepancy),
            (later("Changes after export"), "difference", Drift),
            (later("Found in QuickBooks"), "travel_explore", Stray),
            (later("Tie-outs"), "balance", TieOut),
            (later("Exports"), "upload", ExportRun),
            (later("Documents in QuickBooks"), "description", SyncRecord),
            (later("Customers to match"), "join_inner", CustomerMatch),
            (later("What QuickBooks holds"), "inventory_2", BooksMatch),
            (later("Business units"), "storefront", BusinessUnit),
            (later("Corporate defaults"), "rule_settings", CorporateDefault),
        ],
    ),
    (
        later("Office"),
        [
            (later("People"), "badge", User),
            (later("Roles"), "key", Membership),
            (later("Activity"), "history", Event),
        ],
    ),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the sidebar that have something for the person."""
    home = {"title": _("Home"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [home]}]
    for title, items in _GROUPS:
        shown = [_entry(request, *item) for item in items if _may_open(request, item[2])]
        if shown:
            groups.append({"title": title, "separator": True, "items": shown})
    if holds_everything(request.user):
        link = reverse("operations")
        groups[-1]["items"].append(
            {"title": _("Operations"), "icon": "monitor_heart", "link": link}
        )
    return groups


def _may_open(request: HttpRequest, model: type[Model]) -> bool:
    if not admin.site.is_registered(model):
        return False
    return bool(admin.site.get_model_admin(model).has_module_permission(request))


def _entry(request: HttpRequest, title: str, icon: str, model: type[Model]) -> dict[str, Any]:
    if model is Membership and not holds_everything(request.user):
        title = _("People")  # the one page about people that an administrator has
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return {"title": title, "icon": icon, "link": reverse(name)}
